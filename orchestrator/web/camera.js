// A photo from the camera of the device.
import { $, fail, show } from "/web/dom.js";
import { t } from "/web/words.js";

let stream = null;

export async function openCamera(take) {
  const dialog = $("camera"), live = $("camera-live");
  fail("camera-error", "");
  show($("camera-take"), false);
  dialog.showModal();
  dialog.addEventListener("close", stop, { once: true });
  $("camera-close").onclick = () => dialog.close();
  $("camera-take").onclick = () => snap(live, (file) => {
    dialog.close();
    take(file);
  });
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: 1280, height: 960 } });
    if (!dialog.open) return stop();
    live.srcObject = stream;
    await live.play();
    show($("camera-take"), true);
    $("camera-take").focus();
  } catch {
    fail("camera-error", t("camera.denied"));
  }
}

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  $("camera-live").srcObject = null;
}

function snap(live, take) {
  const canvas = document.createElement("canvas");
  canvas.width = live.videoWidth;
  canvas.height = live.videoHeight;
  canvas.getContext("2d").drawImage(live, 0, 0);
  canvas.toBlob((blob) => take(new File([blob], "photo.jpg", { type: "image/jpeg" })), "image/jpeg", 0.95);
}

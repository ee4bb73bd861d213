// A recording from the microphone of the device, with its level and its time while it lasts.
import { $, fail, show } from "/web/dom.js";
import { say } from "/web/notice.js";
import { duration, onLanguage, t } from "/web/words.js";

const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4", "audio/webm"];
const LONGEST = 15 * 60;
const REASONS = { NotAllowedError: "record.denied", SecurityError: "record.denied", NotFoundError: "record.none", OverconstrainedError: "record.none" };
let running = null;

// `take(file)` gets what was recorded.
export function openRecorder(take) {
  show($("recorder"), Boolean(navigator.mediaDevices?.getUserMedia && window.MediaRecorder));
  $("record").addEventListener("click", () => (running ? stopRecording() : start(take)));
  onLanguage(present);
}

// `thrown`: what was recorded is not wanted.
export function stopRecording(thrown = false) {
  if (!running) return;
  if (thrown) running.take = () => {};
  running.recorder.stop();
}

async function start(take) {
  fail("audio-error", "");
  $("record").disabled = true;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    begin(stream, take);
  } catch (error) {
    fail("audio-error", t(REASONS[error.name] ?? "record.failed"));
  } finally {
    $("record").disabled = false;
  }
}

function begin(stream, take) {
  const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, kind ? { mimeType: kind } : {});
  const pieces = [], began = performance.now(), meter = listen(stream);
  const mine = { recorder, take, timer: 0 };
  running = mine;
  recorder.addEventListener("dataavailable", (event) => event.data.size && pieces.push(event.data));
  recorder.addEventListener("stop", () => {
    running = null;
    clearInterval(mine.timer);
    meter.close();
    stream.getTracks().forEach((track) => track.stop());
    present();
    const type = (recorder.mimeType || "audio/webm").split(";")[0];
    if (pieces.length) mine.take(new File(pieces, t("record.name"), { type }));
  });
  mine.timer = setInterval(() => {
    const seconds = (performance.now() - began) / 1000;
    $("record-time").textContent = duration(seconds);
    $("record-level").value = meter.level();
    if (seconds > LONGEST) stopRecording();
  }, 100);
  recorder.start(1000);
  present();
  say(t("record.running"));
}

function listen(stream) {
  const context = new AudioContext(), analyser = context.createAnalyser(), samples = new Float32Array(1024);
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const level = () => {
    analyser.getFloatTimeDomainData(samples);
    return Math.min(1, 3 * Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length));
  };
  return { level, close: () => context.close() };
}

function present() {
  $("record-text").textContent = t(running ? "record.stop" : "record.start");
  $("record").classList.toggle("recording", Boolean(running));
  $("record").querySelector("use").setAttribute("href", running ? "#i-stop" : "#i-mic");
  show($("record-level"), Boolean(running));
  if (!running) $("record-time").textContent = "";
}

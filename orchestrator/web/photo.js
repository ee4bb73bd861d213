// The photo: dropped, pasted, chosen or taken; looked at by the server at once; the face outlined over it.
import { Refusal, post, told } from "/web/api.js";
import { openCamera } from "/web/camera.js";
import { draft, keptPhoto } from "/web/draft.js";
import { $, addressOf, fail, icon, make, show } from "/web/dom.js";
import { isVoiceOnly } from "/web/layout.js";
import { onLanguage, saidAll, t } from "/web/words.js";

const LARGEST = 40;
const SVG = "http://www.w3.org/2000/svg";
// A telephone has a camera program of its own, which also works where pages may not use the camera.
const ownCamera = matchMedia("(pointer: coarse)").matches || !navigator.mediaDevices?.getUserMedia;
let shown = null;
let looking = null;

export function openPhoto() {
  const input = $("photo-file"), drop = $("photo-drop"), capture = $("photo-capture");
  input.addEventListener("change", () => {
    if (input.files[0]) takePhoto(input.files[0]);
    input.value = "";
  });
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => over(event, drop, true));
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, (event) => over(event, drop, false));
  drop.addEventListener("drop", (event) => takeFirst(event.dataTransfer?.files));
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
  window.addEventListener("paste", (event) => takeFirst(event.clipboardData?.files));
  $("photo-none").addEventListener("change", ({ target }) => draft.change({ layout: target.checked ? "none" : "full", ...(target.checked && draft.scene.place === "photo" ? { place: "words" } : {}) }));
  $("photo-camera").addEventListener("click", () => (ownCamera ? capture.click() : openCamera((file) => takePhoto(file))));
  capture.addEventListener("change", () => {
    if (capture.files[0]) takePhoto(capture.files[0]);
    capture.value = "";
  });
  draft.addEventListener("scene", present);
  draft.addEventListener("change", present);
  onLanguage(() => {
    shown = null;
    present();
  });
}

function over(event, drop, inside) {
  event.preventDefault();
  drop.classList.toggle("over", inside);
}

function takeFirst(files) {
  if ($("make").hidden) return;
  if (files?.length) takePhoto(files[0]);
}

export function takePhoto(file, sample = false) {
  const problem = file.type && !file.type.startsWith("image/") ? t("photo.type")
    : file.size > LARGEST << 20 ? t("photo.big", { n: LARGEST }) : "";
  fail("photo-error", problem, $("photo-file"));
  if (problem) return;
  if (!sample) draft.withdrawLoan();
  draft.scene.sample = sample;
  draft.take("photo", file);
}

function present() {
  const { photo, kept, check } = draft.scene;
  show($("photo-view"), Boolean(photo));
  show($("photo-ghost"), !photo);
  $("photo-choose").textContent = t(photo || kept.photo ? "photo.change" : "photo.choose");
  if (photo !== shown) picture(photo);
  outline(photo ? check : null);
  show($("photo-sample"), Boolean(photo && draft.scene.sample));
  const none = isVoiceOnly(draft.scene);
  $("photo-none").checked = none;
  $("photo-drop").classList.toggle("unused", none);
  if (none) fail("photo-error", "", $("photo-file"));
  advise(photo, check, kept);
  if (photo && !check && looking !== photo) look(draft.scene, photo);
}

function picture(photo) {
  shown = photo;
  fail("photo-error", "", $("photo-file"));
  if (photo) {
    $("photo-picture").src = addressOf(photo);
    $("photo-picture").alt = t("photo.alt");
  } else $("photo-picture").removeAttribute("src");
}

async function look(scene, photo) {
  looking = photo;
  const form = new FormData();
  form.append("image", photo, "photo");
  const face = scene.face ?? "largest";
  form.append("face", face);
  let check;
  try {
    check = await (await post("/v1/portraits/check", form)).json();
  } catch (error) {
    const refused = error instanceof Refusal && error.status >= 400 && error.status < 500 && error.status !== 429;
    check = refused ? { ok: false, refused: { status: error.status, answer: error.answer } } : { ok: true, unchecked: true };
  }
  if (looking === photo) looking = null;
  if (scene.photo !== photo || (scene.face ?? "largest") !== face) return;
  scene.check = check;
  draft.tell("change");
}

function outline(check) {
  const svg = $("photo-outline");
  svg.replaceChildren();
  svg.setAttribute("viewBox", "0 0 1 1");
  if (check?.places?.length > 1) svg.append(...check.places.map((place, index) => faceButton(place, index + 1, check)));
  if (!check?.outline?.length) return;
  const points = check.outline.map(([x, y]) => `${x},${y}`).join(" ");
  for (const name of ["under", "line"]) {
    const line = document.createElementNS(SVG, "polygon");
    line.setAttribute("points", points);
    line.setAttribute("class", name);
    svg.append(line);
  }
  svg.classList.toggle("bad", !check.ok);
}

// Each face of a photo of several is a button over it: whoever is clicked speaks.
function faceButton([x, y, width, height], number, check) {
  const button = document.createElementNS(SVG, "rect");
  const values = { x, y, width, height, class: "face", role: "button", tabindex: 0, "aria-pressed": number === check.face };
  for (const [name, value] of Object.entries(values)) button.setAttribute(name, value);
  button.setAttribute("aria-label", t("photo.face", { n: number }));
  const choose = () => draft.change({ face: String(number), check: null });
  button.addEventListener("click", choose);
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose();
  });
  return button;
}

function advise(photo, check, kept) {
  const lines = [];
  if (!photo) {
    if (kept.photo) lines.push(["good", t("photo.kept")]);
  } else if (!check) lines.push(["waiting", t("photo.checking")]);
  else if (check.unchecked) lines.push(["note", t("photo.unchecked")]);
  else if (!check.ok) lines.push(["bad", t("photo.bad")], ...problems(check).map((text) => ["", text]));
  else {
    if (keptPhoto(draft.scene)) lines.push(["note", t("photo.kept")]);
    const notes = saidAll(check.notes, check.note_reasons);
    lines.push(["good", t(notes.length ? "photo.usable" : "photo.good")], ...notes.map((text) => ["", text]));
    if (check.places?.length > 1) lines.push(["", t("photo.choose.face")]);
  }
  const key = JSON.stringify(lines);
  const place = $("photo-advice");
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(...lines.map(([kind, text]) => make("p", { class: `advice ${kind}` }, sign(kind), make("span", {}, text))));
}

const problems = (check) => (check.refused ? [told(check.refused)] : saidAll(check.problems, check.problem_reasons));

const sign = (kind) => (kind === "good" ? icon("check") : kind === "bad" ? icon("warn") : null);

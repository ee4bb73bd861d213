// The sketch beside the form: the format, the backdrop, the person where the person will stand; and the facts in a line.
import { drawingOf, pictureOf, previewOf } from "/web/backdrop.js";
import { cutoutOf } from "/web/cutout.js";
import { draft, textOf } from "/web/draft.js";
import { $, addressOf, show } from "/web/dom.js";
import { isFramed, isMovable } from "/web/geometry.js";
import { placesNow, seatOf } from "/web/layout.js";
import { measured } from "/web/measure.js";
import { sizeOf } from "/web/options.js";
import { slideNow } from "/web/slides.js";
import { duration, onLanguage, t } from "/web/words.js";

const FACE_HEIGHT = { "16:9": 0.42, "9:16": 0.26, "1:1": 0.4 };
const BLUR = 0.9; // percent of the width, at its most
const FACE_AT = { "16:9": 0.44, "9:16": 0.4, "1:1": 0.44 };

export function openPreview() {
  draft.addEventListener("change", present);
  new ResizeObserver(person).observe($("frame"));
  $("photo-picture").addEventListener("load", person);
  onLanguage(present);
}

function present() {
  const { scene, video } = draft;
  $("frame").dataset.format = video.format;
  place(scene);
  person();
  show($("frame-label"), video.label);
  show($("frame-captions"), video.captions !== "none");
  $("frame-captions").classList.toggle("karaoke", video.captions === "karaoke");
  facts();
}

// A copy of the sketch, to be shown until the video has a picture of its own.
export function sketchNow() {
  if (["frame-cut", "frame-person", "frame-panel"].every((id) => $(id).hidden)) return null;
  const copy = $("frame").cloneNode(true);
  for (const part of copy.querySelectorAll("[hidden], .ghost, .mark-captions, .wait")) part.remove();
  for (const part of [copy, ...copy.querySelectorAll("[id]")]) {
    part.dataset.part = part.id;
    for (const name of ["id", "role", "tabindex", "aria-label"]) part.removeAttribute(name);
  }
  return copy;
}

function place(scene) {
  const image = $("frame-place");
  const slides = draft.video.kind === "slides", words = !slides && scene.place === "words", own = !slides && scene.place === "image";
  const address = slides ? slideNow() : words ? previewOf(scene) : own ? pictureOf() : "";
  if (address && image.src !== address) image.src = address;
  image.style.filter = own && scene.blur && !scene.film ? `blur(${BLUR * scene.blur}cqw)` : "";
  image.classList.toggle("slide", slides);
  show(image, Boolean(address));
  $("frame").classList.toggle("stale", words && drawingOf(scene));
  $("frame").style.backgroundColor = !slides && scene.place === "colour" ? scene.colour : "";
}

function person() {
  const { scene, video } = draft;
  const cutout = cutoutOf(scene), image = $("frame-cut");
  show(image, Boolean(cutout));
  show($("sketch-note"), Boolean(scene.photo));
  $("sketch-note").textContent = t(cutout ? "stage.sketch" : "stage.rough");
  const seat = seatOf(scene);
  if (seat.layout === "none") return nobody();
  show($("frame-panel"), seat.layout !== "full");
  if (seat.layout !== "full") return seated(seat, cutout);
  if (!cutout) return rough();
  show($("frame-person"), false);
  show($("frame-ghost"), false);
  const whole = scene.place === "photo", address = whole ? cutout.whole : cutout.picture;
  if (image.src !== address) image.src = address;
  lay(image, cutout.frames[video.format][whole ? "whole" : "cut"]);
}

function nobody() {
  for (const id of ["frame-cut", "frame-person", "frame-ghost", "frame-panel", "sketch-note"]) show($(id), false);
}

function lay(image, [left, top, width]) {
  Object.assign(image.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * width}%` });
}

// The person at a side, in a corner, a circle or a card.
function seated({ layout, ground, photo }, cutout) {
  for (const id of ["frame-cut", "frame-person", "frame-ghost"]) show($(id), false);
  const panel = $("frame-panel"), image = $("panel-cut"), framed = isFramed(layout), own = framed && ground === "photo";
  const { left, top, width, height } = placesNow().panel;
  lay(panel, [left, top, width]);
  panel.style.height = `${100 * height}%`;
  panel.dataset.kind = layout;
  panel.style.backgroundColor = framed && !own ? ground : "";
  panel.style.backgroundImage = photo && !cutout ? `url("${addressOf(photo)}")` : "";
  movable(panel, isMovable(layout));
  show($("panel-ghost"), !photo);
  show(image, Boolean(cutout));
  if (!cutout) return;
  const address = own ? cutout.whole : cutout.picture;
  if (image.src !== address) image.src = address;
  lay(image, cutout.frames[draft.video.format][own ? `${layout}_whole` : layout]);
}

function movable(panel, may) {
  if (may === (panel.getAttribute("role") === "button")) return;
  for (const [name, value] of [["role", "button"], ["tabindex", "0"]]) may ? panel.setAttribute(name, value) : panel.removeAttribute(name);
  panel.setAttribute("aria-hidden", String(!may));
}

// Until the person is cut out: the photo around the face, with soft edges.
function rough() {
  const { scene, video } = draft;
  const picture = $("photo-picture"), figure = $("frame-person"), frame = $("frame").getBoundingClientRect();
  const seen = scene.photo && picture.naturalWidth > 0 && frame.width > 0;
  show(figure, Boolean(seen));
  show($("frame-ghost"), !seen);
  if (!seen) return;
  figure.style.backgroundImage = `url("${picture.src}")`;
  figure.classList.toggle("whole", scene.place === "photo" || !scene.check?.outline?.length);
  const face = faceOf(scene.check, picture);
  if (!face || scene.place === "photo") return fit(figure, "cover", "50% 25%");
  const scale = (FACE_HEIGHT[video.format] * frame.height) / face.height;
  const left = frame.width / 2 - face.x * scale, top = FACE_AT[video.format] * frame.height - face.y * scale;
  fit(figure, `${picture.naturalWidth * scale}px auto`, `${left}px ${top}px`);
}

function fit(figure, size, position) {
  figure.style.backgroundSize = size;
  figure.style.backgroundPosition = position;
}

// Centre and height of the face in pixels of the photo as the browser shows it.
function faceOf(check, picture) {
  if (!check?.outline?.length) return null;
  const xs = check.outline.map(([x]) => x), ys = check.outline.map(([, y]) => y);
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  return {
    x: middle(xs) * picture.naturalWidth, y: middle(ys) * picture.naturalHeight,
    height: (Math.max(...ys) - Math.min(...ys)) * picture.naturalHeight,
  };
}

function facts() {
  const { scenes, video } = draft;
  const told = video.kind === "slides" ? [draft.scene] : scenes;
  const seconds = told.reduce((sum, scene) => sum + measured(textOf(scene), scene.language).seconds, 0);
  const parts = [];
  if (told.length > 1) parts.push(t("stage.scenes", { n: scenes.length }));
  if (seconds) parts.push(t("script.about", { time: duration(seconds) }));
  parts.push(sizeOf(video).replace("x", "×"));
  $("facts").textContent = parts.join(" · ");
}

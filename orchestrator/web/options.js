// Manner of a scene; format, captions, label, take and transparent files of the whole video.
import { draft } from "/web/draft.js";
import { $, choose } from "/web/dom.js";
import { onLanguage, t } from "/web/words.js";

const LISTS = {
  expression: [["neutral", "happy", "sad", "angry", "surprised"], "mood"],
  gesture: [["calm", "natural", "presenter", "lively"], "gesture"],
  captions: [["none", "burn", "karaoke"], "captions"],
  resolution: [["small", "standard", "large"], "more"],
};
const SIZES = {
  "16:9": { small: "640x360", standard: "1280x720", large: "1920x1080" },
  "9:16": { small: "360x640", standard: "720x1280", large: "1080x1920" },
  "1:1": { small: "360x360", standard: "720x720", large: "1080x1080" },
};
const OF_SCENE = ["expression", "gesture"];
export const ALPHA = ["webm", "mov", "png"];

// The person alone is in no video that keeps the background of a photo.
const mayBeAlone = ({ scenes }) => scenes.every((scene) => scene.place !== "photo");
export const alphaOf = (draft) => (mayBeAlone(draft) ? draft.video.alpha : []);

export const sizeOf = ({ format, resolution }) => SIZES[format]?.[resolution] ?? resolution;

// Format and resolution that a size stands for; another size is a resolution of its own.
export function formatOf(size) {
  for (const [format, sizes] of Object.entries(SIZES)) {
    const found = Object.entries(sizes).find(([, value]) => value === size);
    if (found) return { format, resolution: found[0] };
  }
  const [width, height] = size.split("x").map(Number);
  const ratio = width / height;
  return { format: ratio > 1.2 ? "16:9" : ratio < 0.83 ? "9:16" : "1:1", resolution: size };
}

export function openOptions() {
  for (const name of Object.keys(LISTS)) {
    $(name).addEventListener("change", (event) => {
      const values = { [name]: event.target.value };
      if (OF_SCENE.includes(name)) draft.change(values);
      else draft.changeVideo(values);
    });
  }
  for (const input of document.querySelectorAll("input[name=format]")) {
    input.addEventListener("change", () => draft.changeVideo({ format: input.value, resolution: named(draft.video.resolution) }));
  }
  $("label").addEventListener("change", (event) => draft.changeVideo({ label: event.target.checked }));
  $("consent").addEventListener("change", (event) => draft.changeVideo({ consent: event.target.checked }));
  for (const kind of ALPHA) $(`alpha-${kind}`).addEventListener("change", takeAlpha);
  $("seed").addEventListener("input", (event) => draft.changeVideo({ seed: seed(event.target.value) }));
  draft.addEventListener("scene", fill);
  onLanguage(() => {
    words();
    fill();
  });
}

const takeAlpha = () => draft.changeVideo({ alpha: ALPHA.filter((kind) => $(`alpha-${kind}`).checked) });
const named = (resolution) => (LISTS.resolution[0].includes(resolution) ? resolution : "standard");
const seed = (text) => Math.min(999999999, Math.max(0, Math.floor(Number(text) || 0)));

function words() {
  formatShown = `${draft.video.format} ${draft.video.resolution}`;
  for (const [name, [values, group]] of Object.entries(LISTS)) {
    const size = name === "resolution";
    const label = (value) => t(`${group}.${value}`) + (size ? ` · ${sizeOf({ ...draft.video, resolution: value }).replace("x", "×")}` : "");
    const other = size && !values.includes(draft.video.resolution) ? [draft.video.resolution] : [];
    $(name).replaceChildren(...values.map((value) => new Option(label(value), value)), ...other.map((value) => new Option(value.replace("x", "×"), value)));
  }
}

function fill() {
  const { scene, video } = draft;
  for (const name of Object.keys(LISTS)) $(name).value = OF_SCENE.includes(name) ? scene[name] : video[name];
  choose("format", video.format);
  $("label").checked = video.label;
  $("consent").checked = video.consent;
  $("seed").value = video.seed;
  if (video.seed || video.alpha.length) $("more").open = true;
}

function alone() {
  const may = mayBeAlone(draft);
  for (const kind of ALPHA) {
    $(`alpha-${kind}`).checked = draft.video.alpha.includes(kind);
    $(`alpha-${kind}`).disabled = !may;
  }
  const note = t(may ? "alpha.note" : "alpha.not");
  if ($("alpha-note").textContent !== note) $("alpha-note").textContent = note;
}

let formatShown = "";

draft.addEventListener("change", () => {
  if (formatShown !== `${draft.video.format} ${draft.video.resolution}`) words();
  for (const name of ["captions", "resolution"]) $(name).value = draft.video[name];
  for (const name of OF_SCENE) $(name).value = draft.scene[name];
  $("consent").checked = draft.video.consent;
  alone();
});

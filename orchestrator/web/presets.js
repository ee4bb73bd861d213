// Choices kept under a name, by the server: looks and voice, without script and files.
import { get, post, remove } from "/web/api.js";
import { placeOf } from "/web/backdrop.js";
import { draft } from "/web/draft.js";
import { dropFile, keepFile, keptFile } from "/web/files.js";
import { layoutOf, seatFrom } from "/web/layout.js";
import { logoOf, overlaysFrom, overlaysOf, setLogo } from "/web/overlay.js";
import { $, fail, icon, make, show } from "/web/dom.js";
import { toast } from "/web/notice.js";
import { toShow } from "/web/gallery.js";
import { alphaOf, formatOf, sizeOf } from "/web/options.js";
import { t } from "/web/words.js";

export function openPresets() {
  $("presets-open").addEventListener("click", async () => {
    fail("presets-error", "");
    $("presets").showModal();
    await list();
  });
  $("presets-close").addEventListener("click", () => $("presets").close());
  $("presets-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = $("preset-name").value.trim();
    if (!name) return $("preset-name").focus();
    await trying(() => keep(name));
    $("preset-name").value = "";
  });
}

// The server keeps no files of a preset: its logo stays in this browser.
const logoKey = ({ id }) => `preset-${id}/logo`;

async function keep(name) {
  const preset = await (await post("/v1/presets", { name, fields: fieldsNow() })).json();
  const logo = logoOf(draft.scenes)?.logo;
  if (logo) await keepFile(logoKey(preset), logo);
  else await dropFile(logoKey(preset));
}

async function trying(action) {
  fail("presets-error", "");
  try {
    await action();
  } catch (error) {
    fail("presets-error", error.message);
  }
  await list();
}

async function list() {
  let presets = [];
  try {
    presets = (await get("/v1/presets")).data;
  } catch (error) {
    fail("presets-error", error.message);
  }
  $("presets-list").replaceChildren(...presets.map(entry));
  show($("presets-none"), !presets.length);
}

function entry(preset) {
  const use = make("button", { type: "button", class: "outline" }, preset.name);
  use.addEventListener("click", () => apply(preset));
  const gone = make("button", { type: "button", class: "quiet square", "aria-label": t("presets.delete", { name: preset.name }) }, icon("trash"));
  gone.addEventListener("click", () => trying(async () => {
    await remove(`/v1/presets/${preset.id}`);
    await dropFile(logoKey(preset));
  }));
  return make("li", {}, use, gone);
}

// The choices of the open scene and of the video, by the names of the API.
function fieldsNow() {
  const { scene, video } = draft;
  const backdrop = { words: placeOf(scene), colour: scene.colour, photo: "photo" }[scene.place];
  const found = { expression: scene.expression, gesture_style: scene.gesture, size: sizeOf(video), captions: video.captions, label: video.label, seed: video.seed, alpha: alphaOf(draft) };
  const { transition, lower_third = "" } = overlaysOf(scene);
  Object.assign(found, { layout: layoutOf(scene), layout_ground: scene.ground, transition, lower_third, accent: video.accent, progress_bar: video.bar });
  if (backdrop) found.backdrop = backdrop;
  if (scene.voice) found.voice = scene.voice;
  if (scene.language) found.lang = scene.language;
  return found;
}

async function apply(preset) {
  const { name, fields } = preset, logo = await keptFile(logoKey(preset)), earlier = logoOf(draft.scenes)?.logo;
  const before = { scene: { ...draft.scene }, video: { ...draft.video } };
  draft.change(sceneOf(fields));
  draft.changeVideo({
    ...(fields.size ? formatOf(fields.size) : {}), label: Boolean(fields.label), seed: fields.seed ?? 0, alpha: fields.alpha ?? [],
    captions: ["karaoke", "burn"].find((kind) => fields.captions?.includes(kind)) ?? "none",
    ...(fields.accent ? { accent: fields.accent, bar: Boolean(fields.progress_bar) } : {}),
  });
  if (logo) await setLogo(logo);
  draft.go(draft.at);
  $("presets").close();
  toast(t("presets.applied", { name }), t("undo"), () => {
    draft.change(before.scene);
    draft.changeVideo(before.video);
    if (logo && earlier) setLogo(earlier);
    draft.go(draft.at);
  });
}

function sceneOf(fields) {
  const { backdrop = "", voice = "", lang = "", expression = "neutral", gesture_style: gesture = "natural" } = fields;
  const looks = { voice, language: lang.split("-")[0], expression: expression.split(":")[0], gesture };
  if (fields.layout) {
    const { plate, plateMore, transition } = overlaysFrom(fields);
    Object.assign(looks, { ...seatFrom(fields.layout), ground: fields.layout_ground ?? "photo", transition }, plate ? { plate, plateMore } : {});
  }
  if (!backdrop || backdrop === "none") return looks;
  if (backdrop === "photo") return { ...looks, place: "photo" };
  return backdrop.startsWith("#") ? { ...looks, place: "colour", colour: backdrop } : { ...looks, place: "words", words: toShow(backdrop) };
}

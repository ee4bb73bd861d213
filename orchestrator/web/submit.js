// The form becomes a request: checked here first, sent with the files that are new, and errors shown where they belong.
import { Refusal, post } from "/web/api.js";
import { placeOf } from "/web/backdrop.js";
import { draft, keptPhoto } from "/web/draft.js";
import { $, fail, show } from "/web/dom.js";
import { goTo, stepOf } from "/web/flow.js";
import { makeWords } from "/web/kinds.js";
import { isVoiceOnly, layoutOf } from "/web/layout.js";
import { firstWords, say } from "/web/notice.js";
import { tuneOf } from "/web/music.js";
import { alphaOf, sizeOf } from "/web/options.js";
import { logoOf, overlaysOf } from "/web/overlay.js";
import { appendSlides, slidesLack, slidesOf } from "/web/slides.js";
import { tableLack, tableOf } from "/web/table.js";
import { t } from "/web/words.js";
import { languageToSend } from "/web/voice.js";

const PATHS = { video: "/v1/videos", slides: "/v1/presentations", table: "/v1/batches" };
const LOOKS = { blur: 0, light: 0, drift: 1 }; // of a picture of one's own, where nothing is said
const PLACES = {
  slides: "slides-error", slides_pdf: "slides-error", notes: "slides-error", pages: "slides-error", without_notes: "slides-error", data: "table-error",
  backdrop_film: "place-error", logo: "logo-error", heading: "over-error", lower_third: "over-error", voice: "voice-note", lang: "voice-note", photo: "photo-error", input_reference: "photo-error", prompt: "script-error", audio: "audio-error", backdrop_image: "place-error", music: "music-error",
};
const FIELDS = { "voice-note": "voice-language", "photo-error": "photo-file", "script-error": "script", "audio-error": "audio-file", "place-error": "place-file", "music-error": "music-file", "consent-error": "consent", "slides-error": "slides-file", "table-error": "table-file", "logo-error": "logo-file", "over-error": "plate" };
let once = { key: "", of: "" };

export function openSubmit(done) {
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit(done);
  });
  draft.addEventListener("change", () => {
    if (draft.video.consent) fail("consent-error", "", $("consent"));
    show($("submit-error"), false);
    show($("editing"), Boolean(draft.video.remixOf));
    if (!$("submit").disabled) $("submit-text").textContent = makeWords();
  });
}

async function submit(done) {
  clear();
  const missing = allMissing();
  if (missing.length) return ask(missing);
  busy(true);
  try {
    const form = formOf(draft);
    const path = draft.video.remixOf ? `/v1/videos/${draft.video.remixOf}/remix` : PATHS[draft.video.kind];
    const response = await post(path, form, { headers: { "Idempotency-Key": keyFor(form) } });
    once = { key: "", of: "" };
    done(await response.json());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refused(error);
  } finally {
    busy(false);
  }
}

function busy(working) {
  $("submit").disabled = working;
  $("submit").setAttribute("aria-busy", String(working));
  $("submit-text").textContent = working ? t("submit.sending") : makeWords();
  if (working) say(t("submit.sending"));
}

function clear() {
  for (const [place, field] of Object.entries(FIELDS)) fail(place, "", $(field));
  show($("submit-error"), false);
}

// [scene, place of the words, words], in the order of the form.
function allMissing() {
  const { kind } = draft.video, several = kind !== "slides" && draft.scenes.length > 1, missing = [];
  const first = { slides: slidesLack, table: tableLack }[kind]?.();
  if (first) missing.push([draft.at, `${kind}-error`, first]);
  for (const [index, scene] of draft.scenes.entries()) {
    if (kind === "slides" && index !== draft.at) continue;
    const text = (key) => t(several && index !== draft.at ? `${key}.scene` : key, { n: index + 1 });
    const lacks = (place, message) => missing.push([index, place, message]);
    if (kind !== "slides" && scene.speaker === "voice" && !scene.text.trim()) lacks("script-error", text("script.missing"));
    const seen = !isVoiceOnly(scene);
    if (seen && !scene.photo && !scene.kept.photo) lacks("photo-error", text("photo.missing"));
    else if (seen && scene.check && !scene.check.ok) lacks("photo-error", t("photo.bad"));
    if (kind === "slides") continue;
    if (scene.speaker === "recording" && !scene.audio && !scene.kept.audio) lacks("audio-error", t("voice.recording.missing"));
    if (scene.place === "image" && ![scene.image, scene.film, scene.kept.image, scene.kept.film].some(Boolean)) lacks("place-error", t("place.image.missing"));
  }
  if (!draft.video.consent) missing.push([draft.at, "consent-error", t("consent.missing")]);
  return missing;
}

// All that one scene lacks at once; the person is led to the first.
function ask(missing) {
  const [first] = missing;
  point(...first);
  for (const [index, place, message] of missing.slice(1)) {
    if (index === first[0] || place === "consent-error") fail(place, message, $(FIELDS[place]));
  }
}

function point(index, place, message) {
  if (index !== draft.at) draft.go(index);
  const field = $(FIELDS[place]);
  goTo(stepOf(field));
  for (let folded = field.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
  fail(place, message, field);
  field.focus({ preventScroll: true });
  field.closest(".step, .sign")?.scrollIntoView({ block: "nearest" });
  say(message);
}

function refused(error) {
  const found = error.param.match(/^(?:scenes\[(\d+)\]\.)?(\w+)$/);
  const place = found && PLACES[found[2]];
  if (place) return point(Number(found[1] ?? draft.at), place, error.message);
  $("submit-error").textContent = error.message;
  $("submit-error").dataset.code = error.code;
  show($("submit-error"));
}

// The server is back: that it was away is no news any more.
export function forgetAway() {
  if ($("submit-error").dataset.code === "away") show($("submit-error"), false);
}

export function formOf(draft) {
  const { scenes, video } = draft;
  const form = new FormData();
  if (video.kind === "slides") appendTalk(form, draft.scene);
  else form.append("scenes", JSON.stringify(scenes.map((scene, index) => sceneOf(scene, (kind) => `${kind}${index}`, form))));
  if (video.kind === "table") form.append("data", tableOf(scenes), "data");
  form.append("size", sizeOf(video));
  form.append("captions", video.captions);
  form.append("alpha", alphaOf(draft).join() || "none");
  form.append("accent", video.accent);
  form.append("progress_bar", String(video.bar));
  const logo = logoOf(scenes)?.logo;
  if (logo) form.append("logo", logo, "logo");
  form.append("label", String(video.label));
  form.append("seed", String(video.seed));
  form.append("consent", String(video.consent));
  form.append("title", titleOf(scenes));
  const tune = tuneOf(scenes);
  if (tune) {
    if (tune.music) form.append("music", tune.music, "music");
    else form.append("music", `scene:${tune.kept.from}:music`);
    form.append("music_volume", String(video.musicVolume));
  }
  for (const [name, value] of Object.entries(video.engines)) form.append(name, value);
  return form;
}

// A talk has one person, the same beside all slides.
function appendTalk(form, scene) {
  for (const [name, value] of Object.entries(sceneOf(scene, (kind) => kind, form))) if (name !== "photo") form.append(name, value);
  appendSlides(form);
}

// `part(kind)`: the name of the part that is a file of this scene.
function sceneOf(scene, part, form) {
  const found = { expression: scene.expression, gesture_style: scene.gesture, layout: layoutOf(scene), layout_ground: scene.ground, ...overlaysOf(scene) };
  const attach = (kind, field, kept) => {
    if (scene[kind] && !(kind === "photo" && keptPhoto(scene))) {
      form.append(part(kind), scene[kind], kind);
      found[field] = part(kind);
    } else if (kept !== undefined) found[field] = `scene:${kept}:${field}`;
  };
  if (!isVoiceOnly(scene)) attach("photo", "photo", scene.kept.photo ? scene.kept.from : undefined);
  if (scene.face && scene.face !== "largest") found.face = scene.face;
  const talk = draft.video.kind === "slides", logo = logoOf(draft.scenes);
  if (!talk) found.prompt = scene.text;
  if (logo && !logo.logo) found.logo = `scene:${logo.kept.from}:logo`;
  if (!talk && scene.speaker === "recording") attach("audio", "audio", scene.kept.audio ? scene.kept.from : undefined);
  else if (scene.voice) found.voice = scene.voice;
  const language = languageToSend(scene);
  if (language) found.lang = language;
  if (talk) return found;
  if (scene.place === "image" && (scene.film || (scene.kept.film && !scene.image))) attach("film", "backdrop_film", scene.kept.film ? scene.kept.from : undefined);
  else if (scene.place === "image") {
    attach("image", "backdrop_image", scene.kept.image ? scene.kept.from : undefined);
    for (const [name, usual] of Object.entries(LOOKS)) if (scene[name] !== usual) found[`backdrop_${name}`] = scene[name];
  } else found.backdrop = { words: placeOf(scene), colour: scene.colour, photo: "photo" }[scene.place];
  return { ...found, ...moreOf(scene, found) };
}

// What of an edited video the form does not show, where it still belongs to what is chosen; and the film's sound.
function moreOf({ more, filmSound, film, place }, found) {
  const fits = { backdrop_from: place === "words", backdrop_trim: "backdrop_film" in found && !film, layers: place !== "photo" };
  const kept = Object.fromEntries(Object.entries(more).filter(([name]) => fits[name]));
  return "backdrop_film" in found && filmSound !== "off" ? { ...kept, backdrop_sound: filmSound } : kept;
}

const titleOf = (scenes) => firstWords(draft.video.kind === "slides" ? nameOf(slidesOf(scenes)) : scenes.map((scene) => scene.text).find((text) => text.trim()) ?? "");
const nameOf = ({ name }) => name.replace(/\.\w+$/, "");

// The same press sent twice makes one video: the key changes with what is sent.
function keyFor(form) {
  const of = [...form.entries()].map(([name, value]) => `${name}=${value.size ?? value}${value.lastModified ?? ""}`).join("&");
  if (once.of !== of) once = { of, key: crypto.getRandomValues(new Uint32Array(4)).join("-") };
  return once.key;
}

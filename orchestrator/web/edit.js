// A video that was made, back in the form: its words and choices; its files stay with the server.
import { call } from "/web/api.js";
import { draft } from "/web/draft.js";
import { toShow } from "/web/gallery.js";
import { seatFrom } from "/web/layout.js";
import { formatOf } from "/web/options.js";
import { overlaysFrom } from "/web/overlay.js";

const ENGINES = ["speech_engine", "face_engine", "backdrop_engine", "loudness"];
const MORE = ["backdrop_from", "backdrop_trim", "layers"];
const USUAL_RATE = 25;

export function editVideo(video) {
  const scenes = (video.scenes ?? []).map((scene, index) => sceneOf(scene, index));
  const [first] = video.scenes ?? [{}];
  draft.edit(scenes.length ? scenes : [{ text: video.prompt ?? "" }], {
    ...formatOf(video.size), captions: captionsOf(video.captions), label: Boolean(first.label), seed: first.seed ?? 0,
    musicVolume: first.music_volume ?? -18, alpha: first.alpha ?? [], accent: first.accent ?? "#ffd040", bar: Boolean(first.progress_bar),
    consent: Boolean(video.consent), lent: Boolean(video.consent), remixOf: video.id, title: video.title ?? "", engines: enginesOf(video, first),
  });
  draft.scenes.forEach((scene, index) => showPhoto(video.id, scene, index));
}

// The photo stays with the server; here it is only looked at.
async function showPhoto(id, scene, index) {
  if (!scene.kept.photo) return;
  try {
    const blob = await (await call(`/v1/videos/${id}/photo?scene=${index}`)).blob();
    if (!blob.type.startsWith("image/") || scene.photo || !draft.scenes.includes(scene)) return;
    await draft.take("photo", new File([blob], scene.kept.photo, { type: blob.type }), scene);
  } catch {
    // Without it the form says that the photo stays.
  }
}

function sceneOf(scene, index) {
  const backdrop = scene.backdrop ?? "";
  const place = scene.backdrop_image || scene.backdrop_film ? "image" : backdrop === "photo" ? "photo" : backdrop.startsWith("#") ? "colour" : "words";
  return {
    text: scene.prompt ?? scene.transcript ?? "", speaker: scene.audio ? "recording" : "voice", voice: scene.voice ?? "",
    language: (scene.lang ?? "").split("-")[0], place, words: place === "words" && backdrop !== "none" ? toShow(backdrop) : "",
    filmSound: scene.backdrop_sound ?? "off", more: Object.fromEntries(MORE.filter((name) => scene[name]?.length).map((name) => [name, scene[name]])),
    blur: scene.backdrop_blur ?? 0, light: scene.backdrop_light ?? 0, drift: scene.backdrop_drift ?? 1,
    ...seatFrom(scene.layout), ground: scene.layout_ground ?? "photo", ...overlaysFrom(scene),
    ...(place === "colour" ? { colour: backdrop } : {}), expression: (scene.expression ?? "neutral").split(":")[0],
    gesture: scene.gesture_style ?? "natural", face: scene.face ?? "largest",
    kept: { from: index, photo: scene.layout === "none" ? "" : `kept-${index}`, audio: Boolean(scene.audio), image: Boolean(scene.backdrop_image), film: Boolean(scene.backdrop_film), music: Boolean(scene.music), logo: Boolean(scene.logo) },
  };
}

// What the form does not show but the video had.
function enginesOf(video, scene) {
  const found = video.fps && video.fps !== USUAL_RATE ? { fps: String(video.fps) } : {};
  for (const name of ENGINES) if (scene[name]) found[name] = scene[name];
  return found;
}

const captionsOf = (captions = []) => ["karaoke", "burn"].find((kind) => captions.includes(kind)) ?? "none";

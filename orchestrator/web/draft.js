// The form as data: scenes and the choices for the whole video. Text is kept in localStorage, files in files.js.
// Every tab has a draft of its own; a new one goes on with a copy of the newest.
import { dropFile, keepFile, keptFile, keptKeys } from "/web/files.js";
import { later } from "/web/dom.js";

const KEPT = "govorun.draft", TAB = "govorun.tab";
const MOST_KEPT = 8;
export const FILES = ["photo", "audio", "image", "film", "music", "logo", "slides", "pdf", "table"];
const OF_ALL = ["music", "logo", "slides", "pdf", "table"]; // files of the whole video, kept by the first scene
const nothing = (kinds) => Object.fromEntries(kinds.map((kind) => [kind, null]));
const none = nothing(FILES);

const DAY = 24 * 3600 * 1000;

// The name of a scene tells when it was begun.
const newId = () => `${Date.now()}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
const begunAt = (id) => Number(id.split("-")[0]);

const freshScene = () => ({
  id: newId(),
  text: "", speaker: "voice", language: "", voice: "", place: "words", words: "", colour: "#20344a",
  blur: 0, light: 0, drift: 1, // of a picture of one's own
  filmSound: "off", // or dB from the voice to the sound of a film behind
  layout: "full", spot: "", share: 0, ground: "photo", // where the person is; spot and share "" and 0: as is usual
  transition: "cut", heading: "", headingMore: "", plate: "", plateMore: "",
  expression: "neutral", gesture: "natural", ...none, check: null,
  face: "largest", // which face of the photo, by a click on it
  kept: {}, // which files an edited video has already
  more: {}, // what an edited video has and the form does not show, by the names of the API
});

const freshVideo = () => ({
  format: "16:9", resolution: "standard", captions: "none", label: false, seed: 0, musicVolume: -18, consent: false,
  remixOf: "", title: "",
  alpha: [], // files of the person alone
  accent: "#ffd040", bar: false,
  kind: "video", // or slides, or table: what the form makes
  notes: {}, pages: "", unspoken: "refuse", // of slides: what is said, by the number of the slide
  engines: {}, // of an edited video, by the names of the API
});

// Whether the photo of a scene is the one that an edited video has already: shown, and not sent again.
export const keptPhoto = ({ photo, kept }) => Boolean(photo && kept.photo && photo.name === kept.photo);

// What is spoken: the script of a scene, or the notes of all slides.
export const textOf = (scene) => (draft.video.kind === "slides" ? Object.values(draft.video.notes).join("\n") : scene.text);

// The scene whose file of this kind counts for the whole video: one that is new, or one that an edited video has.
export const holderOf = (scenes, kind) => scenes.find((scene) => scene[kind]) ?? scenes.find((scene) => scene.kept[kind]);

class Draft extends EventTarget {
  scenes = [freshScene()];
  video = freshVideo();
  at = 0;
  aside = null; // what stood in the form before a video was edited

  get scene() {
    return this.scenes[this.at];
  }

  change(values) {
    Object.assign(this.scene, values);
    this.tell("change");
  }

  changeVideo(values) {
    Object.assign(this.video, values);
    this.tell("change");
  }

  // The consent came with the sample; a face or a voice of one's own needs one's own.
  withdrawLoan() {
    if (this.video.lent) this.changeVideo({ consent: false, lent: false });
  }

  async take(kind, file, scene = this.scene) {
    scene[kind] = file;
    if (kind === "photo") Object.assign(scene, { check: null, face: "largest" });
    this.tell("change");
    await keepFile(`${scene.id}/${kind}`, file);
  }

  go(index) {
    this.at = Math.max(0, Math.min(index, this.scenes.length - 1));
    this.tell("scene");
  }

  // The same person goes on, in the same place; another photo makes it a dialogue.
  add() {
    const { language, voice, place, words, colour, image, film, blur, light, drift, gesture, photo, check, kept } = this.scene;
    const { layout, spot, share, ground, transition, filmSound } = this.scene;
    const same = { language, voice, place, words, colour, image, film, blur, light, drift, gesture, photo, check, layout, spot, share, ground, transition, filmSound };
    const { from, photo: face, image: picture, film: clip } = kept;
    this.put({ ...freshScene(), ...same, kept: from === undefined ? {} : { from, photo: face, image: picture, film: clip } });
  }

  copy() {
    this.put({ ...this.scene, id: newId(), ...nothing(OF_ALL), kept: { ...this.scene.kept } });
  }

  put(scene) {
    for (const kind of FILES) if (scene[kind]) keepFile(`${scene.id}/${kind}`, scene[kind]);
    this.scenes.splice(this.at + 1, 0, scene);
    this.go(this.at + 1);
  }

  move(by) {
    const to = this.at + by;
    if (to < 0 || to >= this.scenes.length) return;
    const [scene] = this.scenes.splice(this.at, 1);
    this.scenes.splice(to, 0, scene);
    this.go(to);
  }

  removeScene() {
    const at = this.at;
    const [gone] = this.scenes.splice(at, 1);
    for (const kind of OF_ALL) if (gone[kind]) this.take(kind, gone[kind], this.scenes[0]);
    this.go(Math.min(at, this.scenes.length - 1));
    return () => {
      this.scenes.splice(at, 0, gone);
      this.go(at);
    };
  }

  replace(scenes, video) {
    this.scenes = scenes.map((scene) => ({ ...freshScene(), ...scene }));
    this.video = { ...freshVideo(), ...video };
    this.go(0);
  }

  edit(scenes, video) {
    if (!this.video.remixOf) this.aside = { scenes: this.scenes, video: this.video };
    this.replace(scenes, video);
  }

  leaveEdit() {
    const { scenes, video } = this.aside ?? { scenes: [{}], video: {} };
    this.aside = null;
    this.replace(scenes, { ...video, consent: false });
  }

  // Whether anything would be lost with it.
  get begun() {
    return this.scenes.length > 1 || this.scenes.some((scene) => scene.text.trim() || FILES.some((kind) => scene[kind]));
  }

  // Calls back what stands in the form now.
  taken() {
    const { scenes, video, at, aside } = this;
    return async () => {
      Object.assign(this, { scenes, video, at, aside });
      this.tell("scene");
      for (const scene of scenes) for (const kind of FILES) if (scene[kind]) await keepFile(`${scene.id}/${kind}`, scene[kind]);
    };
  }

  async clear() {
    this.aside = null;
    for (const scene of this.scenes) for (const kind of FILES) await dropFile(`${scene.id}/${kind}`);
    const { format, resolution, captions, accent, bar } = this.video;
    this.replace([{}], { format, resolution, captions, accent, bar });
  }

  tell(what) {
    this.dispatchEvent(new Event(what));
    if (what === "scene") this.dispatchEvent(new Event("change"));
    pending = true;
    keep(this);
  }
}

export const draft = new Draft();

const plain = ({ scenes, video }) => ({
  scenes: scenes.map((scene) => ({ ...scene, ...none })), video: { ...video, consent: false },
});

let pending = false;

function save(form) {
  pending = false;
  try {
    const kept = { ...plain(form), at: form.at, aside: form.aside && plain(form.aside), saved: Date.now() };
    localStorage.setItem(`${KEPT}.${tab()}`, JSON.stringify(kept));
  } catch {
    // Full or forbidden: the form then lives as long as the page.
  }
}

const keep = later(250, save);
window.addEventListener("pagehide", () => pending && save(draft));

function tab() {
  let name = sessionStorage.getItem(TAB);
  if (!name) {
    name = newId();
    sessionStorage.setItem(TAB, name);
  }
  return name;
}

// Key and draft of all tabs, the newest first.
function drafts() {
  const keys = Object.keys(localStorage).filter((key) => key === KEPT || key.startsWith(`${KEPT}.`));
  const found = keys.map((key) => [key, parsed(localStorage.getItem(key))]).filter(([, kept]) => Array.isArray(kept?.scenes) && kept.scenes.length);
  return found.sort(([, one], [, other]) => (other.saved ?? 0) - (one.saved ?? 0));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export async function restore() {
  let own, kept;
  try {
    own = `${KEPT}.${tab()}`;
    const all = drafts();
    kept = (all.find(([key]) => key === own) ?? all[0])?.[1];
    const copied = kept && !all.some(([key]) => key === own);
    if (kept) await bring(kept, copied);
    await forget(all, own);
  } catch {
    // Storage is forbidden here: the form lives as long as the page.
  }
}

async function bring(kept, copied) {
  draft.replace(kept.scenes, kept.video);
  draft.aside = kept.aside ?? null;
  for (const scene of [...draft.scenes, ...(draft.aside?.scenes ?? [])]) {
    const from = scene.id;
    if (copied) scene.id = newId();
    for (const kind of FILES) {
      scene[kind] = (await keptFile(`${from}/${kind}`)) ?? null;
      if (copied && scene[kind]) await keepFile(`${scene.id}/${kind}`, scene[kind]);
    }
  }
  draft.go(kept.at ?? 0);
}

// Drafts of tabs that were closed long ago, and files that belong to no draft any more. What another tab has
// just written may not be seen here yet: files of the last day stay.
async function forget(all, own) {
  const old = all.filter(([key]) => key !== own).slice(MOST_KEPT);
  for (const [key] of old) localStorage.removeItem(key);
  const living = [draft, ...drafts().map(([, kept]) => kept)];
  const needed = new Set(living.flatMap(({ scenes, aside }) => [...scenes, ...(aside?.scenes ?? [])]).map((scene) => scene.id));
  const before = Date.now() - DAY;
  const orphan = (id) => !needed.has(id) && begunAt(id) < before;
  for (const key of await keptKeys()) if (orphan(String(key).split("/")[0])) await dropFile(key);
}

// The form as data: scenes and the choices for the whole video. Text is kept in localStorage, files in files.js.
import { dropFiles, keepFile, keptFile } from "/web/files.js";
import { later } from "/web/dom.js";

const KEPT = "govorun.draft";
export const FILES = ["photo", "audio", "image"];

const freshScene = () => ({
  id: crypto.getRandomValues(new Uint32Array(2)).join("-"),
  text: "", speaker: "voice", language: "", voice: "", place: "words", words: "", colour: "#20344a",
  expression: "neutral", gesture: "natural", photo: null, audio: null, image: null, check: null,
  kept: {}, // which files an edited video has already
});

const freshVideo = () => ({
  format: "16:9", resolution: "standard", captions: "none", label: false, seed: 0, consent: false, remixOf: "", title: "",
  engines: {}, // of an edited video, by the names of the API
});

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
    if (kind === "photo") scene.check = null;
    this.tell("change");
    await keepFile(`${scene.id}/${kind}`, file);
  }

  go(index) {
    this.at = Math.max(0, Math.min(index, this.scenes.length - 1));
    this.tell("scene");
  }

  add() {
    const { language, place, words, colour, gesture } = this.scene;
    this.scenes.splice(this.at + 1, 0, { ...freshScene(), language, place, words, colour, gesture });
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

  async clear() {
    this.aside = null;
    await dropFiles();
    this.replace([{}], { format: this.video.format, resolution: this.video.resolution, captions: this.video.captions });
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
  scenes: scenes.map((scene) => ({ ...scene, photo: null, audio: null, image: null })), video: { ...video, consent: false },
});

let pending = false;

function save(form) {
  pending = false;
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...plain(form), at: form.at, aside: form.aside && plain(form.aside) }));
  } catch {
    // Full or forbidden: the form then lives as long as the page.
  }
}

const keep = later(250, save);
window.addEventListener("pagehide", () => pending && save(draft));

export async function restore() {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(KEPT) ?? "null");
  } catch {
    return;
  }
  if (!Array.isArray(kept?.scenes) || !kept.scenes.length) return;
  draft.replace(kept.scenes, kept.video);
  draft.aside = kept.aside ?? null;
  draft.go(kept.at ?? 0);
  for (const scene of [...draft.scenes, ...(draft.aside?.scenes ?? [])]) {
    for (const kind of FILES) scene[kind] = (await keptFile(`${scene.id}/${kind}`)) ?? null;
  }
  draft.go(draft.at);
}

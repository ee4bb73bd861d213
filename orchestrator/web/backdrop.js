// The backdrop: words with a thumbnail that drifts, a colour, a picture, or what the photo has.
import { post } from "/web/api.js";
import { draft } from "/web/draft.js";
import { $, choose, fail, later, make, show } from "/web/dom.js";
import { onLanguage, t } from "/web/words.js";

const PAUSE = 700;
const AGAIN = 15000;
const IDEAS = [1, 2, 3, 4, 5, 6];
const seen = new Map();
let asked = "";
let control = null;
let pictureAddress = "";
let shown = null;

export const previewOf = (scene) => seen.get(keyOf(scene)) ?? "";
export const usualPlace = () => t("place.idea.1");

export function openBackdrop() {
  for (const input of document.querySelectorAll("input[name=place]")) {
    input.addEventListener("change", () => draft.change({ place: input.value }));
  }
  $("place-text").addEventListener("input", (event) => {
    fail("place-error", "");
    draft.change({ words: event.target.value });
  });
  $("colour").addEventListener("input", (event) => draft.change({ colour: event.target.value }));
  $("place-file").addEventListener("change", takePicture);
  draft.addEventListener("scene", fill);
  draft.addEventListener("change", present);
  onLanguage(() => {
    ideas();
    present();
  });
}

function fill() {
  choose("place", draft.scene.place);
  $("place-text").value = draft.scene.words;
  $("colour").value = draft.scene.colour;
}

function ideas() {
  $("place-text").placeholder = usualPlace();
  $("place-ideas").replaceChildren(...IDEAS.map((number) => {
    const words = t(`place.idea.${number}`);
    const chip = make("button", { type: "button", class: "chip" }, words);
    chip.addEventListener("click", () => {
      $("place-text").value = words;
      draft.change({ words });
    });
    return chip;
  }));
}

function present() {
  const { scene } = draft;
  for (const kind of ["words", "colour", "image"]) show($(`place-${kind}`), scene.place === kind);
  show($("place-kept"), scene.place === "photo");
  show($("place-image-kept"), Boolean(scene.kept.image && !scene.image));
  if (scene.place === "words") ask(scene);
  if (scene.image !== shown) thumbnail(scene);
}

const wordsOf = (scene) => scene.words.trim() || usualPlace();
const keyOf = (scene) => `${wordsOf(scene)}\n${draft.video.seed}`;

function ask(scene) {
  const key = keyOf(scene);
  if (seen.has(key)) return drawn(scene, key);
  if (asked === key) return;
  asked = key;
  control?.abort();
  $("drift").classList.add("stale");
  soon(scene, key);
}

const soon = later(PAUSE, async (scene, key) => {
  if (asked !== key || $("make").hidden) {
    asked = "";
    return;
  }
  $("place-note").textContent = t("place.drawing");
  show($("drift"));
  control = new AbortController();
  try {
    const body = { prompt: wordsOf(scene), seed: draft.video.seed };
    const response = await post("/v1/backdrops/preview", body, { signal: control.signal });
    seen.set(key, URL.createObjectURL(await response.blob()));
    if (asked === key) draft.tell("change");
  } catch (error) {
    if (asked !== key || error.name === "AbortError") return;
    $("place-note").textContent = t("place.failed", { reason: error.message });
    show($("drift"), Boolean($("drift-picture").src));
    setTimeout(() => again(key), AGAIN);
  }
});

// After a failure the same words may be asked for again, with the next change of the form.
function again(key) {
  if (asked === key) asked = "";
}

function drawn(scene, key) {
  asked = key;
  const picture = $("drift-picture"), place = wordsOf(scene);
  if (picture.src !== seen.get(key)) picture.src = seen.get(key);
  picture.alt = place;
  show($("drift"));
  $("drift").classList.remove("stale");
  const note = t("place.drawn", { place });
  if ($("place-note").textContent !== note) $("place-note").textContent = note;
}

function takePicture() {
  const input = $("place-file"), file = input.files[0];
  input.value = "";
  if (!file) return;
  const wrong = file.type && !file.type.startsWith("image/");
  fail("place-error", wrong ? t("photo.type") : "", input);
  if (!wrong) draft.take("image", file);
}

function thumbnail(scene) {
  shown = scene.image;
  if (pictureAddress) URL.revokeObjectURL(pictureAddress);
  pictureAddress = scene.image ? URL.createObjectURL(scene.image) : "";
  show($("place-thumb"), Boolean(pictureAddress));
  if (pictureAddress) $("place-thumb").src = pictureAddress;
}

export const pictureOf = () => pictureAddress;

// The backdrop: a place of the list or in words, a colour, a picture and how it moves, or what the photo has.
import { post } from "/web/api.js";
import { draft } from "/web/draft.js";
import { $, addressOf, choose, fail, later, make, show } from "/web/dom.js";
import { toSend, usualPlace } from "/web/gallery.js";
import { markPlace, openPlaces, sampleOf } from "/web/places.js";
import { onLanguage, t } from "/web/words.js";

const PAUSE = 700;
const AGAIN = 15000;
const LOOKS = ["blur", "light", "drift"]; // of a picture of one's own, 0 to 1
const HEARD = "-18"; // dB from the voice to the film
const FILM = /\.(mp4|mov|m4v|webm|mkv|avi)$/i;
const seen = new Map();
let asked = "";
let control = null;
let pictureAddress = "";
let shown = null;

export const previewOf = (scene) => seen.get(keyOf(scene)) ?? sampleOf(wordsOf(scene));
export const drawingOf = (scene) => !seen.has(keyOf(scene)) && asked === keyOf(scene);
// Words of the place as they are sent.
export const placeOf = (scene) => toSend(wordsOf(scene));

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
  for (const name of LOOKS) $(`place-${name}`).addEventListener("input", (event) => draft.change({ [name]: Number(event.target.value) }));
  $("place-heard").addEventListener("change", ({ target }) => draft.change({ filmSound: target.checked ? HEARD : "off" }));
  draft.addEventListener("scene", fill);
  draft.addEventListener("change", present);
  draft.addEventListener("step", markPlace);
  onLanguage(() => {
    $("place-text").placeholder = usualPlace();
    present();
  });
  openPlaces();
}

function fill() {
  choose("place", draft.scene.place);
  $("place-text").value = draft.scene.words;
  $("colour").value = draft.scene.colour;
  for (const name of LOOKS) $(`place-${name}`).value = draft.scene[name];
}

function present() {
  const { scene } = draft;
  for (const kind of ["words", "colour", "image"]) show($(`place-${kind}`), scene.place === kind);
  show($("place-kept"), scene.place === "photo");
  const own = scene.image ?? scene.film;
  show($("place-image-kept"), Boolean((scene.kept.image || scene.kept.film) && !own));
  show($("place-looks"), Boolean(scene.image || (scene.kept.image && !scene.film)));
  show($("place-film"), Boolean(scene.film || (scene.kept.film && !own)));
  $("place-heard").checked = scene.filmSound !== "off";
  $("place-name").textContent = scene.film?.name ?? "";
  if (document.activeElement !== $("place-text") && $("place-text").value !== scene.words) $("place-text").value = scene.words;
  if (own !== shown) thumbnail(own ?? null);
  markPlace();
  if (scene.place === "words") ask(scene);
}

const wordsOf = (scene) => scene.words.trim() || usualPlace();
const keyOf = (scene) => `${wordsOf(scene)}\n${draft.video.seed}`;

function ask(scene) {
  const key = keyOf(scene);
  if (seen.has(key)) return drawn(scene, key);
  if (asked === key) return;
  asked = key;
  control?.abort();
  soon(scene, key);
}

const soon = later(PAUSE, async (scene, key) => {
  if (asked !== key || $("make").hidden) {
    asked = "";
    return;
  }
  $("place-note").textContent = t("place.drawing");
  control = new AbortController();
  try {
    const body = { prompt: placeOf(scene), seed: draft.video.seed };
    const response = await post("/v1/backdrops/preview", body, { signal: control.signal });
    seen.set(key, URL.createObjectURL(await response.blob()));
    if (asked === key) draft.tell("change");
  } catch (error) {
    if (asked !== key || error.name === "AbortError") return;
    $("place-note").textContent = t("place.failed", { reason: error.message });
    $("frame").classList.remove("stale");
    setTimeout(() => again(key), AGAIN);
  }
});

// After a failure the same words are asked for again, where they are still wanted.
function again(key) {
  if (asked !== key) return;
  asked = "";
  if (!$("make").hidden) draft.tell("change");
}

function drawn(scene, key) {
  asked = key;
  const note = t("place.drawn", { place: wordsOf(scene) });
  if ($("place-note").textContent !== note) $("place-note").textContent = note;
}

function takePicture() {
  const input = $("place-file"), file = input.files[0];
  input.value = "";
  if (!file) return;
  const film = file.type.startsWith("video/") || FILM.test(file.name), wrong = !film && file.type && !file.type.startsWith("image/");
  fail("place-error", wrong ? t("place.type") : "", input);
  if (wrong) return;
  const [kind, other] = film ? ["film", "image"] : ["image", "film"];
  draft.scene[other] = null;
  draft.scene.kept = { ...draft.scene.kept, image: false, film: false };
  draft.take(kind, file);
}

async function thumbnail(own) {
  shown = own;
  const film = own && own === draft.scene.film;
  picture(own && !film ? addressOf(own) : "");
  if (!film) return;
  const still = await beginningOf(own);
  if (shown !== own) return;
  picture(still);
  draft.tell("change");
}

function picture(address) {
  pictureAddress = address;
  show($("place-thumb"), Boolean(address));
  if (address) $("place-thumb").src = address;
}

// The first picture of a film, "" of one that this browser does not play.
const stills = new WeakMap();
function beginningOf(film) {
  if (!stills.has(film)) stills.set(film, new Promise((resolve) => {
    const player = make("video", { muted: true, preload: "auto", src: addressOf(film) });
    player.addEventListener("error", () => resolve(""));
    player.addEventListener("loadeddata", () => {
      const canvas = make("canvas", { width: player.videoWidth, height: player.videoHeight });
      canvas.getContext("2d").drawImage(player, 0, 0);
      canvas.toBlob((blob) => resolve(blob ? URL.createObjectURL(blob) : ""), "image/webp");
    });
  }));
  return stills.get(film);
}

export const pictureOf = () => pictureAddress;

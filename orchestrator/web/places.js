// Places to choose from: small moving pictures, drawn once by the server, and asked for one after another.
import { call } from "/web/api.js";
import { draft } from "/web/draft.js";
import { $, make, show } from "/web/dom.js";
import { isOpen } from "/web/flow.js";
import { choiceOf, groups, hoursOf, loadGallery, numbersOf, titleOf, toShow, usualPlace, wordsOf } from "/web/gallery.js";
import { say } from "/web/notice.js";
import { onLanguage, t } from "/web/words.js";

const AGAIN = 20000;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const pictures = new Map(); // path of the sample -> address
let loading = false;
let all = false;

export function openPlaces() {
  $("places-more").addEventListener("click", more);
  onLanguage(() => {
    for (const scene of draft.scenes) scene.words = toShow(scene.words);
    $("place-text").value = draft.scene.words;
    draw();
  });
  list();
}

async function list() {
  try {
    await loadGallery();
    for (const scene of draft.scenes) scene.words = toShow(scene.words);
    draw();
    draft.tell("change");
  } catch {
    setTimeout(list, AGAIN);
  }
}

function more() {
  all = !all;
  draw();
  if (!all) return $("places").scrollIntoView({ block: "nearest" });
  say(t("place.all"));
  $("places").querySelector("[data-name]").focus({ preventScroll: true });
}

// The small picture of what words mean, "" for words of one's own.
export function sampleOf(words) {
  const choice = choiceOf(words);
  return choice ? (pictures.get(pathOf(choice)) ?? pictures.get(pathOf({ name: choice.name })) ?? "") : "";
}

function draw() {
  $("places-more").after($("place-room"));
  $("places").replaceChildren(...groups(all).map(([group, names]) => {
    const heading = all ? make("h3", {}, t(`place.group.${group}`)) : "";
    return make("div", {}, heading, make("div", { class: "places" }, ...names.map(tile)));
  }));
  $("places-more").textContent = t(all ? "place.fewer" : "place.more");
  markPlace();
}

function tile(name) {
  const button = make("button", { type: "button", class: "place" }, picture({ name }), make("span", {}, titleOf(name)));
  button.dataset.name = name;
  button.addEventListener("click", () => choose({ name, room: "", hour: "" }));
  return button;
}

function choose(choice) {
  const words = wordsOf(choice);
  $("place-text").value = words;
  draft.change({ words });
}

export function markPlace() {
  const choice = choiceOf(draft.scene.words.trim() || usualPlace());
  for (const button of $("places").querySelectorAll("[data-name]")) button.setAttribute("aria-pressed", String(button.dataset.name === choice?.name));
  const grid = $("places").querySelector("[data-name][aria-pressed=true]")?.parentElement;
  if (grid && grid.nextElementSibling !== $("place-room")) grid.after($("place-room")); // beside the place that it is about
  variants(choice);
  if (draft.scene.place === "words") load();
}

// The rooms of the place and its hours, where it has any.
let shown = "";
function variants(choice) {
  const rooms = choice ? numbersOf(choice.name) : [], hours = choice ? hoursOf(choice.name) : [];
  show($("place-room"), rooms.length > 0);
  show($("place-hour"), hours.length > 0);
  const key = `${document.documentElement.lang} ${JSON.stringify(choice)}`;
  if (!rooms.length || shown === key) return;
  const focused = document.activeElement?.dataset?.variant;
  shown = key;
  $("rooms").replaceChildren(...rooms.map((room) => roomButton(choice, room)));
  $("hours").replaceChildren(...["", ...hours].map((hour) => hourButton(choice, hour)));
  if (focused) document.querySelector(`[data-variant="${focused}"]`)?.focus();
}

function roomButton(choice, room) {
  const name = t("place.room", { place: titleOf(choice.name), n: room });
  const button = make("button", { type: "button", class: "place", "aria-label": name, title: name }, picture({ ...choice, room }));
  return variant(button, choice.room === room, `room ${room}`, { ...choice, room: choice.room === room ? "" : room });
}

function hourButton(choice, hour) {
  const button = make("button", { type: "button", class: "chip" }, t(`hour.${hour || "usual"}`));
  return variant(button, choice.hour === hour, `hour ${hour}`, { ...choice, hour });
}

function variant(button, pressed, name, choice) {
  button.dataset.variant = name;
  button.setAttribute("aria-pressed", String(pressed));
  button.addEventListener("click", () => choose(choice));
  return button;
}

function pathOf({ name, room, hour }) {
  const query = new URLSearchParams({ ...(room && { room }), ...(hour && { hour }) });
  return `/v1/backdrops/${encodeURIComponent(name)}/sample${query.size ? `?${query}` : ""}`;
}

function picture(choice) {
  const path = pathOf(choice), address = pictures.get(path);
  const place = make("span", { class: address ? "place-picture" : "place-picture waiting" }, ...(address ? [make("img", { src: address, alt: "" })] : []));
  place.dataset.path = path;
  return place;
}

// The chosen one first, for the sketch; while the step is open all that are seen.
function lacking() {
  const choice = choiceOf(draft.scene.words.trim() || usualPlace());
  const seen = isOpen("place") ? [...document.querySelectorAll("#place-words .place-picture")].filter((one) => one.offsetParent).map((one) => one.dataset.path) : [];
  return [...(choice ? [pathOf(choice)] : []), ...seen].filter((path) => !pictures.has(path));
}

async function load() {
  if (loading) return;
  loading = true;
  for (let [path] = lacking(); path; [path] = lacking()) {
    try {
      const blob = await (await call(path)).blob();
      pictures.set(path, URL.createObjectURL(still.matches ? await firstFrame(blob) : blob));
      for (const place of document.querySelectorAll(`[data-path="${path}"]`)) {
        place.replaceChildren(make("img", { src: pictures.get(path), alt: "" }));
        place.classList.remove("waiting");
      }
      draft.tell("change");
    } catch {
      setTimeout(markPlace, AGAIN);
      break;
    }
  }
  loading = false;
}

async function firstFrame(blob) {
  const frame = await createImageBitmap(blob);
  const canvas = make("canvas", { width: frame.width, height: frame.height });
  canvas.getContext("2d").drawImage(frame, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve));
}

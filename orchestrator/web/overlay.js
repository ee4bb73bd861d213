// Words and marks over the picture: heading, name plate, logo, bar, their colour; and how a scene comes in.
import { draft, holderOf } from "/web/draft.js";
import { $, addressOf, fail, show } from "/web/dom.js";
import { isFramed } from "/web/geometry.js";
import { placesNow, seatOf } from "/web/layout.js";
import { ofFirstRow } from "/web/table.js";
import { onLanguage, t } from "/web/words.js";

const TEXTS = { heading: "heading", "heading-more": "headingMore", plate: "plate", "plate-more": "plateMore" };
const TRANSITIONS = ["cut", "fade", "slide"];
const BETWEEN = " | ";
const USUAL_ACCENT = "#ffd040";
const LARGEST_LOGO = 20;
const HEADING = 0.105, LEAST = 0.04; // of the shorter side

export const logoOf = (scenes) => holderOf(scenes, "logo");
const written = (first, second) => (first.trim() ? [first.trim(), second.trim()].filter(Boolean).join(BETWEEN) : "");

// Options of a scene, by the names of the API.
export function overlaysOf({ heading, headingMore, plate, plateMore, transition }) {
  const found = { transition };
  if (draft.video.kind !== "slides" && heading.trim()) found.heading = written(heading, headingMore);
  if (plate.trim()) found.lower_third = written(plate, plateMore);
  return found;
}

export function overlaysFrom({ heading = "", lower_third: plate = "", transition = "cut" }) {
  const parted = (text) => text.split("|").map((part) => part.trim());
  const [first, ...more] = parted(heading), [name, ...role] = parted(plate);
  return { heading: first, headingMore: more.join(" "), plate: name, plateMore: role.join(" "), transition };
}

export function openOverlay() {
  for (const [id, name] of Object.entries(TEXTS)) {
    $(id).addEventListener("input", ({ target }) => {
      fail("over-error", "");
      draft.change({ [name]: target.value });
    });
  }
  $("transition").addEventListener("change", ({ target }) => draft.change({ transition: target.value }));
  $("accent").addEventListener("input", ({ target }) => draft.changeVideo({ accent: target.value }));
  $("bar").addEventListener("change", ({ target }) => draft.changeVideo({ bar: target.checked }));
  $("logo-file").addEventListener("change", takeLogo);
  $("logo-remove").addEventListener("click", () => {
    forgetLogo();
    draft.tell("change");
    $("logo-file").focus();
  });
  $("brand-keep").addEventListener("click", () => $("presets-open").click());
  draft.addEventListener("scene", () => {
    if (logoOf(draft.scenes) || draft.video.bar || draft.video.accent !== USUAL_ACCENT || draft.scene.transition !== "cut") $("brand").open = true;
  });
  draft.addEventListener("change", present);
  onLanguage(present);
}

async function takeLogo({ target }) {
  const [file] = target.files;
  target.value = "";
  if (!file) return;
  const vector = file.type.includes("svg");
  const wrong = vector ? t("reason.logo_vector") : !file.type.startsWith("image/") ? t("photo.type") : file.size > LARGEST_LOGO << 20 ? t("photo.big", { n: LARGEST_LOGO }) : "";
  fail("logo-error", wrong, $("logo-file"));
  if (!wrong) await setLogo(file);
}

export async function setLogo(file) {
  forgetLogo();
  await draft.take("logo", file, draft.scenes[0]);
}

function forgetLogo() {
  fail("logo-error", "", $("logo-file"));
  for (const scene of draft.scenes) {
    scene.logo = null;
    scene.kept.logo = false;
  }
}

function present() {
  const { scene, video } = draft;
  for (const [id, name] of Object.entries(TEXTS)) if ($(id).value !== scene[name]) $(id).value = scene[name];
  show($("headings"), video.kind !== "slides");
  $("accent").value = video.accent;
  $("bar").checked = video.bar;
  transitions(scene);
  logo();
  sketch(scene, video);
}

function transitions({ transition }) {
  const [kind] = transition.split(":"), key = `${document.documentElement.lang} ${transition}`;
  const select = $("transition");
  if (select.dataset.key === key) return;
  select.dataset.key = key;
  select.replaceChildren(...TRANSITIONS.map((name) => new Option(t(`transition.${name}`), name === kind ? transition : name)));
  select.value = transition;
}

function logo() {
  const holder = logoOf(draft.scenes), address = holder?.logo ? addressOf(holder.logo) : "";
  $("logo-choose").textContent = t(holder ? "logo.change" : "logo.choose");
  $("logo-name").textContent = holder && !holder.logo ? t("logo.kept") : "";
  show($("logo-remove"), Boolean(holder));
  for (const id of ["logo-thumb", "frame-logo"]) {
    if (address && $(id).src !== address) $(id).src = address;
    show($(id), Boolean(address));
  }
}

function sketch(scene, video) {
  const places = placesNow(), frame = $("frame");
  frame.style.setProperty("--accent-over", video.accent);
  const slides = video.kind === "slides";
  plate(scene, places);
  heading(slides ? ["", ""] : [scene.heading, scene.headingMore].map(ofFirstRow), places);
  corner(scene, places);
  show($("frame-bar"), video.bar);
  $("frame-bar").style.setProperty("--parts", String(slides ? 3 : draft.scenes.length));
}

const percent = (share) => `${(100 * share).toFixed(2)}%`;

function put(element, { left, top, width, height }) {
  Object.assign(element.style, { left: percent(left), top: percent(top), width: percent(width), height: percent(height) });
}

// As large as fits into three lines beside the person.
function heading([first, second], places) {
  const room = clearOfPlate(places), place = $("frame-heading"), words = first.trim();
  show(place, Boolean(words));
  if (!words) return;
  put(place, room);
  lines(place, words, second);
  const middle = Math.abs(room.left + room.width / 2 - 0.5) < 0.01;
  place.classList.toggle("middle", middle);
  const shape = shapeOf(), wide = room.width * shape.width, high = room.height * shape.height;
  const longest = Math.max(...words.split(/\s+/).map((word) => word.length));
  let size = HEADING;
  while (size > LEAST && (longest * 0.56 * size > wide || needed(words, second, size, wide) > high)) size -= 0.004;
  place.style.fontSize = `calc(var(--short) * ${size.toFixed(3)})`;
}

// The room for large words, above the name plate where that stands in it.
function clearOfPlate({ room, safe }) {
  const plate = $("frame-plate"), frame = $("frame").getBoundingClientRect();
  if (plate.hidden || !frame.height) return room;
  const box = plate.getBoundingClientRect(), upper = (box.top - frame.top) / frame.height, up = room.top + room.height - upper;
  const beside = (box.right - frame.left) / frame.width <= room.left || (box.left - frame.left) / frame.width >= room.left + room.width;
  if (up <= 0 || beside) return room;
  const top = Math.max(safe.top, room.top - up / 3);
  return { ...room, top, height: upper - top };
}

function needed(words, second, size, wide) {
  const rows = Math.ceil((words.length * 0.54 * size) / wide);
  const more = second.trim() ? Math.ceil((second.length * 0.54 * 0.52 * size) / wide) * 0.52 : 0;
  return rows > 3 ? Infinity : (rows + more) * 1.22 * size + 0.9 * size;
}

function shapeOf() {
  const { format } = $("frame").dataset, [width, height] = format.split(":").map(Number), short = Math.min(width, height);
  return { width: width / short, height: height / short };
}

function plate({ plate: name, plateMore }, { safe, panel }) {
  const place = $("frame-plate"), { layout } = seatOf(draft.scene);
  show(place, Boolean(name.trim()));
  lines(place, ...[name.trim(), plateMore].map(ofFirstRow));
  const right = isFramed(layout) && panel.left < 0.5 && panel.left < safe.left + 0.4 && panel.top + panel.height > safe.top + 0.8 * safe.height;
  Object.assign(place.style, {
    bottom: percent(1 - safe.top - safe.height),
    left: right ? "auto" : percent(safe.left), right: right ? percent(1 - safe.left - safe.width) : "auto",
  });
}

function lines(place, first, second) {
  place.querySelector("b").textContent = first;
  place.querySelector("small").textContent = second.trim();
}

// The logo is in the upper left corner, or in the right one where the person is in its way.
function corner(scene, { panel, corner: safe }) {
  const taken = isFramed(seatOf(scene).layout) && panel.left < safe.left + 0.28 && panel.top < safe.top + 0.15;
  Object.assign($("frame-logo").style, {
    top: percent(safe.top), left: taken ? "auto" : percent(safe.left), right: taken ? percent(1 - safe.left - safe.width) : "auto",
  });
}

// Places to choose from: small moving pictures, drawn once by the server, and asked for one after another.
import { call } from "/web/api.js";
import { draft } from "/web/draft.js";
import { $, make } from "/web/dom.js";
import { isOpen } from "/web/flow.js";
import { t } from "/web/words.js";

// Family of places of the server -> its words, which are also what is sent.
const PLACES = [
  ["ocean", "place.idea.1"], ["forest", "place.idea.2"], ["bookshelf", "place.idea.3"], ["neon street", "place.idea.4"],
  ["aurora", "place.idea.5"], ["office", "place.idea.6"], ["newsroom", "place.idea.7"], ["living room", "place.idea.8"],
  ["city skyline", "place.idea.9"], ["mountains", "place.idea.10"], ["bokeh lights", "place.idea.11"], ["studio glow", "place.idea.12"],
];
const AGAIN = 20000;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const pictures = new Map(); // family -> address
let loading = false;

export const usualPlace = () => t("place.idea.1");

const familyOf = (words) => PLACES.find(([, key]) => t(key) === words)?.[0];

// The small picture of a place of the list, "" for other words.
export function sampleOf(words) {
  return pictures.get(familyOf(words)) ?? "";
}

export function drawPlaces() {
  $("places").replaceChildren(...PLACES.map(([family, key]) => {
    const words = t(key), button = make("button", { type: "button", class: "place" }, picture(family), make("span", {}, words));
    button.dataset.family = family;
    button.addEventListener("click", () => {
      $("place-text").value = words;
      draft.change({ words });
    });
    return button;
  }));
  markPlace();
}

export function markPlace() {
  const words = draft.scene.words.trim() || usualPlace();
  for (const button of $("places").children) button.setAttribute("aria-pressed", String(button.textContent === words));
  if (draft.scene.place === "words") load();
}

function picture(family) {
  const address = pictures.get(family);
  return make("span", { class: address ? "place-picture" : "place-picture waiting" }, ...(address ? [make("img", { src: address, alt: "" })] : []));
}

// All of them while the step is open; before, only the one that is chosen, for the sketch.
function lacking() {
  const chosen = familyOf(draft.scene.words.trim() || usualPlace());
  return PLACES.map(([family]) => family).filter((family) => !pictures.has(family) && (family === chosen || isOpen("place")));
}

async function load() {
  if (loading) return;
  loading = true;
  for (let [family] = lacking(); family; [family] = lacking()) {
    try {
      const blob = await (await call(`/v1/backdrops/${encodeURIComponent(family)}/sample`)).blob();
      pictures.set(family, URL.createObjectURL(still.matches ? await firstFrame(blob) : blob));
      $("places").querySelector(`[data-family="${family}"] .place-picture`)?.replaceWith(picture(family));
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

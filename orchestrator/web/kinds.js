// What the form makes: one video, a talk from slides, or a video for each row of a table.
import { draft } from "/web/draft.js";
import { $, choose, show } from "/web/dom.js";
import { openSlides, slidesLack } from "/web/slides.js";
import { openTable, rowsNow, tableLack } from "/web/table.js";
import { t } from "/web/words.js";

// As `POST /v1/presentations` does where nothing is said.
const OF_SLIDES = { layout: "circle", spot: "bottom-right", share: 0.28, transition: "fade:0.4" };

export function openKinds() {
  for (const input of document.querySelectorAll("input[name=kind]")) input.addEventListener("change", () => turn(input.value));
  openSlides();
  openTable();
  draft.addEventListener("change", present);
}

function turn(kind) {
  const { scene } = draft;
  if (kind === "slides" && scene.layout === "full") Object.assign(scene, OF_SLIDES, scene.transition === "cut" ? {} : { transition: scene.transition });
  draft.changeVideo({ kind });
}

function present() {
  const { kind, remixOf } = draft.video, slides = kind === "slides";
  choose("kind", kind);
  show($("kinds"), !remixOf);
  show($("slides"), slides);
  show($("table"), kind === "table");
  for (const id of ["script", "script-under"]) show($(id), !slides);
  show($("scenes"), !slides);
}

// Whether the first step is done: `usual` says so for a script.
export function lacksOf(scene, usual) {
  const { kind } = draft.video;
  if (kind === "slides") return !slidesLack();
  return kind === "table" ? Boolean(usual ?? true) && !tableLack() : usual;
}

export const makeWords = () => {
  const { kind, remixOf } = draft.video;
  if (kind === "table" && rowsNow()) return t("submit.rows", { n: rowsNow() });
  return t(remixOf ? "submit.again" : "submit.make");
};

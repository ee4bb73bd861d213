// A talk with slides: looked at by the server, then each small, with what is said beside it.
import { Refusal, post, told } from "/web/api.js";
import { draft, holderOf } from "/web/draft.js";
import { $, fail, later, make, show } from "/web/dom.js";
import { openZone } from "/web/dropzone.js";
import { formatOf } from "/web/options.js";
import { onLanguage, t } from "/web/words.js";

const UNSPOKEN = ["refuse", "skip", "read"];
const PAUSE = 600;
const LISTED = 8;
const DASHES = /^[ \t]*-{3,}[ \t]*$/gm; // would begin the next slide
let seen = null; // `{ slides, size }` of the files that stand in the form
let refused = null;
let asked = null; // `{ file, pdf, pages }` of what was asked last
let control = null;
let drawn = "";
let chosen = 0; // the number of the slide in the sketch

export const slidesOf = (scenes) => holderOf(scenes, "slides")?.slides ?? null;
const pdfOf = (scenes) => holderOf(scenes, "pdf")?.pdf ?? null;
export const slideNow = () => (seen?.slides.find(({ number }) => number === chosen) ?? seen?.slides[0])?.picture ?? "";

export function openSlides() {
  openZone("slides-drop", "slides-file", (file) => {
    chosen = 0;
    draft.scenes[0].pdf = null;
    draft.take("slides", file, draft.scenes[0]);
  });
  openZone(null, "pdf-file", (file) => draft.take("pdf", file, draft.scenes[0]));
  $("slides-pages").addEventListener("input", later(PAUSE, () => draft.changeVideo({ pages: $("slides-pages").value.trim() })));
  $("unspoken").addEventListener("change", ({ target }) => draft.changeVideo({ unspoken: target.value }));
  draft.addEventListener("scene", () => ($("slides-pages").value = draft.video.pages));
  draft.addEventListener("change", present);
  onLanguage(() => {
    drawn = "";
    $("unspoken").replaceChildren(...UNSPOKEN.map((name) => new Option(t(`unspoken.${name}`), name)));
    present();
  });
}

// Fields of the request.
export function appendSlides(form) {
  const { notes, pages, unspoken } = draft.video, pdf = pdfOf(draft.scenes);
  form.append("slides", slidesOf(draft.scenes), "slides");
  if (pdf) form.append("slides_pdf", pdf, "slides.pdf");
  if (pages) form.append("pages", pages);
  form.append("without_notes", unspoken);
  const last = Math.max(0, ...Object.keys(notes).filter((number) => notes[number].trim()).map(Number));
  const parts = Array.from({ length: last }, (_, index) => (notes[index + 1] ?? "").replace(DASHES, "—").trim());
  if (last) form.append("notes", parts.join("\n---\n"));
}

// The numbers of slides beside which nothing is said.
const silent = () => (seen?.slides ?? []).map(({ number }) => number).filter((number) => !draft.video.notes[number]?.trim());

// What still stands in the way, "" for nothing.
export function slidesLack() {
  if (!slidesOf(draft.scenes)) return t("slides.missing");
  if (refused) return told(refused);
  if (!seen) return ""; // the server will tell
  const without = silent();
  if (without.length === seen.slides.length && draft.video.unspoken !== "read") return t("slides.silent.all");
  return without.length && draft.video.unspoken === "refuse" ? t("slides.silent.some", { n: without.length, numbers: listed(without) }) : "";
}

const listed = (numbers) => numbers.slice(0, LISTED).join(", ") + (numbers.length > LISTED ? " …" : "");

function present() {
  if (draft.video.kind !== "slides") return;
  const file = slidesOf(draft.scenes), pdf = pdfOf(draft.scenes);
  $("slides-choose").textContent = t(file ? "slides.change" : "slides.choose");
  $("slides-name").textContent = file?.name ?? "";
  $("pdf-name").textContent = pdf?.name ?? "";
  $("unspoken").value = draft.video.unspoken;
  if (file) look(file, pdf, draft.video.pages);
  else seen = refused = asked = null;
  const without = silent();
  const state = !file ? "" : refused ? "" : !seen ? t("slides.looking")
    : [t("slides.found", { n: seen.slides.length }), without.length ? t("slides.without", { n: without.length, numbers: listed(without) }) : t("slides.all")].join(" · ");
  if ($("slides-state").textContent !== state) $("slides-state").textContent = state;
  $("slides-state").classList.toggle("good", Boolean(seen) && !without.length);
  if (refused) fail("slides-error", told(refused), $("slides-file"));
  show($("unspoken-field"), without.length > 0);
  list();
}

async function look(file, pdf, pages) {
  if (asked && asked.file === file && asked.pdf === pdf && asked.pages === pages) return;
  const mine = { file, pdf, pages };
  asked = mine;
  control?.abort();
  control = new AbortController();
  [seen, refused] = [null, null];
  fail("slides-error", "", $("slides-file"));
  const form = new FormData();
  form.append("slides", file, "slides");
  if (pdf) form.append("slides_pdf", pdf, "slides.pdf");
  if (pages) form.append("pages", pages);
  try {
    const answer = await (await post("/v1/presentations/check", form, { signal: control.signal })).json();
    if (asked !== mine) return;
    seen = { ...answer, slides: answer.slides.map((slide) => ({ ...slide, picture: address(slide.picture) })) };
    takeNotes(file);
  } catch (error) {
    if (!(error instanceof Refusal) || asked !== mine) return;
    refused = { status: error.status, answer: error.answer };
    if (error.code === "engine_missing") $("slides-more").open = true;
    if (error.code === "away") asked = null;
  }
  draft.tell("change");
}

// What was written beside the same slides stays; other slides bring their own notes and the shape of the video.
function takeNotes(file) {
  const of = `${file.name} ${file.size} ${file.lastModified}`, same = draft.video.notesOf === of;
  const notes = Object.fromEntries(seen.slides.map(({ number, notes: own }) => [number, (same && draft.video.notes[number]) || own]));
  Object.assign(draft.video, { notes, notesOf: of, ...(same ? {} : formatOf(seen.size)) });
}

function address(data) {
  const bytes = Uint8Array.from(atob(data.split(",")[1]), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "image/webp" }));
}

function list() {
  const key = (seen?.slides ?? []).map(({ number, picture }) => `${number} ${picture}`).join();
  if (key !== drawn) {
    drawn = key;
    $("slides-list").replaceChildren(...(seen?.slides ?? []).map(row));
  }
  for (const item of $("slides-list").children) {
    const box = item.querySelector("textarea"), note = draft.video.notes[item.dataset.number] ?? "";
    if (box.value !== note) box.value = note;
    item.classList.toggle("silent", !note.trim());
    item.classList.toggle("chosen", Number(item.dataset.number) === (chosen || seen.slides[0].number));
  }
}

function row({ number, picture }) {
  const box = make("textarea", { rows: 3, spellcheck: true, "aria-label": t("slides.said", { n: number }), placeholder: t("slides.nothing") });
  box.addEventListener("input", () => draft.changeVideo({ notes: { ...draft.video.notes, [number]: box.value } }));
  box.addEventListener("focus", () => {
    chosen = number;
    draft.tell("change");
  });
  const view = make("span", { class: "slide-view" }, make("img", { src: picture, alt: "" }), make("b", { "aria-hidden": "true" }, String(number)));
  view.addEventListener("click", () => box.focus());
  const item = make("li", {}, view, box);
  item.dataset.number = number;
  return item;
}

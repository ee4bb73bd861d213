// Many videos from a table: its columns go into the script, and every row becomes a video.
import { draft, holderOf } from "/web/draft.js";
import { $, fail, make, show } from "/web/dom.js";
import { openZone } from "/web/dropzone.js";
import { onLanguage, t } from "/web/words.js";

const LARGEST = 20 << 20;
const BETWEEN = [",", ";", "\t", "|"];
const HOLE = /\{\{\s*([^{}]+?)\s*\}\}/g;
const LISTED = 12;
let read = null; // `{ columns, rows, first }` of the table that stands in the form
let of = null;
let drawn = "";

export const tableOf = (scenes) => holderOf(scenes, "table")?.table ?? null;
// A text as the first row makes it.
export const ofFirstRow = (text) => (draft.video.kind === "table" && read ? text.replace(HOLE, (whole, name) => read.first[name] ?? whole) : text);
export const rowsNow = () => read?.rows ?? 0;

export function openTable() {
  openZone("table-drop", "table-file", (file) => draft.take("table", file, draft.scenes[0]));
  draft.addEventListener("change", present);
  onLanguage(() => {
    drawn = "";
    present();
  });
}

// What still stands in the way, "" for nothing.
export function tableLack() {
  if (!tableOf(draft.scenes)) return t("table.missing");
  const lacking = read ? unknown() : [];
  return lacking.length ? t("table.unknown", { names: lacking.join(", ") }) : "";
}

const texts = () => draft.scenes.flatMap(({ text, heading, headingMore, plate, plateMore }) => [text, heading, headingMore, plate, plateMore]);
const unknown = () => [...new Set(texts().flatMap((text) => [...text.matchAll(HOLE)].map(([, name]) => name)))].filter((name) => !read.columns.includes(name));

function present() {
  const on = draft.video.kind === "table", file = on ? tableOf(draft.scenes) : null;
  $("script").placeholder = t(on ? "table.placeholder" : "script.placeholder");
  show($("over-table"), on);
  show($("table-first"), false);
  if (!on) return;
  $("table-choose").textContent = t(file ? "table.change" : "table.choose");
  $("table-name").textContent = file?.name ?? "";
  if (file !== of) look(file);
  const state = read ? t("table.found", { n: read.rows }) : "";
  if ($("table-state").textContent !== state) $("table-state").textContent = state;
  $("table-state").classList.toggle("good", Boolean(read));
  chips();
  example();
}

async function look(file) {
  [of, read] = [file, null];
  fail("table-error", "", $("table-file"));
  if (!file || file.size > LARGEST) return;
  const found = tableIn(decoded(await file.arrayBuffer()));
  if (of !== file) return;
  read = found;
  if (!read) fail("table-error", t("table.empty"), $("table-file"));
  draft.tell("change");
}

function chips() {
  const columns = read?.columns ?? [];
  show($("columns"), columns.length > 0);
  if (drawn === columns.join("\n")) return;
  drawn = columns.join("\n");
  $("column-list").replaceChildren(...columns.map((name) => {
    const button = make("button", { type: "button", class: "chip" }, name);
    button.addEventListener("click", () => insert(`{{${name}}}`));
    return button;
  }));
}

function insert(text) {
  const box = $("script"), { selectionStart: start, selectionEnd: end, value } = box;
  box.setRangeText(/\S$/.test(value.slice(0, start)) ? ` ${text}` : text, start, end, "end");
  box.focus();
  box.dispatchEvent(new Event("input"));
}

// The script as the first row makes it, or which of its columns there are not.
function example() {
  const { text } = draft.scene;
  if (!read) return;
  const lacking = unknown();
  fail("table-error", lacking.length ? t("table.unknown", { names: lacking.join(", ") }) : "");
  const filled = ofFirstRow(text);
  show($("table-first"), !lacking.length && filled !== text);
  $("table-first").textContent = t("table.first", { text: filled });
}

function decoded(buffer) {
  const [one, other] = new Uint8Array(buffer);
  const kind = one === 0xff && other === 0xfe ? "utf-16le" : one === 0xfe && other === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(kind).decode(buffer);
}

// Columns, number of rows and the first of them; null where there is none. The server reads it again, and strictly.
function tableIn(text) {
  const found = text.trimStart().startsWith("{") ? listed(text) : separated(text);
  return found?.rows ? found : null;
}

function listed(text) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  try {
    const first = JSON.parse(lines[0]);
    return { columns: Object.keys(first).slice(0, LISTED), rows: lines.length, first: Object.fromEntries(Object.entries(first).map(([name, value]) => [name, String(value)])) };
  } catch {
    return null;
  }
}

function separated(text) {
  const head = text.split(/\r?\n/, 1)[0];
  const [between] = [...BETWEEN].sort((one, other) => head.split(other).length - head.split(one).length);
  const [names, ...rows] = cellsOf(text, between).filter((cells) => cells.some((cell) => cell.trim()));
  if (!names) return null;
  const columns = names.map((name) => name.trim());
  return { columns: columns.slice(0, LISTED), rows: rows.length, first: Object.fromEntries(columns.map((name, at) => [name, rows[0]?.[at] ?? ""])) };
}

function cellsOf(text, between) {
  const rows = [[]];
  let cell = "", quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (letter === '"' && !cell) quoted = true;
    else if (letter === between || letter === "\n") {
      rows.at(-1).push(cell);
      cell = "";
      if (letter === "\n") rows.push([]);
    } else if (letter !== "\r") cell += letter;
  }
  rows.at(-1).push(cell);
  return rows;
}

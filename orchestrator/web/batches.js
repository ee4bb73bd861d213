// Tables that were sent: how far their videos are, the table of what came out, an end to what has not ended.
import { get, post, remove } from "/web/api.js";
import { $, fail, icon, make, show } from "/web/dom.js";
import { ended } from "/web/follow.js";
import { confirmed, toast } from "/web/notice.js";
import { moment, onLanguage, t } from "/web/words.js";

const AGAIN = 4000;
const MOST = 20;
const ORDER = ["completed", "in_progress", "queued", "failed", "cancelled", "deleted"];
let batches = [];
let timer = 0;
let changed = () => {};
const opened = new Map(); // id -> its videos, of those that are looked into

export function openBatches(then) {
  changed = then;
  document.addEventListener("visibilitychange", () => !document.hidden && refreshBatches());
  onLanguage(() => draw(true));
  return refreshBatches();
}

const working = ({ counts }) => Object.keys(counts).some((state) => state !== "deleted" && !ended(state));

export async function refreshBatches() {
  clearTimeout(timer);
  try {
    batches = (await get(`/v1/batches?limit=${MOST}`)).data;
    for (const id of opened.keys()) await look(id);
    fail("batch-error", "");
    draw();
  } catch (error) {
    if (batches.length) fail("batch-error", error.message);
  }
  if (batches.some(working) && !document.hidden) timer = setTimeout(refreshBatches, AGAIN);
}

async function look(id) {
  if (!batches.some((batch) => batch.id === id)) opened.delete(id);
  else opened.set(id, (await get(`/v1/batches/${id}`)).videos);
}

export function showBatches() {
  $("batches").scrollIntoView();
  $("batches").focus({ preventScroll: true });
}

async function trying(action) {
  fail("batch-error", "");
  try {
    await action();
  } catch (error) {
    fail("batch-error", error.message);
  }
  await refreshBatches();
  changed();
}

function draw(anew = false) {
  show($("batches"), batches.length > 0);
  const old = new Map([...$("batch-list").children].map((item) => [item.dataset.id, item]));
  const items = batches.map((batch) => {
    const state = JSON.stringify([batch.counts, batch.progress, opened.get(batch.id)]), item = old.get(batch.id);
    if (item && !anew && item.dataset.state === state) return item;
    return filled(batch, item ?? built(batch), state);
  });
  const same = items.length === $("batch-list").children.length && items.every((item, at) => item === $("batch-list").children[at]);
  if (!same) $("batch-list").replaceChildren(...items);
}

// A batch keeps its elements, so that focus stays while it is being made.
function built(batch) {
  const item = make("li", { class: "batch" });
  item.dataset.id = batch.id;
  const bar = make("progress", { max: 100 });
  const stop = make("button", { type: "button", class: "outline small" });
  stop.dataset.part = "stop";
  stop.addEventListener("click", () => trying(() => post(`/v1/batches/${batch.id}/cancel`)));
  const table = make("a", { class: "button outline small", href: `/v1/batches/${encodeURIComponent(batch.id)}/results.csv`, download: "" }, icon("down"), make("span"));
  const gone = make("button", { type: "button", class: "quiet square" }, icon("trash"));
  gone.dataset.part = "forget";
  gone.addEventListener("click", () => forget(batch));
  const rows = make("details", {}, make("summary"), make("ol", { class: "batch-rows" }));
  rows.addEventListener("toggle", async () => {
    if (rows.open === opened.has(batch.id)) return;
    if (rows.open) opened.set(batch.id, []);
    else opened.delete(batch.id);
    if (rows.open) await trying(() => look(batch.id));
  });
  item.append(make("div", { class: "batch-head" }, make("b"), make("small", { class: "note" })), bar, make("p", { class: "told" }), make("div", { class: "row" }, table, stop, gone), rows);
  return item;
}

function filled(batch, item, state) {
  const part = (name) => item.querySelector(name), title = t("batch.rows", { n: batch.rows });
  item.dataset.state = state;
  part("b").textContent = title;
  part("small").textContent = moment(batch.created_at);
  part("progress").value = batch.progress;
  part("progress").setAttribute("aria-label", t("batch.progress", { title }));
  part(".told").textContent = ORDER.filter((name) => batch.counts[name]).map((name) => t(`batch.${name}`, { n: batch.counts[name] })).join(" · ");
  part("a span").textContent = t("batch.results");
  part("[data-part=stop]").textContent = t("batch.cancel");
  show(part("[data-part=stop]"), working(batch));
  show(part("[data-part=forget]"), !working(batch));
  part("[data-part=forget]").setAttribute("aria-label", t("batch.forget"));
  part("[data-part=forget]").title = t("batch.forget");
  part("summary").textContent = t("batch.each");
  part("ol").replaceChildren(...(opened.get(batch.id) ?? []).map(rowOf));
  return item;
}

function rowOf({ id, row, status, progress, title, error }) {
  const name = title ?? t("batch.row", { row });
  const gone = status === "deleted", busy = !gone && !ended(status);
  const words = gone ? t("batch.gone") : `${t(`state.${status}`)}${busy && progress ? ` ${t("watch.percent", { n: progress })}` : ""}`;
  const item = make("li", { value: row }, gone ? make("span", {}, name) : make("a", { href: `#/video/${id}` }, name), make("small", {}, [words, error].filter(Boolean).join(". ")));
  item.dataset.status = status;
  return item;
}

async function forget(batch) {
  if (!(await confirmed(t("batch.forget.title"), t("batch.forget.text"), t("batch.forget")))) return;
  await trying(() => remove(`/v1/batches/${batch.id}`));
  toast(t("batch.forgotten"));
}

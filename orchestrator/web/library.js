// All videos, newest first; more of them as one scrolls; those on their way are asked about again.
import { Refusal, get, remove } from "/web/api.js";
import { $, fail, icon, later, make, show } from "/web/dom.js";
import { ended } from "/web/follow.js";
import { confirmed, toast, untitled } from "/web/notice.js";
import { duration, moment, onLanguage, t } from "/web/words.js";

const PAGE = 12;
const AGAIN = 4000;
const end = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && next(), { rootMargin: "400px" });
let videos = [];
let more = false;
let loading = false;
let timer = 0;
let picking = false;
const picked = new Set();
const wish = { search: "", status: "" };
const STATES = ["", "completed", "in_progress", "queued", "failed", "cancelled"];

export function openLibrary() {
  $("library-more").addEventListener("click", next);
  end.observe($("library-more"));
  document.addEventListener("visibilitychange", () => !document.hidden && refresh());
  openTools();
  onLanguage(() => {
    $("library-state").replaceChildren(...STATES.map((one) => new Option(t(one ? `state.${one}` : "library.all"), one)));
    $("library-state").value = wish.status;
    draw(true);
  });
  skeleton();
  return refresh();
}

function openTools() {
  const search = later(250, () => wished({ search: $("library-search").value.trim() }));
  $("library-search").addEventListener("input", search);
  $("library-state").addEventListener("change", (event) => wished({ status: event.target.value }));
  $("library-select").addEventListener("click", () => pick(!picking));
  $("library-delete").addEventListener("click", removePicked);
}

function wished(change) {
  Object.assign(wish, change);
  videos = [];
  picked.clear();
  refresh();
}

function pick(on) {
  picking = on;
  picked.clear();
  $("library-select").setAttribute("aria-pressed", String(on));
  draw(true);
}

async function removePicked() {
  const chosen = videos.filter((video) => picked.has(video.id)), n = chosen.length;
  if (!(await confirmed(t("library.delete.title", { n }), t("library.delete.text"), t("delete.yes")))) return;
  let failed = "";
  for (const video of chosen) {
    try {
      await remove(`/v1/videos/${video.id}`);
    } catch (error) {
      if (error.status !== 404) failed = error.message;
    }
  }
  pick(false);
  toast(failed || t("library.deleted", { n }));
  refresh();
}

export async function refresh() {
  clearTimeout(timer);
  const page = await asked("");
  if (page) {
    const known = new Set(page.data.map((video) => video.id));
    const older = page.has_more ? videos.filter((video) => !known.has(video.id) && video.created_at <= (page.data.at(-1)?.created_at ?? 0)) : [];
    if (!older.length) more = page.has_more;
    videos = [...page.data, ...older];
    draw();
  }
  again();
}

function again() {
  const busy = videos.some((video) => !ended(video.status));
  if (busy && !document.hidden) timer = setTimeout(refresh, AGAIN);
}

async function next() {
  if (loading || !more) return;
  loading = true;
  const page = await asked(videos.at(-1)?.id ?? "");
  loading = false;
  if (!page) return;
  more = page.has_more;
  const known = new Set(videos.map((video) => video.id));
  videos.push(...page.data.filter((video) => !known.has(video.id)));
  draw();
  end.unobserve($("library-more")); // where the end is still in view, observing it again tells so
  end.observe($("library-more"));
}

async function asked(after) {
  try {
    const query = new URLSearchParams({ limit: PAGE, ...(after && { after }), ...Object.fromEntries(Object.entries(wish).filter(([, value]) => value)) });
    const { search, status } = wish;
    const page = await get(`/v1/videos?${query}`);
    if (search !== wish.search || status !== wish.status) return null; // something else is wished by now
    fail("library-error", "");
    return page;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 404 && after) return { data: [], has_more: false };
    fail("library-error", t("library.failed", { reason: error.message }));
    return null;
  } finally {
    $("videos").setAttribute("aria-busy", "false");
  }
}

export function drop(id) {
  videos = videos.filter((video) => video.id !== id);
  draw();
}

function skeleton() {
  $("videos").replaceChildren(...Array.from({ length: 4 }, () => make("li", { class: "card ghost", "aria-hidden": "true" }, make("div", { class: "cover" }))));
}

const state = (video) => [video.status, video.progress, video.urls?.thumbnail, video.title, video.seconds].join();

function draw(anew = false) {
  const list = $("videos");
  if (list.getAttribute("aria-busy") === "true") return;
  const old = new Map([...list.querySelectorAll("li[data-id]")].map((item) => [item.dataset.id, item]));
  const items = videos.map((video) => {
    const item = old.get(video.id);
    return item && !anew && item.dataset.state === state(video) ? item : card(video, item);
  });
  const same = items.length === list.children.length && items.every((item, index) => item === list.children[index]);
  if (!same) list.replaceChildren(...items);
  const all = !wish.search && !wish.status;
  show($("library-empty"), all && !videos.length);
  show($("library-none"), !all && !videos.length);
  show($("library-tools"), !all || videos.length > 0);
  show($("library-more"), more);
  show($("library-delete"), picked.size > 0);
  $("library-delete").textContent = t("library.delete", { n: picked.size });
  if (all) document.body.classList.toggle("newcomer", !videos.length);
}

// A card keeps its element, so that focus and the scrolled place stay.
function card(video, item = make("li", { class: "card" })) {
  const title = untitled(video), status = t(`state.${video.status}`), when = moment(video.created_at);
  const working = !ended(video.status);
  Object.assign(item.dataset, { id: video.id, state: state(video), status: video.status });
  const link = item.querySelector("a") ?? make("a", { href: `#/video/${video.id}` });
  const ready = video.status === "completed";
  const first = ready ? duration(Number(video.seconds)) : working ? `${status} ${t("watch.percent", { n: video.progress })}` : status;
  const foot = make("small", {}, ready ? make("span", { class: "visually-hidden" }, `${status}. `) : "", `${first} · ${when}`);
  link.replaceChildren(cover(video), make("b", {}, title), foot);
  if (!link.isConnected) item.append(link);
  item.querySelector(".pick")?.remove();
  if (picking && ended(video.status)) item.append(box(video, title));
  return item;
}

function box(video, title) {
  const input = make("input", { type: "checkbox", checked: picked.has(video.id), "aria-label": t("library.pick", { title }) });
  input.addEventListener("change", () => {
    if (input.checked) picked.add(video.id);
    else picked.delete(video.id);
    draw();
  });
  return make("label", { class: "pick" }, input);
}

function cover(video) {
  const place = make("div", { class: "cover" });
  if (video.urls?.thumbnail) place.append(make("img", { src: video.urls.thumbnail, alt: "", loading: "lazy", decoding: "async" }));
  else place.append(icon(video.status === "failed" ? "warn" : "photo"));
  if (!ended(video.status)) {
    const bar = make("span", { class: "bar" });
    bar.style.width = `${video.progress}%`;
    place.append(bar);
  }
  return place;
}

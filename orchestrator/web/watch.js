// One video: on its way, ready, failed or cancelled.
import { Refusal, content, get, post, remove } from "/web/api.js";
import { $, make, show } from "/web/dom.js";
import { ended, follow } from "/web/follow.js";
import { confirmed, say, toast, untitled } from "/web/notice.js";
import { drawWave, drawStages, forgetStages, nowAt } from "/web/progress.js";
import { askForName, showLink } from "/web/naming.js";
import { playsPieces } from "/web/pieces.js";
import { playVideo, stopVideo } from "/web/player.js";
import { ALPHA } from "/web/options.js";
import { mayLink } from "/web/signin.js";
import { duration, estimate, moment, onLanguage, said, saidAll, t } from "/web/words.js";

let shown = null;
let alone = false; // whether the person is looked at without the backdrop
const sketches = new Map();
const FILES = [["get-mp4", "video"], ["get-srt", "srt"], ["get-vtt", "vtt"], ["get-sidecar", "sidecar"], ...ALPHA.map((kind) => [`get-${kind}`, kind])];
let stop = () => {};
let hooks = { edit: () => {}, leave: () => {}, changed: () => {} };

export function openWatch(given) {
  hooks = given;
  $("cancel").addEventListener("click", cancel);
  $("delete").addEventListener("click", forget);
  $("share").addEventListener("click", share);
  $("edit").addEventListener("click", () => hooks.edit(shown));
  $("rename").addEventListener("click", () => askForName(shown, (video) => {
    present(video);
    hooks.changed(video);
  }));
  $("link").addEventListener("click", () => showLink(shown));
  $("alone").addEventListener("click", () => {
    alone = !alone;
    screen(shown);
  });
  onLanguage(() => shown && present(shown));
  document.addEventListener("visibilitychange", () => !document.hidden && stillThere());
}

// What the form showed when the video was asked for, until there is a picture of it.
export function keepSketch(id, sketch) {
  if (sketch) sketches.set(id, sketch);
}

export function watch(id) {
  leaveWatch();
  alone = false;
  blank();
  stop = follow(id, present, lost);
  $("watch-title").focus({ preventScroll: true });
}

export function leaveWatch() {
  stop();
  stop = () => {};
  shown = null;
  stopVideo();
  forgetStages();
}

function blank() {
  show($("screen-sketch"), false);
  for (const id of ["working", "finished", "share", "edit", "rename", "link", "delete", "watch-error", "watch-notes", "watch-script", "poster", "draft-note"]) show($(id), false);
  $("watch-state").textContent = "";
  $("watch-title").textContent = " ";
  $("watch-title").classList.add("loading");
  show($("screen-wait"));
}

function lost(error) {
  if (!(error instanceof Refusal)) throw error;
  if (error.status === 404) gone();
  else if (error.code !== "away") problem(error.message);
}

// It may have been deleted in another tab.
async function stillThere() {
  const asked = shown;
  if (!asked || !ended(asked.status)) return;
  try {
    await get(`/v1/videos/${asked.id}`);
  } catch (error) {
    if (shown === asked) lost(error);
  }
}

function gone() {
  stopVideo();
  blank();
  show($("screen-wait"), false);
  $("watch-title").classList.remove("loading");
  $("watch-title").textContent = t("watch.gone");
}

function present(video) {
  const before = shown;
  shown = video;
  const over = ended(video.status), title = untitled(video);
  document.title = `${title} · Govorun`;
  $("watch-title").classList.remove("loading");
  if ($("watch-title").textContent !== title) $("watch-title").textContent = title;
  $("watch-state").textContent = stateLine(video);
  $("watch-state").dataset.state = video.status;
  show($("working"), !over);
  show($("finished"), video.status === "completed");
  show($("share"), video.status === "completed");
  show($("rename"), over);
  show($("link"), video.status === "completed" && mayLink());
  for (const id of ["edit", "delete"]) show($(id), over);
  if (over) finish(video, before);
  else work(video);
  screen(video);
  script(video);
}

function stateLine(video) {
  const parts = [t(`state.${video.status}`), moment(video.completed_at ?? video.created_at)];
  if (Number(video.seconds) > 0 && video.status === "completed") parts.push(duration(Number(video.seconds)));
  parts.push(video.size.replace("x", "×"));
  return parts.join(" · ");
}

function work(video) {
  drawWave($("wave"), video);
  drawStages($("stages"), video);
  const percent = t("watch.percent", { n: video.progress });
  const left = video.eta_seconds ? t(video.eta_sure ? "watch.left.sure" : "watch.left", { time: estimate(video.eta_seconds) }) : "";
  const waits = video.status === "queued" ? t("watch.waiting") : "";
  $("eta").textContent = [percent, waits || left].filter(Boolean).join(" · ");
  $("wave").setAttribute("aria-valuetext", $("eta").textContent);
  $("cancel").disabled = false;
  $("cancel").textContent = t("watch.cancel");
  say(video.has_draft ? t("watch.ready") : `${t(`state.${video.status}`)}. ${nowAt($("stages"))}`);
  show($("watch-error"), false);
}

function finish(video, before) {
  for (const [id, variant] of FILES) {
    $(id).href = content(video.id, variant);
    show($(id), variant === "video" || !video.urls || variant in video.urls);
  }
  show($("transparent"), ALPHA.some((kind) => kind in (video.urls ?? {})));
  show($("alone"), "webm" in (video.urls ?? {}) && Boolean($("player").canPlayType('video/webm; codecs="vp9"')));
  if (before && !ended(before.status)) {
    hooks.changed(video);
    if (video.status === "completed") say(t("watch.done", { title: untitled(video) }));
  }
  const text = { failed: `${t("watch.failed")} ${said(video.error ?? {})}`, cancelled: t("watch.cancelled") }[video.status];
  problem(text ?? "");
  notes(video);
  signed(video.provenance);
}

function signed(provenance) {
  show($("signed"), Boolean(provenance));
  if (provenance) $("signed").querySelector("span").textContent = t(provenance.self_made ? "watch.signed.self" : "watch.signed", { name: provenance.signed_by });
}

function problem(text) {
  if ($("watch-error").textContent !== text) $("watch-error").textContent = text;
  $("watch-error").classList.toggle("mild", shown?.status === "cancelled");
  show($("watch-error"), Boolean(text));
}

function notes(video) {
  const lines = saidAll(video.notes ?? [], video.note_reasons);
  if (video.expires_at) lines.push(t("watch.expires", { date: moment(video.expires_at) }));
  $("watch-notes").replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  show($("watch-notes"), lines.length > 0);
}

function script(video) {
  show($("watch-script"), Boolean(video.prompt));
  $("watch-script").querySelector("p").textContent = video.prompt ?? "";
}

function screen(video) {
  const [width, height] = video.size.split("x").map(Number);
  $("screen").style.aspectRatio = `${width} / ${height}`;
  $("screen").classList.toggle("tall", height > width);
  const poster = video.urls?.thumbnail ?? "";
  const variant = variantOf(video);
  $("screen").classList.toggle("checkered", variant === "webm");
  $("alone").setAttribute("aria-pressed", String(variant === "webm"));
  show($("poster"), Boolean(poster) && !variant);
  if (poster && $("poster").getAttribute("src") !== poster) $("poster").src = poster;
  show($("draft-note"), variant === "draft" || variant === "pieces");
  $("draft-note").textContent = variant === "pieces" ? t("watch.pieces", { time: duration(readyOf(video)) }) : t("watch.draft");
  show($("screen-wait"), !variant && !ended(video.status));
  sketch(video, !poster && !variant && !ended(video.status));
  if (variant) playVideo(video, variant, poster, t("watch.video", { title: untitled(video) }));
  else stopVideo();
}

// What is played: of a video on its way the pieces that are there, and before them the draft.
function variantOf(video) {
  if (video.status === "completed") return alone && "webm" in (video.urls ?? {}) ? "webm" : "video";
  if (ended(video.status)) return "";
  if (video.pieces?.length && playsPieces()) return "pieces";
  return video.has_draft ? "draft" : "";
}

const readyOf = ({ pieces }) => pieces.at(-1).start + pieces.at(-1).seconds;

function sketch(video, wanted) {
  const place = $("screen-sketch"), known = sketches.get(video.id);
  show(place, wanted);
  if (!wanted || place.dataset.of === video.id) return;
  place.dataset.of = video.id;
  const voice = video.scenes?.[0]?.layout === "none";
  place.replaceChildren(known ?? (voice ? "" : make("img", { src: `/v1/videos/${video.id}/photo`, alt: "", class: "photo-alone" })));
}

async function cancel() {
  $("cancel").disabled = true;
  $("cancel").textContent = t("watch.cancelling");
  try {
    const answer = await post(`/v1/videos/${shown.id}/cancel`);
    present({ ...shown, ...(await answer.json()) });
  } catch (error) {
    $("cancel").disabled = false;
    problem(error.message);
  }
}

async function forget() {
  const video = shown, title = untitled(video);
  if (!(await confirmed(t("delete.title"), t("delete.text", { title }), t("delete.yes")))) return;
  try {
    await remove(`/v1/videos/${video.id}`);
  } catch (error) {
    problem(error.message);
    return;
  }
  hooks.leave(video);
  toast(t("delete.done", { title }));
}

async function share() {
  const data = { title: untitled(shown), url: location.href };
  if (navigator.share && navigator.canShare?.(data)) {
    navigator.share(data).catch(() => {});
    return;
  }
  try {
    await navigator.clipboard.writeText(data.url);
    toast(t("watch.copied"));
  } catch {
    toast(t("watch.copy.failed"));
  }
}

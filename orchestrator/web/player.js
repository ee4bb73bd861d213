// The player: a draft first, then what is ready, and the whole video in its place, each going on from where it was.
import { content } from "/web/api.js";
import { $, make, show } from "/web/dom.js";
import { Film } from "/web/pieces.js";
import { current } from "/web/words.js";

const PATIENCE = 4000;
let source = "";
let film = null;

// `variant`: of the content, or `pieces`.
export function playVideo(video, variant, poster, name) {
  const player = $("player"), wanted = content(video.id, variant);
  player.setAttribute("aria-label", name);
  show(player);
  if (source !== wanted) change(player, video, variant, wanted, poster);
  if (variant === "pieces") film.grow(video.pieces, Number(video.seconds));
}

function change(player, video, variant, wanted, poster) {
  const before = source && source.startsWith(wanted.split("?")[0]) ? { at: player.currentTime, playing: !player.paused } : null;
  const transparent = variant === "webm";
  source = wanted;
  if (before?.at && !transparent) hold(player);
  film?.close();
  film = variant === "pieces" ? new Film(player) : null;
  if (poster && !transparent) player.poster = poster;
  else player.removeAttribute("poster");
  player.replaceChildren(...(variant === "video" && "vtt" in (video.urls ?? {}) ? [track(video)] : []));
  player.src = film?.address ?? wanted;
  if (before?.at) resume(player, before);
}

// The picture that is seen stays until the next one is there.
function hold(player) {
  const still = make("canvas", { width: player.videoWidth, height: player.videoHeight, class: "still", "aria-hidden": "true" });
  if (!still.width) return;
  still.getContext("2d").drawImage(player, 0, 0);
  player.after(still);
  const gone = () => still.remove();
  player.addEventListener("seeked", gone, { once: true });
  setTimeout(gone, PATIENCE);
}

function resume(player, { at, playing }) {
  player.addEventListener("loadedmetadata", () => {
    player.currentTime = Math.min(at, player.duration || at);
    if (playing) player.play().catch(() => {});
  }, { once: true });
}

function track(video) {
  const language = video.scenes?.[0]?.lang ?? current();
  return make("track", { kind: "captions", src: content(video.id, "vtt"), srclang: language, label: language.toUpperCase() });
}

export function stopVideo() {
  const player = $("player");
  show(player, false);
  document.querySelector("#screen > .still")?.remove();
  if (!source) return;
  source = "";
  film?.close();
  film = null;
  player.pause();
  player.removeAttribute("poster");
  player.replaceChildren();
  player.removeAttribute("src");
  player.load();
}

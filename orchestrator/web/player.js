// The player: a draft first, and the whole video in its place, going on from where the draft was.
import { content } from "/web/api.js";
import { $, make, show } from "/web/dom.js";
import { current } from "/web/words.js";

let source = "";

export function playVideo(video, variant, poster, name) {
  const player = $("player"), wanted = content(video.id, variant);
  player.setAttribute("aria-label", name);
  show(player);
  if (source === wanted) return;
  const before = source && source.startsWith(wanted.split("?")[0]) ? { at: player.currentTime, playing: !player.paused } : null;
  source = wanted;
  if (poster) player.poster = poster;
  player.replaceChildren(...(variant === "video" && "vtt" in (video.urls ?? {}) ? [track(video)] : []));
  player.src = wanted;
  if (before?.at) resume(player, before);
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
  if (!source) return;
  source = "";
  player.pause();
  player.removeAttribute("poster");
  player.replaceChildren();
  player.removeAttribute("src");
  player.load();
}

// How far a video is: a wave that fills, and the stages by name.
import { make } from "/web/dom.js";
import { t } from "/web/words.js";

const BARS = 48;
const STAGES = ["photo", "speech", "backdrop", "face", "video", "join"];
let reached = -1;

export const forgetStages = () => {
  reached = -1;
};

export function drawWave(wave, video) {
  if (wave.dataset.of !== video.id) {
    wave.dataset.of = video.id;
    wave.replaceChildren(...Array.from({ length: BARS }, (_, index) => bar(video.id, index)));
  }
  const full = Math.round((BARS * video.progress) / 100);
  [...wave.children].forEach((one, index) => {
    one.classList.toggle("on", index < full);
    one.classList.toggle("now", index === full);
  });
  wave.setAttribute("aria-valuenow", video.progress);
}

// Heights like those of speech: syllables in phrases, the same for the same video.
function bar(id, index) {
  const one = make("span");
  const seed = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  const syllable = Math.abs(Math.sin(seed + index * 1.9) * Math.cos(seed * 0.3 + index * 0.71));
  const phrase = 0.45 + 0.55 * Math.abs(Math.sin((index + seed) / 5.1));
  one.style.height = `${Math.round(16 + 84 * syllable * phrase)}%`;
  return one;
}

export const nowAt = (list) => list.querySelector(".now")?.textContent ?? "";

export function drawStages(list, video) {
  reached = Math.max(reached, STAGES.indexOf(video.stage));
  if (list.children.length !== STAGES.length) list.replaceChildren(...STAGES.map(() => make("li")));
  STAGES.forEach((name, index) => {
    const item = list.children[index];
    item.textContent = t(`stage.${name}`);
    item.className = index < reached ? "done" : index === reached ? "now" : "";
    if (index === reached) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
}

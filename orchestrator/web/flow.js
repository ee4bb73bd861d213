// The steps of the form: one is open at a time; those that are done carry a mark.
import { draft } from "/web/draft.js";
import { $, icon, make, show } from "/web/dom.js";
import { lacksOf } from "/web/kinds.js";
import { isVoiceOnly } from "/web/layout.js";
import { onLanguage, t } from "/web/words.js";

// Name of a step -> whether what it asks for is there; null where nothing is asked.
const STEPS = {
  script: (scene) => lacksOf(scene, scene.speaker === "recording" ? null : Boolean(scene.text.trim())),
  photo: (scene) => isVoiceOnly(scene) || Boolean(scene.photo ? scene.check?.ok : scene.kept.photo),
  voice: (scene) => (scene.speaker === "recording" ? Boolean(scene.audio || scene.kept.audio) : null),
  place: (scene) => (scene.place === "image" ? Boolean(scene.image || scene.film || scene.kept.image || scene.kept.film) : null),
  layout: () => null,
  make: () => null,
};
const ALL = Object.keys(STEPS);
// Slides are what is behind the person.
const names = () => ALL.filter((name) => name !== "place" || draft.video.kind !== "slides");
const seen = new Set(["script"]);
let open = "script";

export function openFlow() {
  $("step-back").addEventListener("click", () => turn(-1));
  $("step-next").addEventListener("click", () => turn(1));
  $("flow").append(...ALL.map(entry));
  draft.addEventListener("change", present);
  onLanguage(present);
}

function entry(name) {
  const button = make("button", { type: "button", class: "flow-step" });
  button.dataset.go = name;
  button.addEventListener("click", () => goTo(name));
  return make("li", {}, button);
}

function turn(by) {
  goTo(names()[names().indexOf(open) + by]);
  const heading = document.querySelector(`[data-step="${open}"] h2`);
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  const top = $("flow").getBoundingClientRect().top;
  if (top < 0) window.scrollBy(0, top - 8);
}

export function goTo(name) {
  if (!(name in STEPS)) return;
  open = name;
  seen.add(name);
  present();
  draft.dispatchEvent(new Event("step"));
}

export const stepOf = (element) => element.closest("[data-step]")?.dataset.step ?? "make";
export const isOpen = (name) => open === name;

function present() {
  const shown = names();
  if (!shown.includes(open)) open = "layout";
  $("composer").dataset.panel = open;
  for (const section of document.querySelectorAll("[data-step]")) show(section, section.dataset.step === open);
  for (const [index, name] of ALL.entries()) {
    show($("flow").children[index], shown.includes(name));
    mark($("flow").children[index].firstChild, name, shown.indexOf(name) + 1);
  }
  const at = shown.indexOf(open), next = shown[at + 1];
  $("step-back").disabled = at === 0;
  show($("step-next"), Boolean(next));
  if (next) $("step-next-text").textContent = t("flow.next", { step: titleOf(next) });
}

const titleOf = (name) => t(name === "script" && draft.video.kind === "slides" ? "flow.slides" : `flow.${name}`);

function mark(button, name, number) {
  const there = STEPS[name](draft.scene), done = there ?? (seen.has(name) && name !== open);
  const state = `${document.documentElement.lang} ${titleOf(name)} ${number} ${done} ${name === open}`;
  if (button.dataset.state === state) return;
  button.dataset.state = state;
  button.classList.toggle("done", done);
  button.toggleAttribute("aria-current", name === open);
  if (name === open) button.setAttribute("aria-current", "step");
  const sign = make("span", { class: "flow-sign", "aria-hidden": "true" }, done ? icon("check") : String(number));
  const said = done ? make("span", { class: "visually-hidden" }, ` ${t("flow.done")}`) : "";
  button.replaceChildren(sign, make("span", {}, titleOf(name), said));
}

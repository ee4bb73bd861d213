// The steps of the form: one is open at a time; those that are done carry a mark.
import { draft } from "/web/draft.js";
import { $, icon, make, show } from "/web/dom.js";
import { onLanguage, t } from "/web/words.js";

// Name of a step -> whether what it asks for is there; null where nothing is asked.
const STEPS = {
  script: (scene) => (scene.speaker === "recording" ? null : Boolean(scene.text.trim())),
  photo: (scene) => Boolean(scene.photo ? scene.check?.ok : scene.kept.photo),
  voice: (scene) => (scene.speaker === "recording" ? Boolean(scene.audio || scene.kept.audio) : null),
  place: (scene) => (scene.place === "image" ? Boolean(scene.image || scene.kept.image) : null),
  make: () => null,
};
const NAMES = Object.keys(STEPS);
const seen = new Set(["script"]);
let open = "script";

export function openFlow() {
  $("step-back").addEventListener("click", () => turn(-1));
  $("step-next").addEventListener("click", () => turn(1));
  $("flow").append(...NAMES.map(entry));
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
  goTo(NAMES[NAMES.indexOf(open) + by]);
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
  $("composer").dataset.panel = open;
  for (const section of document.querySelectorAll("[data-step]")) show(section, section.dataset.step === open);
  for (const [index, name] of NAMES.entries()) mark($("flow").children[index].firstChild, name, index + 1);
  const at = NAMES.indexOf(open), next = NAMES[at + 1];
  $("step-back").disabled = at === 0;
  show($("step-next"), Boolean(next));
  if (next) $("step-next-text").textContent = t("flow.next", { step: t(`flow.${next}`) });
}

function mark(button, name, number) {
  const there = STEPS[name](draft.scene), done = there ?? (seen.has(name) && name !== open);
  const state = `${document.documentElement.lang} ${done} ${name === open}`;
  if (button.dataset.state === state) return;
  button.dataset.state = state;
  button.classList.toggle("done", done);
  button.toggleAttribute("aria-current", name === open);
  if (name === open) button.setAttribute("aria-current", "step");
  const sign = make("span", { class: "flow-sign", "aria-hidden": "true" }, done ? icon("check") : String(number));
  const said = done ? make("span", { class: "visually-hidden" }, ` ${t("flow.done")}`) : "";
  button.replaceChildren(sign, make("span", {}, t(`flow.${name}`), said));
}

// The scenes of the video: a row of tabs, in the order in which they are shown.
import { draft } from "/web/draft.js";
import { $, addressOf, make, show } from "/web/dom.js";
import { goTo } from "/web/flow.js";
import { say, toast } from "/web/notice.js";
import { onLanguage, t } from "/web/words.js";

const MOST = 20;

export function openScenes() {
  $("scene-add").addEventListener("click", () => {
    draft.add();
    say(t("scenes.added", { n: draft.at + 1 }));
    write();
  });
  $("scene-copy").addEventListener("click", () => {
    draft.copy();
    say(t("scenes.added", { n: draft.at + 1 }));
    write();
  });
  $("scene-earlier").addEventListener("click", () => move(-1));
  $("scene-later").addEventListener("click", () => move(1));
  $("scene-remove").addEventListener("click", removeScene);
  draft.addEventListener("scene", present);
  draft.addEventListener("change", () => draft.scenes.length > 1 && thumbnails() !== drawn && present());
  onLanguage(present);
}

// A new scene begins with its words, whichever step was open.
function write() {
  goTo("script");
  $("script").focus();
}

function move(by) {
  draft.move(by);
  say(t("scenes.moved", { n: draft.at + 1 }));
}

function removeScene() {
  const number = draft.at + 1;
  const back = draft.removeScene();
  toast(t("scenes.removed", { n: number }), t("undo"), back);
  $("scene-list").querySelector("[aria-current]")?.focus();
}

let drawn = "";
const thumbnails = () => draft.scenes.map(({ id, photo }) => `${id} ${photo ? addressOf(photo) : ""}`).join();

function present() {
  drawn = thumbnails();
  const several = draft.scenes.length > 1;
  const focused = $("scene-list").contains(document.activeElement);
  show($("scene-tools"), several);
  $("picture-title").textContent = t(several ? "picture.all" : "picture.title");
  $("scenes").classList.toggle("several", several);
  $("scene-list").replaceChildren(...(several ? draft.scenes.map(tab) : []));
  $("scene-earlier").disabled = draft.at === 0;
  $("scene-later").disabled = draft.at === draft.scenes.length - 1;
  for (const id of ["scene-add", "scene-copy"]) $(id).disabled = draft.scenes.length >= MOST;
  if (focused) $("scene-list").querySelector("[aria-current]")?.focus();
}

function tab(scene, index) {
  const picture = scene.photo ? make("img", { src: addressOf(scene.photo), alt: "" }) : "";
  const button = make("button", { type: "button", class: "tab" }, picture, t("scenes.scene", { n: index + 1 }));
  if (index === draft.at) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => draft.go(index));
  return make("li", {}, button);
}

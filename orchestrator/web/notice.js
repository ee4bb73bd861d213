// Words to the person: a spoken line for screen readers, a toast, a question.
import { $, make, show } from "/web/dom.js";
import { t } from "/web/words.js";

const STAYS = 7000;

export function say(text) {
  const place = $("spoken");
  if (place.textContent !== text) place.textContent = text;
}

export function toast(text, action, act) {
  const note = make("div", { class: "toast" }, make("span", {}, text));
  const close = () => note.remove();
  if (action) {
    const button = make("button", { type: "button", class: "link" }, action);
    button.addEventListener("click", () => {
      close();
      act();
    });
    note.append(button);
  }
  $("toasts").replaceChildren(note);
  setTimeout(close, STAYS);
}

export async function confirmed(title, text, yes) {
  const dialog = $("confirm");
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "yes";
}

export const away = (isAway) => show($("offline"), isAway);

export function untitled(video) {
  return video.title || firstWords(video.prompt ?? "") || t("untitled");
}

export function firstWords(script) {
  const line = script.replace(/\[[^\]]*\]/g, " ").replace(/\*/g, "").trim().split(/\n/)[0].replace(/\s+/g, " ");
  const sentence = line.match(/^.{12,}?[.!?…](?=\s|$)/u)?.[0] ?? line;
  return sentence.length <= 64 ? sentence : `${sentence.slice(0, 61).replace(/\s+\S*$/, "")} …`;
}

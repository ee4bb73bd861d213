// The script box: its count of words, its estimate of time, and buttons that put in directions.
import { draft } from "/web/draft.js";
import { $, fail } from "/web/dom.js";
import { measured } from "/web/measure.js";
import { duration, languageName, onLanguage, t } from "/web/words.js";

export function openScript() {
  const box = $("script");
  box.addEventListener("input", () => {
    fail("script-error", "", box);
    draft.change({ text: box.value });
  });
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.addEventListener("click", () => insert(box, button.dataset.insert));
  }
  draft.addEventListener("scene", () => {
    fail("script-error", "", box);
    box.value = draft.scene.text;
  });
  draft.addEventListener("change", count);
  onLanguage(count);
}

function insert(box, mark) {
  const { selectionStart: start, selectionEnd: end, value } = box;
  const inside = value.slice(start, end);
  const text = mark === "*" ? `*${inside || "…"}*` : `${/\S$/.test(value.slice(0, start)) ? " " : ""}${mark} `;
  box.setRangeText(text, start, mark === "*" ? end : start, "end");
  if (mark === "*" && !inside) box.setSelectionRange(start + 1, start + 2);
  box.focus();
  box.dispatchEvent(new Event("input"));
}

function count() {
  const found = measured(draft.scene.text, draft.scene.language);
  if (!found.words) {
    $("script-count").textContent = t("script.none");
    return;
  }
  const amount = found.spaced ? t("script.words", { n: found.words }) : t("script.characters", { n: found.characters });
  const parts = [amount, t("script.about", { time: duration(found.seconds) })];
  if (found.language) parts.push(t("script.spoken", { language: languageName(found.language) }));
  $("script-count").textContent = parts.join(" · ");
}

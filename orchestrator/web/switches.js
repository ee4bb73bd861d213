// Language and light: two buttons in the head of the page.
import { $ } from "/web/dom.js";
import { current, keepLanguage, onLanguage, speak, t } from "/web/words.js";

const KEPT = "govorun.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

const dark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

export function openTheme() {
  $("language").addEventListener("click", async () => {
    const next = current() === "en" ? "ru" : "en";
    keepLanguage(next);
    await speak(next);
  });
  $("theme").addEventListener("click", () => {
    const next = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(KEPT, next);
    } catch {
      // Without storage the choice lasts until the page is closed.
    }
    present();
  });
  system.addEventListener("change", present);
  onLanguage(present);
}

function present() {
  $("language").textContent = t("language.other");
  $("language").lang = current() === "en" ? "ru" : "en";
  const label = t(dark() ? "theme.light" : "theme.dark");
  $("theme").setAttribute("aria-label", label);
  $("theme").title = label;
  $("theme").querySelector("use").setAttribute("href", dark() ? "#i-sun" : "#i-moon");
}

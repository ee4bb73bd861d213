// The two languages of the page: which one, and every string of it.

const LANGUAGES = ["en", "ru"];
const KEPT = "govorun.language";
const LANGUAGE_PARAMS = new Set(["language", "speaks"]);
const WORD_PARAMS = new Set(["stage", "side", "takes"]);
let words = {};
let language = "en";
let plural = new Intl.PluralRules("en");
const listeners = new Set();

export const current = () => language;

export function t(key, values = {}) {
  const entry = words[key] ?? key;
  const text = typeof entry === "string" ? entry : (entry[plural.select(values.n)] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name] ?? whole;
    return typeof value === "number" ? value.toLocaleString(language) : value;
  });
}

export const knows = (reason) => `reason.${reason}` in words;

// What the server says: by its reason in the page's own words; where there are none by its code, and as it came.
export function said({ message, reason, code, params }) {
  if (!knows(reason)) return message ? t(`code.${code}` in words ? `code.${code}` : "code.other", { message }) : "";
  const text = t(`reason.${reason}`, spelled(params ?? {}));
  const placed = params?.scene ? t("scene.named", { scene: params.scene, text }) : text;
  return params?.row ? t("row.named", { row: params.row, text: placed }) : placed;
}

// Problems or notes, each with its reason at the same place of the other list.
export const saidAll = (messages, reasons) => messages.map((message, index) => said({ message, ...reasons?.[index] }));

function spelled(params) {
  const spell = (name, value) =>
    LANGUAGE_PARAMS.has(name) ? languageName(value) : (WORD_PARAMS.has(name) && words[`${name}.${value}`]) || value;
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, spell(name, value)]));
}

export const onLanguage = (listener) => {
  listeners.add(listener);
  listener();
};

export function languageName(code) {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(code);
  } catch {
    return code;
  }
}

export function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return t("time.seconds", { s: whole });
  if (whole < 3600) return t("time.minutes", { m: Math.floor(whole / 60), s: whole % 60 });
  return t("time.hours", { h: Math.floor(whole / 3600), m: Math.floor((whole % 3600) / 60) });
}

// How long something may take: nobody wants the seconds of an hour.
export function estimate(seconds) {
  const step = seconds < 60 ? 5 : seconds < 600 ? 15 : 60;
  const whole = Math.max(step, Math.round(seconds / step) * step);
  return whole < 600 ? duration(whole) : whole < 3600 ? t("time.rough", { m: whole / 60 }) : duration(whole);
}

export function moment(unix) {
  const then = new Date(unix * 1000), today = then.toDateString() === new Date().toDateString();
  const day = today ? {} : { day: "numeric", month: "short" };
  return then.toLocaleString(language, { ...day, hour: "2-digit", minute: "2-digit", hour12: false });
}

export async function speak(wanted) {
  const next = LANGUAGES.includes(wanted) ? wanted : "en";
  words = await (await fetch(`/web/words/${next}.json`)).json();
  language = next;
  plural = new Intl.PluralRules(next);
  document.documentElement.lang = next;
  fillIn(document);
  listeners.forEach((listener) => listener());
}

export function firstLanguage() {
  const kept = stored();
  if (LANGUAGES.includes(kept)) return kept;
  const wished = navigator.languages?.map((tag) => tag.slice(0, 2).toLowerCase()) ?? [];
  return wished.find((code) => LANGUAGES.includes(code)) ?? "en";
}

export function keepLanguage(code) {
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
}

function stored() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function fillIn(root) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-attr]")) {
    for (const pair of element.dataset.tAttr.split(";")) {
      const [attribute, key] = pair.split(":");
      element.setAttribute(attribute, t(key));
    }
  }
}

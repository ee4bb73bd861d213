// How long a script takes to say, and in which language it is written. Rates: letters a second of the installed voices,
// measured on the same two sentences in each language, pauses between sentences included.

const RATES = {
  en: 13.3, ru: 12.9, uk: 8.4, de: 13.1, fr: 16.6, es: 12.5, it: 12.3, pt: 11.0, nl: 11.7, pl: 11.1, tr: 10.4, hi: 6.4,
  zh: 3.3, ja: 6.7, ko: 4.5, ar: 8.2, el: 12.7, cs: 10.7, sv: 11.1,
};
const USUAL = 11.5;
const DIGIT = 4; // a digit is spoken like a short word
const DIRECTION = /\\\[|\[\s*(\/?)\s*([a-z]+)\s*(?::\s*([^\]]*))?\]/gi;
const LETTER = /[\p{L}\p{N}]/gu;
const NO_SPACES = new Set(["zh", "ja", "th", "lo", "km", "my"]);

const SCRIPTS = [
  [/[\u3040-\u30ff]/, "ja"], [/[\uac00-\ud7af]/, "ko"], [/[\u4e00-\u9fff]/, "zh"], [/[\u0900-\u097f]/, "hi"],
  [/[\u0600-\u06ff]/, "ar"], [/[\u0590-\u05ff]/, "he"], [/[\u0370-\u03ff]/, "el"], [/[\u0e00-\u0e7f]/, "th"],
  [/[\u10a0-\u10ff]/, "ka"], [/[\u0530-\u058f]/, "hy"],
];
const COMMON = {
  en: "the and is of to in that you it for was with are this have not be your can we what hello my but from will about",
  de: "der die das und ist nicht ich ein eine zu mit wir sie auf für auch hallo guten den von",
  fr: "le la les et est des une un je vous nous pas que pour dans bonjour avec du ce qui sur",
  es: "el la los las y es una un que de en por con para hola no está como muy yo más",
  it: "il lo la che di è un una per con non sono ciao come gli questo della più mi",
  pt: "o os as e é um uma que de não para com olá você como muito do da em está",
  nl: "de het een en is van ik niet dat je met voor op zijn hallo wij ook maar",
  pl: "i w nie to się na jest że z do jak dzień dobry cześć ale po co tak",
  tr: "bir ve bu için ne da de çok ben sen merhaba gibi değil var ile",
  sv: "och det är jag en ett att som på inte för med hej du vi av",
  cs: "a je to se na že v jsem do ale jak dobrý den ahoj pro si",
};
const KNOWN = Object.fromEntries(Object.entries(COMMON).map(([code, list]) => [code, new Set(list.split(" "))]));

// What is spoken of a script: text without directions, silent seconds, and the factor of its pace.
export function spoken(script) {
  if (/^\s*<speak/.test(script)) return spoken(plain(script));
  let silence = 0, weight = 1, at = 0, letters = 0, text = "";
  const add = (piece) => {
    text += piece;
    letters += weighed(piece) * weight;
  };
  for (const found of script.matchAll(DIRECTION)) {
    add(script.slice(at, found.index));
    at = found.index + found[0].length;
    if (found[0] === "\\[") add("[");
    else [silence, weight] = directed(found, silence, weight);
  }
  add(script.slice(at));
  return { text: text.replace(/\*/g, ""), letters, silence };
}

// SSML as the page's own directions, as far as its length is concerned.
const plain = (ssml) => ssml.replace(/<break[^>]*time="([^"]+)"[^>]*>/g, " [pause: $1] ").replace(/<break[^>]*>/g, " [pause] ").replace(/<[^>]*>/g, " ");

function directed([, closing, name, value = ""], silence, weight) {
  const word = name.toLowerCase();
  if (word === "pause") return [silence + pauseSeconds(value), weight];
  if (!["slow", "fast", "rate"].includes(word)) return [silence, weight];
  return [silence, closing ? 1 : 1 / paceOf(word, value)];
}

function paceOf(word, value) {
  if (word === "slow") return 0.75;
  if (word === "fast") return 1.3;
  const percent = Number.parseFloat(value) || 100;
  const pace = /^\s*[+-]/.test(value) ? 1 + percent / 100 : percent / 100;
  return Math.min(2, Math.max(0.5, pace));
}

function pauseSeconds(value) {
  const number = Number.parseFloat(value);
  if (Number.isNaN(number)) return 0.5;
  return Math.min(60, /ms/i.test(value) ? number / 1000 : number);
}

function weighed(text) {
  let sum = 0;
  for (const [letter] of text.matchAll(LETTER)) sum += /\p{N}/u.test(letter) ? DIGIT : 1;
  return sum;
}

export function languageOf(text) {
  const letters = text.match(/\p{L}/gu) ?? [];
  if (!letters.length) return "";
  for (const [pattern, code] of SCRIPTS) if (letters.filter((letter) => pattern.test(letter)).length > letters.length / 3) return code;
  const cyrillic = letters.filter((letter) => /[\u0400-\u04ff]/.test(letter)).length;
  if (cyrillic > letters.length / 2) return /[іїєґ]/i.test(text) ? "uk" : "ru";
  return latin(text);
}

// English words that others have too; where no letter has an accent they are English.
const SHARED = new Set(["i", "a", "at", "do"]);

function latin(text) {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const accents = /[\u00c0-\u024f]/.test(text);
  const means = (code, word) => KNOWN[code].has(word) || (code === "en" && !accents && SHARED.has(word));
  const scores = Object.keys(KNOWN).map((code) => [words.filter((word) => means(code, word)).length, code]);
  const [best, code] = scores.reduce((one, other) => (other[0] > one[0] ? other : one));
  return best >= 2 && best >= words.length / 12 ? code : "en";
}

export function measured(script, wanted = "") {
  const { text, letters, silence } = spoken(script);
  const language = (wanted || languageOf(text)).slice(0, 2);
  const words = text.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’.-]*/gu)?.length ?? 0;
  const seconds = letters ? letters / (RATES[language] ?? USUAL) + silence + 0.4 : 0;
  return { language, words, characters: (text.match(LETTER) ?? []).length, seconds, spaced: !NO_SPACES.has(language) };
}

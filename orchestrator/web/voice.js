// The voice: a list by language, each to be heard; or a recording.
import { get } from "/web/api.js";
import { draft, textOf } from "/web/draft.js";
import { $, addressOf, choose, fail, icon, make, show } from "/web/dom.js";
import { languageOf, spoken } from "/web/measure.js";
import { openRecorder, stopRecording } from "/web/recorder.js";
import { playSample, stopSample } from "/web/sound.js";
import { languageName, onLanguage, t } from "/web/words.js";

const LONGEST = 140;
const GREETINGS = {
  en: "Hello! This is how I sound.", ru: "Здравствуйте! Вот так я звучу.", uk: "Вітаю! Ось так я звучу.",
  de: "Guten Tag! So klinge ich.", fr: "Bonjour ! Voici ma voix.", es: "¡Hola! Así sueno yo.", it: "Ciao! Ecco la mia voce.",
  pt: "Olá! É assim que eu soo.", nl: "Hallo! Zo klink ik.", pl: "Dzień dobry! Tak brzmię.", tr: "Merhaba! Sesim böyle.",
};
// Tags of eSpeak that mean the region which the standard says; ru-cl, for one, is no Russian of Chile.
const ACCENTS = new Set(["en-us", "en-gb", "fr-fr", "fr-be", "fr-ch", "es", "es-419", "pt", "pt-br", "ru", "zh", "fa", "de", "vi"]);
let voices = null;
let asked = false;
let drawn = "";

export async function openVoice() {
  for (const input of document.querySelectorAll("input[name=speaker]")) {
    input.addEventListener("change", () => {
      stopRecording();
      draft.change({ speaker: input.value });
    });
  }
  openRecorder(takeOwn);
  $("voice-language").addEventListener("change", (event) => draft.change({ language: event.target.value, voice: "" }));
  $("audio-file").addEventListener("change", takeRecording);
  draft.addEventListener("scene", () => {
    stopSample();
    stopRecording(true);
    choose("speaker", draft.scene.speaker);
    recording();
  });
  draft.addEventListener("change", present);
  onLanguage(() => {
    drawn = "";
    present();
  });
  await load();
}

async function load() {
  try {
    voices = (await get("/v1/voices")).data.filter((voice) => voice.quality !== "test" && voice.engine !== "tone");
  } catch {
    voices = null;
    setTimeout(load, 15000);
  }
  asked = true;
  drawn = "";
  present();
}

// Suits the sample portrait; without one that is here the language chooses.
export const womansVoice = () => voices?.find((voice) => voice.gender === "woman")?.id ?? "";

const base = (language) => String(language || "").split(/[-_]/)[0].toLowerCase();

// What the choice stands for when the script is sent: letters tell most languages, Latin ones have to be named.
export function languageToSend(scene) {
  if (scene.language) return scene.language;
  const found = languageOf(spoken(textOf(scene)).text);
  return ["", "en", "ru"].includes(found) ? "" : found;
}

const languageInUse = (scene) => scene.language || languageOf(spoken(textOf(scene)).text) || "en";

function present() {
  const { scene } = draft;
  const own = draft.video.kind !== "slides" && scene.speaker === "recording"; // slides are spoken one by one
  show($("speakers"), draft.video.kind !== "slides");
  show($("voice-made"), !own);
  show($("voice-own"), own);
  const language = base(languageInUse(scene));
  const state = [language, languageOf(spoken(textOf(scene)).text), scene.language, scene.voice, scene.id].join();
  if (state === drawn) return;
  drawn = state;
  languages(scene);
  list(scene, language);
}

function languages(scene) {
  const select = $("voice-language");
  const found = languageOf(spoken(textOf(scene)).text);
  const automatic = found ? t("voice.auto", { language: languageName(found) }) : t("voice.any");
  const codes = [...new Set((voices ?? []).flatMap(languagesOf))];
  const named = codes.map((code) => [capital(languageName(code)), code]).filter(([name, code]) => name.toLowerCase() !== code);
  named.sort(([one], [other]) => one.localeCompare(other, document.documentElement.lang));
  select.replaceChildren(new Option(automatic, ""), ...named.map(([name, code]) => new Option(name, code)));
  select.value = scene.language;
}

function list(scene, language) {
  const fitting = (voices ?? []).filter((voice) => languagesOf(voice).includes(language));
  fitting.sort((one, other) => KINDS.indexOf(kindOf(one, language)) - KINDS.indexOf(kindOf(other, language)));
  const had = document.activeElement?.name === "voice" ? document.activeElement.value : null;
  const entries = [entry("", t("voice.best"), t("voice.best.note"), scene, fitting[0], language)];
  for (const kind of KINDS) {
    const group = fitting.filter((voice) => kindOf(voice, language) === kind);
    if (!group.length) continue;
    const rows = group.map((voice) => entry(voice.id, nameOf(voice, group), mannerOf(voice, kind), scene, voice, language));
    const aside = kind === "robotic" && group.length < fitting.length;
    if (aside) entries.push(folded(kind, rows, group.some((voice) => voice.id === scene.voice)));
    else entries.push(make("p", { class: "voice-kind" }, t(`voice.kind.${kind}`)), ...rows);
  }
  $("voice-list").replaceChildren(...entries);
  if (had !== null) document.querySelector(`input[name=voice][value="${CSS.escape(had)}"]`)?.focus();
  const best = fitting.length ? kindOf(fitting[0], language) : "";
  better(language, best);
  fail("voice-note", voices === null ? t(asked ? "voice.away" : "voice.loading") : fitting.length ? "" : t("voice.none"));
}

// What few will choose takes no room until it is looked for.
function folded(kind, rows, open) {
  const title = make("summary", { class: "voice-kind" }, `${t(`voice.kind.${kind}`)} (${rows.length})`);
  return make("details", { open }, title, ...rows);
}

function better(language, best) {
  const wanted = voices !== null && best !== "natural";
  show($("voice-better"), wanted);
  $("voice-better-title").textContent = t("voice.better", { language: languageName(language) });
  $("voice-better-command").textContent = MODELS[language] ? `govorun models pull ${MODELS[language]}` : `govorun voices --all --lang ${language}`;
}

// A natural voice of the catalogue that learnt the language.
const MODELS = { ru: "ru_RU-irina-medium" };
const KINDS = ["natural", "accented", "cloned", "robotic"];
const languagesOf = (voice) => {
  const several = Object.keys(voice.languages ?? {});
  return several.length ? several : [base(voice.language)];
};

// How a voice speaks a language, as its group is named.
function kindOf(voice, language) {
  const how = voice.languages?.[language] ?? voice.quality;
  return { native: "natural", neural: "natural" }[how] ?? (KINDS.includes(how) ? how : "robotic");
}

const mannerOf = (voice, kind) => (voice.manner ? `${t(`voice.${voice.gender}`)}, ${t(`voice.manner.${voice.manner}`)}` : t(`voice.${kind}`));

const capital = (name) => name.charAt(0).toUpperCase() + name.slice(1);

function nameOf(voice, fitting) {
  if (voice.engine === "espeak") return fitting.length > 1 ? dialectOf(voice) : t("voice.machine");
  const twins = fitting.filter((other) => other.name === voice.name).length > 1;
  return twins ? `${capital(voice.name)}, ${dialectOf(voice)}` : capital(voice.name);
}

function dialectOf(voice) {
  const tag = voice.language.replaceAll("_", "-");
  const known = `dialect.${tag.toLowerCase()}`;
  return capital(t(known) === known ? languageName(ACCENTS.has(tag.toLowerCase()) ? tag : base(tag)) : t(known));
}

function entry(id, name, note, scene, sample, language) {
  const input = make("input", { type: "radio", name: "voice", value: id, checked: scene.voice === id });
  input.addEventListener("change", () => draft.change({ voice: id }));
  const words = make("span", { class: "voice-name" }, make("b", {}, name), make("small", {}, note));
  const row = make("div", { class: "voice" }, make("label", {}, input, words));
  if (sample) row.append(listen(sample, name, language));
  return row;
}

function listen(voice, name, language) {
  const button = make("button", { type: "button", class: "quiet square", "aria-label": t("voice.play", { name }) }, icon("play"));
  button.addEventListener("click", async () => {
    if (button.dataset.state) return stopSample();
    try {
      await playSample(voice.id, sentence(language), voice.languages?.[language] ? language : "", (state) => signalled(button, state, name));
    } catch (error) {
      fail("voice-note", t("voice.failed", { reason: error.message }));
    }
  });
  return button;
}

function signalled(button, state, name) {
  button.dataset.state = state;
  button.replaceChildren(icon(state ? "stop" : "play"));
  button.setAttribute("aria-label", t(state ? "voice.stop" : "voice.play", { name }));
  fail("voice-note", state === "waiting" ? t("voice.waiting") : "");
}

// The first sentence of the script where it is in the voice's language, else a greeting.
function sentence(language) {
  const { text } = spoken(textOf(draft.scene));
  const own = text.trim().match(/^[^.!?…。]{4,}[.!?…。]?/u)?.[0];
  if (own && base(languageOf(text)) === language) return own.slice(0, LONGEST);
  return GREETINGS[language] ?? own?.slice(0, LONGEST) ?? GREETINGS.en;
}

function takeRecording() {
  const input = $("audio-file"), file = input.files[0];
  input.value = "";
  if (!file) return;
  const wrong = file.type && !/^(audio|video)\/|ogg$/.test(file.type);
  fail("audio-error", wrong ? t("voice.recording.type") : "", input);
  if (!wrong) takeOwn(file);
}

function takeOwn(file) {
  draft.withdrawLoan();
  draft.take("audio", file);
  recording();
}

function recording() {
  const { audio, kept } = draft.scene, player = $("audio-player");
  player.removeAttribute("src");
  $("audio-name").textContent = audio?.name ?? (kept.audio ? t("voice.recording.kept") : "");
  show(player, Boolean(audio));
  if (audio) player.src = addressOf(audio);
}

// What there is to choose behind the person: rooms, as the server lists them, and painted places; by groups.
import { get } from "/web/api.js";
import { current, t } from "/web/words.js";

// Painted places: the server's name of the family, and its words, which are also what is sent.
const PAINTED = {
  ocean: "place.idea.1", forest: "place.idea.2", "neon street": "place.idea.4", aurora: "place.idea.5",
  "city skyline": "place.idea.9", mountains: "place.idea.10", "bokeh lights": "place.idea.11",
};
const GROUPS = {
  first: ["ocean", "private-office", "library", "living-room", "news-studio", "cafe", "podcast-studio", "forest"],
  work: ["open-office", "private-office", "meeting-room", "home-study", "workshop-hall", "server-room"],
  studio: ["news-studio", "podcast-studio", "white-studio", "cyclorama", "stage", "bokeh lights"],
  home: ["living-room", "kitchen", "balcony"],
  learning: ["library", "classroom", "lecture-hall", "museum", "laboratory", "hospital-corridor", "surgery"],
  town: ["cafe", "shop", "stadium", "night-street", "neon street", "city skyline"],
  nature: ["ocean", "forest", "mountains", "aurora", "autumn-park", "lake-night"],
};
const OWN_LIGHT = 2; // a place with no more hours is lit by its own lamps, whatever the hour
let rooms = new Map();
let known = new Map(); // words in small letters -> choice

export const usualPlace = () => t("place.idea.1");

export async function loadGallery() {
  const { data: places } = await get("/v1/backdrops/places");
  rooms = new Map(places.map((place) => [place.name, place]));
  known = new Map(places.flatMap((place) => ["en", "ru"].flatMap((language) => spelled(place, language))));
}

// [[group, names]], of the names that there are; what belongs to no group comes last.
export function groups(all) {
  const there = (name) => name in PAINTED || rooms.has(name);
  if (!all) return [["first", GROUPS.first.filter(there)]];
  const { first, ...others } = GROUPS;
  const grouped = new Set(Object.values(others).flat());
  const rest = [...rooms.keys()].filter((name) => !grouped.has(name));
  return [...Object.entries(others), ["other", rest]].map(([group, names]) => [group, names.filter(there)]).filter(([, names]) => names.length);
}

const capital = (text) => text.charAt(0).toLocaleUpperCase(current()) + text.slice(1);
export const titleOf = (name) => (name in PAINTED ? capital(t(PAINTED[name])) : rooms.get(name).title[current()]);
export const numbersOf = (name) => rooms.get(name)?.rooms.map(({ number }) => number) ?? [];

// Hours that change the light of a place; of one that is always at night there are none.
export function hoursOf(name) {
  const hours = rooms.get(name)?.hours ?? [];
  return hours.length > OWN_LIGHT && !name.split("-").includes("night") ? hours.map((hour) => hour.name) : [];
}

// `{ name, room, hour }` that words mean, room and hour "" where they name none; undefined for words of one's own.
export function choiceOf(words) {
  const text = words.trim().toLowerCase();
  const painted = Object.keys(PAINTED).find((name) => t(PAINTED[name]).toLowerCase() === text);
  return painted ? { name: painted, room: "", hour: "" } : known.get(text);
}

export function wordsOf({ name, room, hour }, language = current()) {
  if (name in PAINTED) return t(PAINTED[name]);
  const place = rooms.get(name), usual = place.prompt[language];
  const numbered = place.rooms.find((one) => one.number === room)?.prompt[language] ?? usual;
  const lit = place.hours.find((one) => one.name === hour)?.prompt[language] ?? usual;
  return numbered + lit.slice(usual.length);
}

// Words as the server knows them best, and as this page says them.
export const toSend = (words) => said(words, "en");
export const toShow = (words) => said(words, current());

function said(words, language) {
  const choice = choiceOf(words);
  return choice && rooms.has(choice.name) ? wordsOf(choice, language) : words;
}

function spelled(place, language) {
  const choices = ["", ...place.rooms.map(({ number }) => number)].flatMap((room) =>
    ["", ...place.hours.map((hour) => hour.name)].map((hour) => ({ name: place.name, room, hour })));
  return choices.map((choice) => [wordsOf(choice, language).toLowerCase(), choice]);
}

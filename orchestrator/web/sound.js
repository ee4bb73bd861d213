// One sample at a time: asked of the server, kept for the next press, stopped by another.
import { post } from "/web/api.js";

const heard = new Map();
let playing = null;

export function stopSample() {
  playing?.audio?.pause();
  playing?.control.abort();
  playing?.changed("");
  playing = null;
}

// `lang` is needed by a voice of several languages. `changed(state)` hears "waiting", "playing" and "".
export async function playSample(voice, text, lang, changed) {
  stopSample();
  const mine = { control: new AbortController(), changed, audio: null };
  playing = mine;
  changed("waiting");
  try {
    const address = await sampled(voice, text, lang, mine.control.signal);
    if (playing !== mine) return;
    mine.audio = new Audio(address);
    mine.audio.addEventListener("ended", () => playing === mine && stopSample());
    await mine.audio.play();
    if (playing === mine) changed("playing");
  } catch (error) {
    if (playing === mine) stopSample();
    if (error.name !== "AbortError") throw error;
  }
}

async function sampled(voice, text, lang, signal) {
  const key = `${voice}\n${lang}\n${text}`;
  if (!heard.has(key)) {
    const body = { model: "govorun", input: text, voice, response_format: "wav", ...(lang && { lang }) };
    const response = await post("/v1/audio/speech", body, { signal });
    heard.set(key, URL.createObjectURL(await response.blob()));
  }
  return heard.get(key);
}

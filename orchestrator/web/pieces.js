// The pieces of a video on its way, laid one behind another into one film that grows while it is watched.
import { call } from "/web/api.js";

const Source = window.ManagedMediaSource ?? window.MediaSource;
const USUAL = 'video/mp4; codecs="avc1.640028,mp4a.40.2"';
const LEAD = 1; // seconds: where the first frame lies in the time of a piece
const AVCC = [0x61, 0x76, 0x63, 0x43];

export const playsPieces = () => Boolean(Source?.isTypeSupported?.(USUAL));

export class Film {
  #source = new Source();
  #buffer = null;
  #pieces = [];
  #laid = 0;
  #busy = false;
  #over = false;

  constructor(player) {
    if (window.ManagedMediaSource) player.disableRemotePlayback = true;
    this.address = URL.createObjectURL(this.#source);
    this.#source.addEventListener("sourceopen", () => this.#lay(), { once: true });
  }

  // What there is by now; `seconds`: of the whole video.
  grow(pieces, seconds) {
    this.#pieces = pieces;
    this.seconds = seconds;
    this.#lay();
  }

  close() {
    this.#over = true;
    URL.revokeObjectURL(this.address);
  }

  async #lay() {
    if (this.#busy || this.#source.readyState !== "open") return;
    this.#busy = true;
    try {
      while (!this.#over && this.#laid < this.#pieces.length) await this.#append(this.#pieces[this.#laid++]);
    } catch {
      this.#over = true; // what is laid can be watched; the whole video comes
    }
    this.#busy = false;
  }

  async #append({ url, start, seconds }) {
    const bytes = new Uint8Array(await (await call(url)).arrayBuffer());
    if (this.#over || this.#source.readyState !== "open") return;
    this.#buffer ??= this.#source.addSourceBuffer(typeOf(bytes));
    const end = start + seconds;
    this.#source.duration = Math.max(this.seconds || 0, end);
    Object.assign(this.#buffer, { timestampOffset: start - LEAD, appendWindowStart: 0 });
    Object.assign(this.#buffer, { appendWindowEnd: end, appendWindowStart: start });
    await new Promise((resolve, reject) => {
      this.#buffer.addEventListener("updateend", resolve, { once: true });
      this.#buffer.addEventListener("error", reject, { once: true });
      this.#buffer.appendBuffer(bytes);
    });
  }
}

// Profile and level of the pictures stand behind the name of their box.
function typeOf(bytes) {
  const at = bytes.findIndex((byte, index) => AVCC.every((letter, k) => bytes[index + k] === letter));
  const level = [...bytes.slice(at + 5, at + 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return at < 0 ? USUAL : `video/mp4; codecs="avc1.${level},mp4a.40.2"`;
}

// The person of a photo, cut out by the server for the sketch; asked for when a photo is good, and kept for the page.
import { post } from "/web/api.js";
import { draft } from "/web/draft.js";

const PAUSE = 150;
const found = new WeakMap(); // photo -> face -> sketch
let asked = null;

// `{ picture, whole, frames }`: addresses of the person and of the upright photo, places by format; null while unknown.
export function cutoutOf({ photo, face }) {
  return (photo && found.get(photo)?.[face ?? "largest"]) || null;
}

draft.addEventListener("change", () => {
  const { photo, check, face } = draft.scene;
  if (!photo || !check?.ok || check.unchecked || cutoutOf(draft.scene)) return;
  const key = `${face}`;
  if (asked?.photo === photo && asked.key === key) return;
  asked = { photo, key };
  setTimeout(() => asked?.photo === photo && ask(photo, face ?? "largest"), PAUSE);
});

async function ask(photo, face) {
  const form = new FormData();
  form.append("image", photo, "photo");
  form.append("face", face);
  try {
    const answer = await (await post("/v1/portraits/cutout", form)).json();
    const sketch = { picture: address(answer.picture), whole: address(answer.whole), frames: answer.frames };
    found.set(photo, { ...found.get(photo), [face]: sketch });
    draft.tell("change");
  } catch {
    // The rough sketch stays, which the page draws by itself.
  }
}

function address(data) {
  const bytes = Uint8Array.from(atob(data.split(",")[1]), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "image/webp" }));
}

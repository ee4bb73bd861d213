// Music under the whole video: one file, and how far it lies from the speech. Its scene is the first that has it.
import { draft, holderOf } from "/web/draft.js";
import { $, fail, show } from "/web/dom.js";
import { onLanguage, t } from "/web/words.js";

const VOLUMES = { "-24": "music.soft", "-18": "music.usual", "-12": "music.strong" };

// The scene whose file is the music: one that is new, or one that an edited video has already.
export const tuneOf = (scenes) => holderOf(scenes, "music");

export function openMusic() {
  $("music-file").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (!file) return;
    forget();
    await draft.take("music", file, draft.scenes[0]);
  });
  $("music-remove").addEventListener("click", () => {
    forget();
    draft.tell("change");
    $("music-file").focus();
  });
  $("music-volume").addEventListener("change", ({ target }) => draft.changeVideo({ musicVolume: Number(target.value) }));
  draft.addEventListener("change", fill);
  draft.addEventListener("scene", () => {
    if (tuneOf(draft.scenes)) $("more").open = true;
  });
  onLanguage(fill);
}

function forget() {
  fail("music-error", "", $("music-file"));
  for (const scene of draft.scenes) {
    scene.music = null;
    scene.kept.music = false;
  }
}

function fill() {
  const tune = tuneOf(draft.scenes), volume = String(draft.video.musicVolume);
  $("music-name").textContent = tune?.music?.name ?? (tune ? t("music.kept") : "");
  show($("music-remove"), Boolean(tune));
  show($("music-volume").parentElement, Boolean(tune));
  const other = volume in VOLUMES ? {} : { [volume]: "" };
  $("music-volume").replaceChildren(...Object.entries({ ...VOLUMES, ...other }).map(([value, name]) => new Option(name ? t(name) : `${value} dB`, value)));
  $("music-volume").value = volume;
}

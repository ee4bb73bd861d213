// Brings the parts of the page together: words, form, views by address, library.
import { call, onAway, onMissingKey } from "/web/api.js";
import { openBackdrop } from "/web/backdrop.js";
import { openBatches, refreshBatches, showBatches } from "/web/batches.js";
import { draft, restore } from "/web/draft.js";
import { $, show } from "/web/dom.js";
import { editVideo } from "/web/edit.js";
import { drop, openLibrary, refresh } from "/web/library.js";
import { away, say, toast } from "/web/notice.js";
import { goTo, openFlow } from "/web/flow.js";
import { openKinds } from "/web/kinds.js";
import { openLayout } from "/web/layout.js";
import { openNaming } from "/web/naming.js";
import { openMusic } from "/web/music.js";
import { openOptions } from "/web/options.js";
import { openOverlay } from "/web/overlay.js";
import { openPhoto, takePhoto } from "/web/photo.js";
import { usualPlace } from "/web/gallery.js";
import { openPresets } from "/web/presets.js";
import { openPreview, sketchNow } from "/web/preview.js";
import { openScenes } from "/web/scenes.js";
import { openScript } from "/web/script.js";
import { askForKey, openSession } from "/web/signin.js";
import { forgetAway, openSubmit } from "/web/submit.js";
import { openTheme } from "/web/switches.js";
import { openVoice, womansVoice } from "/web/voice.js";
import { keepSketch, leaveWatch, openWatch, watch } from "/web/watch.js";
import { firstLanguage, speak, t } from "/web/words.js";

const VIDEO = /^#\/video\/([\w-]+)$/;
const AGAIN = 3000;
let started = false;

async function start() {
  onMissingKey(askForKey);
  onAway(waitForServer);
  await speak(firstLanguage());
  openTheme();
  openScript();
  openPhoto();
  openScenes();
  openOptions();
  openMusic();
  openBackdrop();
  openKinds();
  openLayout();
  openOverlay();
  openPreview();
  openFlow();
  openPresets();
  openNaming();
  openSubmit((video) => {
    if (video.object === "batch") return begun(video);
    keepSketch(video.id, sketchNow());
    if (draft.video.remixOf) draft.leaveEdit();
    else draft.changeVideo({ consent: false });
    goTo("script");
    location.hash = `#/video/${video.id}`;
    refresh();
  });
  openWatch({ edit, leave, changed: refresh });
  for (const id of ["sample", "sample-too"]) $(id).addEventListener("click", sample);
  $("edit-leave").addEventListener("click", () => draft.leaveEdit());
  window.addEventListener("hashchange", route);
  for (const [id, target] of [["nav-library", "library"]]) $(id).addEventListener("click", (event) => jump(event, target));
  document.querySelector(".skip").addEventListener("click", (event) => jump(event, "content"));
  await restore();
  route();
  openVoice();
  openSession();
  await openBatches(refresh);
  await openLibrary();
  document.documentElement.dataset.ready = "yes";
}

async function begun(batch) {
  draft.changeVideo({ consent: false });
  goTo("script");
  refresh();
  await refreshBatches();
  showBatches();
  say(t("batch.begun", { n: batch.rows }));
}

function route() {
  const id = location.hash.match(VIDEO)?.[1];
  show($("make"), !id);
  show($("watch"), Boolean(id));
  for (const [link, here] of [["nav-make", !id]]) here ? $(link).setAttribute("aria-current", "page") : $(link).removeAttribute("aria-current");
  if (id) watch(id);
  else {
    leaveWatch();
    document.title = "Govorun";
    draft.tell("scene");
    if (started) $("make-title").focus({ preventScroll: true });
  }
  if (started) window.scrollTo(0, 0);
  started = true;
}

function jump(event, target) {
  event.preventDefault();
  $(target).scrollIntoView();
  $(target).focus({ preventScroll: true });
}

function edit(video) {
  goTo("script");
  editVideo(video);
  location.hash = "#/";
}

function leave(video) {
  drop(video.id);
  location.hash = "#/";
  refresh();
}

async function sample() {
  if (location.hash.startsWith("#/video")) location.hash = "#/";
  const back = draft.begun && draft.taken();
  await draft.clear();
  draft.change({ text: t("sample.script"), words: usualPlace(), voice: womansVoice() });
  const response = await call("/sample/portrait.png");
  takePhoto(new File([await response.blob()], "portrait.png", { type: "image/png" }), true);
  draft.changeVideo({ consent: true, lent: true });
  draft.go(0);
  if (back) toast(t("sample.undo"), t("undo"), back);
  say(t("sample.done"));
  $("submit").focus();
}

let waiting = false;

function waitForServer() {
  if (waiting) return;
  waiting = true;
  away(true);
  const ask = async () => {
    try {
      await fetch("/healthz", { cache: "no-store" });
      waiting = false;
      away(false);
      forgetAway();
      refresh();
    } catch {
      setTimeout(ask, AGAIN);
    }
  };
  setTimeout(ask, AGAIN);
}

start();

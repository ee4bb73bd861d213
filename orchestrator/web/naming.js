// Another name for a video, and a link that shows it to everybody.
import { call, get, post, remove } from "/web/api.js";
import { $, fail, show } from "/web/dom.js";
import { toast, untitled } from "/web/notice.js";
import { t } from "/web/words.js";

let video = null;
let changed = () => {};

export function openNaming() {
  for (const name of ["renaming", "linking"]) $(`${name}-close`).addEventListener("click", () => $(name).close());
  $("renaming-form").addEventListener("submit", (event) => {
    event.preventDefault();
    trying("renaming-error", rename);
  });
  $("linking-make").addEventListener("click", () => trying("linking-error", makeLink));
  $("linking-off").addEventListener("click", () => trying("linking-error", takeBack));
}

async function trying(place, action) {
  fail(place, "");
  try {
    await action();
  } catch (error) {
    fail(place, error.message);
  }
}

export function askForName(of, then) {
  [video, changed] = [of, then];
  fail("renaming-error", "");
  $("renaming-name").value = untitled(video);
  $("renaming").showModal();
  $("renaming-name").select();
}

async function rename() {
  const headers = { "Content-Type": "application/json" }, body = JSON.stringify({ title: $("renaming-name").value });
  const answer = await call(`/v1/videos/${video.id}`, { method: "PATCH", headers, body });
  $("renaming").close();
  changed(await answer.json());
}

export async function showLink(of) {
  video = of;
  $("linking").showModal();
  present({ active: false });
  await trying("linking-error", async () => present(await get(path())));
}

const path = () => `/v1/videos/${video.id}/link`;

function present({ active, path: made }) {
  $("linking-text").textContent = t(made ? "link.made" : active ? "link.active" : "link.none");
  $("linking-make").textContent = t(active ? "link.anew" : "link.make");
  show($("linking-off"), active);
  show($("linking-address"), Boolean(made));
  if (!made) return;
  $("linking-address").value = new URL(made, location.href).href;
  $("linking-address").select();
}

async function makeLink() {
  present(await (await post(path())).json());
  try {
    await navigator.clipboard.writeText($("linking-address").value);
    toast(t("link.copied"));
  } catch {
    // It stands in the field, selected.
  }
}

async function takeBack() {
  present(await (await remove(path())).json());
}

// Where the person is: six layouts or nowhere, nine spots or any by dragging, a size, and what a circle or a card has behind it.
import { draft } from "/web/draft.js";
import { $, choose, show } from "/web/dom.js";
import { USUAL_SPOT, isFramed, isMovable, placesOf, usualShare } from "/web/geometry.js";
import { onLanguage, t } from "/web/words.js";

const NUDGE = 0.02;
const NOTES = { full: "layout.whole", none: "layout.nobody" };
const LOWER = ["bottom-left", "bottom", "bottom-right"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// A scene that keeps the photo's background has no other layout than the whole frame.
const mayMove = (scene) => scene.place !== "photo" || draft.video.kind === "slides";
export const isVoiceOnly = (scene) => mayMove(scene) && scene.layout === "none";
export const seatOf = (scene) => (mayMove(scene) ? scene : { ...scene, layout: "full" });
const captioned = () => draft.video.captions !== "none";
export const placesNow = () => placesOf(seatOf(draft.scene), draft.video.format, captioned());

// As the API writes it: KIND:PLACE:SIZE.
export function layoutOf(scene) {
  const { layout, spot, share } = seatOf(scene);
  if (layout === "full" || layout === "none") return layout;
  return [layout, isMovable(layout) && spot, share && String(share)].filter(Boolean).join(":");
}

export function seatFrom(text = "full") {
  const [layout, ...rest] = text.split(":");
  const share = rest.find((part) => /^[.\d]+$/.test(part)), spot = rest.find((part) => part !== share);
  return { layout, spot: spot ?? "", share: Number(share ?? 0) };
}

export function openLayout() {
  for (const input of document.querySelectorAll("input[name=layout]")) {
    input.addEventListener("change", () => draft.change({ layout: input.value, share: 0, ...(fits(input.value, draft.scene.spot) ? {} : { spot: "" }) }));
  }
  for (const input of document.querySelectorAll("input[name=spot]")) input.addEventListener("change", () => draft.change({ spot: input.value }));
  $("layout-size").addEventListener("input", ({ target }) => draft.change({ share: Number(target.value) }));
  $("ground-own").addEventListener("change", ({ target }) => draft.change({ ground: target.checked ? "photo" : $("ground-colour").value }));
  $("ground-colour").addEventListener("input", ({ target }) => draft.change({ ground: target.value }));
  openDrag($("frame-panel"));
  draft.addEventListener("change", present);
  onLanguage(present);
}

// Who is cut out stands on the lower edge.
const fits = (layout, spot) => layout !== "corner" || !spot || spot.startsWith("bottom");

function present() {
  const { scene } = draft, { layout, spot, share, ground } = seatOf(scene), { format } = draft.video;
  choose("layout", layout);
  for (const input of document.querySelectorAll("input[name=layout]")) input.disabled = !mayMove(scene) && input.value !== "full";
  show($("layout-panel"), layout !== "full" && layout !== "none");
  show($("spots"), isMovable(layout));
  show($("grounds"), isFramed(layout));
  for (const input of document.querySelectorAll("input[name=spot]")) {
    input.disabled = layout === "corner" && !input.value.startsWith("bottom");
    input.checked = input.value === (spot || USUAL_SPOT);
  }
  $("layout-size").value = share || usualShare(layout, format);
  $("ground-own").checked = ground === "photo";
  show($("ground-pick"), ground !== "photo");
  if (ground !== "photo") $("ground-colour").value = ground;
  const note = t(!mayMove(scene) ? "layout.not" : isMovable(layout) ? "layout.drag" : NOTES[layout] ?? "layout.side");
  if ($("layout-note").textContent !== note) $("layout-note").textContent = note;
}

// The panel of the sketch is drawn to any place; arrow keys move it too.
function openDrag(panel) {
  let held = null;
  panel.addEventListener("pointerdown", (event) => {
    if (!isMovable(seatOf(draft.scene).layout)) return;
    event.preventDefault();
    panel.setPointerCapture(event.pointerId);
    const box = panel.getBoundingClientRect();
    held = { x: event.clientX - (box.left + box.width / 2), y: event.clientY - (box.top + box.height / 2) };
    panel.focus({ preventScroll: true });
  });
  panel.addEventListener("pointermove", (event) => {
    if (!held) return;
    const frame = $("frame").getBoundingClientRect();
    moveTo((event.clientX - held.x - frame.left) / frame.width, (event.clientY - held.y - frame.top) / frame.height);
  });
  for (const name of ["pointerup", "pointercancel"]) panel.addEventListener(name, () => (held = null));
  panel.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step || !isMovable(seatOf(draft.scene).layout)) return;
    event.preventDefault();
    const { left, top, width, height } = placesNow().panel;
    if (draft.scene.layout === "corner") stand(LOWER.indexOf(draft.scene.spot || USUAL_SPOT) + step[0]);
    else moveTo(left + width / 2 + NUDGE * step[0], top + height / 2 + NUDGE * step[1]);
  });
}

// Who is cut out stands at one of three places of the lower edge.
function stand(at) {
  const spot = LOWER[Math.min(Math.max(at, 0), LOWER.length - 1)];
  if (spot !== draft.scene.spot) draft.change({ spot });
}

// The middle of the panel, in shares of the frame, within it.
function moveTo(across, down) {
  const { layout } = seatOf(draft.scene), { width, height } = placesNow().panel;
  if (layout === "corner") return stand(Math.floor(3 * across));
  const within = (value, half) => Math.min(Math.max(value, half), 1 - half);
  const spot = [within(across, width / 2), within(down, height / 2)].map((share) => Number(share.toFixed(3))).join(",");
  if (spot !== draft.scene.spot) draft.change({ spot });
}

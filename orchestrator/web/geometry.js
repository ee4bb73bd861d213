// Where panels and words lie in the frame: what avatar/core/layout.py says, in shares of the frame; counted in whole
// pixels of a usual frame, as it does.

export const SPOTS = {
  "top-left": [0, 0], top: [0.5, 0], "top-right": [1, 0], left: [0, 0.5], centre: [0.5, 0.5], right: [1, 0.5],
  "bottom-left": [0, 1], bottom: [0.5, 1], "bottom-right": [1, 1],
};
export const USUAL_SPOT = "bottom-right";
const FRAMES = { "16:9": [1280, 720], "9:16": [720, 1280], "1:1": [720, 720] };
const USUAL = { corner: [0.5, 0.66], circle: [0.34, 0.42], card: [0.42, 0.5], left: [0.5, 0.72], right: [0.5, 0.72] };
const SIDES = ["left", "right"];
const MARGIN = 0.045, TALL = { top: 0.1, bottom: 0.17, side: 0.05 }, LINES = [0.215, 0.19];
const CARD = 1.2, SIDE = 1.35, LOWER = 0.34;

function frameOf(format) {
  const [width, height] = FRAMES[format];
  return { width, height, short: Math.min(width, height), high: height > 1.2 * width };
}

// To the nearest pixel, of two as near the even one.
function whole(length) {
  const near = Math.round(length);
  return Math.abs(length % 1) === 0.5 && near % 2 ? near - 1 : near;
}

const even = (length) => 2 * Math.floor(length / 2);

export const isFramed = (kind) => kind === "circle" || kind === "card";
export const isMovable = (kind) => isFramed(kind) || kind === "corner";
export const usualShare = (kind, format) => USUAL[kind]?.[Number(frameOf(format).high)] ?? 1;

// What stays free of a player's buttons, and of burnt captions: left, top, width, height.
function safeArea({ width, height, short, high }, captioned) {
  const side = high ? TALL.side * width : MARGIN * short, top = high ? TALL.top * height : MARGIN * short;
  let below = high ? TALL.bottom * height : MARGIN * short;
  if (captioned) below = Math.max(below, LINES[Number(high)] * height);
  const [left, upper, wide, tall] = [side, top, width - 2 * side, height - top - below].map(whole);
  return { left, top: upper, width: wide, height: tall };
}

// The rectangle of the person.
function panelIn(frame, { layout, spot, share }, captioned) {
  if (layout === "full" || layout === "none") return { left: 0, top: 0, width: frame.width, height: frame.height };
  const usual = USUAL[layout][Number(frame.high)];
  if (SIDES.includes(layout)) {
    const width = even((share || usual) * frame.width), height = even(Math.min(frame.height, SIDE * width));
    return { left: layout === "right" ? frame.width - width : 0, top: frame.height - height, width, height };
  }
  const shape = layout === "card" ? CARD : 1;
  const across = Math.min((share || usual) * frame.short, frame.height / shape), width = even(across), height = even(across * shape);
  const free = layout === "corner" ? { left: 0, top: 0, ...frame } : safeArea(frame, captioned);
  const [left, top] = cornerOf(spot || USUAL_SPOT, free, width, height, frame).map(whole);
  const within = (value, most) => Math.min(Math.max(value, 0), most);
  return { left: within(left, frame.width - width), top: layout === "corner" ? frame.height - height : within(top, frame.height - height), width, height };
}

function cornerOf(spot, free, width, height, frame) {
  if (spot in SPOTS) {
    const [across, down] = SPOTS[spot];
    return [free.left + across * (free.width - width), free.top + down * (free.height - height)];
  }
  const [across, down] = spot.split(",").map(Number);
  return [across * frame.width - width / 2, down * frame.height - height / 2];
}

// The room beside the person for large words, or the lower part of the frame.
function roomIn(frame, panel, safe, layout) {
  if (layout === "none") return safe;
  const right = panel.left + panel.width, bottom = panel.top + panel.height;
  const rooms = [
    { ...safe, width: Math.max(0, panel.left - safe.left) }, { ...safe, left: right, width: Math.max(0, safe.left + safe.width - right) },
    { ...safe, height: Math.max(0, panel.top - safe.top) }, { ...safe, top: bottom, height: Math.max(0, safe.top + safe.height - bottom) },
  ];
  const worth = ({ width, height }) => Math.min(width, 3 * height) * height;
  const best = rooms.reduce((one, other) => (worth(other) > worth(one) ? other : one));
  if (layout !== "full" && Math.min(best.width, best.height) > 0.2 * frame.short) return best;
  const lower = whole(LOWER * safe.height);
  return { ...safe, top: safe.top + safe.height - lower, height: lower };
}

const asShares = ({ left, top, width, height }, frame) => ({
  left: left / frame.width, top: top / frame.height, width: width / frame.width, height: height / frame.height,
});

// `{ panel, safe, room }`, each in shares of the frame.
export function placesOf(seat, format, captioned) {
  const frame = frameOf(format), panel = panelIn(frame, seat, captioned), safe = safeArea(frame, captioned);
  const room = roomIn(frame, panel, safe, seat.layout);
  return { panel: asShares(panel, frame), safe: asShares(safe, frame), room: asShares(room, frame), corner: asShares(safeArea(frame, false), frame) };
}

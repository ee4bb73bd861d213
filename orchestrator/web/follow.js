// A video on its way: events from the server, or questions every two seconds where events do not come through.
import { Refusal, video } from "/web/api.js";

const FINAL = ["completed", "failed", "cancelled"];
const PAUSE = 2000;

export const ended = (status) => FINAL.includes(status);

// Calls `tell(video)` at every change until the video has ended, `lost(error)` where it cannot be asked.
// Returns what stops it.
export function follow(id, tell, lost) {
  const way = { stopped: false, source: null, timer: 0, stop };
  function stop() {
    way.stopped = true;
    way.source?.close();
    clearTimeout(way.timer);
  }
  ask(id, way, tell, lost).then(() => listen(id, way, tell, lost));
  return stop;
}

async function ask(id, way, tell, lost) {
  if (way.stopped) return;
  try {
    hear(await video(id), way, tell);
  } catch (error) {
    if (way.stopped) return;
    if (error instanceof Refusal && error.status === 404) way.stop();
    lost(error);
  }
}

function hear(found, way, tell) {
  if (way.stopped) return;
  if (ended(found.status)) way.stop();
  tell(found);
}

function listen(id, way, tell, lost) {
  if (way.stopped) return;
  if (!window.EventSource) {
    poll(id, way, tell, lost);
    return;
  }
  way.source = new EventSource(`/v1/videos/${encodeURIComponent(id)}/events`);
  way.source.addEventListener("video", (event) => hear(JSON.parse(event.data), way, tell));
  way.source.addEventListener("deleted", () => ask(id, way, tell, lost));
  way.source.onerror = () => {
    way.source.close();
    poll(id, way, tell, lost);
  };
}

function poll(id, way, tell, lost) {
  if (way.stopped) return;
  way.timer = setTimeout(async () => {
    await ask(id, way, tell, lost);
    poll(id, way, tell, lost);
  }, PAUSE);
}

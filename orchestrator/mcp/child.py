"""A process that makes one video: ``python -m orchestrator.mcp.child``.

:mod:`orchestrator.mcp.studio` starts it, one at a time. It reads one line of JSON from standard input and writes one
JSON object a line to standard output::

    → {"scenes": [...], "output": "/home/ann/Videos/Govorun/hello.mp4"}
    ← {"event": "progress", "stage": "video", "fraction": 0.41}
    ← {"event": "done", "path": "...", "seconds": 4.2, "files": {...}, "notes": [...]}
    ← {"event": "error", "message": "..."}

The end of its input is the wish to stop, and comes also when the parent is killed.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from pathlib import Path

from avatar.core.errors import Cancelled, GovorunError
from orchestrator.video.render import RenderResult, render_video
from orchestrator.video.scenes import scenes_from_json
from orchestrator.video.steps import shares

__all__ = ["main"]

_LOG = logging.getLogger(__name__)
_REPORT_EVERY = 0.2


class _Parent:
    """The two pipes; whatever else this process prints goes to standard error."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
        os.dup2(2, 1)
        self._gone = threading.Event()
        self._reached = dict.fromkeys(shares(), 0.0)
        self._told_at = 0.0
        self._lock = threading.Lock()

    def order(self) -> tuple[str, Path]:
        """What is to be made, and where; from now on the end of the input is heard."""
        given = json.loads(sys.stdin.readline())
        threading.Thread(target=self._listen, daemon=True).start()
        return json.dumps({"scenes": given["scenes"]}), Path(given["output"])

    def _listen(self) -> None:
        sys.stdin.read()
        self._gone.set()

    def say(self, event: str, **facts: object) -> None:
        """Tell the parent; Cancelled where nobody listens any more."""
        try:
            with self._lock:
                self._out.write(json.dumps({"event": event, **facts}, ensure_ascii=False) + "\n")
        except BrokenPipeError as error:
            raise Cancelled("The parent process is gone.") from error

    def report(self, stage: str, fraction: float, message: str) -> None:
        """Progress of the whole, told five times a second at most; stops the work when the input has ended."""
        if self._gone.is_set():
            raise Cancelled("The work was stopped.")
        self._reached[stage] = fraction
        if time.monotonic() - self._told_at >= _REPORT_EVERY:
            self._told_at = time.monotonic()
            whole = sum(share * self._reached[name] for name, share in shares().items())
            self.say("progress", stage=stage, fraction=round(whole, 4))


def main() -> int:
    """Make the video; 0, or 1 after an error that was told."""
    parent = _Parent()
    scenes, output = parent.order()
    try:
        result = render_video(scenes_from_json(scenes), output, report=parent.report, alone=True)
        parent.say("done", **_facts(result))
    except Cancelled:
        return 0
    except GovorunError as error:
        parent.say("error", message=str(error))
        return 1
    except Exception as error:  # noqa: BLE001 - the parent has to hear of every failure
        _LOG.exception("the video failed")
        parent.say("error", message=f"Unexpected {type(error).__name__}: {error}")
        return 1
    return 0


def _facts(result: RenderResult) -> dict[str, object]:
    files = {"video": result.path, "sidecar": result.sidecar, **result.captions, **result.transparent}
    return {
        "seconds": round(result.seconds, 2),
        "files": {kind: str(path) for kind, path in files.items()},
        "notes": list(result.notes),
    }


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # threads of steps that were stopped end with the process

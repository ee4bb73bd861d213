"""The person of a photo cut out, small, and where the person stands in the frame: what a sketch of a video is made of.

``python -m orchestrator.probes.cutout`` reads a line of JSON from standard input, the path of a photo and which face is
meant, and answers a line. The prepared portrait goes into the cache of the machine, so the video that is made of the
photo afterwards finds it there.
"""

from __future__ import annotations

import atexit
import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.core.errors import GovorunError, PhotoError
from avatar.core.reasons import coded, uncoded
from orchestrator.probes.pool import Pool, answer_lines

if TYPE_CHECKING:
    import numpy as np

    from avatar.core.types import Portrait, Size

__all__ = ["FORMATS", "close", "cut_out", "main", "sketch"]

FORMATS = {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (720, 720)}
"""Shapes of a video -> pixels; what is told of them is in shares and holds for other sizes of the shape."""
_LONGEST = 720
_QUALITY = 82
_pool = Pool("orchestrator.probes.cutout", processes=1, patience=40.0, queue_patience=15.0)


def sketch(path: Path, face: str = "largest", pool: Pool | None = None) -> dict[str, Any]:
    """What :func:`cut_out` says, asked of a child; PhotoError for a photo of no use, Busy where no turn came."""
    answer = (pool or _pool).ask([str(path.absolute()), face])
    if "error" in answer:
        raise PhotoError(uncoded(str(answer["error"]), answer))
    return answer


def close() -> None:
    """End the process that waits."""
    _pool.close()


atexit.register(close)


def main() -> None:
    """Answer until the input ends."""
    answer_lines(_answer)


def _answer(question: list[str]) -> dict[str, object]:
    try:
        return cut_out(Path(question[0]), question[1])
    except GovorunError as error:
        return {"error": str(error), "code": error.code, **coded(error.message)}


def cut_out(path: Path, face: str = "largest", cache: Path | None = None) -> dict[str, object]:
    """The person in the photo at ``path`` for a sketch; PhotoError where the photo cannot be used.

    ``picture``: the person with alpha, ``whole``: the upright photo, both data URLs of at most 720 pixels a side.
    ``frames``: shape of a video -> where left and top of both lie and how wide they are, in shares of the width and
    height of the frame: ``cut`` of the person before another backdrop, ``whole`` of the photo with its own. The same
    under the names of layouts, in shares of their panel of the usual size: ``left``, ``circle``, ``circle_whole``.
    """
    from avatar.core.progress import silent
    from avatar.core.types import Size
    from avatar.face.portrait import prepare
    from orchestrator.settings import load_settings

    kept = cache or load_settings().portraits
    kept.mkdir(parents=True, exist_ok=True)
    portrait = prepare(path, silent(), kept, face)
    return {
        "picture": _webp(_person(portrait), "RGBA"),
        "whole": _webp(portrait.pixels, "RGB"),
        "frames": {name: _frame(portrait, Size(*size)) for name, size in FORMATS.items()},
    }


def _frame(portrait: Portrait, size: Size) -> dict[str, list[float]]:
    from avatar.core.layout import CLOSER, KINDS, Layout, panel_of

    found = {"cut": _placed(portrait, size, False), "whole": _placed(portrait, size, True)}
    for layout in [Layout(kind) for kind in KINDS if kind not in ("full", "none")]:
        panel = panel_of(layout, size).size
        closer = CLOSER if layout.framed else 1.0
        found[layout.kind] = _placed(portrait, panel, False, closer)
        if layout.framed:
            found[f"{layout.kind}_whole"] = _placed(portrait, panel, True, closer)
    return found


def _placed(portrait: Portrait, size: Size, whole: bool, closer: float = 1.0) -> list[float]:
    from avatar.face.framing import frame_person

    framing = frame_person(portrait, size, whole, closer)
    width = portrait.pixels.shape[1]
    place = framing.dx / size.width, framing.dy / size.height, framing.scale * width / size.width
    return [round(value, 4) for value in place]


def _person(portrait: Portrait) -> np.ndarray:
    """uint8 [h, w, 4]."""
    import numpy as np

    alpha = np.rint(255 * portrait.alpha).astype(np.uint8)
    return np.dstack([portrait.foreground, alpha])


def _webp(pixels: np.ndarray, mode: str) -> str:
    from PIL import Image

    image, out = Image.fromarray(pixels, mode), io.BytesIO()
    image.thumbnail((_LONGEST, _LONGEST))
    image.save(out, "WEBP", quality=_QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode()}"


if __name__ == "__main__":
    main()

"""Rendered rooms, what moves in them, and the scenes that show the network of flow how things move, as they were when
somebody last looked at them (see ``tests.kept``).

python -m tests.kept_rooms
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.kept import small

__all__ = ["KEPT_ROOMS", "PROMPTS", "flows", "kept_rooms", "life", "room"]

KEPT_ROOMS = Path(__file__).parent / "fixtures" / "kept_rooms.npz"
PROMPTS = (
    "cafe at noon",
    "library at sunset",
    "open office at night",
    "rainy street at night",
    "server room with green light",
    "living room at dawn, warm light",
)
_DARK = 0.12


def kept_rooms() -> dict[str, np.ndarray]:
    """The arrays of the file by name."""
    with np.load(KEPT_ROOMS, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def life(place: str) -> np.ndarray:
    """What moves in ``place`` over an even dark wall, at two moments, uint8 [2, 108, 192, 3]."""
    from avatar.core.types import Size
    from motion.rooms.life import Life, Window

    size = Size(192, 108)
    made = Life(place, Window(0.0, 0.0, 1.0, 1.0), size, 12.0, 3)
    frames = np.full((2, 3, size.height, size.width), _DARK, np.float32)
    for frame, turns in zip(frames, (0.31, 1.77), strict=True):
        made.show(frame, turns)
    return np.round(255.0 * frames).astype(np.uint8).transpose(0, 2, 3, 1)


def room(prompt: str) -> np.ndarray:
    """A room at three moments of its loop, uint8 [3, 36, 64, 3]."""
    from avatar.core.progress import silent
    from avatar.core.types import Size
    from motion import BackdropOptions
    from motion.engines.rooms import Rooms

    size = Size(128, 72)
    options = BackdropOptions(
        size=size, prompt=prompt, seed=2, engine_options={"text_force": "30", "noise_drift": "30"}
    )
    clip = Rooms().open(Rooms().plan(options, silent()), size, 10.0, "cpu")
    return np.stack([small(clip.frame(index).numpy().transpose(1, 2, 0), 64, 36) for index in (0, 35, 71)])


def flows() -> tuple[np.ndarray, np.ndarray]:
    """Eight scenes in the middle of their loops, uint8 [8, 48, 48, 3], and their motions, float32 [8, 5, 12, 12]."""
    from motion.flow.scenes import drawn

    scenes = [drawn(3, index, 48) for index in range(8)]
    pictures = np.stack([np.clip(255.0 * scene.frame(0.4), 0.0, 255.0).round() for scene in scenes]).astype(np.uint8)
    return pictures, np.stack([scene.motion[:, ::4, ::4] for scene in scenes]).astype(np.float32)


def main() -> None:
    """Write down what is given today."""
    from motion.rooms.life import LIVELY

    found = {f"life {place}": life(place) for place in LIVELY} | {f"room {prompt}": room(prompt) for prompt in PROMPTS}
    pictures, motions = flows()
    np.savez_compressed(KEPT_ROOMS, **found, flow_pictures=pictures, flow_motions=motions.astype(np.float16))


if __name__ == "__main__":
    main()

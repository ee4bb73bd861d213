"""What rendered rooms must reach, measured: ``python -m motion.trials.rooms``.

The gates of motion are those of the generator (``motion.trials.gates``), on raw frames of every room that is shipped. A
coded film adds changes of its own: the encoder draws its first picture anew at the seam. What a frame costs is told as
a multiple of one bilinear scaling to the same size, measured in the same run, so the machine hardly matters.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Iterator, Mapping

import cv2
import numpy as np
import torch

from avatar.core.progress import silent
from avatar.core.types import Size
from motion.engines.rooms import RoomClip, Rooms
from motion.options import BackdropOptions
from motion.plates import Room, rooms
from motion.trials import measures
from motion.trials.gates import Gate

__all__ = ["loop_of", "measure", "seam"]

_SIZE, _FPS = Size(256, 144), 25.0
_ANGLES = (0.5, 1.0, 3.0, 10.0, 18.0)
_COSTS = ((Size(512, 512), 12.0), (Size(1280, 720), 6.0))


def clip_of(prompt: str, size: Size = _SIZE, seed: int = 0, options: Mapping[str, str] | None = None) -> RoomClip:
    """The clip of ``prompt``; ``options`` of the engine."""
    engine = Rooms()
    plan = engine.plan(BackdropOptions(size, prompt, seed=seed, engine_options=options or {}), silent())
    return engine.open(plan, size, _FPS, "cpu")


def loop_of(prompt: str, seconds: float, seed: int = 0, path: str = "orbit", life: float = 0.0) -> torch.Tensor:
    """One turn in raw frames float32 [n, 3, h, w]: the frame after the last is the first. The drift alone, without what
    moves besides the light, where ``life`` is 0."""
    clip = clip_of(prompt, seed=seed, options={"path": path, "period": str(seconds), "life": str(life)})
    return torch.stack([clip.frame(k) for k in range(round(seconds * _FPS))])


def seam(frames: torch.Tensor) -> float:
    """The change from the last frame to the first over the median change of the loop."""
    steps = measures.change(frames[1:], frames[:-1])
    return float(measures.change(frames[-1:], frames[:1])[0] / steps.median())


def measure(every: int = 1) -> Iterator[Gate]:
    """Every gate in turn, on each ``every``-th room."""
    listed = [room for place in rooms().values() for room in place][::every]
    for part in (_loops, _response, _differing):
        yield from part(listed)
    yield from _cost()


def _prompt(room: Room) -> str:
    return f"{room.titles['en'].lower()} {room.seed}"


def _loops(listed: list[Room]) -> Iterator[Gate]:
    ssim, uneven, seams, lively = [], [], [], []
    for room in listed:
        frames = loop_of(_prompt(room), 12.0)
        ssim.append(measures.neighbour_ssim(frames[100:150]))
        uneven.append(measures.unevenness(frames))
        seams.append(seam(frames))
        lively.append(seam(loop_of(_prompt(room), 12.0, life=1.0)))
    count = len(listed)
    yield Gate("neighbour SSIM, lowest", min(ssim), 0.99, 50 * count)
    yield Gate("largest over median change, worst loop", max(uneven), 1.2, count, least=False)
    yield Gate("largest over median change, median loop", float(np.median(uneven)), 1.2, count, least=False)
    yield Gate("change at the seam over median change, worst loop", max(seams), 1.3, count, least=False)
    yield Gate("change at the seam over median change, median loop", float(np.median(seams)), 1.0, count, least=False)
    yield Gate("the same with what lives in the room, worst loop", max(lively), 1.3, count, least=False)


def _response(listed: list[Room]) -> Iterator[Gate]:
    """Whether the picture changes in proportion to the angle, a quarter of a turn on."""
    for kind, other in (("text_force", "noise_drift"), ("noise_drift", "text_force")):
        found = []
        for room in listed:
            shown = [
                clip_of(_prompt(room), options={"period": "12", kind: str(angle), other: "0", "life": "0"}).frame(75)
                for angle in (0.0, *_ANGLES)
            ]
            pictures = torch.stack(shown)
            found.append(measures.change(pictures[1:], pictures[:1]).numpy())
        r = measures.correlation(np.array(_ANGLES), np.mean(found, axis=0))
        yield Gate(f"r of angle and mean change, {kind}", r, 0.99, len(found) * len(_ANGLES))


def _differing(listed: list[Room]) -> Iterator[Gate]:
    """Places, hours, and rooms of a place: all of them other pictures."""
    shown = {room.name: clip_of(_prompt(room)).frame(0) for room in listed}
    firsts = [room for room in listed if room.seed == min(other.seed for other in listed if other.place == room.place)]
    pairs = [_apart(shown[a.name], shown[b.name]) for a, b in itertools.combinations(firsts, 2)]
    yield Gate("change of 255 between two places, least pair", min(pairs), 10.0, len(pairs))
    alike = [(a, b) for a, b in itertools.combinations(listed, 2) if a.place == b.place]
    if alike:
        rooms_apart = [_apart(shown[a.name], shown[b.name]) for a, b in alike]
        yield Gate("change of 255 between two rooms of a place, least pair", min(rooms_apart), 2.0, len(alike))
    lit = [room for room in firsts if room.has_daylight]
    hours = [_apart(*(clip_of(f"{_prompt(room)} {hour}").frame(0) for hour in ("at noon", "at night"))) for room in lit]
    yield Gate("change of 255 from noon to night, least place", min(hours), 10.0, len(hours))


def _apart(first: torch.Tensor, second: torch.Tensor) -> float:
    return float(measures.change(first[None], second[None])[0])


def _cost() -> Iterator[Gate]:
    """A frame of the first turn, its share of keyframes in it, and of later turns, which have them all."""
    for size, most in _COSTS:
        small = np.zeros((size.height // 2, size.width // 2, 3), np.float32)
        full = (size.width, size.height)

        def scaled(_: int, small: np.ndarray = small, full: tuple[int, int] = full) -> object:
            return cv2.resize(small, full, interpolation=cv2.INTER_LINEAR)

        scaling = min(_seconds(scaled, 40) for _ in range(3))
        clip, name = clip_of("open office at noon", size, options={"period": "12"}), f"{size.width}x{size.height}"
        for turn, told in ((0, "first turn"), (1, "later turns")):
            taken = _seconds(clip.frame, 300, 300 * turn)
            yield Gate(f"a frame of {name}, {told}, in bilinear scalings", taken / scaling, most, 300, least=False)
            yield Gate(
                f"a frame of {name}, {told}, ms", 1e3 * taken, 1.5 if size.width == 512 else 4.0, 300, least=False
            )


def _seconds(draw: Callable[[int], object], count: int, first: int = 0) -> float:
    """Processor time of one of ``count`` calls, with numbers from ``first`` on."""
    begun = time.process_time()
    for k in range(first, first + count):
        draw(k)
    return (time.process_time() - begun) / count


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Measure the rendered rooms.")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each N-th room (default: all)")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    for gate in measure(asked.every):
        bound = f"{'≥' if gate.least else '≤'} {gate.bound:g}"
        print(f"{gate.name:62} {gate.value:8.4f}  {bound:8} {'yes' if gate.held else 'NO':4} n {gate.n}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

"""Two renders of the same script, frame by frame: ``python -m orchestrator.bench.compare before.mp4 after.mp4``.

What a change of speed did to the pictures. SSIM is that of Wang and others (Gaussian of 1.5 pixels) of the grey
pictures; differences are of bytes of red, green and blue, as decoded; sharpness is the variance of the Laplacian. Both
files were encoded, which hides differences of about one step and makes some of its own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from avatar.core.errors import GovorunError, OptionError
from avatar.core.media import read_frames
from orchestrator.bench.table import Table
from orchestrator.console import say, show, show_json

__all__ = ["Comparison", "compare", "main"]


@dataclass(frozen=True)
class Comparison:
    """``frames`` compared; of them ``same`` to the byte. ``least_ssim`` is that of frame ``least_at``. Differences in
    steps of 255: the mean of all bytes, the largest one, of frame ``largest_at``. Sharpness: the mean of each video."""

    frames: int
    same: int
    mean_ssim: float
    least_ssim: float
    least_at: int
    mean_difference: float
    largest_difference: int
    largest_at: int
    sharpness_before: float
    sharpness_after: float


def compare(before: Iterable[np.ndarray], after: Iterable[np.ndarray], every: int = 1) -> Comparison:
    """Compare frames uint8 [h, w, 3], all of them or one in ``every``; OptionError where numbers or sizes differ."""
    rows = []
    for number, (a, b) in enumerate(zip_longest(before, after)):
        if a is None or b is None:
            raise OptionError(f"One of the videos ends after {number} frames: compare two renders of one script.")
        if a.shape != b.shape:
            sizes = " and ".join(f"{one.shape[1]}x{one.shape[0]}" for one in (a, b))
            raise OptionError(f"The videos have the sizes {sizes}: compare two renders of one size.")
        if number % every == 0:
            rows.append((number, *_differences(a, b)))
    if not rows:
        raise OptionError("The videos have no frames.")
    numbers, ssim, mean, largest, sharp_a, sharp_b = (np.array(column) for column in zip(*rows, strict=True))
    return Comparison(
        frames=len(rows),
        same=int((largest == 0).sum()),
        mean_ssim=float(ssim.mean()),
        least_ssim=float(ssim.min()),
        least_at=int(numbers[ssim.argmin()]),
        mean_difference=float(mean.mean()),
        largest_difference=int(largest.max()),
        largest_at=int(numbers[largest.argmax()]),
        sharpness_before=float(sharp_a.mean()),
        sharpness_after=float(sharp_b.mean()),
    )


def _differences(a: np.ndarray, b: np.ndarray) -> tuple[float, float, int, float, float]:
    """SSIM, mean and largest difference of bytes, and the sharpness of both."""
    apart = cv2.absdiff(a, b)
    grey_a, grey_b = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (a, b))
    ssim = structural_similarity(
        grey_a, grey_b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    sharpness = [float(cv2.Laplacian(grey, cv2.CV_64F).var()) for grey in (grey_a, grey_b)]
    return float(ssim), float(apart.mean()), int(apart.max()), sharpness[0], sharpness[1]


def _table(found: Comparison, names: tuple[str, str]) -> Table:
    changed = found.sharpness_after / found.sharpness_before - 1 if found.sharpness_before else 0.0
    rows = [
        ("frames", str(found.frames), f"{found.same} of them the same to the byte"),
        ("SSIM, mean", f"{found.mean_ssim:.5f}", ""),
        ("SSIM, least", f"{found.least_ssim:.5f}", f"frame {found.least_at}"),
        ("difference, mean", f"{found.mean_difference:.3f}", "of 255"),
        ("difference, largest", str(found.largest_difference), f"of 255, frame {found.largest_at}"),
        ("sharpness", f"{found.sharpness_before:.1f} {found.sharpness_after:.1f}", f"{100 * changed:+.2f} %"),
    ]
    return Table("pictures", f"{names[0]} and {names[1]}.", ("figure", "value", "where"), (None, None, None), rows)


def main(arguments: list[str]) -> int:
    """Compare and print; how alike is alike enough is for people to say."""
    parser = argparse.ArgumentParser(prog="orchestrator.bench.compare", description="Compare two renders.")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="look at one frame in N")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args(arguments)
    try:
        found = compare(read_frames(given.before), read_frames(given.after), max(1, given.every))
    except GovorunError as error:
        say(str(error))
        return error.exit_code
    if given.json:
        show_json(asdict(found))
    else:
        show(_table(found, (given.before.name, given.after.name)).text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

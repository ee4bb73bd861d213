"""A segment with its sound, to be played while the rest of its video is still drawn.

A piece is a fragmented MP4 that a browser lays behind the one before (Media Source Extensions). AAC needs a running
start, so its sound begins a little early and ends a little late; whoever plays pieces cuts both off at the frames.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar.core.media import FAST_SOUND, tags
from avatar.core.program import Encoder, local
from orchestrator.video.finish import METADATA
from orchestrator.video.folder import Segment, WorkFolder

__all__ = ["EARLY_SECONDS", "LEAD_SECONDS", "piece_name", "piecemeal", "publish_piece"]

LEAD_SECONDS = 1.0
"""Where the first frame of a piece lies in the time of its file."""
EARLY_SECONDS = 0.1
"""By how much its sound begins before its first frame."""
_LATE = 0.05
_RATE = 48_000


def piecemeal(scenes: int, segments: int) -> bool:
    """Whether pieces say more than the whole: a video of one scene of one segment has none."""
    return scenes > 1 or segments > 1


def piece_name(scene: int, segment: int) -> str:
    """The name of the file of a piece."""
    return f"{scene}-{segment:04d}.mp4"


def publish_piece(work: WorkFolder, segment: Segment, path: Path) -> None:
    """The frames of ``segment``, which lie in ``work``, with their sound at ``path``, where it is not there yet."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    speech, fps = work.load_speech(), work.request.fps
    early = round(EARLY_SECONDS * speech.rate)
    first = round(segment.start / fps * speech.rate) - early
    last = round((segment.stop / fps + _LATE) * speech.rate)
    end = min(last, round(work.load_face().frames / fps * speech.rate))
    arguments = [
        "-i", local(work.segment_path(segment)),
        "-itsoffset", f"{-early / speech.rate:.9f}",
        "-f", "f32le", "-ar", str(speech.rate), "-ac", "1", "-i", "pipe:0",
        "-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy", "-c:a", "aac", *FAST_SOUND, "-b:a", "160k",
        "-ac", "2", "-ar", str(_RATE), "-flags:a", "+bitexact", "-fflags", "+bitexact",
        "-map_metadata", "-1", *tags(METADATA),
        "-output_ts_offset", str(LEAD_SECONDS), "-avoid_negative_ts", "disabled", "-video_track_timescale", "90000",
        "-movflags", "+frag_keyframe+empty_moov+default_base_moof+frag_discont", "-f", "mp4",
    ]  # fmt: skip
    with Encoder(path, arguments) as encoder:
        encoder.feed_samples(_stretch(speech.samples, first, last, end))


def _stretch(samples: np.ndarray, first: int, last: int, end: int) -> np.ndarray:
    """Samples ``first`` .. ``last`` - 1, silence before the beginning and from ``end`` on; float32 [last - first]."""
    heard = np.zeros(last - first, np.float32)
    begin, stop = max(first, 0), min(end, len(samples))
    if stop > begin:
        heard[begin - first : stop - first] = samples[begin:stop]
    return heard

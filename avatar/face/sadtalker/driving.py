"""Sound, photo and gestures to the coefficients that drive the face, at the networks' own 25 frames a second."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import torch
from scipy.signal import resample_poly

from avatar.core.progress import Progress
from avatar.core.types import GestureTrack, Speech
from avatar.face.sadtalker.audio2pose import draw_latents, smooth
from avatar.face.sadtalker.checkpoint import CoefficientNetworks
from avatar.face.sadtalker.mel import SAMPLE_RATE, mel_windows
from avatar.face.sadtalker.options import SadTalkerOptions
from avatar.face.sadtalker.poses import blink_ratio, gesture_lids, gesture_poses, lent_poses, looped
from avatar.face.sadtalker.references import read_reference
from avatar.face.sadtalker.semantics import (
    EXPRESSION,
    NATIVE_FPS,
    POSE,
    degrees_along,
    driving,
    native_positions,
    sampled_at,
)

__all__ = ["angle_track", "drive", "native_frames"]


def native_frames(frames: int, fps: float) -> int:
    """Frames at 25 a second that cover ``frames`` frames at ``fps``."""
    return math.ceil((frames - 1) * NATIVE_FPS / fps - 1e-6) + 1


@torch.inference_mode()
def drive(
    speech: Speech, gestures: GestureTrack, source: np.ndarray, networks: CoefficientNetworks,
    options: SadTalkerOptions, seed: int, progress: Progress,
) -> np.ndarray:  # fmt: skip
    """Coefficients float32 [t, 70 or 73] (avatar.face.sadtalker.semantics) that cover the frames of ``gestures``.

    ``source`` [73]: the coefficients of the photo.
    """
    frames = native_frames(gestures.frames, gestures.fps)
    heard = torch.from_numpy(mel_windows(_sound(speech, frames)))
    generated = np.empty((frames, 70), np.float32)
    generated[:, EXPRESSION] = _expressions(heard, gestures, source, networks, options, seed, progress.part(0.0, 0.5))
    generated[:, POSE] = _poses(heard, gestures, source, networks, options, seed, progress.part(0.5, 1.0))
    return driving(generated, source, options.whole, options.expression_scale, options.still)


def _sound(speech: Speech, frames: int) -> np.ndarray:
    """Samples at 16 kHz for exactly ``frames`` native frames, with silence at the end where the speech is shorter."""
    shared = math.gcd(speech.rate, SAMPLE_RATE)
    samples = np.asarray(speech.samples, np.float32)
    if speech.rate != SAMPLE_RATE and len(samples):
        samples = resample_poly(samples, SAMPLE_RATE // shared, speech.rate // shared)
    wanted = frames * SAMPLE_RATE // NATIVE_FPS
    return np.pad(samples[:wanted], (0, max(0, wanted - len(samples)))).astype(np.float32)


def _expressions(
    heard: torch.Tensor, gestures: GestureTrack, source: np.ndarray, networks: CoefficientNetworks,
    options: SadTalkerOptions, seed: int, progress: Progress,
) -> np.ndarray:  # fmt: skip
    """Expression coefficients [t, 64]; a reference for the eyes lends its expression to what the network starts
    from."""
    frames = len(heard)
    reference, lids = source[None, EXPRESSION], np.zeros(frames, np.float32)
    if options.reference_blink is not None:
        lent = read_reference(options.reference_blink, frames, options, networks.recon, progress.part(0.0, 0.6))
        reference = looped(lent[:, EXPRESSION], frames, options.compat)
    elif options.blink and options.gestures:
        lids = gesture_lids(gestures, frames)
    elif options.blink:
        draw = _generator(seed, "blinks")
        lids = blink_ratio(frames, lambda low, high: int(draw.integers(low, high)))
    tensors = (torch.from_numpy(np.ascontiguousarray(a, np.float32)) for a in (reference, lids[:, None]))
    result: np.ndarray = networks.audio2exp(heard, *tensors, progress.part(0.6, 1.0)).numpy()
    return result


def _poses(
    heard: torch.Tensor, gestures: GestureTrack, source: np.ndarray, networks: CoefficientNetworks,
    options: SadTalkerOptions, seed: int, progress: Progress,
) -> np.ndarray:  # fmt: skip
    """Pose coefficients [t, 6]: from the gestures, or from the network and perhaps a reference; of no account where
    the head stands still."""
    frames = len(heard)
    if options.still or options.gestures:
        return gesture_poses(gestures, frames, source[POSE])
    latents = draw_latents(frames, _generator(seed, "poses"))
    reference = torch.from_numpy(source[POSE].astype(np.float32))
    poses = networks.audio2pose(heard, reference, options.pose_style, latents, progress.part(0.0, 0.4))
    smoothed = smooth(poses.numpy())
    if options.reference_pose is None:
        return smoothed
    lent = read_reference(options.reference_pose, frames, options, networks.recon, progress.part(0.4, 1.0))
    return lent_poses(smoothed, lent[:, POSE], options.compat)


def angle_track(options: SadTalkerOptions, frames: int, fps: float) -> np.ndarray | None:
    """Yaw, pitch and roll in degrees float32 [frames, 3] where the options give them, NaN where the coefficients
    decide; None where they decide everything."""
    wanted = (options.yaw, options.pitch, options.roll)
    if not any(wanted):
        return None
    track = np.full((frames, 3), np.nan, np.float32)
    for column, values in enumerate(wanted):
        if values and options.compat:
            ramp = degrees_along(values, native_frames(frames, fps), compat=True)
            track[:, column] = sampled_at(ramp, native_positions(frames, fps))
        elif values:
            track[:, column] = degrees_along(values, frames, compat=False)
    return track


def _generator(seed: int, purpose: str) -> np.random.Generator:
    """A generator that depends on nothing but its arguments."""
    digest = hashlib.sha256(f"{seed}/sadtalker {purpose}/0".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))

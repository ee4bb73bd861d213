"""The published weights → networks ready to run, or an error that says which network lacks what.

Four files hold one network each, the fifth three small ones and more, which is not looked at. Two groups are loaded
apart: what reads a photo and decides where its keypoints go, and what draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from avatar.face.liveportrait.motion_extractor import MotionExtractor
from avatar.face.liveportrait.pose import KEYPOINTS
from avatar.face.liveportrait.retargeting import EYE_SIZES, LIP_SIZES, STITCHING_SIZES, Perceptron
from avatar.face.renderer.appearance import Appearance
from avatar.face.renderer.dense_motion import Motion
from avatar.face.renderer.folding import fold
from avatar.face.renderer.loading import check, check_precision, fill, read_pickle, shapes_of
from avatar.face.renderer.spade import PictureDecoder
from avatar.face.renderer.warping import EncodedPortrait, Warping

__all__ = ["FILES", "WEIGHTS", "MotionNetworks", "Painter", "load_motion_networks", "load_painter"]

WEIGHTS = "liveportrait"
_BASE, _SMALL = "base_models", "retargeting_models/stitching_retargeting_module.pth"
_NETWORKS: Mapping[str, Callable[[], nn.Module]] = {
    "appearance_feature_extractor": Appearance,
    "motion_extractor": MotionExtractor,
    "warping_module": lambda: Warping(KEYPOINTS),
    "spade_generator": lambda: PictureDecoder(doubled=True),
}
_PERCEPTRONS = {"retarget_shoulder": STITCHING_SIZES, "retarget_mouth": LIP_SIZES, "retarget_eye": EYE_SIZES}
FILES = (*(f"{_BASE}/{name}.pth" for name in _NETWORKS), _SMALL)


@dataclass(frozen=True)
class MotionNetworks:
    """What turns a photo and wishes into keypoints; in float32, ready to run."""

    extractor: MotionExtractor
    stitching: Perceptron
    lips: Perceptron
    eyes: Perceptron


@dataclass(frozen=True)
class Painter:
    """What turns a portrait and keypoints into pictures; ready to run."""

    appearance: Appearance
    warping: Warping
    decoder: PictureDecoder

    def encode(self, portrait: torch.Tensor) -> EncodedPortrait:
        """``portrait`` [1, 3, 256, 256], RGB in 0..1."""
        return self.warping.encoded(self.appearance(portrait))

    def motion(self, portrait: EncodedPortrait, source: torch.Tensor, driving: torch.Tensor) -> Motion:
        """How the portrait moves from the keypoints ``source`` [1, 21, 3] to ``driving`` [b, 21, 3]."""
        return self.warping.motion(portrait, source, driving)

    def draw(self, portrait: EncodedPortrait, motion: Motion) -> torch.Tensor:
        """Pictures [b, 3, 512, 512], RGB in 0..1, of the portrait moved by ``motion``."""
        picture: torch.Tensor = self.decoder(self.warping.features(portrait, motion))
        return picture.float()

    def suit_cuda(self, half: bool, compiled: bool) -> None:
        """Lay the weights out as a GPU likes them; ``half`` precision and torch.compile where asked for."""
        if half:
            for network in (self.appearance, self.warping, self.decoder):
                network.half()
        self.appearance.lay_out_for_cuda()
        self.warping.lay_flat_for_cuda()
        self.decoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if compiled:
            self.warping.dense_motion_network.compile()
            self.decoder.compile()


def load_motion_networks(folder: Path) -> MotionNetworks:
    """Load from the published files in ``folder``; MissingEngine or EngineError where that cannot be."""
    extractor = _network(folder, "motion_extractor")
    return MotionNetworks(extractor, *_perceptrons(folder))  # type: ignore[arg-type]


def load_painter(
    folder: Path, device: str = "cpu", half: bool = False, compiled: bool = False, folded: bool = True
) -> Painter:
    """Load from the published files in ``folder``; MissingEngine or EngineError where that cannot be.

    ``half`` (half precision) and ``compiled`` (torch.compile) are for CUDA alone. ``folded`` False keeps the networks
    as they were trained: slower, for comparison.
    """
    check_precision(device, half, compiled)
    names = ("appearance_feature_extractor", "warping_module", "spade_generator")
    painter = Painter(*(_network(folder, name).to(device) for name in names))  # type: ignore[arg-type]
    if folded:
        fold(painter.warping)  # the appearance runs once a portrait
        fold(painter.decoder)
    if torch.device(device).type == "cuda":
        painter.suit_cuda(half, compiled)
    elif folded:
        painter.decoder.suit_cpu()
    return painter


def _network(folder: Path, name: str) -> nn.Module:
    path = folder / _BASE / f"{name}.pth"
    state = read_pickle(path, [""], f"network {name}", WEIGHTS)[""]
    with torch.device("meta"):
        network = _NETWORKS[name]()
    return _filled(path, {name: network}, {name: state})[0]


def _perceptrons(folder: Path) -> list[nn.Module]:
    path = folder / _SMALL
    states = read_pickle(path, _PERCEPTRONS, "stitching and retargeting networks", WEIGHTS)
    renamed = {
        name: {key.replace("module.", ""): value for key, value in state.items()} for name, state in states.items()
    }
    with torch.device("meta"):
        networks: dict[str, nn.Module] = {name: Perceptron(sizes) for name, sizes in _PERCEPTRONS.items()}
    return _filled(path, networks, renamed)


def _filled(
    path: Path, networks: Mapping[str, nn.Module], states: Mapping[str, Mapping[str, torch.Tensor]]
) -> list[nn.Module]:
    expected = {f"{name}.{key}": value for name, one in networks.items() for key, value in one.state_dict().items()}
    found = {f"{name}.{key}": shape for name, state in states.items() for key, shape in shapes_of(state).items()}
    check(path, expected, found, "LivePortrait's", WEIGHTS)
    for name, network in networks.items():
        fill(network, states[name])
    return list(networks.values())

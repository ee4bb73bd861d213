"""The published weights → networks ready to run, or an error that says which network lacks what.

One safetensors file holds five networks under a prefix each; the mapping networks are pickles of their own, of which
only plain tensors are read. Two groups of networks are loaded apart, because a worker that draws needs no ears.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from avatar.core.errors import EngineError, OptionError
from avatar.face.renderer.folding import fold
from avatar.face.renderer.loading import check, check_precision, fill, present, read_pickle, shapes_of
from avatar.face.sadtalker import mapping as mapping_network
from avatar.face.sadtalker.audio2exp import AudioToExpression
from avatar.face.sadtalker.audio2pose import AudioToPose
from avatar.face.sadtalker.generator import Generator
from avatar.face.sadtalker.keypoints import KeypointDetector
from avatar.face.sadtalker.recon import Recon

__all__ = [
    "MAPPINGS",
    "SIZES",
    "CoefficientNetworks",
    "RenderNetworks",
    "load_coefficient_networks",
    "load_mapping",
    "load_render_networks",
    "main_file",
]

SIZES = (256, 512)
MAPPINGS = {False: ("mapping_00229-model.pth.tar", 70), True: ("mapping_00109-model.pth.tar", 73)}
"""By whether the whole photo is drawn: the file, and the number of coefficients that its network reads."""

_NETWORKS: Mapping[str, Callable[[], nn.Module]] = {
    "kp_extractor": KeypointDetector,
    "generator": Generator,
    "audio2exp": AudioToExpression,
    "audio2pose": AudioToPose,
    "face_3drecon": Recon,
}
_TRAINING_ONLY = ("audio2pose.netG.encoder.", "audio2pose.netD_motion.")
_WEIGHTS, _WHOSE = "sadtalker", "SadTalker's"


@dataclass(frozen=True)
class CoefficientNetworks:
    """What turns a photo and sound into coefficients; in float32, ready to run."""

    recon: Recon
    audio2exp: AudioToExpression
    audio2pose: AudioToPose


@dataclass(frozen=True)
class RenderNetworks:
    """What turns coefficients and a portrait into pictures; ready to run."""

    keypoints: KeypointDetector
    mapping: mapping_network.Mapping
    generator: Generator


def main_file(size: int) -> str:
    """The name of the file for pictures of ``size`` pixels."""
    if size not in SIZES:
        raise OptionError(f"SadTalker draws at {' or '.join(map(str, SIZES))} pixels, not at {size}.")
    return f"SadTalker_V0.0.2_{size}.safetensors"


def load_coefficient_networks(folder: Path, size: int = 256, device: str = "cpu") -> CoefficientNetworks:
    """Load from the published files in ``folder``; MissingEngine or EngineError where that cannot be."""
    built = _read_main(folder / main_file(size), ("face_3drecon", "audio2exp", "audio2pose"))
    ready = [network.to(device) for network in built]
    return CoefficientNetworks(*ready)  # type: ignore[arg-type]


def load_render_networks(
    folder: Path,
    size: int = 256,
    full: bool = False,
    device: str = "cpu",
    half: bool = False,
    compiled: bool = False,
    folded: bool = True,
) -> RenderNetworks:
    """Load from the published files in ``folder``; MissingEngine or EngineError where that cannot be.

    ``full``: take the mapping for whole photos. ``half`` (half precision) and ``compiled`` (torch.compile) are for
    CUDA alone. ``folded`` False keeps the generator as it was trained: slower, for comparison.
    """
    check_precision(device, half, compiled)
    keypoints, generator = _read_main(folder / main_file(size), ("kp_extractor", "generator"))
    mapping = load_mapping(folder, full)
    networks = RenderNetworks(keypoints.to(device), mapping.to(device), generator.to(device))  # type: ignore[arg-type]
    if folded:
        fold(networks.generator)  # the others run once a portrait or cost nothing
    if torch.device(device).type == "cuda":
        networks.generator.suit_cuda(half, compiled)
    elif folded:
        networks.generator.suit_cpu()
    return networks


def _read_main(path: Path, wanted: Iterable[str]) -> list[nn.Module]:
    """The ``wanted`` networks of the safetensors file, whose whole list of keys is checked."""
    with torch.device("meta"):
        networks = {name: build() for name, build in _NETWORKS.items()}
    expected = {f"{name}.{key}": tensor for name, n in networks.items() for key, tensor in n.state_dict().items()}
    try:
        with safe_open(present(path, _WEIGHTS), framework="pt") as file:
            shapes = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118 - no mapping
            needed = {key: shape for key, shape in shapes.items() if not key.startswith(_TRAINING_ONLY)}
            check(path, expected, needed, _WHOSE, _WEIGHTS)
            for name in wanted:
                fill(networks[name], {key: file.get_tensor(f"{name}.{key}") for key in networks[name].state_dict()})
    except SafetensorError as error:
        advice = f"Remove the file and run `govorun models pull {_WEIGHTS}`."
        raise EngineError(f"{path} is damaged ({error}). {advice}") from error
    return [networks[name] for name in wanted]


def load_mapping(folder: Path, full: bool) -> mapping_network.Mapping:
    """The mapping network alone, on the CPU; errors as for :func:`load_render_networks`."""
    name, coefficients = MAPPINGS[full]
    path = folder / name
    state = read_pickle(path, ["mapping"], "mapping network", _WEIGHTS)["mapping"]
    with torch.device("meta"):
        network = mapping_network.Mapping(coefficients)
    prefix = name.partition("-")[0]
    expected = {f"{prefix}.{key}": tensor for key, tensor in network.state_dict().items()}
    check(path, expected, {f"{prefix}.{key}": shape for key, shape in shapes_of(state).items()}, _WHOSE, _WEIGHTS)
    fill(network, state)
    return network

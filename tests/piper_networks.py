"""Voices with the structure of Piper's qualities and drawn weights, exported as Piper exports its own: they hum."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch

__all__ = ["HIGH", "SEVERAL", "X_LOW", "Recipe", "draw_network", "make_voice"]


@dataclass(frozen=True)
class Recipe:
    """Sizes of a network. Qualities differ in them; ``first`` is kept small here, so that a test is quick."""

    resblock: str = "2"
    kernels: tuple[int, ...] = (3, 5, 7)
    dilations: tuple[tuple[int, ...], ...] = ((1, 2), (2, 6), (3, 12))
    rates: tuple[int, ...] = (8, 8, 4)
    rate_kernels: tuple[int, ...] = (16, 16, 8)
    first: int = 64
    hidden: int = 192
    layers: int = 2
    speakers: int = 1
    sample_rate: int = 22_050


X_LOW = Recipe(hidden=96, sample_rate=16_000)
SEVERAL = Recipe(speakers=3)
HIGH = Recipe("1", (3, 7, 11), ((1, 3, 5),) * 3, (8, 8, 2, 2), (16, 16, 4, 4))
_SYMBOLS = "_^$ !,.?abdefhiklmnoprstuvwzæðŋɑɔəɛɡɪɹʃʊʌʒˈˌː"


def make_voice(recipe: Recipe, folder: Path, name: str) -> Path:
    """Write NAME.onnx and NAME.onnx.json into ``folder``; the path of the first."""
    model = folder / f"{name}.onnx"
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns about its own older exporter, which is the one of Piper
        _export(draw_network(recipe), recipe, model)
    model.with_name(f"{model.name}.json").write_text(json.dumps(_description(recipe)), "utf-8")
    return model


def draw_network(recipe: Recipe) -> torch.nn.Module:
    """Piper's own network with weights drawn from a fixed seed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it compiles a function in a way that newer PyTorch calls old
        from piper.train.vits.models import SynthesizerTrn
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        network = SynthesizerTrn(
            256, 513, 32, recipe.hidden, recipe.hidden, 4 * recipe.hidden, 2, recipe.layers, 3, 0.1,
            recipe.resblock, recipe.kernels, recipe.dilations, recipe.rates, recipe.first, recipe.rate_kernels,
            n_speakers=recipe.speakers, gin_channels=512 if recipe.speakers > 1 else 0,
        )  # fmt: skip
        for name, parameter in network.named_parameters():
            if parameter.ndim == 1 or "proj" in name or "post" in name or "flows.0." in name:
                torch.nn.init.normal_(parameter, 1.0 if name.endswith("gamma") else 0.0, 0.05)
        torch.nn.init.constant_(network.dp.flows[0].m[0], -1.0)
        network.dec.remove_weight_norm()
    return network.eval()


def _export(network: torch.nn.Module, recipe: Recipe, path: Path) -> None:
    def spoken(text: torch.Tensor, lengths: torch.Tensor, scales: torch.Tensor, sid: object = None) -> torch.Tensor:
        sound = network.infer(
            text, lengths, sid=sid, noise_scale=scales[0], length_scale=scales[1], noise_scale_w=scales[2]
        )
        return sound[0].unsqueeze(1)

    network.forward = spoken  # type: ignore[assignment]
    speaker = torch.LongTensor([0]) if recipe.speakers > 1 else None
    symbols = torch.arange(50)[None]
    torch.onnx.export(
        network, (symbols, torch.LongTensor([50]), torch.FloatTensor([0.667, 1.0, 0.8]), speaker), str(path),
        opset_version=15, input_names=["input", "input_lengths", "scales", "sid"], output_names=["output"],
        dynamic_axes={"input": {0: "batch", 1: "symbols"}, "input_lengths": {0: "batch"}, "output": {0: "b", 2: "t"}},
        dynamo=False,
    )  # fmt: skip


def _description(recipe: Recipe) -> dict[str, object]:
    return {
        "audio": {"sample_rate": recipe.sample_rate},
        "espeak": {"voice": "en-us"},
        "language": {"code": "en_US"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "num_symbols": 256,
        "num_speakers": recipe.speakers,
        "speaker_id_map": {f"speaker-{number}": number for number in range(recipe.speakers - 1)},
        "phoneme_id_map": {symbol: [number] for number, symbol in enumerate(_SYMBOLS)},
    }

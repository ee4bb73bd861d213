"""The network of Kokoro made exact: pace and pitch of every symbol and the noise go in, durations come out.

The graph comes in pieces, one a package, as kokoro-onnx exported it (int8, dynamically quantised). The copy written
here is the joined graph with

* float convolutions in its generator, see :mod:`speech.kokoro.arithmetic`,
* the length scale of every symbol in place of one speed,
* a factor on the fundamental frequency of every symbol, spread over its frames by the network's own alignment,
* the noise of the harmonic source, which the export left out and the network was trained with (Wang, Takaki,
  Yamagishi: "Neural source-filter-based waveform model", 2019: 0.003 beside voiced samples, 0.1 / 3 in the others),
* the frames of every symbol as an output.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar.core.artefacts import write_atomically
from avatar.core.errors import EngineError, MissingEngine
from speech.kokoro.arithmetic import in_floats

if TYPE_CHECKING:
    import onnx

__all__ = [
    "DURATIONS",
    "HARMONICS",
    "HOP",
    "JOINED_SHA256",
    "LENGTHS",
    "NOISE",
    "PITCHES",
    "RATE",
    "exact_copy",
    "prepare",
]

RATE, HOP = 24_000, 600
DURATIONS = "symbol_frames"
"""Output: float32 [1, symbols], frames of ``HOP`` samples of each symbol."""
LENGTHS = "symbol_lengths"
"""Input: float32 [1, symbols], length scale of each symbol."""
PITCHES = "symbol_pitches"
"""Input: float32 [1, 1, symbols], factor on the frequency of each symbol."""
NOISE = "source_noise"
"""Input: float32 [1, any, HARMONICS], standard normal; read again from the start where the network needs more."""
HARMONICS = 9

PIECES = 4
JOINED_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""Of the joined pieces, as the package that splits them has it."""
_LAYOUT = 1
_VOICED, _UNVOICED = 0.003, 0.1 / 3
_ROUNDED, _SPED = "/encoder/Clip_output_0", "/encoder/Div"
_ALIGNMENT, _F0 = "/encoder/Cast_4_output_0", "/encoder/F0_proj/Conv_output_0"
_DOUBLED = "/encoder/F0.1/upsample/Constant_output_0"
_GENERATOR = "/decoder/decoder/generator/"
"""Nine tenths of the time go into its convolutions."""
_SINES = f"{_GENERATOR}m_source/l_sin_gen/Mul_6"


def exact_copy(folder: Path, cache: Path) -> Path:
    """The exact copy of the graph whose pieces lie in ``folder``: beside them, else in ``cache``, where it is written
    on first use."""
    name = f"exact{_LAYOUT}.onnx"
    path = cache / "voices" / f"kokoro-{JOINED_SHA256[:16]}-{name}"
    beside = folder / name
    if not beside.is_file() and not path.is_file():
        _write_exact_copy(folder, path)
    return beside if beside.is_file() else path


def prepare(folder: Path) -> Path:
    """Write the exact copy beside the pieces in ``folder``, where it is not yet."""
    path = folder / f"exact{_LAYOUT}.onnx"
    if not path.is_file():
        _write_exact_copy(folder, path)
    return path


def _write_exact_copy(folder: Path, path: Path) -> None:
    try:
        import onnx
    except ImportError as error:
        raise MissingEngine("Preparing Kokoro's network needs the package onnx: pip install onnx.") from error
    model = onnx.load_model_from_string(_joined(folder))
    in_floats(model, _GENERATOR)
    _open_up(model)
    write_atomically(path, model.SerializeToString())


def _joined(folder: Path) -> bytes:
    whole = b"".join((folder / f"model.part{number}").read_bytes() for number in range(1, PIECES + 1))
    if hashlib.sha256(whole).hexdigest() != JOINED_SHA256:
        raise EngineError(
            f"Kokoro's network in {folder} is damaged: `govorun models remove kokoro`, then"
            " `govorun models pull kokoro`."
        )
    return whole


def _open_up(model: onnx.ModelProto) -> None:
    from onnx import TensorProto, helper

    graph = model.graph
    nodes = {node.name: node for node in graph.node}
    graph.node.append(helper.make_node("Identity", [_ROUNDED], [DURATIONS]))
    graph.output.append(helper.make_tensor_value_info(DURATIONS, TensorProto.FLOAT, None))
    _take_lengths(graph, nodes[_SPED])
    _take_pitches(graph)
    _take_noise(graph, nodes[_SINES])


def _take_lengths(graph: onnx.GraphProto, sped: onnx.NodeProto) -> None:
    from onnx import TensorProto, helper

    sped.op_type = "Mul"
    sped.input[1] = LENGTHS
    graph.input.remove(next(given for given in graph.input if given.name == "speed"))
    graph.input.append(helper.make_tensor_value_info(LENGTHS, TensorProto.FLOAT, [1, "sequence_length"]))


def _take_pitches(graph: onnx.GraphProto) -> None:
    """f0 *= doubled(pitches @ alignment): the network gives two values of f0 a frame."""
    from onnx import TensorProto, helper

    position, source = next((i, node) for i, node in enumerate(graph.node) if _F0 in node.output)
    source.output[0] = raw = f"{_F0}/raw"
    nearest = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    made = [
        helper.make_node("MatMul", [PITCHES, _ALIGNMENT], [f"{PITCHES}/frames"]),
        helper.make_node("Resize", [f"{PITCHES}/frames", "", _DOUBLED], [f"{PITCHES}/doubled"], **nearest),
        helper.make_node("Mul", [raw, f"{PITCHES}/doubled"], [_F0]),
    ]
    _insert(graph, position + 1, made)
    graph.input.append(helper.make_tensor_value_info(PITCHES, TensorProto.FLOAT, [1, 1, "sequence_length"]))


def _take_noise(graph: onnx.GraphProto, sines: onnx.NodeProto) -> None:
    """sines += noise[:, arange(samples) mod capacity] times its amplitude, which depends on what is voiced."""
    from onnx import TensorProto, helper, numpy_helper

    def constant(label: str, value: Any) -> str:
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), f"{NOISE}/{label}"))
        return f"{NOISE}/{label}"

    def make(op: str, inputs: list[str], label: str, **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(op, inputs, [f"{NOISE}/{label}"], name=f"{NOISE}/{op}/{label}", **attributes)

    voiced, out = sines.input[1], sines.output[0]
    sines.output[0] = f"{out}/sines"
    zero, one = constant("zero", np.int64(0)), constant("one", np.int64(1))
    made = [
        make("Mul", [voiced, constant("less", np.float32(_VOICED - _UNVOICED))], "lessened"),
        make("Add", [f"{NOISE}/lessened", constant("most", np.float32(_UNVOICED))], "amplitude"),
        make("Shape", [voiced], "shape"),
        make("Gather", [f"{NOISE}/shape", one], "length", axis=0),
        make("Shape", [NOISE], "given"),
        make("Gather", [f"{NOISE}/given", one], "capacity", axis=0),
        make("Range", [zero, f"{NOISE}/length", one], "steps"),
        make("Mod", [f"{NOISE}/steps", f"{NOISE}/capacity"], "places"),
        make("Gather", [NOISE, f"{NOISE}/places"], "used", axis=1),
        make("Mul", [f"{NOISE}/used", f"{NOISE}/amplitude"], "scaled"),
        helper.make_node("Add", [f"{out}/sines", f"{NOISE}/scaled"], [out]),
    ]
    _insert(graph, next(i for i, node in enumerate(graph.node) if node.name == sines.name) + 1, made)
    graph.input.append(helper.make_tensor_value_info(NOISE, TensorProto.FLOAT, [1, "noise_length", HARMONICS]))


def _insert(graph: onnx.GraphProto, position: int, made: list[onnx.NodeProto]) -> None:
    for offset, node in enumerate(made):
        graph.node.insert(position + offset, node)

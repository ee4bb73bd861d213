"""A Piper voice made exact: its noise and its pace become inputs, its durations an output.

A Piper model draws noise inside the graph, from a generator that nobody can seed for one sentence, scales all
durations by one number, and keeps them to itself. The copy written here takes the noise from the caller (so the same
noise gives the same samples in any process), takes the length scale of every symbol, and returns the frames of every
symbol.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.core.artefacts import appearing
from avatar.core.errors import MissingEngine, VoiceError

if TYPE_CHECKING:
    import onnx

__all__ = ["CHANNELS", "DURATIONS", "LENGTHS", "NOISES", "exact_copy"]

DURATIONS = "symbol_frames"
"""Output: float32 [1, 1, symbols], frames of each symbol."""
LENGTHS = "symbol_lengths"
"""Input: float32 [1, 1, symbols], length scale of each symbol."""
NOISES = ("duration_noise", "voice_noise")
"""Inputs: float32 [1, channels, any], standard normal; read again from the start where the model needs more."""
CHANNELS = {NOISES[0]: 2, NOISES[1]: 192}

_LAYOUT = 1


def exact_copy(model: Path, sha256: str, cache: Path) -> Path:
    """The exact copy of voice ``model`` (with that ``sha256``) in folder ``cache``, written on first use.

    The operations that onnxruntime would fuse whenever it opens the copy are fused in it, which it does in a quarter of
    the time then; so each version of it has a copy of its own. The samples are the same. VoiceError for a model that
    is no Piper voice or cannot be run.
    """
    import onnxruntime

    name = f"{model.stem}-{sha256[:16]}-exact{_LAYOUT}-onnxruntime{onnxruntime.__version__}.onnx"
    path = cache / "voices" / name
    if path.is_file():
        return path
    try:
        import onnx
    except ImportError as error:
        raise MissingEngine("Preparing a Piper voice needs the package onnx: pip install onnx.") from error
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        graph = onnx.load(str(model))
    except (DecodeError, OSError, ValueError) as error:
        raise VoiceError(f"{model.name} is no ONNX voice: {error}") from error
    _open_up(graph, model.name)
    with appearing(path) as partial:
        _write_fused(graph.SerializeToString(), partial, model.name)
    return path


def _write_fused(model: bytes, path: Path, name: str) -> None:
    """What onnxruntime makes of ``model`` without a look at this processor, at ``path``."""
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf

    settings = onnxruntime.SessionOptions()
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    settings.optimized_model_filepath = str(path)
    settings.log_severity_level = 3
    try:
        onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    except (Fail, InvalidGraph, InvalidProtobuf) as error:
        raise VoiceError(f"{name} cannot be run as a Piper voice, it may be damaged: {error}") from error


def _open_up(model: onnx.ModelProto, name: str) -> None:
    nodes = model.graph.node
    ceilings = [node for node in nodes if node.op_type == "Ceil"]
    random = [node for node in nodes if node.op_type == "RandomNormalLike"]
    if len(ceilings) != 1 or len(random) != 2:
        raise VoiceError(f"{name} is built unlike a Piper voice: one Ceil and two RandomNormalLike nodes are expected.")
    _expose_durations(model, ceilings[0])
    _take_lengths(model, ceilings[0], name)
    for node in random:
        _take_noise(model, node, NOISES[0] if "/dp/" in node.name else NOISES[1])


def _expose_durations(model: onnx.ModelProto, ceiling: onnx.NodeProto) -> None:
    from onnx import TensorProto, helper

    model.graph.node.append(helper.make_node("Identity", [ceiling.output[0]], [DURATIONS]))
    model.graph.output.append(helper.make_tensor_value_info(DURATIONS, TensorProto.FLOAT, None))


def _take_lengths(model: onnx.ModelProto, ceiling: onnx.NodeProto, name: str) -> None:
    """The scalar that multiplies the durations just before they are rounded up becomes an input per symbol."""
    from onnx import TensorProto, helper

    producers = {output: node for node in model.graph.node for output in node.output}
    product = producers[ceiling.input[0]]
    for index, source in enumerate(product.input):
        if product.op_type == "Mul" and source in producers and "scales" in producers[source].input:
            product.input[index] = LENGTHS
            model.graph.input.append(helper.make_tensor_value_info(LENGTHS, TensorProto.FLOAT, [1, 1, "symbols"]))
            return
    raise VoiceError(f"{name} is built unlike a Piper voice: its length scale was not found.")


def _take_noise(model: onnx.ModelProto, node: onnx.NodeProto, name: str) -> None:
    """noise[:, :channels, arange(length) mod capacity] in place of the random node, sized like its input."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    def constant(label: str, value: list[int] | int) -> str:
        full = f"{name}/{label}"
        model.graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), full))
        return full

    def make(op: str, inputs: list[str], label: str, **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(op, inputs, [f"{name}/{label}"], name=f"{name}/{op}/{label}", **attributes)

    zero, one, two = constant("zero", 0), constant("one", 1), constant("two", 2)
    position = next(i for i, other in enumerate(model.graph.node) if other.name == node.name)
    chain = [
        make("Shape", [node.input[0]], "shape"),
        make("Gather", [f"{name}/shape", two], "length", axis=0),
        make("Gather", [f"{name}/shape", one], "channels", axis=0),
        make("Shape", [name], "given"),
        make("Gather", [f"{name}/given", two], "capacity", axis=0),
        make("Range", [zero, f"{name}/length", one], "steps"),
        make("Range", [zero, f"{name}/channels", one], "rows"),
        make("Mod", [f"{name}/steps", f"{name}/capacity"], "places"),
        make("Gather", [name, f"{name}/rows"], "used", axis=1),
        helper.make_node("Gather", [f"{name}/used", f"{name}/places"], [node.output[0]], axis=2),
    ]
    model.graph.node.remove(node)
    for offset, made in enumerate(chain):
        model.graph.node.insert(position + offset, made)
    model.graph.input.append(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, CHANNELS[name], f"{name}_length"])
    )

"""The network inside a Piper voice: its weights under the names that they had in training.

The exporter of PyTorch keeps most names. It folds weight norm, which leaves the weight of a layer anonymous beside its
bias; it folds the scale of one affine layer; and it may hand the name of an input to the symbol embedding. What a
tensor is can be told in each case from the node that uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar.core.errors import MissingEngine, VoiceError

if TYPE_CHECKING:
    import onnx

__all__ = ["Network", "read_network"]

_SYMBOLS, _SPEAKERS = "enc_p.emb.weight", "emb_g.weight"
_SHIFT, _LOG_SCALE = "dp.flows.0.m", "dp.flows.0.logs"


@dataclass(frozen=True)
class Network:
    """``weights``: float32 arrays by parameter, weight norm folded. ``strides``, ``dilations``: of layers by module."""

    weights: Mapping[str, np.ndarray]
    strides: Mapping[str, int]
    dilations: Mapping[str, int]


def read_network(model: Path) -> Network:
    """Read the ONNX file ``model``; VoiceError where it is damaged or is no Piper voice."""
    graph = _graph(model)
    tensors = _float_arrays(graph)
    weights: dict[str, np.ndarray] = {}
    strides: dict[str, int] = {}
    dilations: dict[str, int] = {}
    named = {name for name in tensors if "::" not in name and not name.startswith("/")}
    used: set[str] = set()
    for node in graph.node:
        if node.op_type in ("Conv", "ConvTranspose") and node.input[1] in tensors:
            module = _module(node, named)
            weights[f"{module}.weight"] = tensors[node.input[1]]
            strides[module] = _attribute(node, "strides")
            dilations[module] = _attribute(node, "dilations")
            used.add(node.input[1])
        elif node.op_type == "Gather" and node.input[0] in tensors and tensors[node.input[0]].ndim == 2:
            weights[_embedding(node, graph)] = tensors[node.input[0]]
            used.add(node.input[0])
    weights |= {name: tensors[name] for name in named - used}
    used |= named | _read_scale(graph, tensors, weights)
    _check(model.name, weights, {name for name in tensors if tensors[name].ndim} - used)
    return Network(weights, strides, dilations)


def _graph(model: Path) -> onnx.GraphProto:
    try:
        import onnx
    except ImportError as error:
        raise MissingEngine("Reading a Piper voice needs the package onnx: pip install onnx.") from error
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        return onnx.load(str(model)).graph
    except (DecodeError, OSError, ValueError) as error:
        raise VoiceError(f"{model.name} is no ONNX voice: {error}") from error


def _float_arrays(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    from onnx import TensorProto, numpy_helper

    return {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if tensor.data_type == TensorProto.FLOAT
    }


def _module(node: onnx.NodeProto, named: set[str]) -> str:
    """The layer of a convolution: its bias keeps its name where its weight does not."""
    if len(node.input) > 2 and node.input[2] in named:
        return node.input[2].removesuffix(".bias")
    return node.input[1].removesuffix(".weight")


def _attribute(node: onnx.NodeProto, name: str) -> int:
    return next((int(attribute.ints[0]) for attribute in node.attribute if attribute.name == name), 1)


def _embedding(node: onnx.NodeProto, graph: onnx.GraphProto) -> str:
    return _SYMBOLS if node.input[1] == graph.input[0].name else _SPEAKERS


def _read_scale(graph: onnx.GraphProto, tensors: Mapping[str, np.ndarray], weights: dict[str, np.ndarray]) -> set[str]:
    """exp(-log scale) follows the shift of the same layer, folded to a constant before or after the exponential.

    Sets the log scale and returns the name of that constant.
    """
    if _LOG_SCALE in weights:
        return set()
    producers = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        if node.op_type != "Mul" or node.input[0] not in producers or _SHIFT not in producers[node.input[0]].input:
            continue
        factor = producers.get(node.input[1])
        if factor is None and node.input[1] in tensors:
            weights[_LOG_SCALE] = -np.log(tensors[node.input[1]])
            return {node.input[1]}
        if factor is not None and factor.op_type == "Exp" and factor.input[0] in tensors:
            weights[_LOG_SCALE] = -tensors[factor.input[0]]
            return {factor.input[0]}
    return set()


def _check(name: str, weights: Mapping[str, np.ndarray], unknown: set[str]) -> None:
    missing = [key for key in (_SYMBOLS, _SHIFT, _LOG_SCALE, "dec.conv_pre.weight") if key not in weights]
    if missing:
        raise VoiceError(f"{name} is no Piper voice: it has no {missing[0]}.")
    if unknown:
        raise VoiceError(f"{name} is built unlike a Piper voice: nothing is known of its {sorted(unknown)[0]}.")

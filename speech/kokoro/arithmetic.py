"""Integer convolutions of a dynamically quantised graph → float ones, their weights still stored as bytes.

onnxruntime's integer convolution is slower than its float one, and quantising every activation comes on top. Here an
integer convolution becomes a float one of the weights ``(bytes - zero point) * scale``, which onnxruntime computes
once, when it loads the graph, and of height 1, because convolutions in two dimensions have the faster kernels.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from avatar.core.errors import EngineError

if TYPE_CHECKING:
    import onnx

__all__ = ["in_floats"]

_HEIGHT = "height_axis"


def in_floats(model: onnx.ModelProto, prefix: str) -> None:
    """Rewrite the convolutions of ``model`` whose names begin with ``prefix``, in place; EngineError where it is built
    otherwise than dynamic quantisation leaves it."""
    _Rewriting(model.graph).run(prefix)


class _Rewriting:
    """The graph with what makes and what takes each of its values."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.graph = graph
        self.constants = {tensor.name: tensor for tensor in graph.initializer}
        self.makers = {output: node for node in graph.node for output in node.output}
        self.takers: dict[str, list[onnx.NodeProto]] = defaultdict(list)
        for node in graph.node:
            for given in node.input:
                self.takers[given].append(node)
        self.replaced: dict[str, list[onnx.NodeProto]] = {}
        self.weights: set[str] = set()

    def run(self, prefix: str) -> None:
        self._constant(_HEIGHT, np.array([2], np.int64))
        for node in list(self.graph.node):
            if node.op_type == "ConvInteger" and node.name.startswith(prefix):
                self._floated(node)
        self._write()

    def _floated(self, node: onnx.NodeProto) -> None:
        """quantised x · w (+ bias) → Cast → times the scales; all of it becomes one convolution of floats."""
        quantised = self._maker(node.input[0], "DynamicQuantizeLinear")
        after = self._only_taker(node)
        bias = []
        if after.op_type == "Add":
            bias, after = [self._bias(after, node.output[0])], self._only_taker(after)
        scaled = self._only_taker(after)
        scales = next(self.makers[name] for name in scaled.input if self._multiplies(name, quantised.output[1]))
        scale = next(name for name in scales.input if name != quantised.output[1])
        weight, made = self._weight(node.input[1], node.input[3], scale)
        made += self._convolution(node, [quantised.input[0], weight, *bias], scaled.output[0])
        self.replaced[scaled.output[0]] = made

    def _convolution(self, node: onnx.NodeProto, inputs: list[str], output: str) -> list[onnx.NodeProto]:
        from onnx import helper

        high = helper.make_node("Conv", [f"{output}/high", *inputs[1:]], [f"{output}/wide"])
        for attribute in node.attribute:
            values = helper.get_attribute_value(attribute)
            if attribute.name == "pads":
                values = [0, values[0], 0, values[1]]
            elif attribute.name in ("kernel_shape", "strides", "dilations"):
                values = [1, *values]
            high.attribute.append(helper.make_attribute(attribute.name, values))
        return [
            helper.make_node("Unsqueeze", [inputs[0], _HEIGHT], [f"{output}/high"]),
            high,
            helper.make_node("Squeeze", [f"{output}/wide", _HEIGHT], [output]),
        ]

    def _bias(self, added: onnx.NodeProto, product: str) -> str:
        """The float bias behind its quantisation: Div → Floor → Cast → Reshape → Add."""
        name = next(given for given in added.input if given != product)
        for kind in ("Reshape", "Cast", "Floor", "Div"):
            name = self._maker(name, kind).input[0]
        return name

    def _weight(self, stored: str, zero: str, scale: str) -> tuple[str, list[onnx.NodeProto]]:
        """The name of a weight in floats, of height 1, and the nodes that compute it where none did before."""
        from onnx import helper

        name = f"{stored}/float"
        if name in self.weights:
            return name, []
        self.weights.add(name)
        made = self._dequantised(stored, zero, scale, f"{name}/flat")
        return name, [*made, helper.make_node("Unsqueeze", [f"{name}/flat", _HEIGHT], [name])]

    def _dequantised(self, stored: str, zero: str, scale: str, name: str) -> list[onnx.NodeProto]:
        """name = (stored - zero) * scale; zero and scale are numbers or, one a channel, vectors."""
        from onnx import TensorProto, helper, numpy_helper

        for label, source in (("zero", zero), ("scale", scale)):
            array = numpy_helper.to_array(self.constants[source]).astype(np.float32)
            self._constant(f"{name}/{label}", array.reshape(-1, 1, 1) if array.size > 1 else array.reshape(()))
        return [
            helper.make_node("Cast", [stored], [f"{name}/cast"], to=TensorProto.FLOAT),
            helper.make_node("Sub", [f"{name}/cast", f"{name}/zero"], [f"{name}/centred"]),
            helper.make_node("Mul", [f"{name}/centred", f"{name}/scale"], [name]),
        ]

    def _write(self) -> None:
        """Put the new nodes in the place of those whose output they make, and leave out what nobody takes any more."""
        nodes: list[onnx.NodeProto] = []
        for node in self.graph.node:
            nodes += self.replaced.get(node.output[0], [node])
        needed = {output.name for output in self.graph.output}
        kept: list[onnx.NodeProto] = []
        for node in reversed(nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        constants = [tensor for tensor in self.graph.initializer if tensor.name in needed]
        del self.graph.node[:], self.graph.initializer[:]
        self.graph.node.extend(reversed(kept))
        self.graph.initializer.extend(constants)

    def _constant(self, name: str, value: np.ndarray) -> None:
        from onnx import numpy_helper

        self.graph.initializer.append(numpy_helper.from_array(value, name))

    def _multiplies(self, name: str, factor: str) -> bool:
        maker = self.makers.get(name)
        return maker is not None and maker.op_type == "Mul" and factor in maker.input

    def _maker(self, name: str, kind: str) -> onnx.NodeProto:
        maker = self.makers.get(name)
        if maker is None or maker.op_type != kind:
            raise EngineError(f"The network is built unlike Kokoro's: {name} does not come from a {kind}.")
        return maker

    def _only_taker(self, node: onnx.NodeProto) -> onnx.NodeProto:
        takers = self.takers[node.output[0]]
        if len(takers) != 1:
            raise EngineError(f"The network is built unlike Kokoro's: {node.output[0]} is taken {len(takers)} times.")
        return takers[0]

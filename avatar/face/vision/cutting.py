"""Take a part of a TFLite graph out as a model of its own.

The attention mesh mixes layers that every runtime knows with three operations that only its authors' library has. Cut
between them, the layers run in any runtime and the three operations are a few lines of numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers

__all__ = ["Model"]

_IDENTIFIER = b"TFL3"


class Model:
    """A model that is read once, to be cut more than once: reading takes longer than most runs of it."""

    def __init__(self, content: bytes) -> None:
        self._model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
        self._length = len(content)

    def cut(self, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
        """The model that leads from the tensors ``inputs`` to the tensors ``outputs`` of this one.

        KeyError where it has no tensor of such a name.
        """
        graph = copy(self._model.subgraphs[0])
        numbers = {tensor.name.decode(): number for number, tensor in enumerate(graph.tensors)}
        starts, ends = [numbers[name] for name in inputs], [numbers[name] for name in outputs]
        graph.operators = _between(graph.operators, starts, ends)
        graph.inputs, graph.outputs = starts, ends
        model = copy(self._model)
        model.subgraphs, model.signatureDefs = [graph, *model.subgraphs[1:]], []
        builder = flatbuffers.Builder(self._length)
        builder.Finish(model.Pack(builder), _IDENTIFIER)
        return bytes(builder.Output())

    def operation_options(self, name: str) -> list[dict[str, Any]]:
        """The options of every operation ``name`` that is not one of TFLite's own, in the order of the graph."""
        codes = [code.customCode for code in self._model.operatorCodes]
        wanted = [one for one in self._model.subgraphs[0].operators if codes[one.opcodeIndex] == name.encode()]
        return [flexbuffers.Loads(bytes(one.customOptions)) for one in wanted]


def _between(operators: Sequence[Any], starts: Sequence[int], ends: Sequence[int]) -> list[Any]:
    """The operators that ``ends`` need when ``starts`` are given, in their order."""
    needed, kept = set(ends), []
    for operator in reversed(operators):
        if needed.isdisjoint(operator.outputs) or not set(starts).isdisjoint(operator.outputs):
            continue
        kept.append(operator)
        needed.update(number for number in operator.inputs if number >= 0)
    return kept[::-1]

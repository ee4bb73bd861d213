"""A network of the face ready to run, from the weights ``face`` of the cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar.core.places import cache_folder
from avatar.core.progress import Progress
from avatar.core.weights import locate, pull, state
from avatar.face.vision.silence import quiet

__all__ = ["WEIGHTS", "Network", "fetch_networks", "network_file"]

WEIGHTS = "face"


class Network:
    """One TFLite model in memory; not safe to run in two threads at once."""

    def __init__(self, content: bytes) -> None:
        """Load the model whose bytes are ``content``; one thread, so that results do not depend on the machine's."""
        from ai_edge_litert.interpreter import Interpreter

        with quiet():
            self._interpreter = Interpreter(model_content=content, num_threads=1)
            self._interpreter.allocate_tensors()
        self._inputs = [detail["index"] for detail in self._interpreter.get_input_details()]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]

    def run(self, *inputs: np.ndarray) -> tuple[np.ndarray, ...]:
        """The outputs for ``inputs``, each without the leading axis of the batch; float32."""
        for number, values in zip(self._inputs, inputs, strict=True):
            self._interpreter.set_tensor(number, values[None])
        self._interpreter.invoke()
        return tuple(self._interpreter.get_tensor(number)[0] for number in self._outputs)


def network_file(name: str) -> Path:
    """Where the network ``name`` lies; MissingEngine with the command that gets it where it does not."""
    return locate(WEIGHTS, cache_folder()) / name


def fetch_networks(progress: Progress) -> None:
    """Pull the networks of the face where they are not here yet: once, about 36 MB.

    MissingEngine where that fails, with what to do.
    """
    if not state(WEIGHTS, cache_folder()).ready:
        pull(WEIGHTS, cache_folder(), progress)

"""Published weights → networks, strictly: every name and shape, or an error that says which network lacks what."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from avatar.core.errors import EngineError, MissingEngine, OptionError

__all__ = ["check", "check_precision", "fill", "present", "read_pickle", "shapes_of"]

_SHOWN = 4
_DAMAGE = (  # what torch.load and a look inside raise, by where a file is broken
    pickle.UnpicklingError, struct.error, RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError,
)  # fmt: skip


def present(path: Path, name: str) -> Path:
    """``path``, or MissingEngine with the command that gets the weights ``name``."""
    if not path.is_file():
        raise MissingEngine(f"{path} is not there: run `govorun models pull {name}`.")
    return path


def check_precision(device: str, half: bool, compiled: bool) -> None:
    """OptionError where half precision or compilation is asked for on a device that gains nothing from it."""
    if (half or compiled) and torch.device(device).type != "cuda":
        raise OptionError(f"Half precision and compilation need device cuda, not {device}.")


def read_pickle(path: Path, entries: Iterable[str], what: str, name: str) -> dict[str, dict[str, torch.Tensor]]:
    """State dicts in the pickle ``path`` by ``entries``; the entry "" is the file itself. Nothing but plain tensors is
    ever read. EngineError where they are not there; ``what`` the file should hold, ``name`` of the weights."""
    try:
        held = torch.load(present(path, name), map_location="cpu", weights_only=True)
        states = {entry: dict(held[entry] if entry else held) for entry in entries}
        for state in states.values():
            shapes_of(state)
    except _DAMAGE as error:
        advice = _advice(name)
        raise EngineError(f"{path} is damaged or holds no {what} ({_first_line(error)}). {advice}") from error
    return states


def shapes_of(state: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor of ``state``."""
    return {key: tuple(tensor.shape) for key, tensor in state.items()}


def fill(network: nn.Module, state: Mapping[str, torch.Tensor]) -> None:
    """Give ``network`` the weights ``state``, and make it ready to run."""
    network.load_state_dict(state, strict=True, assign=True)
    network.requires_grad_(False).eval()


def check(
    path: Path, expected: Mapping[str, torch.Tensor], found: Mapping[str, tuple[int, ...]], whose: str, name: str
) -> None:
    """EngineError that lists by network what is missing, unexpected or of another shape; the first part of a key is
    the network's name. ``whose`` networks they should be; ``name`` of the weights."""
    other = [key for key in expected.keys() & found.keys() if tuple(expected[key].shape) != found[key]]
    faults = {
        "missing": expected.keys() - found.keys(),
        "unexpected": found.keys() - expected.keys(),
        "of another shape": other,
    }
    lines = [line for fault, keys in faults.items() for line in _by_network(fault, keys)]
    if lines:
        raise EngineError(f"{path} does not hold {whose} networks:\n" + "\n".join(lines) + f"\n{_advice(name)}")


def _advice(name: str) -> str:
    return f"Remove the file and run `govorun models pull {name}`."


def _by_network(fault: str, keys: Iterable[str]) -> list[str]:
    groups: dict[str, list[str]] = {}
    for key in sorted(keys):
        groups.setdefault(key.partition(".")[0], []).append(key.partition(".")[2])
    return [f"  {network}: {len(group)} {fault}: {_some(group)}" for network, group in groups.items()]


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:_SHOWN]) + (", ..." if len(keys) > _SHOWN else "")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

"""What a next-state model generates from what, how its files are written, and how a way is held and closed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from avatar.core.errors import MissingEngine
from motion.drift import orbit
from motion.next_state.model import NextState, _closed, _held, predicted_loop
from motion.next_state.networks import Shape, new_network
from motion.rotation import angle_between, geodesic, orthogonal_plane


class Sums(nn.Module):
    """Says the text, plus ten times the oldest state seen, plus the direction in the first place."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Tensor] = []

    def forward(self, texts: torch.Tensor, states: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        self.seen.append(states.clone())
        return texts + 10.0 * states[:, 0] + directions[:, None] * torch.tensor([1.0, 0.0])


def unit(seed: int, size: int = 6) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(size)
    return np.asarray(vector / np.linalg.norm(vector))


def test_each_state_is_said_from_those_before_it() -> None:
    network = Sums()
    model = NextState(network, Shape("simple", 2, 2, 3), {})
    past = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    found = model.generate(np.array([[0.5, 0.25]]), past, 4)
    assert found.shape == (1, 4, 2)
    assert network.seen[0].tolist() == [[[1.0, 2.0], [1.0, 2.0], [3.0, 4.0]]]
    assert found[0, 0].tolist() == [11.5, 20.25] and found[0, 1].tolist() == [11.5, 20.25]
    assert found[0, 2].tolist() == [31.5, 40.25] and found[0, 3].tolist() == [116.5, 202.75]
    longer = np.arange(10.0).reshape(1, 5, 2)
    model.generate(np.zeros((1, 2)), longer, 1)
    assert network.seen[-1].tolist() == longer[:, 2:].tolist()


def test_weights_are_halves_and_the_card_says_what_the_model_is(tmp_path: Path) -> None:
    shape = Shape("rotation", 6, 6, 2, 8)
    network = new_network(shape).eval()
    folder = tmp_path / "a" / "b"
    NextState(network, shape, {"encoder": "scene", "folder": tmp_path}).save(folder)
    NextState(network, shape, {"encoder": "scene", "folder": tmp_path}).save(folder)
    card = json.loads((folder / "next_state.json").read_text())
    assert card["shape"] == {"network": "rotation", "state": 6, "text": 6, "memory": 2, "width": 8}
    assert card["encoder"] == "scene" and card["folder"] == str(tmp_path)
    assert (folder / "next_state.json").read_bytes().startswith(b'{\n "shape": {\n')
    assert (folder / "next_state.json").read_bytes().endswith(b"}\n")
    stored = load_file(folder / "next_state.safetensors")
    assert {value.dtype for value in stored.values()} == {torch.float16} and set(stored) == set(network.state_dict())
    found = NextState.load(folder)
    assert found.shape == shape and found.facts == {"encoder": "scene", "folder": str(tmp_path)}
    assert not found.network.training
    for name, value in found.network.state_dict().items():
        assert value.dtype == torch.float32 and torch.allclose(value, network.state_dict()[name], atol=1e-3)


@pytest.mark.parametrize("damage", ["card", "weights", "shape", "key"])
def test_a_damaged_model_is_told_with_its_files(tmp_path: Path, damage: str) -> None:
    shape = Shape("simple", 6, 6, 2, 8)
    NextState(new_network(shape), shape, {}).save(tmp_path)
    if damage == "weights":
        (tmp_path / "next_state.safetensors").write_bytes(b"x")
    else:
        text = {"card": "{", "shape": json.dumps({"shape": {"network": "simple"}}), "key": "{}"}[damage]
        (tmp_path / "next_state.json").write_text(text)
    told = r"is missing or damaged \(next_state.safetensors, next_state.json\): train one with govorun train next-state"
    with pytest.raises(MissingEngine, match=told):
        NextState.load(tmp_path)


def test_what_leaves_the_cone_is_brought_back_to_its_edge() -> None:
    axis, far = unit(1), unit(2)
    whole = angle_between(axis, far)
    assert np.array_equal(_held(far, axis, whole + 1e-9), far)
    held = _held(far, axis, 0.3)
    assert np.allclose(held, geodesic(axis, far, 0.3 / whole)) and angle_between(axis, held) == pytest.approx(0.3)


def test_a_way_is_closed_by_spreading_what_is_left() -> None:
    first, second = unit(1), unit(2)
    whole = angle_between(first, second)
    way = geodesic(first, second, np.array([0.0, 0.1, 0.3, 0.4]))
    found = _closed(way)
    wanted = geodesic(first, second, np.array([0.0, 0.1 - 0.4 / 3, 0.3 - 0.8 / 3]))
    assert found.shape == (3, 6) and np.allclose(found, wanted, atol=1e-9)
    assert angle_between(found[2], found[0]) == pytest.approx(abs(0.3 - 0.8 / 3) * whole, abs=1e-9)


class Told(nn.Module):
    """Goes where the text says."""

    def forward(self, texts: torch.Tensor, states: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        return texts


def test_a_loop_goes_round_with_its_text_and_keeps_the_length_of_its_centre() -> None:
    centre = 3.0 * unit(1)
    plane = orthogonal_plane(centre[None], np.random.default_rng(0))
    found = predicted_loop(NextState(Told(), Shape("simple", 6, 6, 2), {}), centre, plane, 12.0, 8)
    texts = orbit(unit(1), plane, math.radians(12.0), np.arange(8) / 8)
    assert found.shape == (8, 6) and np.allclose(found, 3.0 * texts, atol=1e-5)


def test_another_number_of_dimensions_is_refused() -> None:
    plane = orthogonal_plane(unit(1)[None], np.random.default_rng(0))
    for shape in (Shape("simple", 5, 6), Shape("simple", 6, 5), Shape("simple", 5, 5)):
        with pytest.raises(ValueError, match=f"the model is for {shape.state} dimensions, not 6"):
            predicted_loop(NextState(Told(), shape, {}), unit(1), plane, 12.0, 8)

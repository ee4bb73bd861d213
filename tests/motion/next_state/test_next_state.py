"""The next-state model: its samples, its training, its files, and what is generated from it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from avatar.core.errors import Cancelled, InputError, MediaError, MissingEngine, OptionError
from avatar.core.progress import Progress, silent
from avatar.core.types import Size
from motion.drift import Strengths, generator_for
from motion.next_state import training
from motion.next_state.clips import HELD_OUT, Clip, drawn_frames, film_clips
from motion.next_state.model import NextState, predicted_loop
from motion.next_state.modes import MODES, draw_batch, window
from motion.next_state.networks import NETWORKS, Shape, new_network
from motion.next_state.predicted import Predicted
from motion.next_state.training import Config, fit, read_config, train
from motion.next_state.trial import look_ahead
from motion.rotation import Rotation, angle_between, geodesic, orthogonal_plane, rotation_between
from tests.motion.films import moving, write

_DIMENSION = 12
both = pytest.mark.parametrize("network", sorted(NETWORKS))


class Means:
    """An encoder of mean colours."""

    name, dimension, size = "means", _DIMENSION, Size(32, 18)

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        halves = pictures.astype(np.float32).reshape(len(pictures), 2, 9, 2, 16, 3).mean(axis=(2, 4)).reshape(-1, 12)
        unit: np.ndarray = halves / np.linalg.norm(halves, axis=1, keepdims=True)
        return unit

    def encode_texts(self, texts: list[str]) -> np.ndarray:
        return np.stack([unit(len(text)) for text in texts])


def unit(seed: int) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(_DIMENSION).astype(np.float32)
    return vector / np.linalg.norm(vector)


def clip(seed: int, length: int = 14) -> Clip:
    """From anywhere to the text, half of what is left in six steps, and a little noise."""
    there, here = unit(2 * seed), unit(2 * seed + 1)
    way = geodesic(here, there, 1.0 - 0.89 ** np.arange(length)).astype(np.float32)
    way = way + 0.004 * np.random.default_rng(seed).standard_normal(way.shape).astype(np.float32)
    return Clip(way / np.linalg.norm(way, axis=1, keepdims=True), there, f"clip {seed}")


CLIPS = [clip(seed) for seed in range(36)]
QUICK = Config(scenes=8, epochs=3, batches=4, batch=8, width=16, memory=2)


def weights(model: NextState) -> np.ndarray:
    return np.concatenate([value.numpy().ravel() for value in model.network.state_dict().values()])


@both
def test_one_seed_gives_one_result(network: str) -> None:
    config = dataclasses.replace(QUICK, network=network)
    first, again, other = (
        weights(fit(CLIPS, each, silent())) for each in (config, config, dataclasses.replace(config, seed=1))
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_it_sees_further_than_staying_and_rotating_on() -> None:
    config = Config(network="rotation", epochs=12, batches=12, batch=32, width=24, memory=2)
    model = fit(CLIPS, config, silent())
    for seen in look_ahead(model, [clip(seed) for seed in range(100, 112)], (1, 4)):
        assert seen.model.mean() > seen.stay.mean()
        assert seen.model.mean() > seen.rotate.mean()


@both
def test_a_new_network_goes_half_a_step_on(network: str) -> None:
    shape = Shape(network, _DIMENSION, _DIMENSION, 3, 16)
    states = torch.from_numpy(np.stack([CLIPS[k].states[:3] for k in range(5)]))
    said = new_network(shape)(torch.from_numpy(np.stack([CLIPS[k].text for k in range(5)])), states, torch.ones(5))
    assert said.shape == (5, _DIMENSION)
    assert torch.allclose(said.norm(dim=1), torch.ones(5), atol=1e-5)
    step = rotation_between(states[:, -2].numpy(), states[:, -1].numpy())
    half = Rotation(step.plane, 0.5 * step.angle).apply(states[:, -1].numpy())
    assert np.degrees(angle_between(said.detach().numpy(), half)).max() < 0.2 * np.degrees(step.angle).min()


@pytest.mark.parametrize("mode", MODES)
def test_what_a_sample_of_each_mode_is(mode: str) -> None:
    line = Clip(geodesic(unit(1), unit(2), np.arange(10) / 10.0).astype(np.float32), unit(3), "line")
    step = float(angle_between(line.states[0], line.states[1]))

    def stays(texts: torch.Tensor, states: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        return states[:, -1]

    batch = draw_batch([line], mode, 16, 2, generator_for(0, "test"), stays)
    assert batch.states.shape == (16, 2, _DIMENSION) and batch.texts.shape == batch.targets.shape == (16, _DIMENSION)
    assert (batch.directions == (-1.0 if mode == "back" else 1.0)).all()
    present, targets = batch.states[:, -1].numpy(), batch.targets.numpy()
    ahead = angle_between(present, targets) / step
    begins = angle_between(line.states[:1], present) / step
    if mode == "diff":
        assert np.allclose(ahead, ahead[0], atol=1e-2) and round(float(ahead[0])) in (2, 3, 4)
    else:
        assert np.allclose(ahead, 1.0, atol=1e-2)
    between = np.abs(begins - begins.round()).max() > 1e-2
    assert between == (mode == "rotation")
    goes_on = angle_between(line.states[:1], targets) > angle_between(line.states[:1], present)
    assert goes_on.all() == (mode != "back")


def test_the_past_before_the_beginning_is_the_first_state() -> None:
    states = np.arange(5)[:, None]
    assert window(states, 0, 3).ravel().tolist() == [0, 0, 0]
    assert window(states, 3, 3).ravel().tolist() == [1, 2, 3]


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "drawn_clips", lambda *rest: CLIPS)
    monkeypatch.setattr(training, "encoder_of", lambda name: Means())
    whole = train(tmp_path / "whole", QUICK, silent())
    calls = []

    def stop(fraction: float, message: str) -> None:
        calls.append(message)
        if message.startswith("epoch 2"):
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        train(tmp_path / "stopped", QUICK, Progress(stop))
    monkeypatch.setattr(training, "drawn_clips", None)
    resumed = train(tmp_path / "stopped", QUICK, silent())
    assert np.array_equal(weights(whole), weights(resumed))
    folder = tmp_path / "stopped"
    assert len((folder / "losses.csv").read_text().splitlines()) == 4
    assert (folder / "losses.png").stat().st_size > 1000
    loaded = NextState.load(folder / "model")
    assert np.allclose(weights(loaded), weights(whole), atol=1e-3) and loaded.facts["encoder"] == "scene"
    with pytest.raises(OptionError, match="another configuration"):
        train(folder, dataclasses.replace(QUICK, seed=3), silent())


def test_it_ends_early_where_nothing_gets_better(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_RATE", 0.0)
    assert fit(CLIPS, dataclasses.replace(QUICK, epochs=30, patience=2), silent()).facts["epochs"] == 3


def test_films_of_a_folder_with_words_beside_them(tmp_path: Path) -> None:
    write(tmp_path / "plain.mp4", moving(24))
    write(tmp_path / "told.mp4", moving(24))
    (tmp_path / "told.txt").write_text("a disc\n", encoding="utf-8")
    plain, told = film_clips(tmp_path, Means(), 4.0, silent())
    assert plain.states.shape == told.states.shape == (12, _DIMENSION)
    assert np.array_equal(plain.text, plain.states[-1]) and np.array_equal(told.text, unit(len("a disc")))
    write(tmp_path / "zshort.mp4", moving(4))
    with pytest.raises(MediaError, match=r"zshort\.mp4 is too short"):
        film_clips(tmp_path, Means(), 4.0, silent())
    with pytest.raises(OptionError, match="no film"):
        film_clips(tmp_path / "nothing", Means(), 4.0, silent())


def test_drawn_scenes_move_towards_what_their_sentence_says() -> None:
    name, told, frames = drawn_frames(HELD_OUT[0], 5, 6, Means())
    assert name.startswith(HELD_OUT[0]) and told.endswith(name.rpartition(" to ")[2])
    assert frames.shape == (6, 18, 32, 3)
    assert np.array_equal(frames, drawn_frames(HELD_OUT[0], 5, 6, Means())[2])
    assert np.abs(np.diff(frames.astype(int), axis=0)).mean() > 0.0


def test_a_predicted_way_is_closed_near_its_prompt_and_repeats() -> None:
    model = fit(CLIPS, QUICK, silent())
    centre = 3.0 * unit(1).astype(np.float64)
    plane = orthogonal_plane(centre[None], generator_for(0, "test"))
    loop = predicted_loop(model, centre, plane, 18.0, 16)
    assert np.allclose(np.linalg.norm(loop, axis=1), 3.0)
    assert np.degrees(angle_between(centre[None], loop)).max() < 20.0
    steps = angle_between(loop, np.roll(loop, -1, axis=0))
    assert steps[-1] < 3.0 * np.median(steps) + 1e-6
    driven = Predicted(model, Strengths(18.0, 15.0), 12.0, 0, 16)
    way = driven.vectors(centre, np.array([0.0, 0.3, 1.0]))
    assert np.allclose(way[0], way[2]) and not np.allclose(way[0], way[1])
    still = dataclasses.replace(driven, strengths=Strengths(0.0, 15.0)).vectors(centre, np.array([0.0, 0.3]))
    assert np.array_equal(still, [centre, centre])
    with pytest.raises(OptionError, match="next_state=FOLDER"):
        driven.vectors(np.ones(5), np.array([0.0]))


def test_configurations_are_read_from_files_and_checked(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text('mode = "back"\nepochs = 7\n', encoding="utf-8")
    (tmp_path / "run.json").write_text(json.dumps({"mode": "diff", "held_out": ["ocean"]}), encoding="utf-8")
    assert read_config(tmp_path / "run.toml", {"epochs": 9}) == Config(mode="back", epochs=9)
    assert read_config(tmp_path / "run.json", {}) == Config(mode="diff", held_out=("ocean",))
    for options, said in (
        ({"mode": "sideways"}, "choose normal"),
        ({"depth": 2}, "known are"),
        ({"epochs": 0}, "1 to"),
    ):
        with pytest.raises(OptionError, match=said):
            read_config(None, options)
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    with pytest.raises(OptionError, match="neither JSON nor TOML"):
        read_config(tmp_path / "bad.json", {})
    with pytest.raises(InputError):
        read_config(tmp_path / "absent.json", {})


def test_a_model_that_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingEngine, match="govorun train next-state"):
        NextState.load(tmp_path)
    fit(CLIPS, QUICK, silent()).save(tmp_path)
    (tmp_path / "next_state.safetensors").write_bytes(b"nothing")
    with pytest.raises(MissingEngine, match="damaged"):
        NextState.load(tmp_path)

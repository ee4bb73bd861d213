"""The video models with tiny random weights: clips, loops, drift, what is refused before anything is loaded."""

from __future__ import annotations

import functools
import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from PIL import Image

from avatar.core.errors import Cancelled, EngineError, MissingEngine, OptionError
from avatar.core.media import VideoWriter
from avatar.core.pipeline_folder import parameters
from avatar.core.progress import Progress, silent
from avatar.core.types import BackdropPlan, Size
from motion import ENGINES, BackdropOptions
from motion.engines.gen1 import depth, edges
from motion.engines.text2video_zero import LooksAtTheFirst, shifted
from motion.engines.video import crossfaded, loop_of
from motion.magic.network import new_adapter
from tests.diffusion_models import tiny_unet

_SIZE = Size(96, 64)
_QUICK: dict[str, dict[str, str]] = {
    "animatediff": {"frames": "6", "side": "64"},
    "text2video-zero": {"frames": "4", "side": "64", "steps": "4"},
    "svd": {"frames": "4", "side": "64"},
    "i2vgen-xl": {"frames": "4", "side": "64"},
    "wan": {"frames": "9", "side": "32"},
    "wan-i2v": {"frames": "9", "side": "32"},
    "kandinsky5": {"frames": "9", "side": "32"},
    "kandinsky5-i2v": {"frames": "17", "side": "32"},
    "gen1": {"frames": "5", "side": "64"},
    "magic": {"frames": "6", "side": "64"},
}
_PICTURED = ("svd", "i2vgen-xl", "wan-i2v", "kandinsky5-i2v")
every_model = pytest.mark.parametrize("model", sorted(_QUICK))


@pytest.fixture(scope="session")
def given(tmp_path_factory: pytest.TempPathFactory, video_models: dict[str, Path]) -> dict[str, dict[str, str]]:
    """For each model: its folder and what else it needs."""
    folder = tmp_path_factory.mktemp("given")
    picture, film = folder / "picture.png", folder / "film.mp4"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8)).save(picture)
    with VideoWriter(film, _SIZE, 8.0) as writer:
        for place in range(10, 64, 9):
            frame = np.full((64, 96, 3), 40, np.uint8)
            frame[20:44, place : place + 24] = (200, 120, 40)
            writer.write(frame)
    adapter = {"model": str(video_models["sd"]), "adapter": str(video_models["adapter"])}
    own = {name: {"model": str(video_models[name])} for name in _QUICK if name in video_models}
    own |= {"animatediff": adapter, "text2video-zero": {"model": str(video_models["sd"])}}
    own["magic"] = {"model": str(video_models["sd"]), "adapter": str(video_models["magic"])}
    own["gen1"] = adapter | {"controlnet": str(video_models["controlnet"]), "film": str(film)}
    return {
        name: {"steps": "2"} | _QUICK[name] | own[name] | ({"picture": str(picture)} if name in _PICTURED else {})
        for name in _QUICK
    }


def engine_of(model: str) -> str:
    return model.removesuffix("-i2v")


def options(own: dict[str, str], prompt: str = "calm ocean at dusk", seed: int = 0) -> BackdropOptions:
    return BackdropOptions(_SIZE, prompt, seed, engine_options=own)


def planned(given: dict[str, dict[str, str]], model: str, seed: int = 0, **changes: str) -> BackdropPlan:
    """The plan, made once for equal arguments."""
    return _planned(model, seed, tuple(sorted((given[model] | changes).items())))


@functools.cache
def _planned(model: str, seed: int, own: tuple[tuple[str, str], ...]) -> BackdropPlan:
    found: BackdropPlan = ENGINES.resolve(engine_of(model))().plan(options(dict(own), seed=seed), silent())
    return found


def pictures(given: dict[str, dict[str, str]], model: str, seed: int = 0, **changes: str) -> np.ndarray:
    return planned(given, model, seed, **changes).arrays["pictures"].astype(float)


def change(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first - second).mean())


def neighbours(loop: np.ndarray) -> np.ndarray:
    """Change from each picture to the next, the last of them over the seam."""
    return np.abs(loop - np.roll(loop, -1, axis=0)).mean(axis=(1, 2, 3))


@every_model
def test_a_loop_that_depends_on_the_seed_alone(given: dict[str, dict[str, str]], model: str) -> None:
    plan, loop = planned(given, model), pictures(given, model)
    assert plan.engine == engine_of(model)
    assert plan.period == pytest.approx(len(loop) / float(plan.settings["fps"]))
    assert loop.shape[2] / loop.shape[1] == pytest.approx(96 / 64, rel=0.06)
    assert loop[0].std() > 5.0
    changes = neighbours(loop)
    assert changes.min() > 0.0
    assert changes[-1] <= 1.5 * np.median(changes)
    again = ENGINES.resolve(engine_of(model))().plan(options(given[model]), silent())
    assert np.array_equal(loop, again.arrays["pictures"])
    assert change(loop, pictures(given, model, seed=1)) > 1.0


@every_model
def test_the_plan_says_that_a_clip_is_shown_again(given: dict[str, dict[str, str]], model: str) -> None:
    (note,) = planned(given, model).notes
    assert note.reason == "backdrop_clip_crossfade"
    assert f"{planned(given, model).period:.1f} s" in note


@pytest.mark.parametrize("model", ["animatediff", "magic", "wan", "kandinsky5", "svd"])
def test_clips_that_continue_one_another(given: dict[str, dict[str, str]], model: str) -> None:
    one, two = pictures(given, model), pictures(given, model, clips="2")
    assert 1.4 * len(one) <= len(two) <= 2.4 * len(one)
    changes = neighbours(two)
    assert changes.max() <= 3.0 * np.median(changes)


@pytest.mark.parametrize(
    ("model", "drift"),
    [
        ("animatediff", "text_force"),
        ("magic", "text_force"),
        ("text2video-zero", "noise_drift"),
        ("text2video-zero", "text_force"),
    ],
)
def test_the_drift_goes_on_from_frame_to_frame(given: dict[str, dict[str, str]], model: str, drift: str) -> None:
    still, little, much = (pictures(given, model, **{drift: degrees}) for degrees in ("0", "8", "40"))
    assert 0.0 < change(still, little) < change(still, much)


@pytest.mark.parametrize("model", ["wan", "kandinsky5", "i2vgen-xl"])
@pytest.mark.parametrize("drift", ["text_force", "noise_drift"])
def test_the_drift_goes_on_from_clip_to_clip(given: dict[str, dict[str, str]], model: str, drift: str) -> None:
    still, much = (pictures(given, model, clips="2", **{drift: degrees}) for degrees in ("0", "40"))
    assert change(still, much) > 0.01


def test_a_travel_is_half_way_in_the_middle_of_the_clip(given: dict[str, dict[str, str]]) -> None:
    own = {"loop": "cut", "noise_drift": "0"}
    here = pictures(given, "animatediff", text_force="0", **own)
    way = pictures(given, "animatediff", path="travel:purple nebula", **own)
    assert change(here[3], way[3]) > 0.0


def test_a_clip_beyond_the_context_needs_free_noise(given: dict[str, dict[str, str]]) -> None:
    short = pictures(given, "animatediff", frames="8", context="4", loop="cut")
    assert len(short) == 8
    assert change(short, pictures(given, "animatediff", frames="8", context="8", loop="cut")) > 0.1


@pytest.mark.parametrize(
    ("model", "own"),
    [
        ("animatediff", {"negative": "people"}),
        ("text2video-zero", {"motion_x": "90"}),
        ("svd", {"motion": "10"}),
        ("svd", {"noise_aug": "0.5"}),
        ("wan", {"guidance": "1"}),
        ("kandinsky5", {"negative": "people"}),
        ("i2vgen-xl", {"prompt": "purple nebula"}),
        ("magic", {"guidance": "1"}),
        ("gen1", {"structure": "depth"}),
        ("gen1", {"strength": "0.3", "steps": "4"}),
        ("gen1", {"structure_scale": "0"}),
    ],
)
def test_options_act(given: dict[str, dict[str, str]], model: str, own: dict[str, str]) -> None:
    assert change(pictures(given, model), pictures(given, model, **own)) > 0.01


def test_the_first_picture_of_a_cut_clip_is_that_which_was_given(given: dict[str, dict[str, str]]) -> None:
    assert len(pictures(given, "svd", loop="cut")) == 4
    assert len(pictures(given, "svd", loop="bounce")) == 6


def test_a_clip_too_short_for_a_fade_is_shown_as_it_is(given: dict[str, dict[str, str]]) -> None:
    assert len(pictures(given, "wan", frames="5")) == 8


def test_it_can_be_stopped_while_it_diffuses(given: dict[str, dict[str, str]]) -> None:
    def stop(fraction: float, message: str) -> None:
        if message == "diffusing the backdrop":
            raise Cancelled("enough")

    for model in ("animatediff", "wan"):
        with pytest.raises(Cancelled):
            ENGINES.resolve(model)().plan(options(given[model]), Progress(stop))


def test_a_film_keeps_its_shapes(given: dict[str, dict[str, str]]) -> None:
    film = [np.zeros((64, 96, 3), np.uint8) for _ in range(3)]
    for k, frame in enumerate(film):
        frame[20:40, 10 + 8 * k : 40 + 8 * k] = 200
    outlines = edges(film)
    assert outlines[1][20, 30].max() == 255 or outlines[1][19, 30].max() == 255
    assert outlines[1][5, 5].max() == 0
    near = depth(film)
    assert near[0].shape == (64, 96, 3)
    assert near[0][30, 10:50].mean() > near[0][30, 70:].mean()


def test_a_loop_of_latents_goes_on_where_it_ended() -> None:
    film = torch.arange(1.0, 11.0)[:, None]
    loop = crossfaded(film, 3)
    assert len(loop) == 7
    assert loop[0] == film[7]  # what followed the last frame of the loop, film[6], in the film
    assert loop[3] == film[3]
    noise = torch.from_numpy(np.random.default_rng(0).standard_normal((12, 4000)))
    assert crossfaded(noise, 4).std(dim=1).min() > 0.95  # a plain mean of two noises is weaker


def test_there_and_back_shows_no_end_twice() -> None:
    frames = [np.full((2, 4, 3), k, np.uint8) for k in range(4)]
    assert [int(frame[0, 0, 0]) for frame in loop_of(frames, 4, "bounce")] == [0, 1, 2, 3, 2, 1]


def test_latents_are_shifted_a_little_further_for_every_frame() -> None:
    row = torch.arange(8.0).expand(3, 1, 4, 8)
    moved = shifted(row, 2 / 8, 0.0)
    assert [float(frame[0, 0, 1]) for frame in moved] == [1.0, 3.0, 5.0]


def test_frames_look_at_the_first_one() -> None:
    from diffusers.models.attention_processor import Attention

    torch.manual_seed(0)
    attention = Attention(query_dim=8, heads=2, dim_head=4)
    states = torch.randn(3, 5, 8)
    other = states.clone()
    other[1:] = torch.randn(2, 5, 8)
    processor = LooksAtTheFirst(3)
    alone = processor(attention, states[:1].expand(3, -1, -1))[0]
    assert torch.allclose(processor(attention, states)[0], alone, atol=1e-6)
    mixed = processor(attention, torch.cat([states[:1], states[:1], other[2:]]))
    assert torch.allclose(mixed[1], alone, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "own", "told"),
    [
        ("svd", {"prompt": "sea"}, "no option 'prompt'"),
        ("svd", {"text_force": "3"}, "no option 'text_force'"),
        ("svd", {}, "sets a picture in motion"),
        ("gen1", {}, "needs a film"),
        ("gen1", {"clips": "2"}, "no option 'clips'"),
        ("wan", {"frames": "8"}, "such as 9"),
        ("wan", {"loop": "round"}, "crossfade, bounce, cut"),
        ("kandinsky5", {"fps": "0"}, "1 to 60"),
        ("animatediff", {"precision": "bfloat16"}, "CUDA"),
        ("animatediff", {"tiling": "yes"}, "off, on"),
        ("animatediff", {"model": "no folder at all"}, "no folder"),
        ("magic", {"context": "4"}, "no option 'context'"),
        ("text2video-zero", {"scheduler": "dpm"}, "no option 'scheduler'"),
        ("text2video-zero", {"path": "spiral"}, "orbit"),
    ],
)
def test_options_that_cannot_be_used_are_refused(name: str, own: dict[str, str], told: str) -> None:
    with pytest.raises(OptionError, match=told):
        ENGINES.resolve(name)().plan(options({"model": "/nowhere"} | own), silent())


@pytest.mark.parametrize("prompt", ["", "🙂🙂"])
def test_words_that_cannot_be_read_are_refused(prompt: str) -> None:
    with pytest.raises(OptionError, match="prompt"):
        ENGINES.resolve("wan")().plan(options({"model": "/nowhere"}, prompt), silent())


def test_weights_that_were_not_pulled_are_named() -> None:
    for name, weights in (("svd", "svd"), ("wan", "wan-2.1-1.3b"), ("animatediff", "stable-diffusion-1.5")):
        own = {"picture": __file__} if name == "svd" else {}
        with pytest.raises((MissingEngine, OptionError), match=f"models pull {weights}|cannot be read"):
            ENGINES.resolve(name)().plan(options(own), silent())


@every_model
def test_another_pipeline_is_named_before_it_is_loaded(
    given: dict[str, dict[str, str]], video_models: dict[str, Path], model: str, tmp_path: Path
) -> None:
    folder = shutil.copytree(video_models["svd" if model != "svd" else "wan"], tmp_path / "model")
    with pytest.raises(OptionError, match=r"is a \w+Pipeline: this engine takes"):
        ENGINES.resolve(engine_of(model))().plan(options(given[model] | {"model": str(folder)}), silent())


@pytest.mark.parametrize(
    ("model", "lost"),
    [
        ("svd", "unet/diffusion_pytorch_model.safetensors"),
        ("wan", "text_encoder/model.safetensors"),
        ("kandinsky5", "vae/config.json"),
        ("i2vgen-xl", "image_encoder/model.safetensors"),
    ],
)
def test_a_missing_file_is_named(given: dict[str, dict[str, str]], model: str, lost: str, tmp_path: Path) -> None:
    folder = shutil.copytree(given[model]["model"], tmp_path / "model")
    (folder / lost).unlink()
    with pytest.raises(MissingEngine, match=lost.split("/")[0]):
        ENGINES.resolve(model)().plan(options(given[model] | {"model": str(folder)}), silent())


@every_model
def test_too_little_memory_is_told_before_anything_is_loaded(
    given: dict[str, dict[str, str]], model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = shutil.copytree(given[model]["model"], tmp_path / "model")  # elsewhere, so that it is not loaded already
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 100_000})())
    own = given[model] | {"model": str(folder)}
    told: list[str] = []
    with pytest.raises(EngineError, match=r"GB of weights as float32 and main memory has 0\.0 GB free: choose"):
        ENGINES.resolve(engine_of(model))().plan(options(own), Progress(lambda _, message: told.append(message)))
    assert told == ["loading the model"]


def test_weights_are_counted_from_the_headers_of_their_files(video_models: dict[str, Path]) -> None:
    from diffusers import MotionAdapter

    adapter = MotionAdapter.from_pretrained(video_models["adapter"])
    assert parameters(video_models["adapter"]) == sum(one.numel() for one in adapter.state_dict().values())
    assert parameters(video_models["wan"] / "scheduler") == 0


def test_picture_and_model_have_to_go_together(given: dict[str, dict[str, str]]) -> None:
    without = {name: text for name, text in given["wan-i2v"].items() if name != "picture"}
    with pytest.raises(OptionError, match="picture=FILE"):
        ENGINES.resolve("wan")().plan(options(without), silent())
    with pytest.raises(OptionError, match="takes no picture"):
        ENGINES.resolve("wan")().plan(options(given["wan"] | {"picture": given["svd"]["picture"]}), silent())


def test_adapters_that_are_none_are_named(given: dict[str, dict[str, str]], tmp_path: Path) -> None:
    with pytest.raises(MissingEngine, match="no motion adapter"):
        ENGINES.resolve("animatediff")().plan(options(given["animatediff"] | {"adapter": str(tmp_path)}), silent())
    with pytest.raises(MissingEngine, match="no ControlNet"):
        ENGINES.resolve("gen1")().plan(options(given["gen1"] | {"controlnet": str(tmp_path)}), silent())
    look = {"look": given["svd"]["picture"]}
    with pytest.raises(MissingEngine, match="govorun models pull ip-adapter"):
        ENGINES.resolve("gen1")().plan(options(given["gen1"] | look), silent())
    with pytest.raises(OptionError, match="is no file"):
        ENGINES.resolve("gen1")().plan(options(given["gen1"] | look | {"ip_adapter": str(tmp_path)}), silent())


def test_an_adapter_of_another_kind_is_named(
    given: dict[str, dict[str, str]], video_models: dict[str, Path], tmp_path: Path
) -> None:
    own = given["magic"]
    with pytest.raises(OptionError, match="adapter=FOLDER"):
        ENGINES.resolve("magic")().plan(options({"model": own["model"]}), silent())
    with pytest.raises(OptionError, match="is a MotionAdapter: engine magic takes a MagicAdapter"):
        ENGINES.resolve("magic")().plan(options(own | {"adapter": str(video_models["adapter"])}), silent())
    with pytest.raises(MissingEngine, match="is no adapter"):
        ENGINES.resolve("magic")().plan(options(own | {"adapter": str(tmp_path)}), silent())
    with pytest.raises(OptionError, match="frames is 9: adapter magic knows 8; clips=2"):
        ENGINES.resolve("magic")().plan(options(own | {"frames": "9"}), silent())
    other = new_adapter(tiny_unet(block_out_channels=(8, 16)), 8, 2)
    other.save_pretrained(tmp_path / "other")
    with pytest.raises(EngineError, match="cannot be loaded"):
        ENGINES.resolve("magic")().plan(options(own | {"adapter": str(tmp_path / "other")}), silent())


def test_the_look_of_a_picture_is_taken_over(given: dict[str, dict[str, str]], video_models: dict[str, Path]) -> None:
    adapter = {"ip_adapter": str(video_models["ip-adapter"]), "look": given["svd"]["picture"]}
    plain = pictures(given, "gen1")
    assert change(plain, pictures(given, "gen1", **adapter)) > 0.01
    again = ENGINES.resolve("gen1")().plan(options(given["gen1"]), silent())  # the adapter is gone again
    assert change(plain, again.arrays["pictures"].astype(float)) == 0.0


@pytest.mark.parametrize("name", ["animatediff", "svd", "wan"])
def test_a_missing_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda what: None if what == "transformers" else found(what))
    with pytest.raises(MissingEngine, match=r"pip install 'govorun\[diffusion\]'"):
        ENGINES.resolve(name)().card()


def test_tiles_are_asked_of_the_decoder(given: dict[str, dict[str, str]]) -> None:
    assert change(pictures(given, "wan"), pictures(given, "wan", tiling="on")) < 30.0


def test_the_index_names_what_the_real_ones_name(video_models: dict[str, Path]) -> None:
    kinds = {name: json.loads((folder / "model_index.json").read_text())["_class_name"]
             for name, folder in video_models.items() if (folder / "model_index.json").exists()}  # fmt: skip
    assert kinds["i2vgen-xl"] == "I2VGenXLPipeline"
    assert kinds["svd"] == "StableVideoDiffusionPipeline"
    assert kinds["kandinsky5"] == "Kandinsky5T2VPipeline"

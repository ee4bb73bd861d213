"""What every backdrop engine of the table must do."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from avatar.core import artefacts
from avatar.core.errors import OptionError
from avatar.core.media import VideoWriter
from avatar.core.progress import Progress, silent
from avatar.core.types import BackdropPlan, GivesBytes, Size
from motion import ENGINES, BackdropOptions
from tests.rooms_small import write_room


@pytest.fixture
def options(tmp_path: Path) -> BackdropOptions:
    path = tmp_path / "picture.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8)).save(path)
    return BackdropOptions(size=Size(128, 72), prompt="calm ocean at dusk", image=path, colour="#336699", seed=4)


_IN_BYTES = set(ENGINES) - {"flow"}
_TINY = {"steps": "2", "keyframes": "3", "pictures": "6"}
_OF_ENGINE: dict[str, tuple[str, str, dict[str, str]]] = {
    "stable-diffusion": ("diffusion_models", "sd1", _TINY),
    "kandinsky": ("diffusion_models", "kandinsky", _TINY),
    "animatediff": (
        "video_models",
        "sd",
        {"steps": "2", "frames": "4", "side": "64", "fps": "5", "adapter": "@adapter"},
    ),
    "magic": ("video_models", "sd", {"steps": "2", "frames": "4", "side": "64", "fps": "5", "adapter": "@magic"}),
    "text2video-zero": ("video_models", "sd", {"steps": "4", "frames": "4", "side": "64", "fps": "5"}),
    "svd": ("video_models", "svd", {"steps": "2", "frames": "4", "side": "64", "fps": "5"}),
    "i2vgen-xl": ("video_models", "i2vgen-xl", {"steps": "2", "frames": "4", "side": "64", "fps": "5"}),
    "kandinsky5": ("video_models", "kandinsky5-i2v", {"steps": "2", "frames": "17", "side": "32", "fps": "5"}),
    "wan": ("video_models", "wan-i2v", {"steps": "2", "frames": "9", "side": "32", "fps": "5"}),
    "gen1": (
        "video_models",
        "sd",
        {
            "steps": "2",
            "frames": "4",
            "side": "64",
            "fps": "5",
            "adapter": "@adapter",
            "controlnet": "@controlnet",
            "film": "FILM",
        },
    ),
}


def with_model(name: str, options: BackdropOptions, request: pytest.FixtureRequest, tmp_path: Path) -> BackdropOptions:
    """The options, with a tiny model for the engines that come without one, and small rooms."""
    if name == "rooms":
        write_room(tmp_path / "rooms", "lake-night")
        return dataclasses.replace(options, engine_options={"model": str(tmp_path / "rooms")})
    if name == "film":
        whole_turns = {"to": "0.4", "fade": "0"}  # 4 frames of 10 a second
        return dataclasses.replace(options, image=film(tmp_path, 10.0), engine_options=whole_turns)
    if name not in _OF_ENGINE:
        return options
    fixture, model, own = _OF_ENGINE[name]
    folders = request.getfixturevalue(fixture)
    own = {key: str(folders[text[1:]]) if text.startswith("@") else text for key, text in own.items()}
    if "film" in own:
        own["film"] = str(film(tmp_path))
    return dataclasses.replace(options, engine_options={"model": str(folders[model])} | own)


def film(folder: Path, fps: float = 8.0) -> Path:
    with VideoWriter(folder / "film.mp4", Size(96, 64), fps) as writer:
        for place in range(10, 50, 9):
            frame = np.full((64, 96, 3), 40, np.uint8)
            frame[20:44, place : place + 24] = (200, 120, 40)
            writer.write(frame)
    return folder / "film.mp4"


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_engine(name: str, options: BackdropOptions, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    options = with_model(name, options, request, tmp_path)
    engine = ENGINES.resolve(name)()
    card = engine.card()
    assert card.name == name
    assert card.version
    assert card.licence

    told: list[float] = []
    plan = engine.plan(options, Progress(lambda fraction, _: told.append(fraction)))
    assert told
    assert told[-1] == 1.0
    assert isinstance(plan, BackdropPlan)
    assert plan.engine == name
    assert plan.reading
    artefacts.save(tmp_path / "plan.npz", plan)
    again = artefacts.load(tmp_path / "plan.npz", BackdropPlan)

    clip, other = engine.open(plan, options.size, 25.0, "cpu"), engine.open(again, options.size, 25.0, "cpu")
    for index in (0, 1234, 7):
        frame = clip.frame(index)
        assert frame.shape == (3, 72, 128)
        assert frame.dtype == torch.float32
        assert float(frame.min()) >= 0.0
        assert float(frame.max()) <= 1.0
        assert isinstance(clip, GivesBytes) == (name in _IN_BYTES)
        if isinstance(clip, GivesBytes):
            given = clip.byte_frame(index)
            assert (given.shape, given.dtype, given.flags.c_contiguous) == ((72, 128, 3), np.uint8, True)
            assert np.abs(given - 255.0 * frame.permute(1, 2, 0).numpy()).max() <= 1.01
    assert torch.equal(clip.frame(1234), other.frame(1234))
    if plan.period:
        turn = round(plan.period * 25.0)
        assert torch.allclose(clip.frame(3), clip.frame(3 + turn), atol=1e-4)


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_unknown_engine_options_are_refused(name: str, options: BackdropOptions) -> None:
    wrong = BackdropOptions(**{**vars(options), "engine_options": {"no_such_option": "1"}})
    with pytest.raises(OptionError, match="no_such_option"):
        ENGINES.resolve(name)().plan(wrong, silent())

"""The backdrop option, the reading of prompts, and the engines' refusals."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatar.core import artefacts
from avatar.core.errors import OptionError
from avatar.core.progress import silent
from avatar.core.reasons import Message
from avatar.core.types import BackdropPlan, Size
from motion import ENGINES, BackdropOptions, choose
from motion.anchors import MOODS, anchors, captions
from motion.embedding import embed, read_prompt
from motion.engines.image import Image as ImageEngine
from motion.engines.painted import Painted
from motion.engines.solid import Solid
from motion.scenes.families import FAMILIES

_SMALL = Size(160, 90)


def painted(prompt: str, **changes: object) -> BackdropPlan:
    return Painted().plan(BackdropOptions(size=_SMALL, prompt=prompt, **changes), silent())  # type: ignore[arg-type]


def test_the_forms_of_the_option(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"x")
    assert choose("none") == ("solid", {"colour": "#d9dbde"})
    assert choose(" #AABBCC ") == ("solid", {"colour": "#aabbcc"})
    assert choose(f"@{picture}") == ("image", {"image": picture})
    assert choose("calm ocean") == ("embedded", {"prompt": "calm ocean"})


@pytest.mark.parametrize("wrong", ["", "   ", "#12", "#12345g", "@/nowhere/a.png"])
def test_broken_forms_are_refused(wrong: str) -> None:
    with pytest.raises(OptionError):
        choose(wrong)


def test_the_photo_is_not_ours() -> None:
    with pytest.raises(ValueError, match="photo"):
        choose("photo")


@pytest.mark.parametrize(
    ("prompt", "family"),
    [
        ("calm ocean at dusk", "ocean"),
        ("noon beach", "tropical beach"),
        ("red velvet curtain", "curtain"),
        ("news studio", "newsroom"),
        ("lavender field at sunset", "flower field"),
        ("warm library", "bookshelf"),
        ("спокойный океан на закате", "ocean"),
        ("кирпичная стена", "brick wall"),
        ("северное сияние", "aurora"),
        ("снежный лес", "snowy winter forest"),
        ("ночной город", "city skyline"),
        ("офис с большими окнами", "office"),
        ("цветущая сакура", "cherry blossom"),
        ("звёздный космос", "nebula"),
    ],
)
def test_prompts_lead_to_their_family(prompt: str, family: str) -> None:
    plan = painted(prompt)
    assert plan.settings["family0"] == family
    assert plan.reading.startswith(f"read as: {family}")


@pytest.mark.parametrize(
    ("prompt", "tone"),
    [("ocean at night", "night"), ("ocean at noon", "noon"), ("purple bokeh", "purple"), ("горы на рассвете", "dawn")],
)
def test_prompts_lead_to_their_light(prompt: str, tone: str) -> None:
    assert tone in painted(prompt).reading


def test_a_far_prompt_is_called_a_guess_and_names_the_three_nearest() -> None:
    plan = painted("quarterly tax accounting")
    assert "guess" in plan.reading
    (note,) = plan.notes
    assert isinstance(note, Message)
    assert note.reason == "backdrop_far"
    assert len(str(note.params["nearest"]).split(", ")) == 3


@pytest.mark.parametrize("prompt", ["🙂🙂", "平静的海洋", "12345 !!!", "абракадабрум", "sea " * 300])
def test_prompts_without_meaning_are_refused(prompt: str) -> None:
    with pytest.raises(OptionError):
        painted(prompt)


def test_unknown_words_are_named() -> None:
    assert "абракадабрум" in painted("океан абракадабрум").notes[0]
    assert read_prompt("море и 🌊 sunset").english == "sea sunset"


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "spiral"},
        {"path": "travel:"},
        {"text_force": 100.0},
        {"noise_drift": -1.0},
        {"engine_options": {"colour": "red"}},
        {"engine_options": {"period": "soon"}},
        {"engine_options": {"period": "0"}},
    ],
)
def test_options_that_cannot_be_used_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        painted("ocean", **changes)


def test_shipped_anchors_agree_with_the_model() -> None:
    some = [*captions()[::25], *MOODS["calm"]]
    assert np.allclose(anchors().of(some), embed(some), atol=2e-3)


def test_every_family_has_its_usual_tone() -> None:
    assert len(FAMILIES) >= 24
    assert all(family.usual in family.tones for family in FAMILIES.values())


def test_a_plan_survives_the_disk(tmp_path: Path) -> None:
    plan = painted("forest", seed=3)
    artefacts.save(tmp_path / "plan.npz", plan)
    again = artefacts.load(tmp_path / "plan.npz", BackdropPlan)
    first = Painted().open(plan, _SMALL, 25.0, "cpu").frame(11)
    assert np.array_equal(first.numpy(), Painted().open(again, _SMALL, 25.0, "cpu").frame(11).numpy())


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
def test_a_bad_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(OptionError, match="cannot be read"):
        ImageEngine().plan(BackdropOptions(size=_SMALL, image=path), silent())


def test_the_picture_fills_the_frame_and_moves(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    ramp = np.linspace(0, 255, 400).astype(np.uint8)
    Image.fromarray(np.stack([np.tile(ramp, (100, 1))] * 3, axis=-1)).save(path)
    engine = ImageEngine()
    clip = engine.open(engine.plan(BackdropOptions(size=_SMALL, image=path), silent()), _SMALL, 25.0, "cpu")
    first, later = clip.frame(0), clip.frame(150)
    assert first.shape == (3, 90, 160)
    assert first.std() > 0.05
    assert 0.001 < float((first - later).abs().mean()) < 0.1


def test_solid_refuses_what_is_no_colour() -> None:
    with pytest.raises(OptionError, match="hexadecimal"):
        Solid().plan(BackdropOptions(size=_SMALL, colour="red"), silent())


def test_an_unknown_engine_names_the_known() -> None:
    with pytest.raises(OptionError, match="painted, rooms, solid"):
        ENGINES.resolve("dreamt")


def room_photo(path: Path) -> Path:
    """A bright picture with fine stripes."""
    stripes = np.tile(np.array([90, 230], np.uint8).repeat(2), 100)
    Image.fromarray(np.stack([np.tile(stripes, (225, 1))] * 3, axis=-1)).save(path)
    return path


def image_frame(path: Path, index: int, **own: str) -> np.ndarray:
    options = BackdropOptions(size=_SMALL, image=path, engine_options={"drift": "0", **own})
    return ImageEngine().open(ImageEngine().plan(options, silent()), _SMALL, 25.0, "cpu").frame(index).numpy()


def test_blur_opens_the_lens_most_at_the_back(tmp_path: Path) -> None:
    path = room_photo(tmp_path / "room.png")
    sharp, soft = image_frame(path, 0), image_frame(path, 0, blur="1")
    assert soft[:, :40].std() < 0.7 * sharp[:, :40].std()
    assert soft[:, :40].std() < soft[:, -20:].std()


def test_light_comes_and_goes_and_the_loop_closes(tmp_path: Path) -> None:
    path = room_photo(tmp_path / "room.png")
    first, half, again = (image_frame(path, index, light="1") for index in (0, 150, 300))
    assert np.array_equal(first, again)
    assert half.mean() < 0.92 * first.mean()
    assert half[0].mean() / half[2].mean() > 1.1
    assert np.array_equal(image_frame(path, 150), first)

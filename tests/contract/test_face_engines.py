"""What every face engine of the table keeps: plan without pictures, any range of frames, alpha, formats, notes."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
import torch

from avatar.core.artefacts import load, save
from avatar.core.errors import Cancelled
from avatar.core.progress import Progress, silent
from avatar.core.types import EngineCard, FacePlan, GestureTrack, Phoneme, Portrait, Size, Speech
from avatar.face import ENGINES, FaceEngine, FaceOptions
from avatar.face.photo import detect_faces
from tests import liveportrait_small, sadtalker_small
from tests.portraits import PORTRAITS, draw_portrait
from tests.video_models import save_wan_animate

_FRAMES = 11
_NOISE = ("wan-animate",)  # engines whose pictures of random weights show nobody who could be cut out


@pytest.fixture(scope="module")
def engine_options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, str]]]:
    """What an engine needs here to find its weights: made by a rule, never the published ones."""
    with pytest.MonkeyPatch.context() as patch:
        yield {
            "liveportrait": liveportrait_small.install(tmp_path_factory.mktemp("weights"), patch),
            "sadtalker": sadtalker_small.install(tmp_path_factory.mktemp("weights"), patch),
            "wan-animate": {
                "weights": str(save_wan_animate(tmp_path_factory.mktemp("weights"))),
                **{"side": "64", "steps": "1", "frames": "9", "overlap": "1"},
            },
        }


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    pixels = draw_portrait(PORTRAITS["woman"])
    alpha = np.zeros(pixels.shape[:2], np.float32)
    alpha[60:, 90:420] = 1.0
    return Portrait(pixels, detect_faces(pixels)[0], alpha, pixels, "0")


def _speech() -> Speech:
    phones = (Phoneme(0.05, 0.15, "m"), Phoneme(0.15, 0.35, "ɑ", 1))
    return Speech(np.zeros(7000, np.float32), 16000, "en", phones, energy=np.full(50, 0.8, np.float32))


def _gestures() -> GestureTrack:
    wave = np.sin(np.arange(_FRAMES) / 3).astype(np.float32)
    return GestureTrack(25.0, 4 * wave, 2 * wave, wave, 0.02 * wave, 0.01 * wave, 0.01 * wave, 0 * wave, wave, wave,
                        wave, np.clip(wave, 0, 1))  # fmt: skip


def _plan(name: str, portrait: Portrait, size: Size, keep: bool, given: dict[str, dict[str, str]]) -> FacePlan:
    options = FaceOptions(size, 25.0, keep, engine_options=given.get(name, {}))
    plan: FacePlan = ENGINES.resolve(name)().plan(portrait, _speech(), _gestures(), options, silent())
    return plan


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("size", [Size(160, 160), Size(224, 128), Size(128, 224)], ids=str)
@pytest.mark.parametrize("name", ENGINES)
def test_any_range_of_frames_is_the_same_picture(
    name: str, size: Size, keep: bool, portrait: Portrait, engine_options: dict[str, dict[str, str]]
) -> None:
    plan = _plan(name, portrait, size, keep, engine_options)
    assert (plan.engine, plan.frames, plan.size) == (name, _FRAMES, size)
    engine = ENGINES.resolve(name)()
    whole = torch.cat(list(engine.open(plan, portrait, "cpu").frames(0, _FRAMES)))
    part = torch.cat(list(engine.open(plan, portrait, "cpu").frames(3, 9)))
    assert whole.shape == (_FRAMES, 4, size.height, size.width)
    assert whole.dtype == torch.float32
    assert torch.equal(whole[3:9], part)
    assert 0 <= float(whole.min()) <= float(whole.max()) <= 1
    assert (whole[:, :3] <= whole[:, 3:] + 1e-5).all()
    assert bool((whole[:, 3] > 0.999).all()) == keep


@pytest.mark.parametrize("name", ENGINES)
def test_a_person_is_cut_out_where_the_whole_photo_shows_them(
    name: str, portrait: Portrait, tmp_path: Path, engine_options: dict[str, dict[str, str]]
) -> None:
    if name in _NOISE:
        pytest.skip("with random weights nobody is seen: tests/avatar/face/wan_animate has a model that shows someone")
    size, drawn = Size(224, 128), []
    for keep in (True, False):
        options = FaceOptions(size, 25.0, keep, engine_options=engine_options.get(name, {}), in_place=not keep)
        plan = ENGINES.resolve(name)().plan(portrait, _speech(), _gestures(), options, silent())
        save(tmp_path / "plan.npz", plan)
        clip = ENGINES.resolve(name)().open(load(tmp_path / "plan.npz", FacePlan), portrait, "cpu")
        drawn.append(torch.cat(list(clip.frames(0, 4))))
    kept, cut = drawn
    solid = cut[:, 3:] > 0.999
    assert 0.1 < float(solid.float().mean()) < 0.9
    assert float(((kept - cut)[:, :3].abs() * solid).sum() / (3 * solid.sum())) < 0.02


@pytest.mark.parametrize("name", ENGINES)
def test_a_plan_travels_through_a_file(
    name: str, portrait: Portrait, tmp_path: Path, engine_options: dict[str, dict[str, str]]
) -> None:
    plan = _plan(name, portrait, Size(128, 128), True, engine_options)
    save(tmp_path / "plan.npz", plan)
    again = load(tmp_path / "plan.npz", FacePlan)
    engine = ENGINES.resolve(name)()
    frames = [torch.cat(list(engine.open(p, portrait, "cpu").frames(0, 4))) for p in (plan, again)]
    assert torch.equal(*frames)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("method", ["card", "plan", "open"])
def test_every_engine_offers_the_protocol(name: str, method: str) -> None:
    wanted, offered = (signature(getattr(one, method)).parameters for one in (FaceEngine, ENGINES.resolve(name)))
    assert list(offered) == list(wanted)
    assert [p.annotation for p in offered.values()] == [p.annotation for p in wanted.values()]


@pytest.mark.parametrize("name", ENGINES)
def test_a_card_names_version_and_licence(name: str) -> None:
    card = ENGINES.resolve(name)().card()
    assert isinstance(card, EngineCard)
    assert card.name == name
    assert card.version
    assert card.licence


@pytest.mark.parametrize("name", ENGINES)
def test_planning_can_be_cancelled(name: str, portrait: Portrait, engine_options: dict[str, dict[str, str]]) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled("stop")

    options = FaceOptions(Size(128, 128), engine_options=engine_options.get(name, {}))
    with pytest.raises(Cancelled):
        ENGINES.resolve(name)().plan(portrait, _speech(), _gestures(), options, Progress(stop))

"""What lies over what: behind the person, before it, and the same in transparent frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from avatar.compose.blend import straight, to_bytes
from avatar.compose.captions import Caption
from avatar.compose.graphics import Brand, Graphics, Overlays
from avatar.compose.segment import _Overlay, composed_frames
from avatar.core.layers import LAYERS, before_person, behind_person, parse_layers
from avatar.core.layout import parse_layout
from avatar.core.types import Size

SIZE = Size(320, 180)
FPS = 10.0
GREEN = (0.1, 0.6, 0.2)


class Column:
    """A red person: a column in the middle of the frame, from below the top to the lower edge."""

    def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
        alpha = torch.zeros(1, SIZE.height, SIZE.width)
        alpha[:, 20:, 120:200] = 1.0
        colour = torch.tensor([0.8, 0.1, 0.1])[:, None, None]
        yield torch.cat([colour * alpha, alpha]).expand(stop - start, -1, -1, -1).clone()


class Plain:
    def frame(self, index: int) -> torch.Tensor:
        return torch.tensor(GREEN)[:, None, None].expand(3, SIZE.height, SIZE.width).clone()


def drawn(layers: str, layout: str = "full", captions: tuple[Caption, ...] = (), **words: object) -> np.ndarray:
    ordered = parse_layers(layers)
    graphics = Graphics(**words)  # type: ignore[arg-type]
    overlays = None
    if graphics.any():
        overlays = Overlays(graphics, parse_layout(layout), SIZE, FPS, bool(captions), behind_person(ordered))
    looks = {"captions": captions, "overlays": overlays, "layers": ordered}
    (frames,) = composed_frames(Column(), Plain(), 20, 21, SIZE, FPS, **looks)  # type: ignore[arg-type]
    return frames[0].astype(int)


def person(frame: np.ndarray) -> np.ndarray:
    return frame[26:, 126:194]


def test_a_heading_goes_behind_the_head_and_out_on_both_sides() -> None:
    plain, behind, before = drawn(""), drawn("heading,person", heading="WONDERFUL"), drawn("", heading="WONDERFUL")
    assert np.abs(person(behind) - person(plain)).max() <= 12  # no more than the light around the outline
    changed = (np.abs(behind - plain).max(axis=-1) > 60).any(axis=0)
    assert changed[:120].any() and changed[200:].any()
    assert np.abs(person(before) - person(plain)).max() > 100
    high = [np.flatnonzero((frame > 225).all(axis=-1).any(axis=1)) for frame in (behind, before)]
    assert np.ptp(high[0]) > np.ptp(high[1]) and high[0].mean() < high[1].mean()


def test_the_bar_and_captions_go_behind_too() -> None:
    bar, cue = {"bar": (0, 1, 40)}, (Caption(0.0, 9.0, ("words words words words",)),)
    plain = drawn("")
    for before, behind in (
        (drawn("", **bar), drawn("progress_bar,person", **bar)),
        (drawn("", captions=cue), drawn("captions,person", captions=cue)),
    ):
        assert np.abs(person(before) - person(plain)).max() > 100
        assert np.abs(person(behind) - person(plain)).max() <= 12
        beside = np.r_[0:110, 210 : SIZE.width]
        assert np.abs(before[:, beside] - behind[:, beside]).max() <= 2
        assert np.abs(behind[:, beside] - plain[:, beside]).max() > 60


def test_what_is_named_later_lies_over_what_is_named_before(tmp_path: Path) -> None:
    Image.new("RGB", (60, 20), (0, 0, 255)).save(tmp_path / "logo.png")
    words = {"heading": "WONDERFULLY", "brand": Brand(logo=tmp_path / "logo.png")}
    over, under = drawn("heading,logo,person", **words), drawn("logo,heading,person", **words)
    blue = (drawn("", brand=words["brand"]) - np.array(to_bytes(Plain().frame(0)[None])[0]).astype(int))[..., 2] > 150
    assert blue.sum() > 200
    assert over[blue][:, 2].min() > 230 and np.abs(over[blue][:, 0]).max() < 20
    assert np.abs(over[blue] - under[blue]).max() > 25
    assert np.array_equal(drawn("", **words), drawn(",".join(LAYERS), **words))


def test_transparent_frames_have_the_same_order() -> None:
    layers = parse_layers("heading,person,lower_third")
    graphics = Graphics("WONDERFUL", "Anna Orlova")
    overlays = Overlays(graphics, parse_layout("full"), SIZE, FPS, False, behind_person(layers))
    over = _Overlay((), "", SIZE, FPS, overlays, layers=layers)
    (batch,) = Column().frames(0, 1)
    apart = over.drawn_apart(straight(batch).numpy(), 20).astype(float)
    ground = to_bytes(Plain().frame(0)[None]).numpy()
    wanted = over._draw(ground.copy(), 20, ["heading"]).astype(float)
    alpha = to_bytes(batch[:, 3:4]).numpy() / 255
    wanted = over.drawn(
        (wanted * (1 - alpha) + 255 * batch[:, :3].permute(0, 2, 3, 1).numpy()).round().astype("u1"), 20
    )
    laid = apart[..., :3] * apart[..., 3:] / 255 + ground * (1 - apart[..., 3:] / 255)
    assert np.abs(laid - wanted).max() <= 2


def test_layers_are_written_in_many_ways_and_kept_in_one() -> None:
    assert parse_layers("") == parse_layers("person") == parse_layers(LAYERS) == parse_layers([]) == ()
    whole = parse_layers(" Heading, person ")
    assert whole == ("heading", "person", "logo", "lower_third", "progress_bar", "captions")
    assert parse_layers(list(whole)) == parse_layers("heading,person,logo") == whole
    assert parse_layers("progress-bar,captions,person")[:3] == ("progress_bar", "captions", "person")
    assert (behind_person(whole), before_person(whole)) == (("heading",), whole[2:])
    assert (behind_person(()), before_person(())) == ((), LAYERS[1:])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("heading,person,heading", "heading is there twice"),
        ("titles,person", "choose among person, logo"),
        ("backdrop,person", "always behind all"),
        (3, "no list of layers"),
    ],
)
def test_layers_that_cannot_be_are_told(wrong: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_layers(wrong)

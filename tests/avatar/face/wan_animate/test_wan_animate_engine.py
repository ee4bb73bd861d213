"""The engine wan-animate: what the model is given, how parts are joined, cut out, and what is refused at once."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest
import torch

from avatar.core.errors import EngineError, MissingEngine, OptionError
from avatar.core.progress import silent
from avatar.core.types import Cue, FacePlan, GestureTrack, Phoneme, Portrait, Size, Speech, Word
from avatar.face import FaceOptions, check_engine_options
from avatar.face.canvas import framed_picture
from avatar.face.engines import wan_animate
from avatar.face.engines.wan_animate import WanAnimate
from avatar.face.framing import Framing, frame_person
from avatar.face.photo import detect_faces
from avatar.face.wan_animate import loading
from avatar.face.wan_animate.films import Films, face_crop
from avatar.face.wan_animate.loading import Holding
from avatar.face.wan_animate.options import WanAnimateOptions
from avatar.face.wan_animate.shots import Cutting
from motion import gesture
from tests.video_models import save_wan_animate

_FPS, _FRAMES = 25.0, 30
_SIZE = Size(320, 320)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_wan_animate(tmp_path_factory.mktemp("wan-animate"))


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    from skimage.data import astronaut

    from avatar.face.matte import matte

    pixels = astronaut()
    landmarks = detect_faces(pixels)[0]
    alpha, foreground = matte(pixels, landmarks)
    return Portrait(pixels, landmarks, alpha, foreground, "0")


class _Echo:
    """Stands in for the pipeline: shows the photo, brighter from part to part, and keeps what it was given."""

    vae_scale_factor_spatial = 8
    _execution_device = "cpu"
    vae = SimpleNamespace(config=SimpleNamespace(z_dim=16))

    def __init__(self, brighter: float = 0.0) -> None:
        self.given: list[dict[str, Any]] = []
        self._brighter = brighter

    def tokenizer(self, texts: list[str], **_: Any) -> Any:
        from transformers import BatchEncoding

        ids = torch.tensor([[len(text) for text in texts]])
        return BatchEncoding({"input_ids": ids, "attention_mask": torch.ones_like(ids)})

    def text_encoder(self, ids: torch.Tensor, mask: torch.Tensor) -> Any:
        return SimpleNamespace(last_hidden_state=ids[..., None].float())

    def __call__(self, **given: Any) -> Any:
        picture = torch.from_numpy(np.array(given["image"])).permute(2, 0, 1) / 255
        shown = (picture + self._brighter * len(self.given)).clamp(0, 1)
        self.given.append(given)
        return SimpleNamespace(frames=[shown.expand(given["segment_frame_length"], -1, -1, -1)])


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> _Echo:
    pipeline = _Echo()
    monkeypatch.setattr(wan_animate, "load", lambda folder, holding: pipeline)
    return pipeline


def _speech(*cues: Cue) -> Speech:
    starts = np.arange(0.1, 1.0, 0.15)
    phones = tuple(Phoneme(t, t + 0.14, "mɑ"[k % 2], int(k == 3)) for k, t in enumerate(starts))
    words = tuple(Word(p.start, p.end, "word") for p in phones)
    return Speech(np.zeros(19200, np.float32), 16000, "en", phones, words, cues, np.full(120, 0.8, np.float32))


def _gestures(style: str = "lively", *cues: Cue) -> GestureTrack:
    return gesture(_speech(*cues), _FPS, _FRAMES, style, 1)


def _plan(
    portrait: Portrait, tiny: Path, size: Size = _SIZE, keep: bool = True, in_place: bool = False, **options: str
) -> FacePlan:
    own = {"weights": str(tiny), "side": "64", "steps": "1", "frames": "17", "overlap": "5", **options}
    wanted = FaceOptions(size, _FPS, keep, engine_options=own, in_place=in_place, seed=3)
    return WanAnimate().plan(portrait, _speech(), _gestures(), wanted, silent())


def _drawn(plan: FacePlan, portrait: Portrait, frames: int = _FRAMES) -> torch.Tensor:
    return torch.cat(list(WanAnimate().open(plan, portrait, "cpu").frames(0, frames)))


def test_the_model_gets_both_films_at_the_rate_of_the_video(portrait: Portrait, tiny: Path, echo: _Echo) -> None:
    plan = _plan(portrait, tiny, Size(400, 240), prompt="she explains", guidance="1.5", negative="blurred")
    _drawn(plan, portrait)
    assert [(len(one["pose_video"]), one["segment_frame_length"]) for one in echo.given] == [(17, 17), (17, 17), (9, 9)]
    for one in echo.given:
        assert {face.size for face in one["face_video"]} == {(64, 64)}  # what the motion encoder wants
        assert {pose.size for pose in one["pose_video"]} == {(one["width"], one["height"])} == {(80, 48)}
        assert one["image"].size == (80, 48)
        assert one["latents"].shape == (1, 16, (one["segment_frame_length"] - 1) // 4 + 2, 6, 10)
        assert (float(one["prompt_embeds"]), float(one["negative_prompt_embeds"])) == (12.0, 7.0)
    first, second, last = (one["pose_video"] for one in echo.given)
    assert all(np.array_equal(a, b) for a, b in zip(first[12:], second[:5], strict=True))  # the frames that overlap
    assert np.array_equal(last[5], last[-1])  # past the end of the video the last frame stands
    faces = np.stack([np.asarray(face, float) for face in echo.given[0]["face_video"]])
    mouth = np.abs(np.diff(faces[:, 38:56, 20:44], axis=0)).mean(axis=(1, 2, 3))
    assert mouth.max() > 1.5  # it speaks


def test_parts_that_overlap_begin_with_the_same_noise(portrait: Portrait, tiny: Path, echo: _Echo) -> None:
    _drawn(_plan(portrait, tiny), portrait)
    first, second, _ = (one["latents"] for one in echo.given)
    assert torch.equal(first[:, :, 0], second[:, :, 0])
    assert torch.equal(first[:, :, 4:6], second[:, :, 1:3])  # latent frames 3 and 4 of the video
    assert not torch.equal(first[:, :, 1], second[:, :, 1])
    assert float(first.std()) == pytest.approx(1.0, abs=0.05)


def test_parts_fade_into_one_another(portrait: Portrait, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = _Echo(brighter=0.2)
    monkeypatch.setattr(wan_animate, "load", lambda folder, holding: pipeline)
    dark = replace(portrait, pixels=np.full_like(portrait.pixels, 51), behind=np.full_like(portrait.pixels, 51))
    light = _drawn(_plan(dark, tiny), dark)[:, :3].mean(dim=(1, 2, 3)).numpy()
    assert np.allclose(light[:12], 0.2, atol=0.01)
    assert np.allclose(light[12:17], 0.2 + 0.2 * np.arange(1, 6) / 6, atol=0.01)
    assert np.allclose(light[17:24], 0.4, atol=0.01)
    assert light[29] == pytest.approx(0.6, abs=0.01)
    assert np.allclose(light[24:29], 0.4 + 0.2 * np.arange(1, 6) / 6, atol=0.01)


def test_any_frame_is_in_parts_whose_weights_add_up() -> None:
    for frames, length, overlap in ((1, 77, 13), (77, 77, 13), (78, 77, 13), (500, 77, 13), (43, 9, 1), (30, 17, 5)):
        cutting = Cutting(frames, length, overlap)
        for frame in range(frames):
            where = cutting.where(frame)
            assert sum(weight for *_, weight in where) == pytest.approx(1.0)
            for part, place, weight in where:
                start, stop, count = cutting.span(part)
                assert 0 <= part < cutting.parts
                assert start + place == frame < stop <= start + count
                assert 0 < weight <= 1
        start, stop, count = cutting.span(cutting.parts - 1)
        assert stop == frames
        assert (count - 1) % 4 == 0
        assert 5 <= count <= max(length, 5)
        assert cutting.parts == 1 or stop - start > overlap


def test_the_person_is_cut_out_of_what_the_model_drew(portrait: Portrait, tiny: Path, echo: _Echo) -> None:
    kept = _drawn(_plan(portrait, tiny, side="320", frames="33"), portrait, 2)
    cut = _drawn(_plan(portrait, tiny, keep=False, in_place=True, side="320", frames="33"), portrait, 2)
    canvas, (left, top) = framed_picture(portrait, frame_person(portrait, _SIZE, False, in_place=True), _SIZE, False)
    photo = canvas[-int(top) :, -int(left) :, 3][: _SIZE.height, : _SIZE.width]
    assert np.abs(cut[0, 3].numpy() - photo).mean() < 0.03
    solid = cut[:, 3:] > 0.999
    assert float(((kept - cut)[:, :3].abs() * solid).sum() / (3 * solid.sum())) < 0.01
    assert (cut[:, :3] <= cut[:, 3:] + 1e-5).all()


def test_a_side_where_the_photo_cuts_the_person_fades_out(
    portrait: Portrait, tiny: Path, echo: _Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Framing(0.5, 32.0, 20.0, ("left",))
    assert (wan_animate.fading(portrait, replace(held, feathered=()), _SIZE) == 1).all()
    across = wan_animate.fading(portrait, held, _SIZE)[200]
    assert (across[:33] == 0).all()
    assert (np.diff(across[32:60]) >= 0).all()
    assert (across[60:] == 1).all()
    monkeypatch.setattr(wan_animate, "frame_person", lambda *given, **more: held)
    alpha = _drawn(_plan(portrait, tiny, keep=False, side="320", frames="33"), portrait, 1)[0, 3]
    assert float(alpha[:, :33].max()) == 0
    assert float(alpha.max()) == 1


def test_seed_and_gestures_reach_the_picture(portrait: Portrait, tiny: Path) -> None:
    size = {"size": Size(96, 96), "frames": "9", "overlap": "1"}
    plan = _plan(portrait, tiny, **size)  # type: ignore[arg-type]
    first = _drawn(plan, portrait, 4)
    shifted = replace(plan, tracks={**plan.tracks, "points": plan.tracks["points"] + np.float32(8)})
    still = {name: np.repeat(track[:1], len(track), axis=0) for name, track in plan.tracks.items() if "face/" in name}
    for other in (
        replace(plan, constants={**plan.constants, "seed": np.array(9)}),
        shifted,
        replace(plan, tracks={**plan.tracks, **still, "face/lids": np.ones_like(plan.tracks["face/lids"])}),
    ):
        assert float((_drawn(other, portrait, 4) - first).abs().max()) > 1e-3


def test_notes_say_what_the_picture_lacks(portrait: Portrait, tiny: Path) -> None:
    def reasons(plan: FacePlan) -> set[str]:
        return {getattr(note, "reason", "") for note in plan.notes}

    assert reasons(_plan(portrait, tiny)) == {"wan_animate_arms", "wan_animate_parts"}
    small = reasons(_plan(portrait, tiny, Size(640, 240), frames="33"))
    assert small == {"wan_animate_arms", "wan_animate_hands_unseen"}


def test_the_face_film_shows_the_face(portrait: Portrait, tiny: Path) -> None:
    plan = _plan(portrait, tiny)
    larger = replace(plan, constants={**plan.constants, "crop": face_crop(portrait.landmarks, 256)})
    found = detect_faces(Films.of(larger, portrait, 256, Size(64, 64), "cpu").faces(0, 1)[0])[0]
    assert found[:, :2].min() > -15
    assert found[:, :2].max() < 271
    assert 150 < np.ptp(found[:, 1]) < 256


def test_a_head_that_turns_takes_the_edges_of_its_film_along(portrait: Portrait, tiny: Path) -> None:
    plan = _plan(portrait, tiny)
    films = []
    for yaw in (0.0, 11.0):
        pose = np.zeros_like(plan.tracks["face/pose"])
        pose[:, 0] = yaw
        turned = replace(plan, tracks={**plan.tracks, "face/pose": pose})
        films.append(Films.of(turned, portrait, 64, Size(64, 64), "cpu").faces(0, 1)[0].astype(float))
    edges = np.abs(films[1] - films[0])[20:44][:, [0, 1, 62, 63]]
    assert edges.mean() > 8  # the animator holds the sides of its picture still where they cut the person


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"steps": "0"}, "whole number from 1"),
        ({"frames": "76"}, "such as 77"),
        ({"overlap": "41"}, "less than half of the 77"),
        ({"hands": "3"}, "number from 0 to 2"),
        ({"offload": "disk"}, "choose none, model, sequential"),
        ({"prompt": "x" * 1001}, "at most 1000"),
        ({"fingers": "5"}, "has no option 'fingers'"),
        ({"weights": "/nowhere"}, "no folder"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_loaded(given: dict[str, str], why: str) -> None:
    with pytest.raises(OptionError, match=why):
        check_engine_options("wan-animate", given)


def test_what_a_processor_cannot_do() -> None:
    for option in ({"precision": "bfloat16"}, {"offload": "model"}):
        with pytest.raises(OptionError, match="needs a CUDA device: this is cpu"):
            Holding.of(WanAnimateOptions.of(option), "cpu")
    assert Holding.of(WanAnimateOptions(), "cpu").precision == "float32"
    assert Holding.of(WanAnimateOptions(), "cuda").precision == "bfloat16"


def test_weights_that_were_not_pulled(portrait: Portrait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path))
    with pytest.raises(MissingEngine, match=r"govorun models pull wan-2[.]2-animate-14b"):
        WanAnimate().plan(portrait, _speech(), _gestures(), FaceOptions(_SIZE), silent())


def test_another_kind_of_model_and_missing_or_damaged_parts(portrait: Portrait, tiny: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(tiny, copy)
    index = json.loads((copy / "model_index.json").read_text())
    (copy / "model_index.json").write_text(json.dumps({**index, "_class_name": "WanPipeline"}))
    with pytest.raises(OptionError, match="is a WanPipeline: face engine wan-animate takes a WanAnimatePipeline"):
        _plan(portrait, copy)
    (copy / "model_index.json").write_text(json.dumps(index))
    weights = next((copy / "transformer").glob("*.safetensors"))
    weights.write_bytes(b"no weights")
    with pytest.raises(MissingEngine, match="damaged"):
        _plan(portrait, copy)
    weights.unlink()
    with pytest.raises(MissingEngine, match=r"transformer.* is missing"):
        _plan(portrait, copy)
    (copy / "model_index.json").unlink()
    with pytest.raises(MissingEngine, match="no folder in diffusers' layout"):
        _plan(portrait, copy)


def test_weights_are_read_from_the_folder_and_from_nowhere_else(
    portrait: Portrait, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import WanAnimatePipeline

    asked: list[dict[str, Any]] = []

    def missing(folder: Path, **how: Any) -> None:
        asked.append({"folder": folder, **how})
        raise OSError("no such part\nand more")

    monkeypatch.setattr(WanAnimatePipeline, "from_pretrained", missing)
    loading.forget()
    plan = _plan(portrait, tiny)
    with pytest.raises(EngineError, match=r"cannot be loaded \(no such part\): download it again"):
        WanAnimate().open(plan, portrait, "cpu")
    assert [(one["folder"], one["local_files_only"], one["use_safetensors"]) for one in asked] == [(tiny, True, True)]
    assert asked[0]["dtype"] == torch.float32


def test_too_little_memory_is_told_before_loading(
    portrait: Portrait, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading.forget()
    plan = _plan(portrait, tiny)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1000))
    with pytest.raises(EngineError, match=r"GB of weights as float32 and main memory has 0.0 GB free"):
        WanAnimate().open(plan, portrait, "cpu")


def test_pictures_that_are_no_numbers_are_an_error(portrait: Portrait, tiny: Path, echo: _Echo) -> None:
    plan = _plan(portrait, tiny)
    with pytest.MonkeyPatch.context() as patch:
        shown = SimpleNamespace(frames=[torch.full((17, 3, 64, 64), torch.nan)])
        patch.setattr(_Echo, "__call__", lambda self, **given: shown)
        with pytest.raises(EngineError, match="no usable picture"):
            _drawn(plan, portrait)
        patch.setattr(_Echo, "__call__", _out_of_memory)
        with pytest.raises(EngineError, match="tiling=on"):
            _drawn(plan, portrait)


def _out_of_memory(self: _Echo, **given: Any) -> Any:
    raise torch.OutOfMemoryError

"""SadTalker's geometry: the original's numbers behind ``compat``, and what is mended without it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from avatar.core.errors import EngineError, MissingEngine
from avatar.face.photo import detect_faces
from avatar.face.renderer.landmarks import FACEMESH_68, points_68
from avatar.face.sadtalker import landmarks
from avatar.face.sadtalker.geometry import align, aligned, compat_crop, region_of, seen
from avatar.face.sadtalker.landmarks import face_alignment_points
from avatar.face.sadtalker.placing import cloned
from tests.portraits import PORTRAITS, draw_portrait

_KNOWN = load_file(Path(__file__).parents[3] / "fixtures" / "sadtalker" / "geometry.safetensors")
# Which of the 68 stands where another stands in the mirrored face.
_MIRRORED = [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46,
             39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66,
             65]  # fmt: skip


def _size(case: str) -> tuple[int, int]:
    width, height = _KNOWN[f"in_{case}_size_wh"]
    return int(width), int(height)


@pytest.mark.parametrize("case", ["a", "b", "c", "d"])
def test_the_crop_of_the_original(case: str) -> None:
    points = _KNOWN[f"in_{case}_landmarks68"]
    crop = compat_crop(points, _size(case))
    assert crop.size == tuple(_KNOWN[f"out_{case}_rsize_wh"])
    assert crop.outer == tuple(_KNOWN[f"out_{case}_crop"])
    assert crop.edges == pytest.approx(_KNOWN[f"out_{case}_quad"], abs=1e-3)
    for preprocess, name in (("full", "crop_rect"), ("extfull", "ext_rect")):
        region = region_of(preprocess, points, _size(case), compat=True)
        assert region.pasted == tuple(_KNOWN[f"out_{case}_{name}_xyxy"])
        assert region.shrunk == (None if crop.size == _size(case) else crop.size)


@pytest.mark.parametrize("case", ["p", "q"])
def test_the_alignment_of_the_original(case: str) -> None:
    alignment = align(_KNOWN[f"in_align_{case}_landmarks68"], 256)
    scale, x, y = _KNOWN[f"out_align_{case}_whstxty"][2:]
    assert (alignment.scale, alignment.x, alignment.y) == pytest.approx((scale, x, y), abs=1e-4)


def test_the_aligned_picture_of_the_original() -> None:
    picture = aligned(_KNOWN["in_align_p_img"], align(_KNOWN["in_align_p_landmarks68"], 256))
    wanted = _KNOWN["out_align_p_img224_every4"].astype(int)
    assert np.abs(picture[::4, ::4].astype(int) - wanted).max() <= 1


def _square(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None]


def test_the_paste_of_the_original() -> None:
    x0, y0, x1, y1 = (int(v) for v in _KNOWN["in_paste_rect"])
    pasted = cloned(_KNOWN["in_paste_base"], _square(_KNOWN["in_paste_face"]), (x0, y0, x1, y1))
    found = (pasted[0].permute(1, 2, 0) * 255).round().numpy()
    assert np.abs(found - _KNOWN["out_paste"]).max() <= 1


def test_a_paste_outside_the_photo_is_an_error_with_advice() -> None:
    with pytest.raises(EngineError, match="leave the face option compat out"):
        cloned(_KNOWN["in_paste_base"], _square(_KNOWN["in_paste_face"]), (40, 40, 400, 400))


@pytest.mark.parametrize("case", ["b", "c", "d"])
@pytest.mark.parametrize("preprocess", ["crop", "extcrop", "resize"])
def test_a_face_at_the_edge_is_not_squeezed(case: str, preprocess: str) -> None:
    width, height = _size(case)
    points = _KNOWN[f"in_{case}_landmarks68"]
    middle = points[36:48].mean(0)
    pixels = np.zeros((height, width, 3), np.uint8)
    radius = float(np.linalg.norm(points[45] - points[36])) / 4
    cv2.circle(pixels, tuple(int(v) for v in middle), int(radius), (255, 255, 255), -1)

    def across(compat: bool) -> float:
        square = seen(pixels, region_of(preprocess, points, (width, height), compat), 256, compat)
        rows, columns = np.nonzero(square[..., 0] > 127)
        return float(np.ptp(columns) / np.ptp(rows))

    assert across(compat=False) == pytest.approx(1.0, abs=0.04)
    assert abs(across(compat=True) - 1) > abs(across(compat=False) - 1)


def test_a_large_photo_is_pasted_where_it_was_taken_from() -> None:
    points, size = _KNOWN["in_d_landmarks68"], _size("d")
    original = region_of("full", points, size, compat=True)
    mended = region_of("full", points, size, compat=False)
    assert original.shrunk == (1500, 1300)
    assert mended.sampled == mended.pasted
    assert np.array(mended.pasted)[[0, 2]] == pytest.approx(2 * np.array(original.pasted)[[0, 2]], abs=4)


def test_68_points_mirror_as_the_face_does() -> None:
    mesh = detect_faces(draw_portrait(PORTRAITS["man"]))[0]
    points = points_68(mesh)
    assert len(set(FACEMESH_68)) == 68
    axis = points[27:31, 0].mean()
    mirrored = points[_MIRRORED] * (-1, 1) + (2 * axis, 0)
    assert np.linalg.norm(points - mirrored, axis=1).max() < 0.12 * np.linalg.norm(points[45] - points[36])
    eyes, mouth = points[36:48].mean(0), points[[48, 54]].mean(0)
    tip = (points[30] - eyes) @ (mouth - eyes) / np.sum((mouth - eyes) ** 2)
    assert tip == pytest.approx(0.5, abs=0.06)  # where the standard face has it, between eyes and mouth


def test_face_alignment_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "face_alignment", None)
    landmarks._network.cache_clear()
    pixels, mesh = np.zeros((8, 8, 3), np.uint8), np.zeros((478, 2))
    with pytest.raises(MissingEngine, match="pip install face-alignment"):
        face_alignment_points(pixels, mesh)
    monkeypatch.setitem(sys.modules, "face_alignment", ModuleType("face_alignment"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(MissingEngine, match=r"2DFAN4.*landmarks"):
        face_alignment_points(pixels, mesh)


def test_face_alignment_looks_where_facemesh_saw_the_face(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    def find(pixels: np.ndarray, detected_faces: list[np.ndarray]) -> list[np.ndarray]:
        asked.append(detected_faces[0])
        return [np.arange(136.0).reshape(68, 2)]

    network = SimpleNamespace(get_landmarks_from_image=find)
    package = SimpleNamespace(FaceAlignment=lambda *args, **options: network, LandmarksType=SimpleNamespace(TWO_D=1))
    monkeypatch.setitem(sys.modules, "face_alignment", package)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "2DFAN4-11f355bf06.pth.tar").touch()
    landmarks._network.cache_clear()
    mesh = np.array([[10.0, 20.0, 0.0], [30.0, 60.0, 0.0]])
    found = face_alignment_points(np.zeros((8, 8, 3), np.uint8), mesh)
    landmarks._network.cache_clear()
    assert found.shape == (68, 2)
    assert asked[0].tolist() == [10, 20, 30, 60]

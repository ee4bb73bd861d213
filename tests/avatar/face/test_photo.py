"""Photos at the door: every kind is read or refused with advice; faces are found, measured and judged."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import struct
import threading
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from avatar.core.errors import PhotoError
from avatar.core.reasons import Message
from avatar.face.photo import Photo, Preflight, check_face, detect_faces, load_photo, look_at, preflight
from avatar.face.vision.silence import quiet
from tests.portraits import PORTRAITS, draw_portrait


def pattern(width: int = 96, height: int = 80) -> np.ndarray:
    """A smooth colour picture with a bright spot in its upper left corner."""
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x * 200 // width, y * 200 // height, np.full_like(x, 90)], -1).astype(np.uint8)
    pixels[:16, :16] = 250
    return pixels


@pytest.fixture(scope="module")
def astronaut(portrait_png: Path) -> np.ndarray:
    return load_photo(portrait_png).pixels


# -- reading -----------------------------------------------------------------------------------------------------------


def test_a_photo_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "-odd name;.png"
    Image.fromarray(pattern()).save(path)
    photo = load_photo(path)
    assert (photo.pixels == pattern()).all()
    assert photo.alpha is None
    assert photo.notes == ()
    assert photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "LA", "RGBA", "YCbCr"])
def test_every_mode_becomes_colour(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "photo.tiff" if mode in ("CMYK", "YCbCr", "LA") else tmp_path / "photo.png"
    Image.fromarray(pattern()).convert(mode).save(path)
    pixels = load_photo(path).pixels
    assert pixels.shape == (80, 96, 3)
    assert pixels.dtype == np.uint8
    assert pixels[4, 4].mean() > pixels[70, 4].mean()


def test_sixteen_bits_keep_their_brightness(tmp_path: Path) -> None:
    grey = np.linspace(0, 65535, 96 * 80).reshape(80, 96).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "deep.png")
    pixels = load_photo(tmp_path / "deep.png").pixels
    assert np.abs(pixels[..., 0].astype(int) - grey / 257).max() <= 1


def test_transparency_is_kept_and_laid_on_a_neutral_ground(tmp_path: Path) -> None:
    alpha = np.full((80, 96), 255, np.uint8)
    alpha[:, 48:] = 0
    Image.fromarray(np.dstack([pattern(), alpha])).save(tmp_path / "cut.png")
    photo = load_photo(tmp_path / "cut.png")
    assert photo.alpha is not None
    assert photo.alpha.dtype == np.float32
    assert (photo.alpha[:, :48] == 1).all()
    assert (photo.alpha[:, 48:] == 0).all()
    assert (photo.pixels[:, :48] == pattern()[:, :48]).all()
    assert np.ptp(photo.pixels[40, 60].astype(int)) < 10


def test_a_rotated_photo_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it turned by 90 degrees clockwise
    Image.fromarray(pattern()).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    pixels = load_photo(tmp_path / "turned.jpg").pixels
    assert pixels.shape == (96, 80, 3)
    assert pixels[4, -4].min() > 200


def test_an_animated_picture_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((80, 96, 3), level, np.uint8)) for level in (200, 20)]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:])
    photo = load_photo(tmp_path / "two.gif")
    assert photo.pixels.mean() > 190
    assert any("first frame" in note for note in photo.notes)


def test_an_embedded_profile_is_applied_and_a_broken_one_ignored(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(pattern()).save(tmp_path / "srgb.png", icc_profile=profile)
    Image.fromarray(pattern()).save(tmp_path / "broken.png", icc_profile=b"no profile")
    assert np.abs(load_photo(tmp_path / "srgb.png").pixels.astype(int) - pattern()).max() <= 2
    assert (load_photo(tmp_path / "broken.png").pixels == pattern()).all()


def test_a_wide_gamut_profile_changes_the_colours(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert profile  # littleCMS is there
    swapped = _matrix_profile()
    Image.fromarray(pattern()).save(tmp_path / "wide.png", icc_profile=swapped)
    assert np.abs(load_photo(tmp_path / "wide.png").pixels.astype(int) - pattern()).max() > 20


def _matrix_profile() -> bytes:
    """An RGB profile like sRGB, with a gamma of 1.0: the same numbers mean brighter colours."""
    source = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", source[128:132])[0]
    for index in range(count):
        signature, offset, _size = struct.unpack(">4sII", source[132 + 12 * index : 144 + 12 * index])
        if signature in (b"rTRC", b"gTRC", b"bTRC"):
            source[offset : offset + 12] = b"curv" + bytes(4) + struct.pack(">I", 0)
    return bytes(source)


def test_a_huge_photo_is_scaled_down(tmp_path: Path) -> None:
    Image.fromarray(np.full((300, 12_000, 3), 130, np.uint8)).save(tmp_path / "wide.png")
    photo = load_photo(tmp_path / "wide.png")
    assert photo.pixels.shape == (102, 4096, 3)
    assert "12000x300" in photo.notes[0]


def _bomb(width: int, height: int) -> bytes:
    """A tiny PNG that claims to be enormous."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def _jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pattern()).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("empty.jpg", b"", "is empty"),
        ("text.jpg", b"this is a letter, not a photo", "is no picture"),
        ("cut.jpg", _jpeg()[: len(_jpeg()) // 2], "damaged or cut short"),
        ("bomb.png", _bomb(12_000, 11_000), "use one below 120 megapixels"),
        ("bigger.png", _bomb(60_000, 60_000), "use one below 120 megapixels"),
        ("phone.heic", b"\x00\x00\x00\x18ftypheic" + bytes(64), "HEIC.*save the photo as JPEG|is no picture"),
    ],
)
def test_what_is_no_usable_picture_is_refused_with_advice(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PhotoError, match=complaint):
        load_photo(tmp_path / name)


def test_a_missing_photo_a_folder_and_a_tiny_photo_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="There is no photo"):
        load_photo(tmp_path / "none.png")
    with pytest.raises(PhotoError, match="is a folder"):
        load_photo(tmp_path)
    Image.fromarray(pattern(20, 24)).save(tmp_path / "tiny.png")
    with pytest.raises(PhotoError, match="20x24 pixels, too small"):
        load_photo(tmp_path / "tiny.png")


# -- finding and judging -----------------------------------------------------------------------------------------------


def placed(picture: np.ndarray, shape: tuple[int, int], x: int, y: int) -> np.ndarray:
    canvas = np.full((*shape, 3), 120, np.uint8)
    canvas[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return canvas


def test_the_face_is_found_and_good(astronaut: np.ndarray) -> None:
    found = preflight(Photo(astronaut, "0"))
    assert found.problems == ()
    assert found.faces == 1
    assert found.landmarks is not None
    assert found.landmarks.shape == (478, 3)
    assert found.landmarks.dtype == np.float32
    assert 50 < found.iod < 75
    assert max(abs(found.yaw), abs(found.pitch), abs(found.roll)) < 8
    assert np.abs(found.landmarks[1, :2] - [220, 125]).max() < 12
    assert detect_faces(astronaut)[0].tolist() == found.landmarks.tolist()


def test_a_small_face_in_a_big_photo_lies_where_it_was_put(astronaut: np.ndarray) -> None:
    small = cv2.resize(astronaut, (340, 340), interpolation=cv2.INTER_AREA)
    (face,) = detect_faces(placed(small, (2400, 3600), 300, 1900))
    expected = detect_faces(astronaut)[0][:, :2] * 340 / 512 + [300, 1900]
    assert np.abs(face[:, :2] - expected).max() < 5


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_face_near_the_end_of_a_long_photo_is_found_however_it_lies(astronaut: np.ndarray, turns: int) -> None:
    long = np.ascontiguousarray(np.vstack([astronaut[:, 100:360], np.full((250, 260, 3), 90, np.uint8)]))
    upright = detect_faces(long)[0][:, :2]
    (lying,) = detect_faces(np.rot90(long, turns).copy())
    x, y = lying[:, 0], lying[:, 1]
    height, width = long.shape[:2]
    back = {1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[turns]
    assert np.abs(np.stack(back, axis=1) - upright).mean() < 3.0


def test_of_several_faces_the_largest_is_taken_and_said(astronaut: np.ndarray) -> None:
    small = cv2.resize(astronaut, (400, 400), interpolation=cv2.INTER_AREA)
    both = np.hstack([placed(small, (512, 400), 0, 0), astronaut])
    found = preflight(Photo(both, "0"))
    assert found.faces == 2
    assert found.box is not None
    assert found.box[0] > 500
    assert found.problems == ()
    assert "2 faces were found" in found.notes[0]


def test_a_turned_photo_is_measured(astronaut: np.ndarray) -> None:
    matrix = cv2.getRotationMatrix2D((220, 130), -20, 1.0)  # clockwise: the head tilts to the viewer's right
    turned = cv2.warpAffine(astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    assert preflight(Photo(turned, "0")).roll == pytest.approx(23, abs=5)
    assert preflight(Photo(turned[:, ::-1].copy(), "0")).roll == pytest.approx(-23, abs=5)


def test_a_lying_face_is_found_and_refused(astronaut: np.ndarray) -> None:
    found = preflight(Photo(np.rot90(astronaut).copy(), "0"))
    assert found.faces == 1
    assert "lies on its side" in found.problems[0]


@pytest.mark.parametrize("degrees", [0, 90, 135, 180, 225, 270])
def test_a_photo_that_does_not_stand_upright_is_turned(astronaut: np.ndarray, degrees: int) -> None:
    matrix = cv2.getRotationMatrix2D((256, 256), degrees, 0.8)
    turned = cv2.warpAffine(astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    photo, found = look_at(Photo(turned, "0", np.ones((512, 512), np.float32)))
    assert found.problems == ()
    assert abs(found.roll) < 50
    assert degrees % 90 or abs(found.roll) < 10
    assert (found.turned > 0) == (degrees > 0) == any("turned" in note for note in photo.notes)
    back = np.rot90(turned, -found.turned)
    assert (photo.pixels == back).all()
    assert photo.alpha is not None and photo.alpha.shape == photo.pixels.shape[:2]


def test_of_several_faces_the_one_that_is_meant_is_taken(astronaut: np.ndarray) -> None:
    small = cv2.resize(astronaut, (400, 400), interpolation=cv2.INTER_AREA)
    photo = Photo(np.hstack([placed(small, (512, 400), 0, 0), astronaut]), "0")
    found = {face: preflight(photo, face) for face in ("largest", "left", "right", "1", "2")}
    numbers = {face: one.face for face, one in found.items()}
    assert numbers == {"largest": 2, "left": 1, "right": 2, "1": 1, "2": 2}
    assert all(one.boxes[one.face - 1] == one.box for one in found.values())
    assert not any("faces" in note for note in found["left"].notes)
    assert "no face 3" in preflight(photo, "3").problems[0]


@pytest.mark.parametrize("face", ["middle", "0", "", "-1", "100", "²"])
def test_what_is_no_face_is_an_error(face: str) -> None:
    with pytest.raises(ValueError, match="is no face"):
        check_face(face)


def _before_the_mouth(astronaut: np.ndarray, radius: float, colour: tuple[int, int, int]) -> np.ndarray:
    face = detect_faces(astronaut)[0]
    mask = np.zeros(astronaut.shape[:2], np.float32)
    cv2.circle(mask, face[[13, 17], :2].mean(0).astype(int).tolist(), round(radius * 61), (1.0,), -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 1.2)[..., None]
    return (astronaut + mask * (np.array(colour) - astronaut.astype(np.float32))).round().astype(np.uint8)


@pytest.mark.parametrize("colour", [(205, 165, 145), (30, 30, 32), (120, 170, 210)], ids=["hand", "microphone", "mask"])
def test_what_is_before_the_mouth_is_said(astronaut: np.ndarray, colour: tuple[int, int, int]) -> None:
    found = preflight(Photo(_before_the_mouth(astronaut, 0.42, colour), "0"))
    assert any("before the mouth" in note for note in found.notes)


def test_paint_over_half_a_face_is_said_and_a_bare_face_is_not(astronaut: np.ndarray) -> None:
    """Beside the mouth, which has words of its own."""
    face = detect_faces(astronaut)[0]
    painted = astronaut.copy()
    for place in (10, 151, 9, 50, 205):  # forehead and one cheek
        cv2.circle(painted, face[place, :2].astype(int).tolist(), 9, (30, 90, 200), -1)
    bare, covered = (preflight(Photo(picture, "0")) for picture in (astronaut, painted))
    assert bare.occlusion <= 0.1 < 0.3 < covered.occlusion
    assert [note.reason for note in bare.notes if isinstance(note, Message)] == []
    assert "face_covered" in [note.reason for note in covered.notes if isinstance(note, Message)]


def test_what_libraries_say_is_kept_off_the_terminal_and_only_for_the_block(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(2, b"before ")
    with quiet():
        os.write(2, b"chatter ")
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"


# 64 x 96 pixels, the upper half red, the lower half blue
_HEIC = base64.b85decode(
    b"0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<00042ZDn*}000000000XXk=`10000000000aA{+700000000000000000000B57=I"
    b"V*mgE07O6l0RRC200001dH?|c00000001cf001LtX>Mi!000000RR916=`l}WdZ;I000310BCk&F#rGn01j|zbZr0t000010002i"
    b"X>f9I0002DX>en20001ZXm(>m0RwOV0058x000009`FGC{rLC*01pFT0096PKmiN^|NjGU00093kN^M!000939=ZZRVE_RDD?$MQ"
    b"18@KU0|1Z!00RI30{|YNAc2LJ>PacCZUPz%2mk;B0LTCU0{{p>VgLaE2SfqEa<C#m0000JV{dG7ZewhC0096E00w{n000zeb8uw<"
    b"00000002M$003YB000nhX?SS>000032nYxO000+haBX1#00000000310R({p0|Wp705NT3VRQfh03|2^uUPpGl3)MvK7aiiNe_<N"
    b"XO3a1|Gg+Luy&v73v+62wXEO"
)


def test_a_heic_photo_is_read_where_the_extra_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif", reason="the extra heic is not installed")
    (tmp_path / "phone.heic").write_bytes(_HEIC)
    pixels = load_photo(tmp_path / "phone.heic").pixels
    assert pixels.shape == (96, 64, 3)
    assert np.abs(pixels[10, 10].astype(int) - (200, 40, 40)).max() < 20
    assert np.abs(pixels[90, 10].astype(int) - (40, 60, 200)).max() < 20


@pytest.mark.parametrize("name", ["woman", "man", "dark skin", "light skin, smiling", "spectacles", "black and white"])
def test_neither_a_beard_nor_a_moustache_nor_spectacles_cover_a_mouth(name: str) -> None:
    pixels = draw_portrait(PORTRAITS[name])
    face = detect_faces(pixels)[0]
    chin = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(chin, face[[58, 136, 152, 365, 288, 164], :2].astype(np.int32), (1,))
    lips = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146]
    cv2.fillPoly(chin, [face[lips, :2].astype(np.int32)], (0,))
    bearded = np.where(chin[..., None] > 0, np.array([34, 30, 28], np.uint8), pixels)
    for picture in (pixels, bearded):
        assert not any("before the mouth" in note for note in preflight(Photo(picture, "0")).notes)


def test_one_width_is_the_least_and_one_is_advised(astronaut: np.ndarray) -> None:
    def judged(width: int) -> Preflight:
        scale = width / 92
        small = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return preflight(Photo(placed(small, (512, 512), 0, 0), "0"))

    assert any("at least 48 pixels wide" in problem for problem in judged(42).problems)
    assert judged(60).problems == ()
    assert any("at least 90 pixels wide" in note for note in judged(60).notes)
    assert not any("soft" in note for note in judged(92).notes)


def test_a_head_cut_above_is_said_before_anything_is_drawn(astronaut: np.ndarray) -> None:
    assert any("head is cut" in note for note in preflight(Photo(astronaut[62:].copy(), "0")).notes)
    assert preflight(Photo(astronaut, "0")).notes == ()


def test_a_picture_without_a_face_is_refused() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    for pixels in (noise, pattern(300, 300)):
        found = preflight(Photo(pixels, "0"))
        assert found.landmarks is None
        assert "No face was found" in found.problems[0]


def test_a_face_cut_by_the_edge_is_refused(astronaut: np.ndarray) -> None:
    found = preflight(Photo(astronaut[:135, 150:300].copy(), "0"))
    assert any("cut by the edge" in problem for problem in found.problems)


def test_dark_and_blurred_photos_get_advice(astronaut: np.ndarray) -> None:
    head = astronaut[:320, 60:380]
    assert any("dark" in note for note in preflight(Photo((head * 0.2).astype(np.uint8), "0")).notes)
    blurred = cv2.GaussianBlur(head, (0, 0), 3.5)
    assert any("blurred" in note for note in preflight(Photo(blurred, "0")).notes)


def test_native_chatter_is_kept_off_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        os.write(2, b"chatter\n")
    os.write(2, b"message\n")
    assert capfd.readouterr().err == "message\n"


def test_standard_error_survives_many_threads(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        for _ in range(50):
            with quiet():
                os.write(2, b"chatter\n")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"message\n")
    assert capfd.readouterr().err == "message\n"

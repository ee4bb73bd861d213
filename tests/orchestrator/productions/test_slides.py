"""Slides: pictures and notes out of PDF and PPTX, and what cannot be read."""

from __future__ import annotations

import base64
import os
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from avatar.core.errors import InputError, MissingEngine, OptionError
from avatar.core.layout import parse_layout
from orchestrator.productions.present import scenes_of_slides, shape_of
from orchestrator.productions.slides import MOST_SLIDES, Slide, chosen_pages, read_notes, read_slides

pytest.importorskip("pypdfium2", reason="the extra slides is not installed")
pptx = pytest.importorskip("pptx", reason="the extra slides is not installed")

# An empty page behind the password "secret".
_LOCKED = (
    "c-oCo%Z}4P5WLS<^d(1j-VaMw4(x6u1Zblya6uf}o}LgC*(=A9cKJyT`~mz39RtB49I#}`uCA(n)M9<JdZw?eSbY2b<*U%3pl?2jx)yRh^!eD*05y7"
    "}BAJxqQY@E(x_si88TZZ81A$!QmJUK*_s4DoE#%8xKEQi$Ox(bSnbclLuW`hEzZE|{;N-oT3EV$>3Av#|e;is?aE0meHRT;X?;p9Xx>D1tm4cwSKW"
    "hf!$^JI?GxK*~*cGghuc+IOA3>YMLU5*XRfwkI@@lsq`7H8&#4h8Ig}j4WkvClRXvtBEuC;B!wxQy+#%Qs1)S4!z;B%X8cEQA;U8N&7B}Z~R`&+1U"
    "Q!o)VDP@C7+2GIyYffr*NoZ129C>aLeL|;$Q;PpXDFu~QX`avHKt=HCLY*H7-dhg^&Y0%qr%Lw+^VJ2Wb-Khtyub_}`izYO?)EfHcfH?zCLTp@`hE"
    "mE1t4E^r3d}%`-T&%OW>tK@K{XMxY#INDXJ>fIPG1k((->O9Q1A14o?pw_}@t%MjXcJATD~bSlr&N#1Cya!s`"
)


def write_pdf(path: Path, pages: int = 3, size: tuple[int, int] = (640, 360)) -> Path:
    """Pages whose colour tells which they are, with a black line at the upper edge."""
    pictures = []
    for number in range(pages):
        page = Image.new("RGB", size, (40 + 60 * (number % 4), 120, 90))
        ImageDraw.Draw(page).rectangle((0, 0, size[0], 20), fill="black")
        pictures.append(page)
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    return path


def write_pptx(path: Path, notes: Sequence[str], hidden: int | None = None) -> Path:
    talk = pptx.Presentation()
    for number, words in enumerate(notes):
        slide = talk.slides.add_slide(talk.slide_layouts[5])
        slide.shapes.title.text = f"Title {number + 1}"
        if words:
            slide.notes_slide.notes_text_frame.text = words
        if number == hidden:
            slide._element.set("show", "0")
    talk.save(str(path))
    return path


def test_pages_of_a_pdf_become_pictures_with_the_notes_of_a_file(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("\ufeffFirst.\nStill first.\n---\n\n-----\nThird.\n", encoding="utf-8")
    slides = read_slides(write_pdf(tmp_path / "a.pdf"), tmp_path, notes=notes)
    assert [(slide.number, slide.notes) for slide in slides] == [(1, "First.\nStill first."), (2, ""), (3, "Third.")]
    for slide, red in zip(slides, (40, 100, 160), strict=True):
        with Image.open(slide.picture) as picture:
            assert picture.size == (1920, 1080)
            assert abs(picture.getpixel((960, 700))[0] - red) < 8
            assert picture.getpixel((960, 20))[0] < 60, "the right way up"


def test_notes_of_a_pptx_are_spoken_and_hidden_slides_are_not_there(tmp_path: Path) -> None:
    talk = write_pptx(tmp_path / "a.pptx", ["Hello.\x0bAll of you.", "Hidden.", "Привет."], hidden=1)
    slides = read_slides(talk, tmp_path, pdf=write_pdf(tmp_path / "a.pdf", 2))
    assert [slide.notes for slide in slides] == ["Hello.\nAll of you.", "Привет."]
    assert [slide.text for slide in slides] == ["Title 1", "Title 3"]


def test_libreoffice_draws_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("the stand-in is a shell script")
    drawn = write_pdf(tmp_path / "drawn.pdf", 1)
    programs = tmp_path / "bin"
    programs.mkdir()
    office = programs / "soffice"
    office.write_text(
        f'#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\n[ -s "$3" ] && cp "{drawn}" "$2/slides.pdf"\n'
    )
    office.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/bin{os.pathsep}/usr/bin")
    (slide,) = read_slides(write_pptx(tmp_path / "a.pptx", ["Hello."]), tmp_path)
    assert slide.notes == "Hello."
    office.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(InputError, match=r"could not draw a\.pptx: save it as PDF"):
        read_slides(tmp_path / "a.pptx", tmp_path)


def test_without_libreoffice_a_pdf_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingEngine, match="--slides-pdf"):
        read_slides(write_pptx(tmp_path / "a.pptx", ["Hello."]), tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.pdf", b"%PDF-1.7\nnothing of it", "damaged"),
        ("a.pdf", b"", "no presentation"),
        ("a.pptx", b"PK\x03\x04 broken", "no presentation"),
        ("a.ppt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "password"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "no presentation"),
        ("a.pdf", zlib.decompress(base64.b85decode(_LOCKED)), "has a password"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_slides(path, tmp_path)


def test_other_files_in_a_zip_are_told(tmp_path: Path) -> None:
    for inside, told in (("word/document.xml", "no presentation"), ("ppt/presentation.xml", "damaged")):
        with zipfile.ZipFile(tmp_path / "a.pptx", "w") as archive:
            archive.writestr(inside, "<x/>")
        with pytest.raises(InputError, match=told):
            read_slides(tmp_path / "a.pptx", tmp_path)
    with pytest.raises(InputError, match="check the path"):
        read_slides(tmp_path / "missing.pdf", tmp_path)


def test_counts_that_do_not_fit_are_told(tmp_path: Path) -> None:
    talk = write_pptx(tmp_path / "a.pptx", ["One.", "Two."])
    with pytest.raises(InputError, match="2 slides that are shown, and its PDF 3 pages"):
        read_slides(talk, tmp_path, pdf=write_pdf(tmp_path / "a.pdf"))
    with pytest.raises(InputError, match="is no PDF"):
        read_slides(talk, tmp_path, pdf=talk)
    many = write_pdf(tmp_path / "many.pdf", MOST_SLIDES + 1, (32, 18))
    with pytest.raises(InputError, match="--pages 1-100"):
        read_slides(many, tmp_path)
    assert [slide.number for slide in read_slides(many, tmp_path, pages="101, 2-3")] == [101, 2, 3]
    notes = tmp_path / "notes.txt"
    notes.write_text("a\n---\nb\n---\nc")
    with pytest.raises(InputError, match="3 parts"):
        read_notes(notes, 2)
    notes.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_notes(notes, 2)


@pytest.mark.parametrize(
    ("pages", "chosen"),
    [("", [1, 2, 3, 4, 5]), ("2", [2]), ("4-5, 1", [4, 5, 1]), ("1-3,2-4", [1, 2, 3, 4]), (" 5 – 5 ", [5])],
)
def test_pages_are_chosen(pages: str, chosen: list[int]) -> None:
    assert chosen_pages(pages, 5) == chosen


@pytest.mark.parametrize("pages", ["0", "6", "3-2", "one", "1-", "1,,2", "-1"])
def test_pages_that_are_not_there_are_told(pages: str) -> None:
    with pytest.raises(OptionError, match="--pages"):
        chosen_pages(pages, 5)


def slide(number: int, notes: str, folder: Path, shape: tuple[int, int] = (1920, 1080), text: str = "") -> Slide:
    path = folder / f"{number}.png"
    Image.new("RGB", shape).save(path)
    return Slide(number, notes, text, path)


def test_a_slide_is_a_scene_with_its_picture_whole(tmp_path: Path) -> None:
    slides = [slide(1, "One.", tmp_path), slide(2, "Two.", tmp_path)]
    scenes = scenes_of_slides(slides, {})
    assert [scene["text"] for scene in scenes] == ["One.", "Two."]
    assert scenes[0]["backdrop"] == f"@{slides[0].picture}"
    assert scenes[0]["backdrop_option"] == {"fit": "contain"}
    assert parse_layout(str(scenes[0]["layout"])).kind == "circle"
    assert scenes[0]["size"] == "1280x720"
    assert "transition" not in scenes[0]
    assert str(scenes[1]["transition"]).startswith("fade")
    own = scenes_of_slides(slides, {"layout": "card", "size": "512x512", "transition": "cut"})
    assert not {"layout", "size", "transition"} & set(own[1])


def test_slides_without_notes_are_named_skipped_or_read(tmp_path: Path) -> None:
    slides = [slide(1, "One.", tmp_path), slide(2, "", tmp_path, text="Two."), slide(3, "", tmp_path)]
    with pytest.raises(InputError, match=r"slides 2, 3: .*--without-notes skip"):
        scenes_of_slides(slides, {})
    assert [scene["text"] for scene in scenes_of_slides(slides, {}, "skip")] == ["One."]
    with pytest.raises(InputError, match="slides 3: write notes"):
        scenes_of_slides(slides, {}, "read")
    assert [scene["text"] for scene in scenes_of_slides(slides[:2], {}, "read")] == ["One.", "Two."]
    with pytest.raises(InputError, match="No slide has notes"):
        scenes_of_slides(slides[1:], {}, "skip")


@pytest.mark.parametrize(
    ("shape", "size"),
    [((1920, 1080), "1280x720"), ((1600, 1200), "960x720"), ((800, 800), "720x720"), ((1080, 1920), "720x1280")],
)
def test_the_video_has_the_shape_of_the_slides(shape: tuple[int, int], size: str, tmp_path: Path) -> None:
    assert shape_of(slide(1, "", tmp_path, shape).picture) == size

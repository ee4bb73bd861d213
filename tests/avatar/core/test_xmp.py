"""A packet of XMP in MP4 and PNG files."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from avatar.core.boxes import box
from avatar.core.xmp import in_png, source_type_in, xmp_box, xmp_packet

TERM = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
IPTC, XMP = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}", "{http://ns.adobe.com/xap/1.0/}"


def test_the_packet_is_xml_that_names_type_and_tool() -> None:
    tree = ElementTree.fromstring(xmp_packet(TERM, 'A "tool" & <more> 1').decode().removeprefix("\ufeff"))
    (description,) = tree.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    assert description.get(f"{IPTC}DigitalSourceType") == TERM
    assert description.get(f"{XMP}CreatorTool") == 'A "tool" & <more> 1'


def test_a_png_keeps_its_pixels_and_carries_the_packet() -> None:
    pixels = np.random.default_rng(3).integers(0, 255, (5, 7, 4), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    with Image.open(io.BytesIO(in_png(buffer.getvalue(), xmp_packet(TERM, "T")))) as picture:
        picture.load()  # checks the sums of all chunks
        assert (np.asarray(picture) == pixels).all()
        assert picture.info["XML:com.adobe.xmp"].encode() == xmp_packet(TERM, "T")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (box(b"ftyp", b"isom") + xmp_box(xmp_packet(TERM, "T")), TERM),
        (box(b"ftyp", b"isom") + box(b"uuid", bytes(16) + xmp_packet(TERM, "T")), ""),
        (box(b"ftyp", b"isom") + xmp_box(b"<x/>"), ""),
        (
            xmp_box(
                xmp_packet("", "T").replace(b'DigitalSourceType=""', b"DigitalSourceType>" + TERM.encode() + b"</a")
            ),
            TERM,
        ),
        (b"junk", ""),
        (b"", ""),
    ],
)
def test_the_type_is_found_in_the_box_of_xmp_alone(tmp_path: Path, content: bytes, found: str) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    assert source_type_in(tmp_path / "a.mp4") == found

"""Where a file says by itself that a machine made it: an XMP packet with IPTC's digital source type, and its places.

In MP4 and MOV it is a box of its own, here the last one, in PNG a chunk behind the header (XMP specification, part 3).
"""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from xml.sax.saxutils import quoteattr

from avatar.core.boxes import box, boxes

__all__ = ["in_png", "source_type_in", "xmp_box", "xmp_packet"]

_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_PNG_HEADER = 8 + 25  # the mark of the format, and IHDR
_LARGEST = 1 << 20


def xmp_packet(digital_source_type: str, tool: str) -> bytes:
    """An XMP packet. ``digital_source_type``: a term of IPTC's vocabulary by address; ``tool``: who made the file."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"\n'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"\n'
        f" xmp:CreatorTool={quoteattr(tool)}\n"
        f" Iptc4xmpExt:DigitalSourceType={quoteattr(digital_source_type)}/>\n"
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="r"?>'
    ).encode()


def xmp_box(packet: bytes) -> bytes:
    """``packet`` as MP4 and MOV files hold it."""
    return box(b"uuid", _UUID + packet)


def in_png(png: bytes, packet: bytes) -> bytes:
    """``png`` with ``packet`` in it."""
    content = b"iTXt" + b"XML:com.adobe.xmp" + bytes(5) + packet
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    return png[:_PNG_HEADER] + chunk + png[_PNG_HEADER:]


def source_type_in(path: Path) -> str:
    """The digital source type that the XMP box of an MP4 or MOV names; ``""`` where there is none."""
    try:
        with path.open("rb") as file:
            for each in boxes(file):
                file.seek(each.start + each.header)
                if each.kind == b"uuid" and each.size < _LARGEST and file.read(len(_UUID)) == _UUID:
                    found = re.search(rb'DigitalSourceType[="\'>\s]+([^"\'<\s]+)', file.read(each.size))
                    return found[1].decode("utf-8", "replace") if found else ""
    except ValueError:
        pass
    return ""

"""A short film from a story: its paragraphs become scenes, each in the place that its words tell of.

From one place to the next the backdrop travels; who tells the story stands in front, or is a voice alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from avatar.core.errors import InputError
from avatar.core.reasons import Message

__all__ = ["LAYOUT", "MOST_LETTERS", "SIZE", "TRANSITION", "read_story", "scenes_of_story"]

MOST_LETTERS = 200_000
"""Of a story: some hours of speech."""
LAYOUT, SIZE, TRANSITION = "right", "1280x720", "fade:0.4"
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+(.+?)[ \t#]*$")
_PLACE_ALONE = re.compile(r"(?im)^([ \t]*\[\s*(?:place|backdrop|место|фон)\s*:[^\]\n]*\])[ \t]*\n\s*\n")
_LONGEST_HEADING = 160


@dataclass
class _Part:
    """Paragraphs that follow one another, below a ``heading`` or none."""

    heading: str
    paragraphs: list[str]


def read_story(path: Path) -> str:
    """The text of the file; InputError where it is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"The story {path} cannot be read ({error.strerror}): check the path.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"The story {path} is no UTF-8 text (byte {error.start}): save it as UTF-8.") from error


def scenes_of_story(text: str, options: Mapping[str, object]) -> list[dict[str, object]]:
    """Options of a scene for each place of the story, to which ``options`` of the whole are added by the caller.

    A blank line parts paragraphs; a line of ``# words`` is shown as a heading and begins a scene; ``[place: a
    harbour]`` before a paragraph names its place. InputError for a story without words or beyond MOST_LETTERS.
    """
    from motion import TRAVELLING
    from motion.telling import places_told

    if len(text) > MOST_LETTERS:
        raise InputError(Message("story_long", letters=len(text), most=MOST_LETTERS))
    parts = list(_parts(text))
    told = iter(places_told([paragraph for part in parts for paragraph in part.paragraphs]))
    scenes: list[dict[str, object]] = []
    for part in parts:
        heading = part.heading
        for _ in part.paragraphs:
            one = next(told)
            if scenes and not heading and scenes[-1]["backdrop"] == one.place:
                scenes[-1]["text"] = f"{scenes[-1]['text']}\n\n{one.text}"
                continue
            scenes.append({"text": one.text, "backdrop": one.place, **({"heading": heading} if heading else {})})
            heading = ""
    if not scenes:
        raise InputError(Message("story_empty"))
    engine = options.get("backdrop_engine")
    for before, scene in zip(scenes, scenes[1:], strict=False):
        if before["backdrop"] != scene["backdrop"] and engine in (None, *TRAVELLING):
            scene["backdrop_from"] = before["backdrop"]
    return [{**_usual(options, number), **scene} for number, scene in enumerate(scenes)]


def _usual(options: Mapping[str, object], number: int) -> dict[str, object]:
    """What a story has where ``options`` say nothing else."""
    usual: dict[str, object] = {"layout": "none" if options.get("photo") is None else LAYOUT, "size": SIZE}
    if number:
        usual["transition"] = TRANSITION
    return {name: value for name, value in usual.items() if name not in options}


def _parts(text: str) -> Iterator[_Part]:
    """The story by headings; those without a paragraph below are joined to the next by the bar of a second line."""
    heading, paragraphs = "", list[str]()
    lines_of_text = text.replace("\r\n", "\n").replace("\r", "\n")
    for block in re.split(r"\n\s*\n", _PLACE_ALONE.sub(r"\1\n", lines_of_text)):
        lines: list[str] = []
        for line in block.split("\n"):
            found = _HEADING.match(line)
            if found is None:
                lines.append(line)
                continue
            if _spoken(lines):
                paragraphs.append("\n".join(lines).strip())
            lines = []
            if paragraphs:
                yield _Part(heading, paragraphs)
                heading, paragraphs = "", []
            heading = " | ".join(part for part in (heading, found[1]) if part)[:_LONGEST_HEADING]
        if _spoken(lines):
            paragraphs.append("\n".join(lines).strip())
    if paragraphs:
        yield _Part(heading, paragraphs)


def _spoken(lines: list[str]) -> bool:
    return any(character.isalnum() for line in lines for character in line)

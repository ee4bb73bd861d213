"""Brand kits: options from a file, files beside it, and what is none."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from avatar.core.errors import InputError
from orchestrator.cli.commands.render import add_options, given_options
from orchestrator.productions.brand import read_brand


def test_a_kit_is_options_with_its_files_beside_it(tmp_path: Path) -> None:
    kit = tmp_path / "brand.json"
    kit.write_text('\ufeff{"accent": "#2f7bff", "logo": "pictures/logo.png", "font": "a.ttf"}', encoding="utf-8")
    assert read_brand(kit) == {
        "accent": "#2f7bff", "logo": tmp_path / "pictures" / "logo.png", "font": tmp_path / "a.ttf",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "no JSON"),
        ("[]", "an object of texts"),
        ('{"accent": 3}', "an object of texts"),
        ('{"colour": "#2f7bff"}', "what it can hold is accent"),
    ],
)
def test_what_is_no_kit_is_told(content: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "brand.json").write_text(content)
    with pytest.raises(InputError, match=told):
        read_brand(tmp_path / "brand.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_brand(tmp_path / "missing.json")


def test_flags_count_before_the_kit(tmp_path: Path) -> None:
    (tmp_path / "brand.json").write_text('{"accent": "#2f7bff", "logo": "logo.png"}')
    parser = argparse.ArgumentParser()
    add_options(parser)
    words = ["--brand", str(tmp_path / "brand.json"), "--accent", "#000000", "-o", "a.mp4"]
    assert given_options(parser.parse_args(words)) == {"accent": "#000000", "logo": tmp_path / "logo.png"}

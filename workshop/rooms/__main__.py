"""python -m workshop.rooms list | render | pack | sheet | gallery: makes the plates of motion/data/rooms again."""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import pkgutil
import sys
from pathlib import Path
from random import Random
from types import ModuleType

import bpy
import numpy as np

from workshop.rooms import places, rendering
from workshop.rooms.kit import Kit
from workshop.rooms.packing import pack
from workshop.rooms.sheets import gallery, sheet

SAMPLES = 12


def main(arguments: list[str]) -> None:
    """Do what is asked, room by room; what is there already from the same inputs is left alone."""
    asked = _parser().parse_args(arguments)
    if asked.what == "gallery":
        _say(str(gallery(asked.plates, asked.raw / "gallery.jpg")))
        return
    names = asked.places or known()
    if wrong := set(names) - set(known()):
        raise SystemExit(f"No such place: {', '.join(sorted(wrong))}; there are {', '.join(known())}.")
    for seed in asked.seeds:
        for name in names:
            _do(asked, name, seed)


def known() -> list[str]:
    """The places, by listing their folder."""
    return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(places.__path__))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workshop.rooms", description=__doc__)
    parser.add_argument("what", choices=["list", "render", "pack", "sheet", "gallery"])
    parser.add_argument("places", nargs="*", metavar="PLACE", help="all by default")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--scale", type=float, default=1.0, help="of the picture's side, for a quick look")
    parser.add_argument("--again", action="store_true", help="render what is there, too: after a change of the kit")
    parser.add_argument("--raw", type=Path, default=Path("out/rooms"), help="the renders")
    parser.add_argument("--plates", type=Path, default=Path("motion/data/rooms"))
    return parser


def _do(asked: argparse.Namespace, name: str, seed: int) -> None:
    module = importlib.import_module(f"workshop.rooms.places.{name.replace('-', '_')}")
    raw = asked.raw / f"{name}-{seed}.npz"
    if asked.what == "list":
        _say(f"{name} {seed}: {module.TITLE['en']}")
    elif asked.what == "render":
        _render(module, name, seed, raw, asked)
    elif raw.exists() and asked.what == "pack":
        folder = asked.plates / f"{name}-{seed}"
        pack(raw, folder, module)
        _say(f"{folder}: {sum(path.stat().st_size for path in folder.iterdir())} bytes")
    elif raw.exists():
        _say(str(sheet(raw)))


def _render(module: ModuleType, name: str, seed: int, raw: Path, asked: argparse.Namespace) -> None:
    inputs = _inputs(module, seed, asked.samples, asked.scale)
    if raw.exists() and not asked.again and str(np.load(raw)["inputs"]) == inputs:
        return
    kit = Kit()
    module.build(kit, Random(f"{name}-{seed}"))
    found = rendering.render(kit, asked.samples, asked.scale)
    about = {
        "place": name,
        "seed": seed,
        "groups": kit.groups,
        "lens": kit.lens,
        "height": kit.height,
        "level": kit.level,
        "samples": asked.samples,
        "blender": bpy.app.version_string,
        "inputs": inputs,
    }
    raw.parent.mkdir(parents=True, exist_ok=True)
    half = raw.with_suffix(".part.npz")
    np.savez_compressed(half, **{k: np.asarray(v) for k, v in about.items()}, **found)
    half.replace(raw)
    _say(f"{raw}: {float(found['seconds']):.0f} s")


def _inputs(module: ModuleType, seed: int, samples: int, scale: float) -> str:
    """A digest of what makes the room: its file, the seed, how it is rendered."""
    source = ast.dump(ast.parse(Path(str(module.__file__)).read_text()))  # its sense, not its layout
    return hashlib.sha256(repr((source, seed, samples, scale, rendering.SIZE)).encode()).hexdigest()[:16]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

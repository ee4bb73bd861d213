"""Materials by nodes: no picture files, only noise, bricks and ramps. Colours are linear RGB.

Each function returns a Blender material, made once a scene by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

__all__ = [
    "art",
    "beam",
    "bricks",
    "carpet",
    "chalkboard",
    "display",
    "facade",
    "glass",
    "glow",
    "leaf",
    "mirror",
    "paint",
    "planks",
    "stone",
    "tiles",
    "varied",
    "wood",
    "world",
]

Colour = Sequence[float]


class _Graph:
    """The nodes of one material; a value of an input is a constant or another node's socket."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.surface = self.tree.nodes["Principled BSDF"]

    def node(self, kind: str, inputs: dict[str, Any] | None = None, **settings: Any) -> Any:
        node = self.tree.nodes.new(kind)
        for key, value in settings.items():
            setattr(node, key, value)
        self.feed(node, inputs or {})
        return node

    def feed(self, node: Any, inputs: dict[Any, Any]) -> None:
        for key, value in inputs.items():
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, node.inputs[key])
            else:
                node.inputs[key].default_value = value

    def dress(self, **inputs: Any) -> Any:
        self.feed(self.surface, {key.replace("_", " "): value for key, value in inputs.items()})
        return self.material

    def where(self, scale: Sequence[float] = (1, 1, 1), shift: Any = None) -> Any:
        """Object coordinates in metres, stretched, each loose part shifted by ``shift``."""
        place = self.node("ShaderNodeTexCoord").outputs["Object"]
        if shift is not None:
            away = self.maths("MULTIPLY", shift, 37.0)
            apart = self.node("ShaderNodeCombineXYZ", {"X": away, "Y": away, "Z": away}).outputs[0]
            place = self.maths("ADD", place, apart, "ShaderNodeVectorMath")
        return self.node("ShaderNodeMapping", {"Vector": place, "Scale": scale}).outputs[0]

    def maths(self, operation: str, first: Any, second: Any, kind: str = "ShaderNodeMath") -> Any:
        return self.node(kind, {0: first, 1: second}, operation=operation).outputs[0]

    def part(self) -> Any:
        """A random number of each loose part of a mesh."""
        return self.node("ShaderNodeNewGeometry").outputs["Random Per Island"]

    def noise(self, vector: Any, scale: float, detail: float = 6, distortion: float = 0) -> Any:
        inputs = {"Vector": vector, "Scale": scale, "Detail": detail, "Distortion": distortion}
        return self.node("ShaderNodeTexNoise", inputs).outputs["Fac"]

    def ramp(self, value: Any, colours: Sequence[Colour], low: float = 0, high: float = 1, steps: bool = False) -> Any:
        node = self.node("ShaderNodeValToRGB", {"Fac": value})
        ramp = node.color_ramp
        ramp.interpolation = "CONSTANT" if steps else "LINEAR"
        while len(ramp.elements) < len(colours):
            ramp.elements.new(0.5)
        last = len(colours) if steps else max(len(colours) - 1, 1)
        for k, (element, colour) in enumerate(zip(ramp.elements, colours, strict=True)):
            element.position = low + (high - low) * k / last
            element.color = (*colour, 1)
        return node.outputs[0]

    def shade(self, colour: Any, amount: Any) -> Any:
        """``colour`` times ``amount`` (a colour or grey socket)."""
        node = self.node("ShaderNodeMixRGB", {"Fac": 1.0, "Color1": colour, "Color2": amount}, blend_type="MULTIPLY")
        return node.outputs[0]

    def bump(self, height: Any, strength: float) -> Any:
        return self.node("ShaderNodeBump", {"Height": height, "Strength": strength, "Distance": 0.02}).outputs[0]

    def upright(self) -> Any:
        """(x + y, z, 0): one texture for all walls along the axes."""
        place = self.node("ShaderNodeSeparateXYZ", {0: self.node("ShaderNodeTexCoord").outputs["Object"]})
        along = self.maths("ADD", place.outputs["X"], place.outputs["Y"])
        return self.node("ShaderNodeCombineXYZ", {"X": along, "Y": place.outputs["Z"]}).outputs[0]


def _kept(name: str) -> Any:
    return bpy.data.materials.get(name)


def _rgba(colour: Colour) -> tuple[float, ...]:
    return (*colour, 1)


def _around(colour: Colour, spread: float) -> list[tuple[float, ...]]:
    return [tuple(c * (1 - spread) for c in colour), tuple(min(1.0, c * (1 + spread)) for c in colour)]


def paint(name: str, colour: Colour, rough: float = 0.6, speckle: float = 0.06, scale: float = 6, **more: float) -> Any:
    """Paint, plastic, metal or cloth with a faint unevenness; ``more`` are inputs of the principled shader."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    uneven = graph.noise(graph.where(), scale)
    colour_of = graph.ramp(uneven, _around(colour, speckle), 0.3, 0.7)
    more.setdefault("Metallic", 0.0)
    return graph.dress(Base_Color=colour_of, Roughness=rough, Normal=graph.bump(uneven, 0.1), **more)


def varied(name: str, colours: Sequence[Colour], rough: float = 0.6, **more: float) -> Any:
    """Each loose part of the mesh (a book, a bottle) takes one of ``colours``, a little lighter or darker."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    part = graph.part()
    colour = graph.ramp(part, colours, steps=True)
    second = graph.maths("FRACT", graph.maths("MULTIPLY", part, 91.7), 0.0)
    light = graph.ramp(second, [(0.6, 0.6, 0.6), (1, 1, 1)])
    return graph.dress(Base_Color=graph.shade(colour, light), Roughness=rough, **more)


def wood(name: str, colour: Colour, axis: str = "x", rough: float = 0.42, contrast: float = 0.35) -> Any:
    """Fine grain along ``axis``; each part is cut from another place of the tree."""
    name = f"{name}.{axis}"
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    part = graph.part()
    stretch = {"x": (0.9, 14, 14), "y": (14, 0.9, 14), "z": (14, 14, 0.9)}[axis]
    place = graph.where(stretch, part)
    wide, fine = graph.noise(place, 1.0, 4, 0.6), graph.noise(place, 5.0, 8)
    both = graph.maths("ADD", graph.maths("MULTIPLY", wide, 0.65), graph.maths("MULTIPLY", fine, 0.35))
    grain = graph.ramp(both, _around(colour, contrast), 0.33, 0.67)
    light = graph.ramp(part, [(0.82, 0.82, 0.82), (1, 1, 1)])
    return graph.dress(Base_Color=graph.shade(grain, light), Roughness=rough, Normal=graph.bump(fine, 0.08))


def planks(name: str, colour: Colour, along: str = "y", width: float = 0.14, rough: float = 0.32) -> Any:
    """A floor of boards 1.6 m long, no two alike."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    place = graph.node("ShaderNodeTexCoord").outputs["Object"]
    if along == "y":
        place = graph.node("ShaderNodeMapping", {"Vector": place, "Rotation": (0, 0, 1.5708)}).outputs[0]
    boards = graph.node(
        "ShaderNodeTexBrick",
        {
            "Vector": place,
            "Color1": (0.72, 0.7, 0.68, 1),
            "Color2": (1, 1, 1, 1),
            "Mortar": (0.3, 0.3, 0.3, 1),
            "Scale": 1.0,
            "Mortar Size": 0.0025,
            "Mortar Smooth": 0.3,
            "Bias": 0.0,
            "Brick Width": 1.6,
            "Row Height": width,
        },
        offset=0.37,
        offset_frequency=2,
    )
    shift = graph.node("ShaderNodeSeparateColor", {0: boards.outputs["Color"]}).outputs[0]
    grain = graph.where((12, 0.8, 1) if along == "y" else (0.8, 12, 1), shift)
    fine = graph.noise(grain, 2.5, 8, 0.4)
    wooden = graph.ramp(fine, _around(colour, 0.3), 0.3, 0.7)
    shine = graph.ramp(graph.noise(graph.where(), 1.2), [(rough - 0.08,) * 3, (rough + 0.12,) * 3])
    return graph.dress(Base_Color=graph.shade(wooden, boards.outputs["Color"]), Roughness=shine)


def _laid(name: str, place: str, colour: Colour, size: Sequence[float], joint: Colour, **settings: float) -> Any:
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    vector = graph.upright() if place == "wall" else graph.node("ShaderNodeTexCoord").outputs["Object"]
    low, high = _around(colour, settings.get("spread", 0.08))
    pattern = graph.node(
        "ShaderNodeTexBrick",
        {
            "Vector": vector,
            "Color1": _rgba(low),
            "Color2": _rgba(high),
            "Mortar": _rgba(joint),
            "Scale": 1.0,
            "Mortar Size": settings.get("gap", 0.003),
            "Mortar Smooth": 0.2,
            "Brick Width": size[0],
            "Row Height": size[1],
        },
        offset=settings.get("offset", 0.5),
    )
    dirt = graph.ramp(graph.noise(graph.where(), 9), [(0.8,) * 3, (1, 1, 1)], 0.3, 0.6)
    colour_of = graph.shade(pattern.outputs["Color"], dirt)
    normal = graph.bump(pattern.outputs["Fac"], -settings.get("bump", 0.3))
    return graph.dress(Base_Color=colour_of, Roughness=settings.get("rough", 0.25), Normal=normal)


def tiles(name: str, colour: Colour, size: float = 0.3, place: str = "floor", rough: float = 0.2) -> Any:
    """Square tiles of the floor or of a wall."""
    joint = tuple(0.55 * c for c in colour)
    return _laid(name, place, colour, (size, size), joint, offset=0.0, rough=rough, spread=0.04)


def bricks(name: str, colour: Colour, joint: Colour = (0.45, 0.42, 0.38), rough: float = 0.85) -> Any:
    """A brick wall."""
    return _laid(name, "wall", colour, (0.25, 0.08), joint, gap=0.007, rough=rough, spread=0.35, bump=0.6)


def stone(name: str, colour: Colour, rough: float = 0.4, scale: float = 1.5, contrast: float = 0.2) -> Any:
    """Concrete, marble, asphalt: clouds at several sizes."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    clouds, grit = graph.noise(graph.where(), scale, 10, 0.8), graph.noise(graph.where(), 60, 2)
    both = graph.maths("ADD", graph.maths("MULTIPLY", clouds, 0.8), graph.maths("MULTIPLY", grit, 0.2))
    return graph.dress(Base_Color=graph.ramp(both, _around(colour, contrast), 0.3, 0.7), Roughness=rough)


def carpet(name: str, colour: Colour) -> Any:
    """Pile that scatters at grazing angles."""
    return paint(name, colour, 0.95, 0.25, 120, **{"Sheen Weight": 0.3})


def glass(name: str = "glass", tint: Colour = (0.96, 0.98, 0.97), share: float = 0.12) -> Any:
    """A thin pane: clear, with ``share`` of a mirror; light passes without noise."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    clear = graph.node("ShaderNodeBsdfTransparent", {"Color": _rgba(tint)})
    gloss = graph.node("ShaderNodeBsdfGlossy", {"Roughness": 0.02})
    both = graph.node("ShaderNodeMixShader", {0: share, 1: clear.outputs[0], 2: gloss.outputs[0]})
    graph.feed(graph.tree.nodes["Material Output"], {"Surface": both.outputs[0]})
    return graph.material


def mirror(name: str, colour: Colour = (0.7, 0.7, 0.72), rough: float = 0.22) -> Any:
    """Brushed or polished metal."""
    return paint(name, colour, rough, 0.05, 20, Metallic=1.0)


def leaf(name: str, colours: Sequence[Colour]) -> Any:
    """Leaves: each of another green, and light shines through."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    colour = graph.ramp(graph.part(), colours)
    uneven = graph.ramp(graph.noise(graph.where(), 14), [(0.65,) * 3, (1, 1, 1)], 0.3, 0.65)
    colour = graph.shade(colour, uneven)
    graph.dress(Base_Color=colour, Roughness=0.45)
    through = graph.node("ShaderNodeBsdfTranslucent", {"Color": colour})
    both = graph.node("ShaderNodeMixShader", {0: 0.3, 1: graph.surface.outputs[0], 2: through.outputs[0]})
    graph.feed(graph.tree.nodes["Material Output"], {"Surface": both.outputs[0]})
    return graph.material


def glow(
    name: str, strength: float, colour: Colour = (1, 1, 1), sampled: bool = True, base: Colour = (0.8, 0.8, 0.8)
) -> Any:
    """A surface that shines, ``base`` when it does not; not ``sampled``: seen, but too weak to light the room."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    graph.dress(Base_Color=_rgba(base), Emission_Color=_rgba(colour), Emission_Strength=strength)
    graph.material.cycles.emission_sampling = "AUTO" if sampled else "NONE"
    return graph.material


def art(name: str, colours: Sequence[Colour], scale: float = 2.0, shift: float = 0.0, land: bool = False) -> Any:
    """A picture for a frame: soft fields of colour or, with ``land``, bands like sky, hills and water."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    place = graph.node("ShaderNodeMapping", {"Vector": graph.upright(), "Location": (shift, 0, shift)}).outputs[0]
    fields = graph.noise(place, scale, 2, 0.4)
    if land:
        height = graph.node("ShaderNodeSeparateXYZ", {0: graph.upright()}).outputs["Y"]
        bent = graph.maths("ADD", height, graph.maths("MULTIPLY", fields, 0.6))
        fields = graph.maths("PINGPONG", graph.maths("MULTIPLY", bent, 0.9), 1.0)
    colour = graph.ramp(fields, colours, 0.2 if land else 0.36, 0.8 if land else 0.62, steps=land)
    return graph.dress(Base_Color=colour, Roughness=0.5)


def display(name: str, shift: float, strength: float = 1.0, tint: Colour = (0.55, 0.75, 1.0)) -> Any:
    """A screen that is on: windows and lines of text, out of focus anyway."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    place = graph.node("ShaderNodeMapping", {"Vector": graph.upright(), "Location": (shift, shift * 0.7, 0)}).outputs[0]
    windows = graph.node(
        "ShaderNodeTexBrick",
        {
            "Vector": place,
            "Color1": _rgba([0.15 * c for c in tint]),
            "Color2": _rgba(tint),
            "Mortar": (0.05, 0.07, 0.1, 1),
            "Scale": 1.0,
            "Mortar Size": 0.006,
            "Brick Width": 0.23,
            "Row Height": 0.11,
        },
        offset=0.31,
    )
    lines = graph.ramp(
        graph.noise(graph.node("ShaderNodeMapping", {"Vector": place, "Scale": (9, 60, 1)}).outputs[0], 1),
        [(0.25,) * 3, (1, 1, 1)],
        0.4,
        0.6,
    )
    colour = graph.shade(windows.outputs["Color"], lines)
    return graph.dress(
        Base_Color=(0.01, 0.01, 0.012, 1), Roughness=0.15, Emission_Color=colour, Emission_Strength=strength
    )


def facade(name: str, colour: Colour, shift: float, size: tuple[float, float] = (2.4, 3.2), lit: float = 0.3) -> Any:
    """A block's wall of windows; ``lit`` of them shine at night."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    place = graph.node("ShaderNodeMapping", {"Vector": graph.upright(), "Location": (shift, 0.4, 0)}).outputs[0]
    grid = {
        "Vector": place,
        "Scale": 1.0,
        "Mortar Size": size[0] * 0.2,
        "Mortar Smooth": 0.0,
        "Brick Width": size[0],
        "Row Height": size[1],
    }
    wall = {"Color1": (0.05, 0.07, 0.09, 1), "Color2": (0.16, 0.2, 0.24, 1), "Mortar": _rgba(colour)}
    panes = graph.node("ShaderNodeTexBrick", grid | wall, offset=0.0)
    cells = {"Color1": (0, 0, 0, 1), "Color2": (1, 1, 1, 1), "Mortar": (0, 0, 0, 1)}
    which = graph.node("ShaderNodeTexBrick", grid | cells, offset=0.0)
    light = graph.ramp(which.outputs["Color"], [(0, 0, 0), (1.0, 0.62, 0.3), (1.0, 0.8, 0.55)], 1 - lit, 1.0)
    rough = graph.ramp(panes.outputs["Fac"], [(0.1,) * 3, (0.8,) * 3])
    graph.material.cycles.emission_sampling = "NONE"
    return graph.dress(Base_Color=panes.outputs["Color"], Roughness=rough, Emission_Color=light, Emission_Strength=2.0)


def chalkboard(name: str, colour: Colour, shift: float) -> Any:
    """A board with wiped chalk and lines of writing."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    place = graph.node("ShaderNodeMapping", {"Vector": graph.upright(), "Location": (shift, 0, 0)}).outputs[0]
    smears = graph.ramp(graph.noise(place, 1.4, 6, 1.0), [colour, tuple(c * 1.6 + 0.02 for c in colour)], 0.4, 0.75)
    rows = graph.node("ShaderNodeTexWave", {"Vector": place, "Scale": 2.1, "Distortion": 0.6}, bands_direction="Y")
    words = graph.noise(graph.node("ShaderNodeMapping", {"Vector": place, "Scale": (14, 5, 1)}).outputs[0], 1.0, 4)
    where = graph.ramp(graph.noise(place, 0.8, 1), [(0, 0, 0), (1, 1, 1)], 0.46, 0.52)
    ink = graph.maths("MULTIPLY", graph.ramp(rows.outputs["Fac"], [(0, 0, 0), (1, 1, 1)], 0.8, 0.9), where)
    ink = graph.maths("MULTIPLY", ink, graph.ramp(words, [(0, 0, 0), (0.8, 0.8, 0.8)], 0.46, 0.56))
    white = graph.node("ShaderNodeMixRGB", {"Fac": ink, "Color1": smears, "Color2": (0.75, 0.75, 0.72, 1)}).outputs[0]
    return graph.dress(Base_Color=white, Roughness=0.7)


def beam(name: str, strength: float) -> Any:
    """Light seen in haze: a cone that only adds, strongest at its lamp (z = 0 of the object is the floor)."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    clear = graph.node("ShaderNodeBsdfTransparent")
    facing = graph.node("ShaderNodeLayerWeight", {"Blend": 0.5}).outputs["Facing"]
    soft = graph.maths("POWER", graph.maths("SUBTRACT", 1.0, facing), 3.0)
    height = graph.node("ShaderNodeSeparateXYZ", {0: graph.where()}).outputs["Z"]
    soft = graph.maths("MULTIPLY", soft, graph.maths("POWER", graph.maths("MULTIPLY", height, 0.33), 1.5))
    shine = graph.node("ShaderNodeEmission", {"Strength": graph.maths("MULTIPLY", soft, strength)})
    both = graph.node("ShaderNodeAddShader", {0: clear.outputs[0], 1: shine.outputs[0]})
    graph.feed(graph.tree.nodes["Material Output"], {"Surface": both.outputs[0]})
    graph.material.cycles.emission_sampling = "NONE"
    return graph.material


def world(name: str, shift: float, tint: Colour) -> Any:
    """A screen with a map of invented continents, a grid and a glow towards its edge."""
    if kept := _kept(name):
        return kept
    graph = _Graph(name)
    place = graph.node("ShaderNodeMapping", {"Vector": graph.upright(), "Location": (shift, shift, 0)}).outputs[0]
    land = graph.ramp(graph.noise(place, 1.1, 5, 0.3), [(0, 0, 0), (1, 1, 1)], 0.5, 0.54)
    sea = graph.ramp(
        graph.noise(place, 0.5, 2), [tuple(0.12 * c for c in tint), tuple(0.5 * c for c in tint)], 0.3, 0.7
    )
    bright = tuple(min(1.0, 0.06 + 0.9 * c) for c in tint)
    colour = graph.node("ShaderNodeMixRGB", {"Fac": land, "Color1": sea, "Color2": _rgba(bright)}).outputs[0]
    return graph.dress(Base_Color=(0.01, 0.01, 0.012, 1), Roughness=0.15, Emission_Color=colour, Emission_Strength=0.9)

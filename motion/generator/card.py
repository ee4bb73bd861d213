"""The model card of a release, FOLDER/README.md: ``python -m motion.generator.card FOLDER --views N --pictures M``.

Figures come from gates.json, which ``motion.trials.gates`` writes; nothing is typed by hand.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from avatar.core.errors import InputError

__all__ = ["card"]

_TEXT = """# The embedded backdrop generator

A small text-conditioned flow-matching network that repaints drawn scenes as soft backdrops. Licence: Apache-2.0.

* `unet/`: diffusers' `UNet2DConditionModel`, 12 M weights in float16: channels 64, 128, 192, cross-attention at the
  lowest level and in the middle, scale-shift norms.
* `codec.safetensors`: pictures to latents and back, in closed form: 12 principal components of blocks of 8 x 8 pixels,
  and one 3 x 3 convolution with a pixel shuffle.
* `judge.safetensors`: the classifier of families and tones behind the figures below; the engine does not use it.
* `gates.json`: the figures below.

## Data

{pictures} pictures, each also mirrored, drawn by the code of `motion/scenes`: 28 families of scenes in their lights and
palettes, 224 x 128, 128 x 224 and 160 x 160 pixels, softly out of focus. No photograph, no picture of anybody else and
no output of another generator is in them. A picture is conditioned on the all-MiniLM-L6-v2 embedding (Apache-2.0) of a
sentence about it, tilted by a random angle together with the light of the scene. One pair of caption and tone in eight
was held out.

## Recipe

Flow matching, {views} pictures seen, AdamW, batches of 16, moving average of the weights, a tenth of the conditions
dropped, half of them tilted. The condition is sqrt(384) times the unit vector as `image_embeds`, zeros for none, as in
Kandinsky 2.2. `motion/generator/training.py` is the whole of it.

## What it does, and what it does not

The engine mixes the drawn scene nearest to the prompt with noise (strength 0.6), refines it in Euler steps at guidance
1.5, and lays what changed, blurred by five pixels, over the scene drawn twice as large; so through the drift too.
**Neither the drawing nor the network is the whole picture**: outlines are drawn, light, colour and large shapes are the
network's. "As shipped" measures that, and the drawing has a large share in its following of prompts. "Network alone" is
pure noise under the raw embedding; it is what the network learned, and it is coarser than what is shown, with a texture
of 8-pixel blocks.

It knows the 28 families and nothing else: a prompt beyond them becomes the nearest of them. It draws no people, no
text and no places that exist. Russian prompts are translated by a lexicon of words.

## Figures

Measured by `python -m motion.trials.gates` on the prompts of `motion/prompts`, which were fixed before the model was
trained; the judge is a classifier trained on drawn scenes of seeds that the network never saw.

| Gate | Value | Bound | Held | n |
| --- | --- | --- | --- | --- |
{rows}
"""


def card(folder: Path, views: int, pictures: int) -> str:
    """The text of the card; InputError where the gates were not measured yet."""
    try:
        gates = json.loads((folder / "gates.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{folder / 'gates.json'} cannot be read: run python -m motion.trials.gates {folder} first."
        raise InputError(message) from error
    rows = "\n".join(_row(gate) for gate in gates)
    return _TEXT.format(views=f"{views:,}", pictures=f"{pictures:,}", rows=rows)


def _row(gate: dict[str, object]) -> str:
    bound = f"{'≥' if gate['least'] else '≤'} {gate['bound']:g}"
    return f"| {gate['name']} | {gate['value']:.3f} | {bound} | {'yes' if gate['held'] else '**no**'} | {gate['n']} |"


def main() -> None:
    """The command line of the module."""
    parser = argparse.ArgumentParser(description="Write the model card of the backdrop generator.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--views", type=int, required=True, help="pictures seen in training")
    parser.add_argument("--pictures", type=int, required=True, help="different pictures drawn for it")
    arguments = parser.parse_args()
    text = card(arguments.folder, arguments.views, arguments.pictures)
    (arguments.folder / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

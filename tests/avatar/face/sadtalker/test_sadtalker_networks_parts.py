"""What makes SadTalker's networks quicker changes nothing but rounding; half precision and 512 pixels fit together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from avatar.face.renderer.folding import fold
from avatar.face.renderer.layers import up3d
from avatar.face.renderer.upsampled import UpsampledConv
from avatar.face.renderer.winograd import WinogradConv
from avatar.face.sadtalker.generator import Generator
from tests.sadtalker_weights import fill, normal


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_enlarging_and_convolving_in_one_step(factor: int) -> None:
    conv, x = nn.Conv2d(3, 5, 3, padding=1), normal("x", (2, 3, 6, 8))
    both = nn.Sequential(nn.Upsample(scale_factor=factor), conv)
    torch.testing.assert_close(UpsampledConv(conv, factor)(x), both(x), rtol=0, atol=1e-5)


def test_enlarging_and_convolving_a_volume() -> None:
    block, x = fill(up3d(4, 3), "block"), normal("x", (2, 4, 5, 3, 6))
    before = block(x)
    fold(block)
    torch.testing.assert_close(block(x), before, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [(4, 4), (12, 8), (128, 64)])
def test_a_convolution_with_fewer_products(size: tuple[int, int]) -> None:
    conv, x = nn.Conv2d(16, 24, 3, padding=1), normal("x", (2, 16, *size))
    torch.testing.assert_close(WinogradConv(conv)(x), conv(x), rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [256, 512])
def test_half_precision_reaches_from_the_portrait_to_the_picture(size: int) -> None:
    with torch.device("meta"):  # shapes and types alone, no numbers
        generator = Generator().eval()
        fold(generator)
        generator.suit_cuda(half=True, compiled=False)
        encoded = generator.encode(torch.empty(1, 3, size, size))
        motion = generator.motion(encoded, torch.empty(1, 15, 3), torch.empty(4, 15, 3))
        picture = generator.draw(encoded, motion)
    assert encoded.volume.dtype == motion.occlusion.dtype == torch.float16
    assert motion.deformation.dtype == torch.float32
    assert (picture.shape, picture.dtype) == ((4, 3, size, size), torch.float32)

"""The codec against the formulas that it stands for, on blocks that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from avatar.core.errors import MissingEngine
from motion.generator.codec import BLOCK, CHANNELS, Codec, fit

DRAW = torch.Generator().manual_seed(0)


def codec() -> Codec:
    draw = torch.Generator().manual_seed(1)
    return Codec(
        torch.rand(192, generator=draw), torch.randn(12, 192, generator=draw), 0.5 + torch.rand(12, generator=draw),
        torch.randn(192, 12, 3, 3, generator=draw), torch.randn(192, generator=draw),
    )  # fmt: skip


def pictures(count: int = 24) -> torch.Tensor:
    """Pictures [count, 3, 16, 24] of twelve patterns and a little noise."""
    draw = torch.Generator().manual_seed(2)
    patterns = torch.randn(12, 3, 8, 8, generator=draw) * torch.linspace(1.0, 0.3, 12)[:, None, None, None]
    amounts = torch.randn(count, 2, 3, 12, generator=draw)
    blocks = torch.einsum("nrck,kxyz->nxrycz", amounts, patterns).reshape(count, 3, 16, 24)
    return 0.5 + 0.05 * blocks + 0.0005 * torch.randn(count, 3, 16, 24, generator=draw)


def test_a_latent_is_a_blocks_share_of_a_component_in_its_deviation() -> None:
    made, picture = codec(), torch.rand(2, 3, 16, 24, generator=DRAW)
    found = made.encode(picture)
    assert (BLOCK, CHANNELS) == (8, 12) and found.shape == (2, 12, 2, 3)
    for row, column in ((0, 0), (1, 2)):
        block = picture[1, :, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8].permute(1, 2, 0).reshape(192)
        wanted = made.components @ (block - made.mean) / made.scale
        assert torch.allclose(found[1, :, row, column], wanted, atol=1e-4)


def test_a_block_is_made_of_its_latents_and_those_around() -> None:
    made, latents = codec(), torch.randn(1, 12, 3, 4, generator=DRAW)
    found = made.decode(latents)
    assert found.shape == (1, 3, 24, 32)
    padded = torch.nn.functional.pad(latents, (1, 1, 1, 1), mode="replicate")[0]
    for row, column in ((0, 0), (1, 2), (2, 3)):
        around = padded[:, row : row + 3, column : column + 3]
        values = torch.einsum("vcxy,cxy->v", made.kernel, around) + made.bias
        block = found[0, :, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
        assert torch.allclose(block, values.reshape(3, 8, 8), atol=1e-3)
    assert np.allclose(made.picture(latents[0].numpy()), found[0].permute(1, 2, 0).numpy(), atol=1e-3)


def test_a_fit_finds_the_components_and_gives_the_pictures_back() -> None:
    shown = pictures()
    made = fit([shown[:10], shown[10:]])
    blocks = shown.reshape(24, 3, 2, 8, 3, 8).permute(0, 2, 4, 3, 5, 1).reshape(-1, 192).double().numpy()
    assert np.allclose(made.mean.numpy(), blocks.mean(axis=0), atol=1e-6)
    _, sizes, rows = np.linalg.svd(blocks - blocks.mean(axis=0), full_matrices=False)
    assert np.allclose(made.scale.numpy(), sizes[:12] / np.sqrt(len(blocks)), rtol=1e-4)
    assert np.allclose(np.abs((made.components.numpy() * rows[:12]).sum(axis=1)), 1.0, atol=1e-4)
    strongest = made.components[torch.arange(12), made.components.abs().argmax(dim=1)]
    assert (strongest > 0.0).all()
    latents = made.encode(shown)
    assert torch.allclose(
        latents.permute(0, 2, 3, 1).reshape(-1, 12).std(dim=0, unbiased=False), torch.ones(12), atol=1e-3
    )
    assert (made.decode(latents) - shown).abs().mean() < 0.004
    assert made.kernel.dtype == made.bias.dtype == made.mean.dtype == torch.float32


def test_a_codec_is_the_same_after_it_was_written(tmp_path: Path) -> None:
    made = codec()
    made.save(tmp_path / "codec.safetensors")
    found = Codec.load(tmp_path / "codec.safetensors")
    for name in ("mean", "components", "scale", "kernel", "bias"):
        assert torch.equal(getattr(found, name), getattr(made, name))
    (tmp_path / "codec.safetensors").write_bytes(b"x")
    for path in (tmp_path / "codec.safetensors", tmp_path / "none"):
        told = rf"Weight file {path} is missing or damaged: reinstall govorun, or train it again\."
        with pytest.raises(MissingEngine, match=told):
            Codec.load(path)

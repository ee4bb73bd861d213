"""Text2Video-Zero by numbers: when frames part, how latents are shifted, what frames look at."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from motion.engines.text2video_zero import LooksAtTheFirst, Text2VideoZero, _turning_points, shifted


@pytest.mark.parametrize(
    ("steps", "points"),
    [(1, (1, 0)), (2, (1, 0)), (10, (1, 0)), (20, (2, 1)), (25, (2, 0)), (50, (5, 2)), (100, (10, 4))],
)
def test_frames_part_a_tenth_in_and_go_back_a_little_more_than_half_of_it(steps: int, points: tuple[int, int]) -> None:
    assert _turning_points(steps) == points


def test_each_frame_is_shifted_once_more_and_mirrored_at_the_edge() -> None:
    latents = torch.arange(32.0).reshape(1, 1, 4, 8).expand(3, -1, -1, -1)
    across = shifted(latents, 1.0 / 8.0, 0.0)
    for frame in range(3):
        columns = [min(k + frame, 15 - k - frame) for k in range(8)]
        assert torch.equal(across[frame, 0], latents[0, 0][:, columns])
    down = shifted(latents, 0.0, -0.25)
    for frame in range(3):
        rows = [max(k - frame, frame - k - 1) for k in range(4)]
        assert torch.equal(down[frame, 0], latents[0, 0][rows])
    assert torch.equal(shifted(latents, 0.01, 0.01)[1], latents[1])


def test_frames_look_at_the_first_of_theirs_and_all_at_the_words() -> None:
    torch.manual_seed(0)
    attention = SimpleNamespace(
        heads=2,
        to_q=nn.Linear(4, 8),
        to_k=nn.Linear(4, 8),
        to_v=nn.Linear(4, 8),
        to_out=[nn.Linear(8, 4), nn.Identity()],
    )
    hidden, words = torch.randn(6, 5, 4), torch.randn(6, 3, 4)

    def wanted(states: torch.Tensor, looked_at: torch.Tensor) -> torch.Tensor:
        found = []
        for head in range(2):
            rows = slice(4 * head, 4 * head + 4)
            query, key, value = (
                layer(one)[:, rows]
                for layer, one in ((attention.to_q, states), (attention.to_k, looked_at), (attention.to_v, looked_at))
            )
            found.append(torch.softmax(query @ key.T / 2.0, dim=-1) @ value)
        out: torch.Tensor = attention.to_out[0](torch.cat(found, dim=1))
        return out

    own = LooksAtTheFirst(3)(attention, hidden)
    for row, first in enumerate((0, 0, 0, 3, 3, 3)):
        assert torch.allclose(own[row], wanted(hidden[row], hidden[first]), atol=1e-5)
    told = LooksAtTheFirst(3)(attention, hidden, words)
    for row in range(6):
        assert torch.allclose(told[row], wanted(hidden[row], words[row]), atol=1e-5)


def test_the_model_is_stable_diffusion_on_eight_frames() -> None:
    traits = Text2VideoZero.traits
    assert (traits.name, traits.weights, traits.takes) == ("text2video-zero", "stable-diffusion-1.5", ("prompt",))
    assert (traits.frames, traits.fps, traits.steps, traits.guidance, traits.side) == (8, 4.0, 50, 7.5, 512)
    assert (traits.text_drift, traits.noise_drift, traits.lora) == ("frame", "frame", "stable-diffusion")
    assert set(traits.classes.values()) == {"StableDiffusionPipeline"} and len(traits.classes) == 3
    assert {"motion_x", "motion_y"} < set(traits.options) and "scheduler" not in traits.options

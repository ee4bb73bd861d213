"""Strips of few steps: what they show is looked at, not how well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from motion.lora import moving, still


@pytest.fixture(autouse=True, scope="session")
def _quick_strips() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (moving, still):
            patch.setattr(module, "_STEPS", 2)
        yield

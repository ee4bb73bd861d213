"""Many jobs at once: every one ends, once. How fast is the affair of ``make bench``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.bench.service import Load, measure

ROOT = Path(__file__).parents[3]
JOBS = 12


@pytest.fixture(scope="module")
def load(small_portrait_png: Path, tmp_path_factory: pytest.TempPathFactory) -> Load:
    return measure(small_portrait_png, tmp_path_factory.mktemp("load"), fakes=JOBS, real=0, workers=2)


def test_every_job_ends_well(load: Load) -> None:
    assert load.states == {"completed": JOBS}


def test_no_step_is_begun_twice(load: Load) -> None:
    assert set(load.tries) == {1}


def test_the_api_answered_all_the_while(load: Load) -> None:
    assert len(load.submitted) == JOBS
    assert len(load.asked) >= JOBS


def test_the_benchmark_has_a_command_line() -> None:
    command = [sys.executable, "-m", "orchestrator.bench.service", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "--workers" in done.stdout

"""A step computes with one thread, whatever the process had."""

from __future__ import annotations

import os
import subprocess
import sys

import cv2
import pytest
import torch

from orchestrator.video.device import ONE_THREAD, single_threaded


def test_drawing_has_one_thread_and_gives_back_what_there_were() -> None:
    had = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(2)
    cv2.setNumThreads(2)
    try:
        with single_threaded():
            assert (torch.get_num_threads(), cv2.getNumThreads()) == (1, 1)
        assert (torch.get_num_threads(), cv2.getNumThreads()) == (2, 2)
    finally:
        torch.set_num_threads(had[0])
        cv2.setNumThreads(had[1])


def test_torch_that_is_loaded_later_keeps_to_one_thread() -> None:
    code = (
        "import sys\n"
        "from orchestrator.video.device import keep_to_one_thread\n"
        "keep_to_one_thread()\n"
        "assert 'torch' not in sys.modules\n"
        "import cv2, torch\n"
        "print(torch.get_num_threads(), cv2.getNumThreads())\n"
    )
    free = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=free)
    assert found.stdout.split() == ["1", "1"]


@pytest.mark.parametrize(("name", "gpu", "sure"), [("cpu", True, True), ("auto", False, True), ("auto", True, False)])
def test_torch_is_loaded_where_a_device_is_not_sure_without(name: str, gpu: bool, sure: bool) -> None:
    code = (
        "import sys\n"
        "from orchestrator.video import device\n"
        f"device.has_gpu = lambda: {gpu}\n"
        f"print(device.resolve_device({name!r}), 'torch' in sys.modules)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told, loaded = found.stdout.split()
    assert loaded == str(not sure)
    assert told == "cpu" or not sure

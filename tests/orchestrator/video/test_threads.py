"""A step computes with one thread, whatever the process had."""

from __future__ import annotations

import cv2
import torch

from orchestrator.video.device import single_threaded


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

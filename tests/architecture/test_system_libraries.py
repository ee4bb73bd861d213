"""A slim server has no libGL: nothing here may need it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_USE = (
    "import cv2, ai_edge_litert.interpreter, numpy;"
    "cv2.GaussianBlur(numpy.zeros((8, 8), numpy.uint8), (3, 3), 0); print(cv2.__file__)"
)


@pytest.mark.skipif(sys.platform != "linux", reason="the loader that is put off here is Linux's")
def test_pictures_work_with_libgl_out_of_reach(tmp_path: Path) -> None:
    """The loader finds an empty file under the name of libGL first and would stop there, if anything asked for it."""
    (tmp_path / "libGL.so.1").touch()
    environment = {**os.environ, "LD_LIBRARY_PATH": str(tmp_path)}
    result = subprocess.run([sys.executable, "-c", _USE], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-600:]
    assert "cv2" in result.stdout

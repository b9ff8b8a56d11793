"""No library starts threads beside the program's own for what is done with each picture."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from core.video.planes import planar
from core.video.upright import Layout, upright_rgb

ROOT = Path(__file__).parents[1]
THREADS = Path("/proc/self/task")
pytestmark = pytest.mark.skipif(not THREADS.exists(), reason="threads are listed on Linux alone")
SIZE = (640, 480)
PAINTED = """
import os, sys
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QImage, QPainter
from ui.window.application import Application
application = Application(sys.argv[:1])
before = set(os.listdir("/proc/self/task"))
picture, view = (QImage(*size, QImage.Format.Format_RGB32) for size in ((1280, 720), (999, 562)))
picture.fill(0)
painter = QPainter(view)
painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
painter.drawImage(QRectF(view.rect()), picture)
painter.end()
print(len(set(os.listdir("/proc/self/task")) - before))
"""


def threads() -> set[Path]:
    """Those of this process, of libraries as well."""
    return set(THREADS.iterdir())


def picture_in(pixel_format: str) -> av.VideoFrame:
    """Noise, as FFmpeg has it."""
    rgb = np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
    return av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pixel_format, threads=1)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p10le", "nv12"])
def test_a_picture_becomes_rgb_in_the_thread_that_asks(pixel_format: str) -> None:
    picture = picture_in(pixel_format)
    before = threads()
    upright_rgb(picture, Layout(SIZE))
    planar(picture, Layout(SIZE))
    assert threads() <= before


def test_pictures_are_reformatted_in_one_place() -> None:
    files = (path for room in ("app", "core", "ui") for path in (ROOT / room).rglob("*.py"))
    callers = [path.relative_to(ROOT) for path in files if ".reformat(" in path.read_text("utf-8")]
    assert callers == [Path("core/video/reformat.py")]


def test_the_window_is_painted_in_its_own_thread() -> None:
    words = [sys.executable, "-c", PAINTED]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["0"]

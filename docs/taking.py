"""What scripts that take pictures of the window need: waiting, and writing what is shown."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtGui import QImage, QPixmap
from PyQt6.QtWidgets import QApplication, QWidget

IMAGES = Path(__file__).parent / "images"
QUALITY = 82
SETTLED_S = 0.7
PATIENCE_S = 600.0


def save(widget: QWidget, name: str) -> None:
    """Write what the widget shows, once it has settled."""
    wait_s(SETTLED_S)
    write(widget.grab(), name)


def write(picture: QPixmap | QImage, name: str) -> None:
    """Write a picture of the manuals."""
    path = IMAGES / name
    if not picture.save(str(path), None, QUALITY):
        sys.exit(f"{path}: cannot be written")
    print(path)


def wait(there: Callable[[], bool]) -> None:
    """Let the window live until something is there."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not there():
        if time.monotonic() > deadline_s:
            sys.exit("the window did not come so far")
        QApplication.processEvents()
        time.sleep(0.005)


def wait_s(seconds: float) -> None:
    """Let the window live for a moment."""
    end_s = time.monotonic() + seconds
    wait(lambda: time.monotonic() > end_s)

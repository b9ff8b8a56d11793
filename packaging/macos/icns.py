"""`python packaging/macos/icns.py FILE.svg FILE.icns`: an icon of the program for macOS.

An icns file is a head of eight bytes and pictures behind each other, each with a head of its own:
four letters that tell the size, and the length with the head in bytes (big-endian). Pictures are
PNG files, which macOS takes from 10.7 on.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from PyQt6.QtCore import QBuffer, QByteArray, QIODevice
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtSvg import QSvgRenderer

# Sides in px; two of a size are for screens with one and with two pixels a point.
SIZES = {
    "ic11": 32,
    "ic12": 64,
    "ic07": 128,
    "ic08": 256,
    "ic13": 256,
    "ic09": 512,
    "ic14": 512,
    "ic10": 1024,
}


def icns(pictures: Mapping[str, bytes]) -> bytes:
    """The file of pictures by the letters of their size."""
    parts = [_part(kind, picture) for kind, picture in pictures.items()]
    return _part("icns", b"".join(parts))


def _part(kind: str, content: bytes) -> bytes:
    return kind.encode("ascii") + (len(content) + 8).to_bytes(4, "big") + content


def png(svg: bytes, size: int) -> bytes:
    """A drawing as a PNG file of `size` px a side."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        sys.exit("icns: Qt cannot write PNG here")
    return buffer.data().data()


def main() -> None:
    """Read the drawing, write the icon."""
    svg = Path(sys.argv[1]).read_bytes()
    drawn = {size: png(svg, size) for size in set(SIZES.values())}
    Path(sys.argv[2]).write_bytes(icns({kind: drawn[size] for kind, size in SIZES.items()}))


if __name__ == "__main__":
    main()

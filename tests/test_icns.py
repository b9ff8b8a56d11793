"""The icon for macOS holds the drawing in all sizes, as its own format says it."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PyQt6.QtGui import QColor, QImage

PACKAGING = Path(__file__).resolve().parents[1] / "packaging"
SIDES = {"ic07": 128, "ic08": 256, "ic09": 512, "ic10": 1024, "ic11": 32, "ic12": 64}
SIDES |= {"ic13": 256, "ic14": 512}


@pytest.fixture(scope="module")
def icon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("icon") / "yolopose.icns"
    script, svg = PACKAGING / "macos" / "icns.py", PACKAGING / "linux" / "yolopose.svg"
    subprocess.run([sys.executable, str(script), str(svg), str(path)], check=True, timeout=60)
    return path


def parts(content: bytes) -> list[tuple[str, bytes]]:
    kind, length = struct.unpack(">4sI", content[:8])
    assert (kind, length) == (b"icns", len(content))
    found, at = [], 8
    while at < length:
        kind, size = struct.unpack(">4sI", content[at : at + 8])
        found.append((kind.decode(), content[at + 8 : at + size]))
        at += size
    assert at == length
    return found


def test_every_part_is_the_drawing_in_its_size(icon: Path) -> None:
    found = parts(icon.read_bytes())
    sides = {}
    for kind, picture in found:
        assert picture.startswith(b"\x89PNG\r\n\x1a\n")
        sides[kind] = struct.unpack(">II", picture[16:24])[0]
        image = QImage.fromData(picture, "PNG")
        side = image.width()
        assert image.height() == side == sides[kind]
        assert image.pixelColor(0, 0).alpha() == 0  # outside the rounded corner
        assert image.pixelColor(side // 2, side // 20) == QColor("#14171c")
        # The head of the figure, at (16, 3.5) of its own 24 units in a drawing of 24.
        x, y = ((2.4 + 0.8 * at) / 24 * side for at in (16, 3.5))
        assert image.pixelColor(int(x), int(y)) == QColor("#3fb6a8")
    assert sides == SIDES
    assert len(found) == len(SIDES)


def test_other_readers_take_it(icon: Path) -> None:
    images = pytest.importorskip("PIL.Image", reason="needs Pillow")
    with images.open(icon) as image:
        assert image.format == "ICNS"
        image.load()
        assert image.size == (1024, 1024)
        assert image.convert("RGBA").getpixel((0, 0))[3] == 0

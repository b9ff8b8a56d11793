"""Libraries of the bundle that are made smaller do what this program asks of them."""

import ctypes
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "packaging"))
import opencv  # noqa: E402
import slim  # noqa: E402

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not all(map(shutil.which, ("cc", "nm", "readelf"))),
    reason="needs binutils and a C compiler, on Linux",
)

SORT = """
from PyQt6.QtCore import QCollator, QLocale
order = QCollator(QLocale("de_DE"))
order.setNumericMode(True)
print(*sorted(["b", "a10", "ä", "A2", "a2"], key=order.sortKey))
print(QLocale("tr_TR").toUpper("fil"))
print([line.split()[-1] for line in open("/proc/self/maps") if "icudata" in line][0])
"""


def installed(package: str, pattern: str, folder: Path) -> Path:
    """A copy of a library that a package brings."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    found = [*Path(spec.origin).parents[1].glob(pattern)]
    if not found:
        pytest.skip(f"{package} brings no {pattern}")
    return Path(shutil.copy(found[0], folder))


def said_by_qt(**variables: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SORT],
        env=os.environ | variables,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_qt_sorts_and_writes_with_a_part_of_icu(tmp_path: Path) -> None:
    library = installed("PyQt6", "PyQt6/Qt6/lib/libicudata.so.*", tmp_path)
    whole = library.stat().st_size
    slim.write_icu(library)
    assert library.stat().st_size < whole / 8
    *words, place = said_by_qt()
    *same_words, other_place = said_by_qt(LD_PRELOAD=str(library))
    assert words == ["ä a2 A2 a10 b", "F\u0130L"]
    assert same_words == words
    assert other_place == str(library) != place


def test_an_encoder_that_nobody_asks_for_says_there_is_none(tmp_path: Path) -> None:
    library = installed("av", "av.libs/libx265-*", tmp_path)
    offered = {name for kind, name in slim.symbols(library) if kind == "T" and name[0].islower()}
    slim.write_stub(library, "0")
    assert {name for _, name in slim.symbols(library)} >= offered
    (ask,) = (name for name in offered if name.startswith("x265_api_get"))
    assert getattr(ctypes.CDLL(str(library)), ask)(8) == 0
    assert library.stat().st_size < 100_000


def test_a_wheel_of_another_version_is_not_the_one_that_is_needed(tmp_path: Path) -> None:
    (tmp_path / "opencv_python_headless-4.12.0.88-cp37-abi3-linux_x86_64.whl").touch()
    (tmp_path / "numpy-5.0.0.93-cp311-cp311-linux_x86_64.whl").touch()
    assert opencv.is_built(tmp_path, "4.12.0.88")
    assert not opencv.is_built(tmp_path, "5.0.0.93")
    assert not opencv.is_built(tmp_path, "4.12.0.8")


def test_libraries_that_nothing_needs_are_left_out_and_equal_ones_shared(tmp_path: Path) -> None:
    for folder in ("one.libs", "two.libs"):
        (tmp_path / folder).mkdir()
        slim.compile_library(tmp_path / folder / "libsame.so", "int same(void) { return 0; }")
    used, idle = tmp_path / "libused.so", tmp_path / "libidle.so"
    slim.compile_library(used, "int used(void) { return 0; }")
    slim.compile_library(idle, "int idle(void) { return 0; }")
    module = tmp_path / "module.so"
    words = ["cc", "-shared", "-x", "c", "-", "-x", "none", str(used), "-o", str(module)]
    asks = "int used(void); int ask(void) { return used(); }"
    subprocess.run([*words, "-fPIC"], input=asks, text=True, check=True)
    slim.share_equal(tmp_path)
    slim.leave_out_unneeded(tmp_path)
    assert used.is_file()
    assert not idle.exists()
    assert (tmp_path / "two.libs" / "libsame.so").readlink() == Path("../one.libs/libsame.so")

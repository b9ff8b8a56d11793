"""Where the tests find the large data that does not ship, and keep what would be kept."""

import multiprocessing
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from core.tracks.formats.registry import Export
    from core.tracks.table import TrackTable
    from ui.window.main_window import MainWindow

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if "PYTEST_XDIST_WORKER" in os.environ:  # a process a core: threads would wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")

if "START_METHOD" in os.environ:  # `spawn` is the one of Windows and macOS
    multiprocessing.set_start_method(os.environ["START_METHOD"], force=True)

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of local data beside the project; tests that need it skip without it."""
    if not (SHARED / "data").is_dir():
        pytest.skip("no local data beside the project")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The networks and choices of the tests stay out of the user's cache, also in subprocesses."""
    folder = str(tmp_path_factory.mktemp("cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", folder)
        patch.setenv("LOCALAPPDATA", folder)
        yield


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Weights that nobody trained; files of tests that need others have their own."""
    from random_weights import write_random_weights

    return str(write_random_weights(tmp_path_factory.mktemp("weights") / "random.safetensors"))


@pytest.fixture
def few_ordinary_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lesson looks at few pictures of the sample to see what it forgot."""
    from app.teach.ordinary import ordinary_pictures

    few = partial(ordinary_pictures, count=3)
    monkeypatch.setattr("app.teach.teaching.ordinary_pictures", few)


@pytest.fixture
def window(qtbot: "QtBot", tmp_path: Path) -> "Iterator[MainWindow]":
    """The window with nothing open; files of tests that need another one have their own."""
    from file_window import new_window

    made = new_window(qtbot, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def walkers() -> "TrackTable":
    """Two people over 40 frames."""
    from two_walkers import two_walkers

    return two_walkers()


@pytest.fixture
def walkers_export(walkers: "TrackTable", tmp_path: Path) -> "Export":
    """An order to write them."""
    from two_walkers import SCALE

    from core.tracks.formats.people import Clip
    from core.tracks.formats.registry import Export

    return Export(walkers, tmp_path, Clip("clip", "clip.mp4"), scale=SCALE)

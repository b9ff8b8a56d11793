"""A full disk is one sentence for every writer, and nothing that is cut has a final name."""

import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from stick_people import write_dataset
from walker import table, walker

from core.errors import DatasetError, OutputError
from core.part_file import make_folder
from core.tracks.csv_long import write_track_csv
from core.tracks.formats.people import Clip
from core.tracks.formats.registry import WITHOUT_SCALE, Export, export
from core.train.archives import labels_on_disk, pack_dataset
from core.train.dataset import read_dataset
from core.train.image_cache import ImageCache

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sets Linux's limits")
TRACKS = table({1: walker(np.arange(60) / 25)[0]}, np.arange(60) / 25)


@contextmanager
def small_files() -> Iterator[None]:
    """No file may grow beyond 2,000 bytes, as on a disk that is almost full.

    Around the writing alone: the output of the tests may be a file as well.
    """
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        signal.signal(signal.SIGXFSZ, before)


def whole_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".part"]


@pytest.mark.parametrize("name", WITHOUT_SCALE)
def test_every_format(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    if name == "openpose":
        with small_files():
            export(name, Export(TRACKS, out, Clip("a")))  # of small files
        return
    with small_files(), pytest.raises(OutputError, match="cannot be written"):
        export(name, Export(TRACKS, out, Clip("a")))
    assert whole_files(out) == []


def test_a_table(tmp_path: Path) -> None:
    with small_files(), pytest.raises(OutputError, match="File too large"):
        write_track_csv(tmp_path / "a.csv", TRACKS)
    assert whole_files(tmp_path) == []


def test_the_cache_of_training_pictures(tmp_path: Path) -> None:
    images = read_dataset(write_dataset(tmp_path / "data", 2, 64), 17)
    with small_files(), pytest.raises(OutputError, match="cannot be written"):
        ImageCache(images, 64, tmp_path / "cache")
    assert whole_files(tmp_path / "cache") == []


def test_archives_of_a_data_set(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data", 2, 64)
    (piece,) = pack_dataset(data, 64, tmp_path / "packed")
    make_folder(tmp_path / "cache")
    with small_files(), pytest.raises(OutputError, match="cannot be written"):
        labels_on_disk(piece, tmp_path / "cache")
    assert all(path.suffix == ".part" for path in (tmp_path / "cache").iterdir())
    with small_files(), pytest.raises((OutputError, DatasetError), match="cannot be written"):
        pack_dataset(data, 64, tmp_path / "again")
    assert whole_files(tmp_path / "again") == []

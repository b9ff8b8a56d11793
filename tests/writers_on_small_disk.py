"""Every writer while no file may grow beyond 2,000 bytes, as on a disk that is almost full.

`python tests/writers_on_small_disk.py FOLDER`: prints as JSON what each said and which whole
files it left. A process of its own: libraries that fail so may take it along, now or later.
"""

import json
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from stick_people import write_dataset
from walker import table, walker

from core.errors import UserError
from core.part_file import make_folder
from core.skeleton import COCO_17
from core.tracks.csv_long import write_track_csv
from core.tracks.formats.people import Clip
from core.tracks.formats.registry import WITHOUT_SCALE, Export, export
from core.train.archives import labels_on_disk, pack_dataset
from core.train.dataset import read_dataset
from core.train.image_cache import ImageCache

LIMIT_BYTES = 2000
TRACKS = table({1: walker(np.arange(60) / 25)[0]}, np.arange(60) / 25)


@contextmanager
def small_files() -> Iterator[None]:
    """Around the writing alone: what a writer needs is made in files of any size."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def write_format(folder: Path, name: str) -> None:
    with small_files():
        export(name, Export(TRACKS, folder, Clip("a")))


def write_table(folder: Path) -> None:
    make_folder(folder)
    with small_files():
        write_track_csv(folder / "a.csv", TRACKS)


def fill_cache(folder: Path) -> None:
    images = read_dataset(write_dataset(folder.with_name("pictures"), 2, 64), 17)
    with small_files():
        ImageCache(images, 64, folder)


def unpack(folder: Path) -> None:
    data = write_dataset(folder.with_name("to pack"), 2, 64)
    (piece,) = pack_dataset(data, 64, folder.with_name("packed"), COCO_17)
    make_folder(folder)
    with small_files():
        labels_on_disk(piece, folder)


def pack(folder: Path) -> None:
    data = write_dataset(folder.with_name("to pack again"), 2, 64)
    with small_files():
        pack_dataset(data, 64, folder, COCO_17)


OTHERS: dict[str, Callable[[Path], None]] = {
    "table": write_table,
    "cache": fill_cache,
    "unpack": unpack,
    "pack": pack,
}
WRITERS = {name: partial(write_format, name=name) for name in WITHOUT_SCALE} | OTHERS


def said(write: Callable[[Path], None], folder: Path) -> str:
    """The sentence in which it refused; empty for nothing."""
    try:
        write(folder)
    except UserError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def main(place: Path) -> None:
    results = {}
    for name, write in WRITERS.items():
        folder = place / name / "out"
        folder.parent.mkdir(parents=True)
        words = said(write, folder)
        files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
        whole = [
            str(path) for path in files if not any(part.endswith(".part") for part in path.parts)
        ]
        results[name] = {"said": words, "whole": whole}
    print(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""A data set as zip archives at training size, so that it can travel to another machine.

Every archive is a COCO keypoints data set of its own: a JSON file and the pictures that it
names. Its comment says which piece of the data set it is.
"""

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.errors import DatasetError
from core.file_names import is_hidden
from core.jpeg import encode_jpeg
from core.json_text import read_json_text
from core.part_file import make_folder, output_errors, part_path, whole_file
from core.skeleton import Skeleton
from core.tracks.formats.labels import Json, Labels, read_json, read_labels
from core.train.image_cache import cached_size, read_picture, shrink
from core.zip_errors import ZIP_ERRORS

_PLAIN = re.compile(r"[^/\\:\x00]*[^/\\:\x00.][^/\\:\x00]*")  # a name within a folder
LIMIT_BYTES = 60 * 2**20  # of an archive
_ENTRY_BYTES = 300  # at most, that zip adds to a picture: its headers and its name, twice
_JOINED_LISTS = ("images", "annotations")
_MOST_PIECES = 100_000


@dataclass(frozen=True, slots=True)
class _Piece:
    """What an archive's comment says, as JSON."""

    data: str  # name of the data set
    piece: int  # from 0
    last: bool


def pack_dataset(
    data: Path,
    longest_side: int,
    folder: Path,
    skeleton: Skeleton,
    limit_bytes: int = LIMIT_BYTES,
    pictures: Path | None = None,
) -> list[Path]:
    """Write the pictures of a COCO keypoints file and their labels as archives into `folder`.

    Pictures longer than `longest_side` px are made smaller and their labels with them; the
    others are kept byte for byte. No archive is larger than `limit_bytes`, unless a single
    picture is. `pictures` is their folder where it is not found from `data`. The labels
    are of the skeleton's joints. Raises DatasetError, also when the folder holds archives already.
    """
    if any(folder.glob("*.zip")):
        raise DatasetError(f"{folder}: holds archives already; name an empty folder")
    labels = read_labels(data, skeleton, pictures)
    make_folder(folder)
    return _write_pieces(_entries(labels, longest_side), labels.rest, data, folder, limit_bytes)


def _entries(read: Labels, longest_side: int) -> Iterator[tuple[Json, list[Json], bytes]]:
    """Each picture with its labels and its bytes, at training size."""
    for position, image in enumerate(tqdm(read.images, "packing", unit="image")):
        path = read.folder / image["file_name"]
        size = image["width"], image["height"]
        width, height = cached_size(size, longest_side)
        labels = read.people[image["id"]]
        suffix = path.suffix
        if (width, height) == size:
            try:
                pixels = path.read_bytes()
            except OSError as error:
                raise DatasetError(f"{path}: cannot be read ({error.strerror})") from error
        else:
            pixels = encode_jpeg(shrink(read_picture(path, size), (width, height)))
            suffix = ".jpg"
            labels = [_scaled(label, width / size[0], height / size[1]) for label in labels]
        name = f"images/{position:06d}{suffix}"
        yield image | {"file_name": name, "width": width, "height": height}, labels, pixels


def _scaled(label: Json, x: float, y: float) -> Json:
    """A label in pixels of the smaller picture. Outlines, which nothing here reads, are dropped."""
    scaled = {name: value for name, value in label.items() if name != "segmentation"}
    scaled["bbox"] = (np.array(label["bbox"], float) * (x, y, x, y)).round(2).tolist()
    if "area" in label:
        scaled["area"] = label["area"] * x * y
    if label.get("keypoints"):
        points = np.array(label["keypoints"], float).reshape(-1, 3) * (x, y, 1)
        scaled["keypoints"] = points.round(2).reshape(-1).tolist()
    return scaled


def _write_pieces(
    entries: Iterator[tuple[Json, list[Json], bytes]],
    rest: Json,
    data: Path,
    folder: Path,
    limit_bytes: int,
) -> list[Path]:
    pieces: list[Path] = []
    waiting: list[tuple[Json, list[Json], bytes]] = []
    start = len(json.dumps(rest)) + 2 * _ENTRY_BYTES
    held = start

    def write(last: bool) -> None:
        path = folder / f"{data.stem}-{len(pieces):03d}.zip"
        labels = rest | {
            "images": [image for image, _, _ in waiting],
            "annotations": [label for _, labels, _ in waiting for label in labels],
        }
        with whole_file(path) as part, zipfile.ZipFile(part, "w") as archive:
            piece = _Piece(data.stem, len(pieces), last)
            archive.comment = json.dumps(asdict(piece)).encode()
            archive.writestr(f"{data.stem}.json", json.dumps(labels), zipfile.ZIP_DEFLATED)
            for image, _, pixels in waiting:
                archive.writestr(image["file_name"], pixels)
        pieces.append(path)

    for entry in entries:
        image, labels, pixels = entry
        size = len(pixels) + len(json.dumps([image, labels])) + _ENTRY_BYTES
        if waiting and held + size > limit_bytes:
            write(last=False)
            waiting, held = [], start
        waiting.append(entry)
        held += size
    write(last=True)
    return pieces


def labels_on_disk(data: Path, cache: Path) -> Path:
    """The COCO keypoints file of a data set: `data` itself, or unpacked from archives.

    `data` is such a file, an archive of `pack_dataset`, or a folder of all archives of one data
    set, which are unpacked once, into `cache`. Raises DatasetError, also when a piece is missing,
    and OutputError.
    """
    if data.suffix != ".zip" and not data.is_dir():
        return data
    found = [data] if data.suffix == ".zip" else sorted(data.glob("*.zip"))
    paths = [path for path in found if path == data or not is_hidden(path)]
    if not paths:
        raise DatasetError(f"{data}: holds no archives; `python -m app pack` makes them")
    sums = hashlib.sha256()
    pieces = []
    for path in paths:
        with _opened(path) as archive:
            pieces.append(_piece(archive))
            sums.update(str([(entry.filename, entry.CRC) for entry in archive.infolist()]).encode())
    name = _check_complete(data, pieces)
    target = cache / f"{name}-{sums.hexdigest()[:16]}"
    labels = f"{name}.json"
    if not target.is_dir():
        part = part_path(target)
        with output_errors(part):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
        joined: Json = {key: [] for key in _JOINED_LISTS}
        for path in tqdm(paths, "unpacking", unit="archive", leave=False):
            with _opened(path) as archive:
                with output_errors(part):
                    archive.extractall(part)
                own = read_json(part / labels)
                joined = dict(own) | {key: joined[key] + own[key] for key in _JOINED_LISTS}
        with output_errors(target):
            (part / labels).write_text(json.dumps(joined), encoding="utf-8")
            part.replace(target)
    return target / labels


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive of `pack_dataset`; whatever is wrong with it becomes a DatasetError."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from error
    except ZIP_ERRORS as error:
        raise DatasetError(
            f"{path}: is no whole archive of `python -m app pack` ({error})"
        ) from error


def _piece(archive: zipfile.ZipFile) -> _Piece:
    """What the comment of an archive says. Raises ValueError, KeyError and TypeError."""
    told = read_json_text(archive.comment)
    name, number, last = told["data"], told["piece"], told["last"]
    if not isinstance(name, str) or not _PLAIN.fullmatch(name):
        raise ValueError(f"{str(name)[:80]!r} is no name of a data set")
    if type(number) is not int or not 0 <= number < _MOST_PIECES:
        raise ValueError(f"{str(number)[:80]} is no number of a piece")
    return _Piece(name, number, bool(last))


def _check_complete(data: Path, pieces: list[_Piece]) -> str:
    """The name of the data set, when all of its pieces are there and no others."""
    names = sorted({piece.data for piece in pieces})
    if len(names) > 1:
        raise DatasetError(f"{data}: holds archives of several data sets ({', '.join(names)})")
    numbers = {piece.piece for piece in pieces}
    if len(numbers) < len(pieces):
        raise DatasetError(f"{data}: holds an archive of {names[0]} twice")
    end = max(numbers) + (1 if any(piece.last for piece in pieces) else 2)
    for number in range(end):
        if number not in numbers:
            raise DatasetError(f"{data}: archive {names[0]}-{number:03d}.zip is missing")
    return names[0]

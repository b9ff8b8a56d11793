"""What the network found in a clip, kept in one file by frame number: never computed twice.

A line that names the format, a line of JSON that says what the poses are of, then one record a
frame in any order: its length and CRC-32, frame number (int64), time in s (float64), how the
camera moved (1 byte: 0 nobody looked, 1 still, 2 moved; then 6 float64, the warp by rows), people
N, keypoints K (uint32), and the poses. A later record of a frame replaces an earlier one; frame -1
ends the clip, its time field holding the number of frames. What a crash cut short is forgotten.
"""

import json
import os
import struct
import zlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np

from core.closing import Closing
from core.errors import OutputError, TableError
from core.json_text import read_json_text
from core.one_writer import RENAMES_OPEN_FILES, empty, end_as, open_alone
from core.part_file import drop_link, output_errors
from core.run.pose_bytes import pack_poses, packed_size, unpack_poses
from core.types import NO_PICTURE, CameraMotion, Frame, FramePoses, PoseBatch

MAGIC = b"yolopose poses 2\n"
_FRAME = struct.Struct("<II")  # bytes of the record that follows, their CRC-32
_HEAD = struct.Struct("<qdB6dII")
_END = -1
_UNKNOWN, _STILL, _MOVED = 0, 1, 2
_LONGEST_LINE = 2**20  # bytes
_LONGEST_RECORD = 2**26  # bytes
_MOST_FRAMES = 2**25
MOST_KEYPOINTS = 1000  # of a person
_FARTHEST = 1e20  # s, or px of a warp: no container holds a later time


@dataclass(frozen=True, slots=True)
class PosesOf:
    """What kept poses are of: `origin` holds all that they depend on, in values of JSON."""

    origin: Mapping[str, Any]
    source: str = ""  # where the clip was read from, absolute; empty where that is no file
    photos: bool = False  # its pictures are no film

    def line(self) -> bytes:
        """The file's second line."""
        content = {"source": self.source, "photos": self.photos, "origin": self.origin}
        return json.dumps(content, sort_keys=True, default=str).encode() + b"\n"

    def same(self, other: "PosesOf") -> bool:
        """Whether the poses depend on the same; the clip itself may have moved."""
        return PosesOf(self.origin).line() == PosesOf(other.origin).line()


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The record of a frame."""

    time_s: float
    poses: PoseBatch
    camera: CameraMotion | None


@dataclass(slots=True, eq=False)
class _Places:
    """Where in the file the frames are."""

    at: "array[int]" = field(default_factory=lambda: array("q"))  # -1 where a frame is not kept
    end: int = 0  # of the last whole record
    frame_count: int | None = None
    all_looked: bool = True  # every record knows how the camera moved

    def put(self, number: int, place: int) -> None:
        """Take note of a record."""
        self.at.extend(array("q", [-1]) * (number + 1 - len(self.at)))
        self.at[number] = place


class PoseFile(Closing):
    """Kept poses by frame number. One thread may write while others read.

    Every method that writes raises OutputError.
    """

    def __init__(self, path: Path, of: PosesOf, file: FileIO | None, places: _Places) -> None:
        """For `create`, `resume` and `open`."""
        self.path = path
        self.of = of
        self._file = file
        self._places = places

    @classmethod
    def create(cls, path: Path, of: PosesOf) -> Self:
        """Begin a new file, in place of any other."""
        return cls._begun(path, of, _opened(path))

    @classmethod
    def resume(cls, path: Path, of: PosesOf, replace: bool = False) -> Self:
        """Go on with a file of the same origin, or begin one where there is none.

        A file of something else is replaced or raises OutputError.
        """
        file = _opened(path)
        try:
            if os.fstat(file.fileno()).st_size == 0:
                return cls._begun(path, of, file)
            old, places = _going_on(path, of)
            with output_errors(path):
                file.truncate(places.end)
        except OutputError:
            if replace:
                return cls._begun(path, of, file)
            file.close()
            raise
        return cls(path, old, file, places)

    @classmethod
    def _begun(cls, path: Path, of: PosesOf, file: FileIO) -> Self:
        head = MAGIC + of.line()
        try:
            with output_errors(path):
                empty(file)
                file.write(head)
        except OutputError:
            file.close()
            raise
        return cls(path, of, file, _Places(end=len(head)))

    @classmethod
    def open(cls, path: Path) -> Self:
        """Only read. Raises TableError."""
        return cls(path, *_for_reading(path))

    def __len__(self) -> int:
        """Frames that are kept."""
        return sum(place >= 0 for place in self._places.at)

    @property
    def writable(self) -> bool:
        """Whether it was not opened for reading alone."""
        return self._file is not None

    @property
    def frame_count(self) -> int | None:
        """Frames of the clip, once it was read to its end."""
        return self._places.frame_count

    @property
    def frames_known(self) -> int:
        """One more than the highest number among the frames kept, and 0 without any."""
        return len(self._places.at)

    @property
    def is_whole(self) -> bool:
        """Whether every frame of the clip is kept."""
        return self.frame_count is not None and len(self) >= self.frame_count

    @property
    def knows_camera(self) -> bool:
        """Whether somebody looked how the camera moved, in every frame kept."""
        return self._places.all_looked

    def write(self, frame: Frame, poses: PoseBatch, camera: CameraMotion | None) -> None:
        """Keep what was found in a frame; it is with the operating system on return."""
        place = self._append(_body(frame.index, frame.time_s, poses, camera))
        self._places.put(frame.index, place)
        self._places.all_looked &= camera is not None

    def end(self, frame_count: int) -> None:
        """Say that the clip has so many frames and no more."""
        if self.frame_count != frame_count:
            self._append(_body(_END, frame_count, PoseBatch.empty(0), None))
            self._places.frame_count = frame_count

    def read(self, number: int) -> Kept | None:
        """The record of a frame, or None when it is not known yet. Raises TableError."""
        place = self._places.at[number] if number < len(self._places.at) else -1
        if place < 0:
            return None
        try:
            with self.path.open("rb") as file:  # of its own: the writer's has another position
                file.seek(place)
                record = _read_record(file)
        except OSError as error:
            raise TableError(f"{self.path}: cannot be read ({error.strerror})") from error
        if record is None:
            raise TableError(f"{self.path}: frame {number} is damaged")
        return record[1]

    def poses(self, number: int) -> PoseBatch | None:
        """The poses of a frame, or None when they are not known yet. Raises TableError."""
        kept = self.read(number)
        return None if kept is None else kept.poses

    def frames(self) -> Iterator[FramePoses]:
        """All frames kept, in order, without their pictures. Raises TableError."""
        for number in range(len(self._places.at)):
            kept = self.read(number)
            if kept is not None:
                frame = Frame(number, kept.time_s, 0, NO_PICTURE)
                yield FramePoses(frame, kept.poses, kept.camera)

    def move(self, path: Path) -> None:
        """Close the file and give it another name."""
        assert self._file is not None, "opened for reading only"
        with output_errors(path):
            end_as(self._file, self.path, path)
        self.path = path

    def remove(self) -> None:
        """Close the file and delete it."""
        with output_errors(self.path):
            if not RENAMES_OPEN_FILES:
                self.close()
            self.path.unlink(missing_ok=True)  # before anybody else may go on with it
        self.close()

    def close(self) -> None:
        """End writing; what the file holds stays, and can be read."""
        if self._file is not None:
            self._file.close()

    def _append(self, body: bytes) -> int:
        assert self._file is not None, "opened for reading only"
        place = self._places.end
        record = memoryview(_FRAME.pack(len(body), zlib.crc32(body)) + body)
        with output_errors(self.path):
            self._file.seek(place)
            while record:
                record = record[self._file.write(record) :]
        self._places.end += _FRAME.size + len(body)
        return place


def _opened(path: Path) -> FileIO:
    """For nobody else to write. Raises OutputError."""
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        drop_link(path)
        what = path.with_suffix("") if path.suffix == ".part" else path
        return open_alone(path, what)


def _going_on(path: Path, of: PosesOf) -> tuple[PosesOf, _Places]:
    """What a file holds that a run goes on with. Raises OutputError."""
    try:
        old, places = _scan(path)
    except TableError as error:
        raise OutputError(f"{path}: cannot go on, it holds no poses of this program") from error
    if not old.same(of):
        changed = sorted(key for key in of.origin if old.origin.get(key) != of.origin[key])
        raise OutputError(
            f"{path}: cannot go on, the stopped run had other {' and '.join(changed)}; "
            "without --resume it begins anew"
        )
    return old, places


def _header(file: BinaryIO) -> PosesOf | None:
    if file.read(len(MAGIC)) != MAGIC:
        return None
    try:
        content = read_json_text(file.readline(_LONGEST_LINE))
        return PosesOf(dict(content["origin"]), str(content["source"]), bool(content["photos"]))
    except (ValueError, KeyError, TypeError):
        return None


def _for_reading(path: Path) -> tuple[PosesOf, None, _Places]:
    of, places = _scan(path)
    return of, None, places


def _scan(path: Path) -> tuple[PosesOf, _Places]:
    """The header, and the places of all whole records."""
    places = _Places()
    try:
        with path.open("rb") as file:
            of = _header(file)
            if of is None:
                raise TableError(f"{path}: holds no poses of this program")
            places.end = file.tell()
            while (record := _read_record(file)) is not None:
                number, kept = record
                if number == _END:
                    places.frame_count = int(kept.time_s)
                else:
                    places.put(number, places.end)
                    places.all_looked &= kept.camera is not None
                places.end = file.tell()
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    return of, places


def _read_record(file: BinaryIO) -> tuple[int, Kept] | None:
    """Frame number and contents, or None for a record that is not whole."""
    head = file.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return None
    length, checksum = _FRAME.unpack(head)
    if length > _LONGEST_RECORD:
        return None
    body = file.read(length)
    if len(body) != length or zlib.crc32(body) != checksum or length < _HEAD.size:
        return None
    number, time_s, looked, *warp, people, keypoints = _HEAD.unpack_from(body)
    if length != _HEAD.size + packed_size(people, keypoints):
        return None
    plain = _END <= number < _MOST_FRAMES and keypoints <= MOST_KEYPOINTS
    plain &= bool((np.abs((time_s, *warp)) < _FARTHEST).all())
    if not plain or (number == _END and not 0 <= time_s <= _MOST_FRAMES):
        return None
    camera = None
    if looked != _UNKNOWN:
        camera = CameraMotion(np.array(warp).reshape(2, 3) if looked == _MOVED else None)
    return number, Kept(time_s, unpack_poses(body[_HEAD.size :], people, keypoints), camera)


def _body(number: int, time_s: float, poses: PoseBatch, camera: CameraMotion | None) -> bytes:
    warp = None if camera is None else camera.warp
    looked = _UNKNOWN if camera is None else _STILL if warp is None else _MOVED
    numbers = np.zeros(6) if warp is None else warp.ravel()
    shape = poses.keypoint_scores.shape
    return _HEAD.pack(number, time_s, looked, *numbers, *shape) + pack_poses(poses)

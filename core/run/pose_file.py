"""What the network found in a clip, kept in one file by frame number: never computed twice."""

import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Self

from core.closing import Closing
from core.errors import OutputError, TableError
from core.one_writer import empty, end_as, open_alone, remove
from core.part_file import drop_link, output_errors
from core.run.pose_record import (
    END,
    MAGIC,
    Kept,
    PosesOf,
    header_in,
    is_of_another_version,
    read_record,
    record_of,
)
from core.skeleton import COCO_17, Skeleton, skeleton_named, skeleton_of
from core.types import NO_PICTURE, Frame, FramePoses, PoseBatch, Sight

_NO_CAMERA, _NO_LOOKS = 1, 2  # nobody looked for it in a frame


@dataclass(slots=True, eq=False)
class _Places:
    """Where in the file the frames are: nine bytes a frame, as clips may be hours long."""

    at: "array[int]" = field(default_factory=lambda: array("q"))  # -1 where a frame is not kept
    unseen: bytearray = field(default_factory=bytearray)  # of each frame, what nobody looked for
    end: int = 0  # of the last whole record
    frame_count: int | None = None
    kept: int = 0  # frames
    no_camera: int = 0  # frames in which nobody looked for that
    no_looks: int = 0

    def put(self, number: int, place: int, sight: Sight) -> None:
        """Take note of a record."""
        more = number + 1 - len(self.at)
        self.at.extend(array("q", [-1]) * more)
        self.unseen.extend(bytes(max(0, more)))
        old = self.unseen[number]
        new = _NO_CAMERA * (sight.camera is None) | _NO_LOOKS * (sight.looks is None)
        self.kept += self.at[number] < 0
        self.no_camera += bool(new & _NO_CAMERA) - bool(old & _NO_CAMERA)
        self.no_looks += bool(new & _NO_LOOKS) - bool(old & _NO_LOOKS)
        self.at[number], self.unseen[number] = place, new


class PoseFile(Closing):
    """Kept poses by frame number. One thread may write while others read.

    Every method that writes raises OutputError.
    """

    def __init__(self, path: Path, of: PosesOf, file: FileIO | None, places: _Places) -> None:
        """For `create`, `resume` and `open`."""
        self.path = path
        self.of = of
        # What the network brought; None where it is the usual one of as many keypoints. Made once:
        # what is kept by skeleton is found again by this very object.
        self.named = None if of.told is None else skeleton_named(**of.told)
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

    @property
    def skeleton(self) -> Skeleton:
        """Of everybody in the file. Raises TableError."""
        if self.named is not None:
            return self.named
        first = next(self.frames(), None)
        return COCO_17 if first is None else skeleton_of(first.poses.keypoint_scores.shape[1])

    def __len__(self) -> int:
        """Frames that are kept."""
        return self._places.kept

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
        return not self._places.no_camera

    @property
    def knows_looks(self) -> bool:
        """Whether somebody looked what people wear, in every frame kept."""
        return not self._places.no_looks

    def write(self, frame: Frame, poses: PoseBatch, sight: Sight) -> None:
        """Keep what was found in a frame; it is with the operating system on return."""
        place = self._append(record_of(frame.index, frame.time_s, poses, sight))
        self._places.put(frame.index, place, sight)

    def end(self, frame_count: int) -> None:
        """Say that the clip has so many frames and no more."""
        if self.frame_count != frame_count:
            self._append(record_of(END, frame_count, PoseBatch.empty(0), Sight()))
            self._places.frame_count = frame_count

    def read(self, number: int) -> Kept | None:
        """The record of a frame, or None when it is not known yet. Raises TableError."""
        place = self._places.at[number] if number < len(self._places.at) else -1
        if place < 0:
            return None
        try:
            with self.path.open("rb") as file:  # of its own: the writer's has another position
                file.seek(place)
                record = read_record(file)
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
                yield FramePoses(frame, kept.poses, kept.sight)

    def move(self, path: Path) -> None:
        """Close the file and give it another name."""
        assert self._file is not None, "opened for reading only"
        with output_errors(path):
            end_as(self._file, self.path, path)
        self.path = path

    def remove(self) -> None:
        """Close the file and delete it."""
        with output_errors(self.path):
            if self._file is None:
                self.path.unlink(missing_ok=True)
            else:
                remove(self._file, self.path)

    def close(self) -> None:
        """End writing; what the file holds stays, and can be read."""
        if self._file is not None:
            self._file.close()

    def _append(self, record: bytes) -> int:
        assert self._file is not None, "opened for reading only"
        place, rest = self._places.end, memoryview(record)
        with output_errors(self.path):
            self._file.seek(place)
            while rest:
                rest = rest[self._file.write(rest) :]
        self._places.end += len(record)
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
        reason = str(error).removeprefix(f"{path}: ")
        raise OutputError(f"{path}: cannot go on, it {reason}") from error
    if not old.same(of):
        changed = sorted(key for key in of.origin if old.origin.get(key) != of.origin[key])
        changed = changed or ["keypoints"]  # what the network says of them
        raise OutputError(
            f"{path}: cannot go on, the stopped run had other {' and '.join(changed)}; "
            "without --resume it begins anew"
        )
    return old, places


def _for_reading(path: Path) -> tuple[PosesOf, None, _Places]:
    of, places = _scan(path)
    return of, None, places


def _scan(path: Path) -> tuple[PosesOf, _Places]:
    """The header, and the places of all whole records."""
    places = _Places()
    try:
        with path.open("rb") as file:
            of = header_in(file)
            if of is None and is_of_another_version(file):
                raise TableError(
                    f"{path}: holds poses of another version of this program; run the clip again"
                )
            if of is None:
                raise TableError(f"{path}: holds no poses of this program")
            places.end = file.tell()
            while (record := read_record(file)) is not None:
                number, kept = record
                if number == END:
                    places.frame_count = int(kept.time_s)
                else:
                    places.put(number, places.end, kept.sight)
                places.end = file.tell()
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    return of, places

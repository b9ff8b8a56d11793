"""The poses of a run on disk, frame by frame: a stopped run goes on where it was killed.

A line of JSON says what the poses are of; records follow, each with its length and checksum,
so that a record that was being written when the program died is told from a whole one.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import OutputError, TableError
from core.part_file import PartFile, output_errors, part_path
from core.pipeline import Estimator
from core.tracks.pose_bytes import pack_poses, unpack_poses
from core.types import Frame, PoseBatch

_FRAME = struct.Struct("<QI")  # bytes of the record behind this, their CRC-32
_HEAD = struct.Struct("<QdII")  # frame index, time_s, people, keypoints


class LoggedEstimator:
    """An estimator that remembers on disk what it found, and is not asked again for that.

    The log is `path` with `.part` behind it; `origin` states all that the poses depend on. With
    `resume`, frames whose poses an earlier run with the same origin logged are answered from
    there. Raises OutputError, also where the log is of something else.
    """

    def __init__(
        self, path: Path, estimate: Estimator, origin: Mapping[str, Any], resume: bool
    ) -> None:
        header = (json.dumps(origin, sort_keys=True) + "\n").encode()
        self._estimate = estimate
        self._old: Iterator[tuple[int, float, PoseBatch]] = iter(())
        self._old_file: BinaryIO | None = None
        self.replaying = resume and part_path(path).exists()
        if self.replaying:
            with output_errors(path):
                self._old_file = part_path(path).open("rb")
            _check_origin(self._old_file, header, path)
            self._old = _records(self._old_file)
        self.replayed = 0
        self._file = PartFile(path, keep=self.replaying)
        try:
            self._file.write(header)
        except OutputError:
            self.close()
            raise

    def __call__(self, frame: Frame) -> PoseBatch:
        """The logged poses of the next frame, or new ones, which are with the system on return."""
        if self.replaying:
            index, time_s, poses = next(self._old, (-1, 0.0, PoseBatch.empty()))
            if (index, time_s) == (frame.index, frame.time_s):
                self.replayed += 1
                self._file.write(_record(frame, poses))
                return poses
            self.replaying = False
            self._file.cut()
        poses = self._estimate(frame)
        self._file.write(_record(frame, poses))
        return poses

    def close(self) -> None:
        """Close the log; it stays on disk."""
        if self._old_file is not None:
            self._old_file.close()
        self._file.close()

    def keep(self) -> None:
        """Close the log of a complete run and give it its final name. Raises OutputError."""
        self.close()
        with output_errors(self._file.path):
            self._file.part.replace(self._file.path)

    def remove(self) -> None:
        """Close the log and delete it, for a run that is complete. Raises OutputError."""
        self.close()
        with output_errors(self._file.part):
            self._file.part.unlink(missing_ok=True)


def read_poses(path: Path) -> Iterator[tuple[int, float, PoseBatch]]:
    """Frame index, time and poses of a kept log. Raises TableError."""
    try:
        with path.open("rb") as file:
            try:
                json.loads(file.readline())
            except ValueError as error:
                raise TableError(f"{path}: holds no poses of this program") from error
            yield from _records(file)
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error


def _check_origin(file: BinaryIO, header: bytes, path: Path) -> None:
    found = file.readline()
    if found == header:
        return
    file.close()
    try:
        old, new = json.loads(found), json.loads(header)
        changed = sorted(key for key in new if old.get(key) != new[key])
    except (ValueError, AttributeError):
        changed = []
    reason = f"other {' and '.join(changed)}" if changed else "no poses of this program"
    raise OutputError(
        f"{part_path(path)}: cannot go on, the stopped run had {reason}; "
        "without --resume it begins anew"
    )


def _record(frame: Frame, poses: PoseBatch) -> bytes:
    body = _HEAD.pack(frame.index, frame.time_s, *poses.keypoint_scores.shape) + pack_poses(poses)
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def _records(file: BinaryIO) -> Iterator[tuple[int, float, PoseBatch]]:
    """Frame index, time and poses of every whole record."""
    while len(head := file.read(_FRAME.size)) == _FRAME.size:
        length, checksum = _FRAME.unpack(head)
        body = file.read(length)
        if len(body) != length or zlib.crc32(body) != checksum:
            return
        index, time_s, people, keypoints = _HEAD.unpack_from(body)
        yield index, time_s, unpack_poses(body[_HEAD.size :], people, keypoints)

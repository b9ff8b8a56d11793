"""What the network found in a clip, kept in one file: never computed twice, never all in memory.

A line of JSON says what the poses depend on; then one record a frame, in any order: frame number,
people N, keypoints K (int32), and the poses. A record cut short by a crash is forgotten; everything
before it stays.
"""

import json
import os
import struct
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import OutputError
from core.tracks.pose_bytes import pack_poses, packed_size, unpack_poses
from core.types import PoseBatch

_HEAD = struct.Struct("<3i")
MAGIC = b"yolopose poses 1\n"


class PoseStore:
    """Poses by frame number. One thread may write while others read."""

    def __init__(self, path: Path, frame_count: int, origin: dict[str, Any]) -> None:
        """Open the file when it holds poses of the same `origin`, else begin a new one.

        Raises OutputError when nothing can be written there.
        """
        self._places: NDArray[np.int64] = np.full(frame_count, -1, np.int64)
        start = MAGIC + json.dumps(origin, sort_keys=True, default=str).encode() + b"\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            self._path = path
            self._file = path.open("r+b")
            if self._file.read(len(start)) == start:
                self._end = self._find_records(len(start))
            else:
                self._file.truncate(0)
                self._end = 0
                self._append(start)
        except OSError as error:
            raise OutputError(f"{path}: results cannot be kept there ({error.strerror})") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Frames of the clip."""
        return len(self._places)

    @property
    def kept(self) -> int:
        """Frames whose poses are kept."""
        return int((self._places >= 0).sum())

    def __contains__(self, number: int) -> bool:
        return bool(self._places[number] >= 0)

    def write(self, number: int, poses: PoseBatch) -> None:
        """Keep the poses of a frame. Raises OutputError when the disk is full."""
        n, k = poses.keypoint_scores.shape
        record = _HEAD.pack(number, n, k) + pack_poses(poses)
        place = self._end
        try:
            self._append(record)
        except OSError as error:
            raise OutputError(f"{self._path}: results cannot be kept ({error.strerror})") from error
        self._places[number] = place

    def read(self, number: int) -> PoseBatch | None:
        """The poses of a frame, or None when they are not known yet."""
        place = int(self._places[number])
        if place < 0:
            return None
        with self._path.open("rb") as file:  # of its own: the writer's has another position
            file.seek(place)
            _, n, k = _HEAD.unpack(file.read(_HEAD.size))
            return unpack_poses(file.read(packed_size(n, k)), n, k)

    def close(self) -> None:
        """Close the file; what it holds stays."""
        self._file.close()

    def _append(self, record: bytes) -> None:
        self._file.seek(self._end)
        self._file.write(record)
        self._file.flush()
        self._end += len(record)

    def _find_records(self, place: int) -> int:
        length = self._file.seek(0, os.SEEK_END)
        while place + _HEAD.size <= length:
            self._file.seek(place)
            number, n, k = _HEAD.unpack(self._file.read(_HEAD.size))
            end = place + _HEAD.size + packed_size(n, k)
            if end > length or not 0 <= number < len(self._places) or n < 0 or k < 0:
                break
            self._places[number] = place
            place = end
        return place

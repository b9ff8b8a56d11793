"""The format of kept poses: what stands in the file, and what may.

A line that names the format, a line of JSON that says what the poses are of, then one record a
frame in any order: its length and CRC-32, frame number (int64), time in s (float64), how the
camera moved (1 byte: 0 nobody looked, 1 still, 2 moved; then 6 float64, the warp by rows), people
N, keypoints K (uint32), bytes of a look L (uint16; 0: nobody looked), the poses, and what each
person wears (N x L bytes). A later record of a frame replaces an earlier one; frame -1
ends the clip, its time field holding the number of frames. What a crash cut short is forgotten.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from core.json_text import read_json_text
from core.run.pose_bytes import pack_poses, packed_size, unpack_poses
from core.skeleton import skeleton_named
from core.types import CameraMotion, PoseBatch, Sight

_NAME = b"yolopose poses "
MAGIC = _NAME + b"3\n"
_FRAME = struct.Struct("<II")  # bytes of the record that follows, their CRC-32
_HEAD = struct.Struct("<qdB6dIIH")
END = -1  # the frame number of the record that ends a clip
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
    told: Mapping[str, Any] | None = None  # a skeleton that is not the usual one, as `told_of` says

    def line(self) -> bytes:
        """The file's second line."""
        content: dict[str, Any] = {"source": self.source, "photos": self.photos}
        content |= {"origin": self.origin} | ({} if self.told is None else {"skeleton": self.told})
        return json.dumps(content, sort_keys=True, default=str).encode() + b"\n"

    def same(self, other: "PosesOf") -> bool:
        """Whether the poses depend on the same; the clip itself may have moved."""
        own, others = (PosesOf(of.origin, told=of.told).line() for of in (self, other))
        return own == others


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The record of a frame."""

    time_s: float
    poses: PoseBatch
    sight: Sight


def header_in(file: BinaryIO) -> PosesOf | None:
    """What an open file of kept poses is of; it stands at its first record then.

    None where it is none.
    """
    if file.read(len(MAGIC)) != MAGIC:
        return None
    try:
        content = read_json_text(file.readline(_LONGEST_LINE))
        told = content.get("skeleton")
        if told is not None:
            skeleton_named(**told)  # or it is no skeleton
        origin, source = dict(content["origin"]), str(content["source"])
        return PosesOf(origin, source, bool(content["photos"]), told)
    except (AttributeError, ValueError, KeyError, TypeError, OverflowError):
        return None


def is_of_another_version(file: BinaryIO) -> bool:
    """Whether an open file begins as those of another version do."""
    file.seek(0)
    line = file.read(len(MAGIC))
    return line.startswith(_NAME) and line != MAGIC


def read_record(file: BinaryIO) -> tuple[int, Kept] | None:
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
    number, time_s, looked, *warp, people, keypoints, look_size = _HEAD.unpack_from(body)
    looks_at = _HEAD.size + packed_size(people, keypoints)
    if length != looks_at + people * look_size:
        return None
    plain = END <= number < _MOST_FRAMES and keypoints <= MOST_KEYPOINTS
    plain &= bool((np.abs((time_s, *warp)) < _FARTHEST).all())
    if not plain or (number == END and not 0 <= time_s <= _MOST_FRAMES):
        return None
    camera = None
    if looked != _UNKNOWN:
        camera = CameraMotion(np.array(warp).reshape(2, 3) if looked == _MOVED else None)
    looks = np.frombuffer(body, np.uint8, offset=looks_at).reshape(people, look_size)
    poses = unpack_poses(body[_HEAD.size : looks_at], people, keypoints)
    return number, Kept(time_s, poses, Sight(camera, looks if look_size else None))


def record_of(number: int, time_s: float, poses: PoseBatch, sight: Sight) -> bytes:
    """The record of a frame, as `read_record` reads it."""
    camera, looks = sight.camera, sight.looks
    warp = None if camera is None else camera.warp
    looked = _UNKNOWN if camera is None else _STILL if warp is None else _MOVED
    numbers = np.zeros(6) if warp is None else warp.ravel()
    look_size = 0 if looks is None else looks.shape[1]
    shape = poses.keypoint_scores.shape
    body = _HEAD.pack(number, time_s, looked, *numbers, *shape, look_size) + pack_poses(poses)
    body += b"" if looks is None else looks.tobytes()
    return _FRAME.pack(len(body), zlib.crc32(body)) + body

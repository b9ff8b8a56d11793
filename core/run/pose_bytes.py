"""The poses of a frame as bytes: little-endian float32, field by field as in `PoseBatch`."""

import numpy as np

from core.types import PoseBatch


def pack_poses(poses: PoseBatch) -> bytes:
    """All values of N people with K keypoints, `packed_size(N, K)` bytes."""
    arrays = (poses.boxes, poses.scores, poses.keypoints, poses.keypoint_scores)
    return b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays)


def unpack_poses(data: bytes, people: int, keypoints: int) -> PoseBatch:
    """The poses that were packed; `data` has the size that these counts have."""
    values = np.frombuffer(data, "<f4").astype(np.float32)
    sizes = np.array([4, 1, 2 * keypoints]) * people
    boxes, scores, points, point_scores = np.split(values, np.cumsum(sizes))
    return PoseBatch(
        boxes.reshape(people, 4),
        scores,
        points.reshape(people, keypoints, 2),
        point_scores.reshape(people, keypoints),
    )


def packed_size(people: int, keypoints: int) -> int:
    """Bytes of that many people."""
    return 4 * people * (4 + 1 + 3 * keypoints)

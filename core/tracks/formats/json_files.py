"""JSON of other programs: COCO results, OpenPose (BODY_25) and PoseTrack."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.part_file import PartFile, make_folder, write_whole
from core.tracks.formats.people import Clip, frames_of, named_joints
from core.tracks.table import NOBODY, TrackTable

NECK = ("left_shoulder", "right_shoulder")
MID_HIP = ("left_hip", "right_hip")

# Order of OpenPose's BODY_25; a pair is the middle of two, None is not in COCO-17.
BODY_25: tuple[str | tuple[str, str] | None, ...] = (
    "nose",
    NECK,
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    MID_HIP,
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
    "left_big_toe",
    "left_small_toe",
    "left_heel",
    "right_big_toe",
    "right_small_toe",
    "right_heel",
)
EMPTY_PARTS = (
    "face_keypoints_2d",
    "hand_left_keypoints_2d",
    "hand_right_keypoints_2d",
    "pose_keypoints_3d",
    "face_keypoints_3d",
    "hand_left_keypoints_3d",
    "hand_right_keypoints_3d",
)
POSETRACK_NAMES = (
    "nose",
    "head_bottom",
    "head_top",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
# PoseTrack numbers images as 1, video (6 digits), frame (4 digits).
FIRST_VIDEO, FRAME_DIGITS = 1_000_001, 4


def write_coco(path: Path, tables: Iterable[TrackTable]) -> None:
    """COCO keypoint results: `image_id` is the frame, unseen keypoints are 0, 0, 0.

    `track_id` is added; COCO's own tools pass over it. Raises OutputError.
    """
    with PartFile(path) as file:
        separator = "["
        for table in tables:
            for row in np.flatnonzero(table.ids != NOBODY).tolist():
                item = {
                    "image_id": int(table.frames[row]),
                    "category_id": 1,
                    "keypoints": flat_triples(*seen_keypoints(table, row), missing_px=0.0),
                    "score": round(float(np.nan_to_num(table.scores[row])), 4),
                    "track_id": int(table.ids[row]),
                }
                file.write(f"{separator}{compact(item)}".encode())
                separator = ",\n"
        file.write(b"[]\n" if separator == "[" else b"]\n")


def write_openpose(folder: Path, tables: Iterable[TrackTable], clip: Clip) -> None:
    """One `NAME_000000000000_keypoints.json` a frame, with the track id as `person_id`.

    Neck and mid-hip are the middle of shoulders and hips; feet are 0, 0, 0. Raises OutputError.
    """
    make_folder(folder)
    for table in tables:
        for frame in np.unique(table.frames).tolist():
            people = [
                _openpose_person(table, row, clip)
                for row in np.flatnonzero((table.frames == frame) & (table.ids != NOBODY)).tolist()
            ]
            write_whole(
                folder / openpose_file(clip.name, frame),
                compact({"version": 1.3, "people": people}),
            )


def openpose_file(clip_name: str, frame: int | None) -> str:
    """The name of a frame's file; of any frame's with `#` for its number."""
    number = "#" if frame is None else f"{frame:012d}"
    return f"{clip_name}_{number}_keypoints.json"


def _openpose_person(table: TrackTable, row: int, clip: Clip) -> dict[str, Any]:
    points, scores = named_joints(*seen_keypoints(table, row), BODY_25, clip.skeleton)
    return {
        "person_id": [int(table.ids[row])],
        "pose_keypoints_2d": flat_triples(points, scores, missing_px=0.0),
        **{part: [] for part in EMPTY_PARTS},
    }


def write_posetrack(path: Path, table: TrackTable, clip: Clip) -> None:
    """PoseTrack18/21 JSON of one clip. Raises OutputError.

    `head_bottom` is the middle of the shoulders, `head_top` is not known (v = 0). Frames beyond
    9,999 would have the ids of the next video, so all ids of such a clip have more digits.
    """
    frames, _ = frames_of(table)
    digits = max(FRAME_DIGITS, len(str(int(frames.max(initial=0)))))
    first_image = FIRST_VIDEO * 10**digits
    images = [
        {
            "file_name": f"images/{clip.name}/{frame:06d}.jpg",
            "id": first_image + frame,
            "frame_id": first_image + frame,
        }
        for frame in frames.tolist()
    ]
    category = {
        "id": 1,
        "name": "person",
        "supercategory": "person",
        "keypoints": list(POSETRACK_NAMES),
    }
    annotations = list(_posetrack_people(table, clip, first_image))
    content = {"images": images, "annotations": annotations, "categories": [category]}
    write_whole(path, compact(content) + "\n")


def _posetrack_people(table: TrackTable, clip: Clip, first_image: int) -> Iterator[dict[str, Any]]:
    names: tuple[str | tuple[str, str] | None, ...] = tuple(
        NECK if name == "head_bottom" else name for name in POSETRACK_NAMES
    )
    for number, row in enumerate(np.flatnonzero(table.ids != NOBODY).tolist()):
        points, scores = named_joints(*seen_keypoints(table, row), names, clip.skeleton)
        known = np.isfinite(scores)
        visible = np.where(known, 1.0, np.nan)
        x1, y1, x2, y2 = table.boxes[row].tolist()
        track_id = int(table.ids[row])
        yield {
            "id": number,
            "image_id": first_image + int(table.frames[row]),
            "category_id": 1,
            "bbox": _finite([x1, y1, x2 - x1, y2 - y1]),
            "keypoints": flat_triples(points, visible, missing_px=0.0),
            "scores": [round(float(s), 4) if k else 0 for s, k in zip(scores, known, strict=True)],
            "score": round(float(np.nan_to_num(table.scores[row])), 4),
            "person_id": track_id,
            "track_id": track_id,
        }


def seen_keypoints(table: TrackTable, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints (K, 2) and scores (K,) of a row, NaN where not seen."""
    scores = table.keypoint_scores[row].astype(np.float64)
    points = table.keypoints[row].astype(np.float64)
    seen = (scores > 0) & np.isfinite(points).all(axis=1)
    return np.where(seen[:, None], points, np.nan), np.where(seen, scores, np.nan)


def flat_triples(points: np.ndarray, scores: np.ndarray, missing_px: float) -> list[float]:
    """x, y and score after one another."""
    values = np.concatenate([np.round(points, 3), np.round(scores, 4)[:, None]], axis=1)
    values[np.isnan(values).any(axis=1)] = (missing_px, missing_px, 0.0)
    return [int(v) if v == int(v) else v for v in values.ravel().tolist()]


def _finite(values: list[float]) -> list[float]:
    return [round(value, 3) if np.isfinite(value) else 0 for value in values]


def compact(content: object) -> str:
    """JSON without spaces; NaN is an error."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False)

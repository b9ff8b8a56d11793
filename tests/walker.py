"""A walking skeleton made from known joint angles, seen from the side."""

import numpy as np
from numpy.typing import NDArray

from core.skeleton import COCO_17
from core.tracks.table import NOBODY, TrackTable, concatenate

Series = NDArray[np.float64]
JOINT = {name: i for i, name in enumerate(COCO_17.names)}
# Heights of joints over the ground as fractions of the body's height (Winter 2009, figure 4.1).
SHANK, THIGH, TRUNK, ARM, FOREARM = 0.246, 0.245, 0.288, 0.186, 0.146


def walker(
    times_s: Series,
    height_px: float = 400.0,
    stride_hz: float = 0.9,
    speed_px_s: float = 250.0,
    origin: tuple[float, float] = (300.0, 450.0),
    facing: int = 1,
    depth_px: float = 0.0,
) -> tuple[Series, dict[str, Series]]:
    """Keypoints (T, 17, 2) px, y down, and the angles in degrees that they were made from.

    `depth_px` moves the two sides apart along x, as a camera that looks at an angle sees them.
    """
    phase = 2 * np.pi * stride_hz * times_s
    lean = np.full(len(times_s), 5.0)
    angles = {"trunk_lean": lean}
    points = np.zeros((len(times_s), 17, 2))
    hip = np.stack(
        [origin[0] + facing * speed_px_s * times_s, origin[1] + 4.0 * np.sin(2 * phase)], axis=1
    )

    def along(direction_deg: Series, length: float) -> Series:
        """Offset in the picture; 0 is straight down, positive turns towards the front."""
        radians = np.deg2rad(direction_deg)
        return height_px * length * np.stack([facing * np.sin(radians), np.cos(radians)], axis=1)

    trunk = along(180.0 - lean, TRUNK)
    for side, start in (("left", 0.0), ("right", np.pi)):
        shift = np.array([0.5 * depth_px * (1 if side == "left" else -1), 0.0])
        hip_flexion = 15.0 + 25.0 * np.sin(phase + start)
        knee_flexion = 30.0 - 25.0 * np.cos(phase + start + 0.6)
        shoulder_flexion = -5.0 - 20.0 * np.sin(phase + start)
        elbow_flexion = 35.0 - 10.0 * np.sin(phase + start)
        thigh = hip_flexion - lean
        arm = shoulder_flexion - lean
        angles |= {
            f"{side}_hip": hip_flexion,
            f"{side}_knee": knee_flexion,
            f"{side}_shoulder": shoulder_flexion,
            f"{side}_elbow": elbow_flexion,
        }
        points[:, JOINT[f"{side}_hip"]] = hip + shift
        points[:, JOINT[f"{side}_knee"]] = hip + shift + along(thigh, THIGH)
        points[:, JOINT[f"{side}_ankle"]] = points[:, JOINT[f"{side}_knee"]] + along(
            thigh - knee_flexion, SHANK
        )
        shoulder = hip + shift + trunk
        points[:, JOINT[f"{side}_shoulder"]] = shoulder
        points[:, JOINT[f"{side}_elbow"]] = shoulder + along(arm, ARM)
        points[:, JOINT[f"{side}_wrist"]] = points[:, JOINT[f"{side}_elbow"]] + along(
            arm + elbow_flexion, FOREARM
        )
        head = hip + trunk + np.array([0.0, -0.12 * height_px])
        points[:, JOINT[f"{side}_ear"]] = head + 0.3 * shift
        points[:, JOINT[f"{side}_eye"]] = head + np.array([facing * 0.05 * height_px, -5.0])
        points[:, JOINT["nose"]] = head + np.array([facing * 0.06 * height_px, 5.0])
    return points, angles


def table(
    people: dict[int, Series],
    times_s: Series,
    scores: dict[int, Series] | None = None,
    present: dict[int, NDArray[np.bool_]] | None = None,
) -> TrackTable:
    """A track table of people who have keypoints (T, 17, 2); frames without anyone keep a row."""
    parts = []
    for frame, time_s in enumerate(times_s):
        here = [i for i in sorted(people) if present is None or present[i][frame]]
        if not here:
            parts.append(nobody(frame, float(time_s)))
            continue
        keypoints = np.stack([people[i][frame] for i in here]).astype(np.float32)
        box = np.concatenate([keypoints.min(axis=1) - 20, keypoints.max(axis=1) + 20], axis=1)
        confidence = (
            np.full(keypoints.shape[:2], 0.9)
            if scores is None
            else np.stack([scores[i][frame] for i in here])
        )
        parts.append(
            TrackTable(
                np.full(len(here), frame, np.int64),
                np.full(len(here), time_s, np.float64),
                np.array(here, np.int64),
                np.full(len(here), 0.8, np.float32),
                box.astype(np.float32),
                keypoints,
                confidence.astype(np.float32),
            )
        )
    return concatenate(parts)


def nobody(frame: int, time_s: float) -> TrackTable:
    return TrackTable(
        np.array([frame], np.int64),
        np.array([time_s], np.float64),
        np.array([NOBODY], np.int64),
        np.full(1, np.nan, np.float32),
        np.full((1, 4), np.nan, np.float32),
        np.full((1, 17, 2), np.nan, np.float32),
        np.full((1, 17), np.nan, np.float32),
    )

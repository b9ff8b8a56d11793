"""TRC marker files, one a person, in the dialects of OpenSim and of Kinovea and Sports2D.

OpenSim: metres, y up, frames from 1, a blank line before the data. Kinovea reads Sports2D's files:
no blank line, pixels divided by 1000 with y negated, a row from the video's first frame on. Both
get the marker names of HALPE_26, with `Hip` and `Neck` computed and feet left out.
"""

from pathlib import Path

import numpy as np

from core.part_file import write_whole
from core.tracks.formats.people import Clip, Person, Series, frames_of, named_joints, people_of
from core.tracks.formats.people import rate_hz as rate_of
from core.tracks.formats.text_tables import number
from core.tracks.measure.scale import Scale
from core.tracks.table import TrackTable

# Marker -> keypoint, or the middle of two.
MARKERS: dict[str, str | tuple[str, str]] = {
    "Hip": ("left_hip", "right_hip"),
    "RHip": "right_hip",
    "RKnee": "right_knee",
    "RAnkle": "right_ankle",
    "LHip": "left_hip",
    "LKnee": "left_knee",
    "LAnkle": "left_ankle",
    "Neck": ("left_shoulder", "right_shoulder"),
    "Nose": "nose",
    "RShoulder": "right_shoulder",
    "RElbow": "right_elbow",
    "RWrist": "right_wrist",
    "LShoulder": "left_shoulder",
    "LElbow": "left_elbow",
    "LWrist": "left_wrist",
}
FEET = {
    "RBigToe": "right_big_toe",
    "RSmallToe": "right_small_toe",
    "RHeel": "right_heel",
    "LBigToe": "left_big_toe",
    "LSmallToe": "left_small_toe",
    "LHeel": "left_heel",
}


def write_opensim_trc(folder: Path, table: TrackTable, clip: Clip, scale: Scale) -> list[Path]:
    """`NAME_person01.trc`, ...: metres on the plane of the scale, Z 0. Raises OutputError.

    Rows run from the first to the last frame in which the person was seen.
    """
    frames, times_s = frames_of(table)
    paths = []
    for person in people_of(table):
        rows = np.flatnonzero(person.present)
        span = slice(int(rows[0]), int(rows[-1]) + 1)
        points = flat(scale.metres(_markers(person, clip)[span]))
        paths.append(folder / f"{clip.name}_person{person.track_id:02d}.trc")
        text = trc_text(paths[-1].name, frames[span] + 1, times_s[span], points, clip, blank=True)
        write_whole(paths[-1], text)
    return paths


def write_kinovea_trc(folder: Path, table: TrackTable, clip: Clip) -> list[Path]:
    """`NAME_px_person01.trc`, ...: pixels / 1000, y negated, Z 0. Raises OutputError."""
    frames, times_s = frames_of(table)
    paths = []
    for person in people_of(table):
        points = flat(_markers(person, clip) * np.array([1e-3, -1e-3]))
        paths.append(folder / f"{clip.name}_px_person{person.track_id:02d}.trc")
        text = trc_text(paths[-1].name, frames, times_s, points, clip, blank=False)
        write_whole(paths[-1], text)
    return paths


def marker_names(clip: Clip) -> list[str]:
    """The markers that the skeleton has, in the order of the file."""
    feet = (marker for marker, name in FEET.items() if name in clip.skeleton.names)
    return [*MARKERS, *feet]


def flat(points: Series) -> Series:
    """(F, M, 3): the same places on the plane Z = 0; NaN stays NaN."""
    return np.concatenate([points, 0.0 * points[..., :1]], axis=2)


def markers_of(keypoints: Series, scores: Series, clip: Clip) -> Series:
    """The places (F, M, D) of the markers, from keypoints (F, K, D) with scores (F, K)."""
    known = MARKERS | FEET
    names = tuple(known[marker] for marker in marker_names(clip))
    return named_joints(keypoints, scores, names, clip.skeleton)[0]


def _markers(person: Person, clip: Clip) -> Series:
    """(F, M, 2) px."""
    return markers_of(person.keypoints, person.keypoint_scores, clip)


def trc_text(
    name: str, frames: np.ndarray, times_s: Series, points: Series, clip: Clip, blank: bool
) -> str:
    """The file of points (F, M, 3) m: three lines of facts, two of labels, the rows."""
    markers = marker_names(clip)
    rate, count = rate_of(times_s), len(frames)
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame"
        "\tOrigNumFrames",
        f"{rate:.6g}\t{rate:.6g}\t{count}\t{len(markers)}\tm\t{rate:.6g}\t{frames[0]}\t{count}",
        "Frame#\tTime\t" + "\t\t\t".join(markers) + "\t\t",
        "\t\t" + "\t".join(f"{axis}{i + 1}" for i in range(len(markers)) for axis in "XYZ"),
    ]
    if blank:
        lines.append("")
    for row, (frame, time_s) in enumerate(zip(frames.tolist(), times_s.tolist(), strict=True)):
        cells = ["\t".join(number(value, 7) for value in place) for place in points[row].tolist()]
        lines.append("\t".join((str(frame), f"{time_s:.6f}", *cells)))
    return "\n".join(lines) + "\n"

"""One HTML file that plays skeletons in space, to be turned with the mouse; it needs no network."""

import json
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np

from core.part_file import write_whole
from core.skeleton import COCO_17
from core.space.camera import Camera, CameraSet
from core.space.tracks3d import Tracks3D
from core.tracks.table import frame_starts

_CORNER_DEPTH_M = 0.5  # at which a camera's picture is drawn
_MOST_CELLS = 400_000  # joints in a page: more make it slow to open


def write_page(path: Path, tracks: Tracks3D, cameras: CameraSet) -> None:
    """Raises OutputError. Long recordings are thinned to every n-th common time."""
    every = max(1, -(-len(tracks) * len(COCO_17) // _MOST_CELLS))
    shown = tracks[tracks.frames % every == 0]
    starts = frame_starts(shown.frames)
    data = {
        "names": list(COCO_17.names),
        "limbs": [list(pair) for pair in COCO_17.limbs],
        "cameras": [_camera(camera) for camera in cameras.cameras],
        "times": shown.times_s[starts].round(4).tolist(),
        "people": [
            [_person(shown, row) for row in range(start, stop)]
            for start, stop in pairwise([*starts.tolist(), len(shown)])
        ],
    }
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    page = resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    write_whole(path, page.replace('"DATA"', text))


def _camera(camera: Camera) -> dict[str, object]:
    width, height = camera.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    focal = np.array([camera.matrix[0, 0], camera.matrix[1, 1]])
    flat = (corners - camera.matrix[:2, 2]) / focal
    local = np.column_stack([flat, np.ones(4)]) * _CORNER_DEPTH_M
    world = (local - camera.translation) @ camera.rotation
    return {
        "name": camera.name,
        "centre": [round(value, 3) for value in camera.centre.tolist()],
        "corners": [[round(value, 3) for value in corner] for corner in world.tolist()],
    }


def _person(tracks: Tracks3D, row: int) -> dict[str, object]:
    return {
        "id": int(tracks.ids[row]),
        "joints": [
            None if point[0] != point[0] else [round(value, 3) for value in point]
            for point in tracks.points[row].tolist()
        ],
        "sd": [
            None if value != value else round(1000 * value)
            for value in tracks.deviations[row].tolist()
        ],
    }

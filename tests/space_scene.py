"""Two people who walk and wave before four cameras, with exact truth."""

from dataclasses import dataclass

import numpy as np

from core.skeleton import COCO_17
from core.space.camera import Array, Camera, CameraSet
from core.space.resample import ClockMap
from core.tracks.table import TrackTable

# A standing body, metres, z up, facing along x; COCO order.
_BODY = np.array(
    [
        [0.10, 0.0, 1.60], [0.08, 0.03, 1.64], [0.08, -0.03, 1.64], [0.0, 0.08, 1.62],
        [0.0, -0.08, 1.62], [0.0, 0.20, 1.40], [0.0, -0.20, 1.40], [0.0, 0.26, 1.12],
        [0.0, -0.26, 1.12], [0.0, 0.28, 0.88], [0.0, -0.28, 0.88], [0.0, 0.12, 0.92],
        [0.0, -0.12, 0.92], [0.0, 0.12, 0.50], [0.0, -0.12, 0.50], [0.0, 0.12, 0.08],
        [0.0, -0.12, 0.08],
    ]
)  # fmt: skip


def looking_at(name: str, place: tuple[float, float, float], focal_px: float = 1000.0) -> Camera:
    """A camera with a lens that bends, which looks at (0, 0, 1)."""
    ahead = np.array([0.0, 0.0, 1.0]) - np.array(place)
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(ahead, right), ahead])
    matrix = np.array([[focal_px, 0, 640.0], [0, focal_px, 360.0], [0, 0, 1]])
    lens = np.array([-0.2, 0.05, 0.0005, -0.0003])
    return Camera(name, (1280, 720), matrix, lens, rotation, -rotation @ np.array(place))


CAMERAS = CameraSet(
    (
        looking_at("north", (4.0, 2.0, 1.8)),
        looking_at("east", (3.0, -3.5, 2.2)),
        looking_at("south", (-4.0, -1.5, 1.6)),
        looking_at("west", (-3.0, 3.5, 2.5)),
    )
)


def truth(times_s: Array) -> Array:
    """(T, 2, 17, 3): where the joints of both people are."""
    bodies = []
    for person, (side, phase) in enumerate(((0.8, 0.0), (-0.8, 1.3))):
        # ever faster, so that no moment looks like another one
        swing = np.sin(2 * np.pi * (0.5 + 0.2 * person + 0.07 * times_s) * times_s + phase)
        hop = np.sin(2 * np.pi * (0.3 + 0.06 * times_s) * times_s + 2 * phase)
        body = np.tile(_BODY, (len(times_s), 1, 1))
        body[:, :, 0] += (0.5 * np.sin(0.8 * times_s + phase))[:, None]
        body[:, :, 1] += side + (0.15 * np.cos(1.1 * times_s))[:, None]
        for joint, share in ((7, 0.15), (9, 0.3), (14, 0.15), (16, 0.25)):
            body[:, joint, 0] += share * swing
        for joint, share in ((8, -0.15), (10, -0.3), (13, -0.15), (15, -0.25)):
            body[:, joint, 0] += share * swing
        body[:, 9, 2] += 0.4 * np.maximum(hop, 0)
        body[:, 10, 2] += 0.4 * np.maximum(-hop, 0)
        bodies.append(body)
    return np.stack(bodies, axis=1)


OWN_CLOCK = ClockMap()


@dataclass(frozen=True)
class Filming:
    """How a camera films: its rate, clock and noise."""

    rate_hz: float = 30.0
    clock: ClockMap = OWN_CLOCK
    noise_px: float = 2.0
    start_s: float = 0.0


def filmed(camera: Camera, filming: Filming, seconds: float, seed: int) -> TrackTable:
    """The tracks of both people in one camera, in the camera's own time, ids in another order."""
    generator = np.random.default_rng(seed)
    count = int(seconds * filming.rate_hz)
    common_s = filming.start_s + np.arange(count) / filming.rate_hz
    points = camera.project(truth(common_s))
    points += generator.normal(0, filming.noise_px, points.shape)
    own_s = (common_s - filming.clock.offset_s) / filming.clock.rate
    rows = np.repeat(np.arange(count), 2)
    ids = np.tile([1, 2] if seed % 2 else [4, 3], count)
    keypoints = points.reshape(-1, 17, 2).astype(np.float32)
    table = TrackTable(
        frames=rows.astype(np.int64),
        times_s=own_s[rows],
        ids=ids.astype(np.int64),
        scores=np.full(len(rows), 0.9, np.float32),
        boxes=np.concatenate([keypoints.min(1), keypoints.max(1)], axis=1),
        keypoints=keypoints,
        keypoint_scores=np.full((len(rows), len(COCO_17)), 0.9, np.float32),
    )
    return table[np.lexsort((table.ids, table.frames))]

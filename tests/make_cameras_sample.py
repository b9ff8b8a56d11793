"""Makes `app/sample/cameras`: a board before four cameras, and tracks of two people with truth.

    python -m app demo --output demo && python tests/make_cameras_sample.py demo/sample.csv

The board clips are drawn pictures. The tracks were never pictures: they are exact projections of
stick figures with the errors that the network makes on the sample clip, by joint, as measured here.
The figures are the sample's truth of the jumping man and the waving woman, which is flat, stood up
in space and carried around.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from board_scene import picture
from scipy.interpolate import CubicSpline
from scipy.optimize import linear_sum_assignment
from space_scene import looking_at

from core.skeleton import COCO_17
from core.space.calibration.board import Board
from core.space.calibration.board_start import Pose
from core.space.calibration_files.own_toml import write_calibration
from core.space.camera import Array, Camera, CameraSet, rotation_of
from core.space.resample import ClockMap
from core.space.skeleton_files.csv_table import write_tracks3d
from core.space.tracks3d import Tracks3D
from core.tracks.csv_long import read_track_csv, write_track_csv
from core.tracks.table import NOBODY, TrackTable
from core.video.encode import EncodeSettings, VideoWriter

ROOT = Path(__file__).resolve().parents[1]
TRUTH = ROOT / "app" / "sample" / "sample_truth.json"
OUTPUT = ROOT / "app" / "sample" / "cameras"
BOARD = Board("charuco", 5, 4, 0.2, 0.15, "4x4")
PEOPLE = ((3, 1.78, 0.9, 0.3), (4, 1.66, -0.9, 2.2))  # id, height m, y m, phase of the way
SECONDS = 6.0
WRONG = 0.1  # of a person's height: a joint farther off than this is another thing
RATES_HZ = (25.0, 30.0, 25.0, 29.97)
OFFSETS_S = (0.0, 0.42, -0.31, 0.77)


def camera(name: str, place: tuple[float, float, float]) -> Camera:
    """960 x 540 px, with the lens of the drawn scene."""
    from dataclasses import replace

    full = looking_at(name, place)
    matrix = full.matrix.copy()
    matrix[:2] *= 0.75
    return replace(full, size=(960, 540), matrix=matrix)


CAMERAS = CameraSet(
    (
        camera("north", (3.4, 2.4, 2.8)),
        camera("east", (3.0, -3.0, 3.1)),
        camera("south", (-3.5, -2.2, 2.7)),
        camera("west", (-2.8, 3.1, 3.0)),
    ),
    scale_from="truth",
)


@dataclass(frozen=True)
class Errors:
    """What the network does to a joint, in shares of the person's height."""

    sigma: Array  # (17,) of one coordinate
    wrong: Array  # (17,) share of joints that are elsewhere
    unseen: Array  # (17,)
    kept: float  # how much of an error the next frame still has
    score: Array  # (17,)


def measured_errors(tracks: Path) -> Errors:
    """Of visible joints on the sample clip; people nearer than the sample's are left out."""
    table, truth = read_track_csv(tracks), json.loads(TRUTH.read_text())
    off: dict[int, list[Array]] = {2: [], 3: [], 4: []}
    scores: list[Array] = []
    for frame in truth["frames"]:
        people = [person for person in frame["people"] if person["track_id"] in off]
        rows = table[(table.frames == frame["frame"]) & (table.ids != NOBODY)]
        body = np.array([person["keypoints"] for person in people])
        heights = np.array([person["bbox"][3] for person in people])
        apart = np.linalg.norm(rows.keypoints[None] - body[:, None, :, :2], axis=3)
        near = np.median(np.nan_to_num(apart, nan=1e4), axis=2)
        for one, other in zip(*linear_sum_assignment(near), strict=True):
            if near[one, other] > 0.3 * heights[one]:
                continue
            error = (rows.keypoints[other] - body[one, :, :2]) / heights[one]
            error[rows.keypoint_scores[other] < 0.2] = np.inf
            error[body[one, :, 2] != 2] = np.nan
            off[people[one]["track_id"]].append(error)
            scores.append(rows.keypoint_scores[other])
    everything = np.concatenate([np.stack(errors) for errors in off.values()])
    visible = ~np.isnan(everything[..., 0])
    found = np.isfinite(everything[..., 0])
    length = np.linalg.norm(np.where(found[..., None], everything, np.nan), axis=2)
    right = length < WRONG
    pairs = []
    for errors in off.values():
        series = np.stack(errors)
        series[~(np.linalg.norm(series, axis=2) < WRONG)] = np.nan
        before, after = series[:-1].ravel(), series[1:].ravel()
        known = np.isfinite(before) & np.isfinite(after)
        pairs.append(np.corrcoef(before[known], after[known])[0, 1])
    return Errors(
        sigma=np.array([np.median(length[right[:, j], j]) / 1.1774 for j in range(17)]),
        wrong=((found & ~right).sum(axis=0) / visible.sum(axis=0)),
        unseen=((visible & ~found).sum(axis=0) / visible.sum(axis=0)),
        kept=float(np.mean(pairs)),
        score=np.median(np.stack(scores), axis=0),
    )


def bodies(times_s: Array) -> Array:
    """(T, 2, 17, 3) m: the flat figures of the sample's truth, turned and carried around."""
    frames = json.loads(TRUTH.read_text())["frames"]
    found = []
    for person, height_m, side, phase in PEOPLE:
        rows = [next(p for p in frame["people"] if p["track_id"] == person) for frame in frames]
        flat = np.array([row["keypoints"] for row in rows])[..., :2]
        ground = np.quantile(flat[:, 15:, 1], 0.95)
        shoulders = np.median(ground - flat[:, 5:7, 1])
        flat = (flat - [np.median(flat[:, 11:13, 0]), ground]) * [1, -1]
        flat *= 0.818 * height_m / shoulders  # shoulders at 0.818 of the height (Winter, 2009)
        way = CubicSpline(np.arange(len(flat)) / 25, flat)(times_s)
        turn = phase + 0.5 * times_s
        place = np.stack([1.1 * np.sin(0.9 * times_s + phase), side + 0.3 * np.cos(times_s)], 1)
        x = place[:, :1] + way[..., 0] * np.cos(turn)[:, None]
        y = place[:, 1:] + way[..., 0] * np.sin(turn)[:, None]
        found.append(np.stack([x, y, way[..., 1] + 0.05], axis=2))
    return np.stack(found, axis=1)


def filmed(number: int, errors: Errors) -> TrackTable:
    """The tracks of both people in one camera, on its own clock."""
    generator = np.random.default_rng(number)
    count = int(SECONDS * RATES_HZ[number])
    common_s = generator.uniform(0, 0.03) * (number > 0) + np.arange(count) / RATES_HZ[number]
    seen = CAMERAS.cameras[number].project(bodies(common_s))  # (T, 2, 17, 2)
    height = 1.12 * np.ptp(seen[..., 1], axis=2)[..., None]  # of the whole body
    noise = generator.normal(0, 1, seen.shape)
    for time in range(1, count):
        noise[time] = errors.kept * noise[time - 1] + np.sqrt(1 - errors.kept**2) * noise[time]
    seen = seen + noise * errors.sigma[:, None] * height[..., None]
    wrong = generator.random(seen.shape[:3]) < errors.wrong
    seen[wrong] += (generator.normal(0, 0.15, seen.shape) * height[..., None])[wrong]
    scores = np.where(generator.random(seen.shape[:3]) < errors.unseen, 0.0, errors.score)
    keypoints = seen.reshape(-1, 17, 2).astype(np.float32)
    own_s = ClockMap(OFFSETS_S[number])
    rows = np.repeat(np.arange(count), 2)
    return TrackTable(
        frames=rows,
        times_s=((common_s - own_s.offset_s) / own_s.rate)[rows],
        ids=np.tile([1, 2], count),
        scores=np.full(len(rows), 0.9, np.float32),
        boxes=np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1),
        keypoints=keypoints,
        keypoint_scores=scores.reshape(-1, 17).astype(np.float32),
    )


def shown() -> list[Pose]:
    """Near each camera, then between neighbours, at last flat on the floor at the origin."""
    generator = np.random.default_rng(3)
    poses = []
    cameras = CAMERAS.cameras
    for number, camera in enumerate(cameras):
        for _ in range(7):
            local = np.array([generator.uniform(-0.45, 0.45), generator.uniform(-0.2, 0.2), 1.0])
            place = camera.centre + camera.rotation.T @ (local * generator.uniform(1.3, 2.0))
            turn = camera.rotation.T @ rotation_of(generator.uniform(-0.6, 0.6, 3))
            poses.append(Pose(turn, place - turn @ BOARD.corners.mean(axis=0)))
        other = cameras[(number + 1) % len(cameras)]
        ahead = camera.rotation[2] + other.rotation[2]
        ahead = ahead / np.linalg.norm(ahead)
        right = np.cross(ahead, [0, 0, 1])
        right /= np.linalg.norm(right)
        between = np.stack([right, np.cross(ahead, right), ahead], axis=1)
        for _ in range(6):
            place = np.array([0, 0, 1.1]) - 0.7 * ahead + generator.uniform(-0.4, 0.4, 3)
            turn = between @ rotation_of(generator.uniform(-0.25, 0.25, 3))
            poses.append(Pose(turn, place - turn @ BOARD.corners.mean(axis=0)))
    return [*poses, *[Pose(np.diag([1.0, -1.0, -1.0]), np.zeros(3))] * 2]


def main(tracks: Path) -> None:
    """Write everything."""
    errors = measured_errors(tracks)
    print(f"errors: {errors.sigma.mean():.4f} of the height a coordinate, "
          f"{errors.wrong.mean():.3f} elsewhere, {errors.unseen.mean():.3f} unseen, "
          f"{errors.kept:.2f} kept to the next frame")  # fmt: skip
    OUTPUT.mkdir(exist_ok=True)
    write_calibration(OUTPUT / "truth.toml", CAMERAS)
    for number, camera in enumerate(CAMERAS.cameras):
        write_track_csv(OUTPUT / f"{camera.name}.csv", filmed(number, errors))
        back = np.full(camera.size[::-1], 96.0)
        path = OUTPUT / f"{camera.name}.board.mp4"
        with VideoWriter(path, camera.size, 5, EncodeSettings(crf=20, preset="slow")) as writer:
            for index, pose in enumerate(shown()):
                grey = picture(camera, BOARD, pose, back)
                writer.write(np.repeat(grey[..., None], 3, axis=2), index / 5)
    times_s = np.arange(int(SECONDS * 25)) / 25
    points = bodies(times_s).reshape(-1, len(COCO_17), 3)
    count = len(points)
    deviations = np.zeros(points.shape[:2])
    truth = Tracks3D(
        frames=np.repeat(np.arange(len(times_s)), 2),
        times_s=np.repeat(times_s, 2),
        ids=np.tile([1, 2], len(times_s)),
        points=points,
        deviations=deviations,
        cameras=np.zeros(points.shape[:2], np.int64),
        covariance=np.zeros((*points.shape[:2], 3, 3)),
        reprojection_px=np.zeros((count, 0)),
        track_ids=np.zeros((count, 0), np.int64),
        camera_names=(),
    )
    write_tracks3d(OUTPUT / "truth.3d.csv", truth)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

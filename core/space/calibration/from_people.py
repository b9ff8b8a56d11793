"""Where cameras stand, from the people they film: lenses known, no board.

Pairs of cameras by essential matrices, the others by their view of what is triangulated already,
then bundle adjustment, first by the people seen longest, then by everybody. A person's height gives
the scale, standing people give up and the floor.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np

from core.skeleton import COCO_17
from core.space.calibration.bundle import adjusted
from core.space.calibration.everybody import bound_by_everybody
from core.space.calibration.same_people import People2D, RelativePose, relative_pose
from core.space.camera import Array, CalibrationError, Camera, CameraSet
from core.space.resample import ClockMap, common_times, sampled
from core.space.triangulate import triangulate
from core.space.world import standing_world
from core.tracks.table import TrackTable

_MOST_TIMES = 200
_MOST_PEOPLE = 8  # tracks a camera, those seen longest
_MOST_POINTS = 8000  # of the bundle adjustment
_MIN_SCORE = 0.4
_NOISE_MRAD = 4.0
_FEWEST_POINTS = 60
_PNP_NEAR = 0.01
_ROUNDS = 4  # of bundle adjustment and triangulation
_BINDINGS = 3  # of everybody, each found by the cameras of the one before


@dataclass(frozen=True, slots=True, eq=False)
class FromPeople:
    """Cameras found from people."""

    cameras: CameraSet
    residual_px: float  # median, at the mean focal length
    people: int
    leg_spread: float  # standard deviation of the people's leg lengths over their mean


def calibrated_from_people(
    lenses: Sequence[Camera],
    tables: Sequence[TrackTable],
    clocks: Sequence[ClockMap],
    height_m: float,
    progress: Callable[[int, int], None] | None = None,
) -> FromPeople:
    """Places of cameras whose matrix and distortion are known; what they say of places is not used.

    `height_m` is the height of the people, on average; `progress` is told how many steps of how
    many are done. Raises CalibrationError where cameras share too little.
    """
    if not 0.5 <= height_m <= 2.5:
        raise CalibrationError(f"--height-m {height_m:g}: a person is 0.5 to 2.5 m tall")
    views = _views(lenses, tables, clocks)
    pairs = list(combinations(range(len(lenses)), 2))

    def done(count: int) -> None:
        if progress is not None:
            progress(count, len(pairs) + _ROUNDS + _BINDINGS)

    poses: dict[tuple[int, int], RelativePose] = {}
    for step, (first, second) in enumerate(pairs, 1):
        found = relative_pose(views[first], views[second])
        if found is not None:
            poses[first, second] = found
        done(step)
    people = _people(poses, views)
    rays, weights = _stacked(views, people)
    placed = _started(lenses, poses, rays, weights)
    residual_mrad = float("nan")
    for step in range(1, _ROUNDS + 1):
        placed, residual_mrad = _adjusted(placed, rays, weights)
        done(len(pairs) + step)
    points = _triangulated(placed, rays, weights).reshape(len(people), -1, len(COCO_17), 3)
    cameras, spread = standing_world(placed, points, height_m, COCO_17)
    count = len(people)
    for step in range(1, _BINDINGS + 1):
        bound = bound_by_everybody(cameras, tables, clocks)
        if bound is None:
            break
        placed, points, residual_mrad = bound
        cameras, spread = standing_world(placed, points, height_m, COCO_17)
        count = len(points)
        done(len(pairs) + _ROUNDS + step)
    focal = float(np.mean([camera.focal_px for camera in lenses]))
    return FromPeople(
        CameraSet(tuple(cameras), scale_from=f"height {height_m:.2f} m"),
        residual_mrad / 1000 * focal,
        count,
        spread,
    )


def _views(
    lenses: Sequence[Camera], tables: Sequence[TrackTable], clocks: Sequence[ClockMap]
) -> list[People2D]:
    times_s = common_times(tables, clocks)
    times_s = times_s[np.unique(np.linspace(0, len(times_s) - 1, _MOST_TIMES).astype(int))]
    views = []
    for lens, table, clock in zip(lenses, tables, clocks, strict=True):
        people = sampled(table, clock, times_s, _MIN_SCORE)
        time_of = np.repeat(np.arange(len(times_s)), np.diff(people.starts))
        rays = lens.normalised(people.keypoints)
        ids, counts = np.unique(people.ids, return_counts=True)
        seen: dict[int, Array] = {}
        trust: dict[int, Array] = {}
        for track_id in ids[np.argsort(-counts, kind="stable")][:_MOST_PEOPLE].tolist():
            rows = np.flatnonzero(people.ids == track_id)
            own = np.full((len(times_s), *rays.shape[1:]), np.nan)
            weight = np.zeros(own.shape[:2])
            own[time_of[rows]], weight[time_of[rows]] = rays[rows], people.scores[rows]
            seen[track_id], trust[track_id] = own, weight
        views.append(People2D(seen, trust))
    return views


def _people(
    poses: dict[tuple[int, int], RelativePose], views: Sequence[People2D]
) -> list[dict[int, list[int]]]:
    """People as the track ids of each camera; tracks of one camera that overlap are different."""
    links = sorted(
        (-count, camera, one, other, second)
        for (camera, other), pose in poses.items()
        for one, second, count in pose.pairs
    )
    groups: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for _, camera, one, other, second in links:
        a = groups.setdefault((camera, one), {(camera, one)})
        b = groups.setdefault((other, second), {(other, second)})
        if a is b or any(_overlap(views, left, right) for left in a for right in b):
            continue
        a |= b
        for member in b:
            groups[member] = a
    found = []
    for group in {id(group): group for group in groups.values()}.values():
        person: dict[int, list[int]] = {}
        for camera, track_id in sorted(group):
            person.setdefault(camera, []).append(track_id)
        if len(person) > 1:
            found.append(person)
    if not found:
        raise CalibrationError(
            "no two cameras show the same people from different sides; film people who walk "
            "through the whole space, and check that the clips are in step (`sync`)"
        )
    return found


def _overlap(views: Sequence[People2D], one: tuple[int, int], other: tuple[int, int]) -> bool:
    if one[0] != other[0] or one == other:
        return False
    weights = views[one[0]].weights
    return bool(((weights[one[1]] > 0).any(1) & (weights[other[1]] > 0).any(1)).any())


def _stacked(views: Sequence[People2D], people: list[dict[int, list[int]]]) -> tuple[Array, Array]:
    """Rays (C, N, 2) and weights (C, N) of all joints of all people at all times."""
    shape = next(iter(views[0].rays.values())).shape
    rays = np.full((len(views), len(people), *shape), np.nan)
    weights = np.zeros(rays.shape[:-1])
    for index, person in enumerate(people):
        for camera, track_ids in person.items():
            for track_id in track_ids:
                there = views[camera].weights[track_id] > 0
                rays[camera, index][there] = views[camera].rays[track_id][there]
                weights[camera, index][there] = views[camera].weights[track_id][there]
    return rays.reshape(len(views), -1, 2), weights.reshape(len(views), -1)


def _started(
    lenses: Sequence[Camera],
    poses: dict[tuple[int, int], RelativePose],
    rays: Array,
    weights: Array,
) -> list[Camera]:
    """First places: a pair, then whoever sees most of what is known."""
    first, second = max(poses, key=lambda pair: poses[pair].inliers)
    pose = poses[first, second]
    known = {
        first: lenses[first].moved(np.eye(3), np.zeros(3)),
        second: lenses[second].moved(pose.rotation, pose.translation),
    }
    while len(known) < len(lenses):
        order = sorted(known)
        points = _triangulated([known[c] for c in order], rays[order], weights[order])
        there = np.isfinite(points).all(axis=1)
        shared = {
            camera: there & (weights[camera] > 0)
            for camera in range(len(lenses))
            if camera not in known
        }
        best = max(shared, key=lambda camera: int(shared[camera].sum()))
        if shared[best].sum() < _FEWEST_POINTS:
            raise CalibrationError(
                f"camera {lenses[best].name} shows nobody whom two others show as well; film "
                "people who walk through the whole space"
            )
        known[best] = _placed(lenses[best], points[shared[best]], rays[best][shared[best]])
    return [known[camera] for camera in range(len(lenses))]


def _placed(lens: Camera, points: Array, rays: Array) -> Camera:
    """A camera from its view of known points."""
    cv2.setRNGSeed(0)
    found, vector, shift, inside = cv2.solvePnPRansac(
        points, rays, np.eye(3), np.zeros(4), flags=cv2.SOLVEPNP_SQPNP,
        reprojectionError=_PNP_NEAR, iterationsCount=1000,
    )  # fmt: skip
    if not found or np.size(inside) < _FEWEST_POINTS // 2:
        raise CalibrationError(
            f"camera {lens.name} does not fit the people that the others see; is its lens right, "
            "and its clip in step?"
        )
    inside = inside.ravel()
    vector, shift = cv2.solvePnPRefineLM(
        points[inside], rays[inside], np.eye(3), np.zeros(4), vector, shift
    )
    rotation = np.asarray(cv2.Rodrigues(vector)[0], np.float64)
    return lens.moved(rotation, np.asarray(shift, np.float64).ravel())


def _adjusted(placed: list[Camera], rays: Array, weights: Array) -> tuple[list[Camera], float]:
    """All cameras moved together with some of the points."""
    found = triangulate(placed, rays, weights, np.full(weights.shape, _NOISE_MRAD))
    count = found.used.sum(axis=0)
    good = np.flatnonzero(np.isfinite(found.points).all(axis=1))
    # Points that many cameras see bind them together.
    order = good[np.argsort(-count[good], kind="stable")]
    chosen = order[: 2 * _MOST_POINTS]
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), _MOST_POINTS)).astype(int)]
    cameras, joints = np.nonzero(found.used[:, chosen])
    turns, shifts, _, residual = adjusted(
        np.stack([camera.rotation for camera in placed]),
        np.stack([camera.translation for camera in placed]),
        found.points[chosen],
        (cameras, joints, rays[cameras, chosen[joints]], weights[cameras, chosen[joints]]),
    )
    moved = [
        camera.moved(turn, shift) for camera, turn, shift in zip(placed, turns, shifts, strict=True)
    ]
    return moved, residual


def _triangulated(placed: Sequence[Camera], rays: Array, weights: Array) -> Array:
    return triangulate(placed, rays, weights, np.full(weights.shape, _NOISE_MRAD)).points

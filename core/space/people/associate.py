"""Who is who across cameras: people of several views become people of one space.

Time by time: known people are predicted and matched to each camera's people by distance in metres
(the ray of a joint at the depth of the prediction); those who are left are grouped by how near
their rays pass each other. A 2D id that followed the same person last time is preferred, as in
Chen et al., Cross-View Tracking for Multi-Human 3D Pose Estimation, CVPR 2020.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from core.space.camera import Array, Camera
from core.space.people.view_distances import (
    FARTHEST_M,
    FEWEST_SHARED,
    NEVER,
    AssociationSettings,
    Views,
    groups_of_views,
    joint_distances,
)
from core.space.resample import Sampled
from core.space.triangulate import linear, residuals_of

_CONTRADICTION_MRAD = 40.0
_REMEMBERED_S = 0.3  # a joint that was not seen for longer is not predicted
_FASTEST_M_S = 12.0  # a sprinter
_STEADY = 0.7  # of the old speed in the new one


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """R rows, one a time and person that two cameras or more saw."""

    times: NDArray[np.intp]  # (R,) index of the common time
    ids: NDArray[np.int64]  # (R,) 3D ids
    rows: NDArray[np.intp]  # (R, C) row in that camera's Sampled, or -1


@dataclass(slots=True)
class _Person:
    id: int
    points: Array  # (K, 3) m, NaN where not known
    seen_s: Array  # (K,) when each joint was triangulated last
    time_s: float
    velocity: Array = field(default_factory=lambda: np.zeros(3))
    track_ids: dict[int, int] = field(default_factory=dict)  # camera -> 2D id

    def expected(self, time_s: float) -> Array:
        points = self.points + self.velocity * (time_s - self.time_s)
        points[time_s - self.seen_s > _REMEMBERED_S] = np.nan
        return points


class Association:
    """Follows people through common times; `update` is called for each in order."""

    def __init__(self, cameras: Sequence[Camera], settings: AssociationSettings) -> None:
        self._projections = np.stack([camera.projection for camera in cameras])
        self._centres = np.stack([camera.centre for camera in cameras])
        self._settings = settings
        self._people: list[_Person] = []
        self._next_id = 1

    def update(
        self, time_s: float, views: Views, track_ids: Sequence[NDArray[np.int64]]
    ) -> list[tuple[int, dict[int, int]]]:
        """(3D id, {camera: person of that camera's view}) of everyone seen by two cameras.

        `track_ids` holds the 2D ids (P,) of each view.
        """
        self._people = [
            person for person in self._people if time_s - person.time_s <= self._settings.forget_s
        ]
        members: list[dict[int, int]] = [{} for _ in self._people]
        expected = [person.expected(time_s) for person in self._people]
        left = self._match_known(time_s, views, track_ids, expected, members)
        self._match_new(time_s, views, left, expected, members)
        return self._settle(time_s, views, track_ids, members)

    def _match_known(
        self,
        time_s: float,
        views: Views,
        track_ids: Sequence[NDArray[np.int64]],
        expected: list[Array],
        members: list[dict[int, int]],
    ) -> list[list[int]]:
        """Fill `members` from each camera; returns who is left of each."""
        left = []
        for camera, (_, rays, scores) in enumerate(views):
            free = list(range(len(rays)))
            if expected and free:
                cost = joint_distances(self._projections[camera], np.stack(expected), rays, scores)
                gates = [
                    self._settings.gate_m + self._settings.gate_m_s * (time_s - person.time_s)
                    for person in self._people
                ]
                cost[cost > np.array(gates)[:, None]] = NEVER
                for row, person in enumerate(self._people):
                    same = track_ids[camera] == person.track_ids.get(camera, -1)
                    cost[row, same & (cost[row] < NEVER)] -= self._settings.same_id_m
                for row, column in zip(*linear_sum_assignment(cost), strict=True):
                    if cost[row, column] < NEVER:
                        members[row][camera] = int(column)
                        free.remove(int(column))
            left.append(free)
        return left

    def _match_new(
        self,
        time_s: float,
        views: Views,
        left: list[list[int]],
        expected: list[Array],
        members: list[dict[int, int]],
    ) -> None:
        """Group those who are left; they are known people seen anew, or new ones."""
        for group in groups_of_views(self._projections, self._centres, views, left, self._settings):
            points, _ = self._points(views, [group])
            known = np.isfinite(points[0]).all(axis=1)
            if known.sum() < self._settings.min_joints:
                continue
            nearest, owner = self._settings.gate_m, -1
            for index, place in enumerate(expected):
                apart = np.linalg.norm(place - points[0], axis=1)
                if np.isfinite(apart).sum() >= FEWEST_SHARED and np.nanmean(apart) < nearest:
                    nearest, owner = float(np.nanmean(apart)), index
            if owner >= 0:
                for camera, column in group.items():
                    members[owner].setdefault(camera, column)
                continue
            seen_s = np.where(known, time_s, -np.inf)
            self._people.append(_Person(self._next_id, points[0], seen_s, time_s))
            self._next_id += 1
            members.append(dict(group))

    def _settle(
        self,
        time_s: float,
        views: Views,
        track_ids: Sequence[NDArray[np.int64]],
        members: list[dict[int, int]],
    ) -> list[tuple[int, dict[int, int]]]:
        """Triangulate everybody, drop views that contradict, and remember."""
        points, off_m = self._points(views, members)
        wrong = False
        for person_off, group in zip(off_m, members, strict=True):
            for camera in list(group):
                if len(group) > 2 and person_off[camera] > self._settings.farthest_apart_m:
                    del group[camera]
                    wrong = True
        if wrong:
            points, _ = self._points(views, members)
        shown = []
        for person, group, place in zip(self._people, members, points, strict=True):
            known = np.isfinite(place).all(axis=1)
            for camera, column in group.items():
                person.track_ids[camera] = int(track_ids[camera][column])
            if len(group) < 2 or known.sum() < FEWEST_SHARED:
                continue
            elapsed_s = time_s - person.time_s
            if elapsed_s > 0:
                moves = (place - person.points)[known & np.isfinite(person.points).all(axis=1)]
                if len(moves):
                    speed = np.median(moves, axis=0) / elapsed_s
                    speed *= min(1.0, _FASTEST_M_S / max(float(np.linalg.norm(speed)), 1e-9))
                    person.velocity = _STEADY * person.velocity + (1 - _STEADY) * speed
                person.points = person.expected(time_s)
            person.points = np.where(known[:, None], place, person.points)
            person.seen_s = np.where(known, time_s, person.seen_s)
            person.time_s = time_s
            shown.append((person.id, dict(group)))
        return shown

    def _points(self, views: Views, members: list[dict[int, int]]) -> tuple[Array, Array]:
        """Points (N, K, 3) of everybody, and how far each camera is off on average (N, C) m."""
        joints, count = views[0][1].shape[1], len(members)
        rays = np.full((len(views), count, joints, 2), np.nan)
        weights = np.zeros((len(views), count, joints))
        for index, group in enumerate(members):
            for camera, column in group.items():
                rays[camera, index] = views[camera][1][column]
                weights[camera, index] = views[camera][2][column]
        flat, trust = rays.reshape(len(views), -1, 2), weights.reshape(len(views), -1)
        points = linear(self._projections, flat, trust)
        error = residuals_of(self._projections, points, flat)
        worst = np.nanmax(np.where(np.isfinite(flat[..., 0]), error, -1), axis=0, initial=0)
        bad = (worst > _CONTRADICTION_MRAD) & (np.isfinite(flat[..., 0]).sum(axis=0) > 2)
        if bad.any():
            columns = np.flatnonzero(bad)
            cameras = np.nanargmax(np.where(np.isfinite(error), error, -1)[:, columns], axis=0)
            trust[cameras, columns] = 0
            points[columns] = linear(self._projections, flat[:, columns], trust[:, columns])
        error = residuals_of(self._projections, points, flat)
        far = np.linalg.norm(points[None] - self._centres[:, None], axis=2)
        off_m = np.minimum(error / 1000 * far, FARTHEST_M).reshape(len(views), count, joints)
        known = np.isfinite(off_m)
        mean = np.where(known, off_m, 0).sum(axis=2) / np.maximum(known.sum(axis=2), 1)
        points[(np.where(trust > 0, error, 0) > 2 * _CONTRADICTION_MRAD).any(axis=0)] = np.nan
        return points.reshape(count, joints, 3), mean.T


def associate(
    cameras: Sequence[Camera],
    samples: Sequence[Sampled],
    rays: Sequence[Array],
    times_s: Array,
    settings: AssociationSettings,
    progress: Callable[[int, int], None] | None = None,
) -> Members:
    """Follow everybody through all common times (T,); `rays` are undistorted directions (R, K, 2)
    of each camera's samples. `progress` is told how many times of how many are done."""
    association = Association(cameras, settings)
    times, ids, rows = [], [], []
    for index, time_s in enumerate(times_s.tolist()):
        if progress is not None:
            progress(index, len(times_s))
        parts = [sample.at(index) for sample in samples]
        views = [
            (np.arange(part.start, part.stop), seen[part], sample.scores[part])
            for part, seen, sample in zip(parts, rays, samples, strict=True)
        ]
        track_ids = [sample.ids[part] for part, sample in zip(parts, samples, strict=True)]
        for person, group in association.update(time_s, views, track_ids):
            row = np.full(len(cameras), -1, np.intp)
            for camera, column in group.items():
                row[camera] = views[camera][0][column]
            times.append(index)
            ids.append(person)
            rows.append(row)
    if progress is not None:
        progress(len(times_s), len(times_s))
    shape = (len(rows), len(cameras))
    return Members(
        np.array(times, np.intp),
        np.array(ids, np.int64),
        np.array(rows, np.intp).reshape(shape),
    )

"""How far people of one view are from people of space, and from those of other views."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.space.camera import Array

FARTHEST_M = 0.6  # a joint counts at most this far from its prediction
FEWEST_SHARED = 3  # joints that a person of a camera and a known one must share
NEVER = 1e6

Views = list[tuple[NDArray[np.intp], Array, Array]]  # by camera: rows, rays (P, K, 2), scores


@dataclass(frozen=True, slots=True)
class AssociationSettings:
    """When two views show one person."""

    gate_m: float = 0.25  # mean distance of joints to where a known person is expected
    gate_m_s: float = 3.0  # and this much more a second since they were last seen by two cameras
    same_id_m: float = 0.1  # a 2D id that was this person's counts this much nearer
    apart_m: float = 0.12  # mean distance of rays of one person, at most
    farthest_apart_m: float = 0.24  # the same for any two cameras
    min_joints: int = 5  # that two cameras must agree on before somebody is new
    forget_s: float = 0.6  # nobody is predicted for longer

    def __post_init__(self) -> None:
        for name in ("gate_m", "apart_m", "farthest_apart_m", "forget_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        if self.min_joints < 1:
            raise ValueError(f"min_joints must be 1 or more, got {self.min_joints}")


def joint_distances(projection: Array, points: Array, rays: Array, scores: Array) -> Array:
    """(N, P) m: mean distance of people's rays (P, K, 2) to points (N, K, 3) at their depth."""
    local = points @ projection[:, :3].T + projection[:, 3]
    depth = np.where(local[..., 2] > 0, local[..., 2], np.nan)
    seen = local[..., :2] / depth[..., None]
    apart = np.linalg.norm(seen[:, None] - rays[None], axis=3) * depth[:, None]
    known = np.isfinite(apart)
    weight = np.where(known, scores[None], 0)
    total = np.maximum(weight.sum(axis=2), 1e-9)
    mean: Array = (weight * np.minimum(np.where(known, apart, 0), FARTHEST_M)).sum(axis=2) / total
    mean[known.sum(axis=2) < FEWEST_SHARED] = NEVER
    return mean


def groups_of_views(
    projections: Array,
    centres: Array,
    views: Views,
    left: list[list[int]],
    settings: AssociationSettings,
) -> list[dict[int, int]]:
    """People of different cameras whose rays meet, nearest first; one a camera in each group."""
    free = [(camera, column) for camera, columns in enumerate(left) for column in columns]
    if len({camera for camera, _ in free}) < 2:
        return []
    cameras = np.array([camera for camera, _ in free])
    rays = np.stack([views[camera][1][column] for camera, column in free])
    ahead = np.concatenate([rays, np.ones((*rays.shape[:2], 1))], axis=2)
    turns = projections[cameras][:, :, :3]
    ways = np.einsum("nij,nki->nkj", turns, ahead)
    ways /= np.linalg.norm(ways, axis=2, keepdims=True)
    across = np.cross(ways[:, None], ways[None])
    size = np.linalg.norm(across, axis=3)
    between = (centres[cameras][None] - centres[cameras][:, None])[:, :, None]
    apart = np.abs((between * across).sum(axis=3)) / np.maximum(size, 0.02)
    known = np.isfinite(apart)
    mean = np.where(known, np.minimum(apart, FARTHEST_M), 0).sum(axis=2)
    mean /= np.maximum(known.sum(axis=2), 1)
    mean[(known.sum(axis=2) < settings.min_joints) | (cameras[:, None] == cameras)] = NEVER
    groups = [[index] for index in range(len(free))]
    while len(groups) > 1:
        best, pair = settings.apart_m, None
        for first in range(len(groups)):
            for second in range(first + 1, len(groups)):
                block = mean[np.ix_(groups[first], groups[second])]
                if block.max() < settings.farthest_apart_m and block.mean() < best:
                    best, pair = float(block.mean()), (first, second)
        if pair is None:
            break
        groups[pair[0]] += groups.pop(pair[1])
    return [
        {free[index][0]: free[index][1] for index in group} for group in groups if len(group) > 1
    ]

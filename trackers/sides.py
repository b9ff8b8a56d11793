"""Left stays left: skeletons whose sides the network exchanged are told from people who turn.

Seen small or from behind, a person is often found with every left joint called right. Nobody turns
round within a frame or two, so a hidden Markov model follows the way each person faces, and
whether the sides of the skeleton are exchanged. What is seen are the widths of shoulders and hips
across the trunk, positive when the left side is where it is on somebody who faces the camera.
A skeleton that becomes exchanged, or right again, also makes its limbs change places.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.geometry import box_areas
from core.skeleton import Skeleton
from core.types import FloatArray, PoseBatch

Beliefs = NDArray[np.float64]  # (N, 2, ANGLES): as named or exchanged, and the way they face

ANGLES = 36  # of the way that a person faces; 0 is the camera's
RIGHT, EXCHANGED = 0, 1
SEEN = 0.1  # least score of a joint that counts
# All that follows was chosen on the sample and on Bonn's people, see `docs/tracking.md`.
WIDTHS = np.array([0.7, 0.5])  # breadth of shoulders and hips over the length of the trunk
WIDTH_NOISE = 0.2  # standard deviation of these widths
ANYHOW = 0.03  # how likely a width is that has nothing to do with the person, over its best
TURN = 3.0  # rad after 1 s of a random walk: how people turn
SPIN, SPIN_SHARE = 6.0, 0.03  # the same for the few steps in which somebody spins
BEGINS_HZ, ENDS_HZ = 0.2, 2.0  # how often sides become exchanged, and right again
LIMB_STEP = 0.08  # of the root of the box's area: how far a limb's joint goes in STEP_S
STEP_S = 0.04
LIMB_CAP = 4.0  # a joint tells no more than this
LIMB_WEIGHT = 0.5  # joints of one person err together
KNOWN_S = 0.1  # limbs that were seen longer ago tell less

_FACING = 2 * np.pi * np.arange(ANGLES) / ANGLES
_TRUNK = ("shoulder", "hip")
_LIMBS = ("elbow", "wrist", "knee", "ankle")


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Where a skeleton has the joints that tell left from right."""

    trunk: NDArray[np.intp]  # (2, 2) shoulders and hips, left and right
    limbs: NDArray[np.intp]  # (L, 2)

    def follow(
        self, beliefs: Beliefs, before: PoseBatch, now: PoseBatch, dt_s: NDArray[np.float64]
    ) -> Beliefs:
        """What to believe of N people now, who were found as they were `before`, (N,) s ago."""
        limbs = self.changed(before, now, dt_s)
        widths = self.widths(now.keypoints, now.keypoint_scores)
        return seen_beliefs(later_beliefs(beliefs, dt_s, limbs), widths)

    def widths(self, keypoints: FloatArray, scores: FloatArray) -> NDArray[np.float64]:
        """(N, 2) widths of shoulders and hips over the trunk's length.

        NaN where one of the four joints was not seen.
        """
        joints = keypoints[:, self.trunk].astype(np.float64)  # (N, shoulders and hips, sides, xy)
        up = joints[:, 0].mean(axis=1) - joints[:, 1].mean(axis=1)
        length = np.hypot(up[:, 0], up[:, 1])
        seen = (scores[:, self.trunk] >= SEEN).all(axis=(1, 2)) & (length > 0)
        length = np.where(seen, length, np.nan)
        across = np.stack([-up[:, 1], up[:, 0]], axis=1) / length[:, None]
        breadth = np.einsum("npx,nx->np", joints[:, :, 0] - joints[:, :, 1], across)
        return np.asarray(breadth / length[:, None])

    def changed(
        self, before: PoseBatch, now: PoseBatch, dt_s: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(N,) by how much more the limbs look as if they changed places, as a log likelihood."""
        a = before.keypoints[:, self.limbs].astype(np.float64)  # (N, L, sides, xy)
        b = now.keypoints[:, self.limbs].astype(np.float64)
        seen = (before.keypoint_scores[:, self.limbs] >= SEEN).all(axis=2)
        seen &= (now.keypoint_scores[:, self.limbs] >= SEEN).all(axis=2)
        areas = np.maximum(box_areas(now.boxes), 1.0)
        step = LIMB_STEP * np.sqrt(areas * np.maximum(dt_s / STEP_S, 1.0))
        scale = 2 * step[:, None] ** 2
        stayed = np.square(b - a).sum(axis=(2, 3)) / scale  # (N, L)
        crossed = np.square(b - a[:, :, ::-1]).sum(axis=(2, 3)) / scale
        told = np.minimum(stayed, 2 * LIMB_CAP) - np.minimum(crossed, 2 * LIMB_CAP)
        total = (told * seen).sum(axis=1)
        fresh = np.exp(-np.maximum(dt_s - KNOWN_S, 0) / KNOWN_S)
        return np.asarray(LIMB_WEIGHT * total * fresh)


@lru_cache(maxsize=8)
def sides_of(skeleton: Skeleton) -> Sides | None:
    """None for a skeleton without shoulders or hips."""
    places = {name: place for place, name in enumerate(skeleton.names)}

    def pairs(joints: tuple[str, ...]) -> NDArray[np.intp]:
        sides = [(f"left_{joint}", f"right_{joint}") for joint in joints]
        known = [(places[a], places[b]) for a, b in sides if a in places and b in places]
        return np.array(known, np.intp).reshape(-1, 2)

    trunk = pairs(_TRUNK)
    return Sides(trunk, pairs(_LIMBS)) if len(trunk) == len(_TRUNK) else None


def _first_belief() -> NDArray[np.float64]:
    share = BEGINS_HZ / (BEGINS_HZ + ENDS_HZ)
    return np.repeat(np.array([[1 - share], [share]]) / ANGLES, ANGLES, axis=1)


UNKNOWN = _first_belief()  # (2, ANGLES) of somebody of whom nothing is known yet


def later_beliefs(
    beliefs: Beliefs, dt_s: NDArray[np.float64], changed: NDArray[np.float64]
) -> Beliefs:
    """After `dt_s` (N,), in which the limbs look (N,) as if they changed places."""
    turned = np.empty_like(beliefs)
    steps_s = np.round(dt_s, 3)  # live frames come at ever other intervals
    for step_s in np.unique(steps_s):
        rows = steps_s == step_s
        turned[rows] = beliefs[rows] @ _turning(float(step_s))
    begins, ends = -np.expm1(-BEGINS_HZ * dt_s), -np.expm1(-ENDS_HZ * dt_s)
    # By the larger of the two, so that none overflows.
    stays, changes = np.exp(-np.maximum(changed, 0)), np.exp(np.minimum(changed, 0))
    right, exchanged = turned[:, RIGHT], turned[:, EXCHANGED]
    later = np.stack(
        [
            (stays * (1 - begins))[:, None] * right + (changes * ends)[:, None] * exchanged,
            (changes * begins)[:, None] * right + (stays * (1 - ends))[:, None] * exchanged,
        ],
        axis=1,
    )
    return np.asarray(later / later.sum(axis=(1, 2), keepdims=True))


def seen_beliefs(beliefs: Beliefs, widths: NDArray[np.float64]) -> Beliefs:
    """Once widths (N, 2) were seen; those that are NaN tell nothing."""
    expected = WIDTHS[:, None] * np.cos(_FACING)  # (2, ANGLES)
    expected = np.stack(
        [expected, -expected]
    )  # (as named or exchanged, shoulders and hips, ANGLES)
    away = (widths[:, None, :, None] - expected) / WIDTH_NOISE
    likely = ANYHOW + (1 - ANYHOW) * np.exp(-0.5 * np.square(away))
    told = beliefs * np.where(np.isnan(likely), 1.0, likely).prod(axis=2)
    return np.asarray(told / told.sum(axis=(1, 2), keepdims=True))


def are_exchanged(beliefs: Beliefs) -> NDArray[np.bool_]:
    """(N,) whose sides are more likely exchanged than not."""
    return np.asarray(beliefs[:, EXCHANGED].sum(axis=1) > 0.5)


@lru_cache(maxsize=64)
def _turning(step_s: float) -> NDArray[np.float64]:
    """(ANGLES, ANGLES) how likely each way of facing leads to each other in a step."""
    root = np.sqrt(max(step_s, 0.0))
    away = np.angle(np.exp(1j * (_FACING[:, None] - _FACING[None])))

    def walk(spread: float) -> NDArray[np.float64]:
        weights = np.exp(-0.5 * np.square(away / max(spread, np.pi / ANGLES)))
        result: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
        return result

    return (1 - SPIN_SHARE) * walk(TURN * root) + SPIN_SHARE * walk(SPIN * root)

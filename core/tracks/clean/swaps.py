"""Repair of joints that carry the name of the other side of the body.

Each arm pair and each leg pair is a chain of three joints (hip, knee, ankle; shoulder, elbow,
wrist), and each joint of the chain is in one of two states, as named or swapped. The cheapest path
through the states of a whole stretch is found with the Viterbi algorithm. A path pays for
- a pair that breaks its motion: distance from where its last two positions and times lead;
- bones whose length differs from the usual one of that limb;
- shoulders that point against the hips (`trunk`), where both chains are there;
- every frame in the swapped state and every change of state, because the network is mostly right.
Motion is carried on through its speed, so legs that cross are told from legs that swap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton
from core.spread import MEDIAN_NORM_OF_4, SIGMA_OF_MAD
from core.tracks.clean.gaps import fill
from core.tracks.clean.segments import segments, step_s
from core.tracks.clean.trunk import CLEAR, trunk_costs
from core.tracks.motion import Series, is_known

Number = TypeVar("Number", bound=np.generic)

CHAINS = (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
STATES = np.array(list(product((0, 1), repeat=3)), dtype=np.bool_)  # (8, 3) swapped joints
# Costs and caps were chosen on the clips of tests/test_swaps.py, see docs/measurements.md.
CHANGE_COST = 5.0  # minus the log of how seldom a limb starts or ends a swap
JOINT_CHANGE_COST = 1.0  # the same for each of its joints, given that the limb does
SWAPPED_COST = 0.4  # a swapped limb, each frame
JOINT_SWAPPED_COST = 0.05  # a swapped joint, each frame
# More for shoulders and hips that lie clearly apart, of which the network is surer.
CLEAR_COST_PER_S = 10.0
COINCIDENT_COST = 0.5  # the same where both sides lie in one place
MOTION_CAP = 20.0  # one wild point costs no more, a joint
BONE_CAP = 6.0  # foreshortened bones are common, so lengths weigh less than motion
BONE_FREE = 2.0  # deviations up to twice the spread tell nothing, however often they recur
BRIDGE_S = 0.25  # unseen joints are guessed across this much, to carry motion on
LONGEST_RATIO = 2.0  # by choice: a speed is carried on over twice the step that it was seen in
MIN_SPREAD = 0.01  # of the body's size: motion is never trusted more closely than this
MIN_BONE_SPREAD = 0.08  # likewise of bone lengths
_TRUNK_JOINT = np.array([1.0, 0.0, 0.0])  # the first of a chain
_TURNS = 3  # of the chains, each following the other; more change nothing on those clips


def find_swaps(
    keypoints: Series, times_s: Series, skeleton: Skeleton, size_px: float
) -> NDArray[np.bool_]:
    """Which joints (T, K) of one person carry the other side's name.

    `keypoints` (T, K, 2) is NaN where nothing can be told from a joint; those carry the name of
    the side that their limb tells. `size_px` is the height of the person.
    """
    swapped = np.zeros(keypoints.shape[:2], np.bool_)
    chains = [
        _Chain.of(keypoints[:, pairs], times_s, size_px, pairs)
        for chain in CHAINS
        if (pairs := _pairs(chain, skeleton)) is not None
    ]
    for chain, path in zip(chains, _paths(chains, size_px), strict=True):
        for joint, pair in enumerate(chain.pairs):
            swapped[:, pair] = path[:, joint, None]
    return swapped


@dataclass(frozen=True, slots=True, eq=False)
class _Chain:
    """One chain over T frames, in stretches in which something of it is known."""

    pairs: NDArray[np.intp]  # (3 joints, 2 sides) keypoints
    points: Series  # (T, 3, 2, 2) px, short gaps filled
    known: NDArray[np.bool_]  # (T, 3) both sides
    parts: list[slice]
    motion: list[Series]  # of each part, (n, 3, 2, 2, 2)
    states: list[Series]  # of each part, (n, 8)

    @classmethod
    def of(
        cls, points: Series, times_s: Series, size_px: float, pairs: NDArray[np.intp]
    ) -> "_Chain":
        bridged, known = _bridge(points, times_s)
        parts = list(segments(np.asarray(known.any(axis=1)), times_s, BRIDGE_S))
        motion, states, frame_s = [], [], step_s(times_s)
        for part in parts:
            own, seen = bridged[part], known[part]
            costs, spread = _motion_costs(own, seen, times_s[part], size_px)
            motion.append(costs)
            bones = _bone_costs(own, seen, size_px)
            states.append(_state_costs(own, seen, spread, size_px, frame_s) + bones)
        return cls(pairs, bridged, known, parts, motion, states)

    def path(self, of_first: Series) -> tuple[NDArray[np.bool_], float]:
        """(T, 3) which joints are swapped, and what that costs in all.

        `of_first` (T, 2) is added where the first joint is as named, and where it is swapped.
        """
        path, total = np.zeros(self.known.shape, np.bool_), 0.0
        for part, motion, states in zip(self.parts, self.motion, self.states, strict=True):
            more = of_first[part][:, STATES[:, 0].astype(np.intp)]
            path[part], cost = _cheapest_path(motion, states + more)
            total += cost
        return path, total


def _pairs(chain: Sequence[str], skeleton: Skeleton) -> NDArray[np.intp] | None:
    names = [(f"left_{joint}", f"right_{joint}") for joint in chain]
    if not all(name in skeleton.names for pair in names for name in pair):
        return None
    return np.array([[skeleton.names.index(name) for name in pair] for pair in names])


def _paths(chains: list[_Chain], size_px: float) -> list[NDArray[np.bool_]]:
    """The cheapest paths of all chains: where there are two, each in turn follows the other's.

    Which begins may decide, so both do, and the cheaper end is taken.
    """
    alone = [chain.path(np.zeros((len(chain.known), 2))) for chain in chains]
    if len(chains) < 2:
        return [path for path, _ in alone]
    legs, arms = chains
    trunk = trunk_costs(legs.points[:, 0], arms.points[:, 0], size_px)  # (T, 2)
    ends = []
    for first in (0, 1):
        paths, own = [path for path, _ in alone], [cost for _, cost in alone]
        for turn in range(_TURNS):
            number = (first + turn) % 2
            swapped = paths[1 - number][:, :1]
            path, cost = chains[number].path(np.where(swapped, trunk[:, ::-1], trunk))
            paths[number] = path
            own[number] = cost - _twist(paths, trunk)
        ends.append((sum(own) + _twist(paths, trunk), paths))
    return min(ends, key=lambda end: end[0])[1]


def _twist(paths: list[NDArray[np.bool_]], trunk: Series) -> float:
    differ = paths[0][:, 0] != paths[1][:, 0]
    return float(np.where(differ, trunk[:, 1], trunk[:, 0]).sum())


def _bridge(points: Series, times_s: Series) -> tuple[Series, NDArray[np.bool_]]:
    """Positions with short gaps filled, and (T, 3) which pairs are known on both sides."""
    bridged = points.copy()
    for joint in range(points.shape[1]):
        for side in range(2):
            bridged[:, joint, side] = fill(points[:, joint, side], times_s, BRIDGE_S)[0]
    return bridged, np.asarray(is_known(bridged).all(axis=2))


def _cheapest_path(motion: Series, own: Series) -> tuple[NDArray[np.bool_], float]:
    """(n, 3) which joints are swapped, and its cost, from costs (n, 3, 2, 2, 2) and (n, 8)."""
    length = len(own)
    # A node is a pair of states, of the frame before and of this one: motion needs both.
    changes = (STATES[:, None] != STATES[None]).sum(axis=2)  # (8, 8)
    change = CHANGE_COST * (changes > 0) + JOINT_CHANGE_COST * changes
    cost = own[0][None, :] + np.zeros((8, 8))  # (before, now)
    came_from = np.zeros((length, 8, 8), np.int8)
    joints = np.arange(3)
    bits = STATES.astype(np.intp)
    before, now, after = np.ix_(range(8), range(8), range(8))
    for t in range(1, length):
        step = motion[t][joints, bits[before], bits[now], bits[after]].sum(axis=-1)  # (8, 8, 8)
        total = cost[:, :, None] + step
        came_from[t] = np.argmin(total, axis=0)
        cost = np.min(total, axis=0) + change + own[t][None, :]
    path = np.zeros(length, np.intp)
    previous, state = np.unravel_index(int(np.argmin(cost)), cost.shape)
    for t in range(length - 1, 0, -1):
        path[t] = state
        previous, state = came_from[t, previous, state].astype(np.intp), previous
    path[0] = state
    return STATES[path], float(np.min(cost))


def _motion_costs(
    points: Series, known: NDArray[np.bool_], times_s: Series, size_px: float
) -> tuple[Series, Series]:
    """Cost (n, 3, 2, 2, 2) of each joint's states two frames before, one before and now.

    Also the spread (3,) in px by which each joint usually misses its expected position.
    """
    length = len(points)
    named = np.stack([points, points[:, :, ::-1]], axis=2)  # (n, 3, 2 states, 2 sides, 2)
    steps = np.diff(times_s, prepend=times_s[:1])
    ratio = np.ones(length)
    ratio[2:] = np.minimum(steps[2:] / np.maximum(steps[1:-1], 1e-9), LONGEST_RATIO)
    first = named[np.maximum(np.arange(length) - 2, 0)][:, :, :, None, None]
    second = named[np.maximum(np.arange(length) - 1, 0)][:, :, None, :, None]
    third = named[:, :, None, None, :]
    expected = second + ratio[:, None, None, None, None, None, None] * (second - first)
    expected[1:2] = np.broadcast_to(second[1:2], expected[1:2].shape)
    squared = ((third - expected) ** 2).sum(axis=(-1, -2))  # (n, 3, 2, 2, 2)
    usable = known.copy()
    usable[1:] &= known[:-1]
    usable[2:] &= known[:-2]
    squared = np.where(usable[:, :, None, None, None], squared, 0.0)
    # Four coordinates: x and y of two sides.
    as_named = np.sqrt(squared[:, :, 0, 0, 0]) / MEDIAN_NORM_OF_4
    spread = np.array(
        [_spread(as_named[usable[:, joint], joint], MIN_SPREAD * size_px) for joint in range(3)]
    )
    costs: Series = np.minimum(squared / (2 * spread[:, None, None, None] ** 2), MOTION_CAP)
    costs[0] = 0.0
    return costs, spread


def _state_costs(
    points: Series, known: NDArray[np.bool_], spread: Series, size_px: float, frame_s: float
) -> Series:
    """Cost (n, 8) of swapped joints: higher where both sides are one, or lie clearly apart.

    Without it, sides that coincide would be exchanged to and fro to fit their noise, and an
    exchange that began there would last until something else ends it.
    """
    apart = np.where(known, np.linalg.norm(points[:, :, 0] - points[:, :, 1], axis=2), 0.0)
    alike = np.where(known, np.exp(-0.5 * (apart / spread) ** 2), 0.0)
    clear = np.minimum(apart / (CLEAR * size_px), 1.0) * _TRUNK_JOINT
    costs: Series = SWAPPED_COST * STATES.any(axis=1) + (
        JOINT_SWAPPED_COST + COINCIDENT_COST * alike + CLEAR_COST_PER_S * frame_s * clear
    ) @ STATES.T.astype(np.float64)
    return costs


def _bone_costs(points: Series, known: NDArray[np.bool_], size_px: float) -> Series:
    """Cost (n, 8) of the bone lengths that each state of the chain implies."""
    costs = np.zeros((len(points), len(STATES)))
    for bone in range(2):
        upper, lower = points[:, bone], points[:, bone + 1]  # (n, 2 sides, 2)
        usable = known[:, bone] & known[:, bone + 1]
        straight = np.linalg.norm(upper - lower, axis=2)  # (n, 2)
        crossed = np.linalg.norm(upper - lower[:, ::-1], axis=2)
        if not usable.any():
            continue
        usual = np.median(straight[usable])
        deviations = SIGMA_OF_MAD * np.abs(straight[usable] - usual).ravel()
        spread = _spread(deviations, MIN_BONE_SPREAD * size_px)
        by_crossing = [
            np.clip(((lengths - usual) ** 2).sum(axis=1) / (2 * spread**2) - BONE_FREE, 0, BONE_CAP)
            for lengths in (straight, crossed)
        ]
        is_crossed = (STATES[:, bone] != STATES[:, bone + 1]).astype(np.intp)
        costs += np.where(usable[:, None], np.stack(by_crossing, axis=1)[:, is_crossed], 0.0)
    return costs


def _spread(deviations: Series, floor: float) -> float:
    """Median of deviations, which the few swaps among them cannot move, but at least `floor`."""
    return max(float(np.median(deviations)), floor) if len(deviations) else floor


def undo_swaps(
    values: NDArray[Number], swapped: NDArray[np.bool_], partner: Sequence[int]
) -> NDArray[Number]:
    """Values (T, K, ...) with those of swapped joints exchanged between the sides."""
    result = values.copy()
    exchanged = values[:, list(partner)]
    result[swapped] = exchanged[swapped]
    return result

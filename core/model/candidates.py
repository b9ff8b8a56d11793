"""Where each keypoint of each person may be: two guesses, and peaks near them. Without torch."""

from itertools import pairwise
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry import box_iou
from core.model.decode import sigmoid
from core.model.pyramid import Maps, is_large
from core.model.settings import HEATMAP_STRIDE
from core.types import FloatArray, PoseBatch

if TYPE_CHECKING:
    from torch import Tensor

PEAKS = 5  # of one keypoint of one person
GUESSES = 2  # the regression, and the displacement from the box's centre
CANDIDATES = GUESSES + PEAKS
FLOOR = 0.005  # a lower peak is no keypoint
FLOOR_LOGIT = float(np.log(FLOOR / (1 - FLOOR)))
REACH = 0.35  # box sizes around the guesses within which peaks are looked for
LEAST_WORTH = 0.001  # of a peak: height times nearness
RIVAL_REACH = 0.15  # box sizes of another person around whose guesses a peak may be theirs
SAME_IOU = 0.6  # boxes that overlap more are one person, no rivals
_NEIGHBOURS = np.ones((3, 3), np.uint8)

Array = TypeVar("Array")
Numbers = TypeVar("Numbers", FloatArray, "Tensor")
Cells = NDArray[np.intp]


class Features(NamedTuple, Generic[Array]):
    """What there is to choose from, N people, K keypoints and C candidates, in network px."""

    places: Array  # (N, K, C, 2): the guesses first, then peaks by their worth
    heights: Array  # (N, K, C, K): of all heatmaps at the candidate
    rivals: Array  # (N, K, C): how well the candidate fits somebody else
    valid: Array  # (N, K, C): 1, or 0 where there are fewer
    boxes: Array  # (N, 4)
    scores: Array  # (N, 1)
    confidences: Array  # (N, K): the regression's


def gather_candidates(
    poses: PoseBatch, maps: Maps, confidence: float, maps_of_large: Maps | None = None
) -> Features[FloatArray]:
    """The candidates of people in maps: heatmaps (K, h, w), logits, and shifts (4K, h, w).

    Large people may have maps of their own. People of a score up to `confidence` are nobody's
    rivals but each other's.
    """
    areas = np.maximum(poses.boxes[:, 2:] - poses.boxes[:, :2], np.float32(1)).prod(1)
    people, joints = poses.keypoint_scores.shape
    shifted = np.zeros((people, joints, 2), np.float32)
    places = np.zeros((people, joints, CANDIDATES, 2), np.float32)
    heights = np.zeros((people, joints, CANDIDATES, joints), np.float32)
    valid = np.zeros((people, joints, CANDIDATES), np.float32)
    large = np.zeros(people, np.bool_) if maps_of_large is None else is_large(poses.boxes)
    for rows, own in ((~large, maps), (large, maps_of_large)):
        if own is not None and rows.any():
            shifted[rows] = displaced(poses.boxes[rows], own[1])
            guesses = (poses.keypoints[rows], shifted[rows])
            places[rows], heights[rows], valid[rows] = _candidates(guesses, areas[rows], *own)
    rivals = _rivals(poses, areas, places, (poses.keypoints, shifted), confidence)
    scores = poses.scores[:, None]
    return Features(places, heights, rivals, valid, poses.boxes, scores, poses.keypoint_scores)


def _candidates(
    guesses: tuple[FloatArray, ...], areas: FloatArray, heatmaps: FloatArray, shifts: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Places, heights and which are valid, as `Features` has them, from guesses (N, K, 2)."""
    people, joints = guesses[0].shape[:2]
    places = np.zeros((people, joints, CANDIDATES, 2), np.float32)
    cells = np.zeros((people, joints, CANDIDATES), np.intp)
    valid = np.zeros((people, joints, CANDIDATES), np.float32)
    for index, guess in enumerate(guesses):
        places[:, :, index], cells[:, :, index] = guess, _cells_of(guess, heatmaps)
        valid[:, :, index] = 1
    spread = 2 * REACH**2 * areas[:, None]
    joint, cell, peaks, height = find_peaks(heatmaps, shifts)
    ends = np.searchsorted(joint, np.arange(joints + 1))
    for k, (first, end) in enumerate(pairwise(ends)):
        own = slice(first, end)
        away = np.minimum(*(_squared(guess[:, k, None] - peaks[own]) for guess in guesses))
        worth = height[own] * np.exp(-away / spread)
        best = np.argsort(-worth, 1, kind="stable")[:, :PEAKS]
        to = slice(GUESSES, GUESSES + best.shape[1])
        places[:, k, to], cells[:, k, to] = peaks[own][best], cell[own][best]
        valid[:, k, to] = np.take_along_axis(worth, best, 1) > LEAST_WORTH
    every = np.ascontiguousarray(heatmaps.reshape(joints, -1).T)
    return places, sigmoid(every[cells]), valid


def mirrored_features(
    inputs: Features[Numbers], swap: NDArray[np.intp], turn: Numbers
) -> Features[Numbers]:
    """The same people in the mirror image, whose x counts from its right edge to the left of 0.

    `swap` exchanges left and right keypoints, `turn` is -1, 1, -1, 1 as an array of their kind.
    """
    return Features(
        inputs.places[:, swap] * turn[:2],
        inputs.heights[:, swap][..., swap],
        inputs.rivals[:, swap],
        inputs.valid[:, swap],
        inputs.boxes[:, [2, 1, 0, 3]] * turn,
        inputs.scores,
        inputs.confidences[:, swap],
    )


def displaced(boxes: FloatArray, shifts: FloatArray) -> FloatArray:
    """Where the cells at the centres of (N, 4) boxes say that the keypoints are, (N, K, 2) px."""
    rows, columns = shifts.shape[1:]
    centre = (boxes[:, :2] + boxes[:, 2:]) * np.float32(0.5 / HEATMAP_STRIDE)
    cell = np.clip(np.floor(centre), 0, np.array([columns - 1, rows - 1], np.float32))
    column, row = cell.astype(np.intp).T
    own = shifts[len(shifts) // 2 :]
    shift = own[:, row, column].T.reshape(len(boxes), len(own) // 2, 2)
    place: FloatArray = (cell[:, None] + shift) * np.float32(HEATMAP_STRIDE)
    return place


def find_peaks(
    heatmaps: FloatArray, shifts: FloatArray
) -> tuple[Cells, Cells, FloatArray, FloatArray]:
    """All cells that no neighbour exceeds: joint (M,) in order, cell, place (M, 2) px, height."""
    floor = np.float32(FLOOR_LOGIT)
    highest = np.stack([cv2.dilate(heatmap, _NEIGHBOURS) for heatmap in heatmaps])
    np.maximum(highest, floor, out=highest)
    cells = np.flatnonzero(heatmaps >= highest)
    joint, cell = np.divmod(cells, heatmaps[0].size)
    row, column = np.divmod(cell, heatmaps.shape[2])
    shift = np.stack([shifts[2 * joint, row, column], shifts[2 * joint + 1, row, column]], 1)
    place = np.stack([column, row], 1).astype(np.float32) + shift
    return joint, cell, place * np.float32(HEATMAP_STRIDE), sigmoid(heatmaps.reshape(-1)[cells])


def _cells_of(places: FloatArray, heatmaps: FloatArray) -> Cells:
    """The numbers of the cells under (N, K, 2) px, at the rim for what lies outside."""
    rows, columns = heatmaps.shape[1:]
    last = np.array([columns - 1, rows - 1], np.float32)
    cell = np.clip(np.floor(places / HEATMAP_STRIDE), 0, last).astype(np.intp)
    number: Cells = cell[..., 1] * columns + cell[..., 0]
    return number


def _rivals(
    poses: PoseBatch,
    areas: FloatArray,
    places: FloatArray,
    guesses: tuple[FloatArray, ...],
    confidence: float,
) -> FloatArray:
    """How near each candidate is to a guess of another person, by their share of both scores."""
    score = poses.scores
    share = score / np.maximum(score[:, None] + score, np.float32(1e-6))
    # Weaker people change nothing about a person above the confidence.
    counts = (score > confidence) | (score[:, None] <= confidence)
    rival = (box_iou(poses.boxes, poses.boxes) < SAME_IOU) & counts
    share = np.where(rival, share, np.float32(0))
    spread = 2 * RIVAL_REACH**2 * areas[:, None, None]
    rivals = np.zeros(places.shape[:3], np.float32)
    for index, place in enumerate(places):
        others = np.flatnonzero(share[index])
        if len(others):
            away = np.minimum(*(_squared(guess[others, :, None] - place) for guess in guesses))
            near = np.exp(-away / spread[others])
            rivals[index] = (near * share[index, others, None, None]).max(0)
    return rivals


def _squared(way: FloatArray) -> FloatArray:
    x, y = way[..., 0], way[..., 1]
    squares: FloatArray = x * x + y * y  # many times faster than a sum along an axis of two
    return squares

"""A chooser learns: which candidates are right, and how likely the chosen one is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, smooth_l1_loss

from core.model.candidates import Features, mirrored_features
from core.model.chooser import KeypointChooser, frame_of
from core.skeleton import skeleton_of
from core.train.chooser_examples import Examples
from core.train.optimise import (
    MovingAverage,
    descend,
    learning_rate,
    make_optimiser,
    set_learning_rate,
)
from core.train.settings import OptimiserSettings

_BATCH = 256  # people
_OPTIMISER = OptimiserSettings(
    rate=0.003,
    second_beta=0.999,
    warmup_steps=100,
    final_factor=0.0,
    weight_decay=0.02,
    clip=1.0,
    ema_decay=0.998,
)
_WIDER = 9.0  # times the variance of OKS: far candidates still differ
_EARLY = 0.4  # weight of the rounds before the last
_BETA = 0.05  # box sizes, below which the distance of the free guess counts quadratically
_FURTHEST = 3.0  # box sizes


@dataclass(frozen=True, slots=True)
class Fit:
    """Where learning is."""

    step: int
    loss: float
    similarity: float  # expected object keypoint similarity of the choice


def fit_chooser(
    examples: Examples, steps: int, seed: int, say: Callable[[Fit], object]
) -> KeypointChooser:
    """A chooser that has seen `steps` batches of the examples; `say` is told of each."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    chooser = KeypointChooser(examples.weights.shape[1]).train()
    optimiser = make_optimiser(chooser, _OPTIMISER)
    average = MovingAverage(chooser, _OPTIMISER.ema_decay)
    for step in range(steps):
        rows = rng.integers(0, len(examples), min(_BATCH, len(examples)))
        batch = _mirrored(_batch(examples, rows)) if rng.random() < 0.5 else _batch(examples, rows)
        loss, similarity = chooser_loss(chooser, batch)
        set_learning_rate(optimiser, learning_rate(step, steps, _OPTIMISER))
        descend(chooser, optimiser, loss, _OPTIMISER.clip, step)
        average.update(chooser)
        say(Fit(step + 1, float(loss.detach()), float(similarity)))
    chooser.load_state_dict(average.state)
    return chooser.eval()


@dataclass(frozen=True, slots=True, eq=False)
class ChooserBatch:
    """`Examples` as tensors."""

    inputs: Features[Tensor]
    keypoints: Tensor
    weights: Tensor
    known: Tensor
    areas: Tensor


def chooser_loss(chooser: KeypointChooser, batch: ChooserBatch) -> tuple[Tensor, Tensor]:
    """The loss of a batch, and the expected similarity of what the chooser would take.

    Every round is to give its share to candidates of high object keypoint similarity, and its own
    place is to be near. `right` is to be the similarity of the candidate that is taken; 0 for what
    is not there, and for people who are none.
    """
    rounds, right = chooser.choose(batch.inputs)
    size, centre = frame_of(batch.inputs.boxes)
    target = ((batch.keypoints - centre[:, None]) / size[:, None])[:, :, None]
    sigmas = torch.from_numpy(skeleton_of(batch.keypoints.shape[1]).sigmas)
    spread = 2 * batch.areas[:, None] * (2 * sigmas) ** 2 / size**2
    count = batch.weights.sum().clamp(min=1)
    loss = expected = size.new_zeros(())
    taken = batch.weights
    for number, (logits, spots) in enumerate(rounds, 1):
        away = ((spots - target) ** 2).sum(3) / spread[:, :, None]
        similarity = torch.exp(-away)
        share = torch.softmax(logits, 2)
        mean = (share * similarity.detach()).sum(2)
        blurred = (0.8 * similarity + 0.2 * torch.exp(-away / _WIDER)).detach()
        likely = -(share * blurred).sum(2).clamp(min=1e-3).log()
        way = smooth_l1_loss(spots[:, :, -1], target[:, :, 0], reduction="none", beta=_BETA)
        free = way.sum(2).clamp(max=_FURTHEST) + 0.3 * (1 - similarity[:, :, -1])
        each = likely + 2 * (1 - mean) + free
        weight = 1.0 if number == len(rounds) else _EARLY
        loss = loss + weight * (batch.weights * each).sum() / count
        expected = (batch.weights * mean).sum() / count
        best = logits.argmax(2, keepdim=True)
        taken = batch.weights * similarity.gather(2, best)[:, :, 0]
    judged = binary_cross_entropy_with_logits(right, taken.detach(), reduction="none")
    return loss + judged[batch.known].mean(), expected.detach()


def _batch(examples: Examples, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> ChooserBatch:
    return ChooserBatch(
        Features(*(torch.from_numpy(value[rows]).float() for value in examples.inputs)),
        torch.from_numpy(examples.keypoints[rows]),
        torch.from_numpy(examples.weights[rows]),
        torch.from_numpy(examples.known[rows]),
        torch.from_numpy(examples.areas[rows]),
    )


def _mirrored(batch: ChooserBatch) -> ChooserBatch:
    swap = skeleton_of(batch.keypoints.shape[1]).flip
    turn = torch.tensor([-1.0, 1.0, -1.0, 1.0])
    return ChooserBatch(
        mirrored_features(batch.inputs, swap, turn),
        batch.keypoints[:, swap] * turn[:2],
        batch.weights[:, swap],
        batch.known[:, swap],
        batch.areas,
    )

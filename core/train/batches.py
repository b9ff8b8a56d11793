"""Batches for training. Every sample follows from (seed, epoch, position) alone.

So a resumed run sees what an uninterrupted one would have seen, however many loader processes
there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from core.train.augment import AugmentSettings, Rgb, compose
from core.train.dataset import LabelledImage, People
from core.train.image_cache import ImageCache


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """B pictures of S x S px with T people and I ignore zones in all of them together."""

    images: Tensor  # (B, S, S, 3) uint8
    image: Tensor  # (T,) int64, the picture a person is in
    boxes: Tensor  # (T, 4) xyxy px
    keypoints: Tensor  # (T, K, 2) px
    weights: Tensor  # (T, K)
    visible: Tensor  # (T, K)
    known: Tensor  # (T, K) bool
    areas: Tensor  # (T,) px^2
    ignore: Tensor  # (I, 4) xyxy px
    ignore_image: Tensor  # (I,) int64

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which pictures make the samples of a run."""

    seed: int
    batch: int  # pictures a step on this rank
    steps: int  # batches an epoch
    sizes: tuple[int, ...]  # px; one is drawn for each batch
    rank: int = 0
    ranks: int = 1


class TrainingSamples(Dataset[tuple[Rgb, People]]):
    """Augmented samples of one epoch by position."""

    def __init__(
        self,
        images: Sequence[LabelledImage],
        cache: ImageCache,
        probabilities: NDArray[np.float64],
        augment: AugmentSettings,
        sampling: Sampling,
        epoch: int,
    ) -> None:
        self._images = images
        self._cache = cache
        self._cumulative = np.cumsum(probabilities)
        self._augment = augment
        self._sampling = sampling
        self._epoch = epoch

    def __getitem__(self, position: int) -> tuple[Rgb, People]:
        sampling = self._sampling
        step = position // (sampling.batch * sampling.ranks)
        size_rng = np.random.default_rng((sampling.seed, self._epoch, step, 1))
        size = int(size_rng.choice(sampling.sizes))
        rng = np.random.default_rng((sampling.seed, self._epoch, position))
        count = 4 if rng.random() < self._augment.mosaic else 1
        rows = np.searchsorted(self._cumulative, rng.random(count) * self._cumulative[-1], "right")
        pictures = [self._cache[row] for row in rows]
        labels = [self._images[row].people for row in rows]
        flip = labels[0].skeleton.flip
        scales = [
            picture.shape[1] / self._images[row].size[0]
            for picture, row in zip(pictures, rows, strict=True)
        ]
        return compose(pictures, labels, scales, size, self._augment, flip, rng)


def epoch_batches(
    samples: TrainingSamples, sampling: Sampling, first: int, workers: int
) -> Iterator[Batch]:
    """The batches of this rank from step `first` to the end of the epoch, in order."""
    steps = [
        [
            (step * sampling.ranks + sampling.rank) * sampling.batch + i
            for i in range(sampling.batch)
        ]
        for step in range(first, sampling.steps)
    ]
    loader = DataLoader(
        samples,
        batch_sampler=steps,
        num_workers=workers,
        collate_fn=collate,
        worker_init_fn=_quiet_worker,
        prefetch_factor=4 if workers else None,
    )
    yield from loader


def collate(samples: Sequence[tuple[Rgb, People]]) -> Batch:
    """Samples of one size -> a batch."""
    people = [labels for _, labels in samples]

    def joined(name: str) -> Tensor:
        return torch.from_numpy(np.concatenate([getattr(labels, name) for labels in people]))

    def owner(name: str) -> Tensor:
        counts = [len(getattr(labels, name)) for labels in people]
        return torch.repeat_interleave(torch.tensor(counts))

    return Batch(
        torch.from_numpy(np.stack([picture for picture, _ in samples])),
        owner("boxes"),
        joined("boxes"),
        joined("keypoints"),
        joined("weights"),
        joined("visible"),
        joined("known"),
        joined("areas"),
        joined("ignore"),
        owner("ignore"),
    )


def source_probabilities(
    images: Sequence[LabelledImage], weights: dict[str, float]
) -> NDArray[np.float64]:
    """Probability of each picture: sources share by weight, pictures of one source equally.

    A source that is not named keeps one share a picture of an unweighted data set.
    """
    sources = np.array([image.source for image in images])
    probabilities = np.full(len(images), 1.0 / len(images))
    for source, weight in weights.items():
        rows = sources == source
        if rows.any():
            probabilities[rows] = weight / rows.sum()
    shares: NDArray[np.float64] = probabilities / probabilities.sum()
    return shares


def _quiet_worker(_: int) -> None:
    """A loader process uses one core; the network has the others."""
    torch.set_num_threads(1)

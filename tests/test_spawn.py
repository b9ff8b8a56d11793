"""Processes that begin anew, as on Windows and macOS, give what forked ones give."""

import multiprocessing
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from stick_people import write_dataset

from core.train.augment import AugmentSettings
from core.train.batches import Sampling, TrainingSamples, epoch_batches
from core.train.dataset import read_dataset
from core.train.image_cache import ImageCache


@pytest.fixture
def spawning() -> Iterator[None]:
    before = multiprocessing.get_start_method()
    multiprocessing.set_start_method("spawn", force=True)
    yield
    multiprocessing.set_start_method(before, force=True)


def test_training_pictures_from_another_process(tmp_path: Path, spawning: None) -> None:
    images = read_dataset(write_dataset(tmp_path / "data", 4, 64), 17)
    cache = ImageCache(images, 64, tmp_path / "cache")
    sampling = Sampling(seed=1, batch=2, steps=2, sizes=(64,))
    samples = TrainingSamples(images, cache, np.full(4, 0.25), AugmentSettings(), sampling, 0)
    own = list(epoch_batches(samples, sampling, 0, 0))
    others = list(epoch_batches(samples, sampling, 0, 1))
    assert len(own) == len(others) == 2
    for one, other in zip(own, others, strict=True):
        assert all(torch.equal(getattr(one, n), getattr(other, n)) for n in one.__slots__)


def test_pictures_are_not_sent_along(tmp_path: Path) -> None:
    images = read_dataset(write_dataset(tmp_path / "data", 4, 64), 17)
    cache = ImageCache(images, 64, tmp_path / "cache")
    sent = pickle.dumps(cache)
    assert len(sent) < cache[0].nbytes
    assert (pickle.loads(sent)[3] == cache[3]).all()

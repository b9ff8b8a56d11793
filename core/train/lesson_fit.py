"""A lesson: the neck and the heads of `mobile` learn a few pictures, what lies below stays.

That part costs most and knows most of other pictures. It looks at each view once (`lesson_views`).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from core.errors import DatasetError
from core.model.checkpoint import load_checkpoint, save_checkpoint
from core.model.engines.torch_engine import choose_device
from core.stop import stop_request
from core.train.augment import AugmentSettings
from core.train.dataset import read_dataset
from core.train.depthwise import quicken
from core.train.lesson_views import joined, make_views, views_of_each
from core.train.loss import alone
from core.train.optimise import (
    descend,
    learning_rate,
    make_optimiser,
    set_learning_rate,
    trainable,
)
from core.train.settings import OptimiserSettings, TrainSettings
from core.train.step import TrainingModule
from core.train.trainer import FitOutcome, autocast_dtype, history_of

MOST_PICTURES = 120  # more are worth training the whole network
BELOW = ("trunk.backbone", "trunk.fpn")
# What is learned steps in proportion to its own size: it was learned before. There is
# no moving average: a lesson takes its last weights, and `ema_decay` does nothing.
OPTIMISER = OptimiserSettings(
    rate=0.002,
    slow=("trunk", "heads", "refinement"),
    slow_factor=1.0,
    weight_decay=0.0,
    warmup_steps=10,
    frozen=BELOW,
)
# Views stay close to what the clip shows.
AUGMENT = AugmentSettings(
    mosaic=0.0,
    scale=0.3,
    focus=0.1,
    translate=0.06,
    rotate=8.0,
    saturation=0.3,
    brightness=0.2,
)

Told = Callable[[str, int, int], None]


def fit_lesson(settings: TrainSettings, folder: Path, tell: Told) -> FitOutcome:
    """Learn as the settings say, of which there is one size; weights are written to `folder`.

    `tell` is told what is done, how often, of how many times. Raises UserError subclasses.
    """
    assert settings.data is not None
    assert settings.init is not None
    device = choose_device(settings.device)
    start = load_checkpoint(settings.init)
    images = read_dataset(settings.data, start.settings.keypoints, settings.images)
    if not images:
        raise DatasetError(f"{settings.data}: names no pictures")
    torch.manual_seed(settings.seed)
    network = start.network()
    module = TrainingModule(network, settings.loss, alone)
    module.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    weights = folder / "last.safetensors"
    with stop_request() as stop:
        views = []
        size, augment = settings.sizes[0], settings.augment
        total = len(images) * views_of_each(len(images), size)
        made = make_views(network, images, size, augment, settings.seed, device)
        for view in tqdm(made, "looking", total, unit="view"):
            views.append(view)
            tell("Looking", len(views), total)
            if stop.asked:
                return FitOutcome(False, {}, weights)
        names = {name for name, _ in trainable(module, settings.optimiser)}
        for name, parameter in module.named_parameters():
            parameter.requires_grad_(name in names)
        quicken(module)
        optimiser = make_optimiser(module, settings.optimiser)
        rng = np.random.default_rng(settings.seed)
        autocast = autocast_dtype(settings.precision, device)
        for step in tqdm(range(settings.steps), "learning", unit="step"):
            rows = rng.integers(0, len(views), settings.batch)
            batch, seen = joined([views[row] for row in rows], device)
            set_learning_rate(optimiser, learning_rate(step, settings.steps, settings.optimiser))
            loss = torch.stack(list(module(batch, autocast, seen).values())).sum()
            descend(module, optimiser, loss, settings.optimiser.clip, step)
            tell("Learning", step + 1, settings.steps)
            if stop.asked:
                return FitOutcome(False, {}, weights)
    save_checkpoint(weights, network, history_of(settings, settings.steps, {}))
    return FitOutcome(True, {}, weights)

"""One training run: a visible loop over epochs and batches."""

import math
import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from core.errors import DatasetError
from core.model.checkpoint import model_settings, save_checkpoint
from core.model.engines.chooser_engine import choose_with
from core.model.engines.torch_engine import TorchEngine, choose_device
from core.model.estimator import PoseEstimator
from core.model.estimator_settings import EstimatorSettings
from core.model.look import ClipLook
from core.model.network import LevelHead, PoseNetwork
from core.model.settings import BOX_VALUES
from core.one_writer import SMALL_FILE_S, alone_in
from core.part_file import make_folder
from core.settings import as_dict
from core.stop import stop_request
from core.train.archives import labels_on_disk
from core.train.batches import Sampling, TrainingSamples, epoch_batches, source_probabilities
from core.train.dataset import LabelledImage, read_dataset
from core.train.depthwise import quicken
from core.train.evaluate import (
    CONFIDENCE,
    MOST,
    PoseMetrics,
    coco_results,
    estimate_images,
    score_results,
)
from core.train.image_cache import ImageCache
from core.train.initial_weights import initialise
from core.train.optimise import (
    MovingAverage,
    descend,
    learning_rate,
    make_optimiser,
    set_learning_rate,
    trainable,
)
from core.train.pictures import draw_predictions
from core.train.progress import RunLog
from core.train.ranks import ALONE, Ranks
from core.train.resume import TrainingProgress, load_progress, save_progress
from core.train.settings import TrainSettings
from core.train.step import TrainingModule
from core.types import PoseBatch

_PICTURES = 8  # of the validation set, drawn with what was found
SHOWN = 0.3  # lowest score that is drawn
AP50_SHARE = 0.2  # of AP50, beside AP, in what weights are worth; by choice


@dataclass(frozen=True, slots=True, eq=False)
class FitOutcome:
    """How a run ended."""

    finished: bool  # False: stopped by the person, to be resumed
    best: dict[str, float]  # metrics of the best weights
    weights: Path  # the best weights


def fit(
    settings: TrainSettings,
    folder: Path,
    cache: Path,
    resume: bool,
    ranks: Ranks = ALONE,
    on_step: Callable[[int, int], None] = lambda done, total: None,
) -> FitOutcome:
    """Train as the settings say; everything that is written goes to `folder`.

    `cache` is where pictures are kept at training size. With `resume` the run goes on from the
    last saved step. `on_step` is told how many steps are done, of how many. Raises UserError
    subclasses for what a person can mend.
    """
    if settings.data is None:
        raise DatasetError("data: a COCO keypoints file to learn from is needed (--data FILE)")
    device = choose_device(settings.device)
    make_folder(cache)
    with (
        ranks.first_ahead(),
        alone_in(cache, "filling", SMALL_FILE_S) if ranks.first else nullcontext(),
    ):
        data = labels_on_disk(settings.data, cache)
        validation = settings.validation and labels_on_disk(settings.validation, cache)
        settings = replace(settings, data=data, validation=validation)
        images = read_dataset(data, model_settings(settings.model).keypoints, settings.images)
        if not images:
            raise DatasetError(f"{data}: names no pictures")
        pictures = ImageCache(images, settings.cache_side, cache)
    return _run(settings, folder, images, pictures, device, ranks, resume, on_step)


def _run(
    settings: TrainSettings,
    folder: Path,
    images: list[LabelledImage],
    pictures: ImageCache,
    device: torch.device,
    ranks: Ranks,
    resume: bool,
    on_step: Callable[[int, int], None],
) -> FitOutcome:
    torch.manual_seed(settings.seed)
    network = PoseNetwork(model_settings(settings.model))
    initialise_head(network)
    if settings.init is not None:
        initialise(network, settings.init)
    module = TrainingModule(network, settings.loss, ranks.share)
    module.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    names = {name for name, _ in trainable(module, settings.optimiser)}
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name in names)
    quicken(module)
    optimiser = make_optimiser(module, settings.optimiser)
    average = MovingAverage(network, settings.optimiser.ema_decay)
    progress = TrainingProgress()
    if resume:
        progress = load_progress(folder, settings, module, optimiser, average)
    runner: nn.Module = module
    if ranks.count > 1:
        if device.type == "cuda":
            runner = nn.SyncBatchNorm.convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]
        runner = DistributedDataParallel(runner)
    sampling = Sampling(
        seed=settings.seed,
        batch=settings.batch // ranks.count,
        steps=settings.steps,
        sizes=settings.sizes,
        rank=ranks.rank,
        ranks=ranks.count,
    )
    probabilities = source_probabilities(images, settings.sources)
    autocast = autocast_dtype(settings.precision, device)
    total = settings.epochs * settings.steps
    end = (settings.stop_epoch or settings.epochs) * settings.steps
    weights = folder / "best.safetensors"
    log = RunLog(folder, settings, ranks.first, progress)

    def save() -> None:
        if ranks.first:
            save_progress(folder, settings, module, optimiser, average, progress)

    bar = tqdm(total=end, initial=progress.step, unit="step", disable=not ranks.first)
    with stop_request() as stop, closing(log), bar:
        while progress.step < end:
            epoch, first = divmod(progress.step, settings.steps)
            plain = epoch >= settings.epochs - settings.plain_epochs
            augment = replace(settings.augment, mosaic=0.0) if plain else settings.augment
            samples = TrainingSamples(images, pictures, probabilities, augment, sampling, epoch)
            module.train()
            waited = time.perf_counter()
            for batch in epoch_batches(samples, sampling, first, settings.workers):
                started = time.perf_counter()
                rate = learning_rate(progress.step, total, settings.optimiser)
                set_learning_rate(optimiser, rate)
                parts = runner(batch.to(device), autocast)
                loss = torch.stack(list(parts.values())).sum()
                descend(module, optimiser, loss, settings.optimiser.clip, progress.step)
                average.update(network)
                progress.step += 1
                done = time.perf_counter()
                log.step(rate, parts, started - waited, done - started)
                waited = done
                bar.update()
                on_step(progress.step, end)
                bar.set_postfix_str(log.summary(), refresh=False)
                if progress.step == 1 and ranks.first:
                    log.picture_batch(batch)
                if ranks.any(stop.asked):
                    save()
                    return FitOutcome(False, progress.best, weights)
            if (epoch + 1) % settings.validation_every == 0 or progress.step == end:
                _validate(settings, network, average, progress, log, weights, ranks)
            save()
    return FitOutcome(True, progress.best, weights)


def _validate(
    settings: TrainSettings,
    network: PoseNetwork,
    average: MovingAverage,
    progress: TrainingProgress,
    log: RunLog,
    weights: Path,
    ranks: Ranks,
) -> None:
    """Score the averaged weights, keep them, and keep them as the best if they are."""
    if not ranks.first:
        return
    averaged = PoseNetwork(network.settings)
    averaged.load_state_dict(average.state)
    metrics: dict[str, float] = {}
    if settings.validation is not None:
        metrics = validate(averaged, settings, weights.parent).as_dict()
    log.epoch(metrics)
    history = history_of(settings, progress.step, metrics)
    save_checkpoint(weights.with_name("last.safetensors"), averaged, history)
    if not metrics or better(metrics, progress.best):
        progress.best = metrics
        save_checkpoint(weights, averaged, history)


def history_of(settings: TrainSettings, step: int, metrics: dict[str, float]) -> dict[str, Any]:
    """How weights were made, to be stored with them.

    Weights travel: the files they were made of are named without this machine's folders.
    """
    files = {name: getattr(settings, name) for name in ("init", "data", "validation")}
    paths = {name: path and path.name for name, path in files.items()}
    train = as_dict(settings) | paths | {"model": Path(settings.model).name}
    return {"train": train, "step": step, "metrics": metrics}


def validate(network: PoseNetwork, settings: TrainSettings, folder: Path) -> PoseMetrics:
    """COCO metrics of a copy of the network at the validation size, and a look at some results."""
    found = find_all(network, settings)
    shown = [(image, poses[poses.scores > SHOWN]) for image, poses in found[:_PICTURES]]
    draw_predictions(shown, folder / "predictions.png")
    return score_found(found)


def find_all(
    network: PoseNetwork, settings: TrainSettings, look: ClipLook | None = None
) -> list[tuple[LabelledImage, PoseBatch]]:
    """What a copy of the network finds in the validation pictures.

    They are looked at as `look` says, or as usual at the validation size.
    """
    assert settings.validation is not None
    fused = PoseNetwork(network.settings)
    fused.load_state_dict(network.state_dict())
    estimator = PoseEstimator(
        TorchEngine(fused, settings.device, "float32"),
        network.settings,
        (look or ClipLook(settings.validation_size)).within(
            EstimatorSettings(confidence=CONFIDENCE, most=MOST)
        ),
        choose=choose_with(fused.chooser),
    )
    images = read_dataset(
        settings.validation, network.settings.keypoints, settings.validation_images
    )
    return list(estimate_images(images, estimator))


def score_found(found: list[tuple[LabelledImage, PoseBatch]]) -> PoseMetrics:
    """COCO metrics of what was found."""
    return score_results([image for image, _ in found], coco_results(found))


def better(metrics: dict[str, float], best: dict[str, float]) -> bool:
    """Whether weights are better: keypoint AP and AP50 together, as AP alone is noisy at first."""

    def worth(values: dict[str, float]) -> float:
        return values.get("ap", -1.0) + AP50_SHARE * values.get("ap50", -1.0)

    return worth(metrics) > worth(best)


def initialise_head(network: PoseNetwork) -> None:
    """Biases at which a fresh head expects few people: objectness 8 in a 640 px picture."""
    for head, stride in zip(network.heads, network.settings.strides, strict=True):
        assert isinstance(head, LevelHead)
        out = head.box[-1]
        assert isinstance(out, nn.Conv2d)
        assert out.bias is not None
        with torch.no_grad():
            bias = out.bias.view(len(network.settings.anchors[0]), BOX_VALUES)
            bias[:, 4] = math.log(8 / (640 / stride) ** 2)
            bias[:, 5] = 2.0


def autocast_dtype(precision: str, device: torch.device) -> torch.dtype | None:
    """The lower precision of a step, or None for float32. bf16 where the device computes in it."""
    if precision == "float32":
        return None
    if precision == "bfloat16" or _has_bfloat16(device):
        return torch.bfloat16
    return None


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())

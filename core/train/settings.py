"""The settings of a training run; YAML files in configs/train hold what differs from these."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.train.augment import AugmentSettings
from core.train.loss import LossSettings


@dataclass(frozen=True, slots=True)
class OptimiserSettings:
    """How weights follow gradients."""

    kind: Literal["adamw", "sgd"] = "adamw"  # adamw, or sgd with Nesterov momentum
    rate: float = 0.002  # learning rate of the head
    slow: tuple[str, ...] = ()  # name prefixes of pretrained parameters, with a lower rate
    slow_factor: float = 0.4  # of the learning rate, for those: times their root mean square
    final_factor: float = 0.02  # share of the learning rate at the end of cosine decay
    momentum: float = 0.9  # of SGD; AdamW's beta 1
    second_beta: float = 0.99  # AdamW's beta 2
    weight_decay: float = 0.01  # of weights, not of biases and norms
    warmup_steps: int = 200  # steps of linear warm-up of the learning rate
    clip: float = 10.0  # gradients are clipped to this norm
    ema_decay: float = 0.999  # of the moving average (EMA) of weights that is validated and saved
    # name prefixes of parameters that are not trained; the statistics of their norms go on
    frozen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """One run: same settings, same data, same result."""

    model: str = "mobile"  # a network of configs/model, or a YAML file of another
    init: Path | None = None  # weights of ours or of MoveNet to start from
    data: Path | None = None  # COCO keypoints JSON to learn from
    validation: Path | None = None  # COCO keypoints JSON to choose by
    images: Path | None = None  # folder of the pictures of `data` where it is not found from it
    validation_images: Path | None = None  # the same of `validation`
    epochs: int = 100  # of `steps` batches each
    stop_epoch: int | None = None  # stop after it, with the learning rate planned for all epochs
    steps: int = 200  # batches an epoch
    batch: int = 16  # pictures a batch, over all ranks
    sizes: tuple[int, ...] = (320,)  # px, one drawn a batch
    plain_epochs: int = 0  # last epochs, without mosaic
    validation_size: int = 320  # px, input size of the validation
    validation_every: int = 1  # epochs from one validation to the next
    precision: Literal["auto", "float32", "bfloat16"] = "auto"  # mixed precision
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"  # auto takes a GPU where there is one
    workers: int = 1  # data loader processes
    cache_side: int = 416  # px, longest side of pictures in the cache
    seed: int = 0  # random seed of samples, augmentation and initial weights
    sources: dict[str, float] = field(default_factory=dict)  # share of samples, by image source
    optimiser: OptimiserSettings = field(default_factory=OptimiserSettings)
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    loss: LossSettings = field(default_factory=LossSettings)

    def __post_init__(self) -> None:
        if not self.sizes or any(size < 64 or size % 64 for size in self.sizes):
            raise ValueError(f"sizes must be multiples of 64, got {self.sizes}")
        if self.stop_epoch is not None and not 1 <= self.stop_epoch <= self.epochs:
            raise ValueError(f"stop_epoch must be 1 to {self.epochs}, got {self.stop_epoch}")
        for name in ("epochs", "steps", "batch", "validation_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")

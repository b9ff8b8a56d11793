"""The settings of a training run; YAML files in configs/train hold what differs from these."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.train.augment import AugmentSettings
from core.train.loss import LossSettings


@dataclass(frozen=True, slots=True)
class OptimiserSettings:
    """How the weights are optimised."""

    # Optimiser: AdamW, or SGD with Nesterov momentum
    kind: Literal["adamw", "sgd"] = "adamw"
    rate: float = 0.002  # Learning rate
    # Name prefixes of pretrained parameters, which get a lower learning rate
    slow: tuple[str, ...] = ()
    # Factor on their learning rate, beside their own size (root mean square)
    slow_factor: float = 0.4
    final_factor: float = 0.02  # Share of the learning rate at the end of the cosine schedule
    momentum: float = 0.9  # Momentum of SGD; beta 1 of AdamW
    second_beta: float = 0.99  # Beta 2 of AdamW
    weight_decay: float = 0.01  # Weight decay of weights; biases and norms have none
    warmup_steps: int = 200  # Steps of linear warm-up of the learning rate
    clip: float = 10.0  # Gradients are clipped to this norm
    # Decay of the exponential moving average (EMA) of the weights, which is validated and saved
    ema_decay: float = 0.999
    # Name prefixes of parameters that are not trained; running statistics of norms are updated
    frozen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """One run: same settings, same data, same result."""

    model: str = "mobile"  # Network: a name in configs/model, or a YAML file of your own
    init: Path | None = None  # Initial weights, of this program or of MoveNet
    data: Path | None = None  # Training data: COCO keypoints JSON, or a folder of archives
    # Validation data, by which the best weights are chosen: COCO keypoints JSON, or archives
    validation: Path | None = None
    # Folder of the training images, where they are not found from data
    images: Path | None = None
    # Folder of the validation images, where they are not found from validation
    validation_images: Path | None = None
    epochs: int = 100  # Number of epochs
    # Last epoch that is run, where the learning rate is scheduled for more
    stop_epoch: int | None = None
    steps: int = 200  # Steps per epoch, of one batch each
    batch: int = 16  # Batch size over all ranks (images)
    sizes: tuple[int, ...] = (320,)  # Input sizes, multiples of 64; each batch draws one (px)
    plain_epochs: int = 0  # Number of epochs at the end without mosaic
    validation_size: int = 320  # Input size of the validation (px)
    validation_every: int = 1  # Epochs from one validation to the next
    # Numeric precision: bfloat16 is mixed precision; auto takes it where the device is quicker so
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    # Compute device; auto takes a GPU where there is one
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    workers: int = 1  # Processes of the data loader
    cache_side: int = 416  # Longest side of images in the cache (px)
    seed: int = 0  # Random seed of sampling, augmentation and initial weights
    # Share of samples of each image source, by its name; others keep the share of their images
    sources: dict[str, float] = field(default_factory=dict)
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

"""Which look at a clip finds most in the frames that teach, before the network learns from them."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.training import load_training
from core.model.look import Look, larger_looks, other_looks, worth
from core.model.network import PoseNetwork
from core.settings import build
from core.tracks.improve.lesson import Looked
from core.train.dataset import read_dataset
from core.train.settings import TrainSettings

training = load_training()
_MOST = 6  # looks that are tried


def choose_look(
    network: PoseNetwork,
    learn: Path,
    now: Look,
    slowest: float,
    device: str,
    tell: Callable[[str, int, int], None],
) -> tuple[Look, tuple[Looked, ...]]:
    """The look that finds most for its time, up to `slowest` times that of `now`; and all tried.

    Sizes first, then other ways at the best of them. With a `slowest` of 1 or less it stays `now`.
    Raises DatasetError.
    """
    images = read_dataset(learn, network.settings.keypoints)
    settings = look_settings(learn, device)
    tried: list[tuple[Look, float]] = []

    def best() -> Look:
        return max(tried, key=lambda one: worth(one[1], one[0], now))[0]

    def look_at(look: Look) -> None:
        found = training.find_all(network, settings, look)
        tried.append((look, training.score_found(found).ap))
        tell("Ways to look", len(tried), _MOST)

    if slowest <= 1:
        return now, ()
    look_at(now)
    side = max((max(image.size) for image in images), default=0)
    for look in larger_looks(now, side, slowest):
        look_at(look)
    if network.refinement is not None:
        for look in other_looks(best(), now, slowest):
            look_at(look)
    looks = tuple(looked(look, ap, now) for look, ap in tried)
    return best(), looks


def looked(look: Look, ap: float, now: Look) -> Looked:
    """A look that was tried, for whoever reads of it."""
    return Looked(**asdict(look), ap=ap, times=look.times(now))


def look_settings(data: Path, device: str) -> Any:
    """Settings with which pictures are looked at."""
    return build(TrainSettings, {"validation": str(data), "device": device}, "finetune")

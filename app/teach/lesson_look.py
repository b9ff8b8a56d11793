"""Which look at a clip finds most in the frames that teach, before the network learns from them."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.teach.training import load_training
from core.model.look import ClipLook, larger_looks, other_looks, worth
from core.model.network import PoseNetwork
from core.settings import build
from core.tracks.improve.lesson import Looked
from core.train.dataset import read_dataset
from core.train.settings import TrainSettings

training = load_training()
_WAYS = 2  # besides sizes, at most


def choose_look(
    network: PoseNetwork,
    learn: Path,
    now: ClipLook,
    slowest: float,
    device: str,
    tell: Callable[[str, int, int], None],
) -> tuple[ClipLook, Looked | None, tuple[Looked, ...]]:
    """The look that finds most for its time, up to `slowest` times that of `now`.

    Also what it found, None where it stays `now`; and all that were tried.

    Sizes first, then other ways at the best of them. With a `slowest` of 1 or less it stays `now`.
    Raises DatasetError.
    """
    images = read_dataset(learn, network.settings.keypoints)
    settings = look_settings(learn, device)
    tried: list[tuple[ClipLook, float]] = []

    def best() -> int:
        return max(range(len(tried)), key=lambda n: worth(tried[n][1], tried[n][0], now))

    def look_at(look: ClipLook, total: int) -> None:
        found = training.find_all(network, settings, look)
        tried.append((look, training.score_found(found).ap))
        tell("Ways to look", len(tried), total)

    if slowest <= 1:
        return now, None, ()
    side = max((max(image.size) for image in images), default=0)
    sizes = [now, *larger_looks(now, side, slowest)]
    refines = network.refinement is not None
    for look in sizes:
        look_at(look, len(sizes) + (_WAYS if refines else 0))
    ways = list(other_looks(tried[best()][0], now, slowest)) if refines else []
    for look in ways:
        look_at(look, len(sizes) + len(ways))
    looks = tuple(looked(look, ap, now) for look, ap in tried)
    number = best()
    return tried[number][0], looks[number] if number else None, looks


def looked(look: ClipLook, ap: float, now: ClipLook) -> Looked:
    """A look that was tried, for whoever reads of it."""
    return Looked(**asdict(look), ap=ap, times=look.times(now))


def look_settings(data: Path, device: str) -> Any:
    """Settings with which pictures are looked at."""
    return build(TrainSettings, {"validation": str(data), "device": device}, "finetune")

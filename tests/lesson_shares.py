"""A lesson with the program's own settings, looked at on the way from old weights to new ones."""

from collections.abc import Mapping
from pathlib import Path

from app.teaching import Teaching, learned_weights, lesson_settings, training
from core.model.checkpoint import find_weights, load_checkpoint
from core.settings import build
from core.train.blend import blended
from core.train.settings import TrainSettings

SHARES = (0.0, 0.5, 1.0)  # the program takes the half


def look_at_shares(
    learn: Path, pictures: int, looks: Mapping[str, Path], run: Path, size: int = 512
) -> None:
    """Learn `pictures` labelled pictures, and print the AP of some shares on each data set."""
    start = find_weights(None)
    what = Teaching(
        data=learn, images=None, weights=None, output=run / "new.safetensors", folder=run,
        steps=200, size=size, rate=None, whole=False, share=0.5, forgetting=1.0, seed=0,
        device="auto",
    )  # fmt: skip
    settings = build(TrainSettings, lesson_settings(what, start, learn, pictures), "lesson")
    outcome = learned_weights(settings, run, lambda stage, done, total: None)
    before, after = load_checkpoint(start).network(), load_checkpoint(outcome.weights).network()
    for share in SHARES:
        network = blended(before, after, share) if share else before
        for name, path in looks.items():
            look = TrainSettings(validation=path, validation_size=size)
            metrics = training.validate(network, look, run)
            print(
                f"share {share}: {name}: AP {metrics.ap:.3f}, AP50 {metrics.ap50:.3f}", flush=True
            )

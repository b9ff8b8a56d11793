"""A lesson with the program's own settings, looked at on the way from old weights to new ones."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from app.teaching import Teaching, learned_weights, lesson_settings, training
from core.model.checkpoint import find_weights, load_checkpoint
from core.part_file import make_folder
from core.settings import build
from core.tracks.formats.coco_labels import write_picture
from core.tracks.formats.labels import Json
from core.train.blend import blended
from core.train.settings import TrainSettings
from core.video.seek import Seekable

SHARES = (0.0, 0.5, 1.0)  # the program takes the half


def write_labels(
    video: Seekable, frames: Iterable[int], folder: Path, labelled: Callable[[list[Json]], Json]
) -> Path:
    """Pictures of some frames, and the file of what `labelled` says of them."""
    make_folder(folder)
    images = []
    for frame in frames:
        name, (width, height) = write_picture(folder, frame, video.frame(frame).rgb)
        images.append({"id": frame, "file_name": name, "width": width, "height": height})
    path = folder / "people.json"
    path.write_text(json.dumps(labelled(images)))
    return path


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

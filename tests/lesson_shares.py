"""A lesson with the program's own settings, looked at on the way from old weights to new ones."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from app.teach.lesson_look import choose_look, look_settings
from app.teach.teaching import Teaching, learned_weights, lesson_settings, training
from core.model.checkpoint import find_weights, load_checkpoint
from core.model.look import ClipLook
from core.model.network import PoseNetwork
from core.part_file import make_folder
from core.settings import build
from core.tracks.formats.coco_labels import write_picture
from core.tracks.formats.labels import Json
from core.train.blend import blended
from core.train.settings import TrainSettings
from core.video.seek import Seekable

SHARES = (0.5, 1.0)  # the program takes the half


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
    learn: Path,
    pictures: int,
    clip: Mapping[str, Path],
    others: Mapping[str, Path],
    run: Path,
    slowest: float,
) -> None:
    """Choose a look, learn `pictures` labelled pictures, and print the AP of some shares.

    Pictures of the clip are looked at as chosen, up to `slowest` times as long, others as usual.
    """
    start = find_weights(None)
    what = Teaching(
        data=learn, images=None, weights=None, output=run / "new.safetensors", folder=run,
        steps=200, look=ClipLook(), slowest=slowest, rate=None, whole=False, share=0.5,
        forgetting=1.0, seed=0, device="auto",
    )  # fmt: skip
    before = load_checkpoint(start).network()
    look, _, looks = choose_look(before, learn, what.look, what.slowest, what.device, _silent)
    for tried in looks:
        print(f"frames that teach: {tried}: AP {tried.ap:.3f}, {tried.times:.2f} times the time")
    print(f"chosen: {look}", flush=True)

    def show(
        share: float, network: PoseNetwork, ways: Iterable[tuple[str, Path, ClipLook]]
    ) -> None:
        for name, path, way in ways:
            found = training.find_all(network, look_settings(path, what.device), way)
            metrics = training.score_found(found)
            print(
                f"share {share}: {name}, {way.size} px: AP {metrics.ap:.3f}, "
                f"AP50 {metrics.ap50:.3f}",
                flush=True,
            )

    own = [(name, path, look) for name, path in clip.items()]
    usual = [(name, path, what.look) for name, path in others.items()]
    if look != what.look:
        show(0.0, before, [(name, path, what.look) for name, path in clip.items()])
    show(0.0, before, [*own, *usual])
    values = lesson_settings(what, start, learn, pictures, look)
    started_s = time.process_time()
    outcome = learned_weights(build(TrainSettings, values, "lesson"), run, _silent)
    print(f"learned in {time.process_time() - started_s:.0f} s of processor time", flush=True)
    after = load_checkpoint(outcome.weights).network()
    for share in SHARES:
        show(share, blended(before, after, share), [*own, *usual])


def _silent(stage: str, done: int, total: int) -> None:
    """Nobody is told."""

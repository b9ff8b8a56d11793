"""What a lesson of 20 corrected frames gives on later frames of a clip, and on other pictures.

    python tests/bonn_lesson.py clip.mp4 gt_pose.json val.json

The frames are 20 of the first 28, corrected from the truth; later ones are those from 30 on.
"""

import json
import sys
from pathlib import Path
from typing import Any

from bonn_labels import with_truth

from app.ordinary import ordinary_pictures
from app.teaching import Teaching, lesson_settings, training
from core.model.checkpoint import find_weights, load_checkpoint
from core.part_file import make_folder
from core.settings import build
from core.tracks.formats.coco_labels import write_picture
from core.train.blend import blended
from core.train.settings import TrainSettings
from core.video.seek import open_seekable

FRAMES = [frame for frame in range(28) if frame % 3 != 2 or frame == 26]
SHARES = (0.0, 0.3, 0.5, 0.7)
SIZE = 512
HOW = {"batch": 8, "sizes": [384, 448, 512], "cache_side": 640}
RUN = Path("runs") / "bonn_lesson"


def labels(clip: str, truth: dict[str, Any], frames: list[int], folder: Path) -> Path:
    """Pictures of some frames with their true people."""
    make_folder(folder)
    images = []
    with open_seekable(clip) as video:
        for frame in frames:
            name, (width, height) = write_picture(folder, frame, video.frame(frame).rgb)
            images.append({"id": frame, "file_name": name, "width": width, "height": height})
    path = folder / "people.json"
    path.write_text(json.dumps(with_truth({"images": images}, truth)))
    return path


def main(clip: str, truth_path: str, other: str) -> None:
    truth = json.loads(Path(truth_path).read_text())
    learn = labels(clip, truth, FRAMES, RUN / "learn")
    later = labels(clip, truth, list(range(30, len(truth["frames"]))), RUN / "later")
    start = find_weights(None)
    what = Teaching(
        data=learn, images=None, weights=None, output=RUN / "new.safetensors", folder=RUN,
        steps=150, size=SIZE, rate=3e-4, share=1.0, forgetting=1.0, seed=0, device="auto",
    )  # fmt: skip
    values = lesson_settings(what, start, learn, len(FRAMES)) | HOW
    outcome = training.fit(build(TrainSettings, values, "lesson"), RUN, RUN / "cache", False)
    before, after = load_checkpoint(start).network(), load_checkpoint(outcome.weights).network()
    looks = {"later frames": later, "other pictures": Path(other)}
    sample = ordinary_pictures(RUN / "ordinary")
    if sample is not None:
        looks["ordinary pictures"] = sample
    for share in SHARES:
        network = blended(before, after, share) if share else before
        for name, path in looks.items():
            look = TrainSettings(validation=path, validation_size=SIZE)
            metrics = training.validate(network, look, RUN)
            print(f"share {share}: {name}: AP {metrics.ap:.3f}, AP50 {metrics.ap50:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])

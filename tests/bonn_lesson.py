"""What a lesson of 20 corrected frames gives on later frames of a clip, and on other pictures.

    python tests/bonn_lesson.py clip.mp4 gt_pose.json val.json

The frames are 20 of the first 28, corrected from the truth; later ones are those from 30 on.
"""

import json
import sys
from pathlib import Path
from typing import Any

from bonn_labels import with_truth
from lesson_shares import look_at_shares

from app.ordinary import ordinary_pictures
from core.part_file import make_folder
from core.tracks.formats.coco_labels import write_picture
from core.video.seek import open_seekable

FRAMES = [frame for frame in range(28) if frame % 3 != 2 or frame == 26]
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
    sample = ordinary_pictures(RUN / "ordinary")
    looks = {"later frames": later, "other pictures": Path(other)}
    look_at_shares(learn, len(FRAMES), looks | ({"ordinary": sample} if sample else {}), RUN)


if __name__ == "__main__":
    main(*sys.argv[1:])

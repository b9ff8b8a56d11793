"""What a lesson of 20 corrected frames gives on later frames of a clip, and on other pictures.

    python tests/bonn_lesson.py clip.mp4 gt_pose.json val.json [SLOWEST]

The frames are 20 of the first 28, corrected from the truth; later ones are those from 30 on.
"""

import json
import sys
from pathlib import Path

from bonn_labels import with_truth
from lesson_shares import look_at_shares, write_labels

from app.teach.ordinary import ordinary_pictures
from core.video.seek import open_seekable

FRAMES = [frame for frame in range(28) if frame % 3 != 2 or frame == 26]
RUN = Path("runs") / "bonn_lesson"


def main(clip: str, truth_path: str, other: str, slowest: str = "4") -> None:
    truth = json.loads(Path(truth_path).read_text())
    later_frames = range(30, len(truth["frames"]))
    with open_seekable(clip) as video:
        learn, later = (
            write_labels(
                video, frames, RUN / name, lambda images: with_truth({"images": images}, truth)
            )
            for name, frames in (("learn", FRAMES), ("later", later_frames))
        )
    sample = ordinary_pictures(RUN / "ordinary")
    others = {"other pictures": Path(other)} | ({"ordinary": sample} if sample else {})
    look_at_shares(learn, len(FRAMES), {"later frames": later}, others, RUN, float(slowest))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What a lesson of 20 proposed frames of the sample clip gives on its later frames.

    python -m app process app/sample/sample.mp4 --output results
    python tests/sample_lesson.py results/sample.csv val.json [SIZE]

The frames are proposed from the first `FIRST` as the window proposes them, and corrected from the
truth; those that are to teach teach. Later ones are seen by nobody.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from lesson_shares import look_at_shares

from app.bundled import SAMPLE, sample_clip
from app.ordinary import true_people
from app.truth import load_truth
from core.part_file import make_folder
from core.skeleton import COCO_17
from core.tracks.csv_long import read_track_csv
from core.tracks.formats.coco_labels import write_picture
from core.tracks.improve.facts import frame_facts, look_of
from core.tracks.improve.proposals import proposed, to_look_at
from core.video.seek import Seekable, open_seekable

FIRST = 150  # frames
LATER = range(160, 250, 3)
COUNT = 20
RUN = Path("runs") / "sample_lesson"


def labels(video: Seekable, frames: Iterable[int], folder: Path) -> Path:
    """Pictures of some frames with their true people."""
    truth = load_truth(SAMPLE / "sample_truth.json")["frames"]
    make_folder(folder)
    images, people = [], []
    for frame in frames:
        name, (width, height) = write_picture(folder, frame, video.frame(frame).rgb)
        images.append({"id": frame, "file_name": name, "width": width, "height": height})
        people += true_people(frame, truth[frame]["people"])
    categories = [{"id": 1, "name": "person", "keypoints": list(COCO_17.names)}]
    path = folder / "people.json"
    path.write_text(json.dumps({"images": images, "annotations": people, "categories": categories}))
    return path


def main(tracks: str, other: str, size: str = "512") -> None:
    table = read_track_csv(Path(tracks))
    facts = frame_facts(table[table.frames < FIRST])
    with open_seekable(str(sample_clip())) as video:
        looks = {frame: look_of(video.frame(frame).rgb) for frame in to_look_at(facts)}
        proposals = proposed(facts, looks, COUNT)
        teaching = [proposal.frame for proposal in proposals if not proposal.measures]
        drawn = [proposal.frame for proposal in proposals if proposal.measures]
        learn = labels(video, teaching, RUN / "learn")
        sets = {
            "drawn at random": labels(video, drawn, RUN / "drawn"),
            "later frames": labels(video, LATER, RUN / "later"),
            "other pictures": Path(other),
        }
    look_at_shares(learn, len(teaching), sets, RUN, int(size))


if __name__ == "__main__":
    main(*sys.argv[1:])

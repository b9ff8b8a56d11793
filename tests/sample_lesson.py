"""What a lesson of 20 proposed frames of the sample clip gives on its later frames.

    python -m app process app/sample/sample.mp4 --output results
    python tests/sample_lesson.py results/sample.csv val.json [SLOWEST]

The frames are proposed from the first `FIRST` as the window proposes them, and corrected from the
truth; those that are to teach teach. Later ones are seen by nobody. `SLOWEST` (4): the look that is
chosen may take so many times as long.
"""

import sys
from functools import partial
from pathlib import Path

from lesson_shares import look_at_shares, write_labels

from app.bundled import SAMPLE, sample_clip
from app.sample_truth import load_truth
from app.teach.ordinary import true_people
from core.skeleton import COCO_17
from core.tracks.csv_long import read_track_csv
from core.tracks.formats.labels import Json, category_of
from core.tracks.improve.facts import frame_facts, look_of
from core.tracks.improve.proposals import proposed, to_look_at
from core.video.seek import open_seekable

FIRST = 150  # frames
LATER = range(160, 250, 3)
COUNT = 20
RUN = Path("runs") / "sample_lesson"


def labelled(images: list[Json]) -> Json:
    """Pictures with their true people."""
    truth = load_truth(SAMPLE / "sample_truth.json")["frames"]
    frames = [image["id"] for image in images]
    people = [one for frame in frames for one in true_people(frame, truth[frame]["people"])]
    return {"images": images, "annotations": people, "categories": [category_of(COCO_17)]}


def main(tracks: str, other: str, slowest: str = "4") -> None:
    table = read_track_csv(Path(tracks))
    facts = frame_facts(table[table.frames < FIRST])
    with open_seekable(str(sample_clip())) as video:
        looks = {frame: look_of(video.frame(frame).rgb) for frame in to_look_at(facts)}
        proposals = proposed(facts, looks, COUNT)
        teaching = [proposal.frame for proposal in proposals if not proposal.measures]
        drawn = [proposal.frame for proposal in proposals if proposal.measures]
        write = partial(write_labels, video, labelled=labelled)
        learn = write(teaching, RUN / "learn")
        clip = {
            "drawn at random": write(drawn, RUN / "drawn"),
            "later frames": write(LATER, RUN / "later"),
        }
    others = {"other pictures": Path(other)}
    look_at_shares(learn, len(teaching), clip, others, RUN, float(slowest))


if __name__ == "__main__":
    main(*sys.argv[1:])

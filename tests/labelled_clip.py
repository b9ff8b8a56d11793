"""A clip of two people, corrected in two frames, and what `label` makes of it in all forms."""

from pathlib import Path

import numpy as np
from burnt import burnt_clip
from walker import table, walker

from app.__main__ import main
from core.part_file import PartFile
from core.skeleton import COCO_17
from core.tracks.by_frame import tracks_of
from core.tracks.edits.csv_rows import EditedCsvWriter
from core.tracks.edits.log import ABSENT, HIDDEN
from core.tracks.edits.make import scored
from core.tracks.formats.label_files import LABEL_FORMATS
from core.tracks.improve.truth import FrameTruth
from core.tracks.table import TrackTable

COUNT = 12
SIZE = (96, 64)
FRAMES = (2, 5)
NAMES = COCO_17.names
HIDDEN_JOINT, ABSENT_JOINT = 9, 10


def people() -> TrackTable:
    """Two people who fit into the picture."""
    times_s = np.arange(COUNT) / 25.0
    one, _ = walker(times_s, origin=(20.0, 40.0), height_px=40.0, speed_px_s=20.0)
    return table({7: one, 8: one + np.array([45.0, 0.0])}, times_s)


def labelled(folder: Path) -> Path:
    """The folder that `label` makes of two frames, in all of its forms."""
    burnt_clip(folder / "clip.mp4", COUNT, ticks=[24 * i for i in range(COUNT)])
    frames = tracks_of(people(), COUNT)
    edits = [
        edit
        for frame in FRAMES
        for edit in (
            scored(frames[frame], 7, frame, HIDDEN_JOINT, HIDDEN),
            scored(frames[frame], 7, frame, ABSENT_JOINT, ABSENT),
        )
    ]
    with PartFile(folder / "clip.csv") as file:
        writer = EditedCsvWriter(file, COCO_17, edits)
        for number, found in enumerate(frames):
            writer.write(number, number / 25, found)
    forms = [word for form in LABEL_FORMATS for word in ("--format", form)]
    clip = ["--clip", str(folder / "clip.mp4")]
    assert main(["label", str(folder / "clip.csv"), "--corrected", *clip, *forms]) == 0
    return folder / "clip.labels"


def same(found: FrameTruth, expected: FrameTruth, hidden: bool, within: float) -> None:
    """In whichever order the people stand."""
    order = np.argsort(found.keypoints[:, 0, 0])
    other = np.argsort(expected.keypoints[:, 0, 0])
    flags = expected.flags[other] if hidden else 2 * (expected.flags[other] > 0)
    np.testing.assert_array_equal(found.flags[order], flags)
    there = flags > 0
    np.testing.assert_allclose(
        found.keypoints[order][there], expected.keypoints[other][there], atol=within
    )

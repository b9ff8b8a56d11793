"""The table that tests of formats write, and what they expect to read of it."""

from pathlib import Path

import numpy as np
from walker import JOINT, table, walker

from core.tracks.formats.people import Series, people_of
from core.tracks.formats.registry import Export, export
from core.tracks.measure.scale import from_line
from core.tracks.table import TrackTable

COUNT = 40
TIMES_S = np.arange(COUNT) / 25.0
SCALE = from_line((0.0, 500.0), (200.0, 500.0), 1.0)


def two_walkers() -> TrackTable:
    """Two people; 5 comes later, both are away at the end, some keypoints are unseen."""
    first, _ = walker(TIMES_S)
    second, _ = walker(TIMES_S, origin=(900.0, 460.0), facing=-1, height_px=300.0)
    scores = {i: np.full((COUNT, 17), 0.5 + 0.1 * i / 5) for i in (2, 5)}
    scores[2][10:13, JOINT["left_wrist"]] = 0.0
    scores[2][:, JOINT["right_eye"]] = 0.0
    here = {i: np.ones(COUNT, bool) for i in (2, 5)}
    here[5][:8] = False
    for i in (2, 5):
        here[i][36:] = False
    return table({2: np.round(first, 2), 5: np.round(second, 2)}, TIMES_S, scores, here)


def written(name: str, job: Export) -> Path:
    paths, _ = export(name, job)
    assert all(path.exists() for path in paths)
    assert not list(job.folder.glob("*.part*"))
    return paths[0]


def expected(run: TrackTable, track_id: int) -> tuple[Series, Series]:
    """Keypoints (F, 17, 2) and scores (F, 17), NaN where unseen."""
    person = next(p for p in people_of(run) if p.track_id == track_id)
    return person.keypoints, person.keypoint_scores

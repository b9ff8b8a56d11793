"""Looks through a clip for frames worth correcting, and at how good the checked ones were."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.errors import SourceError
from core.run.recorded import Progress
from core.tracks.by_frame import table_of
from core.tracks.improve.accuracy import Accuracy, accuracy
from core.tracks.improve.facts import frame_facts, look_of
from core.tracks.improve.match import match_frame
from core.tracks.improve.proposals import Proposal, proposed, random_frames, to_look_at
from core.tracks.improve.truth import ListedFrame
from core.tracks.measure.scale import Scale, ScaleError, from_height
from core.types import FloatArray, Tracks
from core.video.seek import open_seekable
from ui.session.clip_analysis import Knowledge

_REPORT_EVERY = 100  # frames


def listed_with(
    listed: Sequence[ListedFrame], proposals: Sequence[Proposal]
) -> tuple[ListedFrame, ...]:
    """Frames in order with new ones among them; one that is drawn at random measures from now."""
    known = {item.frame: item for item in listed}
    for proposal in proposals:
        old = known.get(proposal.frame)
        known[proposal.frame] = ListedFrame(proposal, None if old is None else old.truth)
    return tuple(known[frame] for frame in sorted(known))


def propose(
    knowledge: Knowledge, source: str, listed: Sequence[ListedFrame], frame_count: int, count: int
) -> Iterator[Progress | tuple[Proposal, ...]]:
    """How far it is, and at last `count` proposals. Decodes some of the clip. Raises UserError."""
    tracks: list[Tracks] = []
    for number in range(frame_count):
        tracks.append(_observed(knowledge.tracks_before(number)))
        if number % _REPORT_EVERY == 0:
            yield Progress(number, 2 * frame_count)
    facts = frame_facts(table_of(tracks, np.arange(frame_count, dtype=np.float64)))
    frames = sorted({*to_look_at(facts), *(item.frame for item in listed)})
    looks: dict[int, FloatArray] = {}
    with open_seekable(source) as video:
        for done, frame in enumerate(frames):
            yield Progress(len(frames) + done, 2 * len(frames))
            try:
                looks[frame] = look_of(video.frame(frame).rgb)
            except SourceError:
                continue  # a damaged picture teaches nothing
    yield tuple(proposed(facts, looks, count, known=[item.proposal for item in listed]))


def more_at_random(
    listed: Sequence[ListedFrame], frame_count: int, count: int
) -> tuple[Proposal, ...]:
    """`count` more frames that measure."""
    drawn = [item.frame for item in listed if item.proposal.measures]
    return tuple(random_frames(np.arange(frame_count), count, drawn))


def measured(
    knowledge: Knowledge, listed: Sequence[ListedFrame], height_m: float | None
) -> Accuracy:
    """How good what was found is in the frames drawn at random. Reads kept poses: for a job.

    With the height of the person who is there longest, errors are in cm as well.
    """
    scale = None if height_m is None else _scale(knowledge, height_m)
    return accuracy(
        [
            match_frame(_observed(knowledge.tracks_before(item.frame)).poses, item.truth, scale)
            for item in listed
            if item.proposal.measures and item.truth is not None
        ]
    )


def _scale(knowledge: Knowledge, height_m: float) -> Scale | None:
    rows = knowledge.rows()
    if not len(rows.ids):
        return None
    ids, counts = np.unique(rows.ids, return_counts=True)
    longest = int(ids[counts.argmax()])
    points = []
    for number in knowledge.frames_of(longest).tolist():
        tracks = knowledge.tracks_at(number)
        for row in np.flatnonzero(tracks.ids == longest)[:1]:
            seen = tracks.poses.keypoint_scores[row] > 0
            points.append(np.where(seen[:, None], tracks.poses.keypoints[row], np.nan))
    try:
        return from_height(np.array(points, np.float64), height_m, skeleton=knowledge.skeleton)
    except ScaleError:
        return None


def _observed(tracks: Tracks) -> Tracks:
    return tracks[tracks.observed]

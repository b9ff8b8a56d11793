"""Which frames of a clip are worth a person's time.

Some teach: those of which the network is unsure, those that disagree with their neighbours, and
those that look unlike all others. Some measure: they are drawn at random from all frames, so that
what is found in them holds for the whole clip. Those that teach would tell too bad a story.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.tracks.improve.facts import FrameFacts
from core.types import FloatArray

Why = Literal["random", "unsure", "unsteady", "different", "chosen"]
WHYS: tuple[str, ...] = get_args(Why)
MEANINGS: Mapping[Why, str] = {
    "random": "at random: measures",
    "unsure": "unsure: teaches",
    "unsteady": "unsteady: teaches",
    "different": "different: teaches",
    "chosen": "your choice: teaches",
}
RANDOM_SHARE = 0.25  # of the frames proposed
_MOST_LOOKS = 150  # frames that are looked at before some of them are proposed
_SEED = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A frame, and why it is worth correcting."""

    frame: int
    why: Why

    @property
    def measures(self) -> bool:
        """Whether it was drawn at random: only such frames tell how good the clip is."""
        return self.why == "random"


def random_frames(
    frames: NDArray[np.int64], count: int, drawn: Collection[int] = ()
) -> list[Proposal]:
    """`count` frames (F,) drawn at random that were not `drawn` before, or as many as there are.

    The draw depends on the frames alone: nobody draws until they like what they get. Frames that
    were to teach may come up, and measure from then on; without them, the worst would be missing.
    """
    shuffled = np.random.default_rng(_SEED).permutation(np.unique(frames)).tolist()
    fresh = [frame for frame in shuffled if frame not in drawn]
    return [Proposal(frame, "random") for frame in fresh[:count]]


def to_look_at(facts: FrameFacts, most: int = _MOST_LOOKS) -> list[int]:
    """The frames whose pictures decide: all of a short clip, else a third for each reason."""
    if len(facts) <= most:
        return [int(frame) for frame in facts.frames]
    spans = np.array_split(np.arange(len(facts)), most // 3)
    rows = {int(span[facts.doubt[span].argmax()]) for span in spans}
    rows |= {int(span[facts.unsteady[span].argmax()]) for span in spans}
    rows |= {int(span[len(span) // 2]) for span in spans}
    return [int(facts.frames[row]) for row in sorted(rows)]


def teaching_frames(
    facts: FrameFacts,
    looks: Mapping[int, FloatArray],
    count: int,
    known: Collection[int] = (),
) -> list[Proposal]:
    """`count` frames that teach, of those with `looks` (`facts.look_of`) and not `known` yet.

    The reasons take turns. Each takes the frame that is most of what it looks for, times how far
    it is in poses, look and time from all frames that are known or taken: twenty times the same
    mistake teach little. Frames without people teach only where somebody is missing for a moment.
    """
    rows = np.flatnonzero(np.isin(facts.frames, list(looks)))
    frames = facts.frames[rows].tolist()
    if not frames:
        return []
    features = _features(
        facts.poses[rows], np.array([looks[frame] for frame in frames]), facts.frames[rows, None]
    )
    wants: dict[Why, FloatArray] = {
        "unsure": facts.doubt[rows],
        "unsteady": facts.unsteady[rows],
        "different": np.ones(len(rows), np.float32),
    }
    free = ~np.isin(frames, list(known)) & ~(facts.empty[rows] & (facts.unsteady[rows] == 0))
    far = np.full(len(rows), np.inf)  # from the nearest one that is known or taken
    for row in np.flatnonzero(np.isin(frames, list(known))).tolist():
        far = np.minimum(far, _distance(features, row))
    taken: list[Proposal] = []
    turns: list[Why] = ["unsure", "unsteady", "different"]
    while len(taken) < count and free.any():
        why = turns[len(taken) % len(turns)]
        if not (wants[why][free] > 0).any():
            why = "different"
        novelty = np.ones(len(rows)) if np.isinf(far).all() else far / max(far.max(), 1e-9)
        best = int(np.where(free, wants[why] * novelty, -1.0).argmax())
        taken.append(Proposal(frames[best], why))
        free[best] = False
        far = np.minimum(far, _distance(features, best))
    return taken


def proposed(
    facts: FrameFacts,
    looks: Mapping[int, FloatArray],
    count: int,
    random_count: int | None = None,
    known: Sequence[Proposal] = (),
) -> list[Proposal]:
    """`count` frames by their numbers, `random_count` of them (a quarter) drawn at random.

    They come after those that are `known`, of which a frame that was to teach may be drawn.
    """
    random_count = round(RANDOM_SHARE * count) if random_count is None else random_count
    measuring = [proposal.frame for proposal in known if proposal.measures]
    drawn = random_frames(facts.frames, random_count, measuring)
    used = {proposal.frame for proposal in (*known, *drawn)}
    taught = teaching_frames(facts, looks, count - len(drawn), used)
    return sorted([*drawn, *taught], key=lambda proposal: proposal.frame)


def _features(*facts: NDArray[np.floating | np.integer]) -> FloatArray:
    """Facts (F, ...) side by side, each with as much to say as the others."""
    parts = []
    for part in facts:
        centred = part - part.mean(axis=0)
        parts.append(centred / max(float(np.sqrt((centred**2).sum(axis=1).mean())), 1e-9))
    return np.hstack(parts).astype(np.float32)


def _distance(features: FloatArray, row: int) -> FloatArray:
    distance: FloatArray = np.linalg.norm(features - features[row], axis=1)
    return distance

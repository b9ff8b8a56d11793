"""Frames are proposed for what is odd about them, and drawn at random where they measure."""

from itertools import combinations

import numpy as np
from walker import JOINT, table, walker

from core.tracks.improve.facts import FrameFacts, frame_facts, look_of
from core.tracks.improve.proposals import proposed, random_frames, teaching_frames, to_look_at
from core.tracks.table import TrackTable
from core.types import FloatArray

COUNT = 120
UNSURE, UNSTEADY, DIFFERENT = 40, 80, 100
LOST, EMPTY = 20, range(90, 98)


def odd_clip() -> TrackTable:
    """Somebody stands; three frames are odd, in one they are lost, in some nobody is there."""
    times_s = np.arange(COUNT) / 25
    one, _ = walker(times_s[:1])
    points = np.repeat(one, COUNT, axis=0) + np.sin(times_s)[:, None, None]
    points[UNSTEADY, JOINT["left_wrist"]] += 400
    scores = np.full((COUNT, 17), 0.9)
    scores[UNSURE] = 0.3
    present = np.ones(COUNT, bool)
    present[[LOST, *EMPTY]] = False
    return table({1: points}, times_s, {1: scores}, {1: present})


def looks(facts: FrameFacts) -> dict[int, FloatArray]:
    grey = np.full((90, 160, 3), 100, np.uint8)
    red = np.zeros((90, 160, 3), np.uint8)
    red[..., 0] = 255
    return {n: look_of(red if n == DIFFERENT else grey) for n in to_look_at(facts)}


def test_each_reason_finds_its_frame() -> None:
    facts = frame_facts(odd_clip())
    found = {p.frame: p.why for p in teaching_frames(facts, looks(facts), 6)}
    expected = {UNSURE: "unsure", UNSTEADY: "unsteady", DIFFERENT: "different", LOST: "unsteady"}
    assert found.items() >= expected.items()
    again = {p.frame: p.why for p in teaching_frames(facts, looks(facts), 200, known=found)}
    assert not again.keys() & found.keys()
    assert not {*again, *found} & {*EMPTY}
    assert len(again) == COUNT - len(EMPTY) - len(found)


def test_the_same_mistake_is_not_proposed_twice() -> None:
    clip = odd_clip()
    clip.keypoint_scores[(clip.frames > UNSURE) & (clip.frames < 60)] = 0.31  # much alike
    facts = frame_facts(clip)
    unsure = [p.frame for p in teaching_frames(facts, looks(facts), 9) if p.why == "unsure"]
    assert unsure[0] == UNSURE
    assert len(unsure) == 3
    assert min(abs(a - b) for a, b in combinations(unsure, 2)) > 5


def test_random_frames_know_nothing_of_the_network() -> None:
    clip = odd_clip()
    facts = frame_facts(clip)
    first = proposed(facts, looks(facts), 20)
    drawn = [p.frame for p in first if p.measures]
    assert (len(first), len(drawn)) == (20, 5)
    clip.keypoint_scores[:60] = 0.05
    other = frame_facts(clip)
    assert [p.frame for p in proposed(other, looks(other), 20) if p.measures] == drawn
    more = [p.frame for p in random_frames(facts.frames, 200, drawn)]
    assert sorted(more + drawn) == list(range(COUNT))  # also those that teach, and the empty one
    assert [p.frame for p in random_frames(facts.frames, 5)] == sorted(
        drawn, key=[p.frame for p in random_frames(facts.frames, COUNT)].index
    )
    later = proposed(facts, looks(facts), 20, known=first)
    assert len(later) == 20
    taught = {p.frame for p in first if not p.measures}
    assert not {p.frame for p in later if not p.measures} & taught
    assert not {p.frame for p in later if p.measures} & set(drawn)


def test_of_a_long_clip_only_some_frames_are_looked_at() -> None:
    facts = frame_facts(odd_clip())
    some = to_look_at(facts, 30)
    assert len(some) <= 30
    assert {UNSURE, UNSTEADY, LOST} <= set(some)
    assert teaching_frames(facts, {}, 5) == []
    nobody = odd_clip()
    assert frame_facts(nobody[nobody.ids < 0]).empty.tolist() == [True] * 9

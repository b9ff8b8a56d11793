"""Corrections of keypoints: what they do to frames and rows, and that they survive a re-run."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import TableError
from core.part_file import PartFile
from core.skeleton import COCO_17, skeleton_named
from core.tracks.csv_long import read_track_csv
from core.tracks.edits.check import check_edit
from core.tracks.edits.csv_rows import EditedCsvWriter
from core.tracks.edits.file import load_edits, save_edits
from core.tracks.edits.found_again import found_again
from core.tracks.edits.frame import edited_frame, edited_tracks
from core.tracks.edits.log import ABSENT, HIDDEN, Anchor, Edit, EditError
from core.tracks.edits.make import (
    added_in,
    between,
    copied,
    limb_of,
    moved,
    next_state,
    removed,
    scored,
    shifted,
    with_other_sides,
)
from core.tracks.edits.rows import PeopleRows, edited_rows
from core.types import PoseBatch, Tracks

NAMES = COCO_17.names
LEFT_WRIST, RIGHT_WRIST = NAMES.index("left_wrist"), NAMES.index("right_wrist")
LEFT_KNEE = NAMES.index("left_knee")


def people(ids: list[int], xs: list[float]) -> Tracks:
    """Boxes of 40 by 80 px; keypoint k lies 2 k px to the right and 4 k px below its corner."""
    n, steps = len(ids), np.arange(17, dtype=np.float32)
    boxes = np.array([[x, 0, x + 40, 80] for x in xs], np.float32).reshape(n, 4)
    keypoints = np.stack([np.add.outer(np.array(xs), 2 * steps), np.tile(4 * steps, (n, 1))], 2)
    poses = PoseBatch(
        boxes,
        np.full(n, 0.8, np.float32),
        keypoints.astype(np.float32),
        np.full((n, 17), 0.6, np.float32),
    )
    return Tracks(np.array(ids, np.int64), poses, np.ones(n, np.bool_))


def clip_rows(count: int = 6) -> PeopleRows:
    """Persons 1 and 2 in every frame."""
    tracks = people([1, 2], [0, 200])
    return PeopleRows.of(
        np.repeat(np.arange(count), 2),
        np.tile(tracks.ids, count),
        np.tile(tracks.poses.scores, count),
        np.tile(tracks.poses.boxes, (count, 1)),
    )


def test_a_keypoint_is_moved_hidden_and_absent_in_its_frame_alone() -> None:
    tracks = people([1, 2], [0, 200])
    edits = [moved(tracks, 2, 3, LEFT_WRIST, (260.0, 90.0))]
    frame = edited_frame(edits, 3, tracks)
    poses = frame.tracks.poses
    assert poses.keypoints[1, LEFT_WRIST].tolist() == [260, 90]
    assert poses.keypoint_scores[1, LEFT_WRIST] == 1
    assert poses.boxes[1].tolist() == [200, 0, 260, 90]  # grown to hold it
    assert frame.cells(NAMES) == ["", "left_wrist"]
    assert np.array_equal(poses.keypoints[0], tracks.poses.keypoints[0])
    assert edited_frame(edits, 4, tracks).cells(NAMES) == ["", ""]
    edits.append(scored(frame.tracks, 2, 3, LEFT_WRIST, HIDDEN))
    edits.append(moved(edited_tracks(edits, 3, tracks), 2, 3, LEFT_WRIST, (240.0, 50.0)))
    edits.append(scored(tracks, 2, 3, LEFT_KNEE, ABSENT))
    frame = edited_frame(edits, 3, tracks)
    assert frame.tracks.poses.keypoints[1, LEFT_WRIST].tolist() == [240, 50]
    assert frame.tracks.poses.keypoint_scores[1, [LEFT_WRIST, LEFT_KNEE]].tolist() == [0.5, 0]
    assert frame.cells(NAMES) == ["", "left_wrist left_knee"]
    assert tracks.poses.keypoint_scores.min() == np.float32(0.6)  # what was found is untouched
    assert [next_state(score) for score in (1, 0.5, 0, 0.3)] == [HIDDEN, 1, 1, HIDDEN]


def test_people_are_added_copied_shifted_and_removed() -> None:
    tracks = people([1, 2], [0, 200])
    alone = people([1], [0])
    again = copied(alone, tracks, 2, 4)
    assert (again.kind, again.ids) == ("add", (2,))
    frame = edited_frame([again], 4, alone)
    assert frame.tracks.ids.tolist() == [1, 2]
    assert np.array_equal(frame.tracks.poses.keypoints, tracks.poses.keypoints)
    assert frame.cells(NAMES) == ["", "all"]
    other = people([1, 2], [10, 260])
    assert edited_tracks([copied(tracks, other, 2, 4)], 4, tracks).poses.boxes[1, 0] == 260
    new = added_in(tracks, 3, 4, (100, 10, 140, 110))
    frame = edited_frame([new], 4, tracks)
    assert frame.tracks.ids.tolist() == [1, 2, 3]
    inside = frame.tracks.poses.keypoints[2]
    assert ((inside >= [100, 10]) & (inside <= [140, 110])).all()
    assert inside[LEFT_WRIST, 0] > inside[RIGHT_WRIST, 0]
    edits = [new, shifted(frame.tracks, 3, 4, (5, -2))]
    assert np.allclose(
        edited_tracks(edits, 4, tracks).poses.keypoints[2], inside + np.array([5, -2])
    )
    assert edited_tracks(edits, 4, tracks).poses.boxes[2].tolist() == [105, 8, 145, 108]
    assert edited_tracks([removed(2, 4)], 4, tracks).ids.tolist() == [1]
    assert edited_tracks([removed(2, 4)], 5, tracks).ids.tolist() == [1, 2]
    with pytest.raises(EditError, match="person 2 is not in this frame"):
        copied(tracks, alone, 2, 4)


def test_left_and_right_of_a_limb_or_of_everything_from_here_on() -> None:
    tracks = people([1], [0])
    arm = limb_of(NAMES, "left_elbow")
    assert arm == ("left_shoulder", "left_elbow", "left_wrist")
    edits = [with_other_sides(1, 2, 2, arm)]
    old = tracks.poses.keypoints[0]
    new = edited_frame(edits, 2, tracks)
    assert np.array_equal(new.tracks.poses.keypoints[0, LEFT_WRIST], old[RIGHT_WRIST])
    assert np.array_equal(new.tracks.poses.keypoints[0, RIGHT_WRIST], old[LEFT_WRIST])
    assert np.array_equal(new.tracks.poses.keypoints[0, LEFT_KNEE], old[LEFT_KNEE])
    assert new.corrected.sum() == 6
    assert not edited_frame(edits, 3, tracks).corrected.any()
    later = [with_other_sides(1, 2, None, NAMES)]
    for number, turned in ((1, False), (2, True), (900, True)):
        found = edited_frame(later, number, tracks).tracks.poses.keypoints[0]
        assert np.array_equal(found, old[COCO_17.flip] if turned else old)
    twice = edited_tracks([*later, *edits], 2, tracks).poses.keypoints[0]
    assert np.array_equal(twice[LEFT_WRIST], old[LEFT_WRIST])
    with pytest.raises(EditError, match="nose: in the middle of the body"):
        with_other_sides(1, 2, None, ["nose"])


def test_between_two_frames_keypoints_go_straight_and_missing_people_are_there() -> None:
    start, end, here = people([1], [0]), people([1], [40]), people([1], [300])
    edit = between(1, (2, start), (6, end), ["left_wrist"])
    frame = edited_frame([edit], 3, here)
    assert frame.tracks.poses.keypoints[0, LEFT_WRIST].tolist() == [10 + 2 * LEFT_WRIST, 36]
    assert frame.tracks.poses.keypoints[0, LEFT_KNEE, 0] == 300 + 2 * LEFT_KNEE
    assert frame.cells(NAMES) == ["left_wrist"]
    for outside in (2, 6):
        assert edited_frame([edit], outside, here).cells(NAMES) == [""]
    missing = edited_frame([edit], 4, Tracks.empty())
    assert missing.tracks.poses.boxes.tolist() == [[20, 0, 60, 80]]
    assert missing.cells(NAMES) == ["all"]
    with pytest.raises(EditError, match="no frame between 2 and 3"):
        between(1, (2, start), (3, end), ["left_wrist"])


def test_rows_of_a_clip_follow_the_frames() -> None:
    tracks = people([1, 2], [0, 200])
    edits = [
        removed(1, 2),
        removed(2, 3),
        added_in(tracks, 3, 1, (100, 10, 140, 110)),
        moved(tracks, 2, 5, 0, (150.0, 5.0)),
        between(2, (2, tracks), (4, people([2], [220])), NAMES),
        Edit("merge", (1, 3)),
        with_other_sides(1, 4, None, NAMES),
    ]
    rows = edited_rows(edits, clip_rows())
    assert rows.frames.tolist() == sorted(rows.frames.tolist())
    for number in range(6):
        found = edited_frame(edits, number, tracks)
        mine = rows.frames == number
        order = np.argsort(rows.ids[mine], kind="stable")
        assert rows.ids[mine][order].tolist() == found.tracks.ids.tolist(), number
        assert np.allclose(rows.boxes[mine][order], found.tracks.poses.boxes), number
        marked = found.corrected.any(axis=1).tolist()
        assert rows.corrected[mine][order].tolist() == marked, number


def test_senseless_corrections_are_refused() -> None:
    tracks = people([1, 2], [0, 200])
    for edit, before, message in (
        (moved(tracks, 2, 9, 0, (0, 0)), [], "person 2 is not in frame 9"),
        (removed(7, 1), [], "there is no person 7"),
        (removed(2, 1), [removed(2, 1)], "person 2 is not in frame 1"),
        (added_in(tracks, 2, 1, (0, 0, 9, 9)), [], "person 2 is in frame 1 already"),
    ):
        with pytest.raises(EditError, match=message):
            check_edit(edit, edited_rows(before, clip_rows()))
    check_edit(added_in(tracks, 2, 1, (0, 0, 9, 9)), edited_rows([removed(2, 1)], clip_rows()))


def test_a_log_with_corrections_is_saved_and_read(tmp_path: Path) -> None:
    path = tmp_path / "edits.json"
    tracks = people([1], [0])
    edits = [
        moved(tracks, 1, 0, 3, (7.25, 8)),
        added_in(tracks, 4, 0, (1, 2, 30, 40)),
        with_other_sides(1, 0, 0, NAMES),
        with_other_sides(1, 0, None, NAMES),
        between(1, (0, tracks), (4, tracks), NAMES),
        removed(1, 3),
    ]
    save_edits(path, edits)
    assert load_edits(path) == edits
    text = path.read_text()
    for old, new, message in (
        ('"move"', '"melt"', "unknown kind 'melt'; known: merge, split"),
        ('"x": 7.25', '"x": NaN', "is no coordinate"),
        ('"ids"', '"id"', "'ids' is missing"),
        ('"last": 4', '"last": null', "needs a last frame"),
    ):
        path.write_text(text.replace(old, new))
        with pytest.raises(TableError, match=message):
            load_edits(path)
    path.write_text('{"edits": [{"kind": "hide", "ids": [3]}]}')
    assert load_edits(path) == [Edit("hide", (3,))]
    with pytest.raises(TableError, match="cannot be read"):
        load_edits(tmp_path / "gone.json", required=True)


def test_after_a_new_run_corrections_find_their_people_by_place() -> None:
    tracks = people([1, 2], [0, 200])
    right = Anchor(5, (200, 0, 240, 80))
    new = added_in(tracks, 3, 5, (190, 5, 235, 85))  # close to person 2, and not the same
    on_new = moved(edited_tracks([new], 5, tracks), 3, 5, 0, (200, 20))
    made = [
        Edit(**{**_fields(moved(tracks, 2, 5, 0, (210, 3))), "anchors": (right,)}),
        new,
        Edit(**{**_fields(on_new), "anchors": (Anchor(5, (190, 5, 235, 85)),)}),
        Edit(**{**_fields(removed(2, 5)), "anchors": (Anchor(5, (600, 0, 640, 80)),)}),
    ]
    other_ids = people([8, 3], [1, 201])
    again = found_again(made, lambda _: other_ids, other_ids.ids)
    assert [edit and edit.ids for edit in again] == [(3,), (9,), (9,), None]
    same = found_again(made, lambda _: tracks, tracks.ids)
    assert [edit and edit.ids for edit in same] == [(2,), (3,), (3,), None]
    seen = people([8, 3, 4], [1, 201, 188])  # the person who was added is found now
    again = found_again(made, lambda _: seen, seen.ids)
    assert [edit and edit.ids for edit in again] == [(3,), (4,), (4,), None]
    holding = [edit for edit in again if edit is not None]
    assert edited_tracks(holding, 5, seen).ids.tolist() == [3, 4, 8]


def _fields(edit: Edit) -> dict[str, object]:
    return {name: getattr(edit, name) for name in Edit.__dataclass_fields__}


def test_the_table_names_corrected_keypoints_in_its_last_column(tmp_path: Path) -> None:
    tracks = people([1, 2], [0, 200])
    edits = [
        moved(tracks, 1, 1, LEFT_WRIST, (33.5, 44.25)),
        scored(tracks, 1, 1, LEFT_KNEE, ABSENT),
        removed(1, 2),
        removed(2, 2),
        Edit("hide", (2,)),
    ]
    path = tmp_path / "clip.csv"
    with PartFile(path) as file:
        writer = EditedCsvWriter(file, COCO_17, edits, 0.1)
        for number in range(3):
            writer.write(number, number / 25, tracks)
    header, *lines = path.read_text().splitlines()
    assert header.endswith(",right_ankle_score,corrected")
    assert [line.rsplit(",", 1)[1] for line in lines] == ["", "left_wrist left_knee", ""]
    table = read_track_csv(path)
    assert table.ids.tolist() == [1, 1, -1]
    assert table.keypoints[1, LEFT_WRIST].tolist() == [33.5, 44.25]
    assert table.keypoint_scores[1, [LEFT_WRIST, LEFT_KNEE]].tolist() == [1, 0]
    ears = skeleton_named([f"ear_{joint}" for joint in range(17)])
    with PartFile(path) as file:
        own = moved(tracks, 1, 1, LEFT_WRIST, (33.5, 44.25), ears)
        EditedCsvWriter(file, ears, [own], 0.1).write(1, 1 / 25, tracks)
    assert path.read_text().splitlines()[1].endswith(f",ear_{LEFT_WRIST}")
    with PartFile(path) as file:
        EditedCsvWriter(file, COCO_17, [Edit("hide", (2,))]).write(0, 0.0, tracks)
    assert path.read_text().splitlines()[0].endswith(",right_ankle_score")

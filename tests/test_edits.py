"""Corrections of who is who: what they do, what they refuse, and that they survive a re-run."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import TableError
from core.tracks.edits.check import check_edit
from core.tracks.edits.file import load_edits, save_edits
from core.tracks.edits.found_again import found_again
from core.tracks.edits.frame import edited_tracks
from core.tracks.edits.log import Anchor, Edit, EditError, EditLog
from core.tracks.edits.people import hidden_in, names_of
from core.tracks.edits.rows import PeopleRows, edited_rows
from core.types import PoseBatch, Tracks

# Person 1 in frames 0 to 3, person 2 in 0 to 5, person 3 in 4 and 5.
FRAMES = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
IDS = np.array([1, 2, 1, 2, 1, 2, 1, 2, 2, 3, 2, 3])
ROWS = PeopleRows.of(FRAMES, IDS, np.ones(12, np.float32), np.zeros((12, 4), np.float32))


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], [1, 2, 1, 2, 1, 2, 1, 2, 2, 3, 2, 3]),
        ([Edit("merge", (1, 3))], [1, 2, 1, 2, 1, 2, 1, 2, 2, 1, 2, 1]),
        ([Edit("split", (2, 9), 3)], [1, 2, 1, 2, 1, 2, 1, 9, 9, 3, 9, 3]),
        ([Edit("swap", (1, 2), 2)], [1, 2, 1, 2, 2, 1, 2, 1, 1, 3, 1, 3]),
        (
            [Edit("swap", (1, 2), 2), Edit("merge", (2, 3))],
            [1, 2, 1, 2, 2, 1, 2, 1, 1, 2, 1, 2],
        ),
        ([Edit("name", (1,), name="Anna"), Edit("hide", (2,))], IDS.tolist()),
    ],
)
def test_ids_after_edits(edits: list[Edit], expected: list[int]) -> None:
    assert edited_rows(edits, ROWS).ids.tolist() == expected


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (Edit("merge", (1, 2)), "1 and 2 are two people: both are in frame 0 and 3 more"),
        (Edit("merge", (1, 1)), "with itself"),
        (Edit("merge", (1, 7)), "no person 7"),
        (Edit("swap", (8, 1), 2), "no person 8"),
        (Edit("split", (3, 9), 4), "person 3 is in frames 4 to 5"),
        (Edit("split", (1, 9), 4), "person 1 is in frames 0 to 3"),
    ],
)
def test_senseless_edits_are_refused(edit: Edit, message: str) -> None:
    with pytest.raises(EditError, match=message):
        check_edit(edit, ROWS)


def test_good_edits_are_let_through() -> None:
    for edit in (Edit("merge", (1, 3)), Edit("split", (1, 9), 2), Edit("swap", (1, 2), 2)):
        check_edit(edit, ROWS)
    with pytest.raises(EditError, match="no person 3"):
        check_edit(Edit("hide", (3,)), edited_rows([Edit("merge", (1, 3))], ROWS))


def test_names_and_hidden_people() -> None:
    edits = [
        Edit("name", (1,), name="Anna"),
        Edit("name", (3,), name="Ben"),
        Edit("hide", (1,)),
        Edit("hide", (2,)),
        Edit("show", (1,)),
        Edit("merge", (4, 3)),
    ]
    assert names_of(edits) == {1: "Anna", 4: "Ben"}
    assert names_of([*edits, Edit("name", (1,))]) == {4: "Ben"}
    assert hidden_in(edits) == {2}


def test_undo_and_redo_in_order() -> None:
    log = EditLog()
    first, second, third = (Edit("hide", (track_id,)) for track_id in (1, 2, 3))
    log.undo()
    log.redo()
    for edit in (first, second):
        log.add(edit)
    log.undo()
    assert (log.edits, log.can_undo, log.can_redo) == ((first,), True, True)
    log.redo()
    assert log.edits == (first, second)
    log.undo()
    log.add(third)
    assert (log.edits, log.can_redo) == ((first, third), False)


def test_a_log_is_saved_and_read(tmp_path: Path) -> None:
    path = tmp_path / "clip.edits.json"
    assert load_edits(path) == []
    edits = [
        Edit("swap", (1, 2), 7, anchors=(Anchor(7, (1.5, 2, 3, 4)), Anchor(7, (5, 6, 7, 8)))),
        Edit("name", (1,), name="Zoë"),
    ]
    save_edits(path, edits)
    assert load_edits(path) == edits
    path.write_text("{}")
    with pytest.raises(TableError, match=r"clip\.edits\.json: is no log of edits"):
        load_edits(path)


def people(ids: list[int], xs: list[float]) -> Tracks:
    boxes = np.array([[x, 0, x + 10, 20] for x in xs], np.float32)
    n = len(ids)
    poses = PoseBatch(
        boxes,
        np.ones(n, np.float32),
        np.zeros((n, 17, 2), np.float32),
        np.ones((n, 17), np.float32),
    )
    return Tracks(np.array(ids, np.int64), poses, np.ones(n, np.bool_))


def test_after_a_new_run_edits_find_their_people_by_place() -> None:
    left, right = Anchor(5, (0, 0, 10, 20)), Anchor(5, (100, 0, 110, 20))
    gone = Anchor(5, (500, 0, 510, 20))
    edits = [
        Edit("name", (1,), name="Left", anchors=(left,)),
        Edit("swap", (1, 2), 5, anchors=(left, right)),
        Edit("hide", (4,), anchors=(gone,)),
        Edit("split", (2, 9), 7, anchors=(right,)),
    ]

    def tracks_at(frame: int) -> Tracks:
        return people([21, 22], [1, 101])

    again = found_again(edits, tracks_at, np.array([21, 22]))
    assert [edit and edit.ids for edit in again] == [(21,), (21, 22), None, (21, 9)]
    taken = found_again(edits, tracks_at, np.array([9, 21, 22]))
    assert taken[3] == Edit("split", (21, 23), 7, anchors=(right,))
    log = EditLog(edits)
    log.apply_again(again)
    assert names_of(log.edits) == {21: "Left"}
    assert log.made == tuple(edits)
    log.undo()
    assert len(log.edits) == 2
    with pytest.raises(ValueError, match="1 results for 3 edits"):
        log.apply_again([None])


def test_people_of_a_frame_stay_in_the_order_of_their_ids() -> None:
    tracks = edited_tracks([Edit("swap", (1, 2), 0)], 3, people([1, 2], [0, 100]))
    assert tracks.ids.tolist() == [1, 2]
    assert tracks.poses.boxes[:, 0].tolist() == [100, 0]

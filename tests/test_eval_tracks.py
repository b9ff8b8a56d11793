"""Figures of the tracker: reading sequences, TrackEval's arithmetic, the command."""

from pathlib import Path

import numpy as np
import pytest

from app.__main__ import main
from core.skeleton import COCO_17
from core.tracks.by_frame import table_of
from core.tracks.csv_long import write_track_csv
from core.types import PoseBatch, Tracks
from trackers.metrics import evaluate
from trackers.sequences import find_sequences, read_sequence

FRAMES = 20


def write_sequence(folder: Path, distractor: bool = False) -> Path:
    """Two people side by side; the detector sees both, and a reflection if there is one."""
    (folder / "gt").mkdir(parents=True)
    (folder / "det").mkdir()
    (folder / "seqinfo.ini").write_text(f"[Sequence]\nframeRate=10\nseqLength={FRAMES}\n")
    truth, found = [], []
    for frame in range(1, FRAMES + 1):
        for person, x in ((1, 10 + frame), (2, 200 - frame)):
            truth.append(f"{frame},{person},{x},20,40,100,1,1,1")
            found.append(f"{frame},-1,{x},20,40,100,0.9,-1,-1,-1")
        if distractor:
            truth.append(f"{frame},3,400,20,40,100,0,12,1")
            found.append(f"{frame},-1,400,20,40,100,0.9,-1,-1,-1")
    (folder / "gt" / "gt.txt").write_text("\n".join(truth))
    (folder / "det" / "det.txt").write_text("\n".join(found))
    return folder


def as_tracks(ids: list[int], boxes: np.ndarray) -> Tracks:
    poses = PoseBatch(
        boxes,
        np.ones(len(ids), np.float32),
        np.zeros((len(ids), 17, 2), np.float32),
        np.zeros((len(ids), 17), np.float32),
    )
    return Tracks(np.array(ids, np.int64), poses, np.ones(len(ids), np.bool_))


def test_a_perfect_result_has_perfect_figures(tmp_path: Path) -> None:
    sequence = read_sequence(write_sequence(tmp_path / "a"), "boxes")
    result = [as_tracks([7, 9], truth.boxes) for truth in sequence.truths]
    figures = evaluate([sequence], [result], "iou")
    assert (figures.hota, figures.mota, figures.idf1) == pytest.approx((100, 100, 100))
    assert (figures.switches, figures.false_positives, figures.false_negatives) == (0, 0, 0)


def test_ids_that_swap_half_way_are_two_switches(tmp_path: Path) -> None:
    sequence = read_sequence(write_sequence(tmp_path / "a"), "boxes")
    result = [
        as_tracks([1, 2] if number < FRAMES // 2 else [2, 1], truth.boxes)
        for number, truth in enumerate(sequence.truths)
    ]
    figures = evaluate([sequence], [result], "iou")
    assert figures.switches == 2
    assert figures.idf1 == pytest.approx(50)
    assert figures.det_a == pytest.approx(100)


def test_what_is_found_on_a_distractor_does_not_count(tmp_path: Path) -> None:
    sequence = read_sequence(write_sequence(tmp_path / "a", distractor=True), "boxes")
    result = [as_tracks([1, 2, 3], found.boxes) for found in sequence.detections]
    assert evaluate([sequence], [result], "iou").false_positives == 0


def test_the_command_prints_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sequence(tmp_path / "a")
    write_sequence(tmp_path / "b", distractor=True)
    assert main(["eval-tracks", str(tmp_path), "--each", "--every", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["HOTA", "a", "b", "all"]
    assert float(lines[-1].split()[5]) == pytest.approx(100)


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda folder: (folder / "gt" / "gt.txt").unlink(), "holds gt/gt.txt"),
        (lambda folder: (folder / "det" / "det.txt").write_text("1,2,x"), "is no number"),
        (lambda folder: (folder / "det" / "det.txt").write_text("1,2,3"), "columns"),
        (lambda folder: (folder / "seqinfo.ini").write_text("[Sequence]\n"), "frameRate"),
    ],
)
def test_broken_data_is_one_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    break_it: object,
    says: str,
) -> None:
    folder = write_sequence(tmp_path / "a")
    assert callable(break_it)
    break_it(folder)
    assert main(["eval-tracks", str(folder)]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_real_poses_are_followed(shared: Path) -> None:
    folders = find_sequences(shared / "tracking" / "bonn" / "quarter_rate")[:2]
    for folder in folders:
        sequence = read_sequence(folder, "poses")
        assert len(sequence) == len(sequence.detections) == len(sequence.truths)
        result = [as_tracks(truth.ids.tolist(), truth.boxes) for truth in sequence.truths]
        assert evaluate([sequence], [result], "iou").hota == pytest.approx(100)


def test_scores_the_table_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_sequence(tmp_path / "a")
    sequence = read_sequence(folder, "boxes")
    found = [as_tracks([7, 9], truth.boxes) for truth in sequence.truths]
    path = tmp_path / "a.csv"
    write_track_csv(path, table_of(found, sequence.times_s), COCO_17)
    assert main(["eval-tracks", str(folder), "--tracks", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["a", "100.00"]

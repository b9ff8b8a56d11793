"""The CSV of tracks: exact cells, and what was written is read again."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.__main__ import main
from core.errors import OutputError, TableError
from core.part_file import PartFile, part_path
from core.skeleton import COCO_17
from core.tracks.csv_long import (
    TrackCsvWriter,
    csv_header,
    csv_lines,
    read_track_csv,
    write_track_csv,
)
from core.tracks.formats.c3d_file import write_c3d
from core.tracks.formats.people import Clip
from core.tracks.table import NOBODY, TrackTable, rows_of
from core.types import Frame, FrameResult, PoseBatch, Tracks


def result(index: int, people: int, seed: int = 0) -> FrameResult:
    rng = np.random.default_rng(seed + index)
    poses = PoseBatch(
        rng.uniform(0, 500, (people, 4)).astype(np.float32),
        rng.uniform(0, 1, people).astype(np.float32),
        rng.uniform(-5, 500, (people, 17, 2)).astype(np.float32),
        np.where(rng.random((people, 17)) < 0.3, 0, rng.random((people, 17))).astype(np.float32),
    )
    ids = np.arange(people, 0, -1, dtype=np.int64)
    frame = Frame(index, index / 29.97, 0, np.zeros((4, 4, 3), np.uint8))
    return FrameResult(frame, poses, Tracks(ids, poses, np.ones(people, np.bool_)))


def one_person(scores: float, keypoint_scores: list[float]) -> TrackTable:
    keypoints = np.zeros((1, 17, 2), np.float32)
    keypoints[0, 0] = (-0.001, 12.345)
    keypoints[0, 1] = (1.5, 2)
    return TrackTable(
        np.array([7]),
        np.array([1 / 3]),
        np.array([2]),
        np.array([scores], np.float32),
        np.array([[1, 2, 3.126, 4]], np.float32),
        keypoints,
        np.array([keypoint_scores + [0.0] * (17 - len(keypoint_scores))], np.float32),
    )


def test_header() -> None:
    names = csv_header(COCO_17).split(",")
    assert csv_header(COCO_17).startswith(
        "frame,time_s,track_id,score,x1,y1,x2,y2,nose_x,nose_y,nose_score,left_eye_x,"
    )
    assert len(names) == len(set(names)) == 8 + 3 * 17
    assert names[-1] == "right_ankle_score"


def test_cells() -> None:
    (line,) = csv_lines(one_person(0.75, [0.5, 0.2]), keypoint_threshold=0.3)
    start = "7,0.333333,2,0.7500,1.00,2.00,3.13,4.00,0.00,12.35,0.5000"
    assert line == start + "," * 48


def test_a_frame_without_people_keeps_a_row() -> None:
    (line,) = csv_lines(rows_of(result(4, people=0)))
    assert line == "4,0.133467" + "," * 57


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "clip.csv"
    tables = [rows_of(result(index, people)) for index, people in enumerate((2, 0, 3))]
    with PartFile(path) as file:
        writer = TrackCsvWriter(file, COCO_17)
        for table in tables:
            writer.write(table)
            assert part_path(path).read_text().count("\n") > 1
            assert not path.exists()
    assert not part_path(path).exists()
    read = read_track_csv(path)
    assert read.frames.tolist() == [0, 0, 1, 2, 2, 2]
    assert read.ids.tolist() == [1, 2, NOBODY, 1, 2, 3]
    for frame, table in enumerate(tables):
        rows = read[read.frames == frame]
        seen = table.keypoint_scores > 0
        np.testing.assert_allclose(rows.times_s, table.times_s, atol=5.1e-7)
        np.testing.assert_allclose(rows.boxes, table.boxes, atol=0.0051)
        np.testing.assert_allclose(rows.keypoints[seen], table.keypoints[seen], atol=0.0051)
        np.testing.assert_allclose(rows.keypoint_scores, table.keypoint_scores, atol=5.1e-5)
        assert np.isnan(rows.keypoints[~seen]).all()


def test_written_again_it_is_the_same_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    with PartFile(first) as file:
        writer = TrackCsvWriter(file, COCO_17)
        for index, people in enumerate((1, 0, 2)):
            writer.write(rows_of(result(index, people)))
    write_track_csv(second, read_track_csv(first))
    assert first.read_bytes() == second.read_bytes()


def test_pandas_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "clip.csv"
    with PartFile(path) as file:
        writer = TrackCsvWriter(file, COCO_17)
        writer.write(rows_of(result(0, people=0)))
        writer.write(rows_of(result(1, people=2)))
    table = pd.read_csv(path)
    assert list(table["frame"]) == [0, 1, 1]
    assert table["track_id"].isna().tolist() == [True, False, False]
    assert len(table.columns) == 8 + 3 * len(COCO_17)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a,b\n1,2\n", "its header is another one"),
        (csv_header(COCO_17) + "\n", "holds no frames"),
        (csv_header(COCO_17) + "\n1,2\n", "line 2 has 2 cells instead of 59"),
        (csv_header(COCO_17) + "\n0,0.0,one" + "," * 56 + "\n", "line 2: could not convert"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(content)
    with pytest.raises(TableError, match=sentence):
        read_track_csv(path)


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(bytes(range(128, 256)))
    with pytest.raises(TableError, match="is not a CSV file"):
        read_track_csv(path)
    with pytest.raises(TableError, match="cannot be read"):
        read_track_csv(tmp_path / "absent.csv")


def write_then_fail(path: Path) -> None:
    with PartFile(path) as file:
        file.write(b"one\n")
        raise ZeroDivisionError


def test_an_error_leaves_the_part_file(tmp_path: Path) -> None:
    path = tmp_path / "clip.csv"
    with pytest.raises(ZeroDivisionError):
        write_then_fail(path)
    assert part_path(path).read_bytes() == b"one\n"
    assert not path.exists()


def test_a_kept_part_file_is_overwritten_in_place(tmp_path: Path) -> None:
    path = tmp_path / "clip.csv"
    part_path(path).write_bytes(b"one\ntwo\nthr")
    with PartFile(path, keep=True) as file:
        file.write(b"one\n")
        assert part_path(path).read_bytes() == b"one\ntwo\nthr"
        file.write(b"two\n")
        file.cut()
        assert part_path(path).read_bytes() == b"one\ntwo\n"
    assert path.read_bytes() == b"one\ntwo\n"


def test_a_folder_that_is_a_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        PartFile(tmp_path / "file" / "clip.csv")


def test_a_full_disk_is_an_output_error(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    path = tmp_path / "clip.csv"
    part_path(path).symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"clip\.csv: cannot be written \(No space left"):
        write_track_csv(path, rows_of(result(0, people=1)))


def lines_of(*starts: str) -> str:
    person = ",0.5,1,2,3,4" + ",5,6,0.7" * 17
    return "\n".join([csv_header(COCO_17), *(start + person for start in starts)]) + "\n"


def test_what_a_spreadsheet_does_to_a_table_is_understood(tmp_path: Path) -> None:
    base, other = tmp_path / "base.csv", tmp_path / "other.csv"
    base.write_text(lines_of("0,0.0,1", "0,0.0,2", "1,0.04,1", "1,0.04,2"))
    other.write_text("\ufeff" + lines_of("1,0.04,2", "0,0.0,2", "1,0.04,1", "0,0.0,1") + "\n")
    for path in (base, other):
        write_track_csv(path, read_track_csv(path))
    assert other.read_bytes() == base.read_bytes()


def test_frames_with_one_time_are_spread_over_it(tmp_path: Path) -> None:
    path = tmp_path / "fast.csv"
    times = ("0.000", "0.001", "0.001", "0.002", "0.002")
    path.write_text(lines_of(*(f"{frame},{time},1" for frame, time in enumerate(times))))
    # The first step is 1 ms; the last pair goes on with the usual step of 2 ms / 3.
    expected = [0.0, 0.001, 0.0015, 0.002, 0.002 + 0.002 / 3]
    np.testing.assert_allclose(read_track_csv(path).times_s, expected)


@pytest.mark.parametrize(
    ("starts", "sentence"),
    [
        ((",0.0,1",), "line 2: frame must be a whole number of 0 or more, got ''"),
        (("0.5,0.0,1",), "line 2: frame must be a whole number"),
        (("0,,1",), "line 2: time_s must be a number of seconds"),
        (("0,inf,1",), "line 2: time_s must be a number of seconds"),
        (("0,0.0,1", "0,0.0,1"), "line 3: the same person stands twice in frame 0"),
        (("0,0.0,1", "0,0.5,2"), "line 3: frame 0 has two times"),
        (("0,1.0,1", "1,0.5,1"), "line 3: frame 1 is earlier"),
        (("0,1.0,1", "1,1.0,1", "2,1.0,1"), "line 3: frame 1 has the time of frame 0"),
    ],
)
def test_tables_that_contradict_themselves(
    tmp_path: Path, starts: tuple[str, ...], sentence: str
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(lines_of(*starts))
    with pytest.raises(TableError, match=sentence):
        read_track_csv(path)


def test_one_frame_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text(lines_of("0,0.0,1", "0,0.0,2"))
    assert main(["report", str(path)]) == 0
    assert (tmp_path / "one.report.html").is_file()


def test_c3d_is_refused_where_it_would_count_from_0_again(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text(lines_of("70000,0.0,1", "70001,0.04,1"))
    with pytest.raises(OutputError, match="C3D counts frames up to 65,535"):
        write_c3d(tmp_path, read_track_csv(path), Clip("late"))
    assert not list(tmp_path.glob("*.c3d*"))

"""What every format keeps to, and those of trackers and of animals' poses in their readers."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from two_walkers import COUNT, SCALE, expected, written
from walker import JOINT

from app.__main__ import main
from core.skeleton import COCO_17
from core.tracks.csv_long import write_track_csv
from core.tracks.formats.people import Clip, is_even
from core.tracks.formats.registry import FORMATS, Export, export


def test_motchallenge(walkers, walkers_export) -> None:
    rows = np.loadtxt(written("motchallenge", walkers_export), delimiter=",")
    assert rows.shape == (36 + 28, 10)
    assert sorted(set(rows[:, 0])) == list(range(1, 37))
    assert (rows[:, 7:] == -1).all()


def test_motchallenge_in_trackeval(walkers, walkers_export) -> None:
    datasets = pytest.importorskip("trackeval.datasets._base_dataset")
    path = written("motchallenge", walkers_export)
    read, _ = datasets._BaseDataset._load_simple_text_file(str(path), time_col=0, id_col=1)
    assert set(read) == {str(frame) for frame in range(1, 37)}
    rows = np.array(read["21"], float)
    assert rows[:, 1].tolist() == [2, 5]
    box = walkers.boxes[(walkers.ids == 5) & (walkers.frames == 20)][0]
    np.testing.assert_allclose(rows[1, 2:4], box[:2], atol=0.006)
    np.testing.assert_allclose(rows[1, 4:6], box[2:] - box[:2], atol=0.006)
    assert rows[1, 6:].tolist() == [0.8, -1, -1, -1]


def test_deeplabcut(walkers, walkers_export) -> None:
    path = written("dlc-csv", walkers_export)
    lines = path.read_text().splitlines()
    assert lines[0].startswith("scorer,yolopose,yolopose,")
    assert lines[1].startswith("individuals,person2,person2,")
    assert lines[2].startswith("bodyparts,nose,nose,nose,left_eye,")
    assert lines[3].startswith("coords,x,y,likelihood,x,y,likelihood,")
    read = pd.read_csv(path, header=[0, 1, 2, 3], index_col=0)
    stored = pd.read_hdf(written("dlc-h5", walkers_export), "df_with_missing")
    assert read.columns.names == ["scorer", "individuals", "bodyparts", "coords"]
    assert list(stored.columns) == list(read.columns)
    assert list(stored.columns.names) == list(read.columns.names)
    assert read.index.tolist() == stored.index.tolist() == list(range(COUNT))
    np.testing.assert_allclose(read.to_numpy(), stored.to_numpy(), atol=0.006)
    points, scores = expected(walkers, 5)
    wrist = stored["yolopose"]["person5"]["left_wrist"]
    np.testing.assert_array_equal(wrist.x, points[:, JOINT["left_wrist"], 0])
    np.testing.assert_array_equal(wrist.likelihood, scores[:, JOINT["left_wrist"]])
    buffer = io.StringIO()
    stored.to_csv(buffer)
    assert buffer.getvalue().splitlines()[:4] == lines[:4]


def test_deeplabcut_of_one_person_has_no_individuals(walkers, tmp_path) -> None:
    alone = Export(walkers.of_track(2), tmp_path, Clip("one"))
    read = pd.read_csv(written("dlc-csv", alone), header=[0, 1, 2], index_col=0)
    assert read.columns.names == ["scorer", "bodyparts", "coords"]
    stored = pd.read_hdf(written("dlc-h5", alone), "df_with_missing")
    assert list(stored.columns) == list(read.columns)


def test_sleap_csv(walkers, walkers_export) -> None:
    path = written("sleap-csv", walkers_export)
    assert path.read_text().startswith(
        "track,frame_idx,instance.score,nose.x,nose.y,nose.score,left_eye.x,left_eye.y,"
    )
    read = pd.read_csv(path)
    assert len(read) == 36 + 28
    mine = read[read.track == "track_5"].set_index("frame_idx")
    points, _ = expected(walkers, 5)
    np.testing.assert_allclose(mine["left_hip.x"], points[mine.index, 11, 0], atol=0.006)


def test_sleap_h5_in_sleap_io(walkers, walkers_export) -> None:
    import sleap_io  # here, because it takes seconds

    labels = sleap_io.load_analysis_h5(str(written("sleap-h5", walkers_export)))
    assert [track.name for track in labels.tracks] == ["track_2", "track_5"]
    assert labels.skeleton.node_names == list(COCO_17.names)
    assert len(labels.skeleton.edges) == len(COCO_17.limbs)
    found = labels.numpy()  # (frames, tracks, nodes, 2)
    for column, track_id in enumerate((2, 5)):
        points, _ = expected(walkers, track_id)
        np.testing.assert_array_equal(found[:36, column], points[:36])


@pytest.mark.parametrize("name", FORMATS)
def test_formats_survive_nobody_and_uneven_time(name: str, walkers, tmp_path) -> None:
    uneven_s = np.cumsum(np.where(np.arange(COUNT) % 3, 0.02, 0.07))
    shifted = replace(walkers, times_s=uneven_s[walkers.frames])
    assert not is_even(uneven_s)
    _, warnings = export(name, Export(shifted, tmp_path / "uneven", Clip("u"), scale=SCALE))
    evenly = any("evenly spaced" in warning for warning in warnings)
    assert evenly == ("the times of frames" in FORMATS[name].loses)
    empty = walkers[walkers.ids == -1]
    paths, _ = export(name, Export(empty, tmp_path / "empty", Clip("e"), scale=SCALE))
    assert all(path.exists() for path in paths)


def test_what_is_lost_is_said(walkers, tmp_path, capsys) -> None:
    write_track_csv(tmp_path / "clip.csv", walkers)
    assert main(["convert", str(tmp_path / "clip.csv"), "--format", "motchallenge"]) == 0
    assert capsys.readouterr().err == (
        "warning: motchallenge does not hold the times of frames, keypoints, "
        "frames without people\n"
    )
    assert main(["convert", str(tmp_path / "clip.csv"), "--format", "trc-opensim"]) == 2
    assert "give --height-m" in capsys.readouterr().err

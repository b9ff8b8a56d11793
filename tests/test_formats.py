"""Every format: golden headers, and what another program's reader makes of the file."""

import contextlib
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from walker import JOINT, table, walker

from app.__main__ import main
from core.skeleton import COCO_17
from core.tracks.csv_long import read_track_csv, write_track_csv
from core.tracks.formats.json_files import BODY_25, POSETRACK_NAMES
from core.tracks.formats.people import Clip, Series, is_even, people_of
from core.tracks.formats.registry import FORMATS, Export, export
from core.tracks.measure.scale import from_line
from core.tracks.table import TrackTable

COUNT = 40
TIMES_S = np.arange(COUNT) / 25.0
SCALE = from_line((0.0, 500.0), (200.0, 500.0), 1.0)


def two_people() -> TrackTable:
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


@pytest.fixture(scope="module")
def run() -> TrackTable:
    return two_people()


@pytest.fixture
def job(run: TrackTable, tmp_path: Path) -> Export:
    return Export(run, tmp_path, Clip("clip", "clip.mp4"), scale=SCALE)


def written(name: str, job: Export) -> Path:
    paths, _ = export(name, job)
    assert all(path.exists() for path in paths)
    assert not list(job.folder.glob("*.part*"))
    return paths[0]


def expected(run: TrackTable, track_id: int) -> tuple[Series, Series]:
    """Keypoints (F, 17, 2) and scores (F, 17), NaN where unseen."""
    person = next(p for p in people_of(run) if p.track_id == track_id)
    return person.keypoints, person.keypoint_scores


@pytest.mark.parametrize("decimal_comma", [False, True])
def test_csv_of_every_shape(run, job, tmp_path, decimal_comma: bool) -> None:
    write_track_csv(tmp_path / "clip.csv", run)
    options = ["--format", "csv", "--format", "csv-wide", "--format", "csv-very-long"]
    options += ["--decimal-comma"] if decimal_comma else []
    assert main(["convert", str(tmp_path / "clip.csv"), *options]) == 0
    signs = {"sep": ";", "decimal": ","} if decimal_comma else {}
    points, scores = expected(run, 2)

    long = pd.read_csv(tmp_path / "clip.long.csv", **signs)
    assert len(long) == len(run)
    mine = long[long.track_id == 2].set_index("frame")
    np.testing.assert_allclose(mine.left_wrist_x, points[:36, JOINT["left_wrist"], 0], atol=0.006)

    wide = pd.read_csv(tmp_path / "clip.wide.csv", **signs)
    assert list(wide.columns[:9]) == [
        "frame", "time_s", "p2_score", "p2_x1", "p2_y1", "p2_x2", "p2_y2", "p2_nose_x", "p2_nose_y",
    ]  # fmt: skip
    assert wide.frame.tolist() == list(range(COUNT))
    np.testing.assert_allclose(wide.time_s, TIMES_S, atol=1e-6)
    np.testing.assert_allclose(wide.p2_nose_x, points[:, 0, 0], atol=0.006)
    assert wide.p5_nose_x[:8].isna().all()
    np.testing.assert_allclose(wide.p2_left_wrist_score, scores[:, JOINT["left_wrist"]], atol=1e-4)

    tall = pd.read_csv(tmp_path / "clip.very_long.csv", **signs)
    assert list(tall.columns) == ["frame", "time_s", "track_id", "keypoint", "x", "y", "score"]
    assert sorted(tall.frame.unique()) == list(range(COUNT))
    knee = tall[(tall.track_id == 2) & (tall.keypoint == "left_knee")]
    np.testing.assert_allclose(knee.y, points[:36, JOINT["left_knee"], 1], atol=0.006)
    assert tall[tall.keypoint == "right_eye"].x.isna().sum() == 36


def test_converted_long_csv_is_the_main_table(run, tmp_path) -> None:
    write_track_csv(tmp_path / "clip.csv", run)
    assert main(["convert", str(tmp_path / "clip.csv"), "--format", "csv"]) == 0
    assert (tmp_path / "clip.long.csv").read_bytes() == (tmp_path / "clip.csv").read_bytes()


def test_cleaned_csv_keeps_raw_values_and_flags(run, tmp_path) -> None:
    write_track_csv(tmp_path / "clip.csv", run)
    assert main(["convert", str(tmp_path / "clip.csv"), "--format", "csv", "--clean"]) == 0
    cleaned = pd.read_csv(tmp_path / "clip.clean.csv")
    assert cleaned.columns[-2:].tolist() == ["right_ankle_flag", "swap_fixed"]
    assert sorted(cleaned.frame.unique()) == list(range(COUNT))
    one = cleaned[cleaned.track_id == 2].set_index("frame")
    assert one.left_wrist_flag[10:13].tolist() == [1, 1, 1]
    assert one.left_wrist_x[10:13].notna().all()
    assert one.left_wrist_raw_x[10:13].isna().all()
    assert (one.right_eye_flag == 8).all()
    points, _ = expected(run, 2)
    np.testing.assert_allclose(one.nose_raw_x, points[:36, 0, 0], atol=0.006)
    again = read_track_csv(tmp_path / "clip.clean.csv")
    np.testing.assert_allclose(again.keypoints[again.ids == 2][:, 0, 0], one.nose_x, atol=1e-4)


def test_parquet(run, job) -> None:
    read = pd.read_parquet(written("parquet", job))
    assert len(read) == len(run)
    assert read.track_id.isna().sum() == 4
    mine = read[read.track_id == 5]
    points, scores = expected(run, 5)
    there = np.isfinite(points[:, 0, 0])
    np.testing.assert_array_equal(mine.nose_x, points[there, 0, 0].astype(np.float32))
    np.testing.assert_array_equal(mine.nose_score, scores[there, 0].astype(np.float32))
    assert read[read.track_id == 2].right_eye_x.isna().all()
    assert str(read.dtypes["time_s"]) == "float64"


def test_coco_results_score_themselves_perfectly(run, job, tmp_path) -> None:
    path = written("coco", job)
    results = json.loads(path.read_text())
    assert list(results[0]) == ["image_id", "category_id", "keypoints", "score", "track_id"]
    assert all(len(result["keypoints"]) == 51 for result in results)
    assert results[10]["keypoints"][3 * JOINT["right_eye"] :][:3] == [0, 0, 0]
    truth = {
        "images": [{"id": i, "width": 1280, "height": 720} for i in range(COUNT)],
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO_17.names)}],
        "annotations": [],
    }
    for number, result in enumerate(results):
        points = np.array(result["keypoints"]).reshape(17, 3)
        visible = points[:, 2] > 0
        low, high = points[visible, :2].min(axis=0), points[visible, :2].max(axis=0)
        truth["annotations"].append(
            {
                "id": number + 1,
                "image_id": result["image_id"],
                "category_id": 1,
                "keypoints": np.c_[points[:, :2], 2 * visible].ravel().tolist(),
                "num_keypoints": int(visible.sum()),
                "bbox": [*low.tolist(), *(high - low).tolist()],
                "area": float(np.prod(high - low)),
                "iscrowd": 0,
            }
        )
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(tmp_path / "truth.json"))
        evaluation = COCOeval(coco, coco.loadRes(str(path)), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)


def test_openpose_files_pass_kinovea_rules(run, job) -> None:
    folder = written("openpose", job)
    files = sorted(folder.iterdir())
    assert len(files) == COUNT
    assert all(re.fullmatch(r"clip_\d{12}_keypoints\.json", file.name) for file in files)
    text = files[0].read_text()
    assert text.startswith('{"version":1.3,"people":[{"person_id":[2],"pose_keypoints_2d":[')
    assert text.endswith(
        '"face_keypoints_2d":[],"hand_left_keypoints_2d":[],"hand_right_keypoints_2d":[],'
        '"pose_keypoints_3d":[],"face_keypoints_3d":[],"hand_left_keypoints_3d":[],'
        '"hand_right_keypoints_3d":[]}]}'
    )
    assert files[38].read_text() == '{"version":1.3,"people":[]}'
    people = json.loads(files[20].read_text())["people"]
    assert [person["person_id"] for person in people] == [[2], [5]]
    body = np.array(people[1]["pose_keypoints_2d"]).reshape(25, 3)
    points, scores = expected(run, 5)
    assert BODY_25[8] == ("left_hip", "right_hip")
    np.testing.assert_allclose(body[0, :2], points[20, 0], atol=1e-3)
    np.testing.assert_allclose(body[1, :2], points[20, 5:7].mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(body[8, :2], points[20, 11:13].mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(body[2, :2], points[20, JOINT["right_shoulder"]], atol=1e-3)
    np.testing.assert_allclose(body[14, :2], points[20, JOINT["left_ankle"]], atol=1e-3)
    np.testing.assert_allclose(body[2, 2], scores[20, 6], atol=1e-4)
    assert (body[19:] == 0).all()
    unseen = np.array(people[0]["pose_keypoints_2d"]).reshape(25, 3)[15]
    assert unseen.tolist() == [0, 0, 0]


def test_posetrack(run, job) -> None:
    content = json.loads(written("posetrack", job).read_text())
    assert list(content) == ["images", "annotations", "categories"]
    assert [image["id"] for image in content["images"]] == [10000010000 + i for i in range(COUNT)]
    assert content["images"][3]["file_name"] == "images/clip/000003.jpg"
    assert content["categories"][0]["keypoints"] == list(POSETRACK_NAMES)
    assert content["categories"][0]["keypoints"][:3] == ["nose", "head_bottom", "head_top"]
    mine = [a for a in content["annotations"] if a["track_id"] == 5]
    assert len(mine) == 28
    points, _ = expected(run, 5)
    body = np.array(mine[0]["keypoints"]).reshape(17, 3)
    np.testing.assert_allclose(body[1, :2], points[8, 5:7].mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(body[5:, :2], points[8, 5:], atol=1e-3)
    assert body[2].tolist() == [0, 0, 0]
    assert body[5:, 2].tolist() == [1] * 12
    x, y, width, height = mine[0]["bbox"]
    box = run.boxes[(run.ids == 5) & (run.frames == 8)][0]
    np.testing.assert_allclose([x, y, x + width, y + height], box, atol=2e-3)


def test_motchallenge(run, job) -> None:
    rows = np.loadtxt(written("motchallenge", job), delimiter=",")
    assert rows.shape == (36 + 28, 10)
    assert sorted(set(rows[:, 0])) == list(range(1, 37))
    assert (rows[:, 7:] == -1).all()


def test_motchallenge_in_trackeval(run, job) -> None:
    datasets = pytest.importorskip("trackeval.datasets._base_dataset")
    path = written("motchallenge", job)
    read, _ = datasets._BaseDataset._load_simple_text_file(str(path), time_col=0, id_col=1)
    assert set(read) == {str(frame) for frame in range(1, 37)}
    rows = np.array(read["21"], float)
    assert rows[:, 1].tolist() == [2, 5]
    box = run.boxes[(run.ids == 5) & (run.frames == 20)][0]
    np.testing.assert_allclose(rows[1, 2:4], box[:2], atol=0.006)
    np.testing.assert_allclose(rows[1, 4:6], box[2:] - box[:2], atol=0.006)
    assert rows[1, 6:].tolist() == [0.8, -1, -1, -1]


def test_deeplabcut(run, job) -> None:
    path = written("dlc-csv", job)
    lines = path.read_text().splitlines()
    assert lines[0].startswith("scorer,yolopose,yolopose,")
    assert lines[1].startswith("individuals,person2,person2,")
    assert lines[2].startswith("bodyparts,nose,nose,nose,left_eye,")
    assert lines[3].startswith("coords,x,y,likelihood,x,y,likelihood,")
    read = pd.read_csv(path, header=[0, 1, 2, 3], index_col=0)
    stored = pd.read_hdf(written("dlc-h5", job), "df_with_missing")
    assert read.columns.names == ["scorer", "individuals", "bodyparts", "coords"]
    assert list(stored.columns) == list(read.columns)
    assert list(stored.columns.names) == list(read.columns.names)
    assert read.index.tolist() == stored.index.tolist() == list(range(COUNT))
    np.testing.assert_allclose(read.to_numpy(), stored.to_numpy(), atol=0.006)
    points, scores = expected(run, 5)
    wrist = stored["yolopose"]["person5"]["left_wrist"]
    np.testing.assert_array_equal(wrist.x, points[:, JOINT["left_wrist"], 0])
    np.testing.assert_array_equal(wrist.likelihood, scores[:, JOINT["left_wrist"]])
    buffer = io.StringIO()
    stored.to_csv(buffer)
    assert buffer.getvalue().splitlines()[:4] == lines[:4]


def test_deeplabcut_of_one_person_has_no_individuals(run, tmp_path) -> None:
    alone = Export(run.of_track(2), tmp_path, Clip("one"))
    read = pd.read_csv(written("dlc-csv", alone), header=[0, 1, 2], index_col=0)
    assert read.columns.names == ["scorer", "bodyparts", "coords"]
    stored = pd.read_hdf(written("dlc-h5", alone), "df_with_missing")
    assert list(stored.columns) == list(read.columns)


def test_sleap_csv(run, job) -> None:
    path = written("sleap-csv", job)
    assert path.read_text().startswith(
        "track,frame_idx,instance.score,nose.x,nose.y,nose.score,left_eye.x,left_eye.y,"
    )
    read = pd.read_csv(path)
    assert len(read) == 36 + 28
    mine = read[read.track == "track_5"].set_index("frame_idx")
    points, _ = expected(run, 5)
    np.testing.assert_allclose(mine["left_hip.x"], points[mine.index, 11, 0], atol=0.006)


def test_sleap_h5_in_sleap_io(run, job) -> None:
    import sleap_io  # here, because it takes seconds

    labels = sleap_io.load_analysis_h5(str(written("sleap-h5", job)))
    assert [track.name for track in labels.tracks] == ["track_2", "track_5"]
    assert labels.skeleton.node_names == list(COCO_17.names)
    assert len(labels.skeleton.edges) == len(COCO_17.limbs)
    found = labels.numpy()  # (frames, tracks, nodes, 2)
    for column, track_id in enumerate((2, 5)):
        points, _ = expected(run, track_id)
        np.testing.assert_array_equal(found[:36, column], points[:36])


@pytest.mark.parametrize("name", FORMATS)
def test_formats_survive_nobody_and_uneven_time(name: str, run, tmp_path) -> None:
    uneven_s = np.cumsum(np.where(np.arange(COUNT) % 3, 0.02, 0.07))
    shifted = TrackTable(
        run.frames, uneven_s[run.frames], run.ids, run.scores, run.boxes, run.keypoints,
        run.keypoint_scores,
    )  # fmt: skip
    assert not is_even(uneven_s)
    _, warnings = export(name, Export(shifted, tmp_path / "uneven", Clip("u"), scale=SCALE))
    evenly = any("evenly spaced" in warning for warning in warnings)
    assert evenly == ("the times of frames" in FORMATS[name].loses)
    empty = run[run.ids == -1]
    paths, _ = export(name, Export(empty, tmp_path / "empty", Clip("e"), scale=SCALE))
    assert all(path.exists() for path in paths)


def test_what_is_lost_is_said(run, tmp_path, capsys) -> None:
    write_track_csv(tmp_path / "clip.csv", run)
    assert main(["convert", str(tmp_path / "clip.csv"), "--format", "motchallenge"]) == 0
    assert capsys.readouterr().err == (
        "warning: motchallenge does not hold the times of frames, keypoints, "
        "frames without people\n"
    )
    assert main(["convert", str(tmp_path / "clip.csv"), "--format", "trc-opensim"]) == 2
    assert "give --height-m" in capsys.readouterr().err

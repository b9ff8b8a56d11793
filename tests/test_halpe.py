"""A skeleton with feet, from labels to ankle angles: Halpe's 26 keypoints on the whole road."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from live_source import numbered
from networks import TINY
from stick_people import WITH_FEET, write_dataset
from test_trainer import TINY as RUN
from tiny_video import write_video
from walker import nobody, table, walker

from app.__main__ import main
from core.errors import OutputError
from core.model.checkpoint import load_checkpoint
from core.model.estimator import load_estimator
from core.model.estimator_settings import EstimatorSettings
from core.part_file import PartFile
from core.run.channel import Channel
from core.run.reconnect import Link
from core.send.recording import write_tracks
from core.settings import as_dict
from core.skeleton import COCO_17, HALPE_26, skeleton_named
from core.tracks.csv_long import TrackCsvWriter, read_track_csv, write_track_csv
from core.train.dataset import read_dataset
from core.train.trainer import fit, score_found
from core.types import Frame, FrameResult, PoseBatch, Tracks
from core.yaml_text import write_yaml
from trackers.pose_tracker import PoseTracker

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
NAMES = list(HALPE_26.names)
ALL = [f"tracker.{name}_score=0" for name in ("low", "high", "new", "sure", "confirm")]
HOW = ["estimator.most=2", "estimator.size=128", "record.keypoint_threshold=0", *ALL]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a few steps were trained on figures with feet."""
    made = tmp_path_factory.mktemp("halpe")
    data = write_dataset(made / "data", skeleton=HALPE_26)
    (made / "feet.yaml").write_text(write_yaml(as_dict(replace(TINY, keypoints=26))))
    model = str(made / "feet.yaml")
    settings = replace(RUN, model=model, data=data, validation=data, epochs=1, sizes=(128,))
    assert fit(settings, made / "run", made / "cache", resume=False).finished
    return made


@pytest.fixture(scope="module")
def weights(folder: Path) -> Path:
    return folder / "run" / "last.safetensors"


def test_it_is_trained_and_scored(folder: Path, weights: Path) -> None:
    saved = load_checkpoint(weights)
    assert (saved.settings.keypoints, saved.settings.skeleton.name) == (26, "halpe-26")
    images = read_dataset(folder / "data" / "people.json", 26)
    moved = np.zeros((26, 2), np.float32)
    moved[20:] = 64  # px, the feet alone
    for shift, least, most in ((np.zeros_like(moved), 0.999, 1), (moved, 0.4, 0.8)):
        found = [
            (
                image,
                PoseBatch(
                    image.people.boxes,
                    np.ones(len(image.people), np.float32),
                    image.people.keypoints + shift,
                    image.people.visible,
                ),
            )
            for image in images
        ]
        assert least <= score_found(found).ap <= most
    command = ["eval", "--model", str(weights), "--data", str(folder / "data" / "people.json")]
    assert main([*command, "--size", "128", "--engine", "torch", "--errors"]) == 0


def test_tables_and_records_say_which_skeleton_it_is(
    folder: Path, weights: Path, tmp_path: Path
) -> None:
    picture = cv2.cvtColor(
        np.asarray(cv2.imread(str(folder / "data" / "0.png"))), cv2.COLOR_BGR2RGB
    )
    clip = write_video(tmp_path / "clip.mp4", [np.asarray(picture, np.uint8)] * 4)
    out = tmp_path / "out"
    command = ["process", str(clip), "--output", str(out), "--model", str(weights), "--video"]
    command += ["--confidence", "0.0001", "--engine", "torch", "--keep-poses"]
    command += ["--format", "openpose", "--format", "csv-wide"]
    for setting in HOW:
        command += ["--set", setting]
    assert main(command) == 0
    found = read_track_csv(out / "clip.csv")
    assert found.skeleton is HALPE_26
    assert len(found.track_ids) > 0
    record = json.loads((out / "clip.meta.json").read_text())
    assert (record["skeleton"], record["keypoint_names"]) == ("halpe-26", NAMES)
    people = json.loads((out / "clip_openpose" / "clip_000000000000_keypoints.json").read_text())
    assert np.array(people["people"][0]["pose_keypoints_2d"]).reshape(25, 3)[19:, 2].all()  # feet
    again = tmp_path / "again"
    words = ["replay", str(out / "clip.poses"), "--output", str(again), "--confidence", "0.0001"]
    for setting in HOW:
        words += ["--set", setting]
    assert main(words) == 0
    assert (again / "clip.csv").read_bytes() == (out / "clip.csv").read_bytes()


def test_it_is_exported_and_read_back(weights: Path, tmp_path: Path) -> None:
    command = ["export", "--model", str(weights), "--people", "--size", "128"]
    assert main([*command, "--output", str(tmp_path)]) == 0
    (people,) = tmp_path.glob("*people*.onnx")
    exported = load_estimator(people, EstimatorSettings(device="cpu", size=128))
    assert exported.skeleton is HALPE_26
    assert exported(Frame(0, 0.0, 0, np.zeros((72, 128, 3), np.uint8))).keypoints.shape[1] == 26


def test_ankles_are_measured(tmp_path: Path) -> None:
    """A shank that stands, and a foot that turns from level to 30 degrees up."""
    times_s = np.arange(40) / 20
    up = np.deg2rad(np.linspace(0, 30, 40))
    points = np.repeat(WITH_FEET[None] * (100, 300) + 50, 40, axis=0)
    at = {name: index for index, name in enumerate(NAMES)}
    for side in ("left", "right"):
        ankle = points[:, at[f"{side}_ankle"]]
        points[:, at[f"{side}_knee"]] = ankle - (0, 90)
        points[:, at[f"{side}_heel"]] = ankle
        points[:, at[f"{side}_big_toe"]] = ankle + 40 * np.stack([np.cos(up), -np.sin(up)], 1)
    path = tmp_path / "feet.csv"
    write_track_csv(path, table({1: points}, times_s))
    command = ["measure", str(path), "--facing", "right", "--set", "smoothing=none"]
    assert main(command) == 0
    with (tmp_path / "feet.measures.csv").open(newline="") as file:
        found = [float(row["left_ankle_deg"]) for row in csv.DictReader(file)]
    np.testing.assert_allclose(found, np.rad2deg(up), atol=0.05)  # positive: dorsiflexion
    record = json.loads((tmp_path / "feet.measures.json").read_text())
    assert record["skeleton"] == "halpe-26"
    assert "left_ankle_deg" in record["angles"]


def test_a_body_whose_joints_have_another_order_is_measured_the_same(tmp_path: Path) -> None:
    times_s = np.arange(50) / 25
    plain = table({1: walker(times_s)[0]}, times_s)
    order = list(reversed(range(17)))
    turned = skeleton_named([COCO_17.names[joint] for joint in order])
    other = replace(
        plain,
        keypoints=plain.keypoints[:, order],
        keypoint_scores=plain.keypoint_scores[:, order],
        named=turned,
    )
    for name, rows in (("plain", plain), ("turned", other)):
        write_track_csv(tmp_path / f"{name}.csv", rows)
        path = str(tmp_path / f"{name}.csv")
        assert main(["measure", path, "--height-m", "1.8", "--keypoint", "nose"]) == 0
        assert main(["report", path]) == 0
    plain_text, turned_text = (
        (tmp_path / f"{name}.measures.csv").read_text() for name in ("plain", "turned")
    )
    assert turned_text == plain_text
    pages = [(tmp_path / f"{name}.report.html").read_text() for name in ("plain", "turned")]
    assert pages[1].replace("turned", "plain") == pages[0]


def test_a_table_is_of_one_skeleton(tmp_path: Path) -> None:
    """Frames without people fit into any table, people of another skeleton into none."""
    feet = table({1: np.repeat(WITH_FEET[None] * 100, 2, axis=0)}, np.arange(2) / 20)
    with PartFile(tmp_path / "live.csv") as file:
        writer = TrackCsvWriter(file, HALPE_26)
        writer.write(nobody(0, 0.0))  # with COCO's 17 keypoints
        writer.write(feet[1:])
        with pytest.raises(OutputError, match=r"begun with 26 keypoints a person \(halpe-26\)"):
            writer.write(table({1: WITH_FEET[None, :17] * 100}, np.zeros(1)))
    assert read_track_csv(tmp_path / "live.csv").ids.tolist() == [-1, 1]


def test_a_recording_has_the_skeleton_of_the_network_that_was_loaded_meanwhile(
    tmp_path: Path,
) -> None:
    """Frames at which nobody looked yet are left out, and say nothing of it."""
    ears = skeleton_named([f"ear_{number}" for number in range(26)])
    feet = table({1: np.repeat(WITH_FEET[None] * 100, 2, axis=0)}, np.arange(2) / 20)[1:]
    poses = PoseBatch(feet.boxes, feet.scores, feet.keypoints, feet.keypoint_scores)
    frames = [numbered(index) for index in range(4)]
    channel: Channel[FrameResult] = Channel(4)
    for frame in frames[:2]:
        channel.put(FrameResult(frame, PoseBatch.empty(), Tracks.empty(), looked=False))
    channel.put(FrameResult(frames[2], PoseBatch.empty(), Tracks.empty(), named=ears))
    tracks = Tracks(np.array([1]), poses, np.ones(1, np.bool_))
    channel.put(FrameResult(frames[3], poses, tracks, named=ears))
    channel.close()
    list(write_tracks(channel, tmp_path / "live.csv", Link))
    found = read_track_csv(tmp_path / "live.csv")
    assert found.skeleton.names == ears.names
    assert found.ids.tolist() == [-1, 1]


def test_a_tracker_goes_on_with_another_skeleton() -> None:
    tracker = PoseTracker()
    frames = [
        table({1: np.asarray(WITH_FEET[None, :count] * 100)}, np.zeros(1)) for count in (17, 26)
    ]
    for number, rows in enumerate([frames[0], frames[0], frames[1], frames[1]]):
        poses = PoseBatch(rows.boxes, rows.scores, rows.keypoints, rows.keypoint_scores)
        found = tracker.update(poses, number / 25)
        assert found.poses.keypoints.shape[1] == rows.keypoints.shape[1]
    assert len(found) == 1


def test_what_takes_coco_alone_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "feet.csv"
    points = np.repeat(WITH_FEET[None] * (100, 300) + 50, 2, axis=0)
    write_track_csv(path, table({1: points}, np.arange(2) / 20))
    assert main(["label", str(path), "--clip", "clip.mp4"]) == 2
    assert "26 keypoints (halpe-26); this takes those of coco-17 alone" in capsys.readouterr().err


def test_a_skeleton_of_its_own_is_no_body(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "frame,time_s,track_id,score,x1,y1,x2,y2,nose_x,nose_y,nose_score,tail_x,tail_y"
    path = tmp_path / "cat.csv"
    path.write_text(f"{header},tail_score\n0,0.0,1,0.9,0,0,9,9,1,2,0.5,3,4,0.5\n")
    assert read_track_csv(path).skeleton.names == ("nose", "tail")
    for command in (["measure", str(path)], ["convert", str(path), "--format", "openpose"]):
        assert main(command) == 2
        assert "a body is needed, and these skeletons have no left_eye" in capsys.readouterr().err
    assert main(["convert", str(path), "--format", "dlc-csv"]) == 0
    assert "tail" in (tmp_path / "cat.dlc.csv").read_text()

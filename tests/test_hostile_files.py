"""Files that were made to hurt: each is refused in one sentence, or harmless."""

import json
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from stick_people import write_dataset
from test_eval_tracks import write_sequence

from app.__main__ import main
from app.results.clip_results import recorded_capture, recorded_source
from app.results.ownership import Outputs, check_free
from app.settings import AppSettings
from core.errors import (
    DatasetError,
    ModelError,
    SettingsError,
    TableError,
    UserError,
)
from core.model.checkpoint import load_checkpoint, read_settings
from core.model.engines import choice
from core.model.onnx_store import read_losses
from core.run.pose_file import PoseFile
from core.run.pose_record import MAGIC, PosesOf
from core.settings import build, load_yaml
from core.skeleton import COCO_17
from core.tracks.edits.file import load_edits, save_edits
from core.tracks.edits.log import Edit
from core.tracks.formats.labels import read_labels
from core.tracks.seen_ids import frame_times, live_table, load_seen
from core.train.archives import labels_on_disk, pack_dataset
from core.train.recipe import read_recipe
from core.train.settings import TrainSettings
from core.types import Frame, PoseBatch, Sight
from core.video.source import CaptureSettings
from trackers.sequences import read_sequence

DEEP = "[" * 100_000 + "]" * 100_000


def one_sentence(error: pytest.ExceptionInfo[UserError], *words: str) -> None:
    text = str(error.value)
    assert "\n" not in text
    assert len(text) < 1100
    for word in words:
        assert word in text


def rewritten(weights: str, path: Path, **told: str) -> Path:
    """Weights with other texts in their header."""
    data = Path(weights).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] |= told
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])
    return path


def test_json_of_any_depth_is_refused_wherever_it_is_read(tmp_path, weights, monkeypatch) -> None:
    path = tmp_path / "deep.json"
    path.write_text(DEEP)
    with pytest.raises(DatasetError) as caught:
        read_labels(path, COCO_17)
    one_sentence(caught, "deep.json", "nested too deeply")
    with pytest.raises(TableError) as table_error:
        load_edits(path)
    one_sentence(table_error, "deep.json", "nested too deeply")
    for name in ("model", "history"):
        deep = rewritten(weights, tmp_path / "deep.safetensors", **{name: DEEP})
        with pytest.raises(ModelError) as model_error:
            load_checkpoint(deep)
        one_sentence(model_error, "deep.safetensors", "nested too deeply")
    (tmp_path / "clip.meta.json").write_text(DEEP)
    (tmp_path / ".clip.made.json").write_text(DEEP)
    assert recorded_source(tmp_path / "clip.csv") == ""
    assert recorded_capture(tmp_path / "clip.csv") == CaptureSettings()
    check_free(Outputs(tmp_path, "clip", "clip.mp4", ("clip.csv",)), overwrite=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "yolopose").mkdir()
    choice._choices_path().write_text(DEEP)
    assert choice._read_choices() == {}
    for kept in (tmp_path / "yolopose").glob("*"):
        kept.unlink()
    assert read_losses(Path(weights)) == {}
    poses = tmp_path / "deep.poses"
    poses.write_bytes(MAGIC + DEEP.encode() + b"\n")
    with pytest.raises(TableError, match="holds no poses of this program"):
        PoseFile.open(poses)
    sequence = write_sequence(tmp_path / "sequence")
    (sequence / "pose").mkdir()
    (sequence / "pose" / "gt_pose.json").write_text(DEEP)
    with pytest.raises(DatasetError) as sequence_error:
        read_sequence(sequence, "poses")
    one_sentence(sequence_error, "gt_pose.json")


def pose_file(path: Path, bodies: list[bytes]) -> Path:
    records = [struct.pack("<II", len(body), zlib.crc32(body)) + body for body in bodies]
    path.write_bytes(MAGIC + PosesOf({}).line() + b"".join(records))
    return path


def body(number: int, time_s: float, people: int = 0, keypoints: int = 17) -> bytes:
    return struct.pack("<qdB6dIIH", number, time_s, 1, *[0.0] * 6, people, keypoints, 8)


@pytest.mark.parametrize(
    "hostile",
    [
        body(2**60, 0.1),  # a list of all frames up to it would fill the memory
        body(1, float("nan")),
        body(1, 1e300),
        body(-1, float("inf")),
        body(-1, -3.0),
        body(1, 0.1, 0, 2**32 - 1),  # nobody, with four billion keypoints
    ],
)
def test_a_record_of_poses_that_cannot_be_is_forgotten(tmp_path, hostile) -> None:
    path = pose_file(tmp_path / "clip.poses", [body(0, 0.0), hostile])
    with PoseFile.open(path) as kept:
        assert (len(kept), kept.frames_known, kept.frame_count) == (1, 1, None)
    assert main(["replay", str(path), "--output", str(tmp_path / "out")]) == 0


def test_a_record_longer_than_any_asks_for_no_memory(tmp_path) -> None:
    path = pose_file(tmp_path / "clip.poses", [body(0, 0.0)])
    path.write_bytes(path.read_bytes() + struct.pack("<II", 2**32 - 1, 0) + bytes(1000))
    with PoseFile.open(path) as kept:
        assert len(kept) == 1


def test_replay_says_where_frames_are_missing(tmp_path, capsys) -> None:
    person = PoseBatch(
        np.array([[1, 2, 30, 40]], np.float32),
        np.full(1, 0.9, np.float32),
        np.full((1, 17, 2), 20, np.float32),
        np.full((1, 17), 0.8, np.float32),
    )
    with PoseFile.create(tmp_path / "clip.poses", PosesOf({})) as kept:
        for number in (0, 1, 2, 4, 5):
            frame = Frame(number, number / 25, 0, np.zeros((48, 64, 3), np.uint8))
            kept.write(frame, person, Sight())
    command = ["replay", str(tmp_path / "clip.poses"), "--output", str(tmp_path / "out")]
    blind = ["--set", "tracker.camera_flow=false", "--set", "tracker.clothes=false"]
    assert main([*command, *blind]) == 3
    assert "frame 3 is not among the poses" in capsys.readouterr().err
    assert len((tmp_path / "out" / "clip.csv").read_text().splitlines()) == 1 + 3


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ('{"keypoint_pairs": 1000000000}', "keypoint_pairs"),
        ('{"depth": 1e9}', "depth"),
        ('{"width": -1.0}', "width"),
        ('{"keypoints": 0}', "keypoints"),
        ('{"input_mean": [0.0, NaN, 0.0]}', "input_mean"),
        ("[]", "objects"),
    ],
)
def test_weights_of_impossible_networks(tmp_path, weights, told, word) -> None:
    path = rewritten(weights, tmp_path / "odd.safetensors", model=told)
    for read in (read_settings, load_checkpoint):
        with pytest.raises(ModelError) as caught:
            read(path)
        one_sentence(caught, "odd.safetensors", word)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"kind": "erase"}, "erase"),
        ({"kind": []}, "unknown kind"),
        ({"kind": "swap", "ids": [1]}, "2 ids"),
        ({"ids": [10**40]}, "no id"),
        ({"ids": [float("inf")]}, "infinity"),
        ({"frame": -1}, "no frame"),
        ({"anchors": [{"frame": 0, "no coordinate": [0, 0, float("nan"), 1]}]}, "box"),
        ({"anchors": [{"frame": 0, "box": [0, 0, 1]}]}, "unpack"),
    ],
)
def test_edits_that_are_none(tmp_path, change, word) -> None:
    path = tmp_path / "edits.json"
    save_edits(path, [Edit("hide", (1,))])
    content = json.loads(path.read_text())
    content["edits"][0] |= change
    path.write_text(json.dumps(content))
    with pytest.raises(TableError) as caught:
        load_edits(path)
    one_sentence(caught, "edits.json", word)


@pytest.mark.parametrize(
    "comment",
    [
        {"data": 5, "piece": 0, "last": True},
        {"data": "people", "piece": 10**12, "last": False},
        {"data": "people", "piece": "0", "last": True},
        {"data": "../../people", "piece": 0, "last": True},
        {"piece": 0},
        [],
    ],
)
def test_archives_of_impossible_pieces(tmp_path, comment) -> None:
    (piece,) = pack_dataset(
        write_dataset(tmp_path / "data", 1, 64), 64, tmp_path / "packed", COCO_17
    )
    with zipfile.ZipFile(piece, "a") as archive:
        archive.comment = json.dumps(comment).encode()
    with pytest.raises(DatasetError) as caught:
        labels_on_disk(piece, tmp_path / "cache")
    one_sentence(caught, piece.name)
    assert not (tmp_path / "cache").exists()


def test_an_archive_whose_contents_do_not_unpack(tmp_path) -> None:
    (piece,) = pack_dataset(
        write_dataset(tmp_path / "data", 2, 64), 64, tmp_path / "packed", COCO_17
    )
    data = bytearray(piece.read_bytes())
    at = data.index(b"people.json") + len(b"people.json")
    data[at : at + 4] = b"\xff" * 4  # a block of a kind that deflate does not have
    piece.write_bytes(data)
    with pytest.raises(DatasetError) as caught:
        labels_on_disk(piece, tmp_path / "cache")
    one_sentence(caught, piece.name)


def test_sequences_that_contradict_themselves(tmp_path) -> None:
    folder = write_sequence(tmp_path / "sequence")
    (folder / "seqinfo.ini").write_text("[Sequence]\nframeRate=10\nseqLength=999999999999\n")
    with pytest.raises(DatasetError, match="frameRate"):
        read_sequence(folder, "boxes")
    (folder / "seqinfo.ini").write_text("[Sequence]\nframeRate=10\nseqLength=20\n")
    (folder / "pose").mkdir()
    people = [{"track_id": 1, "bbox": [1, 2, 3, 4], "keypoints": [1, 2, 1]}]
    for frame, joints in ((21, ["nose"]), (0, ["nose"]), (1, ["snout"]), ("x", ["nose"])):
        content = {"joints": joints, "frames": [{"frame": frame, "people": people}]}
        (folder / "pose" / "gt_pose.json").write_text(json.dumps(content))
        with pytest.raises(DatasetError) as caught:
            read_sequence(folder, "poses")
        one_sentence(caught, "gt_pose.json")
    (folder / "det" / "det.txt").write_text("1,-1,nan,2,3,4,0.9\n")
    with pytest.raises(DatasetError, match=r"det\.txt"):
        read_sequence(folder, "boxes")


@pytest.mark.parametrize("text", ["frame,source_frame\n1\n", "a\n1\n", "frame,source_frame\nx,y\n"])
def test_times_of_frames_that_are_none(tmp_path, text) -> None:
    video = tmp_path / "camera.mp4"
    live_table(video).write_text("")
    frame_times(video).write_text(text)
    with pytest.raises(TableError) as caught:
        load_seen(video)
    one_sentence(caught, "camera.times.csv")


def test_yaml_that_grows_or_names_code_is_refused(tmp_path) -> None:
    path = tmp_path / "settings.yaml"
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    tricks = {
        "aliases": "\n".join(lines),
        "itself": "capture: &a {threads: *a}",
        "common": "common: &a {tracker: *a}\nparts: [{name: b, tracker: {tracker: {}}}]",
        "code": "!!python/object/apply:os.system ['touch x']",
        "deep": "{a: " * 20_000,
    }
    for trick, text in tricks.items():
        path.write_text(text)
        for read in (lambda: build(AppSettings, load_yaml(path)), lambda: recipe_settings(path)):
            with pytest.raises(SettingsError) as caught:
                read()
            assert len(str(caught.value)) < 1100, trick
            assert "\n" not in str(caught.value)


def recipe_settings(path: Path) -> None:
    for _, values in read_recipe(path):
        build(TrainSettings, values)

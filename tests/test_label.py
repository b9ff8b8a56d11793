"""Frames become labels to correct: the right pictures, the right people, nothing overwritten."""

import json
from pathlib import Path
from xml.etree import ElementTree

import av
import cv2
import numpy as np
import pytest
import sleap_io
import yaml
from burnt import burnt, burnt_clip, read_burnt
from reading import read_until_damage
from walker import JOINT, table, walker

from app.__main__ import main
from core.part_file import PartFile
from core.skeleton import COCO_17
from core.tracks.by_frame import tracks_of
from core.tracks.csv_long import write_track_csv
from core.tracks.edits.csv_rows import EditedCsvWriter
from core.tracks.edits.log import HIDDEN
from core.tracks.edits.make import moved, scored
from core.tracks.improve.proposals import random_frames
from core.tracks.table import TrackTable
from core.train.dataset import read_dataset
from core.train.holdout import split_dataset
from core.train.image_cache import read_rgb
from core.video.seek import open_seekable

COUNT = 30
UNSURE = (3, 17, 29)  # frames, one in each third


def people() -> TrackTable:
    """One person, unseen in frames 5 to 8; less sure in some frames, a wrist never seen."""
    times_s = np.arange(COUNT) / 25.0
    points, _ = walker(times_s, origin=(40.0, 40.0), height_px=40.0)
    scores = np.full((COUNT, 17), 0.9)
    scores[list(UNSURE)] = 0.4
    scores[:, JOINT["left_wrist"]] = 0.0
    present = np.ones(COUNT, bool)
    present[5:9] = False
    return table({7: points}, times_s, {7: scores}, {7: present})


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    path = tmp_path / "clip.csv"
    write_track_csv(path, people())
    ticks = [24 * i for i in range(COUNT)]
    burnt_clip(tmp_path / "clip.mp4", COUNT, ticks=ticks)
    record = {"source": {"source": str(tmp_path / "clip.mp4")}}
    (tmp_path / "clip.meta.json").write_text(json.dumps(record))
    return path


def test_labels_can_be_learned_from(tracks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["label", str(tracks), "--count", "4", "--random", "0"]) == 0
    assert "4 pictures, 3 people to correct\n" in capsys.readouterr().out
    table = people()
    images = read_dataset(tracks.parent / "clip.labels" / "people.json", 17)
    told = json.loads((tracks.parent / "clip.labels" / "people.json").read_text())["images"]
    assert [image["id"] for image in told if image["proposed"] == "unsure"] == list(UNSURE[:2])
    for image in images:
        rgb = read_rgb(image.path)
        assert read_burnt(rgb) == image.image_id
        assert image.size == rgb.shape[1::-1]
        if not len(image.people):
            assert image.image_id in (5, 6, 7, 8)
            continue
        (row,) = np.flatnonzero(table.frames == image.image_id)
        seen = np.arange(17) != JOINT["left_wrist"]
        np.testing.assert_array_equal(image.people.visible[0], seen)
        points = image.people.keypoints[0][seen]
        np.testing.assert_allclose(points, table.keypoints[row][seen], atol=0.01)
        np.testing.assert_allclose(image.people.boxes[0], table.boxes[row], atol=0.02)


def test_what_editors_of_labels_read(tracks: Path) -> None:
    assert main(["label", str(tracks), "--frames", "4,2"]) == 0
    content = json.loads((tracks.parent / "clip.labels" / "people.json").read_text())
    (category,) = content["categories"]
    assert category["keypoints"] == list(COCO_17.names)
    assert all(1 <= joint <= 17 for limb in category["skeleton"] for joint in limb)
    assert [image["file_name"] for image in content["images"]] == ["000002.jpg", "000004.jpg"]
    for person in content["annotations"]:
        assert person["num_keypoints"] == sum(flag > 0 for flag in person["keypoints"][2::3]) == 16
        assert set(person["keypoints"][2::3]) == {0, 2}


def test_what_is_drawn_at_random_is_marked_and_held_out(
    tracks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["label", str(tracks), "--count", "8"]) == 0
    assert "2 were drawn at random" in capsys.readouterr().out
    labels = tracks.parent / "clip.labels" / "people.json"
    images = json.loads(labels.read_text())["images"]
    drawn = {image["id"] for image in images if image["proposed"] == "random"}
    assert drawn == {p.frame for p in random_frames(np.arange(COUNT), 2)}
    learn, held, *counts = split_dataset(labels, 0.5, 0, tmp_path / "split", COCO_17)
    assert {image["id"] for image in json.loads(held.read_text())["images"]} == drawn
    assert counts == [6, 2]
    assert not {image["id"] for image in json.loads(learn.read_text())["images"]} & drawn


def test_nothing_corrected_is_lost_and_nothing_foreign_is_mixed_in(
    tracks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def error(*words: str) -> str:
        assert main(["label", str(tracks), *words]) == 2
        text = capsys.readouterr().err
        assert text.count("\n") == 1
        return text

    assert main(["label", str(tracks), "--count", "2"]) == 0
    capsys.readouterr()
    assert "is there already, perhaps corrected" in error()
    new = ["--output", str(tmp_path / "new")]
    other = burnt_clip(tmp_path / "other.mp4", COUNT, ticks=[40 * i for i in range(COUNT)])
    assert "name the recording that they were made of" in error(*new, "--clip", str(other))
    assert "frame 99 is not in the tracks" in error(*new, "--frames", "99")
    assert "--count must be at least 1, got 0" in error(*new, "--count", "0")
    assert "--random must be from 0 to --count (20), got 21" in error(*new, "--random", "21")
    (tmp_path / "clip.meta.json").unlink()
    assert "name it with --clip" in error(*new)
    assert not (tmp_path / "new" / "people.json").exists()
    with pytest.raises(SystemExit):
        main(["label", str(tracks), "--frames", "one"])


def test_hidden_damage_shifts_no_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a clip too long to be decoded for its numbers; packet 5 gives no picture."""
    monkeypatch.setattr("core.video.numbering.BEGINNING_PX", 0)
    clip = burnt_clip(tmp_path / "clip.mp4", COUNT, gop=6)
    data = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        lost = [packet for packet in container.demux(video=0) if packet.size][5]
    data[lost.pos : lost.pos + lost.size] = bytes(lost.size)
    clip.write_bytes(data)
    frames, _ = read_until_damage(str(clip))
    assert len(frames) == COUNT - 1
    times_s = np.array([frame.time_s for frame in frames])
    points, _ = walker(times_s, origin=(40.0, 40.0), height_px=40.0)
    write_track_csv(tmp_path / "clip.csv", table({7: points}, times_s))
    command = ["label", str(tmp_path / "clip.csv"), "--clip", str(clip), "--frames", "20,3,27"]
    assert main(command) == 0
    for number in (3, 20, 27):
        written = read_rgb(tmp_path / "clip.labels" / f"{number:06d}.jpg")
        assert read_burnt(written) == read_burnt(frames[number].rgb)


@pytest.mark.parametrize("where", ["inside", "end"])
def test_a_damaged_image_shifts_no_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """In a folder too large to be decoded for its numbers alone."""
    monkeypatch.setattr("core.video.stills._CHECKED_BYTES", 0)
    folder = tmp_path / "clip"
    folder.mkdir()
    for number in range(COUNT):
        assert cv2.imwrite(str(folder / f"{number}.png"), burnt(number))
    data = (folder / "5.png").read_bytes()
    start = data.index(b"IDAT") + 4
    broken = data[:start] + bytes(len(data) - start - 16) + data[-16:]
    (folder / "5.png").write_bytes(broken if where == "inside" else data[: start + 20])
    frames, _ = read_until_damage(str(folder))
    assert len(frames) == COUNT - 1
    times_s = np.array([frame.time_s for frame in frames])
    points, _ = walker(times_s, origin=(40.0, 40.0), height_px=40.0)
    write_track_csv(tmp_path / "clip.csv", table({7: points}, times_s))
    command = ["label", str(tmp_path / "clip.csv"), "--clip", str(folder), "--frames", "20,3,27"]
    assert main(command) == 0
    for number in (3, 20, 27):
        written = read_rgb(tmp_path / "clip.labels" / f"{number:06d}.jpg")
        assert read_burnt(written) == read_burnt(frames[number].rgb)
    if where == "end":  # which is seen without decoding all
        with open_seekable(str(folder)) as video:
            assert video.times_s.tolist() == times_s.tolist()


def test_corrected_frames_become_labels(tracks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["label", str(tracks), "--corrected"]) == 2
    assert "nobody corrected keypoints in it" in capsys.readouterr().err
    table = people()
    frames = tracks_of(table, COUNT)
    edits = [
        moved(frames[12], 7, 12, JOINT["left_wrist"], (55.0, 66.5)),
        scored(frames[20], 7, 20, JOINT["nose"], HIDDEN),
    ]
    with PartFile(tracks) as file:
        writer = EditedCsvWriter(file, COCO_17, edits)
        for number, found in enumerate(frames):
            writer.write(number, number / 25, found)
    assert main(["label", str(tracks), "--corrected"]) == 0
    content = json.loads((tracks.parent / "clip.labels" / "people.json").read_text())
    keypoints = {item["image_id"]: item["keypoints"] for item in content["annotations"]}
    assert list(keypoints) == [12, 20]
    wrist, nose = 3 * JOINT["left_wrist"], 3 * JOINT["nose"]
    assert keypoints[12][wrist : wrist + 3] == [55.0, 66.5, 2]
    assert keypoints[12][nose + 2] == 2
    assert keypoints[20][nose + 2] == 1
    images = read_dataset(tracks.parent / "clip.labels" / "people.json", 17)
    assert images[1].people.visible[0, JOINT["nose"]]


def test_labels_for_other_tools_say_the_same(
    tracks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    formats = ("yolo", "cvat", "label-studio")
    options = [text for name in formats for text in ("--format", name)]
    theirs = tracks.parent / "clip.labels" / "data.yaml"
    theirs.parent.mkdir()
    theirs.write_text("somebody's own")
    assert main(["label", str(tracks), "--frames", "3,10", *options]) == 2
    assert "data.yaml" in capsys.readouterr().err
    assert theirs.read_text() == "somebody's own"
    theirs.unlink()
    assert main(["label", str(tracks), "--frames", "3,10", *options]) == 0
    folder = tracks.parent / "clip.labels"
    content = json.loads((folder / "people.json").read_text())
    expected = {
        item["image_id"]: np.array(item["keypoints"]).reshape(17, 3)
        for item in content["annotations"]
    }
    size = np.array([content["images"][0]["width"], content["images"][0]["height"]])
    facts = yaml.safe_load((folder / "data.yaml").read_text())
    assert (facts["kpt_shape"], facts["names"]) == ([17, 3], {0: "person"})
    assert (folder / "000010.txt").read_text() == ""  # there they are outside the picture
    numbers = np.array([float(word) for word in (folder / "000003.txt").read_text().split()])
    found, points = numbers[5:].reshape(17, 3), expected[3]
    assert found[:, 2].tolist() == points[:, 2].tolist()
    assert found[:, 2].tolist().count(2) == 16
    np.testing.assert_allclose(found[:, :2] * size, points[:, :2], atol=0.01)
    x, y, width, height = content["annotations"][0]["bbox"]
    box = np.clip([[x, y], [x + width, y + height]], 0, size)  # it is larger than the picture
    middle = [*box.mean(axis=0), *(box[1] - box[0])]
    np.testing.assert_allclose(numbers[1:5] * [*size, *size], middle, atol=0.01)
    root = ElementTree.parse(folder / "cvat.xml").getroot()
    for image, points in zip(root.iter("image"), expected.values(), strict=True):
        nodes = list(image.iter("points"))
        assert [node.get("label") for node in nodes] == list(COCO_17.names)
        places = [[float(word) for word in str(node.get("points")).split(",")] for node in nodes]
        np.testing.assert_allclose(places, points[:, :2], atol=0.01)
        assert [node.get("outside") == "1" for node in nodes] == (points[:, 2] == 0).tolist()
    labels = sleap_io.load_labelstudio(
        str(folder / "label_studio.json"), skeleton=list(COCO_17.names)
    )
    assert [frame.frame_idx for frame in labels] == list(expected)
    for frame, points in zip(labels, expected.values(), strict=True):
        seen = points[:, 2] > 0
        found = frame.instances[0].numpy()
        np.testing.assert_allclose(found[seen], points[seen, :2], atol=0.01)
        assert np.isnan(found[~seen]).all()


def test_another_video_under_the_recordings_name_is_refused(
    tracks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = tracks.with_suffix(".mp4")
    record = {"source": {"source": str(clip), "sha256": "0" * 64}}
    tracks.with_suffix(".meta.json").write_text(json.dumps(record))
    assert main(["label", str(tracks), "--count", "4"]) == 2
    assert "another content" in capsys.readouterr().err
    assert not tracks.with_suffix(".labels").exists()


def test_the_annotated_clip_is_not_taken_for_the_recording(
    tracks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tracks.parent / "moved" / "clip.mp4"
    record = {"source": {"source": str(gone)}, "results": ["clip.csv", "clip.mp4"]}
    tracks.with_suffix(".meta.json").write_text(json.dumps(record))
    assert main(["label", str(tracks), "--count", "4"]) == 2
    assert str(gone) in capsys.readouterr().err

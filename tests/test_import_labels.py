"""Labels of other tools are read back, as data sets and as corrections of a clip."""

import json
from pathlib import Path

import numpy as np
import pytest
import sleap_io
from file_window import PATIENCE_MS, new_window, opened
from labelled_clip import (
    ABSENT_JOINT,
    COUNT,
    FRAMES,
    HIDDEN_JOINT,
    NAMES,
    SIZE,
    labelled,
    people,
    same,
)
from pytestqt.qtbot import QtBot

from app.__main__ import main
from core.errors import DatasetError
from core.tracks.by_frame import tracks_of
from core.tracks.csv_long import write_track_csv
from core.tracks.edits.file import load_edits
from core.tracks.edits.frame import edited_frame
from core.tracks.formats.imported import imported_labels


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return labelled(tmp_path)


@pytest.mark.parametrize(
    ("name", "hidden", "within"),
    [
        ("cvat.xml", True, 0.006),
        ("data.yaml", True, 0.001),
        ("label_studio.json", False, 0.001),
        ("CollectedData_yolopose.csv", False, 0.006),
        ("CollectedData_yolopose.h5", False, 0.001),
        ("labels.slp", False, 0.001),
    ],
)
def test_what_is_written_is_read_back(labels: Path, name: str, hidden: bool, within: float) -> None:
    expected = imported_labels(labels / "people.json", COUNT, SIZE).truths
    assert set(imported_labels(labels / "people.json", COUNT).whys.values()) == {"chosen"}
    assert expected[2].flags[0, HIDDEN_JOINT : ABSENT_JOINT + 1].tolist() == [1, 0]
    found = imported_labels(labels / name, COUNT, SIZE).truths
    assert found.keys() == expected.keys() == set(FRAMES)
    for frame, truth in found.items():
        same(truth, expected[frame], hidden, within)
        if name in ("data.yaml", "label_studio.json"):  # the others have no boxes
            np.testing.assert_allclose(
                np.sort(truth.boxes, axis=0),
                np.sort(np.clip(expected[frame].boxes, 0, (*SIZE, *SIZE)), axis=0)
                if name == "data.yaml"
                else np.sort(expected[frame].boxes, axis=0),
                atol=0.02,
            )


def test_sleap_reads_and_writes_the_same(labels: Path, tmp_path: Path) -> None:
    expected = imported_labels(labels / "people.json", COUNT, SIZE).truths
    skeleton = sleap_io.Skeleton(list(NAMES))
    video = sleap_io.Video(filename="clip.mp4", open_backend=False)
    video.backend_metadata["shape"] = (COUNT, SIZE[1], SIZE[0], 3)
    frames = [
        sleap_io.LabeledFrame(
            video=video,
            frame_idx=frame,
            instances=[
                sleap_io.Instance.from_numpy(
                    np.where(truth.flags[row, :, None] > 0, truth.keypoints[row], np.nan), skeleton
                )
                for row in range(len(truth))
            ],
        )
        for frame, truth in expected.items()
    ]
    path = tmp_path / "labels.slp"
    sleap_io.save_slp(sleap_io.Labels(frames), str(path))
    found = imported_labels(path, COUNT, SIZE).truths
    assert found.keys() == expected.keys()
    for frame, truth in found.items():
        same(truth, expected[frame], False, 0.001)


def corrected_elsewhere(labels: Path) -> tuple[float, float]:
    """What an editor did: a wrist moved, one person gone, another one added."""
    path = labels / "people.json"
    content = json.loads(path.read_text())
    first, second, *_ = content["annotations"]
    first["keypoints"][27:30] = [11.0, 12.0, 2]
    content["annotations"].remove(second)
    content["annotations"].append(
        dict(first) | {"id": 99, "bbox": [70, 2, 20, 30], "keypoints": [75.0, 9.0, 2] * 17}
    )
    path.write_text(json.dumps(content))
    return 11.0, 12.0


def test_labels_become_corrections(
    labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = corrected_elsewhere(labels)
    write_track_csv(tmp_path / "clip.csv", people())
    command = ["import-labels", str(labels / "people.json"), "--tracks", str(tmp_path / "clip.csv")]
    assert main(command) == 0
    assert "of 2 frames" in capsys.readouterr().out
    edits = load_edits(tmp_path / "clip.edits.json", required=True)
    frames = tracks_of(people(), COUNT)
    after = edited_frame(edits, 2, frames[2])
    assert after.tracks.ids.tolist() == [7, 9]
    assert after.tracks.poses.keypoints[0, 9].tolist() == list(moved)
    assert after.cells(NAMES) == ["all", "all"]
    other = edited_frame(edits, 3, frames[3])
    assert other.tracks.ids.tolist() == [7, 8]
    assert not other.corrected.any()
    assert main(command) == 0  # the same again
    (tmp_path / "clip.edits.json").write_text("somebody's own")
    labels.joinpath("other.json").write_bytes(labels.joinpath("people.json").read_bytes())
    command[1] = str(labels / "other.json")
    assert main(command) == 2
    assert (tmp_path / "clip.edits.json").read_text() == "somebody's own"


def test_the_window_takes_labels_in(qtbot: QtBot, labels: Path, tmp_path: Path) -> None:
    moved = corrected_elsewhere(labels)
    window = new_window(qtbot, tmp_path)
    session = opened(qtbot, window, tmp_path / "clip.mp4")
    improving = window.improve.improving
    improving.read_labels(labels / "people.json")
    qtbot.waitUntil(lambda: len(improving.teaching) == 2, timeout=PATIENCE_MS)
    tracks = session.knowledge.tracks_at(2)
    assert len(tracks) == 2
    assert list(moved) in tracks.poses.keypoints[:, 9].tolist()
    window.showing.report_now()
    assert len(improving.teaching) == 2
    improving.read_labels(tmp_path / "clip.csv")
    messages = window.parts.viewer.messages
    qtbot.waitUntil(lambda: "CollectedData" in messages.text, timeout=PATIENCE_MS)
    window.close()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.xml", "<annotations><image", "is not XML"),
        ("a.xml", "<annotations><image name='1.jpg'/></annotations>", "no 'width'"),
        ("a.yaml", "kpt_shape: [5, 3]\ntrain: .", "has 5 keypoints of 3 numbers"),
        ("a.yaml", "train: .", "no 'kpt_shape'"),
        ("a.csv", "frame,track_id\n0,1\n", "is no CollectedData of DeepLabCut"),
        ("a.csv", "scorer,me\nbodyparts,nose\ncoords,x\n1.jpg,a\n", "cannot be understood"),
        ("a.json", "[{}]", "no 'data'"),
        ("a.json", "[1]", "cannot be understood"),
        ("a.json", "{", "is not JSON"),
        ("a.slp", "no HDF5", "cannot be"),
        ("a.h5", "no HDF5", "cannot be"),
        ("b.json", "", "cannot be read"),
    ],
)
def test_what_is_no_labels(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    path = tmp_path / name
    if text:
        path.write_text(text)
    with pytest.raises(DatasetError, match=sentence):
        imported_labels(path, COUNT)


def test_labels_of_another_clip(labels: Path) -> None:
    with pytest.raises(DatasetError, match="would be frame 5; the clip has 4"):
        imported_labels(labels / "people.json", 4)
    with pytest.raises(DatasetError, match="has 96x64 px, the clip 640x480"):
        imported_labels(labels / "people.json", COUNT, (640, 480))

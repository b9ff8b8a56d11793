"""Labels of other tools are read back, as data sets and as corrections of a clip."""

import json
from pathlib import Path

import numpy as np
import pandas
import pytest
import sleap_io
import tables
from burnt import burnt_clip
from file_window import PATIENCE_MS, new_window, opened
from harmful import Harmful
from pytestqt.qtbot import QtBot
from walker import table, walker

from app.__main__ import main
from core.errors import DatasetError
from core.part_file import PartFile
from core.skeleton import COCO_17
from core.tracks.by_frame import tracks_of
from core.tracks.csv_long import write_track_csv
from core.tracks.edits.csv_rows import EditedCsvWriter
from core.tracks.edits.file import load_edits
from core.tracks.edits.frame import edited_frame
from core.tracks.edits.log import ABSENT, HIDDEN
from core.tracks.edits.make import scored
from core.tracks.formats.imported import imported_labels
from core.tracks.formats.label_files import LABEL_FORMATS
from core.tracks.improve.truth import FrameTruth
from core.tracks.table import TrackTable

COUNT = 12
SIZE = (96, 64)
FRAMES = (2, 5)
NAMES = COCO_17.names
HIDDEN_JOINT, ABSENT_JOINT = 9, 10


def people() -> TrackTable:
    """Two people who fit into the picture."""
    times_s = np.arange(COUNT) / 25.0
    one, _ = walker(times_s, origin=(20.0, 40.0), height_px=40.0, speed_px_s=20.0)
    return table({7: one, 8: one + np.array([45.0, 0.0])}, times_s)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """The folder that `label` makes of two frames, in all of its forms."""
    burnt_clip(tmp_path / "clip.mp4", COUNT, ticks=[24 * i for i in range(COUNT)])
    frames = tracks_of(people(), COUNT)
    edits = [
        edit
        for frame in FRAMES
        for edit in (
            scored(frames[frame], 7, frame, HIDDEN_JOINT, HIDDEN),
            scored(frames[frame], 7, frame, ABSENT_JOINT, ABSENT),
        )
    ]
    with PartFile(tmp_path / "clip.csv") as file:
        writer = EditedCsvWriter(file, edits)
        for number, found in enumerate(frames):
            writer.write(number, number / 25, found)
    forms = [word for form in LABEL_FORMATS for word in ("--format", form)]
    clip = ["--clip", str(tmp_path / "clip.mp4")]
    assert main(["label", str(tmp_path / "clip.csv"), "--corrected", *clip, *forms]) == 0
    return tmp_path / "clip.labels"


def same(found: FrameTruth, expected: FrameTruth, hidden: bool, within: float) -> None:
    """In whichever order the people stand."""
    order = np.argsort(found.keypoints[:, 0, 0])
    other = np.argsort(expected.keypoints[:, 0, 0])
    flags = expected.flags[other] if hidden else 2 * (expected.flags[other] > 0)
    np.testing.assert_array_equal(found.flags[order], flags)
    there = flags > 0
    np.testing.assert_allclose(
        found.keypoints[order][there], expected.keypoints[other][there], atol=within
    )


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


@pytest.mark.parametrize("several", [True, False])
def test_deeplabcut_as_pandas_and_sleap_io_know_it(labels: Path, several: bool) -> None:
    expected = imported_labels(labels / "people.json", COUNT, SIZE).truths
    parts = ("left_shoulder", "right_shoulder", "nose")
    owners = ("one", "two") if several else ("one",)
    levels = [(o, part, c) for o in owners for part in parts for c in ("x", "y")]
    columns = [("me", *level) if several else ("me", *level[1:]) for level in levels]
    names = ["scorer", *(["individuals"] if several else []), "bodyparts", "coords"]
    rows = [
        [
            expected[f].keypoints[owners.index(o), NAMES.index(p), "xy".index(c)]
            for o, p, c in levels
        ]
        for f in FRAMES
    ]
    index = pandas.MultiIndex.from_tuples(
        [("labeled-data", "clip", f"{f:06d}.jpg") for f in FRAMES]
    )
    frame = pandas.DataFrame(
        rows, index=index, columns=pandas.MultiIndex.from_tuples(columns, names=names)
    )
    path = labels / "CollectedData_me.csv"
    frame.to_csv(path)
    frame.to_hdf(path.with_suffix(".h5"), key="keypoints")
    theirs = sleap_io.load_dlc(str(path))
    found = imported_labels(path, COUNT, SIZE).truths
    for number, truth in imported_labels(path.with_suffix(".h5"), COUNT, SIZE).truths.items():
        same(truth, found[number], True, 0.0001)
    assert sorted(found) == list(FRAMES)
    for (number, truth), other in zip(sorted(found.items()), theirs, strict=True):
        assert len(truth) == len(owners) == len(other.instances)
        for row, instance in enumerate(other.instances):
            for part, place in zip(instance.skeleton.node_names, instance.numpy(), strict=True):
                joint = NAMES.index(part)
                assert truth.flags[row, joint] == 2
                np.testing.assert_allclose(truth.keypoints[row, joint], place, atol=0.01)
        assert truth.flags[0, NAMES.index("left_knee")] == -1  # of which nothing is said
        assert number in FRAMES


def test_pandas_reads_the_h5_that_deeplabcut_is_given(labels: Path) -> None:
    expected = imported_labels(labels / "people.json", COUNT, SIZE).truths
    table = pandas.read_hdf(labels / "CollectedData_yolopose.h5", "df_with_missing")
    assert table.columns.names == ["scorer", "individuals", "bodyparts", "coords"]
    assert [name for *_, name in table.index] == [f"{frame:06d}.jpg" for frame in FRAMES]
    for row, truth in enumerate(expected.values()):
        found = table.iloc[row].to_numpy().reshape(2, len(NAMES), 2)
        there = truth.flags > 0
        np.testing.assert_allclose(found[there], truth.keypoints[there], atol=0.001)
        assert np.isnan(found[~there]).all()
        assert table.iloc[row]["yolopose", "person2", "nose", "x"] == found[1, 0, 0]


def test_what_lies_pickled_in_an_h5_is_left_alone(labels: Path) -> None:
    path, touched = labels / "CollectedData_yolopose.h5", labels / "touched"
    expected = imported_labels(path, COUNT, SIZE).truths
    with tables.open_file(str(path), "a") as file:
        for node in file.walk_nodes("/"):
            node._v_attrs.extra = Harmful(touched)
    for frame, truth in imported_labels(path, COUNT, SIZE).truths.items():
        same(truth, expected[frame], True, 0.0)
    with tables.open_file(str(path), "a") as file:
        file.remove_node("/df_with_missing/axis1_level2")
        names = file.create_vlarray("/df_with_missing", "axis1_level2", tables.ObjectAtom())
        names.append(Harmful(touched))
    touched.unlink()  # the library that wrote it did it, when it opened the file again
    with pytest.raises(DatasetError, match="axis1_level2 is no array of texts"):
        imported_labels(path, COUNT)
    assert not touched.exists()
    pandas.DataFrame({"a": [1.0]}).to_hdf(path, key="labels", mode="w", format="table")
    with pytest.raises(DatasetError, match="holds no table that pandas wrote in the form `fixed`"):
        imported_labels(path, COUNT)


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
    assert after.cells() == ["all", "all"]
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
    window.report_now()
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


def test_sleap_io_reads_what_deeplabcut_is_given(labels: Path) -> None:
    expected = imported_labels(labels / "people.json", COUNT, SIZE).truths
    theirs = sleap_io.load_dlc(str(labels / "CollectedData_yolopose.csv"))
    assert len(theirs) == len(expected)
    for frame, truth in zip(theirs, expected.values(), strict=True):
        for row, instance in enumerate(frame.instances):
            names = instance.skeleton.node_names
            found = instance.numpy()[[names.index(name) for name in NAMES]]
            there = truth.flags[row] > 0
            np.testing.assert_allclose(found[there], truth.keypoints[row][there], atol=0.006)
            assert np.isnan(found[~there]).all()

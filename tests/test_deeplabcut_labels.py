"""Labels of DeepLabCut: as pandas and sleap-io know them, and without running what is pickled."""

from pathlib import Path

import numpy as np
import pandas
import pytest
import sleap_io
import tables
from harmful import Harmful
from labelled_clip import COUNT, FRAMES, NAMES, SIZE, labelled, same

from core.errors import DatasetError
from core.tracks.formats.imported import imported_labels


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return labelled(tmp_path)


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

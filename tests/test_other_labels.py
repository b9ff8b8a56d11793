"""Labels as other tools truly write them: their names of pictures, things and folders."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import sleap_io
from labelled_clip import people

from app.__main__ import main
from core.errors import DatasetError
from core.skeleton import COCO_17
from core.tracks.csv_long import write_track_csv
from core.tracks.formats.imported import imported_labels
from core.train.dataset import read_dataset

SIZE = (96, 64)
POINTS = [value for k in range(17) for value in (20.0 + k, 10.0 + 2 * k, 2)]


def coco(*names: str) -> dict[str, Any]:
    """A data set of pictures of these names with one person each."""
    return {
        "images": [
            {"id": 70 + n, "file_name": name, "width": SIZE[0], "height": SIZE[1]}
            for n, name in enumerate(names)
        ],
        "annotations": [
            {"image_id": 70 + n, "category_id": 1, "bbox": [18, 8, 24, 40], "keypoints": POINTS}
            for n in range(len(names))
        ],
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO_17.names)}],
    }


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def studio(kind: str, owner: str, value: dict[str, Any]) -> dict[str, Any]:
    """A result of Label Studio."""
    sides = {"original_width": SIZE[0], "original_height": SIZE[1]}
    mine = {"id": owner} if kind == "rectanglelabels" else {"id": "k", "parentID": owner}
    return {"type": kind, "value": value} | mine | sides


def task(address: str) -> dict[str, Any]:
    """A picture of Label Studio with a person."""
    box = {"x": 10, "y": 10, "width": 30, "height": 60}
    results = [
        studio("rectanglelabels", "a", box | {"rectanglelabels": ["person"]}),
        studio("keypointlabels", "a", {"x": 20, "y": 15, "keypointlabels": ["nose"]}),
    ]
    return {"data": {"image": address}, "annotations": [{"result": results}]}


def test_label_studio_names_local_files_in_a_query(tmp_path: Path) -> None:
    addresses = ("/data/local-files/?d=clip%2F000005.jpg", "https://a.b/000008.jpg?key=1&sign=2")
    path = written(tmp_path / "a.json", [task(address) for address in addresses])
    assert sorted(imported_labels(path, 12).truths) == [5, 8]


def test_roboflow_adds_a_hash(tmp_path: Path) -> None:
    names = ("000005_jpg.rf.0d1e5f77ab3c.jpg", "clip_mp4-0008_JPEG.rf.77aa2cc.jpg")
    path = written(tmp_path / "a.json", coco(*names))
    assert sorted(imported_labels(path, 12).truths) == [5, 8]


def test_two_pictures_of_one_frame(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", coco("a_000005.jpg", "b_000005.jpg"))
    with pytest.raises(DatasetError, match=r"b_000005.jpg is the second picture of frame 5"):
        imported_labels(path, 12)


def test_predictions_of_sleap_that_were_put_right(tmp_path: Path) -> None:
    skeleton = sleap_io.Skeleton(list(COCO_17.names))
    points = np.array(POINTS).reshape(17, 3)[:, :2]
    guess = sleap_io.PredictedInstance.from_numpy(points + 2, skeleton=skeleton, score=0.9)
    other = sleap_io.PredictedInstance.from_numpy(points + 30, skeleton=skeleton, score=0.9)
    own = sleap_io.Instance.from_numpy(points, skeleton)
    own.from_predicted = guess
    video = sleap_io.Video(filename="clip.mp4", open_backend=False)
    video.backend_metadata["shape"] = (12, SIZE[1], SIZE[0], 3)
    frame = sleap_io.LabeledFrame(video=video, frame_idx=5, instances=[guess, own, other])
    path = tmp_path / "labels.slp"
    sleap_io.save_slp(sleap_io.Labels([frame]), str(path))
    people = imported_labels(path, 12, SIZE).truths[5].keypoints
    np.testing.assert_allclose(np.sort(people[:, 0, 0]), [20, 50])


def test_labels_of_another_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_track_csv(tmp_path / "clip.csv", people())
    written(tmp_path / "clip.meta.json", {"source": {"size": [192, 128]}})
    path = written(tmp_path / "a.json", coco("000005.jpg"))
    assert main(["import-labels", str(path), "--tracks", str(tmp_path / "clip.csv")]) == 2
    assert "has 96x64 px, the clip 192x128" in capsys.readouterr().err
    assert not (tmp_path / "clip.edits.json").exists()


def test_a_visibility_above_two_is_seen(tmp_path: Path) -> None:
    content = coco("000005.jpg")
    points = [3 if place % 3 == 2 else value for place, value in enumerate(POINTS)]
    content["annotations"][0]["keypoints"] = points
    path = written(tmp_path / "a.json", content)
    assert (imported_labels(path, 12).truths[5].flags == 2).all()


def test_a_data_set_of_two_clips(tmp_path: Path) -> None:
    joint = {"name": "nose", "x": 20.0, "y": 10.0}
    points = '<points label="{name}" points="{x},{y}"/>'.format(**joint)
    images = "".join(
        f'<image name="clip{clip}_000005.jpg" width="96" height="64">'
        f'<skeleton label="person">{points}</skeleton></image>'
        for clip in "AB"
    )
    path = written(tmp_path / "a.xml", f"<annotations>{images}</annotations>")
    assert [len(image.people) for image in read_dataset(path, 17)] == [1, 1]
    with pytest.raises(DatasetError, match="second picture of frame 5"):
        imported_labels(path, 12)


def test_joints_in_capitals(tmp_path: Path) -> None:
    content = coco("000005.jpg")
    spelt = [name.upper() for name in COCO_17.names]
    content["categories"][0]["keypoints"] = ["LShoulder", *spelt[1:5], "NOSE", *spelt[6:]]
    path = written(tmp_path / "a.json", content)
    (points,) = imported_labels(path, 12).truths[5].keypoints[..., 0].tolist()
    assert points == [25, 21, 22, 23, 24, 20, *range(26, 37)]


def test_a_row_of_a_frame_far_away(tmp_path: Path) -> None:
    table = people()
    table.frames[-1] = 2_000_000_000
    write_track_csv(tmp_path / "clip.csv", table)
    path = written(tmp_path / "a.json", coco("000005.jpg"))
    tracemalloc.start()
    assert main(["import-labels", str(path), "--tracks", str(tmp_path / "clip.csv")]) == 0
    assert tracemalloc.get_traced_memory()[1] < 10**8
    tracemalloc.stop()


def test_a_ball_of_label_studio_is_nobody(tmp_path: Path) -> None:
    content = task("000005.jpg")
    ball = {"x": 1, "y": 1, "width": 4, "height": 6, "rectanglelabels": ["ball"]}
    content["annotations"][0]["result"].append(studio("rectanglelabels", "b", ball))
    assert len(imported_labels(written(tmp_path / "a.json", [content]), 12).truths[5]) == 1


def test_a_racket_of_cvat_is_nobody(tmp_path: Path) -> None:
    things = "".join(
        f'<skeleton label="{label}"><points label="{joint}" points="5,6"/></skeleton>'
        for label, joint in (("dancer", "nose"), ("racket", "tip"))
    )
    image = f'<image name="000005.jpg" width="96" height="64">{things}</image>'
    path = written(tmp_path / "a.xml", f"<annotations>{image}</annotations>")
    assert len(imported_labels(path, 12).truths[5]) == 1


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((SIZE[1], SIZE[0], 3), np.uint8))


def test_a_ball_of_yolo_is_nobody(tmp_path: Path) -> None:
    picture(tmp_path / "000005.jpg")
    line = "0.3 0.3 0.2 0.4" + " 0.3 0.3 2" * 17
    written(tmp_path / "000005.txt", f"0 {line}\n1 {line}\n")
    facts = "train: .\nkpt_shape: [17, 3]\nnames:\n  0: person\n"
    assert len(imported_labels(written(tmp_path / "a.yaml", facts), 12).truths[5]) == 2
    path = written(tmp_path / "b.yaml", facts + "  1: ball\n")
    assert len(imported_labels(path, 12).truths[5]) == 1


def test_what_is_single_in_deeplabcut_is_nobody(tmp_path: Path) -> None:
    picture(tmp_path / "000005.jpg")
    lines = ("individuals,one,one,single,single", "bodyparts,nose,nose,ball,ball")
    rows = ("scorer,a,a,a,a", *lines, "coords,x,y,x,y", "000005.jpg,5,6,7,8")
    path = written(tmp_path / "a.csv", "\n".join(rows))
    assert len(imported_labels(path, 12).truths[5]) == 1


@pytest.mark.parametrize(
    "train", ["images", "[images/train]", "train.txt", "images/train", "images/train/"]
)
def test_folders_of_yolo(tmp_path: Path, train: str) -> None:
    folder = tmp_path / "images" / "set"
    picture(folder / "images" / "train" / "000005.jpg")
    (folder / "images" / "train" / "._000008.jpg").write_bytes(b"of macOS")
    text = folder / "labels" / "train" / "000005.txt"
    text.parent.mkdir(parents=True)
    written(text, "0 0.3 0.3 0.2 0.4" + " 0.3 0.3 2" * 17)
    written(text.with_name("._000008.txt"), "of macOS")
    written(folder / "train.txt", "./images/train/000005.jpg\n")
    path = written(folder / "data.yaml", f"train: {train}\nkpt_shape: [17, 3]\n")
    assert len(imported_labels(path, 12).truths[5]) == 1


def test_a_yolo_set_without_pictures(tmp_path: Path) -> None:
    path = written(tmp_path / "data.yaml", "train: images\nkpt_shape: [17, 3]\n")
    with pytest.raises(DatasetError, match="no pictures with labels in"):
        imported_labels(path, 12)

"""Agreement with the sample clip's truth, worked out by hand, and the demo around it."""

from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from random_weights import write_random_weights

from app.__main__ import main
from app.sample_truth import compare, load_truth
from core.tracks.csv_long import read_track_csv
from core.tracks.table import NOBODY, TrackTable
from core.video.probe import probe

SAMPLE = Path(str(resources.files("app"))) / "sample"


def person(track_id: int, x: float) -> dict:
    keypoints = [[x + 3 * k, 50 + 5 * k, 2] for k in range(17)]
    return {"track_id": track_id, "bbox": [x, 50, 50, 100], "keypoints": keypoints}


def table(rows: list[tuple[int, int, float]]) -> TrackTable:
    """Rows of frame, id and x."""
    shape = np.array([[3 * k, 50 + 5 * k] for k in range(17)], np.float32)
    count = len(rows)
    return TrackTable(
        np.array([frame for frame, _, _ in rows]),
        np.array([frame / 25 for frame, _, _ in rows]),
        np.array([track_id for _, track_id, _ in rows]),
        np.ones(count, np.float32),
        np.zeros((count, 4), np.float32),
        np.array([np.add(shape, (x, 0)) for _, _, x in rows], np.float32),
        np.ones((count, 17), np.float32),
    )


def test_counts() -> None:
    hidden = person(3, 300)
    hidden["keypoints"] = [[0, 0, 0]] * 17
    truth = {
        "frames": [
            {"frame": 0, "people": [person(1, 0), person(2, 200)]},
            {"frame": 1, "people": [person(1, 5), person(2, 205), hidden]},
            {"frame": 2, "people": [person(1, 10)]},
            {"frame": 3, "people": []},
        ]
    }
    found = compare(
        table([(0, 7, 0), (0, 8, 200), (1, 9, 5), (1, 5, 600), (2, 9, 10), (3, NOBODY, 0)]), truth
    )
    assert (found.people, found.found, found.extra) == (5, 4, 1)
    assert (found.persons, found.ids, found.switches) == (2, 3, 1)
    assert found.mean_oks == pytest.approx(1)
    assert "4 of 5 people found (80%), mean OKS 1.00" in str(found)


def test_the_truth_belongs_to_the_clip() -> None:
    truth = load_truth(SAMPLE / "sample_truth.json")
    info = probe(str(SAMPLE / "sample.mp4"))
    assert list(info.size) == truth["size"]
    assert info.frame_count == len(truth["frames"]) == 250
    rows = [
        (frame["frame"], p["track_id"], np.array(p["keypoints"], np.float32))
        for frame in truth["frames"]
        for p in frame["people"]
    ]
    exact = TrackTable(
        np.array([frame for frame, _, _ in rows]),
        np.zeros(len(rows)),
        np.array([track_id for _, track_id, _ in rows]),
        np.ones(len(rows), np.float32),
        np.zeros((len(rows), 4), np.float32),
        np.array([body[:, :2] for _, _, body in rows]),
        np.array([body[:, 2] for _, _, body in rows]),
    )
    found = compare(exact, truth)
    assert (found.found, found.switches, found.persons) == (found.people, 0, 4)
    assert found.mean_oks == pytest.approx(1)


def test_demo(tmp_path, capsys) -> None:
    weights = write_random_weights(tmp_path / "random.safetensors")
    out = tmp_path / "out"
    options = [
        "--model",
        str(weights),
        "--set",
        "estimator.size=64",
        "--set",
        "encode.preset=ultrafast",
    ]
    assert main(["demo", "--output", str(out), *options]) == 0
    csv, video, agreement = capsys.readouterr().out.splitlines()[-3:]
    assert Path(csv) == out / "sample.csv"
    assert probe(video).frame_count == 250
    assert agreement.startswith("against the truth: ")
    assert set(read_track_csv(out / "sample.csv").frames.tolist()) == set(range(250))

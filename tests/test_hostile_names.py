"""Names from outside are shown as they are and obeyed nowhere; nothing leaves its folder."""

import html
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from random_weights import write_random_weights
from stick_people import write_dataset
from tiny_video import corners, write_video
from walker import table, walker

from app.__main__ import main
from app.clips.batch import ClipOutcome
from app.commands.process import _tell
from core.errors import (
    UserError,
    UserNotice,
)
from core.run.pose_file import PoseFile
from core.run.pose_record import PosesOf
from core.skeleton import COCO_17
from core.tracks.csv_long import write_track_csv
from core.tracks.formats.labels import read_labels
from core.tracks.formats.registry import WITHOUT_SCALE
from core.train.archives import labels_on_disk, pack_dataset
from core.train.breakdown import person_errors
from core.train.dataset import read_dataset
from core.train.pictures import draw_worst
from core.types import Frame, PoseBatch, Sight


def test_a_message_is_one_line_that_a_terminal_can_show() -> None:
    for kind in (UserError, UserNotice):
        text = str(kind("a\x1b[2J\nb\x00\u202e" + "9" * 5000 + "end"))
        assert text.startswith("a\\x1b[2J b\\x00\\u202e999")
        assert text.endswith("end")
        assert len(text) < 1100
        assert str(kind("Größe 日本: 5 px")) == "Größe 日本: 5 px"


TRICKS = {
    "folder": "../../outside",
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "formula": "=cmd|' /C calc'!A0",
    "quotes": "a\"b'c&d",
}


@pytest.mark.parametrize("trick", ["html", "formula", "quotes"])
def test_names_of_files_are_shown_and_obeyed_nowhere(tmp_path, trick) -> None:
    name = TRICKS[trick].replace("/", "_")
    times_s = np.arange(30) / 25
    tracks = tmp_path / f"{name}.csv"
    write_track_csv(tracks, table({1: walker(times_s)[0]}, times_s))
    out = tmp_path / "out"
    assert main(["report", str(tracks), "--output", str(out)]) == 0
    page = (out / f"{name}.report.html").read_text()
    assert not re.search(r"<(script|img|iframe|object|embed|link)\b", page)
    assert not re.search(r"<[^>]*\son\w+\s*=", page)
    assert html.escape(name) in page
    formats = [word for known in WITHOUT_SCALE for word in ("--format", known)]
    assert main(["convert", str(tracks), *formats, "--output", str(out)]) == 0
    assert main(["measure", str(tracks), "--output", str(out)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {tracks.name, "out"}
    for path in out.rglob("*.csv"):
        text = path.read_text()
        cells = re.split(r"[,;\n\r]", text)
        assert not [cell for cell in cells if cell.lstrip('"')[:1] in ("=", "@", "|")], path


def test_names_in_labels_lead_to_no_file_outside(tmp_path) -> None:
    """Pictures of a data set are read from where it says, and written by number alone."""
    data = write_dataset(tmp_path / "data", 1, 64)
    content = json.loads(data.read_text())
    outside = tmp_path / "outside.png"
    shutil.copy(data.parent / "0.png", outside)
    content["images"][0]["file_name"] = "../outside.png"
    data.write_text(json.dumps(content))
    (piece,) = pack_dataset(data, 64, tmp_path / "packed", COCO_17)
    with zipfile.ZipFile(piece) as archive:
        assert set(archive.namelist()) == {"people.json", "images/000000.png"}


@pytest.mark.parametrize("box", [(200.0, 200.0, 20.0, 30.0), (-90.0, -90.0, 20.0, 30.0)])
def test_the_worst_case_may_be_labelled_outside_its_picture(tmp_path, box) -> None:
    path = write_dataset(tmp_path / "data", 1, 64)
    content = json.loads(path.read_text())
    content["annotations"][0]["bbox"] = list(box)
    path.write_text(json.dumps(content))
    (image,) = read_dataset(path, 17)
    found = PoseBatch(
        image.people.boxes,
        np.full(1, 0.9, np.float32),
        image.people.keypoints,
        np.full((1, 17), 0.9, np.float32),
    )
    (error,) = person_errors([(image, found)])
    assert draw_worst([error], 1, tmp_path / "worst.png")
    assert cv2.imread(str(tmp_path / "worst.png")) is not None


def test_names_too_long_for_the_system_are_no_fault(tmp_path) -> None:
    path = write_dataset(tmp_path / "data", 1, 64)
    content = json.loads(path.read_text())
    content["images"][0]["file_name"] = "x" * 5000
    path.write_text(json.dumps(content))
    assert len(read_labels(path, COCO_17).images) == 1
    with PoseFile.create(tmp_path / "clip.poses", PosesOf({}, "y" * 5000 + ".mp4")) as kept:
        kept.write(Frame(0, 0.0, 0, np.zeros((48, 64, 3), np.uint8)), PoseBatch.empty(), Sight())
    command = ["replay", str(tmp_path / "clip.poses"), "--output", str(tmp_path / "out")]
    blind = ["--set", "tracker.camera_flow=false", "--set", "tracker.clothes=false"]
    assert main([*command, *blind]) == 0


def test_an_archive_unpacks_into_its_folder_alone(tmp_path) -> None:
    (piece,) = pack_dataset(
        write_dataset(tmp_path / "data", 1, 64), 64, tmp_path / "packed", COCO_17
    )
    with zipfile.ZipFile(piece, "a") as archive:
        archive.writestr("../../escaped.txt", "x")
        archive.writestr(str(tmp_path / "escaped.txt"), "x")
    before = {path for path in tmp_path.rglob("*") if "cache" not in path.parts}
    labels_on_disk(piece, tmp_path / "cache")
    assert {path for path in tmp_path.rglob("*") if "cache" not in path.parts} == before


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_among_results_lead_to_no_file_outside(tmp_path) -> None:
    """A link that lies where a result will be is replaced, or refused, and never followed."""
    weights = write_random_weights(tmp_path / "random.safetensors")
    clip = write_video(tmp_path / "clip.mp4", [corners()] * 3)
    precious = tmp_path / "precious.txt"
    out = tmp_path / "out"
    for name in (
        "clip.csv",
        "clip.csv.part",
        "clip.meta.json.part",
        "clip.mp4.part",
        "clip.poses.part",
    ):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        precious.write_text("mine")
        (out / name).symlink_to(precious)
        command = ["process", str(clip), "--output", str(out), "--model", str(weights), "--video"]
        main([*command, "--set", "estimator.size=64", "--engine", "torch"])
        assert precious.read_text() == "mine", name
        main([*command, "--resume", "--set", "estimator.size=64", "--engine", "torch"])
        assert precious.read_text() == "mine", name
        (out / name).unlink(missing_ok=True)
        precious.unlink()
        (out / name).symlink_to(precious)
        main([*command, "--set", "estimator.size=64", "--engine", "torch"])
        assert not precious.exists(), name


def test_what_came_of_a_clip_is_one_line_too(capsys) -> None:
    _tell(ClipOutcome("a\nb", 0, "skipped", paths=(Path("a\nb.csv"), Path("a\x1b[2J.csv"))))
    _tell(ClipOutcome("a\nb", 0, "done", paths=(Path("a\nb.csv"),), losses=("a\nb",)))
    shown = capsys.readouterr()
    assert "a\nb" not in shown.out + shown.err
    assert "\x1b" not in shown.out
    assert shown.out.splitlines()[:2] == ["a b: is done already", "a b.csv"]

"""Part 2, the commands that begin anew, and what the window writes: killed at random moments."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from board_scene import BOARD, shown, write_clips
from board_scene import CAMERAS as BOARD_CAMERAS
from space_scene import CAMERAS, Filming, filmed
from stick_people import write_dataset

from campaign.forked import Outcome
from campaign.kills import FAST, RATE_HZ, ROOT, end, killed_often, random_weights, small_clip
from campaign.mutants import Tally
from core.errors import SourceError
from core.part_file import part_path
from core.space.calibration_files.own_toml import write_calibration
from core.space.camera import CameraSet
from core.tracks.csv_long import write_track_csv
from core.tracks.edits.file import load_edits, save_edits
from core.tracks.edits.log import Anchor, Edit
from core.tracks.seen_ids import frame_times, live_table
from core.video.capture import read_frames

ANCHOR = Anchor(3, (1.0, 2.0, 30.0, 40.0))


def run_finetune(count: int, folder: Path) -> Tally:
    """`finetune` on eight pictures; killed, it begins anew."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = str(write_dataset(folder / "eight", 8, 64))
    command = ["finetune", labels, "--steps", "4", "--size", "64", "--rate", "0.002"]
    command += ["--forgetting", "1", "--device", "cpu", "--weights", str(random_weights(folder))]
    return killed_often(count, folder / "finetune", command, set(), anew="taught.safetensors")


def run_board(count: int, folder: Path) -> Tally:
    """`calibrate board` of two clips."""
    folder.mkdir(parents=True, exist_ok=True)
    clips = write_clips(folder, shown(count=9), cameras=BOARD_CAMERAS.only(["left", "middle"]))
    command = ["calibrate", "board", *clips, "--board", str(BOARD)]
    same = {"cameras.toml", "cameras.jpg"}
    return killed_often(count, folder / "board", command, same, anew="cameras.toml")


def run_reconstruct(count: int, folder: Path) -> Tally:
    """`reconstruct` of two cameras, with markers."""
    folder.mkdir(parents=True, exist_ok=True)
    tracks = []
    for number, camera in enumerate(CAMERAS.cameras[:2]):
        tracks.append(str(folder / f"{camera.name}.csv"))
        write_track_csv(Path(tracks[-1]), filmed(camera, Filming(), 2.0, number))
    calibration = folder / "cameras.toml"
    write_calibration(calibration, CAMERAS.only(["north", "east"]))
    command = ["reconstruct", *tracks, "--calibration", str(calibration), "--format", "trc"]
    same = {"people.3d.csv", "people.3d.html", "people_person01.trc", "people_person02.trc"}
    return killed_often(count, folder / "reconstruct", command, same, anew="")


def run_cameras(count: int, folder: Path) -> Tally:
    """`process` of two clips with a calibration: the tracks are those of a run nobody killed.

    Weights of nobody's training put joints outside the picture: the skeletons are refused (3).
    """
    folder.mkdir(parents=True, exist_ok=True)
    clips = []
    for camera in ("north", "east"):
        clips.append(str(folder / f"{camera}.mp4"))
        shutil.copy(small_clip(folder), clips[-1])
    cameras = []
    for camera in CAMERAS.only(["north", "east"]).cameras:
        matrix = np.array([[50.0, 0, 32], [0, 50.0, 24], [0, 0, 1]])
        cameras.append(replace(camera, size=(64, 48), matrix=matrix))
    calibration = folder / "small.toml"
    write_calibration(calibration, CameraSet(tuple(cameras)))
    command = ["process", *clips, "--model", str(random_weights(folder)), *FAST]
    command += ["--calibration", str(calibration)]
    same = {"north.csv", "east.csv"}
    return killed_often(count, folder / "cameras", command, same)


def run_edits(count: int, folder: Path) -> Tally:
    """Edits that are saved again and again: what is there is one of the logs, and whole."""
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    for number in range(count):
        path = folder / f"{number}.edits.json"
        child = os.fork()
        if child == 0:
            edits: list[Edit] = []
            while True:
                edits.append(Edit("name", (1,), name=f"{len(edits)}", anchors=(ANCHOR,)))
                save_edits(path, edits)
        time.sleep(random.Random(number).uniform(0, 1))
        os.kill(child, signal.SIGKILL)
        end(child)
        found = load_edits(path)
        in_order = [edit.name for edit in found] == [str(at) for at in range(len(found))]
        outcome = Outcome("good") if in_order else Outcome("found", "edits are lost or mixed")
        tally.add(f"kill {number}", outcome)
    return tally


def run_recording(count: int, folder: Path) -> Tally:
    """A window's recording: what was captured until a second before can be watched."""
    tally = Tally()
    script = Path(__file__).with_name("record_forever.py")
    for number in range(count):
        place = folder / f"record-{number}"
        place.mkdir(parents=True, exist_ok=True)
        with (place / "log").open("wb") as said:
            child = subprocess.Popen(
                [sys.executable, str(script), str(place)], cwd=ROOT, stdout=said, stderr=said
            )
        while child.poll() is None and not list(place.glob("recordings/*.live.csv.part")):
            time.sleep(0.05)
        time.sleep(random.Random(number).uniform(0, 6))
        if child.poll() is not None:
            tally.add(f"kill {number}", Outcome("found", (place / "log").read_text()[-300:]))
            continue
        child.kill()
        child.wait()
        words = _recorded(place / "recordings")
        tally.add(f"kill {number}", Outcome("found", words) if words else Outcome("good"))
    return tally


def _recorded(folder: Path) -> str:
    """What is wrong with a recording that was killed."""
    whole = [path.name for path in folder.iterdir() if path.suffix != ".part"]
    if whole:
        return f"{whole} have their final names though they were killed"
    (camera,) = [path for path in folder.glob("*.mp4.part") if " annotated" not in path.name]
    camera = camera.with_suffix("")
    try:
        pictures = sum(1 for _ in read_frames(str(part_path(camera))))
    except SourceError:
        pictures = 0
    times, rows = (_frames_in(part_path(name(camera))) for name in (frame_times, live_table))
    if times - pictures > 2 * RATE_HZ:  # a second in the encoder, one in the piece it was writing
        return f"{times} pictures were captured, {pictures} can be watched"
    if times - rows > RATE_HZ:
        return f"{times} pictures were captured, {rows} have rows"
    return ""


def _frames_in(table: Path) -> int:
    rows = table.read_bytes().split(b"\n")[1:-1] if table.exists() else []
    return len({row.split(b",", 1)[0] for row in rows})


MORE: dict[str, Callable[[int, Path], Tally]] = {
    "kill finetune": run_finetune,
    "kill board": run_board,
    "kill reconstruct": run_reconstruct,
    "kill cameras": run_cameras,
    "kill edits": run_edits,
    "kill recording": run_recording,
}

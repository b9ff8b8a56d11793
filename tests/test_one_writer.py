"""Two runs, two windows, a window and a command: nothing is lost or mixed, one sentence where."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from burnt import burnt_clip
from file_window import PATIENCE_MS, new_window, opened
from pytestqt.qtbot import QtBot
from tiny_video import corners, write_video

import core.part_file
from app.__main__ import main
from app.clips.batch import ClipJob, RunSettings, make_run, work
from app.results.clip_results import plan_results
from app.results.ownership import Outputs, recorded
from app.settings import AppSettings
from core.errors import DatasetError, OutputError
from core.model.estimator_settings import EstimatorSettings
from core.one_writer import alone_in, open_alone
from core.part_file import PartFile, part_path, whole_file, write_whole
from core.run.pose_file import PoseFile, PosesOf
from core.tracks.edits.file import load_edits
from core.video.encode import VideoWriter

ROOT = Path(__file__).resolve().parents[1]
FAST = ["--engine", "onnxruntime", "--set", "estimator.size=64", "--set", "estimator.threads=1"]
STOPS = pytest.mark.skipif(sys.platform == "win32", reason="stops a process and lets it go on")
BEING_WRITTEN = "is being written by another run"
LONG = 150  # frames: a command is stopped long before it has written the last of them


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_alone, "__defaults__", (None, 0.1))
    monkeypatch.setattr(core.part_file, "SMALL_FILE_S", 0.1)


def test_a_file_has_one_writer(tmp_path: Path, impatient: None) -> None:
    path = tmp_path / "clip.csv"
    with PartFile(path) as first:
        first.write(b"one\n")
        with pytest.raises(OutputError, match=BEING_WRITTEN):
            PartFile(path, patience_s=0.1)
        with pytest.raises(OutputError, match=BEING_WRITTEN), whole_file(path):
            pytest.fail("two writers")
        with pytest.raises(OutputError, match=BEING_WRITTEN):
            VideoWriter(path, (64, 48))
        assert part_path(path).read_bytes() == b"one\n"
        with PartFile(tmp_path / "other.csv") as other:
            other.write(b"other\n")
    assert path.read_bytes() == b"one\n"
    write_whole(path, "two\n")
    assert path.read_text() == "two\n"
    assert {item.name for item in tmp_path.iterdir()} == {"clip.csv", "other.csv"}


def test_kept_poses_have_one_writer_and_any_readers(tmp_path: Path, impatient: None) -> None:
    path, of = tmp_path / "clip.poses.part", PosesOf({"size": 64})
    with PoseFile.create(path, of):
        for begin in (PoseFile.create, PoseFile.resume):
            with pytest.raises(OutputError, match=f"clip.poses: {BEING_WRITTEN}"):
                begin(path, of)
        assert PoseFile.open(path).of == of
    with PoseFile.resume(path, of) as again:
        again.move(tmp_path / "clip.poses")
    assert [item.name for item in tmp_path.iterdir()] == ["clip.poses"]


def test_what_is_written_is_no_program(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.csv", "text")
    assert (tmp_path / "a.csv").stat().st_mode & 0o111 == 0


def test_a_folder_has_one_run(tmp_path: Path) -> None:
    refused = pytest.raises(OutputError, match=BEING_WRITTEN)
    with alone_in(tmp_path), refused, alone_in(tmp_path, patience_s=0.1):
        pytest.fail("two runs")
    with pytest.raises(DatasetError), alone_in(tmp_path):
        raise DatasetError("the run fails")
    assert list(tmp_path.iterdir()) == []
    with alone_in(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="cannot be written"), alone_in(tmp_path / "absent"):
        pytest.fail("nowhere")


def test_who_waits_writes_no_file_that_has_its_final_name(tmp_path: Path) -> None:
    """The file that is waited for is called otherwise by the time that it is free."""
    part = tmp_path / "a.part"
    with open_alone(part) as file:
        file.write(b"whole")
        part.replace(tmp_path / "a")
        with open_alone(part) as other:
            other.write(b"x")
    assert (tmp_path / "a").read_bytes() == b"whole"


def test_many_writers_of_one_small_file(tmp_path: Path) -> None:
    """Each of them waits for the others; whoever reads finds the whole text of one of them."""
    (tmp_path / "kept").mkdir()
    path, enough = tmp_path / "kept" / "choices.json", tmp_path / "enough"
    program = (
        "import sys, time; from pathlib import Path; from core.part_file import write_whole\n"
        "while not Path(sys.argv[2]).exists():\n"
        "    write_whole(Path(sys.argv[1]), sys.argv[3] * 10_000); time.sleep(0.001)\n"
    )
    command = [sys.executable, "-c", program, str(path), str(enough)]
    running = [subprocess.Popen([*command, letter], cwd=ROOT) for letter in "abc"]
    seen = []

    def has_seen_all() -> bool:
        if path.exists():
            text = path.read_text()
            assert len(text) == 10_000
            assert len(set(text)) == 1
            seen.append(text[0])
        return len(seen) > 100 and set(seen) == set("abc")

    try:
        wait(has_seen_all)
    finally:
        enough.touch()
        assert [process.wait(60) for process in running] == [0, 0, 0]
    assert [item.name for item in path.parent.iterdir()] == ["choices.json"]


def test_a_record_keeps_what_two_runs_add(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from app.results.ownership import Outputs, remember\n"
        "for number in range(40):\n"
        "    name = f'{sys.argv[2]}{number}'\n"
        "    remember(Outputs(Path(sys.argv[1]), 'clip', 'clip.csv', (name,)))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    running = [subprocess.Popen([*command, letter], cwd=ROOT) for letter in "ab"]
    assert [process.wait() for process in running] == [0, 0]
    made = (tmp_path / ".clip.made.json").read_text()
    assert all(f'"{letter}{number}"' in made for letter in "ab" for number in range(40))


@STOPS
def test_two_runs_into_one_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The second is refused the clip that the first is at, and does the other one."""
    images = [corners(seed=index) for index in range(LONG)]
    clip, other = (str(write_video(tmp_path / f"{name}.mp4", images)) for name in "ab")
    whole, out = tmp_path / "whole", tmp_path / "out"
    assert main(["process", clip, "--output", str(whole), *FAST]) == 0
    with stopped(["process", clip, "--output", str(out), *FAST], out / "a.csv.part") as first:
        capfd.readouterr()
        assert main(["process", clip, other, "--output", str(out), *FAST]) == 3
        said = [line for line in capfd.readouterr().err.splitlines() if "error: " in line]
        assert len(said) == 1
        assert f"a.poses: {BEING_WRITTEN}" in said[0]
        assert (out / "b.csv").exists()
        assert not (out / "a.csv").exists()
        first.send_signal(signal.SIGCONT)
        assert first.wait(60) == 0
    assert (out / "a.csv").read_bytes() == (whole / "a.csv").read_bytes()
    assert not list(out.glob("*.part"))


@STOPS
def test_another_clip_of_that_name_waits_or_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    images = [corners(seed=index) for index in range(LONG)]
    (tmp_path / "day2").mkdir()
    one = str(write_video(tmp_path / "a.mp4", images))
    two = str(write_video(tmp_path / "day2" / "a.mp4", images[::-1]))
    out = tmp_path / "out"
    with stopped(["process", one, "--output", str(out), *FAST], out / "a.csv.part") as first:
        assert main(["process", two, "--output", str(out), *FAST]) == 2
        assert BEING_WRITTEN in capfd.readouterr().err
        # A run of several clips planned this one before, and comes to it after the first ended.
        how = RunSettings(small_network())
        (plan,) = plan_results([two], out, video=False)
        first.send_signal(signal.SIGCONT)
        assert first.wait(60) == 0
    before = (out / "a.csv").read_bytes()
    outcome = work(ClipJob(how, plan), make_run(how, 1), lambda *_: None)
    assert "is there already and was not made of" in outcome.message
    assert (out / "a.csv").read_bytes() == before
    assert "a.csv" in recorded(Outputs(out, "a", one, ()))
    assert not list(out.glob("*.part"))


@STOPS
def test_a_window_and_a_command_on_one_clip(qtbot: QtBot, tmp_path: Path) -> None:
    """Both analyse it at the same time, and give the same."""
    clip = burnt_clip(tmp_path / "clip.mp4", LONG)
    out = tmp_path / "out"
    with stopped(["process", str(clip), "--output", str(out), *FAST], out / "clip.csv.part") as run:
        window = new_window(qtbot, tmp_path)
        session = opened(qtbot, window, clip)
        assert session.progress is not None
        assert session.progress.done == LONG
        run.send_signal(signal.SIGCONT)
        assert run.wait(60) == 0
        window.close()
    rows = (out / "clip.csv").read_text().splitlines()
    assert len({row.split(",", 1)[0] for row in rows[1:]}) == LONG


@STOPS
def test_two_windows_on_one_clip(qtbot: QtBot, tmp_path: Path) -> None:
    """Poses that one is writing the other leaves alone; corrections are of one of them."""
    clip = burnt_clip(tmp_path / "clip.mp4", 150)
    script = str(Path(__file__).with_name("one_window.py"))
    with subprocess.Popen(
        [sys.executable, script, str(tmp_path), str(clip)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "analysing\n"
        other.send_signal(signal.SIGSTOP)
        window = new_window(qtbot, tmp_path)
        window.showing.open_text(str(clip))
        messages = window.parts.viewer.messages
        qtbot.waitUntil(lambda: BEING_WRITTEN in messages.text, timeout=PATIENCE_MS)
        messages.clear()
        other.send_signal(signal.SIGCONT)
        assert other.stdout.readline() == "analysed\n"
        session = window.showing.file
        assert session is not None
        session.analyse()
        qtbot.waitUntil(
            lambda: session.progress is not None and session.progress.done == 150,
            timeout=PATIENCE_MS,
        )
        assert session.knowledge.rows().frames.tolist() == list(range(150))
        other.stdin.write("name Theirs\n")
        other.stdin.flush()
        assert other.stdout.readline() == "saved\n"
        assert session.results is not None
        edits = session.results / "edits.json"
        qtbot.waitUntil(lambda: names_in(edits) == ["Theirs"], timeout=PATIENCE_MS)
        window.editing.select(int(session.knowledge.rows().ids[0]))
        window.editing.rename("Ours")
        qtbot.waitUntil(
            lambda: "another window has changed it" in messages.text, timeout=PATIENCE_MS
        )
        window.close()
        assert names_in(edits) == ["Theirs"]
        other.stdin.write("close\n")
        other.stdin.close()
        assert other.wait(30) == 0
    again = new_window(qtbot, tmp_path)
    opened(qtbot, again, clip)
    assert list(again.editing.names.values()) == ["Theirs"]
    again.close()


def names_in(edits: Path) -> list[str]:
    return [edit.name for edit in load_edits(edits)]


def small_network() -> AppSettings:
    how = EstimatorSettings(engine="onnxruntime", size=64, threads=1)
    return replace(AppSettings(), estimator=how)


@contextmanager
def stopped(command: list[str], until: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A command that is held still as soon as it has written rows."""
    run = subprocess.Popen([sys.executable, "-m", "app", *command], cwd=ROOT)
    try:
        wait(lambda: run.poll() is not None or (until.exists() and until.stat().st_size > 2000))
        assert run.poll() is None
        run.send_signal(signal.SIGSTOP)
        assert until.exists(), "it ended before it was stopped"
        yield run
    finally:
        if run.poll() is None:
            run.kill()
        run.wait()


def wait(until: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 120
    while not until():
        assert time.monotonic() < end_s
        time.sleep(0.002)

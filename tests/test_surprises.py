"""Whatever happens to one clip is that clip's outcome, and printing never ends a run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from tiny_video import corners, write_video

from app.__main__ import main
from app.clips.batch import ClipJob, RunSettings, exit_code, run_workers, surprise, work
from app.results.clip_results import plan_results
from app.settings import AppSettings

ROOT = Path(__file__).resolve().parents[1]
FAST = ["--set", "estimator.size=64", "--set", "estimator.most=3", "--set", "estimator.threads=1"]


def unknown_codec(path: Path) -> Path:
    """A Matroska file in a codec that nobody has heard of."""
    write_video(path, [corners()] * 3, codec="ffv1", options={})
    data = path.read_bytes()
    assert data.count(b"V_FFV1") == 1
    path.write_bytes(data.replace(b"V_FFV1", b"V_WHAT"))
    return path


class Failing:
    """In place of a run, as a fault of the program's own."""

    resume = video = False

    def process(self, *_: object) -> None:
        raise ZeroDivisionError("rtsp://user:word@host: nobody expected\nthis")


def test_a_fault_of_the_program_is_one_clips_outcome(tmp_path) -> None:
    how = RunSettings(AppSettings())
    (plan,) = plan_results(["rtsp://user:word@host/clip.mp4"], tmp_path / "out")
    outcome = work(ClipJob(how, plan), Failing(), lambda *_: None)  # type: ignore[arg-type]
    assert (outcome.result, outcome.code, exit_code([outcome])) == ("failed", 3, 3)
    assert "ZeroDivisionError: rtsp://***@host: nobody expected this" in outcome.message
    assert "\n" not in outcome.message
    assert str(plan.error_log) in outcome.message
    log = plan.error_log.read_text()
    assert "Traceback (most recent call last)" in log
    assert "word" not in log + outcome.message


def test_a_log_that_cannot_be_written_is_no_second_fault(tmp_path) -> None:
    (tmp_path / "file").touch()
    (plan,) = plan_results(["a.mp4"], tmp_path / "file" / "out")
    job = ClipJob(RunSettings(AppSettings()), plan)
    assert "details could not be written" in surprise(job, ValueError("x")).message


@pytest.mark.parametrize("workers", [1, 2])
def test_a_clip_without_a_decoder_leaves_the_others_alone(
    tmp_path, weights, capfd, workers
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    unknown_codec(clips / "a.mkv")
    write_video(clips / "b.mp4", [corners()] * 3)
    (clips / ("²" * 3)).mkdir()
    for name in ("1²", "²1", "10", "9"):
        write_video(
            clips / ("²" * 3) / f"{name}.png",
            [corners()],
            codec="png",
            pixel_format="rgb24",
            options={"update": "1"},
        )
    out = tmp_path / "out"
    sources = [clips / "a.mkv", clips / "b.mp4", clips / "²²²", "x" * 300 + ".mp4"]
    command = ["process", *map(str, sources), "--output", str(out), "--model", weights, *FAST]
    assert main([*command, "--workers", str(workers)]) == 3
    said = capfd.readouterr()
    assert "4 clips: 2 done, 2 failed" in said.out
    errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 2
    assert "Traceback" not in said.out + said.err
    assert {path.name for path in out.glob("*.csv")} == {"b.csv", "²²².csv"}


def test_a_terminal_that_cannot_or_is_gone(tmp_path, weights) -> None:
    clip = write_video(tmp_path / "clip.mp4", [corners()] * 3)
    names = ("日本", "½ ✓")
    for name in names:
        (tmp_path / f"{name}.mp4").write_bytes(clip.read_bytes())
    out = tmp_path / "out"
    clips = [str(tmp_path / f"{name}.mp4") for name in names]
    command = [sys.executable, "-m", "app", "process", *clips, str(tmp_path / "absent ✓.mp4")]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*command, "--output", str(out), "--model", weights, *FAST],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    said = done.stderr.decode("cp1252")
    assert done.returncode == 3, said
    assert "absent \\u2713.mp4: there is no such file" in said
    assert "Traceback" not in said
    assert "BrokenPipe" not in said
    assert {path.name for path in out.glob("*.csv")} == {f"{name}.csv" for name in names}


def test_workers_fail_alike_where_no_clip_can_be_processed(tmp_path, weights, capfd) -> None:
    for name in "ab":
        write_video(tmp_path / f"{name}.mp4", [corners()])
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"no weights")
    clips = [str(tmp_path / f"{name}.mp4") for name in "ab"]
    command = ["process", *clips, "--output", str(tmp_path / "out"), "--workers", "2"]
    assert main([*command, "--model", str(bad)]) == 2
    assert capfd.readouterr().err.count("error: ") == 1
    assert list(run_workers([], 2)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="sends Ctrl-C to a group of processes")
def test_a_stop_while_workers_import_is_one_word(tmp_path, weights) -> None:
    clips = [
        str(write_video(tmp_path / f"{name}.mp4", [corners(seed=i) for i in range(400)]))
        for name in "ab"
    ]
    command = [sys.executable, "-m", "app", "process", *clips, "--output", str(tmp_path / "out")]
    with subprocess.Popen(
        [*command, "--model", weights, *FAST, "--workers", "2"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A suite that runs in the background of a shell ignores Ctrl-C, and its children too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as program:
        children: list[psutil.Process] = []
        while sum("spawn_main" in " ".join(child.cmdline()) for child in children) < 2:
            assert program.poll() is None
            time.sleep(0.01)
            children = psutil.Process(program.pid).children(recursive=True)
        os.killpg(program.pid, signal.SIGINT)
        _, err = program.communicate(timeout=120)
    assert program.returncode == 130
    assert "Traceback" not in err
    assert err.splitlines()[-1] == "stopped"
    assert psutil.wait_procs(children, timeout=60)[1] == []

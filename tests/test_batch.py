"""Many clips: broken ones, several workers, killed workers, a Ray cluster, and replays."""

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
from app.clips.batch import ClipOutcome, exit_code, summary

ROOT = Path(__file__).resolve().parents[1]
FAST = ["--set", "estimator.size=64", "--set", "estimator.most=3", "--set", "estimator.threads=1"]
BROKEN = ("broken_a", "broken_b", "broken_c")


def make_clips(folder: Path, good: int, frames: int = 4) -> Path:
    folder.mkdir()
    for number in range(good):
        images = [corners(seed=number + index) for index in range(frames)]
        write_video(folder / f"clip{number:02d}.mp4", images)
    for name in BROKEN:
        (folder / f"{name}.mp4").write_text("not a video")
    return folder


def process(*arguments: object) -> int:
    return main(["process", *map(str, arguments), *FAST])


def results_of(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.csv"))}


def check_broken_named(out: Path, code: int, err: str, good: int) -> None:
    assert code == 3
    assert len(results_of(out)) == good
    sentences = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(sentences) == 3
    for name in BROKEN:
        assert sum(f"{name}.mp4" in sentence for sentence in sentences) == 1
    assert not list(out.glob("*.part"))


@pytest.mark.slow
def test_many_clips_with_three_broken_ones(tmp_path, weights, capfd) -> None:
    clips = make_clips(tmp_path / "clips", 7)
    one, two = tmp_path / "one", tmp_path / "two"
    code = process(clips, "--output", one, "--model", weights)
    captured = capfd.readouterr()
    check_broken_named(one, code, captured.err, 7)
    assert captured.out.splitlines()[-1] == "10 clips: 7 done, 3 failed"
    code = process(clips, "--output", two, "--model", weights, "--workers", 2)
    check_broken_named(two, code, capfd.readouterr().err, 7)
    assert results_of(one) == results_of(two)
    assert process(clips, "--output", two, "--model", weights, "--resume") == 3
    assert capfd.readouterr().out.splitlines()[-1] == "10 clips: 7 skipped, 3 failed"


def run_and_kill_a_worker(arguments: list[object], part_folder: Path, marker: str) -> tuple:
    """Run the command; once results appear, kill one process whose command line has the marker."""
    command = [sys.executable, "-m", "app", "process", *map(str, arguments), *FAST]
    with subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        deadline = time.monotonic() + 120
        while not any(path.stat().st_size > 1000 for path in part_folder.glob("*.csv.part")):
            assert program.poll() is None, program.stderr and program.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.002)
        workers = [
            child
            for child in psutil.Process(program.pid).children(recursive=True)
            if marker in " ".join(child.cmdline())
        ]
        os.kill(workers[0].pid, signal.SIGKILL)
        out, err = program.communicate(timeout=240)
        return program.returncode, out, err


@pytest.mark.slow
def test_clips_of_a_killed_worker_are_done_again(tmp_path, weights) -> None:
    clips = make_clips(tmp_path / "clips", 3, frames=60)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert process(clips, "--output", whole, "--model", weights) == 3
    killed.mkdir()
    arguments = [clips, "--output", killed, "--model", weights, "--workers", 2]
    code, out, _ = run_and_kill_a_worker(arguments, killed, "spawn_main")
    assert code == 3
    assert "6 clips: 3 done, 3 failed" in out
    assert results_of(killed) == results_of(whole)


@pytest.mark.slow
def test_two_nodes_of_ray_also_when_a_worker_is_killed(tmp_path, weights) -> None:
    pytest.importorskip("ray")
    clips = make_clips(tmp_path / "clips", 27, frames=4)
    write_video(clips / "clip00.mp4", [corners(seed=index) for index in range(300)])
    whole, out = tmp_path / "whole", tmp_path / "ray"
    assert process(clips, "--output", whole, "--model", weights) == 3
    out.mkdir()
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    command = [sys.executable, script, out, clips, "--output", out, "--model", weights, *FAST]
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert "a worker was killed" in done.stdout, done.stderr
    check_broken_named(out, done.returncode, done.stderr, 27)
    assert results_of(out) == results_of(whole)


CLUSTER = """
import os, signal, subprocess, sys, threading, time
from pathlib import Path
import psutil, ray
from ray.cluster_utils import Cluster
from app.__main__ import main

def kill_one(folder):
    while not list(folder.glob("clip00.csv.part")):
        time.sleep(0.005)
    for process in psutil.process_iter(["cmdline"]):
        if "ray::work_alone" in " ".join(process.info["cmdline"] or []):
            process.send_signal(signal.SIGKILL)
            print("a worker was killed", flush=True)
            return

if __name__ == "__main__":
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    assert len([n for n in cluster.list_all_nodes()]) == 2
    threading.Thread(target=kill_one, args=(Path(sys.argv[1]),), daemon=True).start()
    code = main(["process", *sys.argv[2:], "--ray", cluster.address])
    ray.shutdown()
    cluster.shutdown()
    sys.exit(code)
"""


def test_replays_are_the_same_bytes_and_need_no_network(tmp_path, weights, capsys) -> None:
    clip = write_video(tmp_path / "clip.mp4", [corners(seed=index) for index in range(30)])
    out = tmp_path / "out"
    formats = ("--format", "coco", "--format", "csv-wide")
    assert process(clip, "--output", out, "--model", weights, "--keep-poses", *formats) == 0
    said = capsys.readouterr()
    assert "clip.coco.json" in said.out
    assert "warning: coco does not hold" in said.err
    assert (out / "clip.poses").exists()
    (tmp_path / "clip.mp4").unlink()
    for name in ("a", "b"):
        arguments = [out / "clip.poses", "--output", tmp_path / name, *formats]
        assert main(["replay", *map(str, arguments)]) == 0
    for name in ("clip.csv", "clip.coco.json", "clip.wide.csv"):
        first = (tmp_path / "a" / name).read_bytes()
        assert first == (tmp_path / "b" / name).read_bytes()
        assert first == (out / name).read_bytes()
    other = ["--set", "tracker.new_score=0.99", "--output", str(tmp_path / "c")]
    assert main(["replay", str(out / "clip.poses"), *other]) == 0
    assert (tmp_path / "c/clip.csv").read_bytes() != (out / "clip.csv").read_bytes()
    assert main(["replay", str(out / "clip.csv"), "--output", str(tmp_path / "d")]) == 2
    assert "holds no poses" in capsys.readouterr().err


def test_no_workers_are_refused(tmp_path, capsys) -> None:
    assert process("x.mp4", "--output", tmp_path / "out", "--workers", 0) == 2
    assert "--workers 0: expected at least 1" in capsys.readouterr().err


def test_summary_and_exit_codes() -> None:
    done = ClipOutcome("a", 0, "done", 10, 2, 1.25)
    failed = ClipOutcome("long_name", 2, "failed", message="long_name.mp4: is no video")
    assert summary([failed, done]).splitlines() == [
        "clip       frames  people  seconds  result",
        "a              10       2      1.2  done",
        "long_name                           failed",
        "2 clips: 1 done, 1 failed",
    ]
    assert [exit_code(o) for o in ([done], [done, failed], [failed])] == [0, 3, 2]

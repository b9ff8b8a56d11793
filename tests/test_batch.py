"""Many clips: broken ones, several workers, killed workers, a Ray cluster, and replays."""

from pathlib import Path

import pytest
from random_weights import write_random_weights
from tiny_video import corners, write_video

from app.__main__ import main
from app.batch import Outcome, exit_code, summary

ROOT = Path(__file__).resolve().parents[1]
FAST = ["--set", "estimator.size=64", "--set", "estimator.most=3", "--set", "estimator.threads=1"]
BROKEN = ("broken_a", "broken_b", "broken_c")


@pytest.fixture(scope="session")
def weights(tmp_path_factory) -> str:
    return str(write_random_weights(tmp_path_factory.mktemp("weights") / "random.safetensors"))


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


def check_thirty(out: Path, code: int, err: str) -> None:
    assert code == 3
    assert len(results_of(out)) == 27
    sentences = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(sentences) == 3
    for name in BROKEN:
        assert sum(f"{name}.mp4" in sentence for sentence in sentences) == 1
    assert not list(out.glob("*.part"))


@pytest.mark.slow
def test_thirty_clips_with_three_broken_ones(tmp_path, weights, capfd) -> None:
    clips = make_clips(tmp_path / "clips", 27)
    one, two = tmp_path / "one", tmp_path / "two"
    code = process(clips, "--output", one, "--model", weights)
    captured = capfd.readouterr()
    check_thirty(one, code, captured.err)
    assert captured.out.splitlines()[-1] == "30 clips: 27 done, 3 failed"
    code = process(clips, "--output", two, "--model", weights, "--workers", 2)
    check_thirty(two, code, capfd.readouterr().err)
    assert results_of(one) == results_of(two)
    assert process(clips, "--output", two, "--model", weights, "--resume") == 3
    assert capfd.readouterr().out.splitlines()[-1] == "30 clips: 27 skipped, 3 failed"


def test_replays_are_the_same_bytes_and_need_no_network(tmp_path, weights, capsys) -> None:
    clip = write_video(tmp_path / "clip.mp4", [corners(seed=index) for index in range(30)])
    out = tmp_path / "out"
    formats = ("--format", "coco", "--format", "csv-wide")
    assert process(clip, "--output", out, "--model", weights, "--keep-poses", *formats) == 0
    assert "clip.coco.json" in capsys.readouterr().out
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
    done = Outcome("a", 0, "done", 10, 2, 1.25)
    failed = Outcome("long_name", 2, "failed", message="long_name.mp4: is no video")
    assert summary([failed, done]).splitlines() == [
        "clip       frames  people  seconds  result",
        "a              10       2      1.2  done",
        "long_name                           failed",
        "2 clips: 1 done, 1 failed",
    ]
    assert [exit_code(o) for o in ([done], [done, failed], [failed])] == [0, 3, 2]

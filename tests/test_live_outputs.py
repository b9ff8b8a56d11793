"""Files that live runs send to: whatever is there already stays."""

import json
from pathlib import Path

import pytest
from test_send import result

from app.live.outputs import addresses_of
from core.part_file import part_path
from core.send.outputs import Output


def send(path: Path, frame: int) -> None:
    """A run that sends one frame."""
    (address,) = addresses_of([str(path)])
    output = Output(address)
    output.results.offer(("cam", result(frame)))
    output.close(20)


def test_every_start_has_a_file_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "today.jsonl"
    send(path, 1)
    assert capsys.readouterr().err == ""
    send(path, 2)
    assert capsys.readouterr().err == (
        f"{path}: is there already; sending to {tmp_path / 'today-2.jsonl'}\n"
    )
    send(path, 3)
    frames = {file.name: json.loads(file.read_text())["frame"] for file in tmp_path.iterdir()}
    assert frames == {"today.jsonl": 1, "today-2.jsonl": 2, "today-3.jsonl": 3}


def test_what_a_killed_run_wrote_stays(tmp_path: Path) -> None:
    path = tmp_path / "today.jsonl"
    part_path(path).write_text("killed\n")
    send(path, 2)
    assert part_path(path).read_text() == "killed\n"
    assert (tmp_path / "today-2.jsonl").is_file()


def test_the_same_file_twice_is_two_files(tmp_path: Path) -> None:
    path = tmp_path / "today.jsonl"
    first, second = addresses_of([str(path), str(path)])
    assert (first.path, second.path) == (path, tmp_path / "today-2.jsonl")


def test_a_run_without_a_message_leaves_no_file(tmp_path: Path) -> None:
    (address,) = addresses_of([str(tmp_path / "today.jsonl")])
    Output(address).close(20)
    assert list(tmp_path.iterdir()) == []

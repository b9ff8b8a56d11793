"""A governed live run: the pipeline, its tables and its figures."""

import csv
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from live_source import numbered, one_person
from random_weights import write_random_weights

from app.__main__ import main
from app.bundled import sample_clip
from app.live.engine import AppEngine
from app.settings import AppSettings
from core.errors import ModelError
from core.model.accuracy import ONE_LOOK, accuracy_of, others_of
from core.model.checkpoint import find_weights
from core.model.estimator import PoseEstimator, load_estimator
from core.model.estimator_settings import EstimatorSettings
from core.part_file import PartFile
from core.run.channel import Channel
from core.run.governed import PREDICTED, Governed, taken_for_seen
from core.run.governor import Governor, LiveSettings, Rung, choices, ladder_of
from core.run.live import Pipeline
from core.run.reconnect import Link
from core.run.region import RegionEstimator
from core.run.stages import Estimator, analyse
from core.send.message import Message
from core.send.recording import write_tracks
from core.skeleton import COCO_17
from core.tracks.csv_long import TrackCsvWriter, read_track_csv
from core.tracks.table import NOBODY
from core.types import Frame, FrameResult, PoseBatch
from core.video.capture import read_frames
from trackers.pose_tracker import PoseTracker
from ui.view.hud import hud_lines
from ui.view.statistics import Report

RUNGS = (Rung(512), Rung(320), Rung(320, 2))


def moving(frame: Frame) -> PoseBatch:
    """The person of every frame walks to the right by 10 px a frame."""
    poses = one_person(numbered(0, (640, 480)))
    shift = np.array([10 * frame.index, 0], np.float32)
    return replace(poses, boxes=poses.boxes + np.tile(shift, 2), keypoints=poses.keypoints + shift)


def skipping(every: int, count: int = 40) -> list[FrameResult]:
    governed = Governed(Governor((Rung(320, every),), 100.0), lambda _: moving)
    frames = (numbered(index, (640, 480)) for index in range(count))
    return list(analyse(frames, moving, PoseTracker(), governed.plan))


@pytest.mark.parametrize("every", [2, 3, 4])
def test_frames_in_between_are_predicted_from_the_motion(every: int) -> None:
    results = skipping(every)
    assert [result.looked for result in results] == [n % every == 0 for n in range(40)]
    assert {result.mode for result in results} == {f"320/{every}", PREDICTED}
    for result in results[20:]:
        truth = moving(result.frame)
        tracks = result.tracks
        assert tracks.ids.tolist() == [1]
        assert tracks.observed.tolist() == [result.looked]
        assert abs(tracks.poses.boxes - truth.boxes).max() < 6
        assert abs(tracks.poses.keypoints - truth.keypoints).max() < 6
        assert taken_for_seen(result).observed.all()


def test_predicting_changes_nothing_for_later_looks() -> None:
    tracker, other = PoseTracker(), PoseTracker()
    for index in range(0, 30, 2):
        frame = numbered(index)
        tracks = tracker.update(moving(frame), frame.time_s)
        tracker.expected(frame.time_s + 0.04)
        same = other.update(moving(frame), frame.time_s)
        assert tracks.ids.tolist() == same.ids.tolist()
    assert tracker.expected(2.0).poses.boxes.tolist() == other.expected(2.0).poses.boxes.tolist()
    assert len(PoseTracker().expected(1.0)) == 0


def test_an_engine_that_becomes_slow_is_given_less_to_do() -> None:
    slow = [1.0]

    def at(rung: Rung) -> Estimator:
        def look(frame: Frame) -> PoseBatch:
            time.sleep(slow[0] * 0.015 * (rung.size / 512) ** 2)
            return one_person(frame)

        return look

    governed = Governed(Governor(RUNGS, 40.0), at)

    def frames() -> Iterator[Frame]:
        for index in range(10**6):
            time.sleep(0.03)
            yield numbered(index)

    def note(result: FrameResult) -> FrameResult:
        latency_ms = (time.monotonic_ns() - result.frame.captured_ns) / 1e6
        governed.note(result, latency_ms, time.monotonic())
        return result

    pipeline = Pipeline(frames, at(Rung(512)), PoseTracker(), note, live=True, plan=governed.plan)
    modes: list[str] = []
    for result in pipeline.results:
        modes.append(result.mode)
        if len(modes) == 40:
            slow[0] = 3.0
        stepped = result.looked and result.mode != "512"
        if (len(modes) > 40 and stepped) or len(modes) > 2000:
            break
    pipeline.stop()
    assert pipeline.join(20)
    assert modes[0] == "512"
    assert modes[-1] in ("320", "320/2")


def test_kinds_that_do_not_work_or_are_no_quicker_are_left_out() -> None:
    accuracy = {320: 0.38, 512: 0.4}
    others = {"quick": accuracy, "slow": accuracy, "absent": accuracy}
    offered = choices(512, accuracy, 0.8, others)
    looked: list[str] = []

    def at(rung: Rung) -> Estimator:
        if rung.kind == "absent":
            raise ModelError("absent: is not installed")

        def look(frame: Frame) -> PoseBatch:
            looked.append(str(rung))
            time.sleep({"": 0.03, "quick": 0.01, "slow": 0.06}[rung.kind])
            return one_person(frame)

        return look

    governor = Governor(ladder_of(offered), 100.0)
    governed = Governed(governor, at, offered)
    assert governed.plan(numbered(0)).mode == "512"
    assert {rung.kind for rung in governor.rungs} == {"", "quick"}
    assert [str(rung) for rung in governor.rungs][:3] == ["512", "512 quick", "320 quick"]
    assert {"512 quick", "320 quick", "512 slow"} <= set(looked)  # no engine starts later
    assert governed.holds(offered, 100.0)


def test_tables_say_how_each_frame_was_looked_at(tmp_path: Path) -> None:
    results = skipping(3, 30)
    channel: Channel[FrameResult] = Channel(100)
    for result in results:
        channel.put(result)
    channel.close()
    list(write_tracks(channel, tmp_path / "t.live.csv", Link, modes=True))
    with (tmp_path / "t.live.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["mode"] for row in rows] == [result.mode for result in results]
    assert all(row["nose_x"] for row in rows if row["mode"] == PREDICTED)
    assert list(rows[0])[-2:] == ["gap_before_s", "mode"]
    assert (read_track_csv(tmp_path / "t.live.csv").ids == 1).all()


def test_without_the_column_frames_that_were_not_looked_at_are_left_out(tmp_path: Path) -> None:
    channel: Channel[FrameResult] = Channel(100)
    for result in skipping(2, 20):
        channel.put(result)
    channel.close()
    list(write_tracks(channel, tmp_path / "t.csv", Link))
    table = read_track_csv(tmp_path / "t.csv")
    assert table.frames.tolist() == list(range(0, 20, 2))
    assert (table.ids != NOBODY).all()
    with PartFile(tmp_path / "plain.csv") as file:
        TrackCsvWriter(file, COCO_17).write(table)
    assert "mode" not in (tmp_path / "plain.csv").read_text()


def test_messages_tell_predicted_people() -> None:
    looked, predicted = skipping(2, 12)[-2:]
    first = json.loads(Message.of(looked, "s").as_json())
    second = json.loads(Message.of(predicted, "s").as_json())
    assert (first["mode"], second["mode"]) == ("320/2", PREDICTED)
    assert [person["observed"] for person in first["people"]] == [True]
    assert [person["observed"] for person in second["people"]] == [False]


def test_the_figures_on_the_screen_show_it() -> None:
    governed = Governed(Governor(RUNGS, 40.0), lambda _: one_person)
    lines = hud_lines(Report(mode=governed.mode))
    assert ("Looks at", "512 px", "good") in lines
    strained = hud_lines(Report(mode="320 px, over the budget", over_budget=True))
    assert ("Looks at", "320 px, over the budget", "warning") in strained
    assert all(label != "Looks at" for label, _, _ in hud_lines(Report()))


def test_the_network_at_another_size_is_the_same_otherwise(tmp_path: Path) -> None:
    weights = write_random_weights(tmp_path / "w.safetensors")
    settings = EstimatorSettings(size=192, engine="torch", device="cpu", confidence=0.01)
    frame = next(read_frames(str(sample_clip())))
    network = load_estimator(weights, settings)
    assert isinstance(network, PoseEstimator)
    smaller = network.at(128)
    told = load_estimator(weights, replace(settings, size=128))
    assert smaller.settings == told.settings
    assert np.array_equal(smaller(frame).boxes, told(frame).boxes)


def test_one_look_is_a_cheaper_way_with_the_same_network() -> None:
    how = EstimatorSettings(size=320, device="cpu", engine="onnxruntime", threads=1)
    settings = AppSettings(estimator=how, live=LiveSettings(80.0))
    engine = AppEngine(settings)
    governed = engine.governed(engine.load(settings), settings)
    assert governed is not None
    one_look = {ONE_LOOK: others_of(find_weights(None), pyramid=True)[ONE_LOOK]}
    assert governed.holds(choices(320, accuracy_of(pyramid=True), 0.8, one_look), 80.0)
    frame = next(read_frames(str(sample_clip())))
    for rung, twice in ((Rung(256), True), (Rung(256, kind=ONE_LOOK), False)):
        chosen = governed._at(rung)
        assert isinstance(chosen, RegionEstimator)
        assert isinstance(chosen.estimate, PoseEstimator)
        assert chosen.estimate.settings == replace(how, size=256, pyramid=twice)
        assert len(chosen(frame)) > 0


def test_a_run_with_a_budget_out_of_reach(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = write_random_weights(tmp_path / "w.safetensors")
    arguments = ["live", str(sample_clip()), "--no-window", "--output", str(tmp_path / "out")]
    for setting in (
        f"weights={weights}",
        "estimator.engine=torch",
        "estimator.size=128",
        "live.budget_ms=0.5",
    ):
        arguments += ["--set", setting]
    assert main([*arguments, "--duration-s", "4"]) in (0, 3)
    assert "1 of 4 frames, over the budget" in capsys.readouterr().out
    (table,) = (tmp_path / "out").glob("*.live.csv")
    with table.open(newline="") as file:
        modes = {row["mode"] for row in csv.DictReader(file)}
    assert {"128", "128/4", PREDICTED} <= modes

"""Figures of quality on motion with known faults, and the report made of them."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from walker import JOINT, table, walker

from app.__main__ import main
from app.report.svg_plot import Line, time_plot, timeline
from core.skeleton import COCO_17
from core.tracks.clean.recipe import CleanSettings, clean
from core.tracks.csv_long import read_track_csv, write_track_csv
from core.tracks.measure.quality import (
    ClipQuality,
    clip_quality,
    grade_of,
    jitter_px,
    verdict_of,
)
from core.tracks.motion import motions_of
from core.tracks.table import TrackTable

TIMES_S = np.arange(240) / 30.0


def quality_of(run: TrackTable, **settings: object) -> ClipQuality:
    people = [clean(motion, CleanSettings(**settings)) for motion in motions_of(run)]
    return clip_quality(run, people)


@pytest.mark.parametrize("sigma_px", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("rate_hz", [25.0, 60.0])
def test_jitter_is_the_noise_within_a_tenth(sigma_px: float, rate_hz: float) -> None:
    times_s = np.arange(300) / rate_hz
    points, _ = walker(times_s)
    noisy = points + np.random.default_rng(0).normal(0, sigma_px, points.shape)
    assert jitter_px(noisy, times_s) == pytest.approx(sigma_px, rel=0.1)
    noisy[50, 9] += 300.0  # an outlier does not count as noise
    noisy[100:110] = np.nan
    assert jitter_px(noisy, times_s) == pytest.approx(sigma_px, rel=0.1)
    assert jitter_px(noisy[:5], times_s[:5]) is None


def test_planted_faults_are_counted_exactly() -> None:
    points, _ = walker(TIMES_S, depth_px=30.0)
    noisy = points + np.random.default_rng(1).normal(0, 0.5, points.shape)
    legs = [
        JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle") for side in ("left", "right")
    ]
    for start, stop in ((60, 64), (120, 130)):
        for joint in legs:
            noisy[start:stop, joint] = points[start:stop, COCO_17.flip[joint]]
    scores = np.full((240, 17), 0.9)
    scores[200:224, 0] = 0.0
    here = np.ones(240, bool)
    here[150:165] = False
    (person,) = quality_of(
        table({3: noisy}, TIMES_S, {3: scores}, {3: here}), reject_outliers=False
    ).people
    assert person.swaps_repaired == 2
    assert person.longest_gap_s == pytest.approx(16 / 30)
    assert person.coverage_percent == pytest.approx(100 * (1 - (15 * 17 + 24) / (240 * 17)))
    assert person.sureness_percent == pytest.approx(90)
    assert person.outliers == 0
    assert person.may_continue is None
    assert person.jitter_px == pytest.approx(0.5, rel=0.2)


def test_dropped_frames_from_numbers_and_from_time() -> None:
    points, _ = walker(TIMES_S)
    run = table({1: points}, TIMES_S)
    assert quality_of(run).dropped_frames == 0
    keep = ~np.isin(run.frames, (50, 51, 90))
    assert quality_of(run[keep]).dropped_frames == 3
    late = np.where(np.arange(240) >= 100, TIMES_S + 4 / 30, TIMES_S)  # the camera lost four
    assert quality_of(table({1: points}, late)).dropped_frames == 4
    uneven = np.cumsum(np.random.default_rng(2).choice([1 / 30, 1 / 10], 240))
    assert quality_of(table({1: points}, uneven)).dropped_frames == 0


def test_a_new_number_near_the_old_one_is_a_possible_identity_change() -> None:
    points, _ = walker(TIMES_S, speed_px_s=40.0)
    far, _ = walker(TIMES_S, speed_px_s=40.0, origin=(3000.0, 450.0))
    here = {
        1: np.arange(240) < 100,
        2: np.arange(240) >= 110,
        3: np.arange(240) >= 110,
    }
    quality = quality_of(table({1: points, 2: points, 3: far}, TIMES_S, present=here))
    assert [person.may_continue for person in quality.people] == [None, 1, None]
    assert quality.id_changes == 1


def test_grades_and_verdicts() -> None:
    assert [grade_of("coverage_percent", v) for v in (95, 80, 20)] == ["good", "fair", "poor"]
    assert [grade_of("longest_gap_s", v) for v in (0.0, 0.5, 3.0)] == ["good", "fair", "poor"]
    assert [verdict_of(v) for v in (90, 60, 10)] == ["good", "fair", "poor"]
    points, _ = walker(TIMES_S)
    calm = quality_of(table({1: points}, TIMES_S))
    shaky = points + np.random.default_rng(3).normal(0, 15, points.shape)
    assert calm.verdict == "good"
    assert quality_of(table({1: shaky}, TIMES_S)).score < calm.score - 15
    nobody = quality_of(table({1: points}, TIMES_S, present={1: np.zeros(240, bool)}))
    assert (nobody.score, nobody.empty_frames, nobody.people) == (0.0, 240, ())


def test_people_without_keypoints_score_nothing() -> None:
    points, _ = walker(TIMES_S)
    run = table({0: points}, TIMES_S, {0: np.zeros((240, 17))})
    quality = quality_of(run)
    assert (quality.people[0].coverage_percent, quality.score) == (0.0, 0.0)
    assert quality.empty_frames == 0  # a person may have the number 0


def test_boxes_without_an_extent_change_nothing() -> None:
    points, _ = walker(TIMES_S)
    noisy = points + np.random.default_rng(5).normal(0, 1.0, points.shape)
    run = table({1: noisy}, TIMES_S)
    flat, joints = run.boxes.copy(), np.full_like(run.boxes, np.nan)
    flat[:, 2:] = flat[:, :2]
    (first,), (second,) = (quality_of(replace(run, boxes=boxes)).people for boxes in (flat, joints))
    assert first == second
    assert first.jitter_percent_of_height == pytest.approx(0.2, abs=0.2)


@pytest.mark.parametrize(
    ("score", "verdict"), [(0.9, "good"), (0.7, "fair"), (0.5, "poor")], ids=str
)
def test_calm_keypoints_that_are_doubtful_do_not_pass(score: float, verdict: str) -> None:
    points, _ = walker(TIMES_S)
    run = table({1: points}, TIMES_S, {1: np.full((240, 17), score)})
    assert quality_of(run).verdict == verdict


def write_run(folder: Path) -> Path:
    first, _ = walker(TIMES_S)
    second, _ = walker(TIMES_S, origin=(900.0, 400.0), facing=-1)
    noise = np.random.default_rng(4).normal(0, 1.5, first.shape)
    here = {1: np.ones(240, bool), 2: (np.arange(240) < 90) | (np.arange(240) > 140)}
    run = table({1: first + noise, 2: second + noise}, TIMES_S, present=here)
    write_track_csv(folder / "clip <1>.csv", run)
    return folder / "clip <1>.csv"


class Page(HTMLParser):
    """Balanced tags, and nothing fetched from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [str(value) for key, value in attrs if key in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_report_is_one_page_and_the_same_as_json(tmp_path: Path, capsys) -> None:
    path = write_run(tmp_path)
    assert main(["report", str(path), "--output", str(tmp_path / "out")]) == 0
    assert ": good, " in capsys.readouterr().out
    text = (tmp_path / "out/clip <1>.report.html").read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.links == []
    assert "clip &lt;1&gt;" in text
    assert "nan" not in text.lower().replace("nanum", "")
    assert text.count("<svg") == 1 + 2 * 4
    record = json.loads((tmp_path / "out/clip <1>.report.json").read_text())
    assert record["verdict"] == "good"
    assert f"{record['score']:.0f} of 100" in text
    assert [person["track_id"] for person in record["people"]] == [1, 2]
    assert record["people"][1]["longest_gap_s"] == pytest.approx(52 / 30, abs=1e-3)
    assert record["people"][1]["grades"]["longest_gap_s"] == "poor"
    assert record["cleaning"]["cutoff_hz"] == 6.0


def test_fail_below_is_an_exit_code(tmp_path: Path) -> None:
    path = write_run(tmp_path)
    assert main(["report", str(path), "--fail-below", "50"]) == 0
    assert main(["report", str(path), "--fail-below", "99.9"]) == 4
    assert path.with_suffix(".report.html").exists()


def test_report_of_nobody(tmp_path: Path) -> None:
    points, _ = walker(TIMES_S)
    run = table({1: points}, TIMES_S, present={1: np.zeros(240, bool)})
    write_track_csv(tmp_path / "empty.csv", run)
    assert main(["report", str(tmp_path / "empty.csv"), "--fail-below", "1"]) == 4
    assert "Nobody was found." in (tmp_path / "empty.report.html").read_text()


def test_plots_break_lines_at_gaps() -> None:
    values = np.sin(TIMES_S)
    values[50:60] = np.nan
    plot = time_plot(TIMES_S, [Line("a", "#000", values, values)], "px")
    path = re.search(r'<path d="([^"]+)" stroke="#000" class="line"', plot)
    assert path is not None
    assert path.group(1).count("M") == 2
    assert time_plot(TIMES_S, [Line("a", "#000", np.full(240, np.nan))], "px").endswith("</svg>")
    assert timeline([("1", [(0.0, 1.0), (2.0, 3.0)], "#000")], 0.0, 4.0).count("<rect") == 2


def marked(path: Path, marks: dict[tuple[str, str], str]) -> None:
    """Give a table the column that names what a person corrected, by frame and id."""
    header, *lines = path.read_text().splitlines()
    cells = [line.split(",") for line in lines]
    rows = [",".join([*cell, marks.get((cell[0], cell[2]), "")]) for cell in cells]
    path.write_text("\n".join([f"{header},corrected", *rows]) + "\n")


def test_corrected_keypoints_are_counted_and_make_nobody_sure(tmp_path: Path, capsys) -> None:
    path = write_run(tmp_path)
    table = read_track_csv(path)
    row = np.flatnonzero((table.ids == 1) & (table.frames == 20))[0]
    table.keypoint_scores[:] = np.where(table.keypoint_scores > 0, 0.5, table.keypoint_scores)
    table.keypoint_scores[row] = 1.0
    write_track_csv(path, table)
    out = tmp_path / "out"
    marks = {("20", "1"): "all", ("21", "1"): "left_wrist nose"}
    for corrected in (False, True):
        if corrected:
            marked(path, marks)
        assert main(["report", str(path), "--output", str(out), "--overwrite"]) == 0
        assert main(["measure", str(path), "--output", str(out), "--overwrite"]) == 0
        one, two = json.loads((out / f"{path.stem}.report.json").read_text())["people"]
        assert (one["corrected"], two["corrected"]) == ((19, 0) if corrected else (0, 0))
        assert (one["sureness_percent"] == 50.0) == corrected
        page = (out / f"{path.stem}.report.html").read_text()
        assert ("19 keypoints corrected by hand" in page) == corrected
        measured = json.loads((out / f"{path.stem}.measures.json").read_text())["people"]
        assert [p["corrected_keypoints"] for p in measured] == ([19, 0] if corrected else [0, 0])
        capsys.readouterr()
        formats = ["csv", "csv-wide", "parquet"]
        options = [word for name in formats for word in ("--format", name)]
        to = ["--output", str(tmp_path / f"as-{corrected}")]
        assert main(["convert", str(path), *options, *to]) == 0
        warnings = capsys.readouterr().err.splitlines()
        lost = "does not hold which keypoints a person corrected"
        assert warnings == [f"warning: {name} {lost}" for name in formats if corrected]

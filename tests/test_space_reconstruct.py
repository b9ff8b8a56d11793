"""From the tracks of free-running cameras to skeletons in space, and to files of them."""

import json
from dataclasses import replace
from pathlib import Path

import ezc3d
import numpy as np
import pytest
from space_scene import CAMERAS, Filming, filmed, truth

from app.__main__ import main
from core.errors import TableError
from core.skeleton import COCO_17
from core.space.calibration.from_people import calibrated_from_people
from core.space.calibration_files.own_toml import read_calibration, write_calibration
from core.space.camera import CalibrationError, rotation_of
from core.space.people.reconstruct import ReconstructSettings, reconstruct
from core.space.people.smooth import SmoothSettings, smoothed
from core.space.resample import ClockMap, common_times, sampled
from core.space.skeleton_files.csv_table import read_tracks3d, write_tracks3d
from core.space.sync.by_motion import SyncSettings, synchronise
from core.space.sync.by_rays import refined
from core.space.sync.sync_file import read_sync, write_sync
from core.space.tracks3d import Tracks3D
from core.tracks.csv_long import write_track_csv
from core.tracks.table import TrackTable

FILMINGS = (
    Filming(30.0, ClockMap(0.0)),
    Filming(25.0, ClockMap(0.41), start_s=0.013),
    Filming(29.97, ClockMap(-0.27), start_s=0.007),
    Filming(60.0, ClockMap(0.80), start_s=0.002),
)
CLOCKS = [filming.clock for filming in FILMINGS]


@pytest.fixture(scope="module")
def tables() -> list[TrackTable]:
    return [
        filmed(camera, filming, 5.0, seed)
        for seed, (camera, filming) in enumerate(zip(CAMERAS.cameras, FILMINGS, strict=True))
    ]


@pytest.fixture(scope="module")
def tracks(tables: list[TrackTable]) -> Tracks3D:
    return reconstruct(CAMERAS, tables, CLOCKS)


def with_keypoints(table: TrackTable, keypoints: np.ndarray) -> TrackTable:
    return replace(table, keypoints=keypoints.astype(np.float32))


def lower(table: TrackTable) -> TrackTable:
    """The same people 300 px further down."""
    return with_keypoints(table, table.keypoints + np.array([0, 300]))


def errors_mm(tracks: Tracks3D) -> np.ndarray:
    """(R, K) distance to whichever person of the truth is nearest."""
    places = truth(tracks.times_s)
    off = np.linalg.norm(tracks.points[:, None] - places, axis=3)
    nearest = np.nanmean(off, axis=2).argmin(axis=1)
    return 1000 * off[np.arange(len(tracks)), nearest]


def test_two_people_keep_one_id_each_and_lie_where_they_are(tracks: Tracks3D) -> None:
    assert tracks.people.tolist() == [1, 2]
    assert np.nanmean(errors_mm(tracks)) < 10
    assert (tracks.cameras >= 3).mean() > 0.9
    # the 2D ids of each camera are kept, one for each person
    for camera in range(4):
        for person in (1, 2):
            own = tracks.track_ids[tracks.ids == person, camera]
            assert len(set(own[own >= 0].tolist())) == 1


def test_resampling_at_true_times_is_better_than_the_nearest_frame(
    tables: list[TrackTable], tracks: Tracks3D
) -> None:
    rounded = []
    for table, clock in zip(tables, CLOCKS, strict=True):
        times_s = np.round(clock.common(table.times_s) * 30) / 30
        keep = np.r_[True, np.diff(times_s) >= 0]
        _, first = np.unique(np.stack([times_s, table.ids]), axis=1, return_index=True)
        part = table[np.intersect1d(first, np.flatnonzero(keep))]
        own_s = (np.round(clock.common(part.times_s) * 30) / 30 - clock.offset_s) / clock.rate
        rounded.append(replace(part, times_s=own_s))
    nearest = reconstruct(CAMERAS, rounded, CLOCKS)
    assert np.nanmean(errors_mm(tracks)) < np.nanmean(errors_mm(nearest))


def test_smoothing_fills_short_gaps_only_and_lowers_the_error(tracks: Tracks3D) -> None:
    cut = tracks[~((tracks.frames >= 60) & (tracks.frames < 63) & (tracks.ids == 1))]
    cut = cut[~((cut.frames >= 90) & (cut.frames < 120) & (cut.ids == 2))]
    smooth = smoothed(cut)
    one, two = (smooth.frames[smooth.ids == person] for person in (1, 2))
    assert {60, 61, 62} <= set(one.tolist())
    assert not {100, 110} & set(two.tolist())
    filled = (smooth.ids == 1) & (smooth.frames == 61)
    assert np.isnan(smooth.deviations[filled]).all()
    assert (smooth.cameras[filled] == 0).all()
    assert np.nanmean(errors_mm(smooth)) < 0.9 * np.nanmean(errors_mm(tracks))
    same = smoothed(tracks, SmoothSettings(max_gap_s=0, median=False, cutoff_hz=0))
    np.testing.assert_array_equal(same.points, tracks.points)


def test_a_limb_that_one_camera_exchanges_is_put_right(tables: list[TrackTable]) -> None:
    keypoints = tables[0].keypoints.copy()
    swapped = (tables[0].frames >= 60) & (tables[0].frames < 90)
    legs = [13, 14, 15, 16]
    keypoints[np.ix_(swapped, legs)] = keypoints[np.ix_(swapped, COCO_17.flip[legs])]
    changed = with_keypoints(tables[0], keypoints)
    found = reconstruct(CAMERAS, [changed, *tables[1:]], CLOCKS)
    during = (found.times_s > 2.1) & (found.times_s < 2.9)
    assert np.nanmean(errors_mm(found)[during][:, legs]) < 12
    assert (found.cameras[during][:, legs] == 4).mean() > 0.8


def test_joints_lie_on_the_line_between_two_frames_at_most_two_apart() -> None:
    table = filmed(CAMERAS.cameras[0], Filming(noise_px=0.0), 1.0, 1)
    table = table[~np.isin(table.frames, [10, 11, 12])]
    at = np.array([0.05, 10 / 30, 20 / 30])
    found = sampled(table, ClockMap(), at, 0.1)
    assert np.diff(found.starts).tolist() == [2, 0, 2]
    first = table.of_track(1)
    middle = (first.keypoints[1] + first.keypoints[2]) / 2
    np.testing.assert_allclose(found.keypoints[0], middle, atol=1e-3)


def test_clips_without_a_common_time_are_said(tables: list[TrackTable]) -> None:
    with pytest.raises(TableError, match="no two cameras ran at the same time"):
        common_times(tables[:2], [ClockMap(), ClockMap(100.0)])
    with pytest.raises(TableError, match="nobody was seen by two cameras"):
        reconstruct(CAMERAS.only(["north", "east"]), [tables[0], lower(tables[1])], CLOCKS[:2])


def test_offsets_are_found_without_and_with_a_calibration(tables: list[TrackTable]) -> None:
    names = [camera.name for camera in CAMERAS.cameras]
    found = synchronise(names, tables, SyncSettings(max_offset_s=2))
    wanted = np.array([clock.offset_s for clock in CLOCKS])
    plain = np.array([clock.offset_s for clock in found.clocks])
    assert np.abs(plain - wanted).max() < 0.02
    exact = np.array([c.offset_s for c in refined(CAMERAS.cameras, tables, found.clocks)])
    assert np.abs(exact - wanted).max() < 0.008


def test_offsets_that_rays_contradict_are_refused(tables: list[TrackTable]) -> None:
    wrong = [*CLOCKS[:3], replace(CLOCKS[3], offset_s=CLOCKS[3].offset_s + 0.17)]
    with pytest.raises(TableError, match=r"west cannot be set: .* 0\.970 s, but rays meet at 0\.8"):
        refined(CAMERAS.cameras, tables, wrong)


def test_a_calibration_that_is_off_does_not_move_the_clocks(tables: list[TrackTable]) -> None:
    turn = rotation_of(np.array([0.0, np.deg2rad(0.7), 0.0]))
    east = CAMERAS.cameras[1]
    turned = east.moved(turn @ east.rotation, turn @ east.translation)
    cameras = [CAMERAS.cameras[0], turned]
    found = refined(cameras, tables[:2], CLOCKS[:2])
    assert found[1].offset_s == pytest.approx(CLOCKS[1].offset_s, abs=0.015)


def test_clips_of_other_events_are_refused(tables: list[TrackTable]) -> None:
    noise = np.random.default_rng(5).normal(400, 3, tables[1].keypoints.shape)
    still = with_keypoints(tables[1], noise)
    with pytest.raises(TableError, match=r"b cannot be set against a.*--offset"):
        synchronise(["a", "b"], [tables[0], still], SyncSettings(max_offset_s=2))


def test_an_offset_by_hand_is_not_looked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    command = ["sync", "north.csv", "east.csv", "--output", "hand.toml", "--max-offset-s", "0.1"]
    assert main(command) == 2  # it lies outside
    assert not Path("hand.toml").exists()
    assert main([*command, "--offset", "east=0.41"]) == 0
    north, east = read_sync(Path("hand.toml"), ["north", "east"])
    assert (north.offset_s, east.offset_s, east.method) == (0, 0.41, "by hand")


def test_clocks_and_tables_read_back(tracks: Tracks3D, tmp_path: Path) -> None:
    write_sync(
        tmp_path / "sync.toml", ["a", "b c"], [ClockMap(), ClockMap(-0.25, 1.0001, 0.8, "x")]
    )
    assert read_sync(tmp_path / "sync.toml", ["b c"]) == [ClockMap(-0.25, 1.0001, 0.8, "x")]
    write_tracks3d(tmp_path / "t.3d.csv", tracks)
    back = read_tracks3d(tmp_path / "t.3d.csv")
    np.testing.assert_array_equal(back.ids, tracks.ids)
    np.testing.assert_array_equal(back.track_ids, tracks.track_ids)
    np.testing.assert_array_equal(back.cameras, tracks.cameras)
    np.testing.assert_allclose(back.points, tracks.points, atol=6e-6)


@pytest.fixture(scope="module")
def folder(tables: list[TrackTable], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("take")
    write_calibration(place / "cameras.toml", CAMERAS)
    for camera, table in zip(CAMERAS.cameras, tables, strict=True):
        write_track_csv(place / f"{camera.name}.csv", table)
    return place


def _views(folder: Path) -> list[str]:
    return [str(folder / f"{camera.name}.csv") for camera in CAMERAS.cameras]


def test_the_commands_from_tracks_to_markers(folder: Path, capsys: pytest.CaptureFixture) -> None:
    cameras, clocks = str(folder / "cameras.toml"), str(folder / "sync.toml")
    common = ["--calibration", cameras]
    assert main(["sync", *_views(folder), *common, "--output", clocks, "--max-offset-s", "2"]) == 0
    said = capsys.readouterr().out
    assert "north - east" in said
    assert "peak" in said
    out = folder / "out"
    arguments = [*_views(folder), *common, "--sync", clocks, "--output", str(out)]
    assert main(["reconstruct", *arguments, "--format", "trc", "--format", "c3d"]) == 0
    assert "person 2:" in capsys.readouterr().out
    tracks = read_tracks3d(out / "people.3d.csv")
    assert tracks.camera_names == ("north", "east", "south", "west")
    assert np.nanmean(errors_mm(tracks)) < 10
    record = json.loads((out / "people.3d.meta.json").read_text())
    assert record["quality"]["people"][0]["bones_m"]["left_hip-left_knee"]["length"] == (
        pytest.approx(0.42, abs=0.03)
    )
    page = (out / "people.3d.html").read_text()
    assert '"north"' in page
    assert "http" not in page
    # z up in C3D, in mm; y up in TRC, in m
    marks = ezc3d.c3d(str(out / "people_person01.c3d"))
    nose = marks["data"]["points"][2, marks["parameters"]["POINT"]["LABELS"]["value"].index("nose")]
    assert np.nanmedian(nose) == pytest.approx(1600, abs=20)
    lines = (out / "people_person01.trc").read_text().splitlines()
    at = lines[3].split("\t").index("Nose")
    assert float(lines[20].split("\t")[at + 1]) == pytest.approx(1.6, abs=0.03)


def test_cameras_are_found_from_the_people_they_film(
    folder: Path, capsys: pytest.CaptureFixture
) -> None:
    clocks, cameras = str(folder / "true.toml"), str(folder / "found.toml")
    write_sync(Path(clocks), [camera.name for camera in CAMERAS.cameras], CLOCKS)
    lenses = ["--lenses", str(folder / "cameras.toml"), "--sync", clocks]
    height_m = (0.42 + 0.42) / 0.491  # of the drawn legs
    arguments = [*lenses, "--height-m", f"{height_m}", "--output", cameras]
    assert main(["calibrate", "people", *_views(folder), *arguments]) == 0
    assert "from 2 people" in capsys.readouterr().out
    page = (folder / "found.html").read_text()
    assert '"west"' in page
    found = read_calibration(Path(cameras))
    ours, true = (
        np.stack([camera.centre for camera in chosen.cameras]) for chosen in (found, CAMERAS)
    )
    assert main(["calibrate", "people", *_views(folder), *arguments[:-1], "page.HTML"]) == 2
    assert "is the name of the page" in capsys.readouterr().err
    (folder / "page.html.part").mkdir()
    arguments[-1] = str(folder / "page.toml")
    assert main(["calibrate", "people", *_views(folder), *arguments]) == 2
    assert read_calibration(folder / "page.toml").cameras
    assert "page.toml" in (folder / ".page.toml.made.json").read_text()
    # The world's x and y are anybody's choice: distances are not, and heights are not.
    apart = [np.linalg.norm(places[:, None] - places[None], axis=2) for places in (ours, true)]
    np.testing.assert_allclose(apart[0], apart[1], rtol=0.03, atol=0.02)
    np.testing.assert_allclose(ours[:, 2], true[:, 2], atol=0.15)


def test_people_who_are_not_the_same_calibrate_nothing(tables: list[TrackTable]) -> None:
    noise = np.random.default_rng(2).uniform(0, 700, tables[1].keypoints.shape)
    with pytest.raises(CalibrationError, match="no two cameras show the same people"):
        calibrated_from_people(
            CAMERAS.only(["north", "east"]).cameras,
            [tables[0], with_keypoints(tables[1], noise)],
            CLOCKS[:2],
            1.7,
        )


def test_settings_out_of_range_are_refused() -> None:
    for wrong in ({"rate_hz": -1.0}, {"min_score": 2.0}):
        with pytest.raises(ValueError, match="must be"):
            ReconstructSettings(**wrong)

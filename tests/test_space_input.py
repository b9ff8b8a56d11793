"""Bad input of three dimensions: one clear sentence each, and nothing is lost."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from space_scene import CAMERAS, Filming, filmed, truth

from app.__main__ import main
from app.space.chain import to_space
from core.errors import TableError
from core.space.calibration_files.formats import FORMATS
from core.space.calibration_files.own_toml import write_calibration
from core.space.people.reconstruct import reconstruct
from core.space.resample import ClockMap
from core.space.sync.by_motion import SyncSettings, synchronise
from core.space.sync.sync_file import read_sync
from core.space.tracks3d import Tracks3D
from core.tracks.csv_long import write_track_csv
from core.tracks.table import TrackTable

CLOCKS = [ClockMap(0.0), ClockMap(0.41), ClockMap(-0.27), ClockMap(0.8)]


@pytest.fixture(scope="module")
def tables() -> list[TrackTable]:
    return [
        filmed(camera, Filming(30.0, clock), 4.0, seed)
        for seed, (camera, clock) in enumerate(zip(CAMERAS.cameras, CLOCKS, strict=True))
    ]


@pytest.fixture(scope="module")
def folder(tables: list[TrackTable], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("take")
    write_calibration(place / "cameras.toml", CAMERAS)
    FORMATS["anipose"].write(place / "mm.toml", CAMERAS)
    for camera, table in zip(CAMERAS.cameras, tables, strict=True):
        write_track_csv(place / f"{camera.name}.csv", table)
    return place


def with_keypoints(table: TrackTable, keypoints: np.ndarray) -> TrackTable:
    return replace(table, keypoints=keypoints.astype(np.float32))


def errors_mm(tracks: Tracks3D) -> np.ndarray:
    """(R, K) distance to whichever person of the truth is nearest."""
    off = np.linalg.norm(tracks.points[:, None] - truth(tracks.times_s), axis=3)
    nearest = np.nanmean(off, axis=2).argmin(axis=1)
    return 1000 * off[np.arange(len(tracks)), nearest]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["north.csv"], "one camera shows no depth"),
        (["north.csv", "north.csv"], "two views are called north"),
        (["north.csv", "other=east.csv"], "which camera is which"),
        (["north.csv", "east.csv", "--offset", "up=1"], "the views are north, east"),
        (["north.csv", "east.csv", "--rate-hz", "0"], "rate_hz must be above 0"),
        (["north.csv", "east.csv", "--name", "a/b"], "must be a name"),
        (["north.csv", "east.csv", "--sync", "cameras.toml"], "holds no camera north"),
        (["north.csv", "gone.csv"], "cannot be read"),
        (["north.csv", "east.csv", "--offset", "east=100"], "no two cameras ran at the same time"),
        (["north.csv", "east.csv", "--calibration", "mm.toml"], "is it in millimetres"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str],
    said: str,
    folder: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    common = ["--calibration", "cameras.toml", "--output", "bad"]
    assert main(["reconstruct", *common, *arguments]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert said in lines[0]
    assert not (folder / "bad").exists()


def test_a_clip_of_another_resolution_is_refused(
    folder: Path, tables: list[TrackTable], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    large = with_keypoints(tables[0], 2 * tables[0].keypoints)
    write_track_csv(tmp_path / "north.csv", large)
    views = [str(tmp_path / "north.csv"), str(folder / "east.csv")]
    cameras = ["--calibration", str(folder / "cameras.toml")]
    assert main(["reconstruct", *views, *cameras]) == 2
    assert "filmed in another resolution" in capsys.readouterr().err


@pytest.mark.parametrize("size", [(720, 1280), (1272, 720), (640, 360)])
def test_a_turned_cropped_or_scaled_clip_is_refused_by_its_record(
    size: tuple[int, int],
    folder: Path,
    tables: list[TrackTable],
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    for name, table in zip(("north", "east"), tables, strict=False):
        write_track_csv(tmp_path / f"{name}.csv", table)
    record = {"source": {"source": "north.mp4", "size": list(size)}}
    (tmp_path / "north.meta.json").write_text(json.dumps(record))
    views = [str(tmp_path / "north.csv"), str(tmp_path / "east.csv")]
    assert main(["reconstruct", *views, "--calibration", str(folder / "cameras.toml")]) == 2
    said = capsys.readouterr().err
    assert f"the pictures are {size[0]} x {size[1]} px" in said
    assert "calibrated at 1280 x 720" in said
    assert len(said.strip().splitlines()) == 1
    assert not list(tmp_path.glob("*.3d.*"))


def test_a_camera_that_starts_late_helps_from_then_on(tables: list[TrackTable]) -> None:
    late = tables[3][CLOCKS[3].common(tables[3].times_s) >= 3.0]
    found = reconstruct(CAMERAS, [*tables[:3], late], CLOCKS)
    assert found.people.tolist() == [1, 2]
    assert found.times_s[0] < 0.1
    before = found.times_s < 2.9
    assert (found.track_ids[before, 3] < 0).all()
    assert (found.track_ids[found.times_s > 3.1, 3] >= 0).mean() > 0.9
    assert np.nanmean(errors_mm(found[before])) < 12


def test_two_cameras_that_film_different_people_are_refused(tables: list[TrackTable]) -> None:
    """The same calibration, but another event before one camera."""
    other = with_keypoints(tables[1], tables[1].keypoints[::-1] + np.array([250, 120]))
    with pytest.raises(TableError, match="nobody was seen by two cameras"):
        reconstruct(CAMERAS.only(["north", "east"]), [tables[0], other], CLOCKS[:2])


def test_a_left_handed_file_is_refused(folder: Path, capsys: pytest.CaptureFixture) -> None:
    text = (folder / "cameras.toml").read_text()
    camera = CAMERAS.cameras[0]
    mirrored = camera.rotation @ np.diag([1.0, 1.0, -1.0])
    left = folder / "left-handed.toml"
    line = next(line for line in text.splitlines() if line.startswith("rotation"))
    left.write_text(text.replace(line, f"rotation = {mirrored.tolist()!r}", 1))
    views = [str(folder / f"{camera.name}.csv") for camera in CAMERAS.cameras]
    assert main(["reconstruct", *views, "--calibration", str(left), "--name", "left"]) == 2
    assert "a left-handed world" in capsys.readouterr().err
    assert not list(folder.glob("left.3d.*"))


def test_short_clips_of_unlike_lengths_are_set_or_refused_with_what_helps() -> None:
    clocks = (ClockMap(), ClockMap(0.2), ClockMap(-0.1))
    views = list(zip(CAMERAS.cameras, clocks, strict=False))
    lengths_s = (2.5, 2.5, 6.0)  # whose lags are counted on grids of unlike sizes
    tables = [
        filmed(camera, Filming(30.0, clock), seconds, number)
        for number, ((camera, clock), seconds) in enumerate(zip(views, lengths_s, strict=True))
    ]
    found = synchronise(["a", "b", "c"], tables, SyncSettings(max_offset_s=6))
    offsets_s = [clock.offset_s for clock in found.clocks]
    assert offsets_s == pytest.approx([0, 0.2, -0.1], abs=0.05)
    tables[1] = filmed(CAMERAS.cameras[1], Filming(30.0), 0.8, 1)
    with pytest.raises(TableError, match=r"b: nobody is seen for 1 s.* lasts 0\.77 s.*--offset"):
        synchronise(["a", "b", "c"], tables, SyncSettings(max_offset_s=6))


def test_the_tracks_of_a_folder_of_clips_become_skeletons_without_known_clocks(
    folder: Path, tables: list[TrackTable], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """What `process --calibration` does with the tracks; then with those of another event."""
    tracks = [folder / f"{camera.name}.csv" for camera in CAMERAS.cameras]
    assert to_space(tracks, folder / "cameras.toml", None, tmp_path / "out", ["--overwrite"]) == 0
    found = read_sync(tmp_path / "out" / "sync.toml", [camera.name for camera in CAMERAS.cameras])
    offsets_s = [clock.offset_s for clock in found]
    assert offsets_s == pytest.approx([clock.offset_s for clock in CLOCKS], abs=0.01)
    assert (tmp_path / "out" / "people.3d.csv").exists()
    capsys.readouterr()
    still = np.random.default_rng(5).normal(400, 3, tables[1].keypoints.shape)
    other = tmp_path / "east.csv"
    write_track_csv(other, with_keypoints(tables[1], still))
    views = [tracks[0], other, *tracks[2:]]
    assert to_space(views, folder / "cameras.toml", None, tmp_path / "no", []) == 2
    said = capsys.readouterr().err
    assert "east cannot be set against north and south and west" in said
    assert not list((tmp_path / "no").iterdir())


def test_offsets_of_clips_too_short_to_be_sure_are_warned_about(
    tables: list[TrackTable], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    views = [tmp_path / f"{name}.csv" for name in "abc"]
    for view, table in zip(views, tables, strict=False):
        write_track_csv(view, table[table.times_s < table.times_s[0] + 1.8])
    command = [
        "sync",
        *map(str, views),
        "--max-offset-s",
        "1",
        "--output",
        str(tmp_path / "s.toml"),
    ]
    assert main(command) == 0
    assert "sees nobody for 2 s; the offset of so short a clip may be wrong" in (
        capsys.readouterr().err
    )


def test_a_folder_for_the_result_is_made_before_the_work(folder: Path) -> None:
    new = folder / "new" / "there"
    views = [str(folder / f"{name}.csv") for name in ("north", "east")]
    by_hand = ["--offset", "east=0.4", "--output", str(new / "sync.toml")]
    assert main(["sync", *views, *by_hand]) == 0
    whole = ["calibrate", "import", str(folder / "cameras.toml"), "--format", "pose2sim"]
    assert main([*whole, "--output", str(folder / "other" / "cameras.toml")]) == 0
    assert (new / "sync.toml").exists()
    drawn = ["--board", "chessboard:4x7:60mm", "--output", str(folder / "paper" / "board.pdf")]
    assert main(["calibrate", "draw", *drawn]) == 0

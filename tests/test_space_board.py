"""Cameras from a board: drawn clips with exact truth, other programs' recordings, and paper."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from board_scene import BOARD, CAMERAS, TABLE_M, carried, picture, shown, write_clips
from PyQt6.QtCore import QSize
from PyQt6.QtPdf import QPdfDocument

from app.__main__ import main
from core.errors import SettingsError
from core.space.calibration.board import Board, others, parse_board
from core.space.calibration.board_finder import BoardFinder
from core.space.calibration.board_start import Pose
from core.space.calibration.from_board import calibrated_from_board
from core.space.calibration_files.formats import FORMATS
from core.space.calibration_files.own_toml import read_calibration, write_calibration
from core.space.camera import CalibrationError, Camera, CameraSet, rotation_of, vector_of
from core.space.resample import ClockMap
from core.space.sync.sync_file import write_sync

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "threed"
needs_recordings = pytest.mark.skipif(not SHARED.exists(), reason="needs the recordings")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return write_clips(tmp_path_factory.mktemp("boards"), shown())


def turned_by(one: Camera, other: Camera) -> float:
    """Degrees between two cameras of one world."""
    return float(np.rad2deg(np.linalg.norm(vector_of(one.rotation @ other.rotation.T))))


def test_lenses_and_places_are_found_and_the_floor_is_where_the_board_lay(
    clips: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    output = tmp_path / "cameras.toml"
    assert main(["calibrate", "board", *clips, "--board", str(BOARD), "--floor-s", "3.0",
                 "--output", str(output)]) == 0  # fmt: skip
    said = capsys.readouterr()
    assert "px rms" in said.out
    found = read_calibration(output)
    assert found.up_known
    assert (tmp_path / "cameras.jpg").stat().st_size > 5000
    for ours, true in zip(found.cameras, CAMERAS.cameras, strict=True):
        assert ours.size == true.size
        assert ours.focal_px == pytest.approx(true.focal_px, rel=0.01)
        # The board that lies makes the world.
        assert ours.centre[2] == pytest.approx(true.centre[2] - TABLE_M, abs=0.02)
    apart = [
        [np.linalg.norm(a.centre - b.centre) for a in each.cameras for b in each.cameras]
        for each in (found, CAMERAS)
    ]
    np.testing.assert_allclose(apart[0], apart[1], atol=0.015)


@pytest.mark.parametrize(
    ("called", "fits"),
    [
        ("charuco:4x5:200mm:150mm:4x4", "charuco:5x4"),
        ("charuco:5x4:200mm:150mm:5x5", "charuco:5x4:200mm:150mm:4x4"),
        ("charuco:5x4:200mm:150mm:4x4:inverted", "charuco:5x4:200mm:150mm:4x4 fits"),
    ],
)
def test_a_board_that_is_called_by_a_wrong_name_is_found(
    called: str, fits: str, clips: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    output = ["--output", str(tmp_path / "lens.toml")]
    assert main(["calibrate", "board", clips[0], "--board", called, *output]) == 0
    assert fits in capsys.readouterr().err


def test_the_old_layout_and_an_inverted_print_are_told_apart() -> None:
    camera = CAMERAS.cameras[0]
    turn = camera.rotation.T @ rotation_of(np.array([0.3, -0.2, 0.1]))
    middle = camera.centre + 1.8 * camera.rotation[2]
    pose = Pose(turn, middle - turn @ BOARD.corners.mean(axis=0))
    drawn = replace(BOARD, legacy=True, inverted=True)
    grey = picture(camera, drawn, pose, np.full(camera.size[::-1], 90.0))
    assert BoardFinder(BOARD).find(grey) is None
    fitting = [board for board in others(BOARD) if BoardFinder(board).find(grey) is not None]
    assert fitting == [drawn]
    corners = BoardFinder(drawn).find(grey)
    assert corners is not None
    true = camera.project(drawn.corners @ pose.rotation.T + pose.translation)
    assert np.nanmax(np.linalg.norm(corners - true, axis=1)) < 0.5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["empty.mp4", "--board", "chessboard:4x7:60mm"], "no chessboard:4x7:60mm in empty.mp4"),
        (["left.mp4", "--board", "charuco:4x5:54mm"], "must look like charuco:8x11"),
        (["left.mp4"], "needs --board"),
        (["left.mp4", "left.mp4", "--board", str(BOARD)], "two clips are called left"),
        (["gone.mp4", "--board", str(BOARD)], "there is no such file"),
        (["left.mp4", "empty.mp4", "--board", str(BOARD)], "in none of its 5 pictures"),
        (
            ["left.mp4", "right=late.mp4", "--board", str(BOARD), "--lenses", "lens.toml"],
            "right never sees the board at the same time as left",
        ),
        (["left.mp4", "right.mp4", "--board", str(BOARD), "--lenses", "huge.toml"], "1280 x 720"),
        (
            ["left.mp4", "right.mp4", "--board", str(BOARD), "--lenses", "lens.toml",
             "--floor-s", "99"],
            "the clips run from 0.0 to 3.0 s",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(
    arguments: list[str],
    said: str,
    clips: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    folder = Path(clips[0]).parent
    monkeypatch.chdir(folder)
    _others(folder)
    assert main(["calibrate", "board", *arguments, "--output", "bad.toml"]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if "error:" in line]
    assert len(lines) == 1
    assert said in lines[0]
    assert not Path("bad.toml").exists()


def _others(folder: Path) -> None:
    """A clip without a board, one that shows it only later, and lenses."""
    if (folder / "huge.toml").exists():
        return
    left, _, right = CAMERAS.cameras
    away = replace(shown()[0], translation=np.array([50.0, 0, 0]))
    write_clips(folder, [away] * 5, cameras=CameraSet((replace(left, name="empty"),)))
    late = [away] * 30 + shown()
    write_clips(folder, late, cameras=CameraSet((replace(right, name="late"),)))
    write_calibration(folder / "lens.toml", CameraSet((left, right)))
    large = tuple(replace(camera, size=(1280, 720)) for camera in (left, right))
    write_calibration(folder / "huge.toml", CameraSet(large))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("charuco:5x4:90mm:120mm:4x4", "smaller than its square"),
        ("charuco:5x4:90mm:20mm:9x9", "must be 4x4, 5x5"),
        ("charuco:50x50:90mm:20mm:4x4_1000", "1250 markers are more than 1000"),
        ("chessboard:1x4:90mm", "2 to 60 each"),
        ("chessboard:4x7:90", "a length"),
        ("dots:4x7:90mm", "must look like"),
    ],
)
def test_boards_that_cannot_be_are_said(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        parse_board(text)


@pytest.mark.parametrize(
    "text",
    ["charuco:5x4:40mm:30mm:4x4", "charuco:4x6:35mm:26mm:5x5:legacy:inverted",
     "chessboard:4x7:25mm"],
)  # fmt: skip
def test_a_printed_board_has_its_true_size(text: str, tmp_path: Path, qapp: object) -> None:
    path, board = tmp_path / "board.pdf", parse_board(text)
    assert main(["calibrate", "draw", "--board", text, "--output", str(path)]) == 0
    document = QPdfDocument(None)
    document.load(str(path))
    dots_mm = 4
    size = document.pagePointSize(0) * (25.4 / 72 * dots_mm)
    image = document.render(0, QSize(round(size.width()), round(size.height())))
    image = image.convertToFormat(image.Format.Format_Grayscale8)
    bits = image.constBits()
    assert bits is not None
    grey = np.frombuffer(bits.asarray(image.sizeInBytes()), np.uint8)
    grey = grey.reshape(image.height(), image.bytesPerLine())[:, : image.width()]
    corners = BoardFinder(board).find(grey)
    assert corners is not None
    assert np.isfinite(corners).all()
    first, second = board.neighbours.T
    sides_mm = np.linalg.norm(corners[first] - corners[second], axis=1) / dots_mm
    np.testing.assert_allclose(sides_mm, 1000 * board.square_m, atol=0.3)
    document.close()


def test_cameras_that_run_free_see_a_carried_board_at_common_times(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """One takes 20 pictures a second, the other 12.5, and starts 0.33 s later."""
    two = CAMERAS.only(["left", "middle"])
    clips = []
    for camera, rate_hz, start_s in zip(two.cameras, (20.0, 12.5), (0.0, 0.33), strict=True):
        times_s = start_s + np.arange(int(1.6 * rate_hz)) / rate_hz
        own = CameraSet((camera,))
        clips += write_clips(tmp_path, carried(times_s), cameras=own, rate_hz=rate_hz)
    write_calibration(tmp_path / "lenses.toml", two)
    write_sync(tmp_path / "sync.toml", ["left", "middle"], [ClockMap(), ClockMap(0.33)])
    output = tmp_path / "cameras.toml"
    common = ["--board", str(BOARD), "--lenses", str(tmp_path / "lenses.toml"),
              "--output", str(output)]  # fmt: skip
    off_px = {}
    for clocks in ([], ["--sync", str(tmp_path / "sync.toml")]):
        assert main(["calibrate", "board", *clips, *common, *clocks]) == 0
        line = next(x for x in capsys.readouterr().out.splitlines() if "corners at" in x)
        off_px[bool(clocks)] = float(line.split(": ")[1].split()[0])
    assert off_px[True] < 0.3
    assert off_px[False] > 3 * off_px[True]
    one, other = read_calibration(output).cameras
    apart = np.linalg.norm(one.centre - other.centre)
    true = np.linalg.norm(two.cameras[0].centre - two.cameras[1].centre)
    assert apart == pytest.approx(true, abs=0.01)


@needs_recordings
def test_caliscopes_board_gives_its_cameras(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = SHARED / "caliscope" / "post_optimization"
    lenses, output = tmp_path / "lenses.toml", tmp_path / "cameras.toml"
    peer = str(folder / "camera_array.toml")
    assert (
        main(["calibrate", "import", peer, "--format", "caliscope", "--output", str(lenses)]) == 0
    )
    clips = [str(folder / "calibration" / "extrinsic" / f"cam_{n}.mp4") for n in range(3)]
    named = ["--board", "charuco:4x5:54mm:40.5mm:4x4:inverted", "--lenses", str(lenses)]
    assert main(["calibrate", "board", *clips, *named, "--output", str(output)]) == 0
    said = capsys.readouterr().out
    corners = next(line for line in said.splitlines() if "corners at" in line)
    assert float(corners.split(": ")[1].split()[0]) <= 1.65
    ours = read_calibration(output).cameras
    theirs = FORMATS["caliscope"].read(Path(peer)).cameras[:3]
    # The worlds are anybody's choice: they are laid over each other by the cameras' directions.
    both = zip(ours, theirs, strict=True)
    left, _, right = np.linalg.svd(sum(b.rotation.T @ a.rotation for a, b in both))
    turn = left @ right
    moved = [camera.moved(camera.rotation @ turn.T, camera.translation) for camera in ours]
    places = [np.stack([camera.centre for camera in cameras]) for cameras in (moved, theirs)]
    off = np.linalg.norm(
        (places[0] - places[0].mean(axis=0)) - (places[1] - places[1].mean(axis=0)), axis=1
    )
    angles = [turned_by(a, b) for a, b in zip(moved, theirs, strict=True)]
    print(f"\ncaliscope: {corners}; {max(angles):.2f} degrees, {1000 * off.max():.1f} mm")
    assert max(angles) < 0.5
    assert off.max() < 0.010


@needs_recordings
def test_a_bad_picture_of_a_chessboard_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    boards = str(SHARED / "pose2sim" / "boards" / "int_cam04_img")
    output = tmp_path / "lens.toml"
    command = ["calibrate", "board", boards, "--board", "chessboard:4x7:60mm"]
    assert main([*command, "--output", str(output)]) == 0
    assert "1 left out" in capsys.readouterr().out
    ours = read_calibration(output).cameras[0]
    theirs = read_calibration(SHARED / "pose2sim" / "Calib_qualisys.toml").named("cam_04")
    assert ours.focal_px == pytest.approx(theirs.focal_px, rel=0.01)


def test_a_chessboard_that_looks_the_same_turned_places_no_camera() -> None:
    board = Board("chessboard", 5, 7, 0.03)
    with pytest.raises(CalibrationError, match="looks the same upside down"):
        calibrated_from_board(CAMERAS.cameras, board, np.full((3, 4, 35, 2), np.nan))

"""Calibrations in OpenCV's FileStorage: EasyMocap's, and those of OpenCV's stereo sample."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from core.part_file import make_folder, write_whole
from core.space.calibration_files.opencv_yaml import matrix_in, names_in, number_in, read_storage
from core.space.calibration_files.own_toml import check_lens, quoted
from core.space.camera import Array, CalibrationError, Camera, CameraSet, rotation_of, vector_of


def read_easymocap(path: Path) -> CameraSet:
    """A folder with intri.yml and extri.yml. Raises CalibrationError."""
    with _understood(path):
        return _easymocap(path)


def _easymocap(path: Path) -> CameraSet:
    intri, extri = read_storage(path / "intri.yml"), read_storage(path / "extri.yml")
    names = names_in(intri, "names")
    if not names:
        raise CalibrationError(f"{path / 'intri.yml'}: holds no `names` of cameras")
    cameras = []
    for name in names:
        matrix, lens = matrix_in(intri, f"K_{name}"), matrix_in(intri, f"dist_{name}")
        lens = matrix_in(intri, f"D_{name}") if lens is None else lens
        turn, shift = matrix_in(extri, f"R_{name}"), matrix_in(extri, f"T_{name}")
        if matrix is None or lens is None or turn is None or shift is None:
            raise CalibrationError(f"{path}: camera {name} lacks K, dist, R or T")
        height, width = number_in(intri, f"H_{name}"), number_in(intri, f"W_{name}")
        if not (height > 0 and width > 0):  # optional there: the centre is half of it
            width, height = 2 * matrix[0, 2], 2 * matrix[1, 2]
        cameras.append(
            Camera(
                name,
                (round(width), round(height)),
                matrix,
                lens.ravel(),
                rotation_of(turn.ravel()),
                shift.ravel(),
            )
        )
    return CameraSet(tuple(cameras), scale_from="EasyMocap")


def write_easymocap(path: Path, cameras: CameraSet) -> None:
    """A folder with intri.yml and extri.yml. Raises OutputError, and CalibrationError for lenses
    that it cannot hold."""
    for camera in cameras.cameras:
        check_lens(camera, "EasyMocap", 5)
    make_folder(path)
    intri: list[str] = []
    extri: list[str] = []
    for lines in (intri, extri):
        lines += ["%YAML:1.0", "---", "names:"]
        lines += [f"   - {quoted(camera.name)}" for camera in cameras.cameras]
    for camera in cameras.cameras:
        lens = np.zeros(5)
        lens[: len(camera.distortion)] = camera.distortion
        intri += [
            _matrix(f"K_{camera.name}", camera.matrix),
            _matrix(f"dist_{camera.name}", lens[None]),
        ]
        intri += [f"H_{camera.name}: {camera.size[1]}.", f"W_{camera.name}: {camera.size[0]}."]
        extri += [
            _matrix(f"R_{camera.name}", vector_of(camera.rotation)[:, None]),
            _matrix(f"Rot_{camera.name}", camera.rotation),
            _matrix(f"T_{camera.name}", camera.translation[:, None]),
        ]
    write_whole(path / "intri.yml", "\n".join(intri) + "\n")
    write_whole(path / "extri.yml", "\n".join(extri) + "\n")


def _matrix(name: str, values: Array) -> str:
    numbers = ", ".join(repr(float(value)) for value in values.ravel())
    rows, columns = values.shape
    return (
        f"{name}: !!opencv-matrix\n   rows: {rows}\n   cols: {columns}\n   dt: d\n"
        f"   data: [{numbers}]"
    )


def read_opencv(path: Path) -> CameraSet:
    """A folder with intrinsics.yml (M1 D1 M2 D2) and extrinsics.yml (R T) of a stereo pair.

    Raises CalibrationError.
    """
    with _understood(path):
        return _stereo(path)


def _stereo(path: Path) -> CameraSet:
    intri, extri = read_storage(path / "intrinsics.yml"), read_storage(path / "extrinsics.yml")
    turn, shift = matrix_in(extri, "R"), matrix_in(extri, "T")
    cameras = []
    for index, (rotation, translation) in enumerate(((np.eye(3), np.zeros(3)), (turn, shift))):
        matrix = matrix_in(intri, f"M{index + 1}")
        lens = matrix_in(intri, f"D{index + 1}")
        if matrix is None or lens is None or rotation is None or translation is None:
            raise CalibrationError(f"{path}: lacks M1, D1, M2, D2, R or T of a stereo calibration")
        lens = lens.ravel()
        lens = lens[:8] if len(lens) > 8 and not lens[8:].any() else lens
        size = (round(2 * matrix[0, 2]), round(2 * matrix[1, 2]))
        cameras.append(
            Camera(
                f"cam{index + 1}",
                size,
                matrix,
                lens,
                rotation,
                translation.ravel(),
            )
        )
    return CameraSet(tuple(cameras), up_known=False, scale_from="the board's unit, taken as m")


def write_opencv(path: Path, cameras: CameraSet) -> None:
    """A folder with intrinsics.yml and extrinsics.yml; the first camera is its world.

    Raises OutputError, and CalibrationError for other than two cameras and for fisheyes.
    """
    if len(cameras) != 2:
        raise CalibrationError(
            f"a stereo calibration of OpenCV holds two cameras, this one has {len(cameras)}"
        )
    intri, extri = ["%YAML:1.0", "---"], ["%YAML:1.0", "---"]
    for index, camera in enumerate(cameras.cameras, start=1):
        check_lens(camera, "OpenCV's stereo sample", 8)
        lens = camera.distortion if len(camera.distortion) else np.zeros(4)
        intri += [_matrix(f"M{index}", camera.matrix), _matrix(f"D{index}", lens[None])]
    one, other = cameras.cameras
    turn = other.rotation @ one.rotation.T
    shift = other.translation - turn @ one.translation
    extri += [_matrix("R", turn), _matrix("T", shift[:, None])]
    make_folder(path)
    write_whole(path / "intrinsics.yml", "\n".join(intri) + "\n")
    write_whole(path / "extrinsics.yml", "\n".join(extri) + "\n")


@contextmanager
def _understood(path: Path) -> Iterator[None]:
    """What numpy refuses is said of the folder. Raises CalibrationError."""
    try:
        yield
    except CalibrationError as error:
        message = str(error)
        raise CalibrationError(
            message if message.startswith(str(path)) else f"{path}: {message}"
        ) from error
    except (IndexError, OverflowError, ValueError) as error:
        raise CalibrationError(f"{path}: cannot be understood ({error})") from error

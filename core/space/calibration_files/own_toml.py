"""Calibrations as TOML: our own form, which Pose2Sim, anipose and FreeMoCap can read as well.

A section a camera with `name, size, matrix, distortions, rotation (Rodrigues), translation,
fisheye`: metres, world to camera, z up; and `[world]`, which says whether z is known to be up and
where the scale comes from.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.part_file import write_whole
from core.space.camera import Array, CalibrationError, Camera, CameraSet, rotation_of, vector_of

_FARTHEST_M = 200.0  # of a camera from the origin of its world; millimetres give more
NO_CAMERAS = ("metadata", "world", "capture_volume", "charuco", "checkerboard")


def read_calibration(path: Path) -> CameraSet:
    """A calibration in metres, of our form or Pose2Sim's. Raises CalibrationError."""
    content = read_toml(path)
    cameras = toml_cameras(path, content, metres=1.0)
    farthest = max(float(np.linalg.norm(camera.centre)) for camera in cameras)
    if farthest > _FARTHEST_M:
        raise CalibrationError(
            f"{path}: a camera stands {farthest:.0f} m from the origin; is it in millimetres? "
            "`calibrate import --format anipose` reads those"
        )
    world = content.get("world", {})
    return CameraSet(
        cameras,
        up_known=bool(world.get("up_known", True)),
        scale_from=str(world.get("scale_from", "")),
    )


def write_calibration(path: Path, cameras: CameraSet) -> None:
    """Raises OutputError."""
    lines = [
        "[world]",
        'unit = "m"',
        'up = "z"',
        f"up_known = {str(cameras.up_known).lower()}",
        f"scale_from = {quoted(cameras.scale_from)}",
    ]
    for index, camera in enumerate(cameras.cameras):
        lines += ["", f"[cam_{index}]", *camera_lines(camera, metres=1.0)]
    write_whole(path, "\n".join(lines) + "\n")


def check_lens(camera: Camera, program: str, most: int, fisheye: bool = False) -> None:
    """Raises CalibrationError for a lens that a program's files cannot hold."""
    if camera.fisheye and not fisheye:
        raise CalibrationError(
            f"camera {camera.name}: {program} has no fisheye lenses; export as anipose"
        )
    if len(camera.distortion) > most:
        raise CalibrationError(
            f"camera {camera.name}: {program} takes {most} distortion coefficients, this lens has "
            f"{len(camera.distortion)}; export as anipose, which takes them"
        )


def camera_lines(camera: Camera, metres: float) -> list[str]:
    """The entries of one section; `metres` is the length of the file's unit."""
    return [
        f"name = {quoted(camera.name)}",
        f"size = [{camera.size[0]}, {camera.size[1]}]",
        f"matrix = {_numbers(camera.matrix)}",
        f"distortions = {_numbers(camera.distortion)}",
        f"rotation = {_numbers(vector_of(camera.rotation))}",
        f"translation = {_numbers(camera.translation / metres)}",
        f"fisheye = {str(camera.fisheye).lower()}",
    ]


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file. Raises CalibrationError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CalibrationError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:  # also of numbers of 5,000 digits
        raise CalibrationError(f"{path}: is not a calibration in TOML ({error})") from error


def toml_cameras(path: Path, content: Mapping[str, Any], metres: float) -> tuple[Camera, ...]:
    """The cameras of sections that hold a matrix. Raises CalibrationError."""
    found = tuple(
        toml_camera(path, name, section, metres)
        for name, section in content.items()
        if name not in NO_CAMERAS and isinstance(section, dict) and "matrix" in section
    )
    if not found:
        raise CalibrationError(f"{path}: holds no camera (a section with name, size, matrix, ...)")
    return found


def toml_camera(path: Path, key: str, section: Mapping[str, Any], metres: float) -> Camera:
    """One section; a rotation of three numbers is Rodrigues', of 3 x 3 a matrix."""
    missing = [
        name
        for name in ("size", "matrix", "distortions", "rotation", "translation")
        if name not in section
    ]
    if missing:
        raise CalibrationError(f"{path}: [{key}] lacks {', '.join(missing)}")
    try:
        rotation = np.array(section["rotation"], np.float64)
        width, height = (round(float(value)) for value in section["size"])
        matrix = np.array(section["matrix"], np.float64)
        distortion = np.array(section["distortions"], np.float64).ravel()
        translation = np.array(section["translation"], np.float64).ravel() * metres
    except (OverflowError, TypeError, ValueError) as error:
        raise CalibrationError(f"{path}: [{key}]: {error}") from error
    if rotation.size == 3:
        rotation = rotation_of(rotation.ravel())
    elif rotation.shape != (3, 3):
        raise CalibrationError(f"{path}: [{key}] rotation has neither 3 numbers nor 3 x 3")
    try:
        return Camera(
            name=str(section.get("name", key)),
            size=(width, height),
            matrix=matrix,
            distortion=distortion,
            rotation=rotation,
            translation=translation,
            fisheye=bool(section.get("fisheye", False)),
        )
    except CalibrationError as error:
        raise CalibrationError(f"{path}: {error}") from error


def _numbers(values: Array) -> str:
    return repr(values.tolist())


def quoted(text: str) -> str:
    """A TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'

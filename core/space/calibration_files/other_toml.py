"""Calibrations of Pose2Sim, anipose, FreeMoCap and caliscope, which are TOML like ours."""

from pathlib import Path

import numpy as np

from core.part_file import write_whole
from core.space.calibration_files.own_toml import (
    camera_lines,
    check_lens,
    quoted,
    read_toml,
    toml_camera,
    toml_cameras,
)
from core.space.camera import CalibrationError, CameraSet, vector_of

_MM = 0.001


def read_anipose(path: Path) -> CameraSet:
    """Of anipose and FreeMoCap: millimetres. Raises CalibrationError."""
    return CameraSet(toml_cameras(path, read_toml(path), _MM), up_known=False, scale_from="file")


def write_anipose(path: Path, cameras: CameraSet) -> None:
    """Millimetres. Raises OutputError."""
    lines: list[str] = []
    for index, camera in enumerate(cameras.cameras):
        lines += [f"[cam_{index}]", *camera_lines(camera, _MM), ""]
    write_whole(path, "\n".join([*lines, "[metadata]", "adjusted = false", "error = 0.0"]) + "\n")


def write_freemocap(path: Path, cameras: CameraSet) -> None:
    """Millimetres, with places and orientations as well. Raises OutputError."""
    lines: list[str] = []
    for camera in cameras.cameras:
        place = (camera.centre / _MM).tolist()
        lines += [
            f"[{quoted(camera.name)}]",
            *camera_lines(camera, _MM),
            f"world_position = {place!r}",
            f"world_orientation = {camera.rotation.T.tolist()!r}",
            "",
        ]
    write_whole(path, "\n".join([*lines, "[metadata]", 'unit = "mm"']) + "\n")


def write_pose2sim(path: Path, cameras: CameraSet) -> None:
    """Metres. Raises OutputError, and CalibrationError for lenses that it cannot hold."""
    lines: list[str] = []
    for camera in cameras.cameras:
        check_lens(camera, "Pose2Sim", 4, fisheye=True)
        lines += [f"[{quoted(camera.name)}]", *camera_lines(camera, 1.0), ""]
    write_whole(path, "\n".join([*lines, "[metadata]", "adjusted = false", "error = 0.0"]) + "\n")


def read_caliscope(path: Path) -> CameraSet:
    """`camera_array.toml`, metres. Raises CalibrationError."""
    sections = read_toml(path).get("cameras")
    if not isinstance(sections, dict) or not sections:
        raise CalibrationError(f"{path}: holds no [cameras.N] as caliscope writes them")
    cameras = []
    for key, section in sections.items():
        if not isinstance(section, dict):
            raise CalibrationError(f"{path}: [cameras.{key}] is no section")
        if section.get("rotation") is None or section.get("translation") is None:
            continue  # a camera that was never placed
        name = str(section.get("cam_id", section.get("port", key)))
        cameras.append(toml_camera(path, key, {"name": f"cam_{name}", **section}, 1.0))
    return CameraSet(tuple(cameras), up_known=False, scale_from="board")


def write_caliscope(path: Path, cameras: CameraSet) -> None:
    """`camera_array.toml`, metres. Raises OutputError, and CalibrationError for lenses that it
    cannot hold."""
    lines = []
    for index, camera in enumerate(cameras.cameras):
        check_lens(camera, "caliscope", 5, fisheye=True)
        distortion = np.zeros(4 if camera.fisheye else 5)
        distortion[: len(camera.distortion)] = camera.distortion
        lines += [
            f"[cameras.{index}]",
            f"cam_id = {index}",
            f"size = [{camera.size[0]}, {camera.size[1]}]",
            "rotation_count = 0",
            f"matrix = {camera.matrix.tolist()!r}",
            f"distortions = {distortion.tolist()!r}",
            f"rotation = {vector_of(camera.rotation).tolist()!r}",
            f"translation = {camera.translation.tolist()!r}",
            f"fisheye = {str(camera.fisheye).lower()}",
            "",
        ]
    write_whole(path, "\n".join(lines))

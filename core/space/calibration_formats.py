"""Other programs' calibrations: read into metres and world to camera, and written back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.space.calibration_file import read_calibration
from core.space.calibration_opencv import read_easymocap, read_opencv, write_easymocap
from core.space.calibration_qualisys import read_qualisys
from core.space.calibration_toml import (
    read_anipose,
    read_caliscope,
    write_anipose,
    write_caliscope,
    write_freemocap,
    write_pose2sim,
)
from core.space.camera import CameraSet


@dataclass(frozen=True, slots=True)
class CalibrationFormat:
    """One form of calibration files."""

    summary: str
    read: Callable[[Path], CameraSet]
    write: Callable[[Path, CameraSet], None] | None = None


FORMATS = {
    "pose2sim": CalibrationFormat("Calib.toml, metres", read_calibration, write_pose2sim),
    "anipose": CalibrationFormat("calibration.toml, millimetres", read_anipose, write_anipose),
    "freemocap": CalibrationFormat(
        "NAME_camera_calibration.toml, millimetres", read_anipose, write_freemocap
    ),
    "caliscope": CalibrationFormat("camera_array.toml, metres", read_caliscope, write_caliscope),
    "qualisys": CalibrationFormat(".qca.txt, read only", read_qualisys),
    "easymocap": CalibrationFormat(
        "folder with intri.yml and extri.yml", read_easymocap, write_easymocap
    ),
    "opencv": CalibrationFormat(
        "folder with intrinsics.yml and extrinsics.yml of a stereo pair, read only", read_opencv
    ),
}

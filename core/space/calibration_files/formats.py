"""Other programs' calibrations: read into metres and world to camera, and written back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.space.calibration_files.opencap import read_opencap, write_opencap
from core.space.calibration_files.opencv import (
    read_easymocap,
    read_opencv,
    write_easymocap,
    write_opencv,
)
from core.space.calibration_files.other_toml import (
    read_anipose,
    read_caliscope,
    write_anipose,
    write_caliscope,
    write_freemocap,
    write_pose2sim,
)
from core.space.calibration_files.own_toml import read_calibration
from core.space.calibration_files.qualisys import read_qualisys, write_qualisys
from core.space.camera import CameraSet


@dataclass(frozen=True, slots=True)
class CalibrationFormat:
    """One form of calibration files."""

    summary: str
    read: Callable[[Path], CameraSet]
    write: Callable[[Path, CameraSet], None]


FORMATS = {
    "pose2sim": CalibrationFormat("Calib.toml, metres", read_calibration, write_pose2sim),
    "anipose": CalibrationFormat("calibration.toml, millimetres", read_anipose, write_anipose),
    "freemocap": CalibrationFormat(
        "NAME_camera_calibration.toml, millimetres", read_anipose, write_freemocap
    ),
    "caliscope": CalibrationFormat("camera_array.toml, metres", read_caliscope, write_caliscope),
    "qualisys": CalibrationFormat(".qca.txt, millimetres", read_qualisys, write_qualisys),
    "easymocap": CalibrationFormat(
        "folder with intri.yml and extri.yml", read_easymocap, write_easymocap
    ),
    "opencv": CalibrationFormat(
        "folder with intrinsics.yml and extrinsics.yml of a stereo pair", read_opencv, write_opencv
    ),
    "opencap": CalibrationFormat(
        "session with Videos/CAMERA/cameraIntrinsicsExtrinsics.pickle "
        "(not tested on a file of OpenCap's)",
        read_opencap,
        write_opencap,
    ),
}

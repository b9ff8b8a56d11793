"""Calibrations of OpenCap: a pickle of arrays in each camera's folder, of which nothing is run."""

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.file_names import no_device
from core.part_file import PartFile, make_folder
from core.space.calibration_files.own_toml import check_lens
from core.space.camera import Array, CalibrationError, Camera, CameraSet, vector_of
from core.space.skeleton_files.csv_table import plain_name

_NAME = "cameraIntrinsicsExtrinsics.pickle"
_MM = 0.001
_LARGEST = 1_000_000  # bytes of such a file
# Its world is a board that stands upright: x to the right, y down, z into the board.
_UPRIGHT = np.array([[-1.0, 0, 0], [0, 0, -1], [0, -1, 0]])
_DAMAGED = (
    pickle.UnpicklingError,
    EOFError,
    MemoryError,
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def read_opencap(path: Path) -> CameraSet:
    """A session's folder, or one camera's file; cameras are called as their folders.

    Raises CalibrationError.
    """
    files = [path] if path.is_file() else sorted(path.rglob(_NAME))
    if not files:
        raise CalibrationError(f"{path}: holds no {_NAME}, which OpenCap keeps for each camera")
    cameras = tuple(_camera(file) for file in files)
    return CameraSet(cameras, up_known=False, scale_from="OpenCap")


def write_opencap(path: Path, cameras: CameraSet) -> None:
    """`Videos/NAME/cameraIntrinsicsExtrinsics.pickle` in a folder. Raises OutputError, and
    CalibrationError for lenses that it cannot hold, and for cameras whose folders would be one."""
    folders: dict[str, Camera] = {}
    for camera in cameras.cameras:
        check_lens(camera, "OpenCap", 5)
        name = no_device(plain_name(camera.name).strip("."))
        if not name or name.casefold() in map(str.casefold, folders):
            raise CalibrationError(
                f"camera {camera.name}: OpenCap keeps each camera in a folder of its name, and "
                f"{name or 'that'} is {'taken' if name else 'no name of one'}; rename the camera"
            )
        folders[name] = camera
    for name, camera in folders.items():
        distortion = np.zeros((1, 5))
        distortion[0, : len(camera.distortion)] = camera.distortion
        rotation = camera.rotation @ _UPRIGHT
        content = {
            "intrinsicMat": camera.matrix,
            "distortion": distortion,
            "imageSize": np.array([[camera.size[1]], [camera.size[0]]], np.float64),
            "rotation": rotation,
            "translation": camera.translation[:, None] / _MM,
            "rotation_EulerAngles": vector_of(rotation)[:, None],
        }
        folder = path / "Videos" / name
        make_folder(folder)
        with PartFile(folder / _NAME) as file:
            file.write(pickle.dumps(content, protocol=4))


def _camera(file: Path) -> Camera:
    try:
        data = file.read_bytes()
        if len(data) > _LARGEST:
            raise CalibrationError(f"{file}: is no calibration of OpenCap's ({len(data)} bytes)")
        content = _Arrays(io.BytesIO(data)).load()
        matrix, distortion, size, rotation, translation = (
            _numbers(content[name])
            for name in ("intrinsicMat", "distortion", "imageSize", "rotation", "translation")
        )
        height, width = size.ravel().tolist()
        return Camera(
            file.parent.name,
            (round(width), round(height)),
            matrix,
            distortion.ravel(),
            rotation @ _UPRIGHT.T,
            translation.ravel() * _MM,
        )
    except OSError as error:
        raise CalibrationError(f"{file}: cannot be read ({error.strerror})") from error
    except CalibrationError as error:
        message = str(error)
        raise CalibrationError(
            message if message.startswith(str(file)) else f"{file}: {message}"
        ) from error
    except _DAMAGED as error:
        raise CalibrationError(f"{file}: is no calibration of OpenCap's ({error})") from error


def _numbers(values: object) -> Array:
    return np.asarray(values, np.float64)


class _Arrays(pickle.Unpickler):
    """Resolves what arrays of numbers are made of, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        inner = module.replace("numpy._core", "numpy.core")
        known: dict[tuple[str, str], Callable[..., Any]] = {
            ("numpy", "ndarray"): _empty,  # is named only to say which kind of array
            ("numpy", "dtype"): np.dtype,
            ("numpy.core.multiarray", "_reconstruct"): _empty,
            ("_codecs", "encode"): _encoded,
        }
        if (inner, name) not in known:
            raise pickle.UnpicklingError(
                f"it names {module}.{name}, which no calibration needs; nothing in it was run"
            )
        return known[inner, name]


def _empty(*_: object) -> np.ndarray:
    """An array that its pickled state fills."""
    return np.ndarray((0,), "b")


def _encoded(text: str, coding: str) -> bytes:
    """How old pickles hold bytes."""
    if coding != "latin1":
        raise pickle.UnpicklingError(f"bytes in {coding}")
    return text.encode("latin1")

"""Calibrations of Qualisys, `.qca.txt`: XML."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np

from core.space.camera import CalibrationError, Camera, CameraSet

_MM = 0.001
_TURNED = np.diag([1.0, -1.0, -1.0])  # its cameras look along -z with y up
_LARGEST_XML = 10_000_000


def read_qualisys(path: Path) -> CameraSet:
    """f and centre are 64ths of a pixel, the distortion is not; positions are millimetres.

    Raises CalibrationError.
    """
    try:
        text = path.read_bytes()
        if len(text) > _LARGEST_XML or b"<!ENTITY" in text:
            raise CalibrationError(f"{path}: is no calibration of Qualisys'")
        root = ElementTree.fromstring(text)
        cameras = tuple(_qualisys_camera(element) for element in root.iter("camera"))
    except OSError as error:
        raise CalibrationError(f"{path}: cannot be read ({error.strerror})") from error
    except (ElementTree.ParseError, KeyError, OverflowError, ValueError) as error:
        raise CalibrationError(f"{path}: is no calibration of Qualisys' ({error})") from error
    if not cameras:
        raise CalibrationError(f"{path}: holds no camera that is calibrated")
    return CameraSet(cameras, scale_from="Qualisys")


def _qualisys_camera(element: ElementTree.Element) -> Camera:
    inner, view, place = (
        dict(_child(element, name).attrib) for name in ("intrinsic", "fov_video", "transform")
    )
    left, top = float(view["left"]), float(view["top"])
    size = (round(float(view["right"]) - left) + 1, round(float(view["bottom"]) - top) + 1)
    matrix = np.eye(3)
    matrix[0, 0], matrix[1, 1] = (
        float(inner["focalLengthU"]) / 64,
        float(inner["focalLengthV"]) / 64,
    )
    matrix[0, 2] = float(inner["centerPointU"]) / 64 - left
    matrix[1, 2] = float(inner["centerPointV"]) / 64 - top
    lens = np.array(
        [
            float(inner.get(name, 0))
            for name in (
                "radialDistortion1",
                "radialDistortion2",
                "tangentalDistortion1",
                "tangentalDistortion2",
                "radialDistortion3",
            )
        ]
    )
    axes = np.array([[float(place[f"r{i}{j}"]) for j in (1, 2, 3)] for i in (1, 2, 3)])
    centre = np.array([float(place[axis]) for axis in "xyz"]) * _MM
    rotation = _TURNED @ axes
    return Camera(
        name=element.get("serial", element.get("id", "")) or "camera",
        size=size,
        matrix=matrix,
        distortion=lens if lens[4] else lens[:4],
        rotation=rotation,
        translation=-rotation @ centre,
    )


def _child(element: ElementTree.Element, name: str) -> ElementTree.Element:
    found = element.find(name)
    if found is None:
        raise KeyError(f"a camera without {name}")
    return found

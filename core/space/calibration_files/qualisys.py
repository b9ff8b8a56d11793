"""Calibrations of Qualisys, `.qca.txt`: XML."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.part_file import write_whole
from core.space.calibration_files.own_toml import check_lens
from core.space.camera import CalibrationError, Camera, CameraSet

_MM = 0.001
_TURNED = np.diag([1.0, -1.0, -1.0])  # its cameras look along -z with y up
_LARGEST_XML = 10_000_000
_LENS = (  # as OpenCV orders them; the spelling is theirs
    "radialDistortion1",
    "radialDistortion2",
    "tangentalDistortion1",
    "tangentalDistortion2",
    "radialDistortion3",
)


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


def write_qualisys(path: Path, cameras: CameraSet) -> None:
    """What `read_qualisys` reads. Raises OutputError, and CalibrationError for lenses that it
    cannot hold."""
    root = ElementTree.Element("calibration", {"type": "regular"})
    listed = ElementTree.SubElement(root, "cameras")
    for camera in cameras.cameras:
        check_lens(camera, "Qualisys", 5)
        width, height = camera.size
        element = ElementTree.SubElement(
            listed, "camera", {"active": "1", "serial": camera.name, "viewrotation": "0"}
        )
        view = {"left": 0, "top": 0, "right": width - 1, "bottom": height - 1}
        for name in ("fov_marker", "fov_marker_max", "fov_video", "fov_video_max"):
            _add(element, name, view)
        axes = _TURNED @ camera.rotation
        place = {f"r{i + 1}{j + 1}": axes[i, j] for i in range(3) for j in range(3)}
        _add(element, "transform", place | dict(zip("xyz", camera.centre / _MM, strict=True)))
        lens = np.zeros(5)
        lens[: len(camera.distortion)] = camera.distortion
        inner = {
            "focalLengthU": 64 * camera.matrix[0, 0],
            "focalLengthV": 64 * camera.matrix[1, 1],
            "centerPointU": 64 * camera.matrix[0, 2],
            "centerPointV": 64 * camera.matrix[1, 2],
            "skew": 0.0,
            "sensorMinU": 0.0,
            "sensorMinV": 0.0,
            "sensorMaxU": 64 * (width - 1),
            "sensorMaxV": 64 * (height - 1),
        }
        _add(element, "intrinsic", inner | dict(zip(_LENS, lens, strict=True)))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    write_whole(path, f"<?xml version='1.0' encoding='UTF-8'?>\n{text}\n")


def _add(element: ElementTree.Element, name: str, values: Mapping[str, float]) -> None:
    attributes = {key: repr(float(value)) for key, value in values.items()}
    ElementTree.SubElement(element, name, attributes)


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
    lens = np.array([float(inner.get(name, 0)) for name in _LENS])
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

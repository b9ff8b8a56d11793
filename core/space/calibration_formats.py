"""Other programs' calibrations: read into metres and world to camera, and written back."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.part_file import write_whole
from core.space.calibration_file import (
    camera_lines,
    quoted,
    read_calibration,
    read_toml,
    toml_camera,
    toml_cameras,
    write_calibration,
)
from core.space.camera import Array, CalibrationError, Camera, CameraSet, rotation_of, vector_of

_MM = 0.001
_TURNED = np.diag([1.0, -1.0, -1.0])  # Qualisys' cameras look along -z with y up
_LARGEST_XML = 10_000_000


@dataclass(frozen=True, slots=True)
class CalibrationFormat:
    """One form of calibration files."""

    summary: str
    read: Callable[[Path], CameraSet]
    write: Callable[[Path, CameraSet], None] | None = None


def _read_anipose(path: Path) -> CameraSet:
    return CameraSet(toml_cameras(path, read_toml(path), _MM), up_known=False, scale_from="file")


def _write_anipose(path: Path, cameras: CameraSet) -> None:
    lines: list[str] = []
    for index, camera in enumerate(cameras.cameras):
        lines += [f"[cam_{index}]", *camera_lines(camera, _MM), ""]
    write_whole(path, "\n".join([*lines, "[metadata]", "adjusted = false", "error = 0.0"]) + "\n")


def _write_freemocap(path: Path, cameras: CameraSet) -> None:
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


def _write_pose2sim(path: Path, cameras: CameraSet) -> None:
    lines: list[str] = []
    for camera in cameras.cameras:
        if len(camera.distortion) > 4:
            raise CalibrationError(
                f"camera {camera.name}: Pose2Sim takes 4 distortion coefficients, this lens has "
                f"{len(camera.distortion)}; calibrate with k3 fixed or export as anipose"
            )
        lines += [f"[{quoted(camera.name)}]", *camera_lines(camera, 1.0), ""]
    write_whole(path, "\n".join([*lines, "[metadata]", "adjusted = false", "error = 0.0"]) + "\n")


def _read_caliscope(path: Path) -> CameraSet:
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


def _write_caliscope(path: Path, cameras: CameraSet) -> None:
    lines = []
    for index, camera in enumerate(cameras.cameras):
        distortion = np.zeros(4 if camera.fisheye else 5)
        count = min(len(distortion), len(camera.distortion))
        distortion[:count] = camera.distortion[:count]
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


def _read_qualisys(path: Path) -> CameraSet:
    """f and centre are 64ths of a pixel, the distortion is not; positions are millimetres."""
    try:
        text = path.read_bytes()
        if len(text) > _LARGEST_XML or b"<!ENTITY" in text:
            raise CalibrationError(f"{path}: is no calibration of Qualisys'")
        root = ElementTree.fromstring(text)
        cameras = tuple(_qualisys_camera(element) for element in root.iter("camera"))
    except OSError as error:
        raise CalibrationError(f"{path}: cannot be read ({error.strerror})") from error
    except (ElementTree.ParseError, AttributeError, KeyError, ValueError) as error:
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


def _read_easymocap(path: Path) -> CameraSet:
    """A folder with intri.yml and extri.yml."""
    intri, extri = _storage(path / "intri.yml"), _storage(path / "extri.yml")
    names_node = intri.getNode("names")
    names = [names_node.at(i).string() for i in range(names_node.size())]
    if not names:
        raise CalibrationError(f"{path / 'intri.yml'}: holds no `names` of cameras")
    cameras = []
    for name in names:
        matrix, lens = _mat(intri, f"K_{name}"), _mat(intri, f"dist_{name}")
        lens = _mat(intri, f"D_{name}") if lens is None else lens
        turn, shift = _mat(extri, f"R_{name}"), _mat(extri, f"T_{name}")
        if matrix is None or lens is None or turn is None or shift is None:
            raise CalibrationError(f"{path}: camera {name} lacks K, dist, R or T")
        height, width = intri.getNode(f"H_{name}").real(), intri.getNode(f"W_{name}").real()
        if not (height > 0 and width > 0):  # optional there: the centre is half of it
            width, height = 2 * matrix[0, 2], 2 * matrix[1, 2]
        cameras.append(
            Camera(
                name,
                (round(width), round(height)),
                np.asarray(matrix, np.float64),
                np.asarray(lens, np.float64).ravel(),
                rotation_of(np.asarray(turn, np.float64).ravel()),
                np.asarray(shift, np.float64).ravel(),
            )
        )
    return CameraSet(tuple(cameras), scale_from="EasyMocap")


def _write_easymocap(path: Path, cameras: CameraSet) -> None:
    path.mkdir(parents=True, exist_ok=True)
    intri: list[str] = []
    extri: list[str] = []
    for lines in (intri, extri):
        lines += ["%YAML:1.0", "---", "names:"]
        lines += [f"   - {quoted(camera.name)}" for camera in cameras.cameras]
    for camera in cameras.cameras:
        lens = np.zeros(5)
        lens[: min(5, len(camera.distortion))] = camera.distortion[:5]
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


def _read_opencv(path: Path) -> CameraSet:
    """A folder with intrinsics.yml (M1 D1 M2 D2) and extrinsics.yml (R T) of a stereo pair."""
    intri, extri = _storage(path / "intrinsics.yml"), _storage(path / "extrinsics.yml")
    turn, shift = _mat(extri, "R"), _mat(extri, "T")
    cameras = []
    for index, (rotation, translation) in enumerate(((np.eye(3), np.zeros(3)), (turn, shift))):
        matrix = _mat(intri, f"M{index + 1}")
        lens = _mat(intri, f"D{index + 1}")
        if matrix is None or lens is None or rotation is None or translation is None:
            raise CalibrationError(f"{path}: lacks M1, D1, M2, D2, R or T of a stereo calibration")
        lens = np.asarray(lens, np.float64).ravel()
        lens = lens[:8] if len(lens) > 8 and not lens[8:].any() else lens
        size = (round(2 * matrix[0, 2]), round(2 * matrix[1, 2]))
        cameras.append(
            Camera(
                f"cam{index + 1}",
                size,
                np.asarray(matrix, np.float64),
                lens,
                np.asarray(rotation, np.float64),
                np.asarray(translation, np.float64).ravel(),
            )
        )
    return CameraSet(tuple(cameras), up_known=False, scale_from="the board's unit, taken as m")


def _mat(storage: cv2.FileStorage, name: str) -> Array | None:
    """A matrix of a file; None where it holds none of that name."""
    node = storage.getNode(name)
    return None if node.empty() else np.asarray(node.mat(), np.float64)


def _storage(path: Path) -> cv2.FileStorage:
    if not path.is_file():
        raise CalibrationError(f"{path}: there is no such file")
    try:
        storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
    except cv2.error as error:
        raise CalibrationError(f"{path}: is not a file of OpenCV's FileStorage") from error
    if not storage.isOpened():
        raise CalibrationError(f"{path}: is not a file of OpenCV's FileStorage")
    return storage


FORMATS = {
    "pose2sim": CalibrationFormat("Calib.toml, metres", read_calibration, _write_pose2sim),
    "anipose": CalibrationFormat("calibration.toml, millimetres", _read_anipose, _write_anipose),
    "freemocap": CalibrationFormat(
        "NAME_camera_calibration.toml, millimetres", _read_anipose, _write_freemocap
    ),
    "caliscope": CalibrationFormat("camera_array.toml, metres", _read_caliscope, _write_caliscope),
    "qualisys": CalibrationFormat(".qca.txt, read only", _read_qualisys),
    "easymocap": CalibrationFormat(
        "folder with intri.yml and extri.yml", _read_easymocap, _write_easymocap
    ),
    "opencv": CalibrationFormat(
        "folder with intrinsics.yml and extrinsics.yml of a stereo pair, read only", _read_opencv
    ),
    "yolopose": CalibrationFormat("our own TOML", read_calibration, write_calibration),
}

"""Recordings of several cameras that lie beside the project, and what is compared with them."""

import argparse
import tarfile
from pathlib import Path

import numpy as np

from app.space.inputs import read_views
from core.space.camera import Camera, CameraSet
from core.tracks.table import TrackTable

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "threed"


def unpacked(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder


def followed(folders: list[Path], rate_hz: float, body_25b: bool = False) -> list[TrackTable]:
    options = argparse.Namespace(input_hz=rate_hz, body_25b=body_25b)
    return [view.table for view in read_views(options, [str(folder) for folder in folders])]


def laid_on(found: CameraSet, true: CameraSet) -> tuple[list[Camera], float]:
    """The cameras moved, turned and scaled as one so that they lie on the true places (Umeyama,
    1991), and the scale."""
    own = np.array([camera.centre for camera in found.cameras])
    theirs = np.array([camera.centre for camera in true.cameras])
    own_middle, middle = own.mean(axis=0), theirs.mean(axis=0)
    left, sizes, right = np.linalg.svd((theirs - middle).T @ (own - own_middle))
    hand = np.array([1, 1, np.linalg.det(left @ right)])
    turn = left * hand @ right
    scale = float((sizes * hand).sum() / ((own - own_middle) ** 2).sum())
    laid = []
    for camera in found.cameras:
        centre = scale * turn @ (camera.centre - own_middle) + middle
        rotation = camera.rotation @ turn.T
        laid.append(camera.moved(rotation, -rotation @ centre))
    return laid, scale

"""YAML of OpenCV's FileStorage, read without OpenCV, whose parser may end the process on damaged
files."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from core.space.camera import Array, CalibrationError
from core.yaml_text import read_yaml

_FIRST_LINE = re.compile(r"\s*%YAML[ :]1\.\d")  # OpenCV writes a colon, which YAML has not
_TAG = re.compile(r"!!opencv-[\w-]+")


def read_storage(path: Path) -> dict[str, Any]:
    """All values of a file, matrices as mappings of rows, cols, dt and data.

    Raises CalibrationError.
    """
    if not path.is_file():
        raise CalibrationError(f"{path}: there is no such file")
    try:
        text = path.read_text(encoding="utf-8")
        head, _, rest = text.partition("\n")
        values = read_yaml(_TAG.sub("", rest)) if _FIRST_LINE.match(head) else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CalibrationError(f"{path}: is not a file of OpenCV's FileStorage") from error
    if not isinstance(values, dict):
        raise CalibrationError(f"{path}: is not a file of OpenCV's FileStorage")
    return values


def names_in(values: dict[str, Any], name: str) -> list[str]:
    """A list of texts; empty where there is none."""
    found = values.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def number_in(values: dict[str, Any], name: str) -> float:
    """A number; 0 where there is none."""
    found = values.get(name)
    return float(found) if isinstance(found, int | float) else 0.0


def matrix_in(values: dict[str, Any], name: str) -> Array | None:
    """A matrix (rows, cols); None where there is none of that name. Raises CalibrationError."""
    found = values.get(name)
    if found is None:
        return None
    try:
        return np.asarray(found["data"], np.float64).reshape(int(found["rows"]), int(found["cols"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CalibrationError(f"{name} is not a matrix of numbers") from error

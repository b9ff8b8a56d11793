"""Labels that other tools wrote, read into COCO's form: told apart by their endings and content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import DatasetError
from core.json_text import read_json_text
from core.tracks.formats.collected_data import read_collected
from core.tracks.formats.collected_h5 import read_collected_h5
from core.tracks.formats.cvat_labels import read_cvat
from core.tracks.formats.label_studio import read_label_studio
from core.tracks.formats.sleap_labels import read_sleap
from core.tracks.formats.yolo_labels import read_yolo


def read_label_file(path: Path) -> Mapping[str, Any]:
    """The labels of a file as COCO keypoints. Raises DatasetError and SettingsError.

    CVAT for images 1.1 (`.xml`), YOLO pose (`data.yaml`), DeepLabCut's CollectedData (`.csv`,
    `.h5`), SLEAP (`.slp`), Label Studio (`.json` that holds a list) and COCO (`.json`).
    """
    readers = {
        ".xml": read_cvat,
        ".yaml": read_yolo,
        ".yml": read_yolo,
        ".csv": read_collected,
        ".h5": read_collected_h5,
        ".slp": read_sleap,
    }
    try:
        return readers.get(path.suffix.lower(), _json)(path)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror or error})") from error
    except KeyError as error:
        raise DatasetError(
            f"{path}: its labels cannot be understood (it has no {error})"
        ) from error
    except (ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise DatasetError(f"{path}: its labels cannot be understood ({error})") from error


def _json(path: Path) -> Mapping[str, Any]:
    try:
        content = read_json_text(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise DatasetError(f"{path}: is not JSON ({error})") from error
    if isinstance(content, list) and content:
        return read_label_studio(content)
    if not isinstance(content, dict):
        raise DatasetError(f"{path}: is not a COCO keypoints file (no object at its top)")
    return content

"""SLEAP's labels by sleap-io."""

import math
from pathlib import Path

from core.errors import DatasetError
from core.skeleton import COCO_17
from core.tracks.formats.hdf5_check import check_hdf5
from core.tracks.formats.labelled import (
    PERSON,
    Json,
    LabelledPerson,
    LabelledPicture,
    coco_content,
    picture_size,
    place,
)
from core.tracks.formats.own_process import read_apart


def read_sleap(path: Path) -> Json:
    """The labels of an `.slp` as COCO keypoints; frames of a video are named by their numbers.

    Raises DatasetError.
    """
    return read_apart(path, sleap_content, "sleap_io.io.slp")  # the package imports it late


def sleap_content(path: Path) -> Json:
    """The same in this process. Raises DatasetError, and whatever comes of a damaged file."""
    try:
        import sleap_io
    except ImportError as error:
        raise DatasetError("SLEAP needs sleap-io: pip install 'yolopose[sleap]'") from error
    check_hdf5(path)
    labels = sleap_io.load_slp(str(path), open_videos=False)
    names: dict[str, None] = {}
    pictures = []
    for frame in labels:
        people = []
        corrected = [instance.from_predicted for instance in frame.instances]
        for instance in frame.instances:
            if any(instance is one for one in corrected):
                continue  # a prediction that somebody put right
            own = instance.skeleton.node_names
            names |= dict.fromkeys(own)
            joints = {
                name: place(float(x), float(y))
                for name, (x, y) in zip(own, instance.numpy().tolist(), strict=True)
                if math.isfinite(x) and math.isfinite(y)
            }
            people.append(LabelledPerson(joints))
        number, files = int(frame.frame_idx), frame.video.filename
        if isinstance(files, list):  # pictures in place of a video
            name = str(files[number]).replace("\\", "/").rsplit("/", 1)[-1]
            size = picture_size(path.parent / name)
        else:
            name, shape = f"{number:06d}.jpg", frame.video.shape or (0, 1, 1, 0)
            size = int(shape[2]), int(shape[1])
        pictures.append(LabelledPicture(name, size, people))
    return coco_content({PERSON: names or COCO_17.names}, pictures)

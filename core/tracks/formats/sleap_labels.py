"""SLEAP's labels by sleap-io, in a process of their own.

HDF5's library runs for ever, or ends the process, on some damaged files.
"""

import json
import math
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from core.errors import DatasetError, UserError
from core.json_text import read_json_text
from core.skeleton import COCO_17
from core.tracks.formats.hdf5_check import check_hdf5
from core.tracks.formats.labelled import (
    Json,
    LabelledPerson,
    LabelledPicture,
    coco_content,
    picture_size,
    place,
)

_PROCESSOR_S = 10  # for a small file; the same again for each 10 MB
_WAIT_S = 600.0  # on a machine that does much else
_BYTES_OF_SHARE = 10_000_000
_CHILD = "import sys; sys.path[:] = sys.argv[3:]; import {module}; {module}.answer(*sys.argv[1:3])"


def read_sleap(path: Path) -> Json:
    """The labels of an `.slp` as COCO keypoints; frames of a video are named by their numbers.

    Raises DatasetError.
    """
    path.open("rb").close()
    seconds = _PROCESSOR_S * (1 + path.stat().st_size // _BYTES_OF_SHARE)
    words = [str(path.absolute()), str(seconds), *sys.path]
    command = [sys.executable, "-c", _CHILD.format(module=__name__), *words]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_WAIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DatasetError(f"{path}: cannot be read; is its HDF5 damaged?") from error
    if done.returncode != 0:
        raise DatasetError(f"{path}: its reader ended without an answer; is its HDF5 damaged?")
    answer = read_json_text(done.stdout)
    if "problem" in answer:
        raise DatasetError(f"{path}: {answer['problem']}")
    content: Json = answer["content"]
    return content


def answer(path: str, seconds: str) -> None:
    """Of the child: prints the labels, or why there are none, as JSON."""
    out = os.dup(1)
    os.dup2(2, 1)  # libraries may print
    try:
        result: Json = {"content": _content(Path(path), int(seconds))}
    except UserError as error:
        result = {"problem": str(error).removeprefix(f"{path}: ")}
    except (MemoryError, OSError, RuntimeError, SystemError) as error:
        result = {"problem": f"cannot be read ({error})"}
    except KeyError as error:
        result = {"problem": f"its labels cannot be understood (it has no {error})"}
    except (ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
        result = {"problem": f"its labels cannot be understood ({error})"}
    with os.fdopen(out, "wb") as file:
        file.write(json.dumps(result).encode("ascii"))


def _content(path: Path, seconds: int) -> Json:
    try:
        import sleap_io
    except ImportError as error:
        raise DatasetError("SLEAP needs sleap-io: pip install 'yolopose[sleap]'") from error
    _limit(seconds)
    check_hdf5(path)
    labels = sleap_io.load_slp(str(path), open_videos=False)
    names: dict[str, None] = {}
    pictures = []
    for frame in labels:
        people = []
        for instance in frame.instances:
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
    return coco_content(list(names) or COCO_17.names, pictures)


def _limit(seconds: int) -> None:
    """End this process after so much more work, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

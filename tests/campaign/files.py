"""Part 5: videos from elsewhere, as they are: reader, prober and seeker agree on every file."""

import random
from functools import partial
from pathlib import Path

from campaign.forked import in_child
from campaign.mutants import Tally
from campaign.readers import read_video
from core.video import capture, probe, seek  # noqa: F401 - once, not in each child

ENDINGS = {
    *(".mp4", ".mkv", ".avi", ".mov", ".ts", ".webm", ".h264", ".hevc", ".gif", ".mpg", ".flv"),
    *(".wmv", ".ogv", ".m4v", ".y4m", ".nut", ".mxf", ".3gp", ".mts", ".m2ts", ".ogg", ".rm"),
    *(".swf", ".asf", ".vob", ".m2v", ".f4v"),
}
_LIMIT_S = 900.0  # a whole clip on a busy machine


def run_files(count: int, folder: Path) -> Tally:
    """Read the `count` smallest videos of a folder and of its folders."""
    found = {path.resolve() for path in folder.rglob("*") if path.suffix.lower() in ENDINGS}
    tally = Tally()
    for path in sorted(found, key=lambda path: path.stat().st_size)[:count]:
        work = partial(read_video, path, random.Random(path.name))
        tally.add(path.name, in_child(work, _LIMIT_S))
    return tally

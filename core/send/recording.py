"""Files of a live run: the pictures of the camera with their true times, and the tracks."""

import math
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from core.part_file import PartFile, make_folder
from core.run.channel import Channel
from core.run.governed import taken_for_seen
from core.run.reconnect import Link, silence_s
from core.skeleton import COCO_17
from core.tracks.csv_long import GAP, TrackCsvWriter
from core.tracks.seen_ids import frame_times
from core.tracks.table import rows_at
from core.types import Frame, FrameResult
from core.video.encode import EncodeSettings, VideoWriter
from core.video.planes import encodable

# VP9 takes three times the processor's time, so that frames of a camera would be lost.
FAST = EncodeSettings(codec="h264", crf=20, preset="ultrafast", in_pieces=True)


def write_camera(frames: Channel[Frame], path: Path, link: Callable[[], Link]) -> Iterator[int]:
    """The frames as they were captured, and a table of their true times. Raises OutputError.

    `link` tells when the source was away.
    """
    make_folder(path.parent)
    first = next(iter(frames), None)
    if first is None:
        return
    times = PartFile(frame_times(path))
    with VideoWriter(path, first.size, settings=FAST) as video, times:
        times.write(f"frame,source_frame,time_s,captured_ns,{GAP}\n".encode())
        earlier_s, picture = first.time_s, None
        for number, frame in enumerate(chain([first], frames)):
            time_s = frame.time_s - first.time_s
            picture = encodable(frame, picture)
            video.write(picture, time_s)
            away_s = silence_s(link().gaps, earlier_s, frame.time_s)
            earlier_s = frame.time_s
            away = f"{away_s:.6f}" if away_s else ""
            cells = f"{number},{frame.index},{time_s:.6f},{frame.captured_ns},{away}\n"
            times.write(cells.encode())
            yield number


def write_tracks(
    results: Channel[FrameResult], path: Path, link: Callable[[], Link], modes: bool = False
) -> Iterator[int]:
    """The tracks that were on the screen, as the long table with its gaps. Raises OutputError.

    With `modes`, the last column says how each frame was looked at, and frames that were not are
    there with the predicted people; without, they are left out. The first one that is written
    tells the skeleton.
    """
    make_folder(path.parent)
    with PartFile(path) as file:
        wanted = (result for result in results if result.looked or modes)
        first = next(wanted, None)
        skeleton = COCO_17 if first is None else first.skeleton
        writer = TrackCsvWriter(file, skeleton, gaps=True, modes=modes)
        earlier_s = math.inf
        for number, result in enumerate(chain([] if first is None else [first], wanted)):
            time_s = result.frame.time_s
            rows = rows_at(result.frame.index, time_s, taken_for_seen(result))
            writer.write(rows, silence_s(link().gaps, earlier_s, time_s), result.mode)
            earlier_s = time_s
            yield number

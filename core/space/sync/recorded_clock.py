"""The clock of a camera from the true times that a recording kept of its frames."""

import csv
from pathlib import Path

import numpy as np

from core.errors import TableError
from core.space.resample import ClockMap
from core.tracks.seen_ids import frame_times
from core.tracks.table import TrackTable

DRIFT_S = 60.0  # a recording must be as long for its clock's rate to be told


def recorded_clock(tracks: Path, table: TrackTable) -> ClockMap:
    """From `NAME.times.csv` beside `NAME.csv` or `NAME.live.csv`, whose rows are `table`.

    Common times are those of the computer that recorded all cameras, in s. Raises TableError.
    """
    live = tracks.name.endswith(".live.csv")
    path = frame_times(tracks.with_suffix("").with_suffix(".mp4") if live else tracks)
    captured_s = _captured_s(path, "source_frame" if live else "frame")
    frames, first = np.unique(table.frames, return_index=True)
    pairs = [
        (table.times_s[row], captured_s[frame])
        for frame, row in zip(frames.tolist(), first.tolist(), strict=True)
        if frame in captured_s
    ]
    if len(pairs) < 2:
        raise TableError(f"{path}: holds no times of the frames of {tracks.name}")
    own_s, common_s = np.array(pairs).T
    rate = 1.0
    if np.ptp(own_s) >= DRIFT_S:
        rate = float(np.polyfit(own_s - own_s[0], common_s - common_s[0], 1)[0])
    offset_s = float(np.median(common_s - rate * own_s))
    return ClockMap(offset_s, rate, method="recorded")


def _captured_s(path: Path, column: str) -> dict[int, float]:
    """Frame number -> capture time in s of the computer's clock."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {int(row[column]): int(row["captured_ns"]) / 1e9 for row in csv.DictReader(file)}
    except FileNotFoundError:
        raise TableError(
            f"{path}: there is no such file; the true times of a recording lie beside its tracks"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise TableError(f"{path}: cannot be read ({error})") from error

"""Clips and folders of pictures in which somebody shows a board to the cameras."""

import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from core.errors import DamagedSourceError, SettingsError, UserNotice
from core.jpeg import encode_jpeg
from core.part_file import PartFile
from core.space.calibration.board import FORMS, Board
from core.space.calibration.board_finder import BoardFinder, Grey, fitting_board
from core.space.camera import Array, CalibrationError
from core.space.resample import ClockMap
from core.types import Frame
from core.video.capture import read_frames
from core.video.probe import probe
from core.video.source import CaptureSettings

_EVERY_S = 0.15  # a board shown by hand looks no different sooner
_LONGEST_GAP_S = 0.2  # over which a moving corner is taken to go straight
_SAME_TIME_S = 0.001
_PATIENT = 30  # pictures after which a chessboard that is nowhere is looked for less often
_TRIED = 16  # pictures that are tried with every board
_SAMPLES = 6  # pictures of a clip, up to twice as many, that are kept to find out which board it is
# Black is 16 and white 235 in a video; the finders' limits are made for 0 and 255.
_WHOLE_RANGE = ((np.arange(256) - 16) * (255 / 219)).clip(0, 255).round().astype(np.uint8)
_PICTURES = CaptureSettings(image_rate_hz=1.0)  # the n-th pictures of two folders belong together


@dataclass(slots=True, eq=False)
class BoardClip:
    """What one camera saw of a board; pictures are numbered as they were looked at."""

    name: str
    path: str
    size: tuple[int, int] = (0, 0)
    pictures: int = 0
    times_s: list[float] = field(default_factory=list)  # common clock
    corners: list[Array | None] = field(default_factory=list)  # (K, 2) px each
    samples: list[Grey] = field(default_factory=list)

    @property
    def seen(self) -> list[Array]:
        """The pictures that show the board."""
        return [corners for corners in self.corners if corners is not None]


def named_clips(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Name and path of [NAME=]CLIP. Raises SettingsError where two have one name."""
    found = []
    for text in texts:
        name, separator, rest = text.partition("=")
        is_named = bool(separator) and not Path(text).exists()
        path = rest if is_named else text
        found.append((name if is_named else Path(path).stem, path))
    names = [name for name, _ in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise SettingsError(f"two clips are called {min(twice)}; name them: left=A.mp4 right=B.mp4")
    return found


def read_boards(
    named: Sequence[tuple[str, str]], clocks: Sequence[ClockMap], board: Board
) -> tuple[Board, list[BoardClip], Array]:
    """Look for a board, or for what else may be meant by it where nobody sees it.

    -> the board that fits, what each camera saw, common times (T,). Raises SourceError, and
    CalibrationError with what was tried.
    """
    clips, times_s = _looked(named, clocks, board)
    if not any(clip.seen for clip in clips):
        samples = [picture for clip in clips for picture in clip.samples]
        samples = samples[:: max(1, len(samples) // _TRIED)]
        found = fitting_board(board, samples)
        if found is None:
            kinds = (
                "both layouts, columns and rows exchanged, inverted, 4x4 to 7x7 markers"
                if board.kind == "charuco"
                else "columns and rows exchanged, one more and one less, inverted"
            )
            raise CalibrationError(
                f"no {board} in {', '.join(path for _, path in named)} "
                f"({sum(clip.pictures for clip in clips)} pictures; tried as well: {kinds}); is it "
                f"near enough, sharp, whole, and called by its right name, such as {FORMS}?"
            )
        fitting, count = found
        print(
            f"warning: nobody shows a {board}; {fitting} fits {count} of {len(samples)} pictures "
            "and is taken",
            file=sys.stderr,
        )
        board = fitting
        clips, times_s = _looked(named, clocks, board)
    for clip in clips:
        if not clip.seen:
            raise CalibrationError(
                f"{clip.path}: the board is in none of its {clip.pictures} pictures that were "
                f"looked at, though {sum(bool(other.seen) for other in clips)} others show it"
            )
    return board, clips, times_s


def at_common_times(clips: Sequence[BoardClip], times_s: Array, board: Board) -> Array:
    """(C, T, K, 2) px: corners at common times, on the line between two pictures."""
    seen = np.full((len(clips), len(times_s), len(board.corners), 2), np.nan)
    for number, clip in enumerate(clips):
        own_s = np.array(clip.times_s)
        for index, time_s in enumerate(times_s.tolist()):
            after = int(np.searchsorted(own_s, time_s - _SAME_TIME_S))
            if after == len(own_s) or clip.corners[after] is None:
                continue
            late = clip.corners[after]
            if own_s[after] - time_s <= _SAME_TIME_S:
                seen[number, index] = late
            elif after and own_s[after] - own_s[after - 1] <= _LONGEST_GAP_S:
                early = clip.corners[after - 1]
                share = (time_s - own_s[after - 1]) / (own_s[after] - own_s[after - 1])
                if early is not None and late is not None:
                    seen[number, index] = early + share * (late - early)
    return seen


def write_picture(path: Path, clips: Sequence[BoardClip]) -> None:
    """All corners that were found, over a picture of each camera."""
    tiles = []
    for clip in clips:
        tile = cv2.cvtColor(clip.samples[0], cv2.COLOR_GRAY2RGB)
        for number, corners in enumerate(clip.seen):
            hue = 160 * number // max(len(clip.seen), 1)
            colour = cv2.cvtColor(np.array([[[hue, 255, 255]]], np.uint8), cv2.COLOR_HSV2RGB)[0, 0]
            for x, y in corners[np.isfinite(corners[:, 0])].round().astype(int).tolist():
                cv2.circle(tile, (x, y), max(2, clip.size[0] // 320), colour.tolist(), -1)
        scale = 360 / tile.shape[0]
        tiles.append(cv2.resize(tile, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    with PartFile(path) as file:
        file.write(encode_jpeg(np.asarray(np.concatenate(tiles, axis=1), np.uint8)))


def _looked(
    named: Sequence[tuple[str, str]], clocks: Sequence[ClockMap], board: Board
) -> tuple[list[BoardClip], Array]:
    """Look at the pictures next to common times, which are those of the first camera."""
    finder = BoardFinder(board)
    clips: list[BoardClip] = []
    wanted = np.zeros(0)
    for (name, path), clock in zip(named, clocks, strict=True):
        clip = BoardClip(name, path)
        own = []
        total = probe(path, _PICTURES).frame_count
        frames = tqdm(
            _whole_frames(path), desc=name, total=total, unit=" frames",
            dynamic_ncols=True, delay=0.5,
        )  # fmt: skip
        for number, (frame, time_s, is_own) in enumerate(_picked(frames, clock, wanted)):
            if is_own:
                own.append(time_s)
            if board.kind == "chessboard" and not clip.seen and number > _PATIENT and number % 8:
                continue  # it takes seconds to see that none is there
            grey = _grey(frame)
            clip.times_s.append(time_s)
            clip.corners.append(finder.find(grey))
            clip.size = frame.size
            _sample(clip, grey)
        clips.append(clip)
        wanted = np.sort(np.concatenate([wanted, own]))
    return clips, wanted


def _whole_frames(path: str) -> Iterator[Frame]:
    """Frames as far as they can be read; a notice says where some could not."""
    try:
        yield from read_frames(path, _PICTURES)
    except DamagedSourceError as error:
        if not error.good_frames:
            raise
        warnings.warn(str(error), UserNotice, stacklevel=2)


def _picked(
    frames: Iterable[Frame], clock: ClockMap, wanted: Array
) -> Iterator[tuple[Frame, float, bool]]:
    """The pictures before and after each wanted time, and some outside the time these cover.

    -> picture, common time, whether it makes a common time of its own.
    """
    first = wanted[0] if len(wanted) else np.inf
    last = wanted[-1] if len(wanted) else -np.inf
    before: tuple[Frame, float] | None = None
    latest_own, given = -np.inf, -np.inf
    for frame in frames:
        time_s = float(clock.common(np.array(frame.time_s)))
        outside = time_s < first - _EVERY_S / 2 or time_s > last + _EVERY_S / 2
        if outside and time_s - latest_own >= 0.9 * _EVERY_S:
            latest_own = given = time_s
            yield frame, time_s, True
        elif len(wanted) and not outside:
            next_one = int(np.searchsorted(wanted, given + _SAME_TIME_S))
            reached = next_one < len(wanted) and wanted[next_one] <= time_s + _SAME_TIME_S
            if reached:
                exact = np.abs(wanted - time_s).min() <= _SAME_TIME_S
                if not exact and before is not None and before[1] > given:
                    yield *before, False
                given = time_s
                yield frame, time_s, False
        before = (frame, time_s)


def _grey(frame: Frame) -> Grey:
    if isinstance(frame.picture, np.ndarray):
        return np.asarray(cv2.cvtColor(frame.picture, cv2.COLOR_RGB2GRAY), np.uint8)
    return _WHOLE_RANGE[frame.picture.luma]


def _sample(clip: BoardClip, grey: Grey) -> None:
    """Keep a few pictures, spread over the clip."""
    stride = 1
    while clip.pictures // stride >= 2 * _SAMPLES:
        stride *= 2
    if clip.pictures % stride == 0:
        if len(clip.samples) == 2 * _SAMPLES:
            clip.samples = clip.samples[::2]
        clip.samples.append(grey)
    clip.pictures += 1

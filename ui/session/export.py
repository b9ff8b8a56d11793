"""Writes what is known of a clip: the table of tracks, or the clip with its overlay."""

import glob
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QPainter

from core.errors import OutputError
from core.part_file import PartFile
from core.run.recorded import Progress
from core.tracks.csv_long import read_track_csv
from core.tracks.edits.csv_rows import EditedCsvWriter, read_corrected
from core.tracks.edits.frame import shown_frame
from core.tracks.edits.people import names_of
from core.tracks.formats.people import Clip
from core.tracks.measure.scale import from_longest
from core.tracks.motion import motions_of
from core.tracks.trails import Trails
from core.video.encode import EncodeSettings, VideoWriter
from core.video.seek import open_seekable
from ui.session.clip_analysis import Knowledge
from ui.view.overlay import OverlayStyle, Scene, draw_people
from ui.view.picture import ScaledPicture, picture_of


@dataclass(frozen=True, slots=True)
class Part:
    """What is exported: frames `first` to `last`, and one person or everyone."""

    first: int
    last: int
    only: int | None = None

    def __len__(self) -> int:
        return self.last - self.first + 1


def export_csv(
    knowledge: Knowledge,
    times_s: NDArray[np.float64],
    part: Part,
    path: Path,
    keypoint_threshold: float = 0.0,
) -> Iterator[Progress]:
    """The long table, corrections included, hidden people left out. Raises OutputError.

    `times_s` are those of frames that were not analysed yet.
    """
    with PartFile(path) as file:
        edits, skeleton = knowledge.log.edits, knowledge.skeleton
        writer = EditedCsvWriter(file, skeleton, edits, keypoint_threshold)
        for done, number in enumerate(range(part.first, part.last + 1), 1):
            analysed_s = knowledge.time_at(number)
            time_s = float(times_s[number]) if analysed_s is None else analysed_s
            writer.write(number, time_s, knowledge.tracks_before(number), part.only)
            yield Progress(done, len(part))


@dataclass(frozen=True, slots=True)
class Offer:
    """A format that a clip can be exported in."""

    summary: str
    takes_height: bool  # somebody's height makes metres of pixels
    needs_height: bool


def formats() -> dict[str, Offer]:
    """All formats of `convert`, by name."""
    # Not before somebody exports.
    from core.tracks.formats.registry import FORMATS

    return {
        name: Offer(known.summary, known.metres != "never", known.metres == "always")
        for name, known in FORMATS.items()
    }


def format_files(source: str, name: str) -> tuple[str, ...]:
    """The names of what a format may make of a clip; `#` stands for a number."""
    from core.tracks.formats.registry import planned

    return planned(Path(source).stem, [name])


def export_format(
    knowledge: Knowledge,
    times_s: NDArray[np.float64],
    part: Part,
    source: str,
    name: str,
    folder: Path,
    keypoint_threshold: float = 0.0,
    height_m: float | None = None,
) -> Iterator[Progress | str]:
    """What `convert` makes of the long table, into a folder; what is lost comes last, as text.

    `height_m` is that of the person with the longest track. Raises OutputError, also where one of
    the files is there already, and ScaleError, also where a height is given and they are no bodies.
    """
    from core.tracks.formats.registry import AS_MEASURED, Export, export, planned

    stem = Path(source).stem
    for ending in planned("", [name]):
        there = next(folder.glob(glob.escape(stem) + ending.replace("#", "*")), None)
        if there is not None:
            raise OutputError(f"{there}: is there already; choose another folder")
    with TemporaryDirectory() as made:
        path = Path(made) / f"{stem}.csv"
        yield from export_csv(knowledge, times_s, part, path, keypoint_threshold)
        table, marked = read_track_csv(path), bool(read_corrected(path))
    scale = None
    if height_m is not None:
        people = motions_of(table, AS_MEASURED.min_score)
        if not people:
            raise OutputError("there is nobody in the tracks whose height that could be")
        scale = from_longest(people, height_m)
    job = Export(table, folder, Clip(stem, source), scale=scale, corrected=marked)
    _, losses = export(name, job)
    if losses:
        yield "; ".join(losses)


def export_video(
    knowledge: Knowledge,
    source: str,
    part: Part,
    style: OverlayStyle,
    path: Path,
    encode: EncodeSettings,
) -> Iterator[Progress]:
    """The frames as the window shows them, with their own times. Raises UserError."""
    trails, edits = Trails(), knowledge.log.edits
    names, skeleton = names_of(edits), knowledge.named
    with open_seekable(source) as video:
        first = video.frame(part.first)
        span_s = float(video.times_s[-1] - video.times_s[0])
        rate_hz = (len(video) - 1) / span_s if span_s > 0 else None
        with VideoWriter(path, first.size, rate_hz, encode) as writer:
            for done, number in enumerate(range(part.first, part.last + 1), 1):
                frame = video.frame(number)
                before = knowledge.tracks_before(number)
                tracks = shown_frame(edits, number, before, skeleton).tracks
                if part.only is not None:
                    tracks = tracks[tracks.ids == part.only]
                trails.add(tracks, frame.time_s)
                picture = picture_of(frame)
                scene = Scene(tracks, trails.positions(), names, named=skeleton)
                rgb = paint_over(picture, scene, style)
                writer.write(rgb, frame.time_s - first.time_s)
                yield Progress(done, len(part))


def paint_over(picture: ScaledPicture, scene: Scene, style: OverlayStyle) -> NDArray[np.uint8]:
    """The picture with people drawn into it in its own size, as RGB (H, W, 3)."""
    painter = QPainter(picture.image)
    draw_people(painter, scene, style, _as_it_is, picture.image.height())
    painter.end()
    # Painting gave the image memory of its own.
    bits = picture.image.constBits()
    assert bits is not None
    bits.setsize(picture.image.sizeInBytes())
    pixels = np.frombuffer(bits, np.uint8).reshape(picture.memory.shape)  # type: ignore[call-overload]
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB), np.uint8)


def _as_it_is(points: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(points, np.float64)

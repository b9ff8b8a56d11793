"""What `convert` makes of skeletons in space, by the names that the formats of tracks have."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import SettingsError
from core.part_file import make_folder, write_whole
from core.space.skeleton_files.bvh import write_bvh
from core.space.skeleton_files.markers import write_c3d, write_trc
from core.space.tracks3d import Tracks3D
from core.tracks.formats.people import Clip, is_even
from core.tracks.formats.text_tables import Signs


@dataclass(frozen=True, slots=True)
class SpaceFormat:
    """One format; `write` returns the files that it wrote."""

    loses: str
    write: Callable[[Path, Tracks3D, Clip, Signs], list[Path]]
    ending: str  # of the names that it writes, after the table's; `#` is a number


def convert_space(
    name: str, folder: Path, tracks: Tracks3D, clip: Clip, signs: Signs
) -> tuple[list[Path], list[str]]:
    """Write skeletons in the named format; the paths, and what was lost, as sentences.

    Raises SettingsError for a format that holds no depth, OutputError.
    """
    chosen = space_format(name)
    make_folder(folder)
    paths = chosen.write(folder, tracks, clip, signs)
    lost = [f"{name} does not hold {chosen.loses}"]
    if name == "c3d" and not is_even(np.unique(tracks.times_s)):
        lost.append(f"c3d counts times as evenly spaced, and those of {clip.name} are not")
    return paths, lost


def space_format(name: str) -> SpaceFormat:
    """Raises SettingsError for a format that holds no depth."""
    if name not in SPACE_FORMATS:
        known = ", ".join(SPACE_FORMATS)
        raise SettingsError(
            f"--format {name} has no room for skeletons in space; {known} have (`.3d.csv` itself "
            "is a table with a row a time and person)"
        )
    return SPACE_FORMATS[name]


def _trc(folder: Path, tracks: Tracks3D, clip: Clip, _: Signs) -> list[Path]:
    return write_trc(folder, tracks, clip)


def _c3d(folder: Path, tracks: Tracks3D, clip: Clip, _: Signs) -> list[Path]:
    return write_c3d(folder, tracks, clip)


def _bvh(folder: Path, tracks: Tracks3D, clip: Clip, _: Signs) -> list[Path]:
    return write_bvh(folder, tracks, clip)


def _very_long(folder: Path, tracks: Tracks3D, clip: Clip, signs: Signs) -> list[Path]:
    """A row a keypoint that is known: m, z up; an empty `sd_m` and 0 cameras where filled in."""
    path = folder / f"{clip.name}.very_long.csv"
    header = "frame,time_s,track_id,keypoint,x_m,y_m,z_m,sd_m,cameras"
    text = "".join(f"{signs.line(line)}\n" for line in (header, *_long_lines(tracks, clip)))
    write_whole(path, text)
    return [path]


def _long_lines(tracks: Tracks3D, clip: Clip) -> Iterator[str]:
    for row, joint in np.argwhere(np.isfinite(tracks.points).all(axis=2)).tolist():
        place = ",".join(f"{value:.5f}" for value in tracks.points[row, joint].tolist())
        sd_m = float(tracks.deviations[row, joint])
        yield ",".join(
            (
                f"{tracks.frames[row]},{tracks.times_s[row]:.6f},{tracks.ids[row]}",
                f"{clip.skeleton.names[joint]},{place}",
                "" if np.isnan(sd_m) else f"{sd_m:.5f}",
                str(tracks.cameras[row, joint]),
            )
        )


SPACE_FORMATS = {
    "csv-very-long": SpaceFormat("the ids of each camera", _very_long, ".very_long.csv"),
    "trc-opensim": SpaceFormat(
        "uncertainties, ids of cameras, eyes and ears", _trc, "_person#.trc"
    ),
    "c3d": SpaceFormat("the times of frames, ids of cameras", _c3d, "_person#.c3d"),
    "bvh": SpaceFormat(
        "how far limbs are rolled about themselves (cameras do not show it), lengths that change, "
        "what was filled in, uncertainties, ids of cameras",
        _bvh,
        "_person#.bvh",
    ),
}

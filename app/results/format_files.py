"""Tracks in other formats, without what an earlier run made of the same tracks and is gone now."""

from pathlib import Path

from app.results.ownership import Outputs, begin, settle
from core.space.skeleton_files.conversions import convert_space, space_format
from core.space.tracks3d import Tracks3D
from core.tracks.formats.json_files import openpose_file
from core.tracks.formats.people import Clip, frames_of
from core.tracks.formats.registry import Export, export, planned
from core.tracks.formats.text_tables import Signs

Written = tuple[list[Path], list[str]]  # paths, and what was lost, as sentences


def write_format(name: str, job: Export, tracks: Path) -> Written:
    """`export` of what a file of tracks holds.

    Files of people and frames that an earlier run wrote and that are gone now are removed, once
    the new ones are there, and no file of anybody else. Raises OutputError.
    """
    clip, files = job.clip.name, planned(job.clip.name, (name,))
    frames: list[Path] = []
    if name == "openpose":
        (folder,) = files
        files = (folder, f"{folder}/{openpose_file(clip, None)}")
        numbers, _ = frames_of(job.table)
        frames = [job.folder / folder / openpose_file(clip, n) for n in numbers.tolist()]
    outputs = Outputs(job.folder, clip, str(tracks), files)
    begin(outputs)
    paths, lost = export(name, job)
    settle(outputs, [*paths, *frames])
    return paths, lost


def write_space_format(
    name: str, folder: Path, tracks: Tracks3D, signs: Signs, table: Path
) -> Written:
    """The same of skeletons in space, with `convert_space`. Raises SettingsError, OutputError."""
    clip = table.stem
    outputs = Outputs(folder, clip, str(table), (f"{clip}{space_format(name).ending}",))
    begin(outputs)
    paths, lost = convert_space(name, folder, tracks, Clip(clip), signs)
    settle(outputs, paths)
    return paths, lost

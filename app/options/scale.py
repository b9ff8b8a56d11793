"""Command-line options that turn pixels into metres."""

import argparse

from core.errors import SettingsError
from core.tracks.measure.scale import CameraPose, Scale, from_line, from_longest, from_plane
from core.tracks.motion import Motion


def add_scale_arguments(parser: argparse.ArgumentParser) -> None:
    """A height, a line or a plane, and how the camera was held."""
    scale = parser.add_argument_group("pixels to metres")
    scale.add_argument("--height-m", type=float, help="height of the person with the longest track")
    scale.add_argument("--line", metavar="X1,Y1,X2,Y2,METRES", help="a level line on the ground")
    scale.add_argument(
        "--plane",
        metavar="X1,Y1,...,X4,Y4,WIDTH,DEPTH",
        help="rectangle on the ground: near left, near right, far right, far left; metres",
    )
    scale.add_argument("--size", metavar="WIDTHxHEIGHT", help="of the picture, for a tilted camera")
    scale.add_argument("--tilt-deg", type=float, default=0.0, help="camera looks down by this")
    scale.add_argument("--roll-deg", type=float, default=0.0, help="camera turned clockwise")
    scale.add_argument("--fov-deg", type=float, default=45.0, help="view along the height (45)")


def scale_of(arguments: argparse.Namespace, people: list[Motion]) -> Scale | None:
    """The scale that the options ask for, or None. Raises SettingsError and ScaleError."""
    given = [name for name in ("height_m", "line", "plane") if getattr(arguments, name) is not None]
    if len(given) > 1:
        raise SettingsError("pixels to metres: give one of --height-m, --line and --plane")
    camera = None
    if arguments.tilt_deg or arguments.roll_deg:
        if not arguments.size:
            raise SettingsError("a tilted camera needs --size, such as 1920x1080")
        width, height = _numbers(arguments.size.replace("x", ","), 2, "--size")
        camera = CameraPose(
            (int(width), int(height)), arguments.tilt_deg, arguments.roll_deg, arguments.fov_deg
        )
    if arguments.line is not None:
        x1, y1, x2, y2, metres = _numbers(arguments.line, 5, "--line")
        return from_line((x1, y1), (x2, y2), metres, camera)
    if arguments.plane is not None:
        values = _numbers(arguments.plane, 10, "--plane")
        corners = list(zip(values[:8:2], values[1:8:2], strict=True))
        return from_plane(corners, values[8], values[9])
    if arguments.height_m is not None:
        if not people:
            raise SettingsError("--height-m: there is nobody in the tracks")
        return from_longest(people, arguments.height_m, camera)
    return None


def _numbers(text: str, count: int, option: str) -> list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise SettingsError(f"{option} {text}: expected numbers with commas between") from error
    if len(values) != count:
        raise SettingsError(f"{option} {text}: expected {count} numbers, got {len(values)}")
    return values


def has_scale(arguments: argparse.Namespace) -> bool:
    """Whether any option asks for a scale."""
    return any(getattr(arguments, name) is not None for name in ("height_m", "line", "plane"))

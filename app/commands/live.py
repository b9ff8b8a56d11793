"""Sources at once: in the desktop window, or without one."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from app.commands import gui
from app.settings import AppSettings, settings_of
from core.errors import SettingsError
from ui.session.source import Source, source_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="a camera such as /dev/video0, a file, a folder or an address; several are shown "
        "side by side, files at their own speed",
    )
    gui.add_arguments(parser)
    parser.add_argument(
        "--send",
        action="append",
        default=[],
        metavar="TO",
        help="osc://HOST:PORT, udp://HOST:PORT, ws://HOST:PORT, lsl:NAME or NAME.jsonl; "
        "may be repeated",
    )
    parser.add_argument(
        "--cameras", action="store_true", help="list the cameras and what they offer, and end"
    )
    alone = parser.add_argument_group("without a window")
    alone.add_argument(
        "--no-window", action="store_true", help="run in the terminal or as a service"
    )
    alone.add_argument("--output", type=Path, metavar="DIR", help="write the tracks there")
    alone.add_argument(
        "--video", action="store_true", help="write the camera's pictures as well, with their times"
    )
    alone.add_argument("--duration-s", type=float, metavar="S", help="stop after so long")


def run(arguments: argparse.Namespace) -> int:
    """Open the window and the sources in it, or run until the end is asked for."""
    if arguments.cameras:
        return _list_cameras()
    settings = settings_of(arguments)
    sources = [source_of(text) for text in arguments.sources]
    if arguments.no_window:
        from app.live.run import LiveWishes, run_live

        wishes = LiveWishes(
            arguments.output, arguments.video, tuple(arguments.send), arguments.duration_s
        )
        return run_live(sources, settings, wishes)
    if arguments.output or arguments.video or arguments.duration_s is not None:
        raise SettingsError("--output, --video and --duration-s need --no-window")
    return _show(settings, sources, arguments)


def _list_cameras() -> int:
    """Print each camera with its modes."""
    from core.video.v4l2 import camera_modes
    from ui.session.cameras import CameraList

    cameras = CameraList().cameras()
    for camera in cameras:
        print(f"{camera.device}  {camera.name}")
        for mode in camera_modes(camera.device):
            print(f"    {mode}")
    if not cameras:
        print("no camera found")
    return 0


def _show(settings: AppSettings, sources: Sequence[Source], arguments: argparse.Namespace) -> int:
    """The window, with outputs that are there before it."""
    from app.live.outputs import addresses_of
    from core.send.outputs import Output

    addresses = addresses_of(arguments.send)
    outputs = [Output(address, max(1, len(sources))) for address in addresses]
    try:
        return gui.show(settings, sources, arguments.renderer, outputs)
    finally:
        for output in outputs:
            output.close()

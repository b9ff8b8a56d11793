"""The desktop window with a source opened at once."""

import argparse

from app.commands import gui
from app.settings import settings_of
from ui.session.source import source_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "source", nargs="?", help="a camera such as /dev/video0, a file, a folder or an address"
    )
    gui.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Open the window, and the source in it."""
    source = source_of(arguments.source) if arguments.source else None
    return gui.show(settings_of(arguments), source, arguments.renderer)

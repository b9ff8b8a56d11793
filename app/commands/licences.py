"""`python -m app licences`: what the program stands on, and under which terms."""

import argparse
from pathlib import Path

from app.results.new_file import check_new
from app.results.overwrite import OF_THAT_NAME, add_overwrite_argument
from core.errors import UserError
from core.licences import licence_text, parts, terms, unknown_libraries
from core.part_file import write_whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--texts", action="store_true", help="with the licences' texts")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write them there, with texts")
    add_overwrite_argument(parser, OF_THAT_NAME)


def run(arguments: argparse.Namespace) -> int:
    """Print or write the list. Raises UserError where nobody knows whose a library is."""
    if arguments.output is not None:
        check_new(arguments.output, arguments.overwrite)
    unknown = unknown_libraries()
    if unknown:
        raise UserError(f"licences: nobody knows whose these libraries are: {', '.join(unknown)}")
    listed = parts()
    lines = [f"{part.name:<26}{part.version:<14}{part.licence}" for part in listed]
    text = "\n".join(["yolopose is Apache-2.0. It stands on:", "", *lines, "", terms()])
    if arguments.texts or arguments.output is not None:
        texts = ((part, licence_text(part)) for part in listed)
        text += "".join(f"\n\n=== {part.name} ===\n\n{words}" for part, words in texts if words)
    if arguments.output is None:
        print(text)
    else:
        write_whole(arguments.output, text + "\n")
        print(arguments.output.resolve())
    return 0

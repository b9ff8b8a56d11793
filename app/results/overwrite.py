"""The option that lets a command replace files; a parser needs nothing else of the records."""

import argparse

OF_SOMETHING_ELSE = "files that were made of something else"
OF_THAT_NAME = "a file of that name that is there already"


def add_overwrite_argument(parser: argparse.ArgumentParser, what: str = OF_SOMETHING_ELSE) -> None:
    """The option of every command that writes files."""
    parser.add_argument("--overwrite", action="store_true", help=f"replace {what}")

"""`python -m app doctor`: what this computer has, what is used, and how fast it is."""

import argparse

from app.diagnosis import TEST_S, diagnose
from app.settings import AppSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--seconds", type=float, default=TEST_S, help="length of the speed test; 0 leaves it out"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the report."""
    for line in diagnose(AppSettings(), arguments.seconds):
        print(line, flush=True)
    return 0

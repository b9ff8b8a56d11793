"""`python -m app import-weights FILE`: a published checkpoint becomes one of ours."""

import argparse
from pathlib import Path

from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_free, remember


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", type=Path, help="a published YOLO-Pose checkpoint (.pt)")
    parser.add_argument("--output", type=Path, help="where to write (FILE with .safetensors)")
    add_overwrite_argument(parser)
    parser.add_argument(
        "--layout",
        choices=["auto", "split", "joined"],
        default="auto",
        help="how its head shares channels out to anchors; official checkpoints: joined",
    )


def run(arguments: argparse.Namespace) -> int:
    """Read without executing anything, check, write."""
    from core.model.checkpoint import save_checkpoint
    from core.model.published import import_published

    path = arguments.output or arguments.file.with_suffix(".safetensors")
    outputs = Outputs.of_file(path, arguments.file)
    check_free(outputs, arguments.overwrite)
    found = import_published(arguments.file, arguments.layout)
    save_checkpoint(path, found.network(), found.history)
    remember(outputs)
    print(f"{path}: {found.settings.name}, head layout {found.settings.layout}")
    return 0

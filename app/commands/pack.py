"""`python -m app pack DATA FOLDER`: a data set as archives at training size, to travel."""

import argparse
from pathlib import Path

from app.options.images import add_images_argument
from core.skeleton import COCO_17, KNOWN, skeleton_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("data", type=Path, help="COCO keypoints JSON")
    add_images_argument(parser)
    parser.add_argument("folder", type=Path, help="where archives of at most 60 MiB are written")
    parser.add_argument(
        "--keypoints",
        type=int,
        choices=[len(skeleton) for skeleton in KNOWN],
        default=len(COCO_17),
        help="joints of the labels: COCO's 17, or Halpe's 26 with feet (17)",
    )
    parser.add_argument(
        "--side", type=int, default=640, help="longest side of the pictures, px (640)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the archives, from which `train --data FOLDER` learns."""
    from core.errors import SettingsError
    from core.train.archives import pack_dataset

    if arguments.side < 64:
        raise SettingsError(f"--side must be at least 64, got {arguments.side}")
    pieces = pack_dataset(
        arguments.data,
        arguments.side,
        arguments.folder,
        pictures=arguments.images,
        skeleton=skeleton_of(arguments.keypoints),
    )
    size_mib = sum(piece.stat().st_size for piece in pieces) / 2**20
    print(
        f"archives written: {len(pieces)}, {size_mib:.0f} MiB in all; "
        f"train with --data {arguments.folder}"
    )
    return 0

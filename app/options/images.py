"""The option that says where the pictures of labels are."""

import argparse
from pathlib import Path


def add_images_argument(parser: argparse.ArgumentParser) -> None:
    """`--images FOLDER`."""
    parser.add_argument(
        "--images",
        type=Path,
        metavar="FOLDER",
        help="the pictures (beside the labels, in `images` there, or as COCO lays them out)",
    )

"""`python -m app train SETTINGS`: train a network."""

import argparse
from pathlib import Path

from app.training import load_training
from core.settings import apply_overrides, build, load_yaml


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("settings", type=Path, help="a YAML file, such as configs/train/n6.yaml")
    parser.add_argument("--data", type=Path, help="COCO keypoints JSON to learn from")
    parser.add_argument("--validation", type=Path, help="COCO keypoints JSON to choose by")
    parser.add_argument("--init", type=Path, help="initial weights")
    parser.add_argument("--output", type=Path, help="folder of the run (runs/NAME)")
    parser.add_argument("--cache", type=Path, help="folder for pictures at training size")
    parser.add_argument("--resume", action="store_true", help="go on where the run stopped")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=C", dest="overrides")


def run(arguments: argparse.Namespace) -> int:
    """Train; Ctrl-C saves and stops."""
    training = load_training()
    from core.train.settings import TrainSettings

    values = load_yaml(arguments.settings)
    for name in ("data", "validation", "init"):
        if getattr(arguments, name) is not None:
            values[name] = str(getattr(arguments, name))
    settings = build(TrainSettings, apply_overrides(values, arguments.overrides))
    folder = arguments.output or Path("runs") / arguments.settings.stem
    folder.mkdir(parents=True, exist_ok=True)
    outcome = training.fit(
        settings, folder, arguments.cache or Path("runs") / "cache", arguments.resume
    )
    if not outcome.finished:
        print(f"stopped and saved; go on with --resume --output {folder}")
        return 130
    scores = ", ".join(f"{name} {value:.3f}" for name, value in outcome.best.items())
    print(f"best weights: {outcome.weights}" + (f" ({scores})" if scores else ""))
    return 0

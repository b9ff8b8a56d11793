"""`python -m app train SETTINGS`: train a network."""

import argparse
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.results.overwrite import add_overwrite_argument
from app.results.run_folder import TRAINING, claim_run
from app.teach.training import load_training
from core.one_writer import alone_in
from core.part_file import make_folder
from core.settings import apply_overrides, build
from core.train.recipe import read_recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("settings", type=Path, help="a recipe, such as configs/train/n6.yaml")
    parser.add_argument(
        "--data", type=Path, help="COCO keypoints JSON, or a folder of archives, to learn from"
    )
    parser.add_argument("--validation", type=Path, help="the same, to choose by")
    parser.add_argument("--images", type=Path, help="folder of the pictures of --data")
    parser.add_argument("--validation-images", type=Path, help="and of --validation")
    parser.add_argument("--init", type=Path, help="initial weights")
    parser.add_argument("--output", type=Path, help="folder of the run (runs/NAME)")
    parser.add_argument("--cache", type=Path, help="folder for pictures at training size")
    parser.add_argument("--resume", action="store_true", help="go on where the run stopped")
    add_overwrite_argument(parser, "files in --output that are no run's")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=C", dest="overrides")


def run(arguments: argparse.Namespace) -> int:
    """Train one part after the other; Ctrl-C saves and stops."""
    training = load_training()
    from core.model.engines.torch_engine import choose_device
    from core.train.ranks import joined_ranks
    from core.train.resume import FILE
    from core.train.settings import TrainSettings

    folder = arguments.output or Path("runs") / arguments.settings.stem
    given: dict[str, Any] = {
        name: str(getattr(arguments, name))
        for name in ("data", "validation", "images", "validation_images", "init")
        if getattr(arguments, name) is not None
    }
    parts = [
        (name, build(TrainSettings, apply_overrides(values | given, arguments.overrides)))
        for name, values in read_recipe(arguments.settings)
    ]
    resume, earlier = arguments.resume, None
    cache = arguments.cache or Path("runs") / "cache"
    make_folder(folder)
    for name, _ in parts:
        own = folder / name
        # What a run goes on from is known by its state.
        if not (resume and (own / FILE).is_file()):
            claim_run(own, TRAINING, arguments.overwrite)
    with (
        joined_ranks(choose_device(parts[0][1].device)) as ranks,
        alone_in(folder) if ranks.first else nullcontext(),
    ):
        for name, settings in parts:
            own = folder / name
            if earlier is not None:
                settings = replace(settings, init=earlier)
                resume = resume and (own / FILE).is_file()
            outcome = training.fit(settings, own, cache, resume, ranks)
            earlier = own / "last.safetensors"
            if not outcome.finished:
                print(f"stopped and saved; go on with --resume --output {folder}")
                return 130
    scores = ", ".join(f"{name} {value:.3f}" for name, value in outcome.best.items())
    print(f"best weights: {outcome.weights}" + (f" ({scores})" if scores else ""))
    return 0

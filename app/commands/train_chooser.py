"""`python -m app train-chooser`: finished weights learn to choose among their own keypoints."""

import argparse
from pathlib import Path

from app.options.images import add_images_argument
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_free, remember
from core.part_file import make_folder

# Share of the pictures, by image source, where the data set names them.
_SOURCES = {"coco": 0.6, "lspet": 0.2, "brianhuman": 0.14, "hardhat": 0.03, "ccp": 0.02,
            "smoking": 0.01}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--model", help="weights that find keypoints by heatmaps (the default)")
    parser.add_argument("--data", type=Path, required=True, help="COCO keypoints JSON")
    add_images_argument(parser)
    parser.add_argument("--output", type=Path, required=True, help="the new weights file")
    parser.add_argument("--pictures", type=int, default=10000, help="how many to look at (10000)")
    parser.add_argument("--steps", type=int, default=1600, help="training steps (1600)")
    parser.add_argument("--seed", type=int, default=0, help="of samples and chooser (0)")
    add_overwrite_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look at the pictures, learn, and write the weights with their chooser."""
    from app.teach.training import load_training

    load_training()
    from tqdm import tqdm

    from core.errors import DatasetError, ModelError, SettingsError
    from core.model.checkpoint import find_weights, load_checkpoint, save_checkpoint
    from core.train.chooser_examples import gather_examples, join_examples
    from core.train.chooser_fit import Fit, fit_chooser
    from core.train.dataset import read_dataset

    for name in ("pictures", "steps"):
        if getattr(arguments, name) < 1:
            raise SettingsError(f"--{name} must be at least 1, got {getattr(arguments, name)}")
    outputs = Outputs.of_file(arguments.output, arguments.data)
    check_free(outputs, arguments.overwrite)
    make_folder(outputs.folder)
    weights = find_weights(arguments.model)
    before = load_checkpoint(weights)
    if before.settings.refine == "none":
        raise ModelError(f"{weights}: finds keypoints without heatmaps, there is nothing to choose")
    images = read_dataset(arguments.data, before.settings.keypoints, arguments.images)
    pictures = gather_examples(weights, images, _SOURCES, arguments.pictures, arguments.seed)
    bar = tqdm(pictures, "looking", arguments.pictures, unit="image")
    parts = [part for part in bar if len(part)]
    if not parts:
        raise DatasetError(f"{arguments.data}: the network finds nobody in its pictures")
    examples = join_examples(parts)
    print(f"{len(examples)} people to learn from")
    with tqdm(total=arguments.steps, desc="learning", unit="step") as learning:

        def say(fit: Fit) -> None:
            learning.update()
            learning.set_postfix_str(f"loss {fit.loss:.2f}, OKS {fit.similarity:.3f}", False)

        chooser = fit_chooser(examples, arguments.steps, arguments.seed, say)
    history = dict(before.history) | {
        "chooser": {
            "pictures": arguments.pictures, "steps": arguments.steps, "seed": arguments.seed,
            "data": arguments.data.name,
        }
    }  # fmt: skip
    save_checkpoint(arguments.output, before.with_chooser(chooser), history)
    remember(outputs)
    print(f"ready: --model {arguments.output}")
    return 0

"""`python -m app finetune DATA`: the weights get to know the user's own pictures."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.images_option import add_images_argument
from app.ownership import Outputs, add_overwrite_argument, check_free, remember

_HELD_OUT = 0.25  # of the pictures
# What a network that refines learns of its maps, also where its last recipe left them alone.
_MAPS = {"refinement": 1.0, "offsets": 0.3, "displacements": 1.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("data", type=Path, help="COCO keypoints JSON of corrected frames")
    add_images_argument(parser)
    parser.add_argument("--output", type=Path, required=True, help="the new weights file")
    parser.add_argument("--weights", help="where to start: a file or a shipped name (default)")
    parser.add_argument("--steps", type=int, default=200, help="training steps (200)")
    parser.add_argument("--size", type=int, default=384, help="px, longest side (384)")
    parser.add_argument("--rate", type=float, default=3e-4, help="learning rate (0.0003)")
    parser.add_argument(
        "--share",
        type=float,
        default=0.5,
        help="how far to go from the old weights to the tuned ones (0.5); 1 for one fixed camera",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the split and the samples (0)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], default="auto")
    add_overwrite_argument(parser)
    parser.add_argument("--run", type=Path, help="folder of the run (runs/finetune)")


def run(arguments: argparse.Namespace) -> int:
    """Train on most of the pictures; keep the result only if the held-out ones are no worse."""
    from app.training import load_training

    training = load_training()
    from core.errors import SettingsError
    from core.model.checkpoint import find_weights, load_checkpoint, save_checkpoint
    from core.settings import build
    from core.train.blend import blended
    from core.train.holdout import split_dataset
    from core.train.recipe import learned_with
    from core.train.settings import TrainSettings

    if not 0 < arguments.share <= 1:
        raise SettingsError(f"--share must be above 0 and at most 1, got {arguments.share}")
    outputs = Outputs.of_file(arguments.output, arguments.data)
    check_free(outputs, arguments.overwrite)
    folder = arguments.run or Path("runs") / "finetune"
    start = find_weights(arguments.weights)
    before = load_checkpoint(start)
    learn, held_out, learned, held = split_dataset(
        arguments.data, _HELD_OUT, arguments.seed, folder, arguments.images
    )
    # Another loss would unlearn what the weights know, such as how near a keypoint is.
    learned_by = learned_with(before.history)
    learning = learned_by.get("optimiser", {})
    settings = build(
        TrainSettings,
        {
            "model": before.settings.name,
            "init": str(start),
            "data": str(learn),
            "epochs": 1,
            "steps": arguments.steps,
            "batch": min(16, max(2, learned)),
            "sizes": [arguments.size],
            "seed": arguments.seed,
            "device": arguments.device,
            "optimiser": {
                **_carefully(learning),
                "rate": arguments.rate,
                "warmup_steps": 10,
                "ema_decay": 0.98,
            },
            # The auxiliary heatmaps would begin at random.
            "loss": learned_by.get("loss", {})
            | (_MAPS if before.settings.refine != "none" else {})
            | {"heatmaps": 0.0},
            "augment": learned_by.get("augment", {}),
        },
        "finetune",
    )
    outcome = training.fit(settings, folder, folder / "cache", False)
    if not outcome.finished:
        print("stopped; nothing is written")
        return 130
    tuned = load_checkpoint(outcome.weights)
    network = blended(before.network(), tuned.network(), arguments.share)
    look = TrainSettings(
        validation=held_out, validation_size=arguments.size, device=arguments.device
    )
    old = training.validate(before.network(), look, folder)
    new = training.validate(network, look, folder)
    print(
        f"{held} held-out pictures: AP {old.ap:.3f} before, {new.ap:.3f} after; "
        f"AP50 {old.ap50:.3f} before, {new.ap50:.3f} after"
    )
    if not training.better(new.as_dict(), old.as_dict()):
        print("the new weights are no better on pictures that they have not seen: not written")
        return 3
    history = {
        **{key: before.history[key] for key in ("licence",) if key in before.history},
        "finetuned_from": before.history,
        "finetune": tuned.history,
        "share": arguments.share,
    }
    save_checkpoint(arguments.output, network, history)
    remember(outputs)
    print(f"ready: --model {arguments.output}")
    return 0


def _carefully(learning: Mapping[str, Any]) -> dict[str, Any]:
    """What was pretrained learns slowly, also what the last recipe left as it was.

    The user's pictures may look like nothing that the trunk has seen.
    """
    slow = [*learning.get("slow", ()), *learning.get("frozen", ())]
    kept = {"slow_factor": learning["slow_factor"]} if "slow_factor" in learning else {}
    return {"slow": slow, **kept}

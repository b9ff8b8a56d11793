"""`python -m app finetune DATA`: the weights get to know the user's own pictures."""

import argparse
from pathlib import Path

_SHARE = 0.25  # of the pictures is held out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("data", type=Path, help="COCO keypoints JSON of corrected frames")
    parser.add_argument("--output", type=Path, required=True, help="the new weights file")
    parser.add_argument("--weights", help="where to start: a file or a shipped name (default)")
    parser.add_argument("--steps", type=int, default=200, help="training steps (200)")
    parser.add_argument("--size", type=int, default=384, help="px, longest side (384)")
    parser.add_argument("--rate", type=float, default=3e-4, help="learning rate (0.0003)")
    parser.add_argument("--seed", type=int, default=0, help="of the split and the samples (0)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], default="auto")
    parser.add_argument("--run", type=Path, help="folder of the run (runs/finetune)")


def run(arguments: argparse.Namespace) -> int:
    """Train on most of the pictures; keep the result only if the held-out ones are no worse."""
    from app.training import load_training

    training = load_training()
    from core.model.checkpoint import find_weights, load_checkpoint, save_checkpoint
    from core.settings import build
    from core.train.holdout import split_dataset
    from core.train.settings import TrainSettings

    folder = arguments.run or Path("runs") / "finetune"
    start = find_weights(arguments.weights)
    before = load_checkpoint(start)
    learn, held_out, learned, held = split_dataset(arguments.data, _SHARE, arguments.seed, folder)
    epochs = 4
    settings = build(
        TrainSettings,
        {
            "model": before.settings.name,
            "init": str(start),
            "data": str(learn),
            "validation": str(held_out),
            "epochs": epochs,
            "steps": max(1, arguments.steps // epochs),
            "batch": min(16, max(2, learned)),
            "sizes": [arguments.size],
            "validation_size": arguments.size,
            "seed": arguments.seed,
            "device": arguments.device,
            "optimiser": {"rate": arguments.rate, "warmup_steps": 10, "ema_decay": 0.98},
            "loss": {"keypoints": 0.5, "distance": 0.5, "keypoint_confidence": 0.2},
        },
        "finetune",
    )
    old = training.validate(before.network(), settings, folder)
    outcome = training.fit(settings, folder, folder / "cache", False)
    new = outcome.best
    print(
        f"{held} held-out pictures: AP {old.ap:.3f} before, {new['ap']:.3f} after; "
        f"AP50 {old.ap50:.3f} before, {new['ap50']:.3f} after"
    )
    if not training.better(new, old.as_dict()):
        print("the new weights are no better on pictures that they have not seen: not written")
        return 3
    after = load_checkpoint(outcome.weights)
    history = {"finetuned_from": before.history, "finetune": after.history}
    save_checkpoint(arguments.output, after.network(), history)
    print(f"ready: --model {arguments.output}")
    return 0

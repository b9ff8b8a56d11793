"""`python -m app finetune DATA`: fine-tune weights on the user's own pictures."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.options.images import add_images_argument
from app.results.overwrite import add_overwrite_argument
from app.results.ownership import Outputs, check_free, remember, settle
from app.results.run_folder import TEACHING, claim_run
from core.one_writer import alone_in
from core.part_file import make_folder

if TYPE_CHECKING:
    from core.model.look import ClipLook


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("data", type=Path, help="COCO keypoints JSON of corrected frames")
    add_images_argument(parser)
    parser.add_argument("--output", type=Path, required=True, help="the new weights file")
    parser.add_argument("--weights", help="where to start: a file or a shipped name (default)")
    parser.add_argument("--steps", type=int, default=200, help="training steps (200)")
    parser.add_argument(
        "--size",
        type=int,
        help="px, longest side at which the clip was looked at so far (as the weights say, or 512)",
    )
    parser.add_argument(
        "--flip",
        action=argparse.BooleanOptionalAction,
        help="the clip was looked at mirrored as well so far (as the weights say, or not)",
    )
    parser.add_argument(
        "--pyramid",
        action=argparse.BooleanOptionalAction,
        help="the clip was looked at at half the size as well so far (as the weights say, or so)",
    )
    parser.add_argument(
        "--slowest",
        type=float,
        default=4.0,
        metavar="TIMES",
        help="the new weights may look at the clip in another way that finds more, and takes so "
        "many times as long (4); 1: it stays as it is",
    )
    parser.add_argument(
        "--rate",
        type=float,
        help="learning rate (0.002 where neck and heads learn, "
        "0.0003 where all of the network does)",
    )
    parser.add_argument(
        "--whole",
        action="store_true",
        help="all of the network learns, slowly: for what looks like no photograph",
    )
    parser.add_argument(
        "--share",
        type=float,
        default=0.5,
        help="how far to go from the old weights to the tuned ones (0.5); 1 for one fixed camera",
    )
    parser.add_argument(
        "--forgetting",
        type=float,
        default=0.005,
        help="how much less AP on ordinary pictures is accepted (0.005)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the split and the samples (0)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], default="auto")
    add_overwrite_argument(parser)
    parser.add_argument("--run", type=Path, help="folder of the run (runs/finetune)")


def look_so_far(arguments: argparse.Namespace) -> "ClipLook":
    """What is said of it; the rest as the weights remember it. Raises UserError subclasses."""
    from core.model.checkpoint import find_weights
    from core.model.look import ClipLook, look_of_weights
    from core.settings import build

    known = look_of_weights(find_weights(arguments.weights)) or ClipLook()
    names = ("size", "pyramid", "flip")
    said = {name: getattr(arguments, name) for name in names}
    values = {name: getattr(known, name) if said[name] is None else said[name] for name in names}
    return build(ClipLook, values, "finetune")


def run(arguments: argparse.Namespace) -> int:
    """Train on most of the pictures; keep the result only if it is no worse anywhere."""
    from app.teach.teaching import Teaching, teach
    from core.errors import SettingsError

    if not 0 < arguments.share <= 1:
        raise SettingsError(f"--share must be above 0 and at most 1, got {arguments.share}")
    if not arguments.slowest >= 1:
        raise SettingsError(f"--slowest must be at least 1, got {arguments.slowest}")
    look = look_so_far(arguments)
    outputs = Outputs.of_file(arguments.output, arguments.data)
    check_free(outputs, arguments.overwrite)
    make_folder(outputs.folder)
    folder = arguments.run or Path("runs") / "finetune"
    run_files = claim_run(folder, TEACHING, arguments.overwrite)
    teaching = Teaching(
        data=arguments.data,
        images=arguments.images,
        weights=arguments.weights,
        output=arguments.output,
        folder=folder,
        steps=arguments.steps,
        look=look,
        slowest=arguments.slowest,
        rate=arguments.rate,
        whole=arguments.whole,
        share=arguments.share,
        forgetting=arguments.forgetting,
        seed=arguments.seed,
        device=arguments.device,
    )
    with alone_in(folder):
        lesson = teach(teaching)
    if lesson is None:
        print("stopped; nothing is written")
        return 130
    settle(run_files, [folder / name for name in lesson.pictures])
    for name, looked in (("held-out", lesson.held_out), ("ordinary", lesson.ordinary)):
        if looked is not None:
            print(
                f"{looked.pictures} {name} pictures: AP {looked.ap_before:.3f} before, "
                f"{looked.ap_after:.3f} after; AP50 {looked.ap50_before:.3f} before, "
                f"{looked.ap50_after:.3f} after"
            )
    for look_tried in lesson.looks:
        print(
            f"{look_tried}: AP {look_tried.ap:.3f} on the pictures that teach, before they did, "
            f"in {look_tried.times:.1f} times the time"
        )
    if lesson.about_look:
        print(lesson.about_look)
    if not lesson.accepted:
        print(f"{lesson.sentence}: not written")
        return 3
    remember(outputs)
    print(f"ready: --model {arguments.output}")
    return 0

"""`python -m app models`: the networks, and the officially published weights."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "action", nargs="?", choices=["list", "download"], default="list", help="default: list"
    )
    parser.add_argument("name", nargs="?", help="published weights to download, such as s6-640")
    parser.add_argument("--output", type=Path, default=Path("weights"), help="folder (weights)")
    parser.add_argument("--sha256", help="refuse the file unless this is its hash")
    parser.add_argument(
        "--layout", choices=["auto", "split", "joined"], default="joined", help="of its head"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or download and import."""
    if arguments.action == "download":
        return _download(arguments)
    from core.model.checkpoint import DEFAULT, model_names, model_settings, shipped_weights
    from core.model.complexity import giga_macs, parameter_count

    shipped = shipped_weights()
    print(f"{'network':<12}{'parameters':>12}{'GMACs 640x640':>15}{'960x960':>9}  weights")
    for name in model_names():
        settings = model_settings(name)
        path = shipped.get(name)
        note = "" if path is None else f"shipped, {path.stat().st_size / 1e6:.1f} MB"
        note += ", default" if name == DEFAULT and path else ""
        print(
            f"{name:<12}{parameter_count(settings):>12,}{giga_macs(settings, 640, 640):>15.2f}"
            f"{giga_macs(settings, 960, 960):>9.2f}  {note}"
        )
    from core.model.download import PUBLISHED

    print(f"\npublished, for `models download NAME`: {', '.join(PUBLISHED)}")
    return 0


def _download(arguments: argparse.Namespace) -> int:
    from core.errors import ModelError
    from core.model.checkpoint import save_checkpoint
    from core.model.download import PUBLISHED, download
    from core.model.published import import_published

    if arguments.name is None:
        raise ModelError(f"models download: which? There are {', '.join(PUBLISHED)}")
    path, digest = download(arguments.name, arguments.output, arguments.sha256)
    if arguments.sha256 is None and PUBLISHED[arguments.name].sha256 is None:
        print(f"its publisher gives no hash to compare with; SHA-256 {digest}")
    found = import_published(path, arguments.layout)
    target = path.with_suffix(".safetensors")
    save_checkpoint(target, found.network(), found.history)
    print(f"ready: --model {target}")
    return 0

"""`python -m app models`: the networks that are installed, and those that others publish."""

import argparse
from importlib.util import find_spec
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "action", nargs="?", choices=["list", "download"], default="list", help="default: list"
    )
    parser.add_argument("name", nargs="?", help="a published network to download, such as rtmo-s")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="where networks are kept (default: this user's folder, where --model NAME finds them)",
    )
    parser.add_argument("--sha256", help="refuse the file unless this is its hash")
    parser.add_argument(
        "--layout", choices=["auto", "split", "joined"], default="joined", help="of its head"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the tables, or download one network."""
    if arguments.action == "download":
        return _download(arguments)
    from core.model.download import networks_folder

    _print_installed(arguments.output or networks_folder())
    _print_published()
    _print_described()
    return 0


def _print_installed(folder: Path) -> None:
    from core.model.checkpoint import DEFAULT, downloaded_networks, shipped_weights

    shipped = shipped_weights()
    print(f"{'installed':<18}{'MB':>7}  {'licence':<14}{'AP':<34}from")
    for name, path in (shipped | downloaded_networks(folder)).items():
        place = "ships" + (", default" if name == DEFAULT else "") if name in shipped else str(path)
        size_mb = path.stat().st_size / 1e6
        print(f"{name:<18}{size_mb:>7.1f}  {licence_of(path):<14}{_accuracy(path):<34}{place}")


def licence_of(path: Path) -> str:
    """Under which terms an installed network is, as far as it says."""
    from core.errors import ModelError, SettingsError
    from core.model.checkpoint import read_history, shipped_weights

    if path in shipped_weights().values():
        return "Apache-2.0"
    try:
        if path.suffix == ".onnx":
            from core.model.foreign.estimator import read_licence

            return read_licence(path)
        return str(read_history(path).get("licence", "unknown"))
    except (ModelError, SettingsError):
        return "not readable"


def _accuracy(path: Path) -> str:
    """Keypoint AP as `eval` measured it here, as the program's makers did, or as published."""
    from core.model.accuracy import measured_accuracy, shipped_accuracy
    from core.model.download import PUBLISHED

    measured = measured_accuracy(path)
    if measured is not None:
        return f"{measured.ap:.3f} ({measured.data}, {measured.size} px)"
    shipped = shipped_accuracy(path)
    if shipped is not None:
        return f"{shipped.ap:.3f} ({shipped.data}, {shipped.size} px)"
    published = PUBLISHED.get(path.stem)
    return "not measured" if published is None else f"{published.ap:.3f} (published, COCO val2017)"


def _print_published() -> None:
    from core.model.download import PUBLISHED

    print(f"\n{'to download':<18}{'AP':>7}  licence; nothing is fetched before `models download`")
    for name, entry in PUBLISHED.items():
        print(f"{name:<18}{entry.ap:>7.3f}  {entry.licence}")


def _print_described() -> None:
    """The networks that configs/model describes, with their sizes where torch can count them."""
    from core.model.checkpoint import model_names, model_settings

    if find_spec("torch") is None:
        print(f"\nto train: {', '.join(model_names())}")
        return
    from core.model.complexity import giga_macs, parameter_count

    print(f"\n{'to train':<18}{'parameters':>12}{'GMACs 640x640':>15}{'960x960':>9}")
    for name in model_names():
        settings = model_settings(name)
        print(
            f"{name:<18}{parameter_count(settings):>12,}{giga_macs(settings, 640, 640):>15.2f}"
            f"{giga_macs(settings, 960, 960):>9.2f}"
        )


def _download(arguments: argparse.Namespace) -> int:
    from core.errors import ModelError
    from core.model.download import (
        FREE,
        PUBLISHED,
        download,
        networks_folder,
        remembered_hash,
        unpack_network,
    )

    name, folder = arguments.name, arguments.output or networks_folder()
    if name is None:
        raise ModelError(f"models download: which? There are {', '.join(PUBLISHED)}")
    entry = PUBLISHED.get(name)
    if entry is not None:
        note = "" if entry.licence in FREE else ", which binds those who hand the network on"
        print(f"{name}: licence {entry.licence}{note}; from {entry.address}", flush=True)
    if entry is not None and entry.kind == "pt":
        from core.model.engines.runtimes import check_torch

        check_torch(f"{name}: a checkpoint")
    known = arguments.sha256 or remembered_hash(name, folder)
    path, digest = download(name, folder, arguments.sha256)
    entry = PUBLISHED[name]
    if known is None and entry.sha256 is None:
        print(f"its publisher gives no hash to compare with; SHA-256 {digest}, remembered")
    if entry.kind == "zip":
        target = unpack_network(path, entry)
    else:
        from core.model.checkpoint import save_checkpoint
        from core.model.published import import_published

        found = import_published(path, arguments.layout)
        target = path.with_suffix(".safetensors")
        save_checkpoint(target, found.network(), {**found.history, "licence": entry.licence})
    print(f"ready: --model {target if arguments.output else name}")
    return 0

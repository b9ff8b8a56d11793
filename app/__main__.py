# PYTHON_ARGCOMPLETE_OK
"""The command line: `python -m app COMMAND`, each module imported only when asked for."""

import argparse
import importlib
import os
import sys
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from app.examples import epilog
from app.optional import OPTIONAL, missing
from app.terminal import print_patiently
from core.errors import UserError, UserNotice

# command -> what it does; its module in app/commands is named as the command is, and has
# add_arguments(parser) and run(arguments) -> exit code
COMMANDS = {
    "gui": "open the window (also without a command)",
    "live": "a camera, a stream or a file at once, in the window or without one",
    "process": "clips in, skeleton tracks (CSV) and annotated videos out",
    "demo": "process the sample clip and compare the result with its truth",
    "soak": "run the window for long on a dying stream, and measure it",
    "loopback": "send a clip as a live stream on this computer",
    "doctor": "report what this computer has, what is used and how fast it is",
    "label": "frames of a clip as pictures with labels, to correct and learn",
    "import-labels": "labels of other tools as corrections of a clip",
    "train": "train a network on COCO keypoints",
    "pack": "write a data set as archives, to train from on another machine",
    "train-chooser": "teach finished weights to choose among the keypoints they find",
    "finetune": "teach the weights your own corrected frames",
    "eval": "COCO keypoint metrics of weights on a labelled data set",
    "eval-tracks": "HOTA, MOTA, IDF1 of the tracker on labelled sequences",
    "import-weights": "make a published checkpoint one of ours",
    "export": "write the network for other runtimes, in int8 too",
    "bench": "what a frame costs, stage by stage, end to end, against others",
    "licences": "what the program stands on, and under which terms",
    "models": "list the networks, their sizes and the installed weights",
    "replay": "track and export kept poses again, without the network",
    "convert": "write tracks in the formats of other programs",
    "calibrate": "where cameras stand: from boards, people, or other programs' files",
    "sync": "the clocks of several cameras, from how people move",
    "reconstruct": "tracks of several calibrated cameras in, skeletons in metres out",
    "report": "a page on how far tracks can be trusted, with plots",
    "measure": "angles, speeds, steps and repetitions of tracks, with units",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 good, 2 the user's error, 3 partly done."""
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what may follow
        return _complete(os.environ["COMP_LINE"])
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    if argv is not None:
        return _code_of(list(argv))
    print_patiently()
    from core.run.background import end_of_process  # a shell that asks need not load it

    return end_of_process(_code_of(sys.argv[1:]))


def _code_of(arguments: list[str]) -> int:
    try:
        return _run(arguments or ["gui"])
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL:
            raise
        print(f"error: {missing(error.name)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def parser_for(arguments: list[str]) -> argparse.ArgumentParser:
    """The parser of all commands, with the options of the one that is named."""
    parser = argparse.ArgumentParser(
        prog="python -m app", description="Multi-person 2D pose: live, from clips, and trained."
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if name == chosen:
            _module_of(name).add_arguments(command)
            command.epilog = epilog(name, command.epilog)
            command.formatter_class = argparse.RawDescriptionHelpFormatter
    return parser


def _run(arguments: list[str]) -> int:
    parser = parser_for(arguments)
    options = parser.parse_args(arguments)
    if options.version:
        from importlib import metadata

        try:
            print(f"yolopose {metadata.version('yolopose')}")
        except metadata.PackageNotFoundError:
            print("yolopose, run from its source folder without being installed")
        return 0
    if options.command is None:
        parser.print_help()
        return 0
    code: int = _module_of(options.command).run(options)
    return code


def _complete(line: str) -> int:
    """Tell the shell, through argcomplete, how a line may go on; ends the process."""
    import argcomplete

    named = [word for word in line.split()[1:] if word in COMMANDS]
    argcomplete.autocomplete(parser_for(named[:1]))
    return 1  # the shell asked in a way that argcomplete does not know


def _module_of(command: str) -> ModuleType:
    return importlib.import_module(f"{__package__}.commands.{command.replace('-', '_')}")


_show_other_warning = warnings.showwarning


def _show_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
    """Notices without the line of code that they come from."""
    if issubclass(category, UserNotice):
        print(f"warning: {message}", file=sys.stderr)
    else:
        _show_other_warning(message, category, *where)


if __name__ == "__main__":
    sys.exit(main())

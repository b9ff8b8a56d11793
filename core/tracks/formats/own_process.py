"""Labels in HDF5 files, read in a process of its own.

HDF5's library runs for ever, or ends the process, on some damaged files.
"""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.errors import DatasetError, UserError
from core.json_text import read_json_text
from core.tracks.formats.labelled import Json

_PROCESSOR_S = 10  # for a small file; the same again for each 10 MB
_WAIT_S = 600.0  # on a machine that does much else
_BYTES_OF_SHARE = 10_000_000
_CHILD = "import sys; sys.path[:] = sys.argv[6:]; import {module}; {module}.answer(*sys.argv[1:6])"


def read_apart(path: Path, read: Callable[[Path], Json], library: str) -> Json:
    """What `read`, a function of a module, says of a file. Raises DatasetError and OSError.

    `library` is what it reads with, which takes long to import on some machines.
    """
    path.open("rb").close()
    seconds = _PROCESSOR_S * (1 + path.stat().st_size // _BYTES_OF_SHARE)
    asked = [str(path.absolute()), str(seconds), read.__module__, read.__qualname__, library]
    command = [sys.executable, "-c", _CHILD.format(module=__name__), *asked, *sys.path]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_WAIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DatasetError(f"{path}: cannot be read; is its HDF5 damaged?") from error
    if done.returncode != 0:
        raise DatasetError(f"{path}: its reader ended without an answer; is its HDF5 damaged?")
    answer = read_json_text(done.stdout)
    if "problem" in answer:
        raise DatasetError(f"{path}: {answer['problem']}")
    content: Json = answer["content"]
    return content


def answer(path: str, seconds: str, module: str, name: str, library: str) -> None:
    """Of the child: prints the labels, or why there are none, as JSON."""
    out = os.dup(1)
    os.dup2(2, 1)  # libraries may print
    try:
        read = getattr(importlib.import_module(module), name)
        with suppress(ImportError):  # which the function tells of
            importlib.import_module(library)
        _limit(int(seconds))
        result: Json = {"content": read(Path(path))}
    except UserError as error:
        result = {"problem": str(error).removeprefix(f"{path}: ")}
    except (MemoryError, OSError, RuntimeError, SystemError) as error:
        result = {"problem": f"cannot be read ({error})"}
    except KeyError as error:
        result = {"problem": f"its labels cannot be understood (it has no {error})"}
    except (ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
        result = {"problem": f"its labels cannot be understood ({error})"}
    with os.fdopen(out, "wb") as file:
        file.write(json.dumps(result).encode("ascii"))


def _limit(seconds: int) -> None:
    """End this process after so much more work, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

"""One piece of work in a forked child with limits of time and memory, and what became of it."""

import faulthandler
import os
import resource
import select
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

LIMIT_S = 20.0
BUSY = 6  # times as long where the child hardly ran: the machine may be busy
LIMIT_BYTES = 2 * 1024**3

Result = Literal["good", "refused", "found"]


class Disagreement(Exception):
    """Two parts of the program say different things of one file."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`good`, `refused` in one sentence, or a fault that was `found`; and the words of it."""

    result: Result
    words: str = ""


def in_child(work: Callable[[], object], limit_s: float | None = None) -> Outcome:
    """Do `work` in a copy of this process, quietly, within 20 s or `limit_s`, and 2 GB."""
    limit_s = LIMIT_S if limit_s is None else limit_s
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _be_child(work, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        ready, _, _ = select.select([answers], [], [], limit_s)
        if not ready and _ran_s(child) < limit_s / 4:
            ready, _, _ = select.select([answers], [], [], (BUSY - 1) * limit_s)
        if not ready:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return Outcome("found", f"nothing within {limit_s:g} s")
        answer = answers.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Outcome("found", f"killed by {signal.Signals(os.WTERMSIG(status)).name}")
    result, _, words = answer.partition("\n")
    if result in ("good", "refused"):
        return Outcome("good" if result == "good" else "refused", words)
    return Outcome("found", words or f"ended with {os.waitstatus_to_exitcode(status)}")


def _be_child(work: Callable[[], object], writer: int) -> None:
    from core.errors import UserError

    answer = "found\n"
    faulthandler.disable()
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        used = _data_bytes()
        resource.setrlimit(resource.RLIMIT_DATA, (used + LIMIT_BYTES, used + LIMIT_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        work()
        answer = "good\n"
    except UserError as error:
        sentence = str(error)
        answer = f"refused\n{sentence}"
        if "\n" in sentence or not sentence.strip() or len(sentence) > 1500:
            answer = f"found\nno sentence: {sentence[:200]!r}"
    except BaseException as error:  # noqa: BLE001 - whatever it is, it was found
        answer = f"found\n{_words(error)}"
    finally:
        os.write(writer, answer.encode("utf-8", "replace")[:60_000])
        os._exit(0)


def _words(error: BaseException) -> str:
    """The exception and the last lines of ours that it went through."""
    own = [
        f"{frame.filename.rsplit('/', 3)[-1]}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if any(f"/{room}/" in frame.filename for room in ("core", "app", "trackers", "ui"))
    ]
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]} [{' '.join(own[-3:])}]"


def _ran_s(child: int) -> float:
    """Processor time of a child so far, s."""
    with open(f"/proc/{child}/stat", encoding="ascii") as line:  # noqa: PTH123
        fields = line.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _data_bytes() -> int:
    """What the limit counts of this process so far."""
    with open("/proc/self/status", encoding="ascii") as lines:  # noqa: PTH123
        for line in lines:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    sys.exit("no VmData")

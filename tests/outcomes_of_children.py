"""What `campaign.forked` says of children that end in every way, as JSON; forks this process.

`python tests/outcomes_of_children.py`: a process that loaded nothing has no threads to fork.
"""

import json
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from campaign import forked

from core.errors import UserError

LIMIT_S = 0.5


def raises(error: BaseException) -> None:
    raise error


WORK = {
    "good": lambda: None,
    "refused": lambda: raises(UserError("no")),
    "no sentence": lambda: raises(UserError(" ")),
    "error": lambda: 1 / 0,
    "disagreement": lambda: raises(forked.Disagreement("two counts")),
    # Is not touched: where the system knows no such limit, it takes no memory either.
    "memory": lambda: np.empty(3 * 1024**3, np.uint8),
    "crash": lambda: signal.raise_signal(signal.SIGSEGV),
    "sleep": lambda: time.sleep(30),
}

if __name__ == "__main__":
    outcomes = {name: forked.in_child(work, LIMIT_S) for name, work in WORK.items()}
    print(json.dumps({name: [one.result, one.words] for name, one in outcomes.items()}))

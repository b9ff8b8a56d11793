"""Where the frozen program begins: without a command the window, else the command line."""

import multiprocessing
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    multiprocessing.freeze_support()  # workers of `process` are this program as well
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the window's program on Windows has no console
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    from yolopose.app.__main__ import main

    sys.exit(main())

"""Where the frozen program begins: without a command the window, else the command line."""

import multiprocessing
import os
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # workers of `process` are this program as well
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the window's program on Windows has no console
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
    from yolopose.app.__main__ import main

    sys.exit(main())

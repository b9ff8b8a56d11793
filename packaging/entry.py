"""Where the frozen program begins: without a command the window, else the command line."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # workers of `process` are this program as well
    from yolopose.app.__main__ import main

    sys.exit(main())

# PYTHON_ARGCOMPLETE_OK
"""`python -m yolopose` is `python -m app`."""

import sys

from app.__main__ import main

if __name__ == "__main__":
    sys.exit(main())

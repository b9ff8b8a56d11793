"""Run other programs."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run(*words: object, **variables: str) -> None:
    """Run a command, with variables of the environment; ends the build where it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # Not from the source tree, whose own `yolopose` would be taken.
    done = subprocess.run([str(word) for word in words], env=environment | variables, cwd=HERE)
    if done.returncode:
        sys.exit(f"build: {words[0]} ended with code {done.returncode}")


def output_of(*words: object) -> str:
    """What a command prints."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=True, cwd=HERE
    )
    return done.stdout

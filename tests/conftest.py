"""Where the tests find the large data that does not ship with the project."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of local data beside the project; tests that need it skip without it."""
    if not (SHARED / "data").is_dir():
        pytest.skip("no local data beside the project")
    return SHARED

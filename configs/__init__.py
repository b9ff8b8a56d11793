"""Networks and training recipes as YAML files."""

from pathlib import Path

FOLDER = Path(__file__).parent

"""JSON of files that anybody may have written."""

import json
from typing import Any


def read_json_text(text: str | bytes) -> Any:
    """Plain values. Raises ValueError, also where they are nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error

"""Names that a file can have on every system, and what they tell of it."""

import re
from pathlib import Path

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
# Of devices, with any ending: Microsoft, "Naming Files, Paths, and Namespaces".
_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(?=\.|$)", re.IGNORECASE
)


def is_device(name: str) -> bool:
    """Whether Windows takes a name for that of a device, whatever its ending is."""
    return _DEVICE.match(name) is not None


def no_device(name: str) -> str:
    """The name, with `_` after its first word where that is one of a device."""
    return _DEVICE.sub(lambda found: f"{found[1]}_", name, count=1) if is_device(name) else name


def is_hidden(path: Path) -> bool:
    """Whether a name marks a file that nobody put there, such as macOS's `._name` beside `name`."""
    return path.name.startswith(".")

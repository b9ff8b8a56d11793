"""What the window can show: cameras, streams, the screen, files and folders of images."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.secrets import HIDDEN, hide_secrets
from core.video.camera_choice import CameraChoice
from core.video.source import kind_of, local_path

Kind = Literal["camera", "screen", "stream", "file", "images"]


@dataclass(frozen=True, slots=True)
class Source:
    """A place that pictures come from. `address` is a path, an address or a device."""

    kind: Kind
    address: str
    title: str
    camera_id: str = ""  # stays the same when the camera is plugged in elsewhere, where known
    choice: CameraChoice | None = None  # how a camera is opened; None: as in the settings

    @property
    def place(self) -> str:
        """Where it is, in a few words: the address, or the folder of a file."""
        return self.shown_address if self.live else Path(self.address).absolute().parent.name

    @property
    def shown_address(self) -> str:
        """The address without its password, to be shown and kept."""
        return hide_secrets(self.address) if self.kind == "stream" else self.address

    @property
    def lacks_secret(self) -> bool:
        """Whether the password of the address was left out, so that it cannot be opened."""
        return self.kind == "stream" and HIDDEN in self.address

    @property
    def live(self) -> bool:
        """The newest picture wins; otherwise nothing may be lost."""
        return self.kind in ("camera", "screen", "stream")


def source_of(text: str) -> Source:
    """The source that a path or an address means; a path need not exist."""
    text = local_path(text.strip())
    if text.startswith("/dev/video"):
        return Source("camera", text, text)
    kind = kind_of(text)
    return Source(kind, text, hide_secrets(text) if kind == "stream" else Path(text).name or text)


def titles_of(sources: Sequence[Source]) -> list[str]:
    """A name for each of several sources in messages and figures, never the same for two."""
    titles: list[str] = []
    for source in sources:
        again = sum(other.title == source.title for other in sources[: len(titles)])
        titles.append(f"{source.title} ({again + 1})" if again else source.title)
    return titles


def file_names_of(sources: Sequence[Source], stamp: str) -> list[str]:
    """A name for the files of each source, without a suffix; `stamp` tells runs apart."""
    names: list[str] = []
    for number, source in enumerate(sources, start=1):
        title = re.sub(r"[^\w-]+", "_", source.title).strip("_")[:80] or "source"
        names.append(f"{stamp} {number} {title}" if len(sources) > 1 else f"{stamp} {title}")
    return names

"""What is dragged onto the window."""

from PyQt6.QtGui import QDropEvent


def dropped_source(event: QDropEvent) -> str | None:
    """The first path or address of what is dragged."""
    data = event.mimeData()
    if data is None or not data.hasUrls() or not data.urls():
        return None
    url = data.urls()[0]
    return url.toLocalFile() if url.isLocalFile() else url.toString()

"""The cameras of this computer by name, and a signal when one comes or goes."""

import sys
from typing import Any

from PyQt6.QtCore import QLoggingCategory, QObject, pyqtSignal

from core.video.camera import PluggedCamera, linux_cameras


class CameraList(QObject):
    """Qt's list of cameras; where QtMultimedia cannot be loaded, the devices of Linux."""

    changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._qt: Any = None
        # Missing sound and video acceleration libraries do not matter for a list of names.
        QLoggingCategory.setFilterRules("qt.multimedia.*=false")
        try:
            from PyQt6.QtMultimedia import QMediaDevices
        except ImportError:
            return
        self._qt = QMediaDevices(self)
        self._qt.videoInputsChanged.connect(self.changed)

    def cameras(self) -> list[PluggedCamera]:
        """What is plugged in now, each with a stable id."""
        stable = linux_cameras() if sys.platform == "linux" else []
        if self._qt is None:
            return stable
        known = {camera.device: camera for camera in stable}
        found = []
        for item in self._qt.videoInputs():
            identity = bytes(item.id()).decode(errors="replace")
            name = item.description()
            if sys.platform == "linux":
                plugged = known.pop(identity, None)
                stable_id = identity if plugged is None else plugged.stable_id
                found.append(PluggedCamera(identity, name, stable_id))
            else:
                found.append(PluggedCamera(name, name, identity))
        return found + list(known.values())

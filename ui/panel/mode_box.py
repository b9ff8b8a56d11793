"""In which of its ways a camera is opened."""

from collections.abc import Sequence

from PyQt6.QtWidgets import QComboBox, QWidget

from core.video.camera_choice import CameraChoice, choices_of
from core.video.v4l2 import CameraMode

AS_SET = "As in the settings"


class ModeBox(QComboBox):
    """Lists what a camera offers: all left to the camera, as in the settings, and its modes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Size and rate")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.offer(())

    @property
    def choice(self) -> CameraChoice | None:
        """What is chosen; None: as in the settings."""
        chosen: CameraChoice | None = self.currentData()
        return chosen

    def offer(self, modes: Sequence[CameraMode], chosen: CameraChoice | None = None) -> None:
        """List the modes of another camera; those of one that tells none are left to the settings.

        `chosen` stays chosen where it is offered.
        """
        free, *listed = choices_of(modes)
        entries = {str(free): free, AS_SET: None} | {str(one): one for one in listed}
        self.clear()
        for words, choice in entries.items():
            self.addItem(words, choice)
        offered = list(entries.values())
        self.setCurrentIndex(offered.index(chosen if chosen in offered else None))

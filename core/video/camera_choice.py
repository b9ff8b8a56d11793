"""The ways to open a camera that a person chooses from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.video.camera import LEAST_PX, CameraSettings, Pictures
from core.video.v4l2 import CameraMode


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """Size, rate and kind of a camera's pictures. What is 0 or `auto` is left to the camera."""

    width: int = 0  # px
    height: int = 0  # px
    rate_hz: int = 0
    pictures: Pictures = "auto"

    def __str__(self) -> str:
        if not self.width:
            return "As the camera likes"
        rate = f", {self.rate_hz}/s" if self.rate_hz else ""
        return f"{self.width}×{self.height}{rate}, {self.pictures}"

    def of(self, settings: CameraSettings) -> CameraSettings:
        """The settings with this choice in place of their own."""
        return replace(
            settings,
            width=self.width,
            height=self.height,
            rate_hz=self.rate_hz,
            pictures=self.pictures,
        )


def choices_of(modes: Sequence[CameraMode]) -> list[CameraChoice]:
    """What a camera with these modes offers, one by one: the largest and fastest first, and before
    them what leaves all to the camera.
    """
    found = [CameraChoice()]
    for mode in modes:
        if min(mode.width, mode.height) < LEAST_PX:
            continue
        rates_hz = [max(1, round(rate_hz)) for rate_hz in mode.rates_hz] or [0]
        found += [
            CameraChoice(mode.width, mode.height, rate_hz, mode.kind)
            for rate_hz in dict.fromkeys(rates_hz)
        ]
    return found

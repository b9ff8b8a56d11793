"""What can be opened: cameras, recent sources, the sample clip, and the cards for them."""

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject

from core.secrets import HIDDEN
from core.video.v4l2 import camera_modes
from ui.session.cameras import CameraList
from ui.session.jobs import Jobs
from ui.session.source import Source, source_of
from ui.window.preferences import Preferences
from ui.window.window_parts import WindowParts


class Start:
    """Keeps the welcome page and the source panel up to date."""

    def __init__(
        self,
        parent: QObject,
        parts: WindowParts,
        preferences: Preferences,
        sample: Path | None,
        jobs: Jobs,
        *,
        show: Callable[[Source], None],
        ask_file: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self._parts = parts
        self._show = show
        self._ask_file = ask_file
        self._say = say
        self._preferences = preferences
        self._sample = sample
        self._jobs = jobs
        self.cameras = CameraList(parent)
        self._secrets: dict[str, Source] = {}  # by the address as shown; gone with the window

    def from_card(self, card: str) -> None:
        """What a card of the welcome page stands for."""
        if card == "camera":
            self._open_last_camera()
        elif card == "folder":
            self._ask_file()
        else:
            self.open_sample()

    def open_sample(self) -> None:
        """Show the clip that comes with the program."""
        if self._sample is not None:
            self._show(source_of(str(self._sample)))

    def list_cameras(self) -> None:
        """Look for cameras."""
        parts = self._parts
        cameras = self.cameras.cameras()
        parts.sources.show_cameras(cameras)
        devices = [camera.device for camera in cameras]
        if devices:
            self._jobs.ask(
                "Cameras",
                lambda: {device: camera_modes(device) for device in devices},
                parts.sources.show_modes,
            )
        parts.welcome.show_camera_count(len(cameras))
        parts.welcome.show_sample(self._sample is not None)
        parts.actions["open_sample"].setEnabled(self._sample is not None)

    def addable(self) -> list[Source]:
        """Cameras that are plugged in, then streams of before: what may be shown beside others.

        Passwords that are not known any more are lacking.
        """
        cameras = [
            Source("camera", camera.device, camera.name, camera.stable_id)
            for camera in self.cameras.cameras()
        ]
        recent = self._preferences.recent
        return cameras + [self.with_secret(one) for one in recent if one.kind == "stream"]

    def remember(self, source: Source) -> None:
        """Put a source on top of the recent ones, without the password of its address."""
        self._preferences.remember(source)
        self._secrets[source.shown_address] = source
        self.show_recent()

    def with_secret(self, source: Source) -> Source:
        """A recent source with the password that was typed since the window opened."""
        return self._secrets.get(source.address, source) if source.lacks_secret else source

    def ask_secret(self, source: Source) -> None:
        """Offer an address whose password is not known any more for completion."""
        parts = self._parts
        parts.sources.address.setText(source.address)
        parts.viewer.side.setCurrentWidget(parts.sources)
        self._say(
            f"{source.address}: passwords are not kept; put it in place of {HIDDEN} under "
            "Stream address, and open it"
        )
        parts.sources.address.setFocus()

    def show_recent(self) -> None:
        """What was opened before."""
        recent = self._preferences.recent
        self._parts.sources.show_recent(recent)
        self._parts.welcome.show_recent(recent)

    def _open_last_camera(self) -> None:
        cameras = self.cameras.cameras()
        last = next((s for s in self._preferences.recent if s.kind == "camera"), None)
        ids = [camera.stable_id for camera in cameras]
        if cameras:
            at = ids.index(last.camera_id) if last and last.camera_id in ids else 0
            camera = cameras[at]
            self._show(Source("camera", camera.device, camera.name, camera.stable_id))

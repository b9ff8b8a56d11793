"""Several live sources at once: a session for each, and none of them ends the others."""

from collections.abc import Sequence
from dataclasses import replace

from core.run.reconnect import ReconnectSettings
from core.run.stages import Estimator
from core.send.outputs import Output
from core.video.camera import CameraSettings
from ui.session.engine import Settings, WindowEngine
from ui.session.jobs import sentence_of
from ui.session.live_session import LiveSession
from ui.session.source import Source, titles_of
from ui.view.picture import Shown
from ui.view.statistics import Report


class Member:
    """One source of a group. `title` is its name, which no other has."""

    def __init__(self, session: LiveSession, title: str) -> None:
        self.session = session
        self.title = title
        self.failed = ""  # why it ended, once it has

    def poll(self) -> tuple[Shown | None, BaseException | None]:
        """The newest result that was not polled yet, and, once, what ended this source."""
        newest, error = self.session.poll()
        if error is not None:
            self.failed = sentence_of(error)
            self.session.stop()
        return newest, error

    def note(self) -> str:
        """Why there is no new picture, if there is none."""
        return self.failed or self.session.note()

    def report(self) -> Report:
        """The figures of the last seconds, under its name."""
        return replace(self.session.report(), title=self.title)


class LiveGroup:
    """Sessions side by side, for a window that shows all of them. They share the network."""

    def __init__(
        self,
        sources: Sequence[Source],
        engine: WindowEngine[Settings],
        estimator: Estimator | None,
        settings: Settings,
        camera: CameraSettings,
        after: Sequence[LiveSession] = (),
        reconnect: ReconnectSettings | None = None,
    ) -> None:
        shown = ", ".join(source.shown_address for source in sources)
        self.source = Source("stream", shown, f"{len(sources)} sources")
        self.members = [
            Member(
                LiveSession(source, engine, estimator, settings, camera, after, reconnect), title
            )
            for source, title in zip(sources, titles_of(sources), strict=True)
        ]
        self._last_error: BaseException | None = None

    @property
    def sessions(self) -> list[LiveSession]:
        """All sessions, also those that ended."""
        return [member.session for member in self.members]

    def send_to(self, output: Output) -> None:
        """Send every result there, too, under the names of the sources."""
        for member in self.members:
            member.session.pipeline.add_result_tap(output.tap(member.title))

    def take(self) -> list[Shown | None]:
        """The newest result of each source, in their order; None where there is no new one."""
        taken = []
        for member in self.members:
            newest, error = member.poll()
            self._last_error = error or self._last_error
            taken.append(newest)
        return taken

    def poll(self) -> tuple[Shown | None, BaseException | None]:
        """No single picture; and, once, what ended the last of all sources."""
        error = None
        if all(member.failed for member in self.members):
            error, self._last_error = self._last_error, None
        return None, error

    def report(self) -> Report:
        """Each source has its own figures, see `Member`."""
        return Report()

    def note(self) -> str:
        """Each source has its own note, see `Member`."""
        return ""

    def use(self, estimator: Estimator) -> None:
        """Go on with another network."""
        for session in self.sessions:
            session.use(estimator)

    def tune(self, settings: Settings, network_follows: bool = False) -> None:
        """Go on with other settings; another network may be on its way for them."""
        for session in self.sessions:
            session.tune(settings, network_follows)

    def on_painted(self, painted: Shown, paint_ms: float) -> None:
        """The tiles tell each session of its own pictures."""

    def stop(self) -> None:
        """End without waiting."""
        for session in self.sessions:
            session.stop()

"""Several live sources at once: a session for each, and none of them ends the others."""

from collections.abc import Sequence
from dataclasses import replace

from core.run.stages import Estimator
from ui.session.engine import Settings
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

    def __init__(self, sessions: Sequence[LiveSession]) -> None:
        self.members: list[Member] = []
        self.source = Source("stream", "", "")  # all of them, as the window's bar names them
        self._last_error: BaseException | None = None
        self._turn = 0  # the place of the source that is asked next for a picture
        for session in sessions:
            self.add(session)

    def add(self, session: LiveSession) -> Member:
        """One more, which may run already; the names of the others stay."""
        member = Member(session, titles_of([*self.sources, session.source])[-1])
        self.members.append(member)
        shown = ", ".join(source.shown_address for source in self.sources)
        self.source = Source("stream", shown, f"{len(self.members)} sources")
        return member

    @property
    def sources(self) -> list[Source]:
        """Each of them."""
        return [session.source for session in self.sessions]

    @property
    def sessions(self) -> list[LiveSession]:
        """All sessions, also those that ended."""
        return [member.session for member in self.members]

    def take(self) -> tuple[int, Shown] | None:
        """The newest result of the source whose turn it is among those that have a new one.

        With the source's place. One a call: painting all of them at once would keep the window
        from its events for as long as they take together.
        """
        for _ in range(len(self.members)):
            place = self._turn
            self._turn = (self._turn + 1) % len(self.members)
            newest, error = self.members[place].poll()
            self._last_error = error or self._last_error
            if newest is not None:
                return place, newest
        return None

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

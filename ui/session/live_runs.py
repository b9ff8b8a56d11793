"""The live runs of the window: begun with what they send to, and waited for at the end."""

import time
from collections.abc import Sequence

from core.errors import SettingsError
from core.run.stages import Estimator
from core.send.outputs import Output
from ui.session.engine import Settings, WindowEngine
from ui.session.jobs import sentence_of
from ui.session.live_group import LiveGroup
from ui.session.live_session import LiveSession
from ui.session.source import Source


class LiveRuns:
    """Makes one run after another; a new one works when those before have ended."""

    def __init__(self, engine: WindowEngine[Settings]) -> None:
        self.outputs: tuple[Output, ...] = ()  # that get the results
        self._engine = engine
        self._sessions: list[LiveSession] = []  # the last ones
        self._ending: list[LiveSession] = []  # those before, as far as they had not ended

    def one(self, source: Source, estimator: Estimator | None, settings: Settings) -> LiveSession:
        """Begin with a source."""
        self._leave_last()
        session = self._begun(source, estimator, settings)
        self._send(session, source.title, 0)
        self._sessions = [session]
        return session

    def several(
        self, sources: Sequence[Source], estimator: Estimator | None, settings: Settings
    ) -> tuple[LiveGroup, list[str]]:
        """Begin with several sources at once.

        Returns as well where results do not go, a sentence each.
        """
        self._leave_last()
        group = LiveGroup([self._begun(source, estimator, settings) for source in sources])
        refused = []
        for number, member in enumerate(group.members):
            refused += self._send(member.session, member.title, number)
        self._sessions = group.sessions
        return group, refused

    def add(
        self, group: LiveGroup, source: Source, estimator: Estimator | None, settings: Settings
    ) -> list[str]:
        """Begin with one more source beside those of a group, which run on.

        Returns where its results do not go, a sentence each.
        """
        session = self._begun(source, estimator, settings)
        before = len(group.members)
        member = group.add(session)
        refused = self._send(session, member.title, before)
        self._sessions = [*self._sessions, session]
        return refused

    def _send(self, session: LiveSession, title: str, before: int) -> list[str]:
        """Give all outputs the results of a session that so many are `before`.

        Returns where they do not go, a sentence each.
        """
        refused = []
        for output in self.outputs:
            try:
                tap = output.tap(title, beside=before >= output.sources)
            except SettingsError as error:
                refused.append(str(error))
            else:
                session.pipeline.add_result_tap(tap)
        return refused

    def set_steady(self, on: bool) -> None:
        """Whether joints are steadied for the screen; tables never are."""
        for session in self._sessions:
            session.steady = on

    @property
    def sent(self) -> str:
        """How the outputs are doing, in a few words."""
        return ", ".join(output.status for output in self.outputs)

    def problems(self) -> list[str]:
        """What ended outputs since the last time."""
        ended = [(output.address.shown, output.problem()) for output in self.outputs]
        return [f"{shown}: {sentence_of(error)}" for shown, error in ended if error is not None]

    def _begun(
        self, source: Source, estimator: Estimator | None, settings: Settings
    ) -> LiveSession:
        """A run that works when those before have ended."""
        camera = settings.camera if source.choice is None else source.choice.of(settings.camera)
        return LiveSession(source, self._engine, estimator, settings, camera, after=self._ending)

    def _leave_last(self) -> None:
        """The last ones are to end before what begins now."""
        before = [*self._ending, *self._sessions]
        self._ending = [session for session in before if not session.pipeline.join(0)]
        self._sessions = []

    def join(self, timeout_s: float) -> None:
        """Wait for the last frames in the network, at most so long."""
        deadline_s = time.monotonic() + timeout_s
        for session in (*self._ending, *self._sessions):
            session.pipeline.join(max(0.0, deadline_s - time.monotonic()))

"""The network of the window: loaded in the background, exchanged or tuned while in use."""

from collections.abc import Callable

from core.run.stages import Estimator
from ui.session.engine import Settings, WindowEngine
from ui.session.jobs import Job, Jobs


class Network:
    """Holds the network in use; `on_ready` is told each time another one is ready."""

    def __init__(
        self, engine: WindowEngine[Settings], jobs: Jobs, on_ready: Callable[[Estimator], None]
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._on_ready = on_ready
        self._settings: Settings | None = None  # that the network in use has
        self._loading: Job | None = None
        self.estimator: Estimator | None = None

    @property
    def loading(self) -> bool:
        """Whether a network is being loaded."""
        return self._loading is not None and self._loading in self._jobs.running

    def use(self, settings: Settings) -> None:
        """Bring the network in line with settings: at once, or by loading another one."""
        known = self._settings
        if known is not None and self._engine.same_network(known, settings):
            self._settings = settings
            if self.estimator is not None:
                self._engine.tune(self.estimator, settings)
            return
        self._settings = settings
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._jobs.ask("Network", lambda: self._engine.load(settings), self._take)

    def _take(self, estimator: Estimator) -> None:
        self._loading = None
        self.estimator = estimator
        assert self._settings is not None, "what is loaded was asked for"
        self._engine.tune(estimator, self._settings)
        self._on_ready(estimator)

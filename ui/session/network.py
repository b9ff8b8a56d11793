"""The network of the window: loaded in the background, exchanged or tuned while in use."""

from collections.abc import Callable
from typing import Any

from core.run.stages import Estimator
from ui.session.engine import WindowEngine
from ui.session.jobs import Job, Jobs


class Network:
    """Holds the network in use; `on_ready` is told each time another one is ready."""

    def __init__(
        self, engine: WindowEngine, jobs: Jobs, on_ready: Callable[[Estimator], None]
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._on_ready = on_ready
        self._settings: Any = None  # those that the network in use was loaded or tuned with
        self._loading: Job | None = None
        self.estimator: Estimator | None = None

    @property
    def loading(self) -> bool:
        """Whether a network is being loaded."""
        return self._loading is not None and self._loading in self._jobs.running

    def use(self, settings: Any) -> None:
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
        self._engine.tune(estimator, self._settings)
        self._on_ready(estimator)

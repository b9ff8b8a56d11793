"""A recorded clip as the window sees it: play, seek, analysis. All methods return at once."""

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.run.background import background
from core.run.channel import Channel
from core.run.recorded import Progress
from core.run.stages import Estimator
from core.tracks.edits.file import load_edits
from ui.session.clip_analysis import ClipAnalyser, Finished, Knowledge, Order, results_of
from ui.session.engine import Settings, WindowEngine
from ui.session.jobs import Jobs
from ui.session.kept_file import KeptFile
from ui.session.play_clock import PlayClock
from ui.session.player import Opened, Request, Served, serve
from ui.session.source import Source
from ui.view.picture import Shown
from ui.view.statistics import CountRate, PaintedFrames, Report

AHEAD = 4  # frames decoded ahead of the screen


class FileSession:
    """Owns the reader's thread and the analysis of one clip."""

    def __init__(
        self,
        source: Source,
        engine: WindowEngine[Settings],
        estimator: Estimator | None,
        settings: Settings,
        jobs: Jobs,
        analyser: ClipAnalyser,
        folder: Path,
    ) -> None:
        self.source = source
        self.knowledge = Knowledge()
        self.painted = PaintedFrames()
        self.times_s: NDArray[np.float64] = np.zeros(0)
        self.number = 0  # of the frame on the screen
        self.playing = False
        self.loop = False
        self.speed = 1.0
        self.marks: tuple[int, int] = (0, 0)  # first and last frame of the part chosen
        self.progress: Progress | None = None
        self.results: Path | None = None
        self.edits_file: KeptFile | None = None
        self._engine, self._estimator, self._settings = engine, estimator, settings
        self._analyser, self._folder = analyser, folder
        self._rates = (CountRate(), CountRate())
        self._serial = 0
        self._awaited = False  # the frame asked for last is not on the screen yet
        self._pending: Served | None = None
        self._clock = PlayClock()
        self._size, self._people, self._problem = "", 0, ""
        self._picture_size: tuple[int, int] | None = None
        self._requests: Channel[Request] = Channel(1, newest_wins=True)
        stage = serve(source.address, self._requests, self.knowledge)
        self._served = background(stage, AHEAD, newest_wins=False)
        self._ask_number = 0
        jobs.ask("Results", self._find_results, self._take_results)

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def analysing(self) -> bool:
        """Whether the analysis is going on."""
        return self._analyser.is_busy(self.knowledge)

    @property
    def settled(self) -> bool:
        """Whether the screen shows the frame that was asked for last."""
        return len(self) > 0 and not self._awaited

    @property
    def picture_size(self) -> tuple[int, int] | None:
        """Width and height of a picture, px, once one was shown."""
        return self._picture_size

    def seek(self, number: int) -> None:
        """Show a frame; playing goes on from there."""
        if len(self):
            self._ask_number = min(max(number, 0), len(self) - 1)
            self._ask()

    def step(self, by: int) -> None:
        """Some frames further or back; stops playing."""
        self.playing = False
        self.seek((self._ask_number if self._awaited else self.number) + by)

    def toggle(self) -> None:
        """Play, or pause on the frame that is shown."""
        self.playing = not self.playing
        first, last = self.marks
        at_end = self.playing and (self.number >= last or self.number < first)
        self.seek(first if at_end else self.number)

    def set_speed(self, speed: float) -> None:
        """Play faster or slower than recorded."""
        self.speed = speed
        self._clock.start(speed)

    def set_loop(self, loop: bool) -> None:
        """Begin again at the end of the part chosen."""
        self.loop = loop
        if self.playing:
            self.seek(self.number)

    def mark(self, first: int | None = None, last: int | None = None) -> None:
        """Choose a part of the clip; a mark past the other one moves it along."""
        old_first, old_last = self.marks
        new_first = old_first if first is None else first
        new_last = old_last if last is None else last
        if new_first > new_last:
            new_first, new_last = (new_first, len(self) - 1) if last is None else (0, new_last)
        self.marks = (new_first, new_last)
        if self.playing:
            self.seek(self.number)

    def show_again(self) -> None:
        """Take the people of the present frame in anew, after an edit."""
        if len(self):
            self._ask_number = self.number if not self._awaited else self._ask_number
            self._ask()

    def use(self, estimator: Estimator) -> None:
        """The network is ready, or another one is to be used."""
        self._estimator = estimator
        self.analyse()

    def tune(self, settings: Settings, network_follows: bool) -> None:
        """Follow people with other settings; kept poses are used again.

        When another network is still being loaded for them, `use` begins the analysis.
        """
        changed = settings != self._settings
        self._settings = settings
        if network_follows:
            self.cancel()
        elif changed:
            self.analyse()

    def analyse(self) -> None:
        """Analyse what is not known yet, in the background."""
        if self._estimator is not None and self.results is not None:
            self._analyser.order(
                Order(
                    self.knowledge,
                    self.source.address,
                    self.results,
                    self._settings,
                    self._estimator,
                    self._take_progress,
                )
            )

    def cancel(self) -> None:
        """Stop the analysis; what was found is kept."""
        if self.analysing:
            self._analyser.cancel()

    def poll(self) -> tuple[Shown | None, BaseException | None]:
        """What is due on the screen now, and, once, why the clip cannot be shown."""
        newest: Shown | None = None
        while True:
            if self._pending is None:
                value, error = self._served.look(newest=False)
                if error is not None or value is None:
                    return newest, error
                if isinstance(value, Opened):
                    self._take_opened(value)
                    continue
                if value.serial != self._serial:
                    continue
                self._pending = value
            served = self._pending
            due = self._clock.due(float(self.times_s[served.number]), time.monotonic())
            if self.playing and not due:
                return newest, None
            self._pending = None
            newest = self._take_served(served) or newest

    def note(self) -> str:
        """What the picture lacks, if anything."""
        return f"Opening {self.source.title} …" if not len(self) else self._problem

    def report(self) -> Report:
        """The figures of the last seconds."""
        now_s = time.monotonic()
        done = 0 if self.progress is None else self.progress.done
        analysis = self._rates[0].read(done, now_s)
        screen = self._rates[1].read(self.painted.painted, now_s)
        span_s = float(self.times_s[-1]) if len(self) > 1 else 0.0
        estimator = self._estimator
        return Report(
            source_rate=(len(self) - 1) / span_s if span_s else float("nan"),
            analysis_rate=analysis if self.analysing else float("nan"),
            screen_rate=screen if self.playing else float("nan"),
            people=self._people,
            device="loading the network" if estimator is None else self._engine.describe(estimator),
            picture=self._size,
            live=False,
        )

    def on_painted(self, painted: Shown, paint_ms: float) -> None:
        """Take note that a frame reached the screen."""
        self.painted.add(0.0, {}, paint_ms)

    def stop(self) -> None:
        """End all work on the clip without waiting for its threads."""
        self.cancel()
        self._requests.close(discard=True)
        self._served.close(discard=True)

    def _ask(self) -> None:
        self._serial += 1
        self._awaited = True
        self._pending = None
        self._clock.start(self.speed)
        first, last = self.marks
        if not first <= self._ask_number <= last:
            first, last = 0, len(self) - 1
        self._requests.put(
            Request(self._serial, self._ask_number, self.playing, first, last, self.loop)
        )
        self._served.clear()

    def _take_opened(self, opened: Opened) -> None:
        self.times_s = opened.times_s
        self.marks = (0, len(self) - 1)
        self._ask()

    def _take_served(self, served: Served) -> Shown | None:
        self._awaited = False
        self.number = served.number
        self._problem = served.problem
        if served.number >= self.marks[1] and not self.loop:
            self.playing = False
        if served.shown is not None:
            size = served.shown.picture.size
            self._picture_size = served.shown.result.frame.size
            self._size = f"{size.width()}×{size.height()}"
            self._people = len(served.shown.result.tracks)
        return served.shown

    def _find_results(self) -> tuple[Path, KeptFile, list[Any]] | None:
        try:
            results = results_of(self._folder, self.source.address)
        except OSError:  # opening the clip says the same in a sentence
            return None
        file = KeptFile(results / "edits.json")
        return results, file, load_edits(file.path)

    def _take_results(self, found: tuple[Path, KeptFile, list[Any]] | None) -> None:
        if found is None:
            return
        self.results, self.edits_file, edits = found
        for edit in edits:
            self.knowledge.log.add(edit)
        self.analyse()

    def _take_progress(self, step: Progress | Finished) -> None:
        if isinstance(step, Finished):
            if len(step.holds) == len(self.knowledge.log.made):
                self.knowledge.log.apply_again(step.holds)
            self.progress = Progress(len(self), len(self))
            self.show_again()
            return
        before = 0 if self.progress is None else self.progress.done
        self.progress = step
        if before <= self.number < step.done and not self.playing:
            self.show_again()

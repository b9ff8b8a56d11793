"""One clip through the whole chain: table, record and annotated video."""

import json
from array import array
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.provenance import claim, clip_record, origin, source_sha256
from app.results import ClipResults
from app.second_pass import join_clip
from app.settings import AppSettings
from core.errors import DamagedSourceError
from core.part_file import PartFile, part_path, write_whole
from core.pipeline import Ahead, Estimator, analyse
from core.settings import as_dict
from core.skeleton import COCO_17
from core.tracks.csv_long import TrackCsvWriter
from core.tracks.pose_log import LoggedEstimator
from core.tracks.table import rows_of
from core.tracks.table_file import TableFile
from core.video.capture import read_frames
from core.video.draw import Annotator
from core.video.encode import VideoWriter
from core.video.probe import SourceInfo, probe
from trackers.pose_tracker import PoseTracker

# Called with what is being made and its frames done: behind every frame, or a few of them.
Progress = Callable[[SourceInfo, str, int], None]


@dataclass(frozen=True, slots=True)
class ClipReport:
    """What became of a clip."""

    frames: int
    people: int  # different ids
    replayed: int  # frames that an earlier run had done
    warning: str | None  # one sentence where a part of the source could not be read


@dataclass(frozen=True, slots=True, eq=False)
class _FirstPass:
    times_s: Sequence[float]
    track_ids: set[int]
    damage: DamagedSourceError | None
    log: LoggedEstimator


@dataclass(frozen=True, slots=True)
class ClipRun:
    """How clips are processed; the network is shared by all of them."""

    settings: AppSettings
    estimator: Estimator
    model: dict[str, str]  # name and digest of the weights
    video: bool = False
    resume: bool = False
    online: bool = False  # leave the tracks as they were while the clip ran
    workers: int = 1  # threads that estimate frames ahead
    keep_poses: bool = False  # for a replay, as `<clip>.poses`

    def process(self, results: ClipResults, progress: Progress) -> ClipReport:
        """Make all results of a clip; each gets its name when it is complete.

        A stop leaves `.part` files behind from which `resume` goes on. A stop while an address
        is read only ends the clip. Raises SourceError where nothing can be read, OutputError.
        """
        info = probe(results.source, self.settings.capture)
        made_of = origin(info, self.model, self.settings)
        claim(results, info, made_of["source"])
        again = not self.online and info.kind != "stream"
        table = TableFile(results.folder, len(COCO_17)) if again else nullcontext()
        with table as rows:
            first = self._first_pass(results, info, made_of, rows, progress)
            track_ids = first.track_ids
            if rows is not None and len(rows):
                step = partial(progress, info)
                track_ids = join_clip(results, rows, info, self.settings, self.video, step)
        damage = first.damage
        warning = str(damage) if damage else None
        record = clip_record(
            info=info,
            sha256=made_of["source"],
            model=self.model,
            settings=self.settings,
            times_s=first.times_s,
            lost_frames=damage.lost_frames if damage else 0,
            warning=warning,
            track_ids=track_ids,
            second_pass=again,
            results=results,
        )
        write_whole(results.meta, json.dumps(record, indent=2) + "\n")
        if self.keep_poses:
            first.log.keep()
        else:
            first.log.remove()
        return ClipReport(len(first.times_s), len(track_ids), first.log.replayed, warning)

    def _first_pass(
        self,
        results: ClipResults,
        info: SourceInfo,
        made_of: dict[str, Any],
        rows: TableFile | None,
        progress: Progress,
    ) -> _FirstPass:
        """Find and follow people while the clip is read. `rows` are for a second pass."""
        resume = self.resume and info.kind != "stream"
        times_s = array("d")
        track_ids: set[int] = set()
        damage: DamagedSourceError | None = None
        with ExitStack() as open_now:
            frames = Ahead(
                read_frames(results.source, self.settings.capture),
                self.estimator,
                self.workers,
                wanted=lambda: not log.replaying,
            )
            log = LoggedEstimator(results.poses, frames, made_of, resume)
            open_now.callback(log.close)
            # The video comes first: what ends last without an error is named last.
            now = self.video and rows is None
            video = open_now.enter_context(self._writer(results, info)) if now else None
            file = open_now.enter_context(PartFile(results.csv, keep=log.replaying))
            table = TrackCsvWriter(file, keypoint_threshold=self.settings.record.keypoint_threshold)
            annotate = Annotator(self.settings.draw)
            tracker = PoseTracker(self.settings.tracker)
            replaying = log.replaying
            try:
                for result in analyse(frames, log, tracker):
                    if replaying and not log.replaying:
                        replaying = False
                        file.cut()
                    found = rows_of(result)
                    table.write(found)
                    if rows is not None:
                        rows.append(found)
                    if video is not None:
                        video.write(annotate(result), result.frame.time_s)
                    times_s.append(result.frame.time_s)
                    track_ids.update(result.tracks.ids[result.tracks.observed].tolist())
                    progress(info, "people", len(times_s))
            except DamagedSourceError as error:
                damage = error
            except KeyboardInterrupt:
                if info.kind != "stream" or not times_s:
                    raise
        return _FirstPass(times_s, track_ids, damage, log)

    def is_done(self, results: ClipResults) -> bool:
        """Whether all results are there, made of the same source, weights and settings."""
        wanted = [results.csv, results.meta] + ([results.video] if self.video else [])
        wanted += [results.poses] if self.keep_poses else []
        if part_path(results.poses).exists() or not all(path.is_file() for path in wanted):
            return False
        sha256 = source_sha256(results.source)
        try:
            record = json.loads(results.meta.read_text(encoding="utf-8"))
            old = tuple(record[key] for key in ("model", "settings", "second_pass"))
            old_sha256 = record["source"]["sha256"]
        except (OSError, ValueError, KeyError, TypeError):
            return False
        same = old == (self.model, as_dict(self.settings), not self.online)
        return sha256 is not None and same and old_sha256 == sha256

    def _writer(self, results: ClipResults, info: SourceInfo) -> VideoWriter:
        return VideoWriter(results.video, info.size, info.nominal_rate_hz, self.settings.encode)

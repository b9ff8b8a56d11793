"""One clip through the whole chain: table, record and annotated video."""

import json
from array import array
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app.clips.analysis import analysis_of
from app.clips.second_pass import ClipTracks, write_joined
from app.options.edits import Corrections, people_in
from app.results.clip_results import ClipResults
from app.results.ownership import check_free
from app.results.provenance import claim, clip_record, origin
from app.results.source_digest import source_sha256
from app.settings import AppSettings
from core.errors import DamagedSourceError, OutputError, SettingsError
from core.json_text import read_json_text
from core.part_file import PartFile, part_path, write_whole
from core.run.pose_file import PoseFile
from core.run.pose_record import PosesOf
from core.run.recorded import Analysis, Recorded, first_pass, second_pass
from core.run.stages import Estimator
from core.settings import as_dict
from core.skeleton import Skeleton, told_of
from core.tracks.csv_long import TrackCsvWriter
from core.tracks.table import rows_of
from core.tracks.track_index import TrackIndex
from core.video.draw import Annotator
from core.video.encode import VideoWriter
from core.video.probe import SourceInfo, probe
from core.video.source import kind_of

# Called with what is being made and its frames done: after every frame, or a few of them.
OnProgress = Callable[[SourceInfo, str, int], None]


@dataclass(frozen=True, slots=True)
class ClipReport:
    """What became of a clip."""

    frames: int
    people: int  # different ids
    replayed: int  # frames that an earlier run had done
    warning: str | None  # one sentence where a part of the source could not be read
    lost_edits: str = ""  # one sentence where corrections found nobody


@dataclass(frozen=True, slots=True, eq=False)
class _FirstPass:
    times_s: Sequence[float]
    track_ids: set[int]
    damage: DamagedSourceError | None
    replayed: int


@dataclass(frozen=True, slots=True)
class ClipRun:
    """How clips are processed; the network is shared by all of them."""

    settings: AppSettings
    estimator: Estimator
    model: dict[str, str]  # name and digest of the weights
    skeleton: Skeleton  # of the people that it finds
    video: bool = False
    resume: bool = False
    workers: int = 1  # threads that estimate frames ahead
    keep_poses: bool = False  # for a replay, as `<clip>.poses`
    corrections: Corrections | None = None

    def process(self, results: ClipResults, progress: OnProgress) -> ClipReport:
        """Make all results of a clip; each gets its name when it is complete.

        A stop leaves `.part` files from which `resume` continues. A stop while an address
        is read only ends the clip. Raises SourceError where nothing can be read, OutputError.
        """
        info = probe(results.source, self.settings.capture)
        stream, corrections = info.kind == "stream", self.corrections
        if stream and corrections is not None:
            raise SettingsError(
                f"--edits {corrections.path}: corrects a recording; {results.source} is a stream"
            )
        made_of = origin(info, self.model, self.settings)
        analysis = analysis_of(
            results.source,
            self.settings,
            self.estimator,
            self.skeleton,
            self.workers,
        )
        again = not stream and (analysis.is_second_pass_due or corrections is not None)
        index = TrackIndex(self.skeleton) if again else None
        with self._poses(results, analysis, made_of) as kept:
            _check_still_free(results, kept)
            claim(results, info, made_of["source"])
            first = self._first_pass(results, info, analysis, kept, index, progress)
            track_ids, lost_edits = first.track_ids, ""
            if index is not None and index.frame_count:
                step = partial(progress, info)
                joined = second_pass(analysis, index)
                edits = corrections.found_in(joined, kept) if corrections else ()
                lost_edits = corrections.lost(edits) if corrections else ""
                tracks = ClipTracks(index.times_s, joined, kept, self.skeleton, edits)
                write_joined(results, tracks, info, self.settings, self.video, step)
                track_ids = people_in(joined, edits)
            warning = str(first.damage) if first.damage else None
            record = clip_record(
                info=info,
                sha256=made_of["source"],
                model=self.model,
                settings=self.settings,
                times_s=first.times_s,
                lost_frames=first.damage.lost_frames if first.damage else 0,
                warning=warning,
                track_ids=track_ids,
                second_pass=analysis.join is not None,
                skeleton=self.skeleton,
                results=results,
            )
            if corrections is not None:
                record["edits"] = corrections.record()
            write_whole(results.meta, json.dumps(record, indent=2) + "\n")
            if self.keep_poses:
                kept.move(results.poses)
            else:
                kept.remove()
        return ClipReport(len(first.times_s), len(track_ids), first.replayed, warning, lost_edits)

    def _poses(self, results: ClipResults, analysis: Analysis, made_of: dict[str, Any]) -> PoseFile:
        """Where the poses of the clip are kept: with `resume` those of the stopped run."""
        stream = kind_of(results.source) == "stream"
        source = "" if stream else str(Path(results.source).resolve())
        of = PosesOf(made_of, source, analysis.photos, told_of(self.skeleton))
        path = part_path(results.poses)
        if self.resume and not stream:
            return PoseFile.resume(path, of)
        return PoseFile.create(path, of)

    def _first_pass(
        self,
        results: ClipResults,
        info: SourceInfo,
        analysis: Analysis,
        kept: PoseFile,
        index: TrackIndex | None,
        progress: OnProgress,
    ) -> _FirstPass:
        """Find and follow people while the clip is read.

        `index` is for a second pass, whose table alone gets the final name.
        """
        times_s = array("d")
        track_ids: set[int] = set()
        damage: DamagedSourceError | None = None
        found = Recorded(analysis, kept)
        uncut = len(kept) > 0  # the table still ends with rows of the stopped run
        with ExitStack() as open_now:
            # The video comes first: what ends last without an error is named last.
            now = self.video and index is None
            video = open_now.enter_context(self._writer(results, info)) if now else None
            file = open_now.enter_context(closing(PartFile(results.csv, keep=uncut)))
            threshold = self.settings.record.keypoint_threshold
            table = TrackCsvWriter(file, self.skeleton, threshold)
            annotate = Annotator(self.settings.draw, self.skeleton)
            try:
                for result in first_pass(analysis, found, kept, index):
                    if uncut and found.replayed <= len(times_s):
                        uncut = False
                        file.cut()
                    table.write(rows_of(result))
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
            if index is None or not index.frame_count:
                file.commit()
        return _FirstPass(times_s, track_ids, damage, found.replayed)

    def is_done(self, results: ClipResults) -> bool:
        """Whether all results are there, of a run with the same source, weights and settings."""
        wanted = [results.csv, results.meta] + ([results.video] if self.video else [])
        wanted += [results.poses] if self.keep_poses else []
        if part_path(results.poses).exists() or not all(path.is_file() for path in wanted):
            return False
        sha256 = source_sha256(results.source)
        try:
            record = read_json_text(results.meta.read_text(encoding="utf-8"))
            old = tuple(record[key] for key in ("model", "settings"))
            old_sha256, old_edits = record["source"]["sha256"], record.get("edits")
            if "export" in record:  # of the window
                return False
        except (OSError, ValueError, KeyError, TypeError):
            return False
        edits = None if self.corrections is None else self.corrections.record()
        same = old == (self.model, as_dict(self.settings)) and old_edits == edits
        return sha256 is not None and same and old_sha256 == sha256

    def _writer(self, results: ClipResults, info: SourceInfo) -> VideoWriter:
        return VideoWriter(results.video, info.size, info.nominal_rate_hz, self.settings.encode)


def _check_still_free(results: ClipResults, kept: PoseFile) -> None:
    """Another run may have made files of that name since this one began. Raises OutputError."""
    try:
        check_free(results.outputs, results.overwrite)
    except OutputError:
        if not len(kept):
            kept.remove()
        raise

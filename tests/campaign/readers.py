"""How a file of each kind is read, as the commands and the window do it."""

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from campaign.forked import Disagreement
from core.errors import DamagedSourceError, SourceError, UserError

_SAME_S = 0.001


def read_video(path: Path, chance: random.Random) -> None:
    """Reader, prober and seeker agree on what there is; any frame comes or is refused."""
    from core.video import numbering
    from core.video.capture import read_frames
    from core.video.probe import probe
    from core.video.seek import open_seekable
    from core.video.source import CaptureSettings

    settings = CaptureSettings(threads=chance.choice((1, 2)))
    times_s: list[float] = []
    refused: SourceError | None = None
    try:
        for frame in read_frames(str(path), settings):
            times_s.append(frame.time_s)
            if len(times_s) == 1:
                size = frame.size
            if frame.size != size and path.suffix not in _PICTURES:
                raise Disagreement(f"frames of {size} and {frame.size}")
            frame.rgb.sum()
    except SourceError as error:
        refused = error
    if (np.diff(times_s) < 0).any():
        raise Disagreement("times run backwards")
    if not np.isfinite(times_s).all():
        raise Disagreement("times are not finite")
    lists_packets = refused is None and chance.random() < 0.5
    numbering.BEGINNING_PX = 4 * 64 * 48 if lists_packets else 250_000_000
    try:
        probe(str(path), settings)
        seekable = open_seekable(str(path), settings)
    except SourceError as error:
        if times_s:
            raise Disagreement(f"{len(times_s)} frames are read, but: {error}") from error
        raise
    with closing(seekable):
        _compare(seekable.times_s, times_s, lists_packets)
        for number in chance.sample(range(len(seekable)), min(3, len(seekable))):
            try:
                seekable.frame(number).rgb.sum()
            except SourceError:
                if refused is None and not lists_packets:
                    raise Disagreement(f"frame {number} of a whole file cannot be had") from None
    if refused is not None:
        if isinstance(refused, DamagedSourceError) and refused.good_frames != len(times_s):
            raise Disagreement(f"{len(times_s)} frames came, {refused.good_frames} are told")
        raise refused


def _compare(seeker_s: np.ndarray, reader_s: list[float], listed: bool) -> None:
    if len(seeker_s) != len(reader_s):
        way = "packets" if listed else "pictures"
        raise Disagreement(f"reader {len(reader_s)}, seeker {len(seeker_s)} frames ({way})")
    if not np.allclose(seeker_s, reader_s, rtol=0, atol=_SAME_S):
        raise Disagreement("reader and seeker have different times")


_PICTURES = (".png", ".tif", ".webp", ".jpg", ".bmp")


def read_image(path: Path, chance: random.Random) -> None:
    """A picture alone, and in a folder beside others."""
    from core.video.photos import are_photos

    are_photos(str(path))
    are_photos(str(path.parent))
    read_video(path, chance)


def read_tracks(path: Path, chance: random.Random) -> None:
    """Read a table and make everything of it that can be made."""
    from core.tracks.csv_long import read_track_csv

    read_track_csv(path)
    out = path.parent / "out"
    command = chance.choice((["report"], ["measure"], ["convert"]))
    if command == ["convert"]:
        names = ["csv", "csv-wide", "csv-very-long", "coco", "openpose", "posetrack", "c3d"]
        names += ["motchallenge", "trc-kinovea", "mot-opensim", "dlc-csv", "sleap-csv", "parquet"]
        names += ["dlc-h5", "sleap-h5"]
        command += ["--format", chance.choice(names), *(["--clean"] * chance.randrange(2))]
    run_command([command[0], str(path), *command[1:], "--output", str(out), "--overwrite"])


def read_settings(path: Path, chance: random.Random) -> None:
    """As settings of the program, and as a recipe."""
    from app.settings import AppSettings
    from core.settings import build, load_yaml
    from core.train.recipe import read_recipe

    for attempt in (
        lambda: build(AppSettings, load_yaml(path)),
        lambda: read_recipe(path),
    ):
        try:
            attempt()
        except UserError as error:
            last: UserError | None = error
        else:
            last = None
    if last is not None:
        raise last


def read_labels(path: Path, chance: random.Random) -> None:
    """As a data set."""
    from core.train.dataset import read_dataset

    read_dataset(path, 17)


def read_edits(path: Path, chance: random.Random) -> None:
    """Apply a log of edits to a table, and find its people again."""
    from core.tracks.edits.file import load_edits
    from core.tracks.edits.found_again import found_again
    from core.tracks.edits.frame import edited_tracks
    from core.tracks.edits.people import hidden_in, names_of
    from core.types import PoseBatch, Tracks

    edits = load_edits(path)
    poses = PoseBatch(
        np.array([[0, 0, 30, 40]], np.float32),
        np.ones(1, np.float32),
        np.zeros((1, 17, 2), np.float32),
        np.zeros((1, 17), np.float32),
    )
    one = Tracks(np.array([1], np.int64), poses, np.ones(1, np.bool_))
    for number in range(20):
        edited_tracks(edits, number, one)
    names_of(edits)
    hidden_in(edits)
    again = [edit for edit in found_again(edits, lambda _: one, 9) if edit is not None]
    for number in range(20):
        edited_tracks(again, number, one)


def read_poses(path: Path, chance: random.Random) -> None:
    """Replay kept poses."""
    from core.run.pose_file import PoseFile

    with PoseFile.open(path) as kept:
        for _ in kept.frames():
            pass
    run_command(["replay", str(path), "--output", str(path.parent / "out"), "--overwrite"])


def read_record(path: Path, chance: random.Random) -> None:
    """Ask a record what its neighbours were made of."""
    from app.results.clip_results import plan_results, recorded_capture, recorded_source
    from app.results.ownership import check_free

    tracks = path.with_name("clip.csv")
    tracks.touch()
    recorded_source(tracks)
    recorded_capture(tracks)
    (plan,) = plan_results(["clip.mp4"], path.parent, formats=("coco",), overwrite=True)
    check_free(plan.outputs, overwrite=False)


def read_archive(path: Path, chance: random.Random) -> None:
    """Unpack a data set and read it."""
    from core.train.archives import labels_on_disk
    from core.train.dataset import read_dataset

    read_dataset(labels_on_disk(path, path.parent / "cache"), 17)


def read_weights(path: Path, chance: random.Random) -> None:
    """Weights as a network, from our own files and from published ones."""
    from core.model.checkpoint import load_checkpoint, read_settings
    from core.model.published import import_published

    if path.suffix == ".pt":
        import_published(path, "auto").network()
        return
    read_settings(path)
    load_checkpoint(path).network()


def read_onnx(path: Path, chance: random.Random) -> None:
    """A network of another maker looks at a picture."""
    from core.model.estimator import load_estimator
    from core.model.estimator_settings import EstimatorSettings
    from core.types import Frame

    how = EstimatorSettings(device="cpu", size=64, threads=1)
    estimate = load_estimator(path, how)
    estimate(Frame(0, 0.0, 0, np.full((48, 64, 3), 90, np.uint8)))


def read_sequence(path: Path, chance: random.Random) -> None:
    """Detections and the truth of the folder that a file stands for."""
    from campaign.seeds import sequence_files
    from trackers.sequences import find_sequences
    from trackers.sequences import read_sequence as read

    folder = path.parent / "sequence"
    for name, text in sequence_files().items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (folder / path.name.replace("--", "/")).write_bytes(path.read_bytes())
    find_sequences(folder)
    for source in ("boxes", "poses", "noisy-poses"):
        read(folder, source)


def run_command(arguments: list[str]) -> None:
    """A command of the program; its refusal is raised again as the sentence that it printed."""
    import contextlib
    import io

    from app.__main__ import main

    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            code = main(arguments)
    except SystemExit as error:
        code = int(error.code or 0)
    sentences = [line for line in said.getvalue().splitlines() if line.startswith("error: ")]
    if code not in (0, 2, 3):
        raise Disagreement(f"exit code {code}")
    if code == 2:
        raise UserError(sentences[-1] if sentences else "")
    if "Traceback" in said.getvalue():
        raise Disagreement("a traceback is printed")


Reader = Callable[[Path, random.Random], None]

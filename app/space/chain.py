"""From the tracks of several clips to skeletons in space, as `process --calibration` does it."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from app.bundled import MODULE
from app.space.inputs import cameras_named, check_sizes
from core.errors import SettingsError
from core.space.calibration_files.own_toml import read_calibration
from core.video.probe import probe
from core.video.source import CaptureSettings


def check_cameras(
    calibration: Path, sources: Sequence[str], names: Sequence[str], capture: CaptureSettings
) -> None:
    """Before the clips are looked at: one for each camera, of its size. Raises UserError."""
    if len(sources) < 2:
        raise SettingsError(
            f"--calibration: one camera shows no depth; {sources[0]} alone gives no skeletons in "
            "space, give the clips of two or more"
        )
    cameras = cameras_named(names, read_calibration(calibration)).cameras
    check_sizes(cameras, [(source, probe(source, capture).size) for source in sources])


def to_space(
    tracks: Sequence[Path],
    calibration: Path,
    sync: Path | None,
    output: Path,
    more: Sequence[str],
) -> int:
    """Set the clocks where nobody did, and reconstruct; the exit code of what stopped it, or 0.

    `more` are options of `reconstruct` and `sync` alike or of `reconstruct` alone (`--video` and
    its settings).
    """
    from app.__main__ import main

    views, geometry = [str(path) for path in tracks], ["--calibration", str(calibration)]
    both = [option for option in more if option == "--overwrite"]
    clocks = output / "sync.toml" if sync is None else sync
    steps = [["reconstruct", *views, *geometry, "--sync", str(clocks), "--output", str(output)]]
    steps[0] += more
    if sync is None:
        steps.insert(0, ["sync", *views, *geometry, "--output", str(clocks), *both])
    for step in steps:
        print(f"\n$ python -m {MODULE} {shlex.join(step)}", flush=True)
        code = main(step)
        if code != 0:
            return code
    return 0

"""How files of three dimensions are read."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np

from campaign.forked import Disagreement
from campaign.readers import run_command
from core.errors import UserError


def read_calibrations(path: Path, chance: random.Random) -> None:
    """Read a form, write it in ours and another one, and look through the cameras."""
    from campaign.seeds_of_space import OURS, calibration_files
    from core.space.calibration_files.formats import FORMATS
    from core.space.calibration_files.own_toml import read_calibration, write_calibration

    if path.name == OURS:
        cameras = read_calibration(path)
        run_command(["calibrate", "show", str(path)])
    else:
        form, _, inside = path.name.partition("--")
        file = path
        if inside:
            file = path.parent / form
            file.mkdir()
            for name, content in calibration_files().items():
                if name.startswith(f"{form}--"):
                    (file / name.partition("--")[2]).write_bytes(content)
            (file / inside).write_bytes(path.read_bytes())
        cameras = FORMATS[form].read(file)
    ours = path.parent / "ours.toml"
    write_calibration(ours, cameras)
    points = np.array([[0.0, 0.0, 1.0], [np.nan, 0, 0], [0.5, -0.5, 1.5]])
    for camera in cameras.cameras:
        camera.normalised(camera.project(points))
    other = chance.choice([name for name in FORMATS if name != "opencv"])  # which holds pairs
    run_command(["calibrate", "export", str(ours), "--format", other,
                 "--output", str(path.parent / "other")])  # fmt: skip
    try:
        again = read_calibration(ours)
    except UserError as error:
        raise Disagreement(f"what was read and written is refused: {error}") from error
    if again.cameras[0].name != cameras.cameras[0].name:
        raise Disagreement("a camera has another name after it was written")


def read_clocks(path: Path, chance: random.Random) -> None:
    """Clocks of the cameras that there are, and of one that there is not."""
    from campaign.seeds_of_space import NAMES
    from core.space.sync.sync_file import read_sync, write_sync

    clocks = read_sync(path, NAMES)
    for clock in clocks:
        clock.common(np.arange(5.0))
    write_sync(path.with_name("again.toml"), NAMES, clocks)
    again = read_sync(path.with_name("again.toml"), NAMES)
    if [round(clock.offset_s, 5) for clock in again] != [round(c.offset_s, 5) for c in clocks]:
        raise Disagreement("clocks differ after they were written")


def read_space(path: Path, chance: random.Random) -> None:
    """Measure skeletons in space, and report on them."""
    command = chance.choice(("measure", "report"))
    run_command([command, str(path), "--output", str(path.parent / "out")])


def read_board(path: Path, chance: random.Random) -> None:
    """A lens from a clip of a board."""
    from board_scene import BOARD

    from core.space.calibration_files.own_toml import read_calibration

    board = BOARD if chance.random() < 0.9 else replace(BOARD, columns=4, rows=5)
    output = path.parent / "lens.toml"
    run_command(["calibrate", "board", str(path), "--board", str(board), "--output", str(output)])
    read_calibration(output)

"""A bad file among several is told, and the others are done."""

import numpy as np
import pytest
from walker import table, walker

from app.__main__ import main
from core.tracks.csv_long import write_track_csv


@pytest.mark.parametrize(
    ("command", "made"),
    [(["convert", "--format", "csv-wide"], "wide.csv"), (["report"], "report.json")],
)
def test_the_others_are_done(tmp_path, capsys, command, made) -> None:
    times_s = np.arange(40) / 25.0
    points, _ = walker(times_s)
    files = [tmp_path / f"{name}.csv" for name in "abc"]
    for path in (files[0], files[2]):
        write_track_csv(path, table({1: points}, times_s))
    files[1].write_text("no table\n")
    first, *options = command
    assert main([first, *map(str, files), *options]) == 3
    (said,) = (li for li in capsys.readouterr().err.splitlines() if li.startswith("error: "))
    assert "b.csv" in said
    assert (tmp_path / f"a.{made}").exists()
    assert (tmp_path / f"c.{made}").exists()


def test_not_one_that_can_be_done(tmp_path, capsys) -> None:
    files = [tmp_path / f"{name}.poses" for name in "ab"]
    for path in files:
        path.write_text("no poses")
    assert main(["replay", *map(str, files), "--output", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.count("error: ") == 2

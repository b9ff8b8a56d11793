"""The report on this computer."""

import pytest

from app.__main__ import main


def test_the_report_names_what_matters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--seconds", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    heads = {line.split()[0] for line in lines}
    assert {"System", "Processor", "PyTorch", "GPU", "Decoders", "Window", "Network"} <= heads
    decoders = next(line for line in lines if line.startswith("Decoders"))
    assert "h264" in decoders

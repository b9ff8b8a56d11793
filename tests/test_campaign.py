"""What of the campaign runs in under a minute; its long form is `python tests/campaign`."""

import signal
import sys
import time
from pathlib import Path

import pytest
from campaign.forked import Disagreement, Outcome, in_child
from campaign.mutants import KINDS, run_kind

from core.errors import UserError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, with Linux's limits")

SHARES = {"videos": 66, "images": 20, "tables": 20, "weights": 10, "graphs": 6}  # others: 30


def raises(error: BaseException) -> None:
    raise error


def test_a_child_tells_what_became_of_its_work(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("campaign.forked.LIMIT_S", 0.5)
    assert in_child(lambda: None) == Outcome("good")
    assert in_child(lambda: raises(UserError("no"))) == Outcome("refused", "no")
    assert in_child(lambda: raises(UserError(" "))).result == "found"
    assert "ZeroDivisionError" in in_child(lambda: 1 / 0).words
    assert "two counts" in in_child(lambda: raises(Disagreement("two counts"))).words
    assert "MemoryError" in in_child(lambda: bytearray(3 * 1024**3)).words
    assert "SIGSEGV" in in_child(lambda: signal.raise_signal(signal.SIGSEGV)).words
    assert "nothing within" in in_child(lambda: time.sleep(30)).words


@pytest.mark.parametrize("name", KINDS)
def test_damaged_files_are_read_or_refused(name: str, tmp_path: Path) -> None:
    tally = run_kind(name, SHARES.get(name, 30), tmp_path, first=1_000_000)
    assert tally.found == {}
    assert tally.counts["good"] > 0
    assert tally.counts["refused"] > 0

"""The Lab Streaming Layer, with a real inlet; without pylsl there is nothing to test."""

import math
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from live_source import numbered, one_person

from core.errors import SettingsError
from core.model.decode import join_poses
from core.run.background import background
from core.send.address import read_address
from core.send.message import Message
from core.send.outputs import Output
from core.skeleton import skeleton_named
from core.types import FrameResult, Tracks

CONFIG = "[multicast]\nResolveScope = machine\n[log]\nlevel = -3\n"


@pytest.fixture(autouse=True)
def lsl_on_this_machine_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lsl_api.cfg").write_text(CONFIG)
    monkeypatch.setenv("LSLAPICFG", str(tmp_path / "lsl_api.cfg"))
    pytest.importorskip("pylsl", exc_type=(ImportError, RuntimeError))  # type: ignore[arg-type]


def result(index: int, *ids: int) -> FrameResult:
    frame = numbered(index)
    poses = join_poses([one_person(frame)] * len(ids))
    return FrameResult(frame, poses, Tracks(np.array(ids), poses, np.ones(len(ids), np.bool_)))


def test_an_inlet_gets_dated_samples() -> None:
    import pylsl

    output = Output(read_address(f"lsl:yolopose-test-{os.getpid()}"))
    feeding = background(_feed(output))
    found = pylsl.resolve_byprop("name", f"yolopose-test-{os.getpid()}", 1, 20)
    if not found:
        feeding.close(discard=True)
        output.close()
        pytest.skip("no multicast on this machine")
    inlet = pylsl.StreamInlet(found[0])
    sample, stamp = inlet.pull_sample(timeout=20)
    now = pylsl.local_clock()
    info = inlet.info(timeout=20)
    first = info.desc().child("channels").child("channel")
    inlet.close_stream()
    feeding.close(discard=True)
    output.close()
    assert first.child_value("label") == "person1_id"
    assert sample[0] == 7
    assert sample[1:4] == pytest.approx([16.0, 12.0, 0.8])
    assert math.isnan(sample[1 + 17 * 3])
    assert 0 <= now - stamp < 60


def _feed(output: Output) -> Iterator[int]:
    for index in count():
        output.results.put(("cam", result(index, 7)))
        yield index


def test_people_keep_their_places() -> None:
    from core.send.lsl import PEOPLE, LslSender, channels

    sender = LslSender(read_address("lsl:places"))

    def places(*ids: int) -> list[float]:
        sample = sender._sample(Message.of(result(0, *ids), "cam"))
        assert len(sample) == len(channels())
        return sample[:: 1 + 17 * 3]

    assert len(places(1)) == PEOPLE
    assert places(1, 2, 3)[:3] == [1, 2, 3]
    assert places(1, 3)[0::2] == [1, 3]
    assert places(3, 5)[0::2] == [5, 3]
    assert places(3, 5, 6, 7, 8) == [5, 6, 3, 7]
    sender.close()


def test_people_without_the_joints_of_its_channels_are_refused() -> None:
    from core.send.lsl import LslSender

    sender = LslSender(read_address("lsl:animal"))
    animal = skeleton_named([f"joint_{number}" for number in range(17)])
    with pytest.raises(SettingsError, match=r"--send lsl:animal: a body is needed, .* no nose"):
        sender.send(Message.of(replace(result(0, 1), named=animal), "cam"))
    sender.close()


def test_there_is_room_for_one_source() -> None:
    output = Output(read_address("lsl:one"))
    output.tap("left")
    sentence = "--send lsl:one: goes with one source; right is not sent there"
    with pytest.raises(SettingsError, match=sentence):
        output.tap("right", beside=True)
    output.close()


@pytest.mark.parametrize(("text", "name"), [("lsl:", "yolopose"), ("lsl://gait", "gait")])
def test_a_stream_has_a_name(text: str, name: str) -> None:
    assert read_address(text).name == name

"""Results as a stream of the Lab Streaming Layer, each dated with the time of its capture.

A stream has a fixed number of channels, so the first PEOPLE by id have a place each, and who is
not there is NaN. Whoever was given a place keeps it while they are seen.
"""

import math
import time
from typing import Any

from core.errors import SettingsError
from core.send.address import Address
from core.send.message import Message
from core.skeleton import COCO_17, check_body

try:
    import pylsl
except (ImportError, RuntimeError) as error:  # RuntimeError: without its library
    raise SettingsError("--send lsl: needs pylsl (pip install 'yolopose[lsl]')") from error

ONE = "goes with one source"
PEOPLE = 4
TYPE = "MoCap"


def channels() -> list[tuple[str, str]]:
    """Label and unit of each channel."""
    found = []
    for person in range(1, PEOPLE + 1):
        found.append((f"person{person}_id", "none"))
        for name in COCO_17.names:
            start = f"person{person}_{name}"
            found += [(f"{start}_x", "pixels"), (f"{start}_y", "pixels"), (f"{start}_score", "")]
    return found


class LslSender:
    """One outlet. `skipped` stays 0: a slow inlet loses samples in its own buffer."""

    skipped = 0

    def __init__(self, address: Address, sources: int = 1) -> None:
        if sources > 1:
            raise SettingsError(f"--send lsl: {ONE}; start a run for each")
        labels = channels()
        info = pylsl.StreamInfo(
            address.name, TYPE, len(labels), pylsl.IRREGULAR_RATE, pylsl.cf_float32
        )
        described: Any = info.desc().append_child("channels")
        for label, unit in labels:
            channel = described.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", unit)
        self._shown = address.shown
        self._outlet = pylsl.StreamOutlet(info)
        self._places: list[int | None] = [None] * PEOPLE  # ids

    def expect(self, source: str, beside: bool) -> None:
        """Raises SettingsError for a second source: places are of one picture's people."""
        if beside:
            raise SettingsError(f"--send {self._shown}: {ONE}; {source} is not sent there")

    def send(self, message: Message) -> bool:
        """Push the sample of a frame. Raises SettingsError for people without COCO's joints."""
        try:
            check_body(message.result.skeleton)
        except ValueError as error:
            raise SettingsError(f"--send {self._shown}: {error}") from error
        age_s = time.time() - message.captured_unix_s
        self._outlet.push_sample(self._sample(message), pylsl.local_clock() - age_s)
        return True

    def close(self) -> None:
        """End the stream; its inlets see it vanish."""
        del self._outlet

    def _sample(self, message: Message) -> list[float]:
        content = message.as_dict()
        people = {person["id"]: person for person in content["people"]}
        self._places = [known if known in people else None for known in self._places]
        for new in sorted(set(people) - set(self._places)):
            if None in self._places:
                self._places[self._places.index(None)] = new
        values: list[float] = []
        nothing = [math.nan] * 3
        for known in self._places:
            values.append(math.nan if known is None else float(known))
            found = {} if known is None else _by_name(content, people[known])
            for name in COCO_17.names:
                values += found.get(name) or nothing
        return values


def _by_name(content: dict[str, Any], person: dict[str, Any]) -> dict[str, list[float] | None]:
    return dict(zip(content["keypoint_names"], person["keypoints"], strict=True))

"""Results as datagrams: one JSON object a frame, or OSC messages. It never blocks."""

import json
import re
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.send.address import Address, resolve
from core.send.message import Message

if TYPE_CHECKING:
    from pythonosc.osc_bundle import OscBundle

MOST_BYTES = 65_507  # of a UDP datagram
Encode = Callable[[Message], list[bytes]]


class DatagramSender:
    """Sends each message as datagrams without waiting for anybody."""

    skipped = 0

    def __init__(self, address: Address, named: bool = False) -> None:
        """With `named`, OSC addresses hold the source's name; JSON always has it."""
        self._encode: Encode = json_datagrams
        self._named = named
        self._beside: frozenset[str] = frozenset()  # replaced whole: another thread reads it
        if address.kind == "osc":
            self._encode = self._osc
        family, self._place = resolve(address)
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def expect(self, source: str, beside: bool) -> None:
        """The OSC addresses of what comes beside others hold its name; those of the others stay."""
        self._beside = self._beside | {source} if beside else self._beside - {source}

    def send(self, message: Message) -> bool:
        """False when the system did not take the message, or not all of it."""
        try:
            for datagram in self._encode(message):
                self._socket.sendto(datagram, self._place)
        except OSError:  # a full buffer, no route, nobody there
            return False
        return True

    def close(self) -> None:
        """Free the socket."""
        self._socket.close()

    def _osc(self, message: Message) -> list[bytes]:
        return osc_datagrams(message, self._named or message.source in self._beside)


def json_datagrams(message: Message) -> list[bytes]:
    """The message as JSON; where it is too long, the weakest people are counted in `left_out`."""
    content = message.as_dict()
    text = message.as_json().encode()
    people = sorted(content["people"], key=lambda person: -person["score"])
    kept = len(people)
    while len(text) > MOST_BYTES:
        kept -= 1
        shorter = content | {"people": people[:kept], "left_out": len(people) - kept}
        text = json.dumps(shorter, separators=(",", ":")).encode()
    return [text]


def osc_datagrams(message: Message, named: bool = False) -> list[bytes]:
    """A bundle for the frame and one for each person, dated with the time of capture."""
    content = message.as_dict()
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", message.source).strip("_") or "source"
    root = f"/yolopose/{name}" if named else "/yolopose"
    frame = [content["frame"], content["time_s"], *content["size"], len(content["people"])]
    latency_ms = 1e3 * (message.sent_unix_s - message.captured_unix_s)
    bundles = [_bundle(message, {f"{root}/frame": [*frame, latency_ms]})]
    for person in content["people"]:
        start = f"{root}/person/{person['id']}"
        parts = {f"{start}/box": [*person["box"], person["score"]]}
        for name, keypoint in zip(content["keypoint_names"], person["keypoints"], strict=True):
            if keypoint is not None:
                parts[f"{start}/{name}"] = keypoint
        bundles.append(_bundle(message, parts))
    return [bundle.dgram for bundle in bundles]


def _bundle(message: Message, messages: dict[str, list[float]]) -> "OscBundle":
    from pythonosc.osc_bundle_builder import OscBundleBuilder
    from pythonosc.osc_message_builder import OscMessageBuilder

    bundle = OscBundleBuilder(message.captured_unix_s)  # type: ignore[arg-type]
    for address, values in messages.items():
        one = OscMessageBuilder(address)
        for value in values:
            one.add_arg(value)
        bundle.add_content(one.build())
    return bundle.build()

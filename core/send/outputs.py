"""All outputs of live runs: each has a thread, and room for one result of every source."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol

from core.part_file import PartFile, make_folder
from core.run.background import background
from core.run.channel import Channel, Tap
from core.send.address import Address
from core.send.datagrams import DatagramSender
from core.send.message import Message
from core.types import FrameResult


class Sender(Protocol):
    """Takes one message after another in a thread of its own."""

    skipped: int  # messages that a slow viewer of several did not get

    def expect(self, source: str, beside: bool) -> None:
        """A source is going to send, alone or beside others that send already.

        Raises SettingsError where there is room for one source only.
        """

    def send(self, message: Message) -> bool: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _SourceTap:
    """Hands the results of one source on with its name."""

    source: str
    results: Channel[tuple[str, FrameResult]]

    def offer(self, value: FrameResult) -> bool:
        """Without waiting."""
        return self.results.offer((self.source, value))


class Output:
    """One receiver; `tap` gives each pipeline its own. The newest result of each source wins.

    It is made for so many `sources`.
    """

    def __init__(self, address: Address, sources: int = 1) -> None:
        self.address = address
        self.sources = sources
        self.sent = 0
        self._failed = 0
        self.results: Channel[tuple[str, FrameResult]] = Channel(
            1, newest_wins=True, owner=itemgetter(0)
        )
        self._sender = sender_of(address, sources)
        self._work = background(self._send_all())

    @property
    def status(self) -> str:
        """How it is doing, in a few words."""
        return f"{self.address.kind} {self.sent} sent {self.dropped} dropped"

    def tap(self, source: str, beside: bool = False) -> Tap[FrameResult]:
        """For the pipeline of a source, whose name goes into the messages.

        `beside`: it comes to others that the output was not made for. Raises SettingsError where
        the output has room for one source only.
        """
        self._sender.expect(source, beside)
        return _SourceTap(source, self.results)

    @property
    def dropped(self) -> int:
        """Results that were not sent: newer ones came, or the system refused them.

        A message that one viewer of a WebSocket was too slow for counts as well.
        """
        return self.results.dropped + self._failed + self._sender.skipped

    def problem(self) -> BaseException | None:
        """What ended the output, once."""
        return self._work.look()[1]

    def close(self, timeout_s: float = 2.0) -> None:
        """Send what waits, and end; not longer than `timeout_s`."""
        self.results.close()
        self._work.wait_closed(timeout_s)

    def _send_all(self) -> Iterator[int]:
        try:
            for source, result in self.results:
                if self._sender.send(Message.of(result, source)):
                    self.sent += 1
                else:
                    self._failed += 1
                yield self.sent
        finally:
            self.results.close(discard=True)
            self._sender.close()


class JsonLines:
    """A file with one message a line, `.part` until it is closed. Raises OutputError.

    Without a message there is none: a service that waits for its camera leaves no empty files.
    """

    skipped = 0

    def __init__(self, address: Address) -> None:
        assert address.path is not None
        make_folder(address.path.parent)
        self._file = PartFile(address.path)
        self._any = False  # whether a line was written

    def expect(self, source: str, beside: bool) -> None:
        """Lines name their source: any number may come."""

    def send(self, message: Message) -> bool:
        """Append a line."""
        self._any = True
        self._file.write(message.as_json().encode() + b"\n")
        return True

    def close(self) -> None:
        """Give the file its name."""
        if self._any:
            self._file.commit()
        else:
            self._file.drop()


def sender_of(address: Address, sources: int = 1) -> Sender:
    """The sender for an address, to which several sources send. Raises SettingsError."""
    if address.kind in ("osc", "udp"):
        return DatagramSender(address, named=sources > 1)
    if address.kind == "jsonl":
        return JsonLines(address)
    if address.kind == "lsl":
        from core.send.lsl import LslSender

        return LslSender(address, sources)
    from core.send.websocket import WebSocketSender

    return WebSocketSender(address)

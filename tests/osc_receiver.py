"""A socket that gets what an output sends as OSC."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from core.send.address import read_address
from core.send.outputs import Output


@contextmanager
def osc_receiver() -> Iterator[tuple[socket.socket, Output]]:
    """The socket, which waits 20 s for a datagram, and an output that sends to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(20)
        yield receiver, Output(read_address(f"osc://127.0.0.1:{receiver.getsockname()[1]}"))

"""An RTSP relay on loopback that loses and delays what a camera sends, as a bad network does.

Over UDP one of twenty datagrams is lost and each is late by up to 100 ms, so that they also come
in another order. Over TCP nothing is lost and the order stays: what was lost comes again, late.
"""

import heapq
import random
import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

LOSS = 0.05
JITTER_S = 0.1
AGAIN_S = 0.2  # until TCP sends again what was lost


class _Late:
    """Sends what it is given after a while."""

    def __init__(self, in_order: bool) -> None:
        self._in_order = in_order
        self._chance = random.Random(0)
        self._waiting: list[tuple[float, int, socket.socket, bytes, tuple[str, int] | None]] = []
        self._count = 0
        self._last_s: dict[socket.socket, float] = {}

    def add(self, data: bytes, out: socket.socket, to: tuple[str, int] | None = None) -> None:
        due_s = time.monotonic() + self._chance.uniform(0, JITTER_S)
        lost = self._chance.random() < LOSS
        if lost and to is not None:
            return
        if self._in_order:
            due_s = max(due_s + AGAIN_S * lost, self._last_s.get(out, 0.0))
            self._last_s[out] = due_s
        self._count += 1
        heapq.heappush(self._waiting, (due_s, self._count, out, data, to))

    def send_due(self) -> None:
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            _, _, out, data, to = heapq.heappop(self._waiting)
            with suppress(OSError):  # it has gone
                out.sendall(data) if to is None else out.sendto(data, to)


@contextmanager
def bad_network(address: str) -> Iterator[str]:
    """Another address of an RTSP camera, for one viewer at a time."""
    parts = urlsplit(address)
    assert parts.port is not None
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        port = server.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, parts.port, port, stop))
        thread.start()
        try:
            yield f"rtsp://127.0.0.1:{port}{parts.path}"
        finally:
            stop.set()
            thread.join()


def _serve(server: socket.socket, camera_port: int, own_port: int, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            viewer = server.accept()[0]
        except TimeoutError:
            continue
        with viewer, socket.create_connection(("127.0.0.1", camera_port)) as camera:
            _relay(viewer, camera, (camera_port, own_port), stop)


def _relay(
    viewer: socket.socket, camera: socket.socket, ports: tuple[int, int], stop: threading.Event
) -> None:
    """One viewer, until either side ends."""
    udp = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    while True:  # RTP and RTCP have neighbouring ports
        udp[0].bind(("127.0.0.1", 0))
        try:
            udp[1].bind(("127.0.0.1", udp[0].getsockname()[1] + 1))
            break
        except OSError:
            udp[0].close()
            udp[0] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    there: list[int] = []  # the viewer's ports
    stream, datagrams = _Late(in_order=True), _Late(in_order=False)
    try:
        while not stop.is_set():
            for ready in select.select([viewer, camera, *udp], [], [], 0.002)[0]:
                if ready in udp:
                    data = ready.recv(65_536)
                    if there:
                        datagrams.add(data, ready, ("127.0.0.1", there[udp.index(ready)]))
                    continue
                data = ready.recv(65_536)
                if not data:
                    return
                if ready is camera:
                    stream.add(data, viewer)
                    continue
                asked = re.search(rb"client_port=(\d+)-(\d+)", data)
                if asked is not None:
                    there = [int(asked[1]), int(asked[2])]
                    first = udp[0].getsockname()[1]
                    data = data.replace(asked[0], b"client_port=%d-%d" % (first, first + 1))
                camera.sendall(data.replace(b":%d/" % ports[1], b":%d/" % ports[0]))
            stream.send_due()
            datagrams.send_due()
    except OSError:
        pass  # one side has gone
    finally:
        for one in udp:
            one.close()

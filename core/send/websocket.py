"""A WebSocket server with a page that draws the skeletons; slow viewers miss frames."""

import asyncio
import hmac
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from core.errors import SettingsError
from core.run.background import background
from core.send.address import Address, is_loopback
from core.send.message import Message

PAGE = Path(__file__).with_name("page.html")


class _Latest:
    """What a viewer has still to get: one message of each source, those longest due first."""

    def __init__(self) -> None:
        self._messages: dict[str, str] = {}
        self._any = asyncio.Event()

    def put(self, source: str, text: str) -> bool:
        """True where it replaces a message that the viewer now misses."""
        missed = self._messages.pop(source, None) is not None
        self._messages[source] = text
        self._any.set()
        return missed

    async def get(self) -> str:
        """Wait for a message."""
        await self._any.wait()
        text = self._messages.pop(next(iter(self._messages)))
        if not self._messages:
            self._any.clear()
        return text


class WebSocketSender:
    """Serves viewers in a thread of its own, whether messages come or not."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._viewers: dict[ServerConnection, _Latest] = {}
        self.skipped = 0  # messages that a slow viewer did not get
        try:
            self._server: Server = self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._loop.close()
            raise SettingsError(
                f"--send {address.shown}: cannot be listened on ({error.strerror or error})"
            ) from error
        self._work = background(self._run())

    def expect(self, source: str, beside: bool) -> None:
        """Messages name their source: any number may come."""

    def send(self, message: Message) -> bool:
        """Hand the message to every viewer; one who has not taken the last gets the newer one."""
        self._loop.call_soon_threadsafe(self._hand_out, message.source, message.as_json())
        return True

    def close(self) -> None:
        """Say goodbye to the viewers, at most for a second."""
        self._loop.call_soon_threadsafe(self._server.close)
        self._work.wait_closed(2.0)

    def _run(self) -> Iterator[None]:
        self._loop.run_until_complete(self._server.wait_closed())
        self._loop.close()
        yield None

    def _hand_out(self, source: str, text: str) -> None:
        for latest in self._viewers.values():
            self.skipped += latest.put(source, text)

    async def _serve(self) -> Server:
        return await serve(
            self._view,
            self._address.host,
            self._address.port,
            process_request=self._answer,
            compression=None,
            write_limit=(32_768, 0),
            close_timeout=1,
        )

    async def _view(self, viewer: ServerConnection) -> None:
        latest = self._viewers[viewer] = _Latest()
        try:
            while True:
                await viewer.send(await latest.get())
        except ConnectionClosed:
            pass
        finally:
            del self._viewers[viewer]

    def _answer(self, viewer: ServerConnection, request: Request) -> Response | None:
        """The page for a browser, None to go on to the WebSocket, or a refusal."""
        parts = urlsplit(request.path)
        if not self._is_welcome(request, parse_qs(parts.query).get("token", [""])[0]):
            return viewer.respond(HTTPStatus.FORBIDDEN, "a token is needed\n")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return None
        if parts.path != "/":
            return viewer.respond(HTTPStatus.NOT_FOUND, "there is only /\n")
        body = PAGE.read_bytes()
        headers = Headers(
            [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
            ]
        )
        return Response(200, "OK", headers, body)

    def _is_welcome(self, request: Request, token: str) -> bool:
        if self._address.token:
            return hmac.compare_digest(token.encode(), self._address.token.encode())
        # A page from elsewhere, open in a browser on this computer, must not look on.
        host = request.headers.get("Host", "")
        origin = request.headers.get("Origin")
        local = is_loopback(urlsplit(f"//{host}").hostname or "")
        return local and (origin is None or urlsplit(origin).netloc == host)

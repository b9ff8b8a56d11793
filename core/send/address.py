"""Where results are sent, as a person writes it."""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, cast
from urllib.parse import parse_qs, urlsplit

from core.errors import SettingsError

Kind = Literal["osc", "udp", "ws", "lsl", "jsonl"]
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Address:
    """One `--send`. A file has a path, a stream of LSL a name, the others host and port."""

    kind: Kind
    shown: str  # without its token
    host: str = ""
    port: int = 0
    path: Path | None = None
    name: str = ""  # of a stream of LSL
    token: str = ""  # of a WebSocket, empty for none


def read_address(text: str) -> Address:
    """What `osc://`, `udp://`, `ws://`, `lsl:` or a file `.jsonl` means. Raises SettingsError."""
    if text.lower().endswith(".jsonl") and "://" not in text:
        return Address("jsonl", text, path=Path(text))
    if text.lower().startswith("lsl:"):
        name = text[4:].strip("/") or "yolopose"
        return Address("lsl", f"lsl:{name}", name=name)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"--send {text}: is no address ({error})") from error
    if parts.scheme not in ("osc", "udp", "ws") or not port:
        raise SettingsError(
            f"--send {text}: expected osc://HOST:PORT, udp://HOST:PORT, ws://HOST:PORT, "
            "lsl:NAME or a file NAME.jsonl"
        )
    host = parts.hostname or LOOPBACK
    token = parse_qs(parts.query).get("token", [""])[0]
    shown = f"{parts.scheme}://{host}:{port}"
    if parts.scheme == "ws" and not is_loopback(host) and not token:
        raise SettingsError(
            f"--send {shown}: others on the network could look on; give them a word that they "
            f"need, as in {shown}?token=WORD, or listen on {LOOPBACK} alone"
        )
    return Address(cast(Kind, parts.scheme), shown, host, port, token=token)


def is_loopback(host: str) -> bool:
    """Whether only this computer is meant."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def resolve(address: Address) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """The family and numeric address of a receiver. Raises SettingsError."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise SettingsError(f"--send {address.shown}: this host is not known ({error})") from error
    family, _, _, _, place = found[0]
    return family, (str(place[0]), int(place[1]))

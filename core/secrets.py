"""Addresses without what must stay secret: passwords, keys and tokens."""

import re

HIDDEN = "***"
# What is known to tell only which picture is meant; any other value may be a key.
_HARMLESS = frozenset(
    {"channel", "codec", "fps", "mode", "profile", "quality", "resolution", "stream", "subtype"}
    | {"timeout", "transport", "unicast"}
)
_ADDRESS = re.compile(r"\b([a-z][a-z0-9+.-]*://)([^\s\"'<>]+)", re.IGNORECASE)
_QUERY_VALUE = re.compile(r"([?&;])([^=&;#\s]+)=([^&;#\s]*?)(?=[&;#\s]|[:,.)]*$)")
# Some cameras want it in the path: /user=admin_password=word_channel=1
_PATH_VALUE = re.compile(
    r"((?:user(?:name)?|pass(?:word|wd|phrase)?|pwd|token|key|secret)=)[^/&?#]*?"
    r"(?=_[a-z]+=|[/&?#]|[:,.)]*$)",
    re.IGNORECASE,
)


def hide_secrets(text: str) -> str:
    """The text with `***` for user, password and unknown values of every address in it."""
    return _ADDRESS.sub(lambda match: match[1] + _hidden(match[2]), text)


def _hidden(rest: str) -> str:
    end = re.search(r"[/?#]", rest)
    host = rest[: end.start()] if end else rest
    name, colon, port = host.partition(":")
    if "@" in host:
        rest = f"{HIDDEN}@{rest[host.rindex('@') + 1 :]}"
    elif "@" in rest and name and colon and not port.isdecimal():
        # A password with a slash or the like in it, which should have been written as %2F.
        rest = f"{HIDDEN}@{rest[rest.rindex('@') + 1 :]}"
    return _PATH_VALUE.sub(rf"\1{HIDDEN}", _QUERY_VALUE.sub(_hidden_value, rest))


def _hidden_value(match: re.Match[str]) -> str:
    mark, name, value = match.groups()
    return f"{mark}{name}={value if name.lower() in _HARMLESS or not value else HIDDEN}"

"""Addresses without what must stay secret: passwords, keys and tokens."""

import re

HIDDEN = "***"
# What is known to tell only which picture is meant; any other value may be a key.
_HARMLESS = frozenset(
    {"channel", "codec", "fps", "mode", "profile", "quality", "resolution", "stream", "subtype"}
    | {"timeout", "transport", "unicast"}
)
# What stands before the last "@": a user's name, or `name:password`. A password that was written as
# it is, without %2F and the like, may hold any sign, even a blank, but not the next address.
_ADDRESS = re.compile(
    r"\b([a-z][a-z0-9+.-]*://)"
    r"([^\s/?#@:]*:(?!\s)(?:\S|[^\S\r\n](?!\S*://))*@|[^\s/?#]*@)?"
    r"([^\s\"'<>]*)",
    re.IGNORECASE,
)
_QUERY_VALUE = re.compile(r"([?&;])([^=&;#\s]+)=([^&;#\s]*?)(?=[&;#\s]|[:,.)]*$)")
# Some cameras want it in the path: /user=admin_password=word_channel=1
_PATH_VALUE = re.compile(
    r"((?:user(?:name)?|pass(?:word|wd|phrase)?|pwd|token|key|secret)=)[^/&?#]*?"
    r"(?=_[a-z]+=|[/&?#]|[:,.)]*$)",
    re.IGNORECASE,
)


def hide_secrets(text: str) -> str:
    """The text with `***` for user, password and unknown values of every address in it."""
    return _ADDRESS.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    scheme, user, rest = match.groups()
    shown = _PATH_VALUE.sub(rf"\1{HIDDEN}", _QUERY_VALUE.sub(_hidden_value, rest))
    return f"{scheme}{HIDDEN}@{shown}" if user else f"{scheme}{shown}"


def _hidden_value(match: re.Match[str]) -> str:
    mark, name, value = match.groups()
    return f"{mark}{name}={value if name.lower() in _HARMLESS or not value else HIDDEN}"

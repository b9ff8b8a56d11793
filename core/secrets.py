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
# A `#` begins no other part here: the ids of streams of SRT begin with one.
_QUERY_VALUE = re.compile(r"([?&;])([^=&;#\s]+)=([^&;\s]*?)(?=[&;\s]|[:,.)]*$)")
# Whoever knows the name of a stream on a server of RTMP may send there: /application/name
_STREAM_NAME = re.compile(r"^([^/?#]*/[^/?#]+/)[^?#]+?(?=[?#]|[:,.)]*$)")
# Some cameras want it in the path: /user=admin_password=word_channel=1
_PATH_VALUE = re.compile(
    r"((?:user(?:name)?|pass(?:word|wd|phrase)?|pwd|token|key|secret)=)[^/&?#]*?"
    r"(?=_[a-z]+=|[/&?#]|[:,.)]*$)",
    re.IGNORECASE,
)
# An address without a user, behind which a text goes on that may hold an "@". `name:123` may be a
# user and the beginning of a password as well, so it has to look like the place of a server.
_HOST = (
    r"(?:(?:\d{1,3}(?:\.\d{1,3}){3}|localhost):\d{1,5}(?!\w)"
    r"|\[[0-9a-f]*:[0-9a-f:.]*\](?::\d{1,5})?"
    r"|[^\s/?#@:]+\.[^\s/?#@:]+:\d{2,5}(?=/))"
)
_ALONE = re.compile(rf"{_HOST}(?:[/?#][^\s@]*|[^\w\s@]*)(?=[^\S\r\n])", re.IGNORECASE)
_USER_OF_IT = re.compile(rf"[^\s/?#@:]*:[^\r\n]*?@(?={_ALONE.pattern})", re.IGNORECASE)


def hide_secrets(text: str) -> str:
    """The text with `***` for user, password and unknown values of every address in it."""
    return _ADDRESS.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    scheme, before, rest = match.groups()
    before = before or ""
    # What looks like a user may be a whole address and a text behind it.
    user = _USER_OF_IT.match(before)
    alone = _ALONE.match(before, user.end() if user else 0)
    text = ""
    if alone:
        text = hide_secrets(before[alone.end() :] + rest)
        before, rest = user[0] if user else "", alone[0]
    return f"{scheme}{HIDDEN + '@' if before else ''}{_without_values(scheme, rest)}{text}"


def _without_values(scheme: str, rest: str) -> str:
    """What comes behind the user of an address."""
    if scheme.lower().startswith("rtmp"):
        rest = _STREAM_NAME.sub(rf"\1{HIDDEN}", rest)
    return _PATH_VALUE.sub(rf"\1{HIDDEN}", _QUERY_VALUE.sub(_hidden_value, rest))


def _hidden_value(match: re.Match[str]) -> str:
    mark, name, value = match.groups()
    return f"{mark}{name}={value if name.lower() in _HARMLESS or not value else HIDDEN}"

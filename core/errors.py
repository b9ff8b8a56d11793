"""Errors that a person caused: one sentence that says what, where and what would be right."""

from typing import Any

from core.secrets import hide_secrets

_LONGEST = 1000  # signs of a sentence


class UserError(Exception):
    """Shown as one line in the terminal (exit code 2) or one message in the window.

    Passwords of addresses are left out of it.
    """

    def __init__(self, message: str = "", *more: Any) -> None:
        super().__init__(one_line(hide_secrets(message)), *more)


class UserNotice(RuntimeWarning):
    """What a person should know and what stops nothing; one line, once, without passwords."""

    def __init__(self, message: str = "", *more: Any) -> None:
        super().__init__(one_line(hide_secrets(message)), *more)


def one_line(message: str) -> str:
    """What files and their names put into a message may hold anything, and be of any length."""
    if len(message) > _LONGEST:
        message = f"{message[: _LONGEST - 300]} ... {message[-300:]}"
    # A terminal would obey what cannot be printed.
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in message)


def _escaped(sign: str) -> str:
    return " " if sign.isspace() else sign.encode("unicode_escape").decode("ascii")


class SettingsError(UserError):
    """A YAML file or an override holds something that is no setting, or no right value."""


class SourceError(UserError):
    """A video, image folder, camera or address cannot be read."""


class DamagedSourceError(SourceError):
    """A part of a source cannot be read; the good frames were delivered before this is raised."""

    def __init__(self, message: str, good_frames: int, lost_frames: int) -> None:
        super().__init__(message)
        self.good_frames = good_frames
        self.lost_frames = lost_frames


class ModelError(UserError):
    """A checkpoint or model description cannot be used."""


class DatasetError(UserError):
    """A data set cannot be trained on or evaluated with."""


class OutputError(UserError):
    """A result cannot be written."""


class TableError(UserError):
    """A file of tracks cannot be read."""

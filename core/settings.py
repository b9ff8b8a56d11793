"""Strict settings: YAML files and `a.b=c` overrides onto frozen dataclasses, without coercion.

Defaults live in the dataclasses alone; a file holds only what differs from them.
"""

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml

from core.errors import SettingsError
from core.yaml_text import read_yaml

T = TypeVar("T")

_SWITCHES = {"on": True, "yes": True, "off": False, "no": False}


def load_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping. Raises SettingsError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not a text file in UTF-8") from error
    try:
        content = read_yaml(text)
    except yaml.YAMLError as error:
        problem = str(error).replace("\n", " ")
        raise SettingsError(f"{path}: is not valid YAML ({problem})") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsError(
            f"{path}: must hold `name: value` pairs, not a {type(content).__name__}"
        )
    return content


def apply_overrides(values: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """Merge `a.b=c` strings (values read as YAML) into nested values. Raises SettingsError."""
    merged: dict[str, Any] = _copy(values)
    for override in overrides:
        name, separator, text = override.partition("=")
        if not separator or not name.strip():
            raise SettingsError(f"{override!r}: an override looks like tracker.max_lost_s=2")
        try:
            value = read_yaml(text)
        except yaml.YAMLError as error:
            raise SettingsError(f"{override!r}: the value is not valid YAML") from error
        *parents, leaf = name.strip().split(".")
        target = merged
        for parent in parents:
            below = target.setdefault(parent, {})
            if not isinstance(below, dict):
                raise SettingsError(f"{override!r}: {parent} is a value, not a section")
            target = below
        target[leaf] = value
    return merged


def build(kind: type[T], values: Mapping[str, Any], where: str = "") -> T:
    """Make the dataclass `kind` from nested values; `where` prefixes names in messages.

    Raises SettingsError for unknown names, wrong types and values that the class refuses.
    """
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(cast(Any, kind)) if field.init]
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        path = f"{where}.{name}" if where else str(name)
        if name not in names:
            close = difflib.get_close_matches(str(name), names, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(names)}"
            raise SettingsError(f"{path}: unknown setting{hint}")
        arguments[name] = _convert(hints[name], value, path)
    try:
        return kind(**arguments)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{where}: {error}" if where else str(error)) from error


def as_dict(settings: Any) -> dict[str, Any]:
    """A settings dataclass as plain YAML and JSON values."""
    plain = _plain(settings)
    assert isinstance(plain, dict)
    return plain


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Path) else value


def _copy(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _copy(v) if isinstance(v, Mapping) else v for k, v in values.items()}


def _convert(hint: Any, value: Any, path: str) -> Any:
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise SettingsError(f"{path}: expected a section of settings, got {value!r}")
        return build(cast(type[Any], hint), value, path)
    if origin is typing.Literal:
        choices = list(typing.get_args(hint))
        if value not in choices:
            raise SettingsError(f"{path}: expected one of {choices}, got {value!r}")
        return value
    if origin in (typing.Union, types.UnionType):
        return _convert_union(typing.get_args(hint), value, path)
    if origin is tuple:
        return _convert_tuple(typing.get_args(hint), value, path)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise SettingsError(f"{path}: expected `name: value` pairs, got {value!r}")
        kind = typing.get_args(hint)[1]
        return {str(k): _convert(kind, v, f"{path}.{k}") for k, v in value.items()}
    if hint is float and type(value) in (int, float):
        return _finite(value, path)
    if hint is bool and isinstance(value, str) and value.lower() in _SWITCHES:
        return _SWITCHES[value.lower()]
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is type(None) or hint is None:
        if value is None:
            return None
    elif type(value) is hint:
        return value
    raise SettingsError(f"{path}: expected {getattr(hint, '__name__', hint)}, got {value!r}")


def _finite(value: float, path: str) -> float:
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        number = math.inf
    if not math.isfinite(number):
        raise SettingsError(f"{path}: must be a finite number, got {number}")
    return number


def _convert_union(options: tuple[Any, ...], value: Any, path: str) -> Any:
    problems = []
    for option in options:
        try:
            return _convert(option, value, path)
        except SettingsError as error:
            problems.append(str(error))
    raise SettingsError(problems[0])


def _convert_tuple(items: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise SettingsError(f"{path}: expected a list, got {value!r}")
    if len(items) == 2 and items[1] is Ellipsis:
        kinds: Sequence[Any] = [items[0]] * len(value)
    elif len(items) != len(value):
        raise SettingsError(f"{path}: expected {len(items)} values, got {len(value)}")
    else:
        kinds = items
    return tuple(
        _convert(kind, item, f"{path}[{i}]")
        for i, (kind, item) in enumerate(zip(kinds, value, strict=True))
    )

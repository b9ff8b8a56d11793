"""Training recipes: one YAML file, in one part or in several that go on from each other."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import SettingsError
from core.settings import load_yaml


def read_recipe(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """A recipe as the settings of its parts, each with its name ("" for a single one).

    A file holds settings; or, as `parts`, a list of named settings that are run in order, each
    from the last weights of the one before, and as `common` what all of them share. Raises
    SettingsError.
    """
    values = load_yaml(path)
    if "parts" not in values:
        return [("", values)]
    common, parts = values.get("common", {}), values["parts"]
    if extra := sorted(values.keys() - {"common", "parts"}):
        raise SettingsError(
            f"{path}: {extra[0]} stands beside parts; settings of all parts belong under common"
        )
    if not isinstance(parts, list) or not parts or not all(isinstance(p, dict) for p in parts):
        raise SettingsError(f"{path}: parts must be a list of settings, each with a name")
    names = [str(part.get("name", "")) for part in parts]
    if "" in names or len(set(names)) < len(names):
        raise SettingsError(f"{path}: every part needs a name of its own, got {names}")
    if not isinstance(common, dict):
        raise SettingsError(f"{path}: common must hold `name: value` pairs")
    own = [{key: value for key, value in part.items() if key != "name"} for part in parts]
    return [(name, _merged(common, part)) for name, part in zip(names, own, strict=True)]


def learned_with(history: Mapping[str, Any]) -> dict[str, Any]:
    """The training settings that weights were last made with; empty where none are known."""
    last = history.get("finetune", history)
    return dict(last.get("train", {}))


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Sections merged setting by setting; lists and values of `above` replace those of `below`."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            merged[name] = _merged(under, value)
        else:
            merged[name] = value
    return merged

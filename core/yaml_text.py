"""YAML in which words mean what they say: that of version 1.2, where PyYAML has that of 1.1.

So `off` is a word, `1e-1` a number, `010` ten and `12:30` text. `1_000` stays a number.
https://yaml.org/spec/1.2.2/#103-core-schema
"""

import re
from typing import Any

import yaml

_BOOL, _INT, _FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float"))
_KEPT = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
_RESOLVERS = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_WORDS = (
    (_BOOL, r"true|True|TRUE|false|False|FALSE", "tTfF"),
    (_INT, r"[-+]?[0-9][0-9_]*|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        _FLOAT,
        r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
)


class _Loader(yaml.SafeLoader):
    pass


class _Dumper(yaml.SafeDumper):
    pass


for _kind in (_Loader, _Dumper):
    _kind.yaml_implicit_resolvers = {first: list(known) for first, known in _RESOLVERS.items()}
    for _tag, _pattern, _first in _WORDS:
        _kind.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), list(_first))


def _whole_number(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node)).replace("_", "")
    return int(text, 0 if text[:2] in ("0x", "0o") else 10)


def _number(loader: _Loader, node: yaml.ScalarNode) -> float:
    text = str(loader.construct_scalar(node)).replace("_", "").lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


_Loader.add_constructor(_INT, _whole_number)
_Loader.add_constructor(_FLOAT, _number)


def read_yaml(text: str) -> Any:
    """Plain values; nothing is executed. Raises yaml.YAMLError, also where nested too deep."""
    try:
        return yaml.load(text, _Loader)
    except (RecursionError, ValueError) as error:
        raise yaml.YAMLError(str(error)) from error


def write_yaml(values: Any) -> str:
    """Plain values as `read_yaml` gives them back."""
    return str(yaml.dump(values, Dumper=_Dumper, sort_keys=False))

"""Names with a number in them, one a person or a frame, and lists of such numbers in records."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Span = Sequence[str]  # the first and the last of numbers that follow one another, as they stand


def numbered(pattern: Path, paths: Iterable[Path]) -> dict[str, Path]:
    """Those of the paths that a pattern means, by the number that its last `#` stands for."""
    head, sign, tail = pattern.name.rpartition("#")
    if not sign:
        return {}
    known = re.compile(f"{re.escape(head)}([0-9]+){re.escape(tail)}")
    beside = (path for path in paths if path.parent == pattern.parent)
    return {found[1]: path for path in beside if (found := known.fullmatch(path.name))}


def spans(numbers: Iterable[str]) -> list[Span]:
    """Numbers as few spans: 01, 02, 03 and 100 are 01 to 03 and 100 to 100."""
    listed: list[list[str]] = []
    for number in sorted(numbers, key=lambda text: (int(text), text)):
        last = listed[-1] if listed else None
        if last and int(number) == int(last[1]) + 1 and _written_as(int(number), last[0]) == number:
            last[1] = number
        else:
            listed.append([number, number])
    return list(listed)


def within(number: str, listed: Iterable[Span]) -> bool:
    """Whether a number is listed just so: 1 is not where 01 is."""
    return any(
        int(first) <= int(number) <= int(last) and _written_as(int(number), first) == number
        for first, last in listed
    )


def read_spans(content: Any) -> list[Span]:
    """Spans out of a record; what is none is left out."""
    return [item for item in content if _is_span(item)] if isinstance(content, list) else []


def _is_span(item: Any) -> bool:
    return (
        isinstance(item, list)
        and len(item) == 2
        and all(isinstance(text, str) and re.fullmatch("[0-9]{1,18}", text) for text in item)
    )


def _written_as(number: int, example: str) -> str:
    """A number with as many digits as another one has, or more where it needs them."""
    return f"{number:0{len(example)}d}"

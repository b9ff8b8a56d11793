"""What is told of an export, for the record beside it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

CSV = "csv"  # the kind of export that other commands read again
Step = TypeVar("Step")


@dataclass(frozen=True, slots=True)
class Exported:
    """Files that the window writes of a clip."""

    source: str  # path of the clip
    kind: str  # csv, annotated video, or a format of `convert`
    folder: Path
    name: str  # the record is NAME.meta.json
    files: tuple[str, ...]  # their names in the folder; `#` stands for a number
    first: int  # frame
    last: int
    only: int | None  # a person's id; None: everyone
    corrections: int  # how many edits they hold
    how: Mapping[str, Any] = field(default_factory=dict)  # settings of the export, plain values


def with_record(
    stage: Iterator[Step], check: Callable[[], None], write: Callable[[], None]
) -> Iterator[Step]:
    """An export, then the record beside it; nothing begins where that has no place.

    Raises UserError.
    """
    check()
    yield from stage
    write()

"""Several files of one command: what is wrong with one does not keep the others from being done."""

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from app.exit_codes import PARTLY
from core.errors import UserError

Item = TypeVar("Item")


def one_by_one(items: Sequence[Item], work: Callable[[Item], int]) -> int:
    """The highest exit code of all, or 3 where one failed that is not the only one.

    Raises UserError where not one could be done.
    """
    codes: list[int] = []
    errors: list[UserError] = []
    for item in items:
        try:
            codes.append(work(item))
        except UserError as error:
            errors.append(error)
            if len(errors) < len(items):
                print(f"error: {error}", file=sys.stderr)
    if errors and not codes:
        raise errors[-1]
    return PARTLY if errors else max(codes, default=0)

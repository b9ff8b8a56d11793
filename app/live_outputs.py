"""What a live run sends to: files that may be written, and what becomes of each output."""

import sys
from collections.abc import Sequence

from app.ownership import Outputs, check_free
from core.errors import UserError
from core.send.address import Address
from core.send.outputs import Output
from ui.session.source import Source


def check_files(addresses: Sequence[Address], source: Source | None) -> None:
    """Raises UserError where an output's file would replace one of something else."""
    shown = "" if source is None else source.shown_address
    for address in addresses:
        if address.path is not None:
            check_free(Outputs.of_file(address.path, shown), overwrite=False)


class Sending:
    """An output of all sources, and whether it failed."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.failed = False

    def check(self) -> None:
        """Take note of what ended it."""
        error = self.output.problem()
        if error is None:
            return
        if not isinstance(error, UserError):
            raise error
        self.failed = True
        print(f"\nwarning: {error}", file=sys.stderr)

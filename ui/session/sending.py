"""Outputs to other programs, as the window sees them."""

from collections.abc import Sequence

from core.send.outputs import Output as Sending

__all__ = ["Sending", "sent_line"]


def sent_line(outputs: Sequence[Sending]) -> str:
    """How all of them are doing, in a few words."""
    return ", ".join(
        f"{output.address.kind} {output.sent} ({output.dropped} dropped)" for output in outputs
    )

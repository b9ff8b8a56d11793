"""What is open until it is closed, by hand or at the end of a `with` block."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closing(ABC):
    """Gives `with` to a class that has a `close`."""

    @abstractmethod
    def close(self) -> None:
        """Free what is held; harmless when called again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave(well=kind is None)

    def _leave(self, well: bool) -> None:
        """The `with` block is over; `well` without an error."""
        self.close()


class Completing(Closing):
    """Gives `with` to a class whose result is complete only where the block ended well."""

    @abstractmethod
    def commit(self) -> None:
        """Complete the result, and close."""

    def _leave(self, well: bool) -> None:
        """Complete the result, or close what there is of it."""
        if well:
            self.commit()
        else:
            self.close()

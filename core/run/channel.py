"""A bounded queue between two threads: values go down, a cancellation up, errors are raised.

There are no sentinels and no flags to poll: a closed channel ends the reader's loop (raising the
error it was closed with), and makes the writer's `put` return False.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class Tap(Protocol[T_contra]):
    """Takes copies of what passes by, and never blocks."""

    def offer(self, value: T_contra) -> bool: ...


class Channel(Generic[T]):
    """At most `capacity` values on their way.

    With `newest_wins` a full channel forgets its oldest value, and counts it in `dropped`;
    otherwise the writer waits, and nothing is lost. Where several sources share a channel whose
    newest values win, `owner` tells whose a value is: each has room of its own.
    """

    def __init__(
        self,
        capacity: int,
        newest_wins: bool = False,
        owner: Callable[[T], Hashable] | None = None,
    ) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self.capacity = capacity
        self.newest_wins = newest_wins
        self._owner = owner
        self.dropped = 0  # values that were forgotten, never those passed over by latest()
        self._values: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._error: BaseException | None = None

    def put(self, value: T) -> bool:
        """Hand a value over; False means that nobody wants any more."""
        with self._changed:
            if self.newest_wins:
                if not self._closed:
                    self._make_room(value)
            else:
                self._changed.wait_for(lambda: self._closed or len(self._values) < self.capacity)
            if self._closed:
                return False
            self._values.append(value)
            self._changed.notify_all()
            return True

    def offer(self, value: T) -> bool:
        """Hand a value over without ever waiting; False (counted in `dropped`) when full."""
        with self._changed:
            if self._closed:
                return False
            if len(self._values) >= self.capacity and not self.newest_wins:
                self.dropped += 1
                return False
        return self.put(value)

    def close(self, error: BaseException | None = None, discard: bool = False) -> None:
        """End the channel; what was put stays readable, unless discarded. The first close counts.

        An `error` is raised at the reader after the last value. A reader who stops discards:
        it wants neither the values nor the error.
        """
        with self._changed:
            if not self._closed:
                self._closed = True
                self._error = error
            if discard:
                self._values.clear()
                self._error = None
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Nothing can be put any more."""
        return self._closed

    @property
    def ended(self) -> bool:
        """Closed, read to its end, and its error was raised."""
        with self._changed:
            return self._closed and not self._values and self._error is None

    def wait_closed(self, timeout_s: float) -> bool:
        """Sleep until the channel is closed, at most `timeout_s`; True when it is closed."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, timeout_s)

    def poll(self) -> T | None:
        """The oldest value, or None at once; raises the error after the last value."""
        with self._changed:
            return self._take()

    def latest(self) -> T | None:
        """The newest value, passing over older ones, or None at once; raises like `poll`."""
        with self._changed:
            while len(self._values) > 1:
                self._values.popleft()
            return self._take()

    def look(self, newest: bool = True) -> tuple[T | None, BaseException | None]:
        """The newest (or the oldest) value, or the error: for a reader who may not be stopped."""
        with self._changed:
            while newest and len(self._values) > 1:
                self._values.popleft()
            if self._values:
                return self._take(), None
            error, self._error = self._error, None
            return None, error

    def clear(self) -> None:
        """Forget what is on its way, without counting it as dropped."""
        with self._changed:
            self._values.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        """Wait for value after value until the channel is closed; raises its error."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._values or self._closed)
                if not self._values and self._error is None:
                    return
                value = self._take()
            assert value is not None
            yield value

    def _make_room(self, value: T) -> None:
        """Forget the oldest value that a new one has no room beside."""
        own: Sequence[int] = range(len(self._values))
        if self._owner is not None:
            whose = self._owner(value)
            own = [at for at in own if self._owner(self._values[at]) == whose]
        if len(own) >= self.capacity:
            del self._values[own[0]]
            self.dropped += 1

    def _take(self) -> T | None:
        if self._values:
            value = self._values.popleft()
            self._changed.notify_all()
            return value
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return None

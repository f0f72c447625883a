"""Work done ahead of its use, by a bounded number of items."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_PATIENCE_SECONDS = 10.0


class Prefetch(Generic[T]):
    """Runs an iterator on a thread of its own and hands its items on; at most ``depth`` of them wait.

    Its ``close`` ends the thread; so does the end of the iteration. A thread that waits for a call which nothing can cancel is left to end by itself.
    What the iterator raises is raised where the item is awaited.

    :param cancel: called by ``close``, so that an iterator that waits for the network stops waiting.
    """

    def __init__(self, source: Iterator[T], depth: int, cancel: Callable[[], None]) -> None:
        self._source = source
        self._depth = depth
        self._cancel = cancel
        self._items: deque[T] = deque()
        self._fault: BaseException | None = None
        self._ended = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="features-prefetch", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._ended)
            if self._items:
                item = self._items.popleft()
                self._changed.notify_all()
                return item
            if self._fault is not None:
                raise self._fault
            raise StopIteration

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()
        self._cancel()
        self._thread.join(_PATIENCE_SECONDS)

    def _run(self) -> None:
        try:
            for item in self._source:
                with self._changed:
                    self._changed.wait_for(lambda: len(self._items) < self._depth or self._closed)
                    if self._closed:
                        break
                    self._items.append(item)
                    self._changed.notify_all()
        except BaseException as fault:  # noqa: BLE001 - it is raised again where the item is awaited
            self._fault = fault
        finally:
            close = getattr(self._source, "close", None)
            if close is not None:
                close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

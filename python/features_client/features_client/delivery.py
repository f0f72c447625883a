"""How an epoch's positions are dealt to ranks, and to the workers of a rank."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import DeliveryError


@dataclass(frozen=True)
class Delivery:
    """One rank's part of an epoch from position ``first`` on. With G = batch * world, global step s holds the positions
    [first + s*G, first + (s+1)*G), and rank r the r-th run of ``batch`` of them.

    :param rows: N, the epoch's positions.
    :param first: p0, the positions that were consumed before.
    :param tail: ``keep`` (a world of one only), ``drop`` or ``pad``.
    """

    rows: int
    first: int
    batch: int
    rank: int
    world: int
    tail: str

    @property
    def global_batch(self) -> int:
        return self.batch * self.world

    @property
    def steps(self) -> int:
        """Steps of every rank."""
        left = self.rows - self.first
        return left // self.global_batch if self.tail == "drop" else -(-left // self.global_batch)

    def step(self, step: int) -> tuple[int, int]:
        """Where this rank's positions of a step begin, and how many they are; a position at or past ``rows`` is padding."""
        first = self.first + step * self.global_batch + self.rank * self.batch
        return first, min(self.batch, self.rows - first) if self.tail == "keep" else self.batch

    def position_after(self, steps: int) -> int:
        """Positions that all ranks have consumed once ``steps`` steps are done: where to resume."""
        return min(self.rows, self.first + steps * self.global_batch)


@dataclass(frozen=True)
class Worker:
    """The ``index``-th of the ``count`` workers of a rank; it takes the rank's steps index, index + count, index + 2*count, …
    so that a loader that asks its workers in turn yields the rank's steps in order."""

    index: int = 0
    count: int = 1

    def steps(self, delivery: Delivery) -> int:
        """How many of the rank's steps this worker takes."""
        return max(0, -(-(delivery.steps - self.index) // self.count))

    def step(self, own: int) -> int:
        """The rank's step that is this worker's ``own``-th."""
        return own * self.count + self.index

    def whole_rounds(self, delivery: Delivery) -> int:
        """Rounds in which every worker has a full step: what can be asked for as one delivery of its own."""
        return (delivery.rows - delivery.first) // (delivery.global_batch * self.count)

    def share(self, delivery: Delivery, own: int) -> Delivery:
        """This worker's steps from its ``own``-th on, whole rounds only, as a delivery.

        The steps of worker w of rank r in a world of W are those of rank w*W + r in a world of W times the workers.
        """
        return Delivery(
            rows=delivery.rows,
            first=delivery.first + own * self.count * delivery.global_batch,
            batch=delivery.batch,
            rank=self.index * delivery.world + delivery.rank,
            world=delivery.world * self.count,
            tail="drop",
        )


class StepCheck:
    """Holds what comes to what the delivery says: each position once, in order, in the step it belongs to."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._step = 0
        self._rows = 0

    def take(self, position: int, step: int, rows: int) -> bool:
        """Takes note of a message; true if it completes its step.

        :raises DeliveryError: rows were left out, repeated, or come in another step.
        """
        if self._step >= self._delivery.steps:
            raise DeliveryError(f"the service sent step {step} at position {position} after the last of {self._delivery.steps} steps")
        first, count = self._delivery.step(self._step)
        expected = first + self._rows
        if step != self._step or position != expected:
            kind = "repeats" if (step, position) < (self._step, expected) else "leaves out"
            raise DeliveryError(f"the service {kind} rows: expected position {expected} of step {self._step}, got position {position} of step {step}")
        if rows < 1 or self._rows + rows > count:
            raise DeliveryError(f"the service sent {rows} rows at position {position}, where step {step} has {count - self._rows} left")
        self._rows += rows
        if self._rows < count:
            return False
        self._step += 1
        self._rows = 0
        return True

    def end(self) -> None:
        """Takes note of the stream's end.

        :raises DeliveryError: steps are missing.
        """
        if self._step < self._delivery.steps or self._rows:
            raise DeliveryError(f"the service ended in step {self._step} of {self._delivery.steps}")

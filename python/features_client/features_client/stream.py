"""A rank's steps over the wire, from wherever they can be had, each once and in order."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .delivery import Delivery, StepCheck, Worker
from .plan import ReadPlan, plan_read
from .service import Retry, Service, Transient, calling



@dataclass(frozen=True)
class Step:
    """All rows of one step of one rank; ``batches`` has more than one where a message did not hold it."""

    number: int
    position: int
    batches: list[Any]


class StepStream:
    """Steps of one worker of one rank. When a location fails in mid-stream, the next one goes on at the step that was not whole yet.

    :param request: members of the request besides order state, rank, world and tail.
    :param plan: the rank's plan.
    """

    def __init__(self, service: Service, request: Mapping[str, Any], plan: ReadPlan, worker: Worker, retry: Retry) -> None:
        self._service = service
        self._request = {name: value for name, value in request.items() if name not in ("epoch", "position", "state")}
        self._plan = plan
        self._worker = worker
        self._retry = retry
        self._lock = threading.Lock()
        self._reader: Any = None
        self._cancelled = threading.Event()

    def steps(self, own: int) -> Iterator[Step]:
        """The worker's steps from its ``own``-th on."""
        failures = 0
        while own < self._worker.steps(self._plan.delivery):
            try:
                for step in self._read(own, failures):
                    yield step
                    own, failures = own + 1, 0
            except Transient as fault:
                if self._cancelled.is_set():
                    return
                failures += 1
                self._cancelled.wait(self._retry.pause_after(failures, fault))
            if self._cancelled.is_set():
                return

    def cancel(self) -> None:
        """Ends the stream from another thread; no step follows."""
        with self._lock:
            self._cancelled.set()
            if self._reader is not None:
                self._reader.cancel()

    def _read(self, own: int, attempt: int) -> Iterator[Step]:
        part, count = self._part(own)
        plan = self._replan(part, attempt)
        location = self._service.data(plan.endpoint, plan.location, attempt)
        with calling(location):
            reader = self._service.client(location).do_get(plan.endpoint.ticket, self._service.options())
        with self._lock:
            self._reader = reader
            if self._cancelled.is_set():
                reader.cancel()
        done = 0
        try:
            for position, batches in _whole_steps(reader, part, location):
                yield Step(self._worker.step(own + done), position, batches)
                done += 1
                if done == count:
                    return
        finally:
            with self._lock:
                self._reader = None
            reader.cancel()

    def _part(self, own: int) -> tuple[Delivery, int]:
        """What to ask for so as to get this worker's steps from its ``own``-th on, and how many of its steps to take."""
        delivery = self._plan.delivery
        if self._worker.count > 1 and own < self._worker.whole_rounds(delivery):
            part = self._worker.share(delivery, own)
            return part, part.steps
        step = self._worker.step(own)
        part = replace(delivery, first=delivery.first + step * delivery.global_batch)
        return part, part.steps if self._worker.count == 1 else 1

    def _replan(self, part: Delivery, attempt: int) -> ReadPlan:
        if attempt == 0 and part == self._plan.delivery and self._plan.is_fresh():
            return self._plan
        state = self._plan.start.at(part.first)
        request = {**self._request, "state": state.to_dict(), "rank": part.rank, "world": part.world, "tail": part.tail}
        plan = plan_read(self._service, self._service.control(attempt), request)
        state.order.check(plan.start.order, "the service plans another order than it began with")
        return plan


def _whole_steps(reader: Any, part: Delivery, location: str) -> Iterator[tuple[int, list[Any]]]:
    check = StepCheck(part)
    batches: list[Any] = []
    first = 0
    while True:
        with calling(location):
            try:
                chunk = reader.read_chunk()
            except StopIteration:
                check.end()
                return
        if chunk.data is None or chunk.data.num_rows == 0:
            continue
        place = json.loads(bytes(chunk.app_metadata))
        first = first if batches else place["position"]
        batches.append(chunk.data)
        if check.take(place["position"], place["step"], chunk.data.num_rows):
            yield first, batches
            batches = []

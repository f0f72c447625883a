"""What the service holds in memory, and how to direct it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyarrow import flight

from .plan import ReadPlan, plan_read, read_plan
from .service import Retry, Service, Tls, Token, anywhere, calling


@dataclass(frozen=True)
class DatasetInfo:
    """A data set that the service offers: its rows, the digest of its content, its bytes in memory (-1 while it is not loaded), its schema."""

    name: str
    rows: int
    digest: str
    total_bytes: int
    schema: Any


class FlightCacheClient:
    """Lists, inspects, warms, pins and evicts the data sets of a Features data service.

    :param locations: of the service, such as ``grpc://host:8815``; several are replicas, tried in turn while one does not answer.
    :param token: a bearer token, or what gives one.
    """

    def __init__(self, locations: str | Sequence[str], *, token: Token | None = None, tls: Tls | None = None, retry: Retry | None = None) -> None:
        self._service = Service(locations, token, tls)
        self._retry = retry or Retry()

    def list(self) -> list[DatasetInfo]:
        """The data sets that the caller may see."""

        def call(attempt: int) -> list[DatasetInfo]:
            location = self._service.control(attempt)
            with calling(location):
                infos = [*self._service.client(location).list_flights(b"", self._service.options())]
            return [self._described(info, location) for info in infos]

        return anywhere(self._retry, call)

    def cached(self) -> Sequence[dict[str, Any]]:
        """What is in memory or being loaded, one for each layout and version: its bytes, readers, leases and pins (``schemas/flight/actions/v1.json``, ``cached``)."""
        return anywhere(self._retry, lambda attempt: [*self._results("list", None, attempt)])

    def info(self, dataset: str | None = None, **request: Any) -> ReadPlan:
        """What a read would be: its order, steps and schema. ``request`` holds members of ``schemas/flight/request.schema.json``."""
        asked = _named(dataset, request)
        return anywhere(self._retry, lambda attempt: plan_read(self._service, self._service.control(attempt), asked))

    def warm(self, dataset: str | None = None, **request: Any) -> Iterator[dict[str, Any]]:
        """Loads a data set into memory, and says how far it has come until it is ready."""
        return self._act("warm", _named(dataset, request))

    def pin(self, dataset: str | None = None, **request: Any) -> dict[str, Any]:
        """Keeps a data set in memory until it is unpinned."""
        return self._answer("pin", _named(dataset, request))

    def unpin(self, dataset: str | None = None, **request: Any) -> dict[str, Any]:
        """Lets a pinned data set go when its memory is needed."""
        return self._answer("unpin", _named(dataset, request))

    def evict(self, dataset: str | None = None, **request: Any) -> dict[str, Any]:
        """Lets go of a data set's memory now; refused while it is in use."""
        return self._answer("evict", _named(dataset, request))

    def health(self) -> dict[str, Any]:
        """Whether the service serves, and how much memory it has and uses."""
        return self._answer("health", None)

    def close(self) -> None:
        self._service.close()

    def __enter__(self) -> FlightCacheClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _described(self, info: Any, location: str) -> DatasetInfo:
        plan = read_plan(info, location)
        name = info.descriptor.path[0]
        return DatasetInfo(name.decode() if isinstance(name, bytes) else name, plan.start.order.rows, plan.start.order.content, info.total_bytes, info.schema)

    def _answer(self, action: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        return anywhere(self._retry, lambda attempt: [*self._results(action, body, attempt)][-1])

    def _act(self, action: str, body: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
        first = anywhere(self._retry, lambda attempt: _begun(self._results(action, body, attempt)))
        yield from first

    def _results(self, action: str, body: Mapping[str, Any] | None, attempt: int) -> Iterator[dict[str, Any]]:
        location = self._service.control(attempt)
        asked = flight.Action(action, b"" if body is None else json.dumps(body, separators=(",", ":")).encode())
        with calling(location):
            for result in self._service.client(location).do_action(asked, self._service.options()):
                yield json.loads(bytes(result.body))


def _begun(results: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same results, the first of which has come: until then a failure is worth another try."""
    held = next(results, None)

    def rest() -> Iterator[dict[str, Any]]:
        if held is not None:
            yield held
        yield from results

    return rest()


def _named(dataset: str | None, request: Mapping[str, Any]) -> dict[str, Any]:
    return {**({} if dataset is None else {"dataset": dataset}), **request}

"""Calls to the data service: where it is, who asks, and what is worth another try."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow as pa
from pyarrow import flight

from .errors import RefusedError, UnavailableError

# The Flight protocol's name for "the server that you asked".
_SAME_SERVER = "arrow-flight-reuse-connection"
# gRPC reports a connection that broke in mid-stream under several statuses; these words tell them from a refusal.
_BROKEN = ("RST_STREAM", "Stream removed", "Connection reset", "Socket closed", "Broken pipe", "GOAWAY")

Token = str | Callable[[], str]
T = TypeVar("T")


@dataclass(frozen=True)
class Tls:
    """How a ``grpc+tls://`` connection is checked.

    :param root_certs: authorities in PEM; None for the system's.
    :param certificate: this client's certificate in PEM, with ``private_key``, where the service asks for one.
    :param server_name: the name to expect in the service's certificate; None for the location's host.
    :param verify: False accepts any certificate: for trials only.
    """

    root_certs: bytes | None = None
    certificate: bytes | None = None
    private_key: bytes | None = None
    server_name: str | None = None
    verify: bool = True

    def arguments(self) -> dict[str, Any]:
        arguments = {
            "tls_root_certs": self.root_certs,
            "cert_chain": self.certificate,
            "private_key": self.private_key,
            "override_hostname": self.server_name,
            "disable_server_verification": None if self.verify else True,
        }
        return {name: value for name, value in arguments.items() if value is not None}


@dataclass(frozen=True)
class Retry:
    """How often a call is tried before it fails, over all locations, and the pause after the first failure, which doubles each time up to 5 s."""

    attempts: int = 5
    delay_seconds: float = 0.1

    def pause_after(self, failures: int, fault: Exception) -> float:
        """Seconds to wait after so many failures in a row.

        :raises UnavailableError: that was the last attempt.
        """
        if failures >= self.attempts:
            raise UnavailableError(f"no location answered in {failures} attempts: {fault}") from fault
        return min(5.0, self.delay_seconds * 2.0 ** (failures - 1))


class Transient(Exception):
    """A call failed in a way that another location, or the same one a moment later, may not."""


class Service:
    """The locations of one service, equivalent to each other, and a client for each.

    Clients are made when first used and again in each process, so that a service may be pickled and sent to workers.

    :param token: a bearer token, or what gives one; asked before each call, so that it may be renewed.
    """

    def __init__(self, locations: str | Sequence[str], token: Token | None = None, tls: Tls | None = None) -> None:
        self.locations = [uri.replace("grpc+tcp://", "grpc://") for uri in ([locations] if isinstance(locations, str) else locations)]
        if not self.locations:
            raise ValueError("a service needs a location, such as 'grpc://host:8815'")
        self._token = token
        self._tls = tls or Tls()
        self._clients: dict[tuple[int, str], Any] = {}

    def client(self, location: str) -> Any:
        key = (os.getpid(), location)
        if key not in self._clients:
            self._clients[key] = flight.FlightClient(location, **(self._tls.arguments() if location.startswith("grpc+tls") else {}))
        return self._clients[key]

    def options(self) -> Any:
        token = self._token() if callable(self._token) else self._token
        return flight.FlightCallOptions(headers=[(b"authorization", b"Bearer " + token.encode())] if token else [])

    def control(self, attempt: int) -> str:
        """Where to plan at an attempt, from 0: each location in turn, the one that answered last before the others."""
        return self.locations[attempt % len(self.locations)]

    def answered(self, location: str) -> None:
        """Takes note that a location answers."""
        self.locations = [location, *(other for other in self.locations if other != location)]

    def data(self, endpoint: Any, planned: str, attempt: int) -> str:
        """Where to read what was planned at a location: there if the endpoint has it, or says nothing, and else, or at later attempts, its locations in turn."""
        uris = [bytes(location.uri).decode().replace("grpc+tcp://", "grpc://") for location in endpoint.locations]
        uris = [uri for uri in uris if not uri.startswith(_SAME_SERVER)]
        self.locations += [uri for uri in uris if uri not in self.locations]
        return planned if not uris or (attempt == 0 and planned in uris) else uris[attempt % len(uris)]

    def close(self) -> None:
        for (process, _), client in self._clients.items():
            if process == os.getpid():
                client.close()
        self._clients.clear()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_clients": {}}


@contextmanager
def calling(location: str) -> Iterator[None]:
    """Turns what pyarrow raises into what a caller can act on."""
    try:
        yield
    except (flight.FlightError, pa.ArrowException) as fault:
        if is_transient(fault):
            raise Transient(f"{location}: {fault}") from fault
        raise RefusedError(f"{location}: {fault}") from fault


def is_transient(fault: Exception) -> bool:
    if isinstance(fault, (flight.FlightUnavailableError, flight.FlightTimedOutError)):
        return True
    return isinstance(fault, (flight.FlightInternalError, flight.FlightCancelledError)) and any(word in str(fault) for word in _BROKEN)


def anywhere(retry: Retry, call: Callable[[int], T]) -> T:
    """Makes a call, which is told its attempt from 0, until it is answered or refused.

    :raises UnavailableError: no attempt was answered.
    """
    failures = 0
    while True:
        try:
            return call(failures)
        except Transient as fault:
            failures += 1
            time.sleep(retry.pause_after(failures, fault))

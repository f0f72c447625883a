"""A double of pyarrow.flight: servers and clients of one process, met by their locations (``wire.py`` reaches others). Calls go through the same names, arguments, headers
and exceptions; an exception of a kind that Flight does not know reaches the client as FlightServerError."""

from __future__ import annotations

import itertools

from . import ArrowException, ArrowInvalid, Buffer, py_buffer  # noqa: F401

_SERVERS = {}
# No port of a machine is as high.
_FIRST_PORT = 100_000
_PORTS = itertools.count(_FIRST_PORT)


class FlightError(Exception):
    def __init__(self, message="", extra_info=b""):
        super().__init__(message)
        self.extra_info = extra_info


class FlightInternalError(FlightError, ArrowException):
    pass


class FlightTimedOutError(FlightError, ArrowException):
    pass


class FlightCancelledError(FlightError, ArrowException):
    pass


class FlightServerError(FlightError, ArrowException):
    pass


class FlightUnauthenticatedError(FlightError, ArrowException):
    pass


class FlightUnauthorizedError(FlightError, ArrowException):
    pass


class FlightUnavailableError(FlightError, ArrowException):
    pass


class FlightCallOptions:
    def __init__(self, timeout=None, write_options=None, headers=None, read_options=None):
        self.headers = list(headers or [])
        for name, value in self.headers:
            if not isinstance(name, bytes) or not isinstance(value, bytes):
                raise TypeError("headers are pairs of bytes")


class FlightDescriptor:
    def __init__(self):
        raise TypeError("Do not call FlightDescriptor's constructor directly")

    @classmethod
    def _of(cls, path, command):
        self = cls.__new__(cls)
        self.path, self.command = path, command
        return self

    @staticmethod
    def for_path(*path):
        return FlightDescriptor._of([part.encode() if isinstance(part, str) else part for part in path], None)

    @staticmethod
    def for_command(command):
        return FlightDescriptor._of(None, command.encode() if isinstance(command, str) else command)


class Ticket:
    def __init__(self, ticket):
        self.ticket = ticket.encode() if isinstance(ticket, str) else ticket


class Location:
    def __init__(self, uri):
        self.uri = uri.encode() if isinstance(uri, str) else uri


class FlightEndpoint:
    def __init__(self, ticket, locations, expiration_time=None, app_metadata=""):
        self.ticket = ticket if isinstance(ticket, Ticket) else Ticket(ticket)
        self.locations = [location if isinstance(location, Location) else Location(location) for location in locations]
        self.expiration_time, self.app_metadata = expiration_time, app_metadata


class FlightInfo:
    def __init__(self, schema, descriptor, endpoints, total_records=None, total_bytes=None, ordered=False, app_metadata=""):
        self.schema, self.descriptor, self.endpoints = schema, descriptor, endpoints
        self.total_records = -1 if total_records is None else total_records
        self.total_bytes = -1 if total_bytes is None else total_bytes
        self.ordered, self.app_metadata = ordered, app_metadata if isinstance(app_metadata, bytes) else app_metadata.encode()


class Action:
    def __init__(self, action_type, buf):
        self.type, self.body = action_type, py_buffer(buf)


class Result:
    def __init__(self, buf):
        self.body = py_buffer(buf)


class FlightStreamChunk:
    def __init__(self, data, app_metadata):
        self.data, self.app_metadata = data, app_metadata


class GeneratorStream:
    def __init__(self, schema, generator, options=None):
        self.schema, self.generator = schema, iter(generator)


class FlightStreamReader:
    def __init__(self, stream):
        self.schema, self._messages, self._cancelled = stream.schema, stream.generator, False

    def read_chunk(self):
        if self._cancelled:
            raise FlightCancelledError("the stream was cancelled")
        with _as_flight():
            item = next(self._messages)
        data, metadata = item if isinstance(item, tuple) else (item, None)
        return FlightStreamChunk(data, None if metadata is None else py_buffer(metadata))

    def cancel(self):
        self._cancelled = True


class _as_flight:
    def __enter__(self):
        return self

    def __exit__(self, kind, fault, _):
        if fault is not None and not isinstance(fault, (FlightError, ArrowException, StopIteration, GeneratorExit)):
            raise FlightServerError(f"{kind.__name__}: {fault}") from fault


class ServerMiddlewareFactory:
    def start_call(self, info, headers):
        return None


class FlightServerBase:
    def __init__(self, location=None, auth_handler=None, tls_certificates=None, verify_client=None, root_certificates=None, middleware=None):
        self.port = next(_PORTS)
        self._middleware = middleware or {}
        _SERVERS[self.port] = self

    def shutdown(self):
        _SERVERS.pop(self.port, None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()


class FlightClient:
    def __init__(self, location, *, tls_root_certs=None, cert_chain=None, private_key=None, override_hostname=None, middleware=None,
                 write_size_limit_bytes=None, disable_server_verification=None, generic_options=None):  # fmt: skip
        if not location.startswith(("grpc://", "grpc+tcp://", "grpc+tls://", "grpc+unix://")):
            raise ArrowInvalid(f"Unsupported scheme in location: {location}")
        self._location, self.closed, self._channel = location, False, None

    def _server(self, options):
        """The server at the location: of this process, or else the service that listens there."""
        if self.closed:
            raise ArrowInvalid("the client is closed")
        port = int(self._location.rsplit(":", 1)[1])
        server = _SERVERS.get(port)
        if server is None and port >= _FIRST_PORT:
            raise FlightUnavailableError(f"failed to connect to {self._location}")
        return server

    def _greet(self, server, options):
        headers = {}
        for name, value in options.headers if options else []:
            headers.setdefault(name.decode(), []).append(value.decode())
        for factory in server._middleware.values():
            factory.start_call(None, headers)

    def _elsewhere(self):
        from .wire import Channel

        if self._channel is None:
            self._channel = Channel(self._location)
        return self._channel

    def _call(self, method, argument, options):
        server = self._server(options)
        if server is None:
            headers = [(name.decode(), value.decode()) for name, value in options.headers] if options else []
            return getattr(self._elsewhere(), method)(argument, headers)
        with _as_flight():
            self._greet(server, options)
            return getattr(server, method)(None, argument)

    def get_flight_info(self, descriptor, options=None):
        return self._call("get_flight_info", descriptor, options)

    def do_get(self, ticket, options=None):
        stream = self._call("do_get", ticket, options)
        return FlightStreamReader(stream) if isinstance(stream, GeneratorStream) else stream

    def list_flights(self, criteria=b"", options=None):
        with _as_flight():
            yield from self._call("list_flights", criteria, options)

    def do_action(self, action, options=None):
        with _as_flight():
            for result in self._call("do_action", action, options):
                yield result if isinstance(result, Result) else Result(result)

    def close(self):
        self.closed = True
        if self._channel is not None:
            self._channel.close()

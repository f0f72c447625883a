"""The double's client for a service that is elsewhere: the Flight protocol over grpcio, and just enough of Arrow's IPC format for the types that the
client makes arrays of. It lets the client be tried against the real service on machines without pyarrow."""

from __future__ import annotations

import json
import struct

import grpc
import numpy as np

from . import Array, Buffer, RecordBatch, bool_, field, fixed_shape_tensor, float16, float32, float64, list_, schema, string, timestamp
from . import int8, int16, int32, int64, uint8, uint16, uint32, uint64  # noqa: F401
from . import ArrowInvalid, ArrowKeyError, ArrowNotImplementedError
from .types import FixedShapeTensorType, FixedSizeListType

_SERVICE = "/arrow.flight.protocol.FlightService/"


# Protocol buffers, by hand: numbers of fields as Flight.proto has them.


def message(*fields):
    """(number, bytes | str | int) pairs as a message."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += _varint(number << 3) + _varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += _varint(number << 3 | 2) + _varint(len(value)) + value
    return out


def parse(data):
    """A message's fields: their values by number, each a list."""
    fields, at, data = {}, 0, memoryview(data)
    while at < len(data):
        key, at = _read_varint(data, at)
        if key & 7 == 0:
            value, at = _read_varint(data, at)
        elif key & 7 == 2:
            length, at = _read_varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            raise ValueError(f"wire type {key & 7}")
        fields.setdefault(key >> 3, []).append(value)
    return fields


def _varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def _read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value - (1 << 64) if value >> 63 else value, at


class Table:
    """A flatbuffers table: fields by their number, as Message.fbs and Schema.fbs order them."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.vtable = at - self._int("<i", at)
        self.fields = (self._int("<H", self.vtable) - 4) // 2

    @staticmethod
    def root(data):
        return Table(data, struct.unpack_from("<I", data, 0)[0])

    def _int(self, kind, at):
        return struct.unpack_from(kind, self.data, at)[0]

    def _place(self, number):
        offset = self._int("<H", self.vtable + 4 + 2 * number) if number < self.fields else 0
        return self.at + offset if offset else None

    def scalar(self, number, kind, default=0):
        place = self._place(number)
        return default if place is None else self._int("<" + kind, place)

    def _target(self, number):
        place = self._place(number)
        return None if place is None else place + self._int("<I", place)

    def table(self, number):
        target = self._target(number)
        return None if target is None else Table(self.data, target)

    def text(self, number):
        target = self._target(number)
        return None if target is None else bytes(self.data[target + 4 : target + 4 + self._int("<I", target)]).decode()

    def tables(self, number):
        target = self._target(number)
        places = [] if target is None else [target + 4 + 4 * i for i in range(self._int("<I", target))]
        return [Table(self.data, place + self._int("<I", place)) for place in places]

    def structs(self, number, kind):
        target = self._target(number)
        size = struct.calcsize("<" + kind)
        return [] if target is None else [struct.unpack_from("<" + kind, self.data, target + 4 + size * i) for i in range(self._int("<I", target))]


_INTS = {(8, 1): int8, (16, 1): int16, (32, 1): int32, (64, 1): int64, (8, 0): uint8, (16, 0): uint16, (32, 0): uint32, (64, 0): uint64}
_UNITS = ["s", "ms", "us", "ns"]


def read_schema(data):
    return schema([_field(part) for part in Table.root(data).table(2).tables(1)])


def _field(part):
    kind, type_ = part.scalar(2, "B"), part.table(3)
    metadata = {pair.text(0).encode(): pair.text(1).encode() for pair in part.tables(6)}
    if kind == 2:
        made = _INTS[type_.scalar(0, "i"), type_.scalar(1, "B")]()
    elif kind == 3:
        made = [float16, float32, float64][type_.scalar(0, "h")]()
    elif kind == 5:
        made = string()
    elif kind == 6:
        made = bool_()
    elif kind == 10:
        made = timestamp(_UNITS[type_.scalar(0, "h")], type_.text(1))
    elif kind == 16:
        made = list_(_field(part.tables(5)[0]).type, type_.scalar(0, "i"))
    else:
        raise NotImplementedError(f"the double reads no type {kind}")
    if metadata.get(b"ARROW:extension:name") == b"arrow.fixed_shape_tensor":
        shape = json.loads(metadata[b"ARROW:extension:metadata"])["shape"]
        made = fixed_shape_tensor(made.value_type, shape)
    return field(part.text(0), made, bool(part.scalar(1, "B")), metadata)


def read_batch(header, body, schema_):
    batch = Table.root(header).table(2)
    nodes, buffers = batch.structs(1, "qq"), batch.structs(2, "qq")
    memory = np.frombuffer(body, np.uint8)
    rest = [iter(nodes), iter([None if length == 0 else Buffer(memory[at : at + length]) for at, length in buffers])]
    return RecordBatch([_array(field_.type, *rest) for field_ in schema_], schema_)


def _array(type_, nodes, buffers):
    length, nulls = next(nodes)
    validity = next(buffers)
    validity = validity if nulls else None
    if isinstance(type_, (FixedShapeTensorType, FixedSizeListType)):
        return Array.from_buffers(type_, length, [validity], children=[_array(type_.value_type, nodes, buffers)])
    if str(type_) == "string":
        ends, text = np.frombuffer(bytes(next(buffers)), np.int32), bytes(next(buffers) or b"")
        return Array(type_, length, [validity, None, None], strings=[text[ends[i] : ends[i + 1]].decode() for i in range(length)])
    return Array.from_buffers(type_, length, [validity, next(buffers)])


class Call:
    """A stream of messages, with grpc's statuses as the exceptions that pyarrow makes of them."""

    def __init__(self, messages):
        self._messages = messages

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return next(self._messages)
        except grpc.RpcError as fault:
            raise translated(fault) from fault

    def cancel(self):
        self._messages.cancel()


def translated(fault):
    from . import flight

    code, text = fault.code(), fault.details()
    kinds = {
        grpc.StatusCode.UNAVAILABLE: flight.FlightUnavailableError,
        grpc.StatusCode.DEADLINE_EXCEEDED: flight.FlightTimedOutError,
        grpc.StatusCode.CANCELLED: flight.FlightCancelledError,
        grpc.StatusCode.UNAUTHENTICATED: flight.FlightUnauthenticatedError,
        grpc.StatusCode.PERMISSION_DENIED: flight.FlightUnauthorizedError,
        grpc.StatusCode.INTERNAL: flight.FlightInternalError,
        grpc.StatusCode.DATA_LOSS: flight.FlightInternalError,
        grpc.StatusCode.INVALID_ARGUMENT: ArrowInvalid,
        grpc.StatusCode.FAILED_PRECONDITION: ArrowInvalid,
        grpc.StatusCode.RESOURCE_EXHAUSTED: ArrowInvalid,
        grpc.StatusCode.NOT_FOUND: ArrowKeyError,
        grpc.StatusCode.UNIMPLEMENTED: ArrowNotImplementedError,
    }
    return kinds.get(code, flight.FlightServerError)(text)


class Channel:
    """What the double's FlightClient does with a service that is elsewhere."""

    def __init__(self, location):
        target = location.split("://", 1)[1]
        self._channel = grpc.insecure_channel(target, [("grpc.max_receive_message_length", -1), ("grpc.enable_http_proxy", 0)])

    def close(self):
        self._channel.close()

    def _unary(self, method, request, headers):
        try:
            return self._channel.unary_unary(_SERVICE + method)(request, metadata=headers)
        except grpc.RpcError as fault:
            raise translated(fault) from fault

    def _stream(self, method, request, headers):
        return Call(self._channel.unary_stream(_SERVICE + method)(request, metadata=headers))

    def get_flight_info(self, descriptor, headers):
        return _info(self._unary("GetFlightInfo", _descriptor(descriptor), headers))

    def list_flights(self, criteria, headers):
        return (_info(data) for data in self._stream("ListFlights", message((1, criteria)), headers))

    def do_action(self, action, headers):
        from . import flight

        request = message((1, action.type), (2, bytes(action.body)))
        return (flight.Result(bytes(parse(data).get(1, [b""])[0]) or b"null") for data in self._stream("DoAction", request, headers))

    def do_get(self, ticket, headers):
        return Reader(self._stream("DoGet", message((1, ticket.ticket)), headers))


class Reader:
    def __init__(self, call):
        self._call = call
        self.schema = read_schema(bytes(parse(next(call))[2][0]))

    def read_chunk(self):
        from . import flight

        data = parse(next(self._call))
        body = data.get(1000, [b""])[0]
        return flight.FlightStreamChunk(read_batch(bytes(data[2][0]), body, self.schema), Buffer(np.frombuffer(data[3][0], np.uint8)))

    def cancel(self):
        self._call.cancel()


def _descriptor(descriptor):
    if descriptor.command is not None:
        return message((1, 2), (2, descriptor.command))
    return message((1, 1), *[(3, part) for part in descriptor.path])


def _info(data):
    from . import flight

    fields = parse(data)
    said = parse(fields[2][0])
    path = [bytes(part) for part in said.get(3, [])]
    descriptor = flight.FlightDescriptor.for_path(*path) if path else flight.FlightDescriptor.for_command(bytes(said.get(2, [b""])[0]))
    endpoints = [parse(endpoint) for endpoint in fields.get(3, [])]
    return flight.FlightInfo(
        read_schema(bytes(fields[1][0])[8:]),
        descriptor,
        [flight.FlightEndpoint(bytes(parse(endpoint[1][0])[1][0]), [bytes(parse(place)[1][0]).decode() for place in endpoint.get(2, [])]) for endpoint in endpoints],
        fields.get(4, [-1])[0],
        fields.get(5, [-1])[0],
        bool(fields.get(6, [0])[0]),
        bytes(fields.get(7, [b""])[0]),
    )

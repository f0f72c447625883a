"""A Flight service that plans and serves one data set as ``schemas/flight/README.md`` says, and that fails on demand. Written from the schemas, not
from the client: its order is any permutation, for the client knows none."""

from __future__ import annotations

import json
import math

import numpy as np
import pyarrow as pa
from features_client import Grouping, Order, OrderState
from pyarrow import flight

TOKEN = "let-me-in"


class Door(flight.ServerMiddlewareFactory):
    def __init__(self):
        self.needs_token = False

    def start_call(self, info, headers):
        if self.needs_token and headers.get("authorization") != [f"Bearer {TOKEN}"]:
            raise flight.FlightUnauthenticatedError("no valid token; send one as 'authorization: Bearer …'")


class TrainingService(flight.FlightServerBase):
    """``sets`` holds rows by name; ``requests`` what was asked; ``faults`` one function for each coming stream, which may change or break its messages."""

    def __init__(self, rows=1000, message_rows=64, content="sha256:" + "a" * 64):
        self.door = Door()
        super().__init__("grpc://127.0.0.1:0", middleware={"door": self.door})
        self.rows, self.message_rows, self.content = rows, message_rows, content
        self.requests, self.faults, self.refusals, self.replicas = [], [], [], []
        self.pinned = False

    @property
    def location(self):
        return f"grpc://127.0.0.1:{self.port}"

    def sample(self, order, epoch, position):
        """The sample at a position: an affine permutation, keyed by seed and epoch."""
        p = position % self.rows
        if order.mode == "none":
            return p
        factor = next(f for f in range(7 + order.seed + 2 * epoch, 10**9) if math.gcd(f, self.rows) == 1)
        return (factor * p + 13 * order.seed + epoch) % self.rows

    def batch(self, samples):
        index = np.array(samples, np.int64)
        features = pa.FixedSizeListArray.from_arrays(pa.array((index[:, None] * 3 + np.arange(3)).ravel().astype(np.float32), type=pa.float32()), 3)
        tensor = pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float32(), [3]), features)
        return pa.record_batch(
            [tensor, pa.array(list(index), type=pa.int64()), pa.array(list(index % 2 == 0), type=pa.bool_()), pa.array([f"row {i}" for i in index], type=pa.string())],
            names=["features", "id", "label", "name"],
        )

    def get_flight_info(self, context, descriptor):
        request = json.loads(descriptor.command)
        self.requests.append(request)
        if self.refusals:
            raise self.refusals.pop(0)
        if request.get("dataset") != "delays":
            raise flight.FlightServerError(f"there is no data set '{request.get('dataset')}'; you may see: delays")
        order = self._order(request)
        state = OrderState(order, request.get("epoch", 0), request.get("position", 0))
        if "state" in request:
            state = OrderState.from_dict(request["state"])
            if state.order != order:
                raise pa.ArrowInvalid("gRPC returned precondition failed error, with message: the state belongs to another order")
        rank, world, batch = request.get("rank", 0), request.get("world", 1), request["batch"]
        tail = request.get("tail") or ("keep" if world == 1 else "drop")
        left, step = self.rows - state.position, batch * world
        steps = left // step if tail == "drop" else -(-left // step)
        said = {"v": 1, "state": state.to_dict(), "rank": rank, "world": world, "batch": batch, "tail": tail, "steps": steps,
                "rows": left if tail == "keep" else steps * batch, "dropped": left - steps * step if tail == "drop" else 0, "padded": 0}  # fmt: skip
        metadata = json.dumps(said).encode()
        ticket = json.dumps({"state": state.to_dict(), "rank": rank, "world": world, "batch": batch, "tail": tail, "steps": steps})
        endpoint = flight.FlightEndpoint(ticket, [replica.location for replica in self.replicas])
        return flight.FlightInfo(self.batch([0]).schema, descriptor, [endpoint], said["rows"], 1000, True, metadata)

    def do_get(self, context, ticket):
        asked = json.loads(ticket.ticket)
        state = OrderState.from_dict(asked["state"])
        messages = self._messages(state, asked)
        if self.faults:
            messages = self.faults.pop(0)(messages)
        return flight.GeneratorStream(self.batch([0]).schema, messages)

    def list_flights(self, context, criteria):
        info = self.get_flight_info(context, flight.FlightDescriptor.for_command(json.dumps({"dataset": "delays", "batch": 4096})))
        yield flight.FlightInfo(info.schema, flight.FlightDescriptor.for_path("delays"), info.endpoints, self.rows, 1000, True, info.app_metadata)

    def do_action(self, context, action):
        body = json.loads(bytes(action.body) or b"null")
        self.requests.append((action.type, body))
        if self.refusals:
            raise self.refusals.pop(0)
        if action.type == "health":
            yield json.dumps({"status": "serving", "budget_bytes": 100, "used_bytes": 0, "datasets": 1}).encode()
        elif action.type == "list":
            yield json.dumps({"dataset": "delays", "digest": self.content, "layout": "columns", "rows": self.rows, "ready": True, "readers": 0, "leases": 0, "pins": int(self.pinned)}).encode()
        elif action.type == "warm":
            for rows in (0, self.rows):
                yield json.dumps({"dataset": body["dataset"], "rows": rows, "total": self.rows, "bytes": rows * 8, "ready": rows == self.rows}).encode()
        elif action.type in ("pin", "unpin"):
            self.pinned = action.type == "pin"
            yield json.dumps({"dataset": body["dataset"], "pinned": self.pinned}).encode()
        elif action.type == "evict":
            if self.pinned:
                raise pa.ArrowInvalid("gRPC returned precondition failed error, with message: the data set 'delays' is held by a pin; unpin it")
            yield json.dumps({"dataset": body["dataset"], "evicted": 1}).encode()
        else:
            raise pa.ArrowNotImplementedError(f"the action '{action.type}' is not served")

    def _order(self, request):
        mode = request.get("shuffle", "none")
        algorithm = {"none": None, "global": "feistel-v1", "grouped": "grouped-v1"}[mode]
        grouping = Grouping(**request["grouping"]) if "grouping" in request else None
        return Order(self.content, self.rows, mode, request.get("seed", 0), algorithm, request.get("filter"), None, grouping)

    def _messages(self, state, asked):
        for step in range(asked["steps"]):
            first = state.position + (step * asked["world"] + asked["rank"]) * asked["batch"]
            count = min(asked["batch"], self.rows - first) if asked["tail"] == "keep" else asked["batch"]
            for start in range(0, count, self.message_rows):
                rows = min(self.message_rows, count - start)
                samples = [self.sample(state.order, state.epoch, first + start + i) for i in range(rows)]
                yield self.batch(samples), json.dumps({"position": first + start, "step": step}).encode()


def breaks_after(count, fault=None):
    """A stream that breaks after so many messages."""

    def through(messages):
        for index, message in enumerate(messages):
            if index == count:
                raise fault or flight.FlightUnavailableError("Socket closed")
            yield message

    return through


def without(index):
    """A stream that leaves a message out."""
    return lambda messages: (message for i, message in enumerate(messages) if i != index)


def twice(index):
    """A stream that sends a message twice."""
    return lambda messages: (copy for i, message in enumerate(messages) for copy in [message] * (2 if i == index else 1))

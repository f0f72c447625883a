"""What is asked of the service, and what it plans (``schemas/flight``)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyarrow import flight

from .delivery import Delivery
from .errors import DeliveryError, FeaturesError
from .service import Service, calling
from .state import OrderState

# A ticket is good for longer; a plan that lay about is asked for again rather than found out to be stale.
_FRESH_SECONDS = 60.0


@dataclass(frozen=True)
class ReadPlan:
    """One rank's share of one epoch: known before the first row is asked for."""

    start: OrderState
    delivery: Delivery
    steps: int
    total_bytes: int
    schema: Any
    endpoint: Any
    location: str
    made: float

    def is_fresh(self) -> bool:
        return time.monotonic() - self.made < _FRESH_SECONDS


def plan_read(service: Service, location: str, request: Mapping[str, Any]) -> ReadPlan:
    """Asks the service at a location for a plan.

    :param request: the members of ``schemas/flight/request.schema.json``.
    """
    descriptor = flight.FlightDescriptor.for_command(json.dumps(request, separators=(",", ":")))
    with calling(location):
        info = service.client(location).get_flight_info(descriptor, service.options())
    service.answered(location)
    return read_plan(info, location)


def read_plan(info: Any, location: str) -> ReadPlan:
    if not hasattr(info, "app_metadata"):
        raise FeaturesError("this pyarrow does not show FlightInfo.app_metadata, where the plan stands; install pyarrow 19 or later")
    said = json.loads(bytes(info.app_metadata))
    start = OrderState.from_dict(said["state"])
    delivery = Delivery(start.order.rows, start.position, said["batch"], said["rank"], said["world"], said["tail"])
    if delivery.steps != said["steps"]:
        raise DeliveryError(f"the service plans {said['steps']} steps where {delivery.steps} follow from its rows, batch and world")
    return ReadPlan(start, delivery, said["steps"], info.total_bytes, info.schema, info.endpoints[0], location, time.monotonic())

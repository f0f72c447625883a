"""The identity of an order, and how far a job has come in it (``schemas/ordering/README.md``)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .errors import OrderMismatchError, StateError

_PARTS = ("content", "rows", "filter", "policy", "algorithm", "mode", "seed", "grouping")


@dataclass(frozen=True)
class Grouping:
    """The shape of a grouped order: samples of a block, blocks of a group, and lanes among which positions go round."""

    block: int
    group_blocks: int
    lanes: int

    def __str__(self) -> str:
        return f"block={self.block},group_blocks={self.group_blocks},lanes={self.lanes}"

    def to_dict(self) -> dict[str, int]:
        return {"block": self.block, "group_blocks": self.group_blocks, "lanes": self.lanes}


@dataclass(frozen=True)
class Order:
    """What an order is: equal orders give equal samples at equal positions of equal epochs, on any server and in any world."""

    content: str
    rows: int
    mode: str
    seed: int
    algorithm: str | None = None
    filter: str | None = None
    policy: str | None = None
    grouping: Grouping | None = None

    @property
    def digest(self) -> str:
        """``sha256:`` and the hash of the parts, as the schema encodes them."""
        text = "features-order-v1\n"
        for name, value in self._parts():
            if value is None and name == "grouping":
                continue  # Modes that are older than groupings have no line for one.
            length = "-" if value is None else str(len(value.encode()))
            text += f"{name}:{length}:{value or ''}\n"
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        parts: dict[str, Any] = {
            "digest": self.digest,
            "content": self.content,
            "rows": self.rows,
            "filter": self.filter,
            "policy": self.policy,
            "algorithm": self.algorithm,
            "mode": self.mode,
            "seed": self.seed,
        }
        if self.grouping is not None:
            parts["grouping"] = self.grouping.to_dict()
        return parts

    @staticmethod
    def from_dict(parts: Mapping[str, Any]) -> Order:
        """Reads what :meth:`to_dict` gave.

        :raises StateError: a part is missing or of another type, or the digest does not belong to the parts.
        """
        grouping = parts.get("grouping") if isinstance(parts, Mapping) else None
        if grouping is not None:
            grouping = Grouping(_integer(grouping, "block"), _integer(grouping, "group_blocks"), _integer(grouping, "lanes"))
        order = Order(
            content=_text(parts, "content") or "",
            rows=_integer(parts, "rows"),
            mode=_text(parts, "mode") or "",
            seed=_integer(parts, "seed"),
            algorithm=_text(parts, "algorithm"),
            filter=_text(parts, "filter"),
            policy=_text(parts, "policy"),
            grouping=grouping,
        )
        if _text(parts, "digest") != order.digest:
            raise StateError("the order's digest does not belong to its parts; the state was changed or cut off")
        return order

    def check(self, other: Order, what: str = "the state belongs to another order") -> None:
        """Raises unless ``other`` is this order.

        :raises OrderMismatchError: with every part that differs, and both values.
        """
        differing = [(name, was, is_) for (name, was), (_, is_) in zip(self._parts(), other._parts()) if was != is_]
        if differing:
            values = "; ".join(f"{name} was {_shown(was)}, is {_shown(is_)}" for name, was, is_ in differing)
            raise OrderMismatchError([name for name, _, _ in differing], f"{what}: {values}. Resume with the order of the state, or start anew without it")

    def _parts(self) -> list[tuple[str, str | None]]:
        return [(name, None if (value := getattr(self, name)) is None else str(value)) for name in _PARTS]


@dataclass(frozen=True)
class OrderState:
    """All that it takes to resume at the next unseen sample, with any world and any batch.

    ``position`` counts what all ranks together have consumed of the epoch, from 0 to the order's rows.
    """

    order: Order
    epoch: int
    position: int

    def at(self, position: int) -> OrderState:
        """The same epoch, elsewhere."""
        return replace(self, position=position)

    def to_dict(self) -> dict[str, Any]:
        return {"v": 1, "order": self.order.to_dict(), "epoch": self.epoch, "position": self.position}

    def to_json(self) -> str:
        """The state as the service, the C# client and the command line write it: under 1 KB."""
        return json.dumps(self.to_dict(), separators=(",", ":"))

    @staticmethod
    def from_dict(state: Mapping[str, Any]) -> OrderState:
        """Reads what :meth:`to_dict` gave.

        :raises StateError: it is no state, of another version, or was changed.
        """
        version = _integer(state, "v")
        if version != 1:
            raise StateError(f"the state has version {version}; this package reads 1")
        read = OrderState(Order.from_dict(_member(state, "order")), _integer(state, "epoch"), _integer(state, "position"))
        if read.position > read.order.rows:
            raise StateError(f"the state's position {read.position} lies past the order's {read.order.rows} rows")
        return read

    @staticmethod
    def from_json(text: str | bytes) -> OrderState:
        """Reads what :meth:`to_json` gave.

        :raises StateError: it is no state, of another version, or was changed.
        """
        try:
            parsed = json.loads(text)
        except ValueError as cause:
            raise StateError(f"the state is no JSON: {cause}") from cause
        return OrderState.from_dict(parsed)


def _member(parts: Any, name: str) -> Any:
    if not isinstance(parts, Mapping) or name not in parts:
        raise StateError(f"'{name}' is missing")
    return parts[name]


def _text(parts: Any, name: str) -> str | None:
    value = _member(parts, name)
    if value is not None and not isinstance(value, str):
        raise StateError(f"'{name}' must be a string")
    return value


def _integer(parts: Any, name: str) -> int:
    value = _member(parts, name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise StateError(f"'{name}' must be a whole number from 0")
    return value


def _shown(value: str | None) -> str:
    return "absent" if value is None else value

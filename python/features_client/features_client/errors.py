"""What can go wrong, one class a kind."""

from __future__ import annotations

from collections.abc import Sequence


class FeaturesError(Exception):
    """The base of everything that this package raises on purpose."""


class OrderMismatchError(FeaturesError):
    """A state belongs to another order than the one it was brought to.

    ``parts`` names what differs: ``content``, ``rows``, ``filter``, ``policy``, ``algorithm``, ``mode``, ``seed``, ``grouping``.
    """

    def __init__(self, parts: Sequence[str], message: str) -> None:
        super().__init__(message)
        self.parts = tuple(parts)


class StateError(FeaturesError, ValueError):
    """A state that is none, of another version, changed, or of another kind of reader."""


class DeliveryError(FeaturesError):
    """The service sent other positions or steps than its plan says: rows would be lost or repeated."""


class UnavailableError(FeaturesError):
    """No location answered, after every attempt."""


class RefusedError(FeaturesError):
    """The service said no; its message says what to change."""


class ColumnError(FeaturesError, ValueError):
    """A column cannot become what was asked for; the message names it."""

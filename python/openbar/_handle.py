"""Handles of the library, which close when nothing uses them any more."""

from __future__ import annotations

import weakref
from typing import TypeVar

from . import _library as library
from .errors import InvalidArgument

Self = TypeVar("Self", bound="Closable")


def _close(number: int, kept: object) -> None:
    library.close(number)


class Handle:
    """One handle. It closes once, at the latest when the interpreter ends. `kept` lives until then."""

    def __init__(self, number: int, kept: object = None) -> None:
        self.number = number
        self.close = weakref.finalize(self, _close, number, kept)


class Closable:
    """The base of everything that has a handle: `close`, `with`, and an error after it."""

    _kind = "object"
    _held: Handle | None = None

    def close(self) -> None:
        """Gives it back. Closing it again does nothing."""
        held, self._held = self._held, None
        if held is not None:
            held.close()

    @property
    def closed(self) -> bool:
        return self._held is None

    @property
    def _handle(self) -> int:
        held = self._held
        if held is None:
            raise InvalidArgument(f"the {self._kind} is closed")
        return held.number

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

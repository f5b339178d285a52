"""Interrupts and events of a device: waits with a timeout, in threads and in asyncio.

>>> import openbar
>>> with openbar.open("sim:edu") as card:
...     card.set_bus_master(True)                   # messages are writes to memory
...     done = card.vector(0)
...     card.bar[0].write32(0x20, 0x80)             # raise an interrupt when done
...     card.bar[0].write32(0x08, 10)               # compute 10!
...     done.wait(timeout=1.0)                      # how often it fired
...     card.bar[0].read32(0x08)
1
3628800
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
import time
from dataclasses import dataclass
from typing import Awaitable, Callable, Sequence, TypeVar, Union

from . import _library as library
from . import _structures as c
from ._handle import Closable, Handle
from .errors import InvalidArgument, TimedOut

Result = TypeVar("Result")

_SLICE = 0.1  # seconds in the library at a time, so that Ctrl-C is noticed


def _wait(once: Callable[[int], Result], timeout: float | None) -> Result:
    """`once(nanoseconds)` until it succeeds or the timeout is over."""
    library.nanoseconds(timeout)  # or raises
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = _SLICE if end is None else end - time.monotonic()
        try:
            return once(library.nanoseconds(min(left, _SLICE)))
        except TimedOut:
            if end is not None and time.monotonic() >= end:
                raise


async def _wait_async(
    once: Callable[[int], Result], descriptor: int, timeout: float | None
) -> Result:
    """The same without blocking the event loop."""
    loop = asyncio.get_running_loop()
    end = None if timeout is None else loop.time() + timeout
    while True:
        try:
            return once(0)
        except TimedOut:
            left = 1.0 if end is None else min(1.0, end - loop.time())
            if left <= 0:
                raise
        await _readable(loop, descriptor, left)


def _readable(
    loop: asyncio.AbstractEventLoop, descriptor: int, timeout: float
) -> Awaitable[None]:
    """Ends when the descriptor is readable, or after the timeout."""
    if sys.platform == "win32":  # its handles are no sockets
        return asyncio.sleep(min(timeout, 0.005))
    future: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not future.done():
            future.set_result(None)

    async def wait() -> None:
        loop.add_reader(descriptor, end)
        timer = loop.call_later(timeout, end)
        try:
            await future
        finally:
            timer.cancel()
            loop.remove_reader(descriptor)

    return wait()


class Interrupt(Closable):
    """One enabled vector. One thread may wait for it; any thread may call the rest."""

    _kind = "interrupt"

    def __init__(self, handle: int) -> None:
        info = c.InterruptInfo()
        library.call("interrupt_get_info", handle, ctypes.byref(info))
        self._held = Handle(handle)
        self.kind = c.word(c.INTERRUPT_KINDS, info.kind)
        """"intx", "msi" or "msix"."""
        self.vector: int = info.vector
        self._native: int = info.native_handle

    def wait(self, timeout: float | None = None) -> int:
        """Waits until the vector fires, and returns how often it has since the last wait.

        `timeout` is in seconds; None means no limit, 0 does not wait. Raises `TimedOut`,
        `Cancelled`, `Busy` (another thread waits), `Removed`.
        """
        return _wait(self._once, timeout)

    async def wait_async(self, timeout: float | None = None) -> int:
        """The same in asyncio: other tasks run meanwhile."""
        return await _wait_async(self._once, self.fileno(), timeout)

    def _once(self, nanoseconds: int) -> int:
        count = ctypes.c_uint64()
        library.call("wait", self._handle, nanoseconds, ctypes.byref(count))
        return count.value

    def cancel(self) -> None:
        """Makes the current wait, or else the next one, raise `Cancelled`."""
        library.call("cancel", self._handle)

    def mask(self) -> None:
        """Stops delivery until `unmask`."""
        library.call("mask", self._handle)

    def unmask(self) -> None:
        """Restarts delivery. An event loop calls it after each INTx."""
        library.call("unmask", self._handle)

    def trigger(self) -> None:
        """Fires the vector from software, to test the path to `wait`."""
        library.call("trigger", self._handle)

    def fileno(self) -> int:
        """The native handle, for `selectors`: readable if an interrupt is pending (Linux)."""
        assert self._handle  # or raises
        return self._native

    def __repr__(self) -> str:
        return f"<{self.kind} vector {self.vector}>"


class Events(Closable):
    """The events of one device: removal, reset, an error that it reports.

    >>> import openbar
    >>> with openbar.open("sim:edu") as card:
    ...     events = card.events()
    ...     card.reset()
    ...     events.wait(timeout=1.0)
    'reset'
    """

    _kind = "subscription"

    def __init__(self, handle: int) -> None:
        native = ctypes.c_ssize_t()
        library.call("events_get_native_handle", handle, ctypes.byref(native))
        self._held = Handle(handle)
        self._native = native.value

    def wait(self, timeout: float | None = None) -> str:
        """Waits for the next event and takes it: "removal_requested", "reset", "error", …"""
        return _wait(self._once, timeout)

    async def wait_async(self, timeout: float | None = None) -> str:
        """The same in asyncio."""
        return await _wait_async(self._once, self.fileno(), timeout)

    def _once(self, nanoseconds: int) -> str:
        event = ctypes.c_uint32()
        library.call("next_event", self._handle, nanoseconds, ctypes.byref(event))
        return c.word(c.DEVICE_EVENTS, event.value)

    def cancel(self) -> None:
        """Makes the current wait, or else the next one, raise `Cancelled`."""
        library.call("cancel", self._handle)

    def trigger(self, event: str) -> None:
        """Fires "error" or "removal_requested" from software, to test the program."""
        if event not in c.DEVICE_EVENTS:
            raise InvalidArgument(f"there is no event {event!r}")
        library.call("trigger_event", self._handle, c.DEVICE_EVENTS.index(event))

    def fileno(self) -> int:
        """The native handle, for `selectors`: readable while there is an event (Linux)."""
        assert self._handle  # or raises
        return self._native


Waitable = Union[Interrupt, Events]


@dataclass(frozen=True)
class Ready:
    """One of a list that fired."""

    index: int
    """Its place in the list."""
    count: int
    """Of an interrupt: how often since the last wait."""


def wait_any(waitables: Sequence[Waitable], timeout: float | None = None) -> list[Ready]:
    """Waits until one of several interrupts and subscriptions fires, and returns all that have.

    >>> import openbar
    >>> with openbar.open("sim:edu") as card:
    ...     vector, events = card.vector(0), card.events()
    ...     vector.trigger()
    ...     openbar.wait_any([vector, events], timeout=1.0)
    [Ready(index=0, count=1)]
    """
    handles = (ctypes.c_uint64 * max(1, len(waitables)))(*(one._handle for one in waitables))
    ready = (c.Ready * max(1, len(waitables)))()
    count = ctypes.c_uint32()

    def once(nanoseconds: int) -> list[Ready]:
        library.call(
            "wait_any", handles, len(waitables), nanoseconds, ready, ctypes.byref(count)
        )
        return [Ready(one.index, one.count) for one in ready[: count.value]]

    return _wait(once, timeout)

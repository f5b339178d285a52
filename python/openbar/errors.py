"""Exceptions. Each carries the code, the cause and a hint how to fix it.

>>> import openbar
>>> try:
...     openbar.open("0000:00:1f.6")
... except openbar.NotFound as error:
...     print(error.code, "-", error.cause)
not_found - there is no such PCI function

`openbar.Error` catches all of them.
"""

from __future__ import annotations


class Error(Exception):
    """A failure of openbar. `str(error)` is the whole message, with the hint."""

    code: str = "io"
    """The name of the code: "not_found", "busy", …, for programs."""
    attempted: str
    """The operation and its object: "map bar0 of 0000:00:04.0"."""
    cause: str
    """Why it failed."""
    hint: str
    """How to fix it, often a command; empty if none is known."""
    system_error: int
    """errno, or the error of Windows; 0 if none was involved."""

    def __init__(
        self, cause: str, *, attempted: str = "", hint: str = "", system_error: int = 0
    ) -> None:
        message = f"{attempted}: {cause}" if attempted else cause
        super().__init__(f"{message}\n  hint: {hint}" if hint else message)
        self.attempted = attempted
        self.cause = cause
        self.hint = hint
        self.system_error = system_error

    def __str__(self) -> str:
        return str(self.args[0])


class InvalidArgument(Error, ValueError):
    """The request is invalid: a malformed address, a value that does not fit."""

    code = "invalid_argument"


class OutOfRange(Error, IndexError):
    """Offset and length do not lie within the region."""

    code = "out_of_range"


class Misaligned(Error, ValueError):
    """The offset is not a multiple of the width."""

    code = "misaligned"


class NotFound(Error, LookupError):
    """No such device, region, vector, register, model or file."""

    code = "not_found"


class Ambiguous(Error, LookupError):
    """Several devices or registers match."""

    code = "ambiguous"


class Unsupported(Error):
    """The back end, the device or the kernel cannot do it."""

    code = "unsupported"


class PermissionDenied(Error):
    """The operating system refuses this user."""

    code = "permission_denied"


class Busy(Error):
    """Another program, thread or kernel driver has it."""

    code = "busy"


class Disabled(Error):
    """The device does not decode the region, or is powered down."""

    code = "disabled"


class Removed(Error):
    """The device was unplugged, or its server has gone."""

    code = "removed"


class TimedOut(Error, TimeoutError):
    """It did not happen within the time limit."""

    code = "timed_out"


class Cancelled(Error):
    """It was cancelled, or closed in the meantime."""

    code = "cancelled"


class ProtocolError(Error):
    """A server or a file violated its protocol or format."""

    code = "protocol"


class ResourceExhausted(Error):
    """Memory, locked memory, bus addresses, descriptors, or a documented limit."""

    code = "resource_exhausted"


class SystemFailure(Error):
    """The operating system reported another error."""

    code = "io"


BY_CODE: tuple[type[Error], ...] = (
    InvalidArgument,
    OutOfRange,
    Misaligned,
    NotFound,
    Ambiguous,
    Unsupported,
    PermissionDenied,
    Busy,
    Disabled,
    Removed,
    TimedOut,
    Cancelled,
    ProtocolError,
    ResourceExhausted,
    SystemFailure,
)
"""By the number of the code in openbar.h, from 1 on."""

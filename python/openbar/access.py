"""Reads and writes of registers: the operations that regions, mappings and parts of them share.

>>> import openbar
>>> with openbar.open("sim:edu") as card:
...     card.bar[0].write32(0x04, 0x12345678)       # one access of 32 bits
...     hex(card.bar[0].read32(0x04))
...     status = card.bar[0][0x20:0x28]             # a part: no access happens
...     status.read32(0)
'0xedcba987'
0

One call is one access of exactly its width. It is never split, repeated or merged, and a write
never reads.
"""

from __future__ import annotations

from operator import index
from typing import Any

from ._library import unsigned
from .errors import InvalidArgument, Misaligned, OutOfRange

WIDTHS = (1, 2, 4, 8)


class RegisterAccess:
    """Accesses by offset, in bytes, with a width of 8, 16, 32 or 64 bits."""

    size: int
    """Bytes."""

    def _read(self, offset: int, width: int) -> int:
        raise NotImplementedError

    def _write(self, offset: int, width: int, value: int) -> None:
        raise NotImplementedError

    def read8(self, offset: int) -> int:
        """One 8-bit read."""
        return self._read(offset, 1)

    def read16(self, offset: int) -> int:
        """One 16-bit read."""
        return self._read(offset, 2)

    def read32(self, offset: int) -> int:
        """One 32-bit read."""
        return self._read(offset, 4)

    def read64(self, offset: int) -> int:
        """One 64-bit read."""
        return self._read(offset, 8)

    def write8(self, offset: int, value: int) -> None:
        """One 8-bit write."""
        self._write(offset, 1, unsigned(value, 8, "the value"))

    def write16(self, offset: int, value: int) -> None:
        """One 16-bit write."""
        self._write(offset, 2, unsigned(value, 16, "the value"))

    def write32(self, offset: int, value: int) -> None:
        """One 32-bit write."""
        self._write(offset, 4, unsigned(value, 32, "the value"))

    def write64(self, offset: int, value: int) -> None:
        """One 64-bit write."""
        self._write(offset, 8, unsigned(value, 64, "the value"))

    def read(self, offset: int, width: int) -> int:
        """One read of `width` bytes: 1, 2, 4 or 8."""
        return self._read(offset, _checked(width))

    def write(self, offset: int, width: int, value: int) -> None:
        """One write of `width` bytes: 1, 2, 4 or 8."""
        self._write(offset, _checked(width), unsigned(value, 8 * width, "the value"))

    def read_block(self, offset: int, size: int, width: int = 4) -> bytes:
        """Reads `size` bytes by consecutive accesses of `width` bytes, in rising order."""
        data = bytearray(unsigned(size, 48, "the size"))
        self.read_into(offset, data, width)
        return bytes(data)

    def read_into(self, offset: int, buffer: Any, width: int = 4) -> None:
        """The same into a buffer that can be written: a bytearray, memoryview or numpy array."""
        raise NotImplementedError

    def write_block(self, offset: int, data: Any, width: int = 4) -> None:
        """Writes a buffer by consecutive accesses of `width` bytes, in rising order."""
        raise NotImplementedError

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, part: slice) -> Part:
        """The part from one offset to another. It makes no access."""
        if not isinstance(part, slice):
            raise TypeError("an index has no width: use read32(offset), or a slice for a part")
        first, last, step = part.indices(self.size)
        if step != 1:
            raise ValueError("a part has no step")
        if max(index(part.start or 0), index(part.stop or 0)) > self.size:
            raise OutOfRange(f"the part ends behind the size of {self.size:#x}")
        return Part(self, first, max(0, last - first))


class Part(RegisterAccess):
    """A part of a region or mapping. Offsets count from its start."""

    def __init__(self, whole: RegisterAccess, start: int, size: int) -> None:
        self._whole = whole
        self.start = start
        self.size = size

    def _offset(self, offset: int, size: int) -> int:
        return self.start + checked_offset(offset, size, self.size)

    def _read(self, offset: int, width: int) -> int:
        return self._whole._read(self._offset(offset, width), width)

    def _write(self, offset: int, width: int, value: int) -> None:
        self._whole._write(self._offset(offset, width), width, value)

    def read_into(self, offset: int, buffer: Any, width: int = 4) -> None:
        self._whole.read_into(self._offset(offset, memoryview(buffer).nbytes), buffer, width)

    def write_block(self, offset: int, data: Any, width: int = 4) -> None:
        self._whole.write_block(self._offset(offset, memoryview(data).nbytes), data, width)

    def __repr__(self) -> str:
        return f"<part of {self._whole!r}, {self.size:#x} bytes at {self.start:#x}>"


def _checked(width: int) -> int:
    if width not in WIDTHS:
        raise InvalidArgument(f"invalid width {width!r}", hint="use 1, 2, 4 or 8 bytes")
    return width


def checked_offset(offset: int, size: int, limit: int) -> int:
    """The offset, if `size` bytes from there on lie within `limit`."""
    number = index(offset)
    if number < 0 or number + size > limit:
        raise OutOfRange(
            f"{size} bytes at {number:#x} do not lie within the size of {limit:#x}",
            hint=f"keep to offsets below {limit:#x}",
        )
    return number


def misaligned(offset: int, width: int) -> Misaligned:
    return Misaligned(
        f"offset {offset:#x} is not a multiple of the width, {width}",
        hint=f"use offset {offset - offset % width:#x}, or a smaller width",
    )

"""Mappings: a region in this process's memory. An access is one load or store.

>>> import openbar
>>> with openbar.open("sim:edu") as card:
...     registers = card.registers_of(0)          # mapped if possible, else by requests
...     hex(registers.read32(0x00))
'0x10000ed'
"""

from __future__ import annotations

import ctypes
from operator import index
from typing import Any, NoReturn

from . import _library as library
from . import _structures as c
from ._buffers import Bytes
from ._handle import Closable, Handle
from ._library import load8, load16, load32, store8, store16, store32, unsigned
from .access import RegisterAccess, checked_offset, misaligned
from .errors import InvalidArgument, Unsupported


class _Memory(Handle):
    """Mapped memory. Whoever makes an access holds it, so that it stays mapped until then."""

    def __init__(self, number: int, address: int, size: int) -> None:
        super().__init__(number)
        self.address = address
        self.size = size


class Mapping(RegisterAccess, Closable):
    """A mapped region, or part of it. Offsets are checked, and count from the mapping's start."""

    _kind = "mapping"
    _held: _Memory | None

    def __init__(self, handle: int, name: str) -> None:
        info = c.MappingInfo()
        library.call("mapping_get_info", handle, ctypes.byref(info))
        self._held = _Memory(handle, info.address, info.size)
        self._name = name
        self.size: int = info.size
        self.region_offset: int = info.region_offset
        """Where the mapping starts in the region."""
        self.memory_type = c.MEMORY_TYPES[info.memory_type]
        """As granted: "uncached", "write_combining", "cached" or "unknown"."""

    def close(self) -> None:
        """Unmaps it, once no thread is in an access."""
        self._held = None  # the last one who holds it closes it

    def read8(self, offset: int) -> int:
        memory = self._held
        if memory is None or not 0 <= offset < memory.size:
            self._refuse(offset, 1)
        return load8(memory.address + offset)  # type: ignore[no-any-return]

    def read16(self, offset: int) -> int:
        memory = self._held
        if memory is None or offset & 1 or not 0 <= offset <= memory.size - 2:
            self._refuse(offset, 2)
        return load16(memory.address + offset)  # type: ignore[no-any-return]

    def read32(self, offset: int) -> int:
        memory = self._held
        if memory is None or offset & 3 or not 0 <= offset <= memory.size - 4:
            self._refuse(offset, 4)
        return load32(memory.address + offset)  # type: ignore[no-any-return]

    def read64(self, offset: int) -> int:
        memory = self._held
        if memory is None or offset & 7 or not 0 <= offset <= memory.size - 8:
            self._refuse(offset, 8)
        return _wide("load64")(memory.address + offset)  # type: ignore[no-any-return]

    def write8(self, offset: int, value: int) -> None:
        memory = self._held
        if memory is None or not 0 <= offset < memory.size or not 0 <= value <= 0xFF:
            self._refuse(offset, 1, value)
        store8(memory.address + offset, value)

    def write16(self, offset: int, value: int) -> None:
        memory = self._held
        if (
            memory is None
            or offset & 1
            or not 0 <= offset <= memory.size - 2
            or not 0 <= value <= 0xFFFF
        ):
            self._refuse(offset, 2, value)
        store16(memory.address + offset, value)

    def write32(self, offset: int, value: int) -> None:
        memory = self._held
        if (
            memory is None
            or offset & 3
            or not 0 <= offset <= memory.size - 4
            or not 0 <= value <= 0xFFFFFFFF
        ):
            self._refuse(offset, 4, value)
        store32(memory.address + offset, value)

    def write64(self, offset: int, value: int) -> None:
        memory = self._held
        if (
            memory is None
            or offset & 7
            or not 0 <= offset <= memory.size - 8
            or not 0 <= value <= 0xFFFFFFFFFFFFFFFF
        ):
            self._refuse(offset, 8, value)
        _wide("store64")(memory.address + offset, value)

    def _read(self, offset: int, width: int) -> int:
        return _READ[width](self, offset)

    def _write(self, offset: int, width: int, value: int) -> None:
        _WRITE[width](self, offset, value)

    def read_into(self, offset: int, buffer: Any, width: int = 0) -> None:
        """Reads into a buffer. `width` 0: the widest legal accesses for its memory type."""
        self._copy("copy_from_device", offset, Bytes(buffer, writable=True), width)

    def write_block(self, offset: int, data: Any, width: int = 0) -> None:
        """Writes a buffer. `width` 0: the widest legal accesses for its memory type."""
        self._copy("copy_to_device", offset, Bytes(data, writable=False), width)

    def fill(self, offset: int, size: int, value: int, width: int = 0) -> None:
        """Writes one byte value to `size` bytes."""
        library.call(
            "fill",
            self._handle,
            unsigned(offset, 64, "the offset"),
            unsigned(size, 64, "the size"),
            unsigned(value, 8, "the value"),
            unsigned(width, 32, "the width"),
        )

    def _copy(self, name: str, offset: int, data: Bytes, width: int) -> None:
        library.call(
            name,
            self._handle,
            unsigned(offset, 64, "the offset"),
            data.address,
            data.size,
            unsigned(width, 32, "the width"),
        )

    def status(self) -> None:
        """Raises `Removed` after an access has found the device gone (vfio, vfio_user)."""
        library.call("mapping_status", self._handle)

    def _refuse(self, offset: int, width: int, value: int = 0) -> NoReturn:
        """Raises the error of an access that was not made."""
        assert self._handle  # or raises
        checked_offset(offset, width, self.size)
        if index(offset) % width:
            raise misaligned(offset, width)
        unsigned(value, 8 * width, "the value")
        raise InvalidArgument("the access is invalid")

    def __repr__(self) -> str:
        return f"<mapping of {self._name}, {self.size:#x} bytes>"


_READ = {1: Mapping.read8, 2: Mapping.read16, 4: Mapping.read32, 8: Mapping.read64}
_WRITE = {1: Mapping.write8, 2: Mapping.write16, 4: Mapping.write32, 8: Mapping.write64}


def _wide(name: str) -> Any:
    """A 64-bit load or store, which only a 64-bit processor has."""
    function = getattr(library, name, None)
    if function is None:
        raise Unsupported("this processor has no single access of 64 bits")
    return function

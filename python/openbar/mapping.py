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
from typing import Any, Callable

from . import _library as library
from . import _structures as c
from ._buffers import Bytes
from ._handle import Closable, Handle
from ._library import unsigned
from .access import RegisterAccess, checked_offset, misaligned
from .errors import Unsupported

Reader = Callable[[int], int]
Writer = Callable[[int, int], None]


class Memory(Handle):
    """Mapped memory. Every access function holds it, so that it stays mapped during an access."""

    def __init__(self, number: int, address: int, size: int) -> None:
        super().__init__(number)
        self.address = address
        self.size = size


def _check(memory: Memory, offset: int, width: int) -> int:
    """The address of an offset, or its error."""
    number = checked_offset(offset, width, memory.size)
    if number % width:
        raise misaligned(number, width)
    return memory.address + number


def reader(memory: Memory, width: int) -> Reader:
    """The function that reads `width` bytes of this memory.

    It is made for one mapping, because looking up the members of a mapping at each access would
    take as long as the access itself.
    """
    load: Any = getattr(library, f"load{8 * width}", None)
    address, last, low = memory.address, memory.size - width, width - 1

    def read(offset: int) -> int:
        if offset & low or not 0 <= offset <= last:
            _check(memory, offset, width)
        try:
            return load(address + offset)  # type: ignore[no-any-return]
        except ctypes.ArgumentError:  # an integer of another kind, such as numpy's
            return load(_check(memory, index(offset), width))  # type: ignore[no-any-return]

    if load is None:
        return _no_wide_access
    return read


def writer(memory: Memory, width: int) -> Writer:
    """The function that writes `width` bytes of this memory."""
    store: Any = getattr(library, f"store{8 * width}", None)
    address, last, low, most = memory.address, memory.size - width, width - 1, (1 << 8 * width) - 1

    def write(offset: int, value: int) -> None:
        if offset & low or not 0 <= offset <= last or not 0 <= value <= most:
            _check(memory, offset, width)
            unsigned(value, 8 * width, "the value")
        try:
            store(address + offset, value)
        except ctypes.ArgumentError:
            store(_check(memory, index(offset), width), index(value))

    if store is None:
        return _no_wide_access
    return write


def _no_wide_access(*_: Any) -> Any:
    raise Unsupported("this processor has no single access of 64 bits")


class Mapping(RegisterAccess, Closable):
    """A mapped region, or part of it. Offsets are checked, and count from the mapping's start."""

    _kind = "mapping"

    def __init__(self, handle: int, name: str) -> None:
        info = c.MappingInfo()
        library.call("mapping_get_info", handle, ctypes.byref(info))
        self._name = name
        self.region_offset: int = info.region_offset
        """Where the mapping starts in the region."""
        self.memory_type = c.word(c.MEMORY_TYPES, info.memory_type)
        """As granted: "uncached", "write_combining", "cached", "emulated" or "unknown"."""
        self._use(Memory(handle, info.address, info.size))

    def _use(self, memory: Memory) -> None:
        self._held = memory
        self.size: int = memory.size
        self._readers = {width: reader(memory, width) for width in (1, 2, 4, 8)}
        self._writers = {width: writer(memory, width) for width in (1, 2, 4, 8)}
        # In place of the methods, until it is closed.
        for width in (1, 2, 4, 8):
            self.__dict__[f"read{8 * width}"] = self._readers[width]
            self.__dict__[f"write{8 * width}"] = self._writers[width]

    def close(self) -> None:
        """Unmaps it, once no thread is in an access."""
        self._held = None  # the last function that holds the memory closes it
        for width in self._readers:
            self.__dict__.pop(f"read{8 * width}", None)
            self.__dict__.pop(f"write{8 * width}", None)
        self._readers, self._writers = {}, {}

    def _read(self, offset: int, width: int) -> int:
        assert self._handle  # or raises
        return self._readers[width](offset)

    def _write(self, offset: int, width: int, value: int) -> None:
        assert self._handle  # or raises
        self._writers[width](offset, value)

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

    def __repr__(self) -> str:
        return f"<mapping of {self._name}, {self.size:#x} bytes>"

"""Regions: BARs, the expansion ROM, the configuration space, by request access.

>>> import openbar
>>> with openbar.open("sim:edu") as card:
...     bar = card.bar[0]
...     print(bar.name, hex(bar.size), hex(bar.read32(0)))
...     print(bar.read_block(0, 8).hex())
bar0 0x100000 0x10000ed
ed00000100000000
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

from . import _library as library
from . import _structures as c
from ._buffers import Bytes
from ._library import text, unsigned
from ._opened import OpenedDevice
from .access import RegisterAccess
from .errors import Unsupported
from .mapping import Mapping


class Range(NamedTuple):
    """A part of a region, in bytes."""

    offset: int
    length: int


class Region(RegisterAccess):
    """One region. Each access is one request to the kernel or to the simulated card, and checked."""

    def __init__(self, opened: OpenedDevice, info: c.RegionInfo) -> None:
        self._opened = opened
        self.index: int = info.index
        self.name = text(info.name)
        """"bar0"…"bar5", "rom", "config"."""
        self.size: int = info.size
        self.kind = c.word(c.REGION_KINDS, info.kind)
        """"memory", "port_io" or "configuration"."""
        self.readable = bool(info.readable)
        self.writable = bool(info.writable)
        self.prefetchable = bool(info.prefetchable)
        self.is_64bit = bool(info.is_64bit)
        self.physical_address: int = info.physical_address
        """0 if it has none, or the back end does not report it."""
        self.not_mappable_because = text(info.not_mappable_because)
        self._mappable_count: int = info.mappable_count

    @property
    def mappable(self) -> list[Range]:
        """The parts that can be mapped."""
        parts = []
        for position in range(self._mappable_count):
            part = c.Range()
            library.call(
                "region_get_mappable", self._opened.handle, self.index, position, ctypes.byref(part)
            )
            parts.append(Range(part.offset, part.length))
        return parts

    def map(
        self,
        offset: int = 0,
        length: int = 0,
        *,
        memory_type: str = "uncached",
        read_only: bool = False,
    ) -> Mapping:
        """Maps the region, or part of it, for plain loads and stores (see `Device.map`)."""
        return self._opened.map(self.index, offset, length, memory_type, read_only)

    def _read(self, offset: int, width: int) -> int:
        value = ctypes.c_uint64()
        library.call(
            "read",
            self._opened.handle,
            self.index,
            unsigned(offset, 64, "the offset"),
            width,
            ctypes.byref(value),
        )
        return value.value

    def _write(self, offset: int, width: int, value: int) -> None:
        library.call(
            "write",
            self._opened.handle,
            self.index,
            unsigned(offset, 64, "the offset"),
            width,
            value,
        )

    def read_into(self, offset: int, buffer: Any, width: int = 4) -> None:
        data = Bytes(buffer, writable=True)
        self._block("read_block", offset, data, width)

    def write_block(self, offset: int, data: Any, width: int = 4) -> None:
        self._block("write_block", offset, Bytes(data, writable=False), width)

    def _block(self, name: str, offset: int, data: Bytes, width: int) -> None:
        library.call(
            name,
            self._opened.handle,
            self.index,
            unsigned(offset, 64, "the offset"),
            data.address,
            data.size,
            unsigned(width, 32, "the width"),
        )

    def __repr__(self) -> str:
        return f"<{self.name} of {self._opened.address}, {self.size:#x} bytes>"


class PciCapability(NamedTuple):
    """One entry of the capability list."""

    id: int
    offset: int
    """From the start of the configuration space."""
    extended: bool
    version: int
    name: str
    """"MSI-X"; "unknown" if openbar has no name for the id."""


class Configuration(Region):
    """The PCI configuration space, with its standard registers by name.

    >>> import openbar
    >>> with openbar.open("sim:edu") as card:
    ...     hex(card.config["vendor_id"])
    ...     [capability.name for capability in card.config.capabilities()]
    '0x1234'
    ['MSI']
    """

    def __getitem__(self, part: Any) -> Any:
        """A register by its name as setpci spells it, or a part by a slice."""
        if isinstance(part, str):
            offset, width = self._place(part)
            return self._read(offset, width)
        return super().__getitem__(part)

    def __setitem__(self, name: str, value: int) -> None:
        offset, width = self._place(name)
        self.write(offset, width, value)

    def _place(self, name: str) -> tuple[int, int]:
        offset, width = ctypes.c_uint32(), ctypes.c_uint32()
        library.call(
            "find_configuration_register",
            library.encoded(name, "the name"),
            ctypes.byref(offset),
            ctypes.byref(width),
        )
        return offset.value, width.value

    def capabilities(self) -> list[PciCapability]:
        """The capabilities in the order of the list, then the extended ones."""
        found: list[PciCapability] = []
        while True:
            info = c.PciCapability()
            code = library.code_of(
                "get_pci_capability", self._opened.handle, len(found), ctypes.byref(info)
            )
            if code != c.OK:
                error = library.last_error(code)
                if error.code == "not_found":
                    return found
                raise error
            found.append(
                PciCapability(
                    info.id, info.offset, bool(info.extended), info.version, text(info.name)
                )
            )


def registers_of(opened: OpenedDevice, region: int) -> RegisterAccess:
    """A whole region: mapped if possible, else by requests."""
    try:
        return opened.map(region, 0, 0, "uncached", False)
    except Unsupported:
        return Region(opened, opened.find(region))

"""An open device, as its regions and registers know it.

They refer to this and not to the `Device`, which refers to them: a device that nobody uses any more
thus closes at once, without the garbage collector.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import TypeVar

from . import _library as library
from . import _structures as c
from ._handle import Closable, Handle
from ._library import text, unsigned
from .errors import InvalidArgument, NotFound
from .mapping import Mapping

Made = TypeVar("Made", bound=Closable)


class OpenedDevice(Handle):
    """The handle of a device, the facts of its regions, and what was made from it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        info = c.DeviceInfo()
        library.call("device_get_info", number, ctypes.byref(info))
        self.info = info
        self.address = text(info.address)
        self.regions = [self._region(position) for position in range(info.region_count)]
        self.parts: weakref.WeakSet[Closable] = weakref.WeakSet()

    def _region(self, position: int) -> c.RegionInfo:
        info = c.RegionInfo()
        library.call("device_get_region", self.number, position, ctypes.byref(info))
        return info

    @property
    def handle(self) -> int:
        if not self.close.alive:
            raise InvalidArgument("the device is closed")
        return self.number

    def keep(self, part: Made) -> Made:
        """Closes the part with the device."""
        self.parts.add(part)
        return part

    def close_all(self) -> None:
        for part in list(self.parts):
            part.close()
        self.close()

    def find(self, which: int | str) -> c.RegionInfo:
        """The facts of a region, by its index or name."""
        for info in self.regions:
            if which in (info.index, text(info.name)):
                return info
        names = ", ".join(text(info.name) for info in self.regions)
        raise NotFound(f"the device has no region {which!r}", hint=f"it has {names}")

    def map(
        self, region: int, offset: int, length: int, memory_type: str, read_only: bool
    ) -> Mapping:
        if memory_type not in c.MEMORY_TYPES[:2]:
            raise InvalidArgument(
                f"{memory_type!r} is not a memory type to ask for",
                hint="use uncached or write_combining",
            )
        options = c.MapOptions(
            memory_type=c.MEMORY_TYPES.index(memory_type),
            offset=unsigned(offset, 64, "the offset"),
            length=unsigned(length, 64, "the length"),
            read_only=bool(read_only),
        )
        index = unsigned(region, 32, "the region")
        handle = library.made("map", self.handle, index, ctypes.byref(options))
        return self.keep(Mapping(handle, f"region {index} of {self.address}"))

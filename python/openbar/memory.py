"""Memory for the device: DMA buffers and pinned memory, without a copy.

>>> import openbar
>>> with openbar.open("sim:edu") as card:
...     buffer = card.allocate_dma(4096)
...     buffer.memory[0:5] = b"hello"               # a memoryview; numpy.frombuffer takes it, too
...     buffer.sync_for_device()                    # before the register that starts the device
...     bytes(buffer.memory[0:5]), buffer.size
(b'hello', 4096)

The memory stays allocated as long as a view of it exists, also after `close`.
"""

from __future__ import annotations

import ctypes
from operator import index
from typing import Any, NamedTuple

from . import _library as library
from . import _structures as c
from ._handle import Closable, Handle
from .access import checked_offset


class Segment(NamedTuple):
    """A run of bus addresses."""

    iova: int
    size: int


class DmaMemory(Closable):
    """The common part of DMA buffers and pinned memory."""

    _kind = "memory"

    def __init__(self, handle: int, kept: object = None) -> None:
        info = c.MemoryInfo()
        library.call("memory_get_info", handle, ctypes.byref(info))
        self._held = Handle(handle, kept)
        self.size: int = info.size
        """Bytes."""
        self.iova: int = info.iova
        """The bus address of the first byte."""
        self.segments = [_segment(handle, position) for position in range(info.segment_count)]
        """The bus addresses, in the order of the bytes."""
        self._address: int = info.address

    def iova_of(self, offset: int) -> int:
        """The bus address of one byte."""
        left = checked_offset(offset, 1, self.size)
        for segment in self.segments:
            if left < segment.size:
                return segment.iova + left
            left -= segment.size
        raise AssertionError("segments are as long as the memory")

    def sync_for_device(self) -> None:
        """Call it after writing the memory, before the access that makes the device read it."""
        library.sync_for_device()

    def sync_for_cpu(self) -> None:
        """Call it after the interrupt or read that reports the device's write, before reading."""
        library.sync_for_cpu()

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"<{self._kind} for a device, {self.size:#x} bytes at {self.iova:#x}>"


class DmaBuffer(DmaMemory):
    """Zeroed, locked memory from `Device.allocate_dma`."""

    _kind = "DMA buffer"

    def __init__(self, handle: int) -> None:
        super().__init__(handle)
        array: Any = (ctypes.c_uint8 * self.size).from_address(self._address)
        array._held = self._held  # every view of the array keeps the memory
        self._array: Any = array

    @property
    def memory(self) -> memoryview:
        """The memory itself, as bytes. `memory.cast("I")` and numpy see it without a copy."""
        assert self._handle  # or raises
        return memoryview(self._array).cast("B")

    def close(self) -> None:
        """Gives the memory back, once the last view of it has gone."""
        self._held = None
        self._array = None


class PinnedMemory(DmaMemory):
    """A buffer of the program's, which the device reaches until it is closed."""

    _kind = "pinned memory"

    def close(self) -> None:
        """Ends the device's access. The buffer can then be resized and freed."""
        super().close()


def _segment(handle: int, position: int) -> Segment:
    segment = c.Segment()
    library.call("memory_get_segment", handle, index(position), ctypes.byref(segment))
    return Segment(segment.iova, segment.size)

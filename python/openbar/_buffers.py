"""The address of a Python buffer, for calls of the library."""

from __future__ import annotations

import ctypes
from typing import Any


class Bytes:
    """A buffer's memory while this object lives: no copy if the buffer can be written."""

    address: int
    size: int

    def __init__(self, data: Any, *, writable: bool) -> None:
        try:
            view = memoryview(data)
        except TypeError:
            raise TypeError(
                f"a buffer is needed (bytes, bytearray, memoryview, an array), "
                f"not {type(data).__name__}"
            ) from None
        if not view.c_contiguous:
            raise ValueError("the buffer is not contiguous")
        if writable and view.readonly:
            raise TypeError("the buffer is read-only")
        self.size = view.nbytes
        if view.readonly or self.size == 0:
            self._kept: Any = ctypes.create_string_buffer(view.tobytes(), self.size + 1)
        else:
            self._kept = (ctypes.c_char * self.size).from_buffer(data)
        self.address = ctypes.addressof(self._kept)

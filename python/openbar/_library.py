"""Finds the shared library, declares its functions, and turns its codes into exceptions."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import POINTER, c_char_p, c_int32, c_size_t, c_ssize_t, c_uint8, c_uint16, c_uint32
from ctypes import c_uint64, c_void_p
from operator import index
from typing import Any, Callable

from . import _structures as c
from .errors import BY_CODE, Error, InvalidArgument, SystemFailure, Unsupported

_NAME = "openbar.dll" if sys.platform == "win32" else "libopenbar.so.0"


def _load(kind: Callable[[str], ctypes.CDLL]) -> ctypes.CDLL:
    name = os.environ.get("OPENBAR_LIBRARY", _NAME)
    try:
        return kind(name)
    except OSError as error:
        raise ImportError(
            f"openbar's shared library cannot be loaded: {error}\n"
            "  hint: install it (libopenbar0, or ./dev install), or set OPENBAR_LIBRARY to its path"
        ) from None


library = _load(ctypes.CDLL)

# Loads and stores hold the interpreter's lock: giving it up costs more than the access.
_accesses = _load(ctypes.PyDLL)


def _access(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    function = getattr(_accesses, name)
    function.restype = result
    function.argtypes = arguments
    return function  # type: ignore[no-any-return]


load8 = _access("openbar_load8", c_uint8, c_void_p)
load16 = _access("openbar_load16", c_uint16, c_void_p)
load32 = _access("openbar_load32", c_uint32, c_void_p)
store8 = _access("openbar_store8", None, c_void_p, c_uint8)
store16 = _access("openbar_store16", None, c_void_p, c_uint16)
store32 = _access("openbar_store32", None, c_void_p, c_uint32)
_sync_for_device = _access("openbar_sync_for_device", None)
_sync_for_cpu = _access("openbar_sync_for_cpu", None)
if ctypes.sizeof(c_void_p) == 8:
    load64 = _access("openbar_load64", c_uint64, c_void_p)
    store64 = _access("openbar_store64", None, c_void_p, c_uint64)

_h, _u32, _u64, _size = c_uint64, c_uint32, c_uint64, c_size_t
_pu32, _pu64 = POINTER(c_uint32), POINTER(c_uint64)

_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "close": (_h,),
    "open": (c_char_p, POINTER(c.OpenOptions), _pu64),
    "device_get_info": (_h, POINTER(c.DeviceInfo)),
    "device_get_capability": (_h, _u32, POINTER(c.Capability)),
    "set_bus_master": (_h, _u32),
    "reset": (_h,),
    "device_get_region": (_h, _u32, POINTER(c.RegionInfo)),
    "region_get_mappable": (_h, _u32, _u32, POINTER(c.Range)),
    "read": (_h, _u32, _u64, _u32, _pu64),
    "write": (_h, _u32, _u64, _u32, _u64),
    "read_block": (_h, _u32, _u64, c_void_p, _size, _u32),
    "write_block": (_h, _u32, _u64, c_void_p, _size, _u32),
    "map": (_h, _u32, POINTER(c.MapOptions), _pu64),
    "mapping_get_info": (_h, POINTER(c.MappingInfo)),
    "mapping_status": (_h,),
    "copy_to_device": (_h, _u64, c_void_p, _size, _u32),
    "copy_from_device": (_h, _u64, c_void_p, _size, _u32),
    "fill": (_h, _u64, _u64, c_uint8, _u32),
    "device_get_vectors": (_h, _u32, POINTER(c.VectorInfo)),
    "enable_vector": (_h, _u32, _u32, _pu64),
    "interrupt_get_info": (_h, POINTER(c.InterruptInfo)),
    "wait": (_h, _u64, _pu64),
    "cancel": (_h,),
    "mask": (_h,),
    "unmask": (_h,),
    "trigger": (_h,),
    "subscribe": (_h, _pu64),
    "next_event": (_h, _u64, _pu32),
    "trigger_event": (_h, _u32),
    "events_get_native_handle": (_h, POINTER(c_ssize_t)),
    "wait_any": (_pu64, _u32, _u64, POINTER(c.Ready), _pu32),
    "allocate_dma": (_h, _u64, POINTER(c.DmaOptions), _pu64),
    "pin": (_h, c_void_p, _size, POINTER(c.PinOptions), _pu64),
    "memory_get_info": (_h, POINTER(c.MemoryInfo)),
    "memory_get_segment": (_h, _u32, POINTER(c.Segment)),
    "get_pci_capability": (_h, _u32, POINTER(c.PciCapability)),
    "find_pci_capability": (_h, _u32, _u32, POINTER(c.PciCapability)),
    "find_configuration_register": (c_char_p, _pu32, _pu32),
    "list_functions": (_pu64, _pu32),
    "functions_get": (_h, _u32, POINTER(c.FunctionInfo)),
    "read_description": (c_char_p, _pu64),
    "find_description": (_h, _pu64),
    "description_get_info": (_h, POINTER(c.DescriptionInfo)),
    "description_get_register": (_h, _u32, POINTER(c.RegisterInfo)),
    "find_register": (_h, c_char_p, POINTER(c.RegisterInfo)),
    "register_get_field": (_h, _u32, _u32, POINTER(c.FieldInfo)),
    "field_get_value": (_h, _u32, _u32, _u32, POINTER(c.ValueInfo)),
}


def _function(name: str, arguments: tuple[Any, ...]) -> Any:
    try:
        function = getattr(library, "openbar_" + name)
    except AttributeError:

        def missing(*_: Any) -> int:
            raise Unsupported(
                f"the library, version {version()}, has no openbar_{name}",
                hint="install a newer one",
            )

        return missing
    function.argtypes = arguments
    function.restype = c_int32
    return function


_functions = {name: _function(name, arguments) for name, arguments in _ARGUMENTS.items()}
library.openbar_last_error.argtypes = (POINTER(c.ErrorWords),)
library.openbar_version.restype = c_char_p


def call(name: str, *arguments: Any) -> None:
    """Calls `openbar_NAME`. Raises the exception of its code."""
    code = _functions[name](*arguments)
    if code != c.OK:
        raise last_error(code)


def code_of(name: str, *arguments: Any) -> int:
    """Calls `openbar_NAME` and returns its code."""
    return _functions[name](*arguments)  # type: ignore[no-any-return]


def last_error(code: int) -> Error:
    words = c.ErrorWords()
    library.openbar_last_error(ctypes.byref(words))
    kind: type[Error] = BY_CODE[code - 1] if 0 < code <= len(BY_CODE) else SystemFailure
    return kind(
        text(words.cause),
        attempted=text(words.attempted),
        hint=text(words.hint),
        system_error=words.system_error,
    )


def made(name: str, *arguments: Any) -> int:
    """Calls `openbar_NAME`, whose last argument takes a new handle, and returns the handle."""
    handle = c_uint64()
    call(name, *arguments, ctypes.byref(handle))
    return handle.value


def close(handle: int) -> None:
    """Closes a handle. In a child of `fork` that is its parent's, and nothing happens."""
    code_of("close", handle)


def text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def encoded(value: str, what: str) -> bytes:
    """A string as the library takes it."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {type(value).__name__}")
    data = value.encode("utf-8", "surrogateescape")
    if b"\0" in data:
        raise ValueError(f"{what} contains a null character")
    return data


def nanoseconds(timeout: float | None) -> int:
    """A timeout in seconds as the library takes it. None: no limit; negative: do not wait."""
    if timeout is None:
        return c.NO_LIMIT
    if timeout != timeout:
        raise ValueError("the timeout is not a number")
    return int(max(0.0, min(timeout, 1.8e10)) * 1e9)  # 570 years at most


def unsigned(value: int, bits: int, what: str) -> int:
    """`value` as an integer of so many bits. ctypes would cut it off without a word."""
    number = index(value)
    if not 0 <= number < 1 << bits:
        raise InvalidArgument(f"{what} {number:#x} does not fit into {bits} bits")
    return number


def sync_for_device() -> None:
    """After writing memory, and before the access that makes the device read it."""
    _sync_for_device()


def sync_for_cpu() -> None:
    """After the interrupt or read that reports the device's write, and before reading memory."""
    _sync_for_cpu()


def version() -> str:
    """The version of the library: "0.2.0"."""
    return text(library.openbar_version())

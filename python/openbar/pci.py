"""The PCI functions of this machine, without opening them.

>>> import openbar
>>> for function in openbar.list_functions():       # doctest: +SKIP
...     print(function.address, function.kernel_driver)
0000:00:1f.2 ahci
"""

from __future__ import annotations

import ctypes
from typing import NamedTuple

from . import _library as library
from . import _structures as c
from ._handle import Handle
from ._library import text


class PciFunction(NamedTuple):
    """One PCI function."""

    address: str
    vendor_id: int
    device_id: int
    subsystem_vendor_id: int
    subsystem_id: int
    class_code: int
    revision: int
    kernel_driver: str
    driver_override: str
    iommu_group: int | None
    enabled: bool
    power_state: str


def list_functions() -> list[PciFunction]:
    """All PCI functions, by rising address. Needs no privilege."""
    handle, count = ctypes.c_uint64(), ctypes.c_uint32()
    library.call("list_functions", ctypes.byref(handle), ctypes.byref(count))
    held = Handle(handle.value)
    try:
        return [_function(handle.value, position) for position in range(count.value)]
    finally:
        held.close()


def _function(handle: int, position: int) -> PciFunction:
    info = c.FunctionInfo()
    library.call("functions_get", handle, position, ctypes.byref(info))
    return PciFunction(
        text(info.address),
        info.vendor_id,
        info.device_id,
        info.subsystem_vendor_id,
        info.subsystem_id,
        info.class_code,
        info.revision,
        text(info.kernel_driver),
        text(info.driver_override),
        info.iommu_group if info.iommu_group >= 0 else None,
        bool(info.enabled),
        text(info.power_state),
    )

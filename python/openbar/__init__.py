"""Your card's registers, in Python: PCI cards and simulated cards, by openbar's C library.

>>> import openbar
>>> with openbar.open("sim:edu") as card:           # or "0000:03:00.0"
...     hex(card.bar[0].read32(0x00))               # exactly one 32-bit read
...     card.status.modify(interrupt_when_done=1)   # registers by name
'0x10000ed'

docs/python.md is the tutorial. Each module begins with an example: `device`, `access`, `region`,
`mapping`, `registers`, `interrupt`, `memory`, `errors`.
"""

from ._library import sync_for_cpu, sync_for_device, version
from .access import Part, RegisterAccess
from .device import Capability, Device, VectorInfo, open
from .errors import (
    Ambiguous,
    Busy,
    Cancelled,
    Disabled,
    Error,
    InvalidArgument,
    Misaligned,
    NotFound,
    OutOfRange,
    PermissionDenied,
    ProtocolError,
    Removed,
    ResourceExhausted,
    SystemFailure,
    TimedOut,
    Unsupported,
)
from .interrupt import Events, Interrupt, Ready, wait_any
from .mapping import Mapping
from .memory import DmaBuffer, DmaMemory, PinnedMemory, Segment
from .pci import PciFunction, list_functions
from .region import Configuration, PciCapability, Range, Region
from .register import Field, Register, Value
from .registers import Block, Registers

__version__ = version()

__all__ = [
    "Ambiguous",
    "Block",
    "Busy",
    "Cancelled",
    "Capability",
    "Configuration",
    "Device",
    "Disabled",
    "DmaBuffer",
    "DmaMemory",
    "Error",
    "Events",
    "Field",
    "Interrupt",
    "InvalidArgument",
    "Mapping",
    "Misaligned",
    "NotFound",
    "OutOfRange",
    "Part",
    "PciCapability",
    "PciFunction",
    "PermissionDenied",
    "PinnedMemory",
    "ProtocolError",
    "Range",
    "Ready",
    "Region",
    "Register",
    "RegisterAccess",
    "Registers",
    "Removed",
    "ResourceExhausted",
    "Segment",
    "SystemFailure",
    "TimedOut",
    "Unsupported",
    "Value",
    "VectorInfo",
    "list_functions",
    "open",
    "sync_for_cpu",
    "sync_for_device",
    "version",
    "wait_any",
]

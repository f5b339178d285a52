"""Devices: one PCI function, platform peripheral or simulated card, opened for this process.

>>> import openbar
>>> with openbar.open("sim:edu") as card:           # or "0000:03:00.0", "pci:1234:11e8", …
...     print(card.address, hex(card.vendor_id))
...     print(card.regions[0])
sim:edu 0x1234
<bar0 of sim:edu, 0x100000 bytes>
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any, Iterator, NamedTuple

from . import _library as library
from . import _structures as c
from ._buffers import Bytes
from ._handle import Closable
from ._library import encoded, text, unsigned
from ._opened import OpenedDevice
from .access import RegisterAccess
from .errors import Error, InvalidArgument, NotFound
from .interrupt import Events, Interrupt
from .mapping import Mapping
from .memory import DmaBuffer, PinnedMemory
from .region import Configuration, Region, registers_of
from .registers import Registers


class Capability(NamedTuple):
    """Whether the back end offers something for this device, and if not, why and how to get it."""

    offered: bool
    why_not: str
    hint: str

    def __bool__(self) -> bool:
        return self.offered


@dataclass(frozen=True)
class VectorInfo:
    """The vectors of one kind that a device has."""

    kind: str
    """"intx", "msi" or "msix"."""
    count: int
    maskable: bool


class Bars:
    """The BARs of a device, by number: `card.bar[0]`."""

    def __init__(self, regions: list[Region]) -> None:
        self._bars = {region.index: region for region in regions if region.index < c.ROM_REGION}

    def __getitem__(self, number: int) -> Region:
        try:
            return self._bars[number]
        except (KeyError, TypeError):
            names = ", ".join(bar.name for bar in self) or "none"
            raise NotFound(f"the device has no BAR {number!r}", hint=f"it has {names}") from None

    def __iter__(self) -> Iterator[Region]:
        return iter(self._bars.values())

    def __len__(self) -> int:
        return len(self._bars)


class Device(Closable):
    """An open device. `close`, or the end of `with`, closes everything that came from it."""

    _kind = "device"

    def __init__(self, handle: int) -> None:
        opened = OpenedDevice(handle)
        info = opened.info
        self._held: OpenedDevice | None = opened
        self._registers: Registers | None = None
        self.address = opened.address
        """The canonical address: "0000:00:04.0", "sim:edu"."""
        self.backend = text(info.backend)
        """"vfio", "uio", "sysfs", "devmem", "windows", "vfio_user" or "sim"."""
        self.pci_address = text(info.pci_address)
        self.kernel_driver = text(info.kernel_driver)
        self.is_pci = bool(info.is_pci)
        self.vendor_id: int = info.vendor_id
        self.device_id: int = info.device_id
        self.subsystem_vendor_id: int = info.subsystem_vendor_id
        self.subsystem_id: int = info.subsystem_id
        self.class_code: int = info.class_code
        self.revision: int = info.revision
        self.iommu_group: int | None = info.iommu_group if info.iommu_group >= 0 else None
        self.regions = [
            (Configuration if region.kind == 2 else Region)(opened, region)
            for region in opened.regions
        ]
        """All regions, by rising index."""
        self.bar = Bars(self.regions)
        self.vectors = [self._vectors(position) for position in range(info.vector_kind_count)]
        """The kinds of interrupts, the best first."""

    @property
    def _opened(self) -> OpenedDevice:
        if self._held is None:
            raise InvalidArgument("the device is closed")
        return self._held

    def _vectors(self, position: int) -> VectorInfo:
        info = c.VectorInfo()
        library.call("device_get_vectors", self._handle, position, ctypes.byref(info))
        return VectorInfo(c.word(c.INTERRUPT_KINDS, info.kind), info.count, bool(info.maskable))

    def region(self, which: int | str) -> Region:
        """A region by its index or name: 0, "bar0", "config"."""
        index = self._opened.find(which).index
        return next(region for region in self.regions if region.index == index)

    @property
    def config(self) -> Configuration:
        """The PCI configuration space."""
        region = self.region("config")
        assert isinstance(region, Configuration)
        return region

    def capability(self, name: str) -> Capability:
        """Whether the back end offers "mapping", "interrupts", "dma", "reset", … here."""
        if name not in c.CAPABILITIES:
            raise InvalidArgument(
                f"there is no capability {name!r}", hint="use " + ", ".join(c.CAPABILITIES)
            )
        info = c.Capability()
        library.call(
            "device_get_capability", self._handle, c.CAPABILITIES.index(name), ctypes.byref(info)
        )
        return Capability(bool(info.offered), text(info.why_not), text(info.hint))

    def map(
        self,
        region: int,
        offset: int = 0,
        length: int = 0,
        *,
        memory_type: str = "uncached",
        read_only: bool = False,
    ) -> Mapping:
        """Maps a region, or part of it, for plain loads and stores. `length` 0: to its end."""
        return self._opened.map(region, offset, length, memory_type, read_only)

    def registers_of(self, region: int) -> RegisterAccess:
        """The whole region: mapped if possible, else by requests."""
        return registers_of(self._opened, region)

    def vector(self, index: int = 0, kind: str | None = None) -> Interrupt:
        """Enables a vector of a kind ("intx", "msi", "msix"), or of the best one there is."""
        if kind is not None and kind not in c.INTERRUPT_KINDS:
            raise InvalidArgument(
                f"there is no interrupt kind {kind!r}", hint="use intx, msi or msix"
            )
        number = c.BEST_KIND if kind is None else c.INTERRUPT_KINDS.index(kind)
        handle = library.made(
            "enable_vector", self._handle, number, unsigned(index, 32, "the vector")
        )
        return self._opened.keep(Interrupt(handle))

    def events(self) -> Events:
        """Subscribes to events of the whole device: removal, reset, an error that it reports."""
        return self._opened.keep(Events(library.made("subscribe", self._handle)))

    def allocate_dma(
        self,
        size: int,
        *,
        alignment: int = 0,
        highest_address: int = 0,
        scattered: bool = False,
    ) -> DmaBuffer:
        """Allocates zeroed, locked memory for the device.

        `alignment` is that of the first bus address (0: a page), `highest_address` the highest
        that the device reaches (0: no limit). `scattered` allows several segments.
        """
        options = c.DmaOptions(
            scattered=bool(scattered),
            alignment=unsigned(alignment, 64, "the alignment"),
            highest_address=unsigned(highest_address, 64, "the highest address"),
        )
        handle = library.made(
            "allocate_dma", self._handle, unsigned(size, 64, "the size"), ctypes.byref(options)
        )
        return self._opened.keep(DmaBuffer(handle))

    def pin(
        self, buffer: Any, *, access: str = "read_write", highest_address: int = 0
    ) -> PinnedMemory:
        """Gives the device access to a buffer of the program's, until the result is closed.

        The buffer (a bytearray, numpy array, mmap, …) must be writable. `access` is what the
        device may do: "read", "write" or "read_write".
        """
        if access not in c.DEVICE_ACCESSES[1:]:
            raise InvalidArgument(f"invalid access {access!r}", hint="use read, write or read_write")
        data = Bytes(buffer, writable=True)
        options = c.PinOptions(
            access=c.DEVICE_ACCESSES.index(access),
            highest_address=unsigned(highest_address, 64, "the highest address"),
        )
        handle = library.made(
            "pin", self._handle, data.address, data.size, ctypes.byref(options)
        )
        return self._opened.keep(PinnedMemory(handle, data))

    def set_bus_master(self, enabled: bool) -> None:
        """Turns bus mastering (DMA, MSI, MSI-X) on or off."""
        library.call("set_bus_master", self._handle, bool(enabled))

    def reset(self) -> None:
        """Resets the function and returns when it answers again."""
        library.call("reset", self._handle)

    def describe(self, file: str | PathLike[str], region: int | str | None = None) -> None:
        """Names the registers from a file: CMSIS-SVD, LiteX, IP-XACT, SystemRDL, or a card file.

        `region` is for files that do not name it. Without one, it is the device's only BAR.
        """
        name = encoded(fspath(file), "the name of the file")
        default = None if region is None else self.region(region).index
        self._registers = Registers(self._opened, library.made("read_description", name), default)

    @property
    def registers(self) -> Registers:
        """The device's registers by name, from `describe` or from a card file for its ids."""
        if self._registers is None:
            self._registers = Registers(self._opened, library.made("find_description", self._handle), None)
        return self._registers

    def __getattr__(self, name: str) -> Any:
        """A register or block by name: `card.status`. Names of methods come first."""
        if name.startswith("_") or self.closed:
            raise AttributeError(f"{type(self).__name__!s} has no attribute {name!r}")
        try:
            registers = self.registers
        except Error as error:
            raise AttributeError(
                f"{self.address} has no attribute {name!r}, and no registers by name: {error}"
            ) from None
        return getattr(registers, name)

    def __dir__(self) -> list[str]:
        names = list(super().__dir__())
        try:
            return names + dir(self.registers)
        except Error:
            return names

    def close(self) -> None:
        """Closes the device and all mappings, vectors and buffers that came from it."""
        opened, self._held = self._held, None
        if opened is not None:
            opened.close_all()

    def __repr__(self) -> str:
        state = ", closed" if self.closed else ""
        return f"<openbar device {self.address} by {self.backend}{state}>"


def open(
    address: str, *, shared: bool = False, description: str | PathLike[str] | None = None
) -> Device:
    """Opens a device by its address.

    "0000:03:00.0", "vfio:03:00.0", "pci:1234:11e8", "vfio-user:/run/card.sock", "sim:edu", …
    `shared` opens a device that another program has open, to inspect it. `description` is a file
    that names its registers (see `Device.describe`).
    """
    options = c.OpenOptions(shared=bool(shared))
    device = Device(library.made("open", encoded(address, "the address"), ctypes.byref(options)))
    if description is not None:
        try:
            device.describe(description)
        except BaseException:
            device.close()
            raise
    return device

"""Registers and fields by name, where a description of the card is known.

>>> import openbar
>>> with openbar.open("sim:edu") as card:
...     card.liveness.write(0x12345678)             # one write
...     hex(card.liveness.read())                   # one read
...     card.status.modify(interrupt_when_done=1)   # one read, one write
...     card.status.interrupt_when_done             # one read
...     card.status.read()
'0xedcba987'
1
<STATUS 0x80: COMPUTING=0 (DONE), INTERRUPT_WHEN_DONE=1 (ON)>

Names may be written in lower case. `card.registers["UART0.RX[3].CTRL"]` takes any name of the
file, and `card.registers.reset` reaches a register that is called like a method of the device.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any, Dict, Iterator, Union

from . import _library as library
from . import _structures as c
from ._handle import Closable
from ._library import encoded, text
from ._opened import OpenedDevice
from .errors import Ambiguous, NotFound
from .register import Names, Register, attribute_name, similar_names

Key = Union[str, int]
Children = Dict[Key, Any]  # of a block: its position, or what is inside


class Block:
    """Registers and blocks by name, or by index if it is an array."""

    def __init__(self, registers: Registers, name: str, children: Children) -> None:
        self._registers = registers
        self._name = name
        self._children = children

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        key = attribute_name(name)
        if key not in self._children:
            names = [str(child) for child in self._children]
            raise AttributeError(f"{self._name} has no register {name!r}{similar_names(key, names)}")
        return self._child(key)

    def __getitem__(self, index: int) -> Any:
        if index not in self._children:
            raise OutOfBlock(f"{self._name} has no element {index!r}")
        return self._child(index)

    def _child(self, key: Key) -> Any:
        child = self._children[key]
        if isinstance(child, dict):
            name = f"{self._name}[{key}]" if isinstance(key, int) else f"{self._name}.{key}"
            return Block(self._registers, name, child)
        if child is None:
            raise Ambiguous(
                f"several regions have {key!r}", hint="put the region's name in front: bar0"
            )
        return self._registers._at(child)

    def __iter__(self) -> Iterator[Any]:
        return (self._child(key) for key in self._children)

    def __len__(self) -> int:
        return len(self._children)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(key for key in self._children if isinstance(key, str))]

    def __repr__(self) -> str:
        return f"<block {self._name} of {len(self)}>"


class OutOfBlock(NotFound, IndexError):
    """An array of registers has no such element."""


class Registers(Closable):
    """All registers of a device, by name."""

    _kind = "description"

    def __init__(self, opened: OpenedDevice, handle: int, region: int | None) -> None:
        info = c.DescriptionInfo()
        library.call("description_get_info", handle, ctypes.byref(info))
        self._held: Names | None = Names(handle, opened, region)
        self._address = opened.address
        self._name = text(info.name) or opened.address
        self._children: Children = {}
        self._made: dict[int, Register] = {}
        for position in range(info.register_count):
            self._add(position)

    def _add(self, position: int) -> None:
        info = c.RegisterInfo()
        library.call("description_get_register", self._handle, position, ctypes.byref(info))
        region, path = text(info.region), list(_keys(text(info.name)))
        _insert(self._children, path, position)
        if region:
            _insert(self._children, [attribute_name(region), *path], position)

    @property
    def _names(self) -> Names:
        assert self._handle  # or raises
        assert self._held
        return self._held

    @property
    def _root(self) -> Block:
        return Block(self, self._name, self._children)

    def _at(self, position: int) -> Register:
        if position not in self._made:
            self._made[position] = Register(self._names, position)
        return self._made[position]

    def __getitem__(self, name: str) -> Register:
        """A register by its name in the file. First parts may be omitted if one matches."""
        info = c.RegisterInfo()
        library.call(
            "find_register", self._handle, encoded(name, "the name"), ctypes.byref(info)
        )
        return self._at(info.position)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._root, name)

    def __dir__(self) -> list[str]:
        return dir(self._root)

    def __repr__(self) -> str:
        return f"<registers of {self._address}>"


def _keys(name: str) -> Iterator[Key]:
    """"UART0.RX[3].CTRL": "uart0", "rx", 3, "ctrl"."""
    for part in name.split("."):
        indices = re.findall(r"\[(\d+)\]", part)
        yield attribute_name(re.sub(r"\[\d+\]", "", part))
        for index in indices:
            yield int(index)


def _insert(children: Children, path: list[Key], position: int) -> None:
    for key in path[:-1]:
        inner = children.setdefault(key, {})
        if not isinstance(inner, dict):
            return  # a register has the name of a block; it is reached by its whole name
        children = inner
    if path[-1] in children and children[path[-1]] != position:
        children[path[-1]] = None
    else:
        children[path[-1]] = position

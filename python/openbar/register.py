"""One register by name: reads, writes and its fields.

>>> import openbar
>>> with openbar.open("sim:edu") as card:
...     card.factorial.write(10)                    # one write
...     card.status.wait_until(timeout=1.0, computing=0).interrupt_when_done
...     int(card.factorial.read())                  # one read
0
3628800
"""

from __future__ import annotations

import ctypes
import difflib
import re
import time
from typing import Any

from . import _library as library
from . import _structures as c
from ._handle import Handle
from ._library import text, unsigned
from ._opened import OpenedDevice
from .access import RegisterAccess
from .errors import InvalidArgument, TimedOut, Unsupported
from .region import registers_of


def attribute_name(name: str) -> str:
    """A name of a file as an attribute: lower case, with underscores for other characters."""
    return re.sub(r"\W", "_", name.lower())


class Names(Handle):
    """A description of an open device, and the way to its regions."""

    def __init__(self, number: int, opened: OpenedDevice, region: int | None) -> None:
        super().__init__(number)
        self.opened = opened
        self._default = region
        self._accesses: dict[int, RegisterAccess] = {}

    def region_of(self, info: c.RegisterInfo) -> int:
        if info.region:
            return int(self.opened.find(text(info.region)).index)
        if self._default is not None:
            return self._default
        bars = [region for region in self.opened.regions if region.index < c.ROM_REGION]
        if len(bars) == 1:
            return int(bars[0].index)
        raise InvalidArgument(
            "the description does not name the region of its registers",
            hint='name it: describe(file, region="bar0")',
        )

    def access(self, region: int) -> RegisterAccess:
        if region not in self._accesses:
            self._accesses[region] = registers_of(self.opened, region)
        return self._accesses[region]


class Field:
    """A described field of a register."""

    def __init__(self, info: c.FieldInfo, values: list[c.ValueInfo]) -> None:
        self.name = text(info.name)
        self.about = text(info.about)
        self.low: int = info.low
        self.width: int = info.width
        self.access = c.word(c.ACCESSES, info.access)
        self.write_effect = c.word(c.WRITE_EFFECTS, info.write_effect)
        self.values = {
            text(value.name): int(value.value) for value in values if not value.is_default
        }
        """The named values."""

    @property
    def mask(self) -> int:
        """Its bits in the register."""
        return ((1 << self.width) - 1) << self.low

    def of(self, value: int) -> int:
        """The field's value in a value of the register."""
        return (value & self.mask) >> self.low

    def number(self, value: int | str) -> int:
        """A value to write, by number or by name."""
        if isinstance(value, str):
            for name, number in self.values.items():
                if value.lower() == name.lower():
                    return number
            known = ", ".join(self.values) or "none"
            raise InvalidArgument(f"{self.name} has no value {value!r}", hint=f"it has {known}")
        return unsigned(value, self.width, f"the value of {self.name},")

    def words(self, value: int) -> str:
        number = self.of(value)
        for name, known in self.values.items():
            if known == number:
                return f"{self.name}={number} ({name})"
        return f"{self.name}={number:#x}" if number > 9 else f"{self.name}={number}"


class Value(int):
    """A value of a register: an int, with its fields as attributes."""

    _register: Register

    def __new__(cls, value: int, register: Register) -> Value:
        self = super().__new__(cls, value)
        self._register = register
        return self

    def __getattr__(self, name: str) -> int:
        return self._register.field(name).of(self)

    def __repr__(self) -> str:
        fields = ", ".join(field.words(self) for field in self._register.fields)
        return f"<{self._register.name} {int(self):#x}{': ' if fields else ''}{fields}>"


class Register:
    """One register. `read` is one read, `write` one write, `modify` one of each."""

    def __init__(self, names: Names, position: int) -> None:
        info = c.RegisterInfo()
        description = names.number
        library.call(
            "description_get_register", description, position, ctypes.byref(info)
        )
        self.name = text(info.name)
        self.about = text(info.about)
        self.offset: int = info.offset
        """In bytes, from the region's start."""
        self.width: int = info.width
        """Bits."""
        self.access = c.word(c.ACCESSES, info.access)
        """"read_only", "read_write", …"""
        self.reset_value = int(info.reset & info.reset_mask)
        self.fields = [
            _field(description, position, number) for number in range(info.field_count)
        ]
        self._info = info
        self._names = names
        self._region = names.region_of(info)

    def read(self) -> Value:
        """One read."""
        if self.access in ("none", "write_only", "write_once"):
            raise Unsupported(f"{self.name} is write-only")
        return Value(self._load(), self)

    def write(self, value: int | None = None, **fields: int | str) -> None:
        """One write: of a value, or of fields. Fields that are not named have their reset values."""
        self._check_writable()
        if value is None:
            if not fields:
                raise TypeError("write() needs a value, or fields")
            value = self._without_effect(self.reset_value, fields)
        elif fields:
            raise TypeError("write() takes a value or fields, not both")
        else:
            unsigned(value, self.width, f"the value of {self.name},")
        self._store(self._with(value, fields))

    def modify(self, **fields: int | str) -> None:
        """One read and one write: the fields change, the others keep their values.

        Fields that a written bit clears or sets are not touched unless they are named.
        """
        if not fields:
            raise TypeError("modify() needs fields")
        self._check_writable()
        if self._info.reading_has_effects:
            raise Unsupported(f"reading {self.name} has effects", hint="use write")
        value = self._without_effect(int(self.read()), fields)
        self._store(self._with(value, fields))

    def wait_until(self, timeout: float, **fields: int | str) -> Value:
        """Reads until all fields have these values. Raises `TimedOut`."""
        library.nanoseconds(timeout)
        wanted = [
            (field, field.number(value))
            for field, value in ((self.field(name), value) for name, value in fields.items())
        ]
        end = time.monotonic() + timeout
        while True:
            late = time.monotonic() >= end  # before the last read, so that it is not too early
            value = self.read()
            if all(field.of(value) == number for field, number in wanted):
                return value
            if late:
                raise TimedOut(f"it reads {value!r}", attempted=f"wait for {self.name}")

    def field(self, name: str) -> Field:
        """A field by its name, in upper or lower case."""
        for field in self.fields:
            if name in (field.name, attribute_name(field.name)):
                return field
        raise AttributeError(
            f"{self.name} has no field {name!r}{similar_names(name, [f.name for f in self.fields])}"
        )

    def __getattr__(self, name: str) -> int:
        """A field: one read of the register."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.field(name).of(self.read())

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or "_region" not in self.__dict__:
            return super().__setattr__(name, value)
        raise AttributeError(
            f"{self.name}.{name} is not assigned to\n"
            f"  hint: use modify({name}=…), a read and a write, or write({name}=…), one write"
        )

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(attribute_name(field.name) for field in self.fields)]

    def _check_writable(self) -> None:
        if self.access in ("none", "read_only"):
            raise Unsupported(f"{self.name} is read-only")

    def _with(self, value: int, fields: dict[str, int | str]) -> int:
        for name, wanted in fields.items():
            field = self.field(name)
            if field.access in ("none", "read_only"):
                raise Unsupported(f"{self.name}.{field.name} is read-only")
            value = value & ~field.mask | field.number(wanted) << field.low
        return value

    def _without_effect(self, value: int, named: dict[str, int | str]) -> int:
        """The value, with bits that change nothing in fields that writes have effects on."""
        described = 0
        for field in self.fields:
            described |= field.mask
            if not any(name in (field.name, attribute_name(field.name)) for name in named):
                value = _neutral(value, field.mask, field.write_effect, f"{self.name}.{field.name}")
        rest = ((1 << self.width) - 1) & ~described
        return _neutral(value, rest, c.word(c.WRITE_EFFECTS, self._info.write_effect), self.name)

    def _words(self) -> tuple[int, int, RegisterAccess]:
        """How many accesses it takes, their bytes, and by what they are made."""
        bits = min(self.width, self._info.access_width)
        if bits not in (8, 16, 32, 64) or self.width % bits:
            raise Unsupported(
                f"{self.name} has {self.width} bits, in accesses of {bits}",
                hint="read it by its offset",
            )
        return self.width // bits, bits // 8, self._names.access(self._region)

    def _load(self) -> int:
        count, width, access = self._words()
        words = [
            access._read(self.offset + number * self._info.word_stride, width)
            for number in range(count)
        ]
        return self._join(words, width)

    def _store(self, value: int) -> None:
        count, width, access = self._words()
        for number, word in enumerate(self._split(value, count, width)):
            access._write(self.offset + number * self._info.word_stride, width, word)

    def _join(self, words: list[int], width: int) -> int:
        if self._info.byte_order:  # the most significant comes first
            if len(words) == 1:
                return int.from_bytes(words[0].to_bytes(width, "little"), "big")
            words = words[::-1]
        return sum(word << 8 * width * number for number, word in enumerate(words))

    def _split(self, value: int, count: int, width: int) -> list[int]:
        if self._info.byte_order and count == 1:
            return [int.from_bytes(value.to_bytes(width, "little"), "big")]
        mask = (1 << 8 * width) - 1
        words = [value >> 8 * width * number & mask for number in range(count)]
        return words[::-1] if self._info.byte_order else words

    def __repr__(self) -> str:
        return f"<register {self.name} at {self.offset:#x}, {self.width} bits>"


def _field(description: int, register: int, position: int) -> Field:
    info = c.FieldInfo()
    library.call("register_get_field", description, register, position, ctypes.byref(info))
    values = []
    for number in range(info.value_count):
        value = c.ValueInfo()
        library.call(
            "field_get_value", description, register, position, number, ctypes.byref(value)
        )
        values.append(value)
    return Field(info, values)


def _neutral(value: int, mask: int, effect: str, name: str) -> int:
    if effect == "none" or not mask:
        return value
    if effect.startswith("one_to"):
        return value & ~mask
    if effect.startswith("zero_to"):
        return value | mask
    raise Unsupported(f"any write changes {name}", hint="name it, or use write with a value")


def similar_names(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name.lower(), [one.lower() for one in names], 3)
    return f"\n  hint: did you mean {', '.join(close)}?" if close else ""

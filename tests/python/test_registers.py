"""Registers by name: arrays, blocks, enumerations, effects of writes, and wide registers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openbar
import pytest

SVD = """<device schemaVersion="1.3"><name>board</name><peripherals><peripheral><name>P</name>
<baseAddress>0</baseAddress><registers>{}</registers></peripheral></peripherals></device>"""


def register(name: str, offset: int, more: str = "", size: int = 32) -> str:
    return (
        f"<register>{more if more.startswith('<dim>') else ''}<name>{name}</name>"
        f"<addressOffset>{offset}</addressOffset><size>{size}</size>"
        f"{'' if more.startswith('<dim>') else more}</register>"
    )


def field(name: str, bits: str, more: str = "") -> str:
    return f"<field><name>{name}</name><bitRange>[{bits}]</bitRange>{more}</field>"


FILE = SVD.format(
    register("LIVE", 4)
    + register("COUNT", 0x90, size=64)
    + register("RX[%s]", 0x80, "<dim>2</dim><dimIncrement>8</dimIncrement>")
    + register(
        "EVENTS",
        0x84,
        "<fields>"
        + field("MODE", "1:0")
        + field("OVERRUN", "8:8", "<modifiedWriteValues>oneToClear</modifiedWriteValues>")
        + field("IDLE", "9:9", "<modifiedWriteValues>zeroToClear</modifiedWriteValues>")
        + "</fields>",
    )
)


class Memory(openbar.RegisterAccess):
    """A region whose words hold what was written to them, and note every access."""

    def __init__(self) -> None:
        self.size = 0x1000
        self.words: dict[int, int] = {}
        self.seen: list[tuple[str, int, int, int]] = []

    def _read(self, offset: int, width: int) -> int:
        value = self.words.get(offset, 0)
        self.seen.append(("read", offset, width, value))
        return value

    def _write(self, offset: int, width: int, value: int) -> None:
        self.seen.append(("write", offset, width, value))
        self.words[offset] = value


@pytest.fixture
def memory(card: openbar.Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Memory:
    file = tmp_path / "board.svd"
    file.write_text(FILE)
    card.describe(file)
    memory = Memory()
    monkeypatch.setattr(card.registers._names, "access", lambda region: memory)
    return memory


def test_arrays_are_indexed(card: Any, memory: Memory) -> None:
    names = dir(card)
    assert "p" in names
    card.p.rx[1].write(5)
    assert memory.seen == [("write", 0x88, 4, 5)]
    assert card.registers["P.RX[1]"] is card.p.rx[1]
    assert [element.offset for element in card.p.rx] == [0x80, 0x88]
    with pytest.raises(IndexError):
        card.p.rx[2]


def test_modify_leaves_events_alone(card: Any, memory: Memory) -> None:
    memory.words[0x84] = 0x103  # OVERRUN is set
    card.p.events.modify(mode=2)
    assert memory.seen == [("read", 0x84, 4, 0x103), ("write", 0x84, 4, 0x202)]
    memory.seen.clear()
    card.p.events.modify(overrun=1)
    assert memory.seen[-1] == ("write", 0x84, 4, 0x302)


def test_write_starts_from_the_reset_value(card: Any, memory: Memory) -> None:
    card.p.events.write(mode=1)
    assert memory.seen == [("write", 0x84, 4, 0x201)]  # a 1 in IDLE clears nothing


def test_a_wide_register_is_one_access_where_it_can_be(card: Any, memory: Memory) -> None:
    card.p.count.write(0x1122334455667788)
    assert memory.seen == [("write", 0x90, 8, 0x1122334455667788)]


def test_wrong_names_suggest_right_ones(card: Any) -> None:
    with pytest.raises(AttributeError, match="status"):
        card.registers.statuz
    with pytest.raises(AttributeError, match="computing"):
        card.status.computin
    with pytest.raises(AttributeError, match="modify"):
        card.status.computing = 1
    with pytest.raises(openbar.NotFound, match="STATUS"):
        card.registers["STATUZ"]
    with pytest.raises(AttributeError):
        card.no_such_thing


def test_a_field_shows_its_value_by_name(card: Any) -> None:
    value = card.status.read()
    assert isinstance(value, int) and value.computing in (0, 1)
    assert "INTERRUPT_WHEN_DONE=" in repr(value)
    with pytest.raises(TypeError):
        card.status.write()
    with pytest.raises(TypeError):
        card.status.modify()
    with pytest.raises(TypeError):
        card.status.write(1, interrupt_when_done=1)


def test_a_file_that_is_not_there_is_not_found(card: openbar.Device) -> None:
    with pytest.raises(openbar.NotFound):
        card.describe("/nonexistent.svd")
    with pytest.raises(openbar.NotFound):
        openbar.open("sim:edu", description="/nonexistent.svd")

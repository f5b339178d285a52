"""One call is one access of exactly the width: as the card in another process sees it."""

from __future__ import annotations

from typing import Any, Callable

import openbar
import pytest
from conftest import TracedCard

Action = Callable[[openbar.Device], Any]

READS_AND_WRITES: list[tuple[Action, list[str]]] = [
    (lambda card: card.bar[0].read32(0x00), ["read bar0 0x00000000 4 = 0x010000ed"]),
    (lambda card: card.bar[0].write32(0x04, 5), ["write bar0 0x00000004 4 = 0x00000005"]),
    (lambda card: card.bar[0].read64(0x80), ["read bar0 0x00000080 8 = 0x0000000000000000"]),
    (
        lambda card: card.bar[0].write64(0x80, 1 << 40),
        ["write bar0 0x00000080 8 = 0x0000010000000000"],
    ),
    (lambda card: card.bar[0].read(0x04, 4), ["read bar0 0x00000004 4 = 0x00000000"]),
    (lambda card: card.bar[0][0x20:0x30].read32(4), ["read bar0 0x00000024 4 = 0x00000000"]),
    (lambda card: card.bar[0][0x20:0x30], []),
    (lambda card: card.status.interrupt_when_done, ["read bar0 0x00000020 4 = 0x00000000"]),
    (lambda card: card.status.read().computing, ["read bar0 0x00000020 4 = 0x00000000"]),
    (
        lambda card: card.status.modify(interrupt_when_done=1),
        ["read bar0 0x00000020 4 = 0x00000000", "write bar0 0x00000020 4 = 0x00000080"],
    ),
    (
        lambda card: card.status.write(interrupt_when_done="ON"),
        ["write bar0 0x00000020 4 = 0x00000080"],
    ),
    (
        lambda card: card.interrupt_acknowledge.write(dma_done=1),
        ["write bar0 0x00000064 4 = 0x00000100"],
    ),
    (
        lambda card: card.dma_count.write(1 << 33),
        ["write bar0 0x00000090 8 = 0x0000000200000000"],
    ),
    (
        lambda card: card.bar[0].read_block(0x20, 8),
        ["read bar0 0x00000020 4 = 0x00000000", "read bar0 0x00000024 4 = 0x00000000"],
    ),
    (lambda card: card.map(0).read32(0x00), ["read bar0 0x00000000 4 = 0x010000ed"]),
    (lambda card: card.map(0).write32(0x04, 5), ["write bar0 0x00000004 4 = 0x00000005"]),
    (lambda card: card.map(0).read64(0x80), ["read bar0 0x00000080 8 = 0x0000000000000000"]),
    (
        lambda card: card.map(0).write64(0x80, 1 << 40),
        ["write bar0 0x00000080 8 = 0x0000010000000000"],
    ),
    (
        lambda card: card.map(0, 0x20, 0x10).read32(4),
        ["read bar0 0x00000024 4 = 0x00000000"],
    ),
    (lambda card: card.config.read8(0), ["read config 0x00000000 1 = 0x34"]),
    (lambda card: card.config.read16(2), ["read config 0x00000002 2 = 0x11e8"]),
    (lambda card: card.config["device_id"], ["read config 0x00000002 2 = 0x11e8"]),
    (lambda card: card.config.read32(0), ["read config 0x00000000 4 = 0x11e81234"]),
]


@pytest.mark.parametrize("number", range(len(READS_AND_WRITES)))
def test_each_call_makes_its_accesses_and_no_other(traced: TracedCard, number: int) -> None:
    act, expected = READS_AND_WRITES[number]
    with openbar.open(traced.address) as card:
        card.registers  # found before
        before = len(traced.accesses())
        act(card)
        assert [_short(line) for line in traced.accesses()[before:]] == [
            _short(line) for line in expected
        ]


def _short(line: str) -> str:
    """Without the zeros in front of numbers, which the trace may write."""
    return " ".join(
        hex(int(word, 16)) if word.startswith("0x") else word for word in line.split(" ")
    )


REFUSED: list[Action] = [
    lambda card: card.bar[0].read32(2),
    lambda card: card.bar[0].read32(0x100000),
    lambda card: card.bar[0].write32(4, 1 << 32),
    lambda card: card.bar[0].write32(4, -1),
    lambda card: card.bar[0].write32(4, "1"),
    lambda card: card.bar[0].read(4, 3),
    lambda card: card.bar[0][4:8].read32(4),
    lambda card: card.map(0).read32(2),
    lambda card: card.map(0).read32(0x100000),
    lambda card: card.map(0).read32(-4),
    lambda card: card.map(0).write32(4, 1 << 32),
    lambda card: card.map(0).write32(4, -1),
    lambda card: card.map(0).write32(4, 1.5),
    lambda card: card.identification.write(1),
    lambda card: card.interrupt_raise.read(),
    lambda card: card.interrupt_acknowledge.modify(dma_done=1),
    lambda card: card.status.modify(computing=1),
    lambda card: card.status.modify(interrupt_when_done=2),
    lambda card: card.status.modify(interrupt_when_done="MAYBE"),
    lambda card: card.status.write(nothing=1),
]


def test_a_refused_call_makes_no_access(traced: TracedCard) -> None:
    with openbar.open(traced.address) as card:
        card.registers
        for act in REFUSED:
            before = len(traced.accesses())
            with pytest.raises((openbar.Error, TypeError, AttributeError)):
                act(card)
            after = traced.accesses()[before:]
            assert [line for line in after if line.startswith("write")] == []
            # A modify whose fields are wrong may have read; nothing else may.
            assert len(after) <= 1

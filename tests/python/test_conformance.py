"""What a program in Python expects of QEMU's edu, or of ours: at $OPENBAR_TEST_ADDRESS."""

from __future__ import annotations

import asyncio
import threading
import time

import openbar
import pytest

IDENTIFICATION, LIVENESS, FACTORIAL, STATUS = 0x00, 0x04, 0x08, 0x20
INTERRUPT_STATUS, RAISE, ACKNOWLEDGE = 0x24, 0x60, 0x64
CARD_MEMORY, REACH = 0x40000, 0xFFFFFFF


def needs(card: openbar.Device, name: str) -> None:
    capability = card.capability(name)
    assert bool(capability) == (capability.why_not == "")
    if not capability:
        pytest.skip(f"no {name}: {capability.why_not}")


def test_it_is_identified(card: openbar.Device) -> None:
    assert (card.vendor_id, card.device_id) == (0x1234, 0x11E8)
    assert card.bar[0].name == "bar0" and len(card.bar[0]) == 0x100000
    assert card.bar[0].read32(IDENTIFICATION) & 0xFF == 0xED
    for region in card.regions:
        assert bool(region.mappable) == (region.not_mappable_because == "")


def test_registers_answer(card: openbar.Device) -> None:
    bar = card.bar[0]
    for value in (0, 0xFFFFFFFF, 0x12345678, 0x80000001):
        bar.write32(LIVENESS, value)
        assert bar.read32(LIVENESS) == value ^ 0xFFFFFFFF
    bar.write32(FACTORIAL, 10)
    while bar.read32(STATUS) & 1:
        pass
    assert bar.read32(FACTORIAL) == 3628800
    first, second = memoryview(bar.read_block(0, 8)).cast("I")
    assert (first, second) == (bar.read32(0), bar.read32(4))


def test_wrong_accesses_are_refused(card: openbar.Device) -> None:
    bar = card.bar[0]
    for offset in (bar.size, 1 << 63, (1 << 64) - 4):
        with pytest.raises(openbar.OutOfRange):
            bar.read32(offset)
    with pytest.raises(openbar.Misaligned):
        bar.read32(2)
    with pytest.raises(openbar.NotFound):
        card.bar[5]


def test_the_configuration_space(card: openbar.Device) -> None:
    needs(card, "configuration")
    assert card.config["vendor_id"] == 0x1234
    assert card.config.read8(0) == 0x34 and card.config.read32(0) == 0x11E81234
    assert "MSI" in [capability.name for capability in card.config.capabilities()]


def test_a_mapping_shows_the_registers(card: openbar.Device) -> None:
    needs(card, "mapping")
    with card.map(0) as registers:
        assert registers.read32(IDENTIFICATION) & 0xFF == 0xED
        registers.write32(LIVENESS, 0xCAFE0123)
        assert registers.read32(LIVENESS) == card.bar[0].read32(LIVENESS) == 0xCAFE0123 ^ 0xFFFFFFFF
        registers.status()
    with card.map(0, 8, 0x20) as part:
        assert (part.size, part.region_offset) == (0x20, 8)
        assert part.read32(STATUS - 8) == card.bar[0].read32(STATUS)
        with pytest.raises(openbar.OutOfRange):
            part.read32(0x20)


def test_every_kind_of_interrupt_arrives(card: openbar.Device) -> None:
    needs(card, "interrupts")
    bar = card.bar[0]
    card.set_bus_master(True)
    bar.write32(ACKNOWLEDGE, 0xFFFFFFFF)
    for kind in card.vectors:
        with card.vector(0, kind.kind) as vector:
            assert vector.kind == kind.kind
            with pytest.raises(openbar.Busy):
                card.vector(0, kind.kind)
            with pytest.raises(openbar.NotFound):
                card.vector(kind.count, kind.kind)
            for cause in (0x1, 0x80, 0x40000000):
                bar.write32(RAISE, cause)
                assert vector.wait(5) >= 1
                assert bar.read32(INTERRUPT_STATUS) == cause
                bar.write32(ACKNOWLEDGE, cause)


def test_a_wait_ends_in_time_and_by_cancel(card: openbar.Device) -> None:
    needs(card, "interrupts")
    card.set_bus_master(True)
    with card.vector(0) as vector:
        start = time.monotonic()
        with pytest.raises(openbar.TimedOut) as error:
            vector.wait(0.15)
        assert time.monotonic() - start >= 0.15
        assert isinstance(error.value, TimeoutError)
        for none in (0, -1, -1e300):
            with pytest.raises(TimeoutError):
                vector.wait(none)
        threading.Timer(0.05, vector.cancel).start()
        with pytest.raises(openbar.Cancelled):
            vector.wait()


def test_asyncio_waits_while_other_tasks_run(card: openbar.Device) -> None:
    needs(card, "interrupts")
    card.set_bus_master(True)
    bar = card.bar[0]

    async def raise_it_later() -> None:
        for _ in range(3):
            await asyncio.sleep(0.01)
        bar.write32(RAISE, 1)

    async def work() -> int:
        with card.vector(0) as vector:
            with pytest.raises(openbar.TimedOut):
                await vector.wait_async(0.05)
            other = asyncio.ensure_future(raise_it_later())
            count = await vector.wait_async(30)  # which ends only if the other task runs meanwhile
            bar.write32(ACKNOWLEDGE, 1)
            await other
        return count

    assert asyncio.run(work()) >= 1


def transfer(card: openbar.Device, source: int, destination: int, size: int, command: int) -> None:
    bar = card.bar[0]
    bar.write64(0x80, source)
    bar.write64(0x88, destination)
    bar.write64(0x90, size)
    openbar.sync_for_device()
    bar.write64(0x98, command)
    while bar.read64(0x98) & 1:
        pass
    openbar.sync_for_cpu()


def test_dma_goes_both_ways(card: openbar.Device) -> None:
    needs(card, "dma")
    card.set_bus_master(True)
    with card.allocate_dma(8192, highest_address=REACH) as buffer:
        assert bytes(buffer.memory) == bytes(8192)
        assert buffer.iova == buffer.segments[0].iova == buffer.iova_of(0)
        assert buffer.iova + 8191 <= REACH
        data = bytes(number * 7 % 256 for number in range(1000))
        buffer.memory[:1000] = data
        transfer(card, buffer.iova, CARD_MEMORY, 1000, 1)
        transfer(card, CARD_MEMORY, buffer.iova_of(4096), 1000, 3)
        assert bytes(buffer.memory[4096:5096]) == data


def test_numpy_sees_the_memory_without_a_copy(card: openbar.Device) -> None:
    numpy = pytest.importorskip("numpy")
    needs(card, "dma")
    card.set_bus_master(True)
    with card.allocate_dma(4096, highest_address=REACH) as buffer:
        words = numpy.frombuffer(buffer.memory, dtype="<u4")
        words[:16] = numpy.arange(16) * 3
        transfer(card, buffer.iova, CARD_MEMORY, 64, 1)
        transfer(card, CARD_MEMORY, buffer.iova + 2048, 64, 3)
        assert (words[512:528] == words[:16]).all()
        assert words.ctypes.data == buffer._address


def test_named_registers(card: openbar.Device) -> None:
    card.liveness.write(0x12345678)
    assert card.liveness.read() == 0xEDCBA987
    card.factorial.write(5)
    assert card.status.wait_until(5, computing=0).computing == 0
    assert card.factorial.read() == 120
    card.status.modify(interrupt_when_done="on")
    assert card.status.interrupt_when_done == 1
    card.status.write(interrupt_when_done=0)
    assert card.registers["bar0.STATUS"].read() & 0x80 == 0


def test_a_reset_card_answers(card: openbar.Device) -> None:
    needs(card, "reset")
    card.reset()
    assert card.bar[0].read32(IDENTIFICATION) & 0xFF == 0xED


def test_it_can_be_opened_again_and_again() -> None:
    from conftest import ADDRESS

    for _ in range(5):
        with openbar.open(ADDRESS) as again:
            again.bar[0].read32(IDENTIFICATION)

"""Wrong types, closed objects, order of destruction, fork, and the end of the interpreter."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import textwrap
import threading
import weakref
from typing import Any

import openbar
import pytest


def test_wrong_types_are_type_errors(card: openbar.Device) -> None:
    bar: Any = card.bar[0]
    for wrong in (None, "0", 1.5, b"\0", [], object()):
        with pytest.raises(TypeError):
            bar.read32(wrong)
        with pytest.raises(TypeError):
            bar.write32(4, wrong)
    for wrong in (None, 3, b"sim:edu", ["sim:edu"]):
        with pytest.raises(TypeError):
            openbar.open(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        bar[0]
    with pytest.raises(TypeError):
        bar.read_into(0, b"1234")
    with pytest.raises(TypeError):
        bar.write_block(4, 12)
    with pytest.raises(TypeError):
        card.pin(b"1234")


def test_a_mapping_checks_every_access(card: openbar.Device) -> None:
    registers: Any = card.map(0)
    for wrong in (None, "0", 1.5, b"\0", [], object()):
        with pytest.raises(TypeError):
            registers.read32(wrong)
        with pytest.raises(TypeError):
            registers.write32(4, wrong)
    with pytest.raises(openbar.OutOfRange):
        registers.read32(registers.size)
    with pytest.raises(openbar.OutOfRange):
        registers.read32(-4)
    with pytest.raises(openbar.Misaligned):
        registers.read32(2)
    with pytest.raises(openbar.InvalidArgument):
        registers.write32(4, 1 << 32)
    numpy = pytest.importorskip("numpy")
    registers.write32(numpy.int64(4), numpy.uint32(7))
    assert registers.read32(numpy.int64(4)) == 7 ^ 0xFFFFFFFF
    read = registers.read32
    registers.close()
    for act in (lambda: registers.read32(0), lambda: registers.write32(4, 0), registers.status):
        with pytest.raises(openbar.InvalidArgument, match="closed"):
            act()
    assert read(4) == 7 ^ 0xFFFFFFFF, "who holds the function holds the memory"


def test_values_that_do_not_fit_are_refused(card: openbar.Device) -> None:
    bar = card.bar[0]
    for value in (-1, 1 << 32, 1 << 64, 1 << 200):
        with pytest.raises(openbar.InvalidArgument):
            bar.write32(4, value)
    for offset in (-4, 1 << 64, 1 << 200):
        with pytest.raises(ValueError):
            bar.read32(offset)
    with pytest.raises(openbar.InvalidArgument):
        card.allocate_dma(-1)
    with pytest.raises(openbar.InvalidArgument):
        card.vector(-1)
    with pytest.raises(ValueError):
        openbar.open("sim:edu\0")
    with pytest.raises(ValueError):
        card.vector(0).wait(float("nan"))


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(openbar.InvalidArgument):
        openbar.open("sim:\udcff")


def test_errors_carry_code_cause_and_hint() -> None:
    with pytest.raises(openbar.NotFound) as caught:
        openbar.open("sim:nonsense")
    error = caught.value
    assert error.code == "not_found" and error.attempted and error.cause
    assert "nonsense" in str(error)
    assert error.hint == "" or f"hint: {error.hint}" in str(error)
    with pytest.raises(openbar.Error):
        openbar.open("0000:00:99.0")


def test_closed_objects_refuse_everything() -> None:
    card = openbar.open("sim:edu")
    vector, buffer = card.vector(0), card.allocate_dma(4096)
    card.close()
    card.close()
    assert card.closed and vector.closed and buffer.closed
    for act in (
        lambda: card.bar[0].read32(0),
        lambda: card.allocate_dma(4096),
        lambda: card.reset(),
        lambda: vector.wait(0),
        lambda: vector.fileno(),
        lambda: buffer.memory,
    ):
        with pytest.raises(openbar.InvalidArgument, match="closed"):
            act()
    with pytest.raises(AttributeError):
        card.status


def test_memory_outlives_its_buffer_while_it_is_seen() -> None:
    card = openbar.open("sim:edu")
    buffer = card.allocate_dma(4096)
    view = buffer.memory
    view[0] = 7
    words = view.cast("I")
    buffer.close()
    card.close()
    del buffer, card, view
    gc.collect()
    assert words[0] == 7
    words[1023] = 1


def test_a_buffer_may_die_before_its_device(card: openbar.Device) -> None:
    for _ in range(50):
        buffer = card.allocate_dma(4096)
        buffer.memory[:4] = b"1234"
        del buffer
    gc.collect()
    assert card.bar[0].read32(0) == 0x010000ED


def test_a_device_that_nobody_uses_closes_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        card = openbar.open("sim:edu")
        card.status.read()
        opened = weakref.ref(card._opened)
        bar = card.bar[0]
        del card
        assert bar.read32(0) == 0x010000ED, "a region keeps its device"
        del bar
        assert opened() is None
    finally:
        gc.enable()


def test_pinned_memory_is_kept_until_it_is_unpinned(card: openbar.Device) -> None:
    data = bytearray(10000)
    with card.pin(data) as pinned:
        assert pinned.size == 10000 and pinned.segments
        with pytest.raises(BufferError):
            data.append(1)
    data.append(1)
    numpy = pytest.importorskip("numpy")
    with card.pin(numpy.zeros(5000)) as pinned:
        assert pinned.size == 40000


def test_a_wait_in_a_thread_ends_when_the_device_is_closed() -> None:
    card = openbar.open("sim:edu")
    vector = card.vector(0)
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            vector.wait()
        except openbar.Error as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    card.close()
    thread.join(10)
    assert not thread.is_alive()
    assert [type(error) in (openbar.Cancelled, openbar.InvalidArgument) for error in errors] == [True]


def test_threads_may_use_one_device(card: openbar.Device) -> None:
    def work(results: list[int]) -> None:
        results.extend(card.bar[0].read32(0) for _ in range(200))

    results: list[int] = []
    threads = [threading.Thread(target=work, args=(results,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(results) == {0x010000ED} and len(results) == 800


def test_a_forked_child_leaves_the_parents_device_alone(card: openbar.Device) -> None:
    buffer = card.allocate_dma(4096)
    child = os.fork()
    if child == 0:
        try:
            card.bar[0].read32(0)
            os._exit(1)
        except openbar.InvalidArgument as error:
            try:
                buffer.close()
                card.close()
                os._exit(0 if "forked" in str(error) else 2)
            except BaseException:
                os._exit(3)
        except BaseException:
            os._exit(4)
    assert os.waitpid(child, 0)[1] == 0
    assert card.bar[0].read32(0) == 0x010000ED
    buffer.memory[0] = 1


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


def test_the_interpreter_may_end_with_open_devices() -> None:
    ended = run(
        """
        import openbar, threading
        card = openbar.open("sim:edu")
        buffer, vector = card.allocate_dma(4096), card.vector(0)
        view = buffer.memory
        threading.Thread(target=vector.wait, daemon=True).start()
        print(hex(card.bar[0].read32(0)))
        """
    )
    assert (ended.returncode, ended.stdout) == (0, "0x10000ed\n"), ended.stderr


def test_ctrl_c_ends_a_wait_without_a_limit() -> None:
    ended = run(
        """
        import openbar, os, signal, threading
        vector = openbar.open("sim:edu").vector(0)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            vector.wait()
        except KeyboardInterrupt:
            print("interrupted")
        """
    )
    assert (ended.returncode, ended.stdout) == (0, "interrupted\n"), ended.stderr


def test_a_missing_library_says_what_to_do() -> None:
    ended = run("import openbar", OPENBAR_LIBRARY="/nonexistent/libopenbar.so.0")
    assert ended.returncode == 1
    assert "ImportError" in ended.stderr and "hint: install it" in ended.stderr

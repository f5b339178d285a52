"""A Python access on a mapping against a bare ctypes call, and against the other ways from Python.

    bindings.py PROGRAM-FOR-C [--json]

The mapping is ordinary memory, so that nothing hides the cost of the call; a card adds its own time.
As in comparison.hpp, the two ways take turns, and the median of their ratios counts.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable

import openbar
from openbar import _library
from openbar.mapping import Memory, reader, writer

Row = dict[str, Any]
SIZE = 4096


def timed(function: Callable[[], object]) -> int:
    start = time.perf_counter_ns()
    function()
    return time.perf_counter_ns() - start


def compare(
    name: str, operations: int, plain: Callable[[], object], ours: Callable[[], object]
) -> Row:
    turns = 101
    times = []
    for turn in range(turns):
        if turn % 2:
            first = timed(plain)
            times.append((first, timed(ours)))
        else:
            second = timed(ours)
            times.append((timed(plain), second))
    ratios = sorted(measured / baseline for baseline, measured in times)
    return {
        "name": name,
        "baseline_ns": statistics.median(baseline for baseline, _ in times) / operations,
        "measured_ns": statistics.median(measured for _, measured in times) / operations,
        "ratio": statistics.median(ratios),
        "ratio_p10": ratios[turns // 10],
        "ratio_p90": ratios[turns * 9 // 10],
        "turns": turns,
    }


def ordinary_memory() -> Memory:
    """As a mapping holds it, without a device behind it: 0 is no handle, and closes nothing."""
    kept = ctypes.create_string_buffer(SIZE + 64)
    memory = Memory(0, ctypes.addressof(kept) + 63 & ~63, SIZE)
    memory.kept = kept  # type: ignore[attr-defined]
    return memory


def repeated(call: Callable[..., object], *arguments: Any) -> tuple[int, Callable[[], None]]:
    count = 5000

    def run() -> None:
        for _ in range(count):
            call(*arguments)

    return count, run


def measure() -> list[Row]:
    memory = ordinary_memory()
    count, read = repeated(reader(memory, 4), 8)
    _, write = repeated(writer(memory, 4), 8, 1)
    _, bare_load = repeated(_library.load32, memory.address + 8)
    _, bare_store = repeated(_library.store32, memory.address + 8, 1)
    rows = [
        compare("Python: read32 : bare ctypes call", count, bare_load, read),
        compare("Python: write32 : bare ctypes call", count, bare_store, write),
    ]
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(SIZE)
        with mmap.mmap(file.fileno(), SIZE) as plain:
            word = struct.Struct("<I")
            _, unpack = repeated(word.unpack_from, plain, 8)
            rows.append(compare("Python: read32 : mmap and struct", count, unpack, read))
        try:
            from periphery import MMIO
        except ImportError:
            print("skipped: python-periphery is not installed", file=sys.stderr)
        else:
            with MMIO(0, SIZE, path=file.name) as other:
                _, periphery_read = repeated(other.read32, 8)
                rows.append(compare("Python: read32 : python-periphery", count, periphery_read, read))
    return rows + copies()


def copies() -> list[Row]:
    try:
        import numpy
    except ImportError:
        print("skipped: numpy is not installed", file=sys.stderr)
        return []
    size = 1 << 20
    with openbar.open("sim:edu") as card:
        buffer = card.allocate_dma(size)
        array = numpy.frombuffer(buffer.memory, dtype="u1")
        source = numpy.arange(size, dtype="u1")
        into, start = array.ctypes.data, source.ctypes.data

        def copy() -> None:
            array[:] = source

        row = compare(
            "numpy: copy of 1 MiB to DMA memory : memcpy",
            1,
            lambda: ctypes.memmove(into, start, size),
            copy,
        )
        del array
        return [row]


def main() -> None:
    program, *options = sys.argv[1:]
    in_c = subprocess.run([program], check=True, capture_output=True, text=True)
    rows = json.loads(in_c.stdout) + measure()
    if options == ["--json"]:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'':<44} {'plain ns':>12} {'openbar ns':>12} {'ratio':>7}   middle 80 %")
    for row in rows:
        print(
            f"{row['name']:<44} {row['baseline_ns']:>12.3f} {row['measured_ns']:>12.3f} "
            f"{row['ratio']:>7.3f}   {row['ratio_p10']:.3f} to {row['ratio_p90']:.3f}"
        )


main()

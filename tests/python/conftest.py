"""Cards for the tests: $OPENBAR_TEST_ADDRESS or sim:edu, and one that another process serves and traces."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Iterator

import openbar
import pytest

ADDRESS = os.environ.get("OPENBAR_TEST_ADDRESS", "sim:edu")


@pytest.fixture
def card() -> Iterator[openbar.Device]:
    with openbar.open(ADDRESS) as opened:
        yield opened


class TracedCard:
    """edu in another process, which writes down every access that reaches it."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "trace"
        socket = folder / "edu.sock"
        environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        with self._log.open("w") as log:
            self._server = subprocess.Popen(
                [os.environ["OPENBAR_PROGRAM"], "sim", "edu", "--socket", str(socket), "--trace"],
                stdout=log,
                env=environment,
            )
        self.address = f"vfio-user:{socket}"
        for _ in range(400):
            try:  # it listens a moment after its socket is there
                return openbar.open(self.address).close()
            except (openbar.NotFound, openbar.Removed):
                time.sleep(0.05)
        raise AssertionError("the server does not start")

    def accesses(self) -> list[str]:
        """All reads and writes of registers so far, without repeated spaces."""
        lines = [" ".join(line.split()) for line in self._log.read_text().splitlines()]
        return [line for line in lines if line.split(" ")[0] in ("read", "write")]

    def stop(self) -> None:
        self._server.terminate()
        self._server.wait()


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[TracedCard]:
    server = TracedCard(tmp_path)
    yield server
    server.stop()

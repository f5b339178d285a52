"""The programs of docs/python.md run, and print what they claim."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "python.md"
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", DOCUMENT.read_text(), re.S | re.M)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_prints_what_it_claims(number: int) -> None:
    program = PROGRAMS[number]
    expected = re.findall(r"# prints (.*)$", program, re.M)
    assert expected, "the program does not say what it prints"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert ran.stdout.splitlines() == expected, ran.stderr


def test_there_are_programs() -> None:
    assert len(PROGRAMS) > 7

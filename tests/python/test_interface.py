"""The package is what it claims to be: the header's structures, typed, of Python 3.9, documented."""

from __future__ import annotations

import ast
import ctypes
import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import openbar
import pytest
from openbar import _library, _structures, errors

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "openbar"
HEADER = (ROOT / "include/openbar/openbar.h").read_text()
MODULES = [f"openbar.{module.name}" for module in pkgutil.iter_modules([str(PACKAGE)])]

TYPES = {
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "openbar_code": ctypes.c_int32,
    "intptr_t": ctypes.c_ssize_t,
    "const char*": ctypes.c_char_p,
    "void*": ctypes.c_void_p,
    "volatile void*": ctypes.c_void_p,
}


def structures() -> dict[str, list[tuple[str, type]]]:
    found = {}
    for name, body in re.findall(r"typedef struct openbar_(\w+) \{(.*?)\}", HEADER, re.S):
        body = re.sub(r"//.*", "", body)
        members = re.findall(r"([\w* ]+?)\s*\b(\w+);", body)
        found[name] = [(member, TYPES[" ".join(kind.split())]) for kind, member in members]
    return found


def test_structures_are_those_of_the_header() -> None:
    found = structures()
    known = {
        "".join(part.capitalize() for part in name.split("_")): members
        for name, members in found.items()
    }
    known["ErrorWords"] = known.pop("Error")
    ours = {
        name: [(field[0], field[1]) for field in kind._fields_]
        for name, kind in vars(_structures).items()
        if isinstance(kind, type) and issubclass(kind, ctypes.Structure) and hasattr(kind, "_fields_")
    }
    assert len(ours) > 15
    for name, members in ours.items():
        assert members == known[name], name
    assert set(known) - set(ours) == {"PeripheralInfo", "BlockInfo"}, "neither is in Python yet"


def test_codes_are_those_of_the_header() -> None:
    codes = re.findall(r"OPENBAR_(\w+) = (\d+),? *///<", HEADER.split("enum {", 1)[1].split("};")[0])
    assert len(codes) >= 14
    for name, number in codes:
        assert errors.BY_CODE[int(number) - 1].code == name.lower()


def test_functions_are_those_of_the_header() -> None:
    declared = set(re.findall(r"^OPENBAR_API [^;]*?\bopenbar_(\w+)\(", HEADER, re.M))
    assert set(_library._ARGUMENTS) <= declared
    for name, arguments in _library._ARGUMENTS.items():
        parameters = re.search(rf"^OPENBAR_API \w+ openbar_{name}\((.*?)\);", HEADER, re.S | re.M)
        assert parameters and len(parameters[1].split(",")) == len(arguments), name


@pytest.mark.parametrize("name", ["openbar", *MODULES])
def test_examples_are_true(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0
    if not name.split(".")[-1].startswith("_"):
        assert ">>> import openbar" in (module.__doc__ or ""), "a module begins with an example"


def test_it_is_python_3_9() -> None:
    for file in PACKAGE.glob("*.py"):
        text = file.read_text()
        ast.parse(text, feature_version=(3, 9))
        assert "from __future__ import annotations" in text or file.name == "__init__.py"


def test_everything_public_is_exported_and_documented() -> None:
    for name in openbar.__all__:
        assert getattr(openbar, name).__doc__, name


@pytest.mark.skipif(not Path("/usr/bin/mypy").exists(), reason="mypy is not installed")
def test_it_passes_mypy_strict(tmp_path: Path) -> None:
    user = tmp_path / "user.py"
    user.write_text(
        "import openbar\n"
        "with openbar.open('sim:edu') as card:\n"
        "    value: int = card.bar[0].read32(0)\n"
        "    count: int = card.vector(0).wait(timeout=1.0)\n"
        "    card.status.modify(interrupt_when_done=1)\n"
        "    view: memoryview = card.allocate_dma(4096).memory\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    checked = subprocess.run(
        ["/usr/bin/mypy", "--strict", "--python-version", "3.9", "--cache-dir", str(tmp_path)]
        + [str(PACKAGE), str(user)],
        capture_output=True,
        text=True,
        env={**environment, "MYPYPATH": str(PACKAGE.parent)},
    )
    assert checked.returncode == 0, checked.stdout
    user.write_text("import openbar\nopenbar.open(3)\n")
    checked = subprocess.run(
        ["/usr/bin/mypy", "--strict", "--python-version", "3.9", "--cache-dir", str(tmp_path)]
        + [str(user)],
        capture_output=True,
        text=True,
        env={**environment, "MYPYPATH": str(PACKAGE.parent)},
    )
    assert "arg-type" in checked.stdout


def test_a_wheel_installs_without_network_and_compiler(tmp_path: Path) -> None:
    pytest.importorskip("setuptools")
    environment = {
        name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "PYTHONPATH")
    }
    source = tmp_path / "source"
    subprocess.run(["cp", "-r", str(ROOT / "python"), str(source)], check=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    offline = ["--no-index", "--no-deps"]
    built = subprocess.run(
        [*pip, "wheel", *offline, "--no-build-isolation", "-w", str(tmp_path), str(source)],
        capture_output=True,
        text=True,
        env={**environment, "CC": "/nonexistent", "CXX": "/nonexistent"},
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("openbar-*-py3-none-any.whl")
    target = tmp_path / "site"
    subprocess.run([*pip, "install", *offline, "--target", str(target), str(wheel)], check=True, env=environment)
    assert (target / "openbar" / "py.typed").exists()
    seen = subprocess.run(
        [sys.executable, "-c", "import openbar; print(openbar.__file__)"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(target)},
        cwd=tmp_path,
    )
    assert seen.stdout.startswith(str(target)), seen.stderr


def test_the_version_is_that_of_the_library() -> None:
    project = (ROOT / "python" / "pyproject.toml").read_text()
    assert f'version = "{openbar.version()}"' in project

"""Compiles a module written in C with sanitizers, and gives it broken input in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

PORTABLE = "-U__SSE2__"
"""Leaves out what is written for some processors."""
FORMATS = Path(__file__).parents[2] / "plugins" / "crosswalk_formats"


def run_sanitized(module: str, program: Path, folder: Path, *flags: str) -> str:
    """What the program prints that gets the folder of the compiled module; fails where it misuses memory.

    `flags`: more of the compiler's. Skips the test where there is no gcc with its address sanitizer.
    """
    compiler, include = shutil.which("gcc"), sysconfig.get_path("include")
    asked = [str(compiler), "-print-file-name=libasan.so"]
    runtime = compiler and subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    if not runtime or not Path(runtime).is_absolute() or not Path(include, "Python.h").exists():
        told = "install gcc with its address sanitizer, and Python's headers"
        (pytest.fail if os.environ.get("CROSSWALK_REQUIRE_SERVICES") else pytest.skip)(told)
    subprocess.run(
        [str(compiler), "-O1", "-g", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror",
         "-Wno-missing-field-initializers", *flags, "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
         f"-I{include}", str(FORMATS / f"{module}.c"), "-o", str(folder / f"{module}.so")],
        check=True,
    )  # fmt: skip
    env = {**os.environ, "LD_PRELOAD": str(runtime), "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}
    command = [sys.executable, "-S", str(program), str(folder), "7"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout

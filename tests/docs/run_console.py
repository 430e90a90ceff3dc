"""Runs the commands of a console block and compares what they print with what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from blocks import Block


@dataclass
class Shell:
    """A folder, and the exit status of the last command: what `$?` gives."""

    folder: Path
    status: int = 0

    def __post_init__(self) -> None:
        self._site = self.folder / ".site"

    def run(self, command: str) -> str:
        """What a command prints, stdout and stderr together; `cd` stays for the next one."""
        place = self.folder / ".console-pwd"
        script = f"(exit {self.status})\n{command}\nstatus=$?\npwd > {place}\nexit $status\n"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        wanted = {"PATH": path, "NO_COLOR": "1", "COLUMNS": "100", "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        wanted |= {"PYTHONPATH": str(self._site), "PYTHONDONTWRITEBYTECODE": "1"}
        # `pip install .` installs for the page alone, and offline.
        wanted |= {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_QUIET": "1"}
        wanted |= {"PIP_TARGET": str(self._site), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=wanted, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=120, check=False, text=True,
        )  # fmt: skip
        self.status = done.returncode
        if place.exists():
            self.folder = Path(place.read_text().strip())
            place.unlink()
        return done.stdout


def run_console(block: Block, shell: Shell) -> None:
    """Run every `$ ` line of the block; raises AssertionError where the output is another one."""
    for command, wanted in commands(block.text):
        found = shell.run(command)
        assert matches(wanted, found), f"line {block.line}: $ {command}\n{found}\n-- the page says --\n{wanted}"


def commands(text: str) -> list[tuple[str, str]]:
    r"""The commands and the output after each; a command goes on after a `\` at the end of a line."""
    found: list[tuple[str, str]] = []
    continued = False
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
            continued = line.endswith("\\")
        elif continued:
            found[-1] = (f"{found[-1][0]}\n{line}", "")
            continued = line.endswith("\\")
        else:
            assert found, f"output before a command: {line}"
            found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
    return found


def matches(wanted: str, found: str) -> bool:
    """Whether the output is as shown: `...` in a line is any text, alone in a line any lines."""
    wanted, found = (_trimmed(text) for text in (wanted, found))
    lines = [r"[\s\S]*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") for line in wanted.split("\n")]
    return re.fullmatch("\n".join(lines), found) is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())

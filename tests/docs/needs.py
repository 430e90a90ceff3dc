"""What a page tells its readers to install, made ready for the commands that follow: see `ready`."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Sequence
from types import ModuleType

import pytest
from blocks import ROOT, Block
from run_console import Shell

EXAMPLES = ROOT / "plugins" / "examples"
SINGER = EXAMPLES / "crosswalk-singer"


def ready(found: Sequence[Block], shell: Shell) -> None:
    """For the `sh` blocks of a page: `pip install PLUGIN` of an example plugin installs it for the page alone, and
    `ENV/bin/pip install PROGRAM` of a Singer program links the environment that holds it.

    Skips the test where the program is not installed, with the command that does it.
    """
    text = "\n".join(block.text for block in found if block.language == "sh")
    for plugin in re.findall(r"(?:^|\s)pip install (\S+)", text):
        if (EXAMPLES / plugin).is_dir():
            shell.run(f"pip install {EXAMPLES / plugin}")
            assert shell.status == 0, plugin
    programs = _programs()
    for env, package in re.findall(r"(\S+)/bin/pip install (\S+)", text):
        if package not in programs.wanted():
            continue
        if not programs.is_there(programs.HOME, package):
            told = f"{package} is not installed; run: python {SINGER / 'tests' / 'install_programs.py'}"
            (pytest.fail if os.environ.get("CROSSWALK_REQUIRE_SERVICES") else pytest.skip)(told)
        (shell.folder / env).symlink_to(programs.HOME / package)


def _programs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install_programs", SINGER / "tests" / "install_programs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

"""Compiles what is written in C while crosswalk is built; where that fails, other code does the same work, slower."""

from __future__ import annotations

import os
import shutil
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PACKAGE = "crosswalk_formats"
_NAMES = ("_json_lines", "_json_text")


class NativeHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the compiled modules to a wheel, which is then one for this platform; or none, with CROSSWALK_PURE=1."""

    _scratch = ""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, beside the sources for an editable installation, where nothing older stays."""
        folder = Path(self.root, "plugins", _PACKAGE)
        if version == "editable":
            _remove_old(folder)
        if os.environ.get("CROSSWALK_PURE") == "1":
            return
        self._scratch = tempfile.mkdtemp(prefix="crosswalk-")
        try:
            made = compiled(folder, folder if version == "editable" else Path(self._scratch))
        except Exception as error:  # any failure of any compiler leaves out all of them
            self.app.display_warning(f"what is written in C is left out: {error}")
            return
        if version == "editable":
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["force_include"].update((str(path), f"{_PACKAGE}/{path.name}") for path in made)
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"  # Py_LIMITED_API in the source

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled for a wheel, which has it now."""
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)


def compiled(folder: Path, target: Path) -> list[Path]:
    """The modules, compiled from a folder into another one; raises what the driver of the compiler raises."""
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    modules = [Extension(name, [str(folder / f"{name}.c")], py_limited_api=True) for name in _NAMES]
    command = build_ext(Distribution({"name": _PACKAGE, "ext_modules": modules}))
    with tempfile.TemporaryDirectory() as scratch:
        command.build_temp = scratch
        command.build_lib = str(target)
        command.ensure_finalized()
        command.run()
    return [Path(made) for made in command.get_outputs()]


def _remove_old(folder: Path) -> None:
    """Remove what was compiled before, from sources that may have changed, lest it stays where nothing is compiled."""
    for name in _NAMES:
        for suffix in (".so", ".pyd"):
            for path in folder.glob(f"{name}*{suffix}"):
                path.unlink()

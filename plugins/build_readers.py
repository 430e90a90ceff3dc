"""Compiles the readers written in C while crosswalk is built; where that fails, those in Python do their work."""

from __future__ import annotations

import os
import shutil
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PACKAGE = "crosswalk_formats"
_NAME = "_json_lines"


class ReadersHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the compiled readers to a wheel, which is then one for this platform; or none, with CROSSWALK_PURE=1."""

    _scratch = ""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, beside the sources for an editable installation."""
        folder = Path(self.root, "plugins", _PACKAGE)
        if os.environ.get("CROSSWALK_PURE") == "1":
            return
        self._scratch = tempfile.mkdtemp(prefix="crosswalk-")
        try:
            made = compiled(folder, folder if version == "editable" else Path(self._scratch))
        except Exception as error:  # any failure of any compiler leaves the readers in Python
            self.app.display_warning(f"the readers in C are left out: {error}")
            return
        if version == "editable":
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["force_include"][str(made)] = f"{_PACKAGE}/{made.name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"  # Py_LIMITED_API in the source

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled for a wheel, which has it now."""
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)


def compiled(folder: Path, target: Path) -> Path:
    """The compiled module of the sources in a folder, made in another one. Raises what the compiler's driver raises."""
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    module = Extension(_NAME, [str(folder / f"{_NAME}.c")], py_limited_api=True)
    command = build_ext(Distribution({"name": _PACKAGE, "ext_modules": [module]}))
    with tempfile.TemporaryDirectory() as scratch:
        command.build_temp = scratch
        command.build_lib = str(target)
        command.ensure_finalized()
        command.run()
    return next(target.glob(f"{_NAME}.*{sysconfig.get_config_var('SHLIB_SUFFIX') or '.pyd'}"))

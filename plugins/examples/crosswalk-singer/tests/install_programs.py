"""Installs the taps and targets of programs.txt, each in a virtual environment of its own; what is there stays.

Run: python tests/install_programs.py [FOLDER]. The folder is that of CROSSWALK_SINGER_HOME, else .programs beside this
package's pyproject.toml.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("CROSSWALK_SINGER_HOME") or HERE.parent / ".programs")


def wanted() -> dict[str, list[str]]:
    """The packages to install, by the name of the first."""
    lines = (HERE / "programs.txt").read_text().splitlines()
    found = [line.split() for line in lines if line and not line.startswith("#")]
    return {packages[0].partition("==")[0]: packages for packages in found}


def is_there(home: Path, name: str) -> bool:
    """Whether it was installed, as it is wanted now."""
    mark = home / name / "installed.txt"
    return mark.exists() and mark.read_text().split() == wanted()[name]


def main() -> None:
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME
    for name, packages in wanted().items():
        if is_there(home, name):
            continue
        venv.create(home / name, with_pip=False, clear=True)
        python = home / name / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", *packages], check=True)
        (home / name / "installed.txt").write_text(" ".join(packages))
        print(f"installed {' '.join(packages)}")


if __name__ == "__main__":
    main()

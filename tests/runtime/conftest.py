"""The fork server that the tests of crashes share: one for each process of pytest."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from forkserver import Forks, forks


@pytest.fixture(scope="session")
def server() -> Iterator[Forks]:
    with forks() as found:
        yield found

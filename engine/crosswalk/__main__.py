"""`python -m crosswalk`: the command line of the environment whose Python it is."""

from __future__ import annotations

from .cli import main

main()

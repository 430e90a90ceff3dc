"""Fenced blocks of a documentation page, and what each is for; start at `Block`.

The info string is a language and maybe a title, which readers see above the block: ```json title="mapping".

- `title` with a dot or slash: a file, written into the page's folder before what follows runs.
- `json title="mapping"`: a mapping, followed by `title="input"` (json: a record or list of records; csv, xml, ndjson:
  text in that format) and then any of `title="output"` (json: record or list; csv, xml, ndjson: the text written),
  `title="rejects"` and `title="diagnostics"` (text: what a person reads). Other files of the page are beside it.
- `console`: commands after `$ ` and what they print; `...` stands for what varies.
- `python`: runs, in one namespace for the page; a following `text title="prints"` is what it prints.
- `sh`: shown only; but example plugins and Singer programs that it installs are there for what follows (`needs.py`).
- `text`, `crontab`, `ini`: shown only; but the crosswalk command lines in the last two must be ones there are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^( *)```([a-z]+)?([^\n]*)\n(.*?)^\1```$", re.M | re.S)
_TITLE = re.compile(r'title="([^"]+)"')
ROLES = ("mapping", "input", "output", "rejects", "diagnostics", "prints")


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, title ("" without), text and the line in the page that it begins at."""

    language: str
    title: str
    text: str
    line: int

    @property
    def is_file(self) -> bool:
        """Whether the title names a file."""
        return bool(self.title) and self.title not in ROLES


def blocks(page: Path) -> list[Block]:
    """All blocks of a page in order."""
    text = page.read_text("utf-8")
    found = []
    for match in _FENCE.finditer(text):
        indent, language, rest, body = match.groups()
        title = _TITLE.search(rest)
        lines = [line.removeprefix(indent) for line in body.splitlines(keepends=True)]
        number = text.count("\n", 0, match.start()) + 1
        found.append(Block(language or "", title[1] if title else "", "".join(lines), number))
    return found


def hand_written() -> list[Path]:
    """Every page that people wrote."""
    pages = [path for path in DOCS.rglob("*.md") if not path.read_text("utf-8").startswith("<!-- Generated")]
    return sorted(pages)

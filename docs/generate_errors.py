"""The pages of error codes: one for each, and the index by family."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from crosswalk.spec.codes import FAMILIES, Code

INTRO = """# Error codes

Every message of crosswalk carries a code. A code keeps its meaning for ever: it is never used for something else.
`crosswalk explain CODE` prints the same text as the pages here.

| first letter | about | what to do |
|---|---|---|
| `M1`, `M2` | the mapping document | correct the document; nothing was run |
| `M3` | one value in the data | see [errors](../language.md#errors): reject, replace or clean it |
| `M4` | a warning of `crosswalk lint` | look at the place; the mapping works |
| `P` | the pipeline document, or a run of it | correct the document |
| `R`, `S` | a run, or its state | follow the next step in the message |
| `C` | files, formats and connections | look at the file or the server |
| `U`, `X` | the command line, or a plugin | look at the command, or update the plugin |
"""


def pages() -> Iterator[tuple[str, str]]:
    """The index, then one page for each code."""
    index = [INTRO]
    for family, title in FAMILIES.items():
        codes: list[Code] = importlib.import_module(f"crosswalk.spec.codes.{family}").CODES
        index.append(f"## {title}\n\n| code | meaning |\n|---|---|")
        index[-1] += "".join(f"\n| [{code.code}]({code.code}.md) | {_cell(code.title)} |" for code in codes)
        for code in codes:
            yield f"reference/errors/{code.code}.md", _page(code, title)
    yield "reference/errors/index.md", "\n\n".join(index)


def _page(code: Code, family: str) -> str:
    text = code.markdown().removeprefix("##")  # a page of its own: its title is the first heading
    return f"{text}\n\n{_where(code.code)}\n\n[All codes](index.md): {family}."


def _where(code: str) -> str:
    """How the code shows: what happens to the run or the record."""
    if code.startswith("M3"):
        return (
            "This is an error of one value. By default the record is rejected and the rest go on; "
            "[`on_error`](../language.md#errors) says otherwise."
        )
    if code.startswith("M4") and code != "M430":
        return "This is a warning. `crosswalk lint` shows it; the mapping still runs."
    if code[:2] in ("M1", "M2", "M4"):
        return "This is an error of the document. Nothing runs until it is corrected; the exit status is 2."
    return ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

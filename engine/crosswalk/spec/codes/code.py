"""`Code`: what is told about one code."""

from __future__ import annotations

import textwrap

from ...lean import lean_dataclass


@lean_dataclass(frozen=True)
class Code:
    """One code: a title, a paragraph, an example that causes it and the same put right ("" where none makes sense)."""

    code: str
    title: str
    text: str
    wrong: str = ""
    right: str = ""

    def page(self) -> str:
        """Plain text for a terminal."""
        parts = [f"{self.code}: {self.title}", textwrap.fill(self.text, 96, break_on_hyphens=False)]
        if self.wrong:
            parts.append("Wrong:\n" + textwrap.indent(self.wrong, "  "))
        if self.right:
            parts.append("Right:\n" + textwrap.indent(self.right, "  "))
        return "\n\n".join(parts)

    def markdown(self) -> str:
        """A section of the reference documentation."""
        parts = [f"### {self.code}: {self.title}", self.text]
        if self.wrong:
            parts.append(f"Wrong:\n\n```text\n{self.wrong}\n```")
        if self.right:
            parts.append(f"Right:\n\n```text\n{self.right}\n```")
        return "\n\n".join(parts)

"""Path languages: column names, JMESPath and XPath 1.0. Each starts in its `*_language.py` or `column.py`."""

from __future__ import annotations

from crosswalk import PathLanguage, hookimpl


@hookimpl
def crosswalk_path_languages() -> list[type[PathLanguage]]:
    """The three bundled languages."""
    from .column import Column
    from .jmespath_language import JmesPath
    from .xpath_language import XPath

    return [Column, JmesPath, XPath]

"""The conformance suite of formats: subclass `FormatContract`, give it a format, and run pytest."""

from __future__ import annotations

from pathlib import Path

from ..plugin.component import Component
from .component_checks import ComponentChecks
from .format_claims import FormatClaims
from .format_reading import FormatReading
from .format_writing import FormatWriting


class FormatContract(FormatWriting, FormatReading, FormatClaims, ComponentChecks):
    """Tests that every format passes.

    ```python
    class TestNdjson(FormatContract):
        bad_record = (b'{"id":1}\\n{"id":\\n{"id":3}\\n', 2)
        def format(self):
            return Ndjson()
    ```
    `bad_record`: a document with good records and one that cannot be read, and the line of that one (0: the format has
    no lines); None when the format has no such thing. `whole`: a document that breaks off is an error as a whole.
    `text_only`: values come back as texts (csv, xml). `tells_null`: null and "" come back as two things. `streams`:
    the first batch comes before all has been read. `limits_records`: a record may be too long to be read (not so where
    a reader never holds one as bytes). Override `values(row)` where rows are no dicts, and `read_options()` where
    records have to be found by a path.
    """

    def _component(self, folder: Path) -> Component:
        return self.format()

"""Checks of what a sink does with values: every type that a mapping can make, and those that nothing can carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..batch import Batch
from ..errors import CrosswalkError, DataError
from ..plugin.sink import Writer
from ..values import type_name
from . import torture
from .sink_session import SinkSessions, rows


class SinkValues(SinkSessions):
    """Part of `SinkContract`."""

    def test_takes_or_refuses_every_type(self, tmp_path: Path) -> None:
        """A value of any type that mappings make is stored with its record, or refused by an error of crosswalk."""
        for number, value in enumerate(torture.VALUES):
            folder = tmp_path / str(number)
            folder.mkdir()
            batch = Batch.of_rows([{"id": 1, "name": "é 1", "value": value}])
            try:
                self._write(folder, batch)
            except CrosswalkError:
                continue
            except DataError:
                assert self._ids(folder) == [], f"the record with a {type_name(value)} was refused, and is there"
                continue
            except Exception as error:
                pytest.fail(f"a {type_name(value)} raised {type(error).__name__}: {error}; raise DataError instead")
            assert self._ids(folder) == [1], f"the record with a {type_name(value)} is not there"

    def test_refused_batch_is_not_taken(self, tmp_path: Path) -> None:
        """A DataError means that nothing of the batch was taken: the engine gives its records again, one by one."""
        with self._bound(tmp_path).open() as writer:
            writer.write(rows(1, 3))
            odd = {"id": 6, "name": "é 6", "value": object()}
            if not self._refuses(writer, Batch.of_rows([*rows(4, 2).rows, odd])):
                pytest.skip("ends the run")
            writer.write(rows(4, 2))
            writer.flush()
        found = sorted(self._ids(tmp_path))
        assert found == [1, 2, 3, 4, 5], f"after a refused batch, given again without the culprit, there is {found}"

    def _refuses(self, writer: Writer, batch: Batch) -> bool:
        """True for a DataError, False for an error that ends the run; anything else fails."""
        try:
            writer.write(batch)
            writer.flush()
        except DataError as error:
            assert error.message, "the error has no message"
            return True
        except CrosswalkError:
            return False
        except Exception as error:
            pytest.fail(f"an object() raised {type(error).__name__}: {error}; raise DataError instead")
        pytest.fail("an object() was taken")

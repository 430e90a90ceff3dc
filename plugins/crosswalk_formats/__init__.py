"""The bundled file formats: csv, tsv, json, ndjson, xml, parquet and arrow."""

from __future__ import annotations

import importlib

from crosswalk import Format, hookimpl

crosswalk_api = 1

_HOMES = {
    "csv_format": ("Csv", "Tsv"),
    "json_format": ("Json",),
    "ndjson_format": ("Ndjson",),
    "xml_format": ("Xml",),
    "parquet_format": ("Parquet",),
    "arrow_format": ("ArrowIpc",),
}


@hookimpl
def crosswalk_formats() -> list[type[Format]]:
    """Every format of this package; imported here, so that loading the package costs nothing."""
    found: list[type[Format]] = []
    for home, names in _HOMES.items():
        module = importlib.import_module(f"{__name__}.{home}")
        found += [getattr(module, name) for name in names]
    return found

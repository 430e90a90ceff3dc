"""The jobs in Polars, lazy and streaming: `python polars_peer.py JOB INPUT OUTPUT`."""

from __future__ import annotations

import sys

import polars as pl

LOCATIONS = {"MEL": "AU-VIC-1", "SYD": "AU-NSW-1", "BNE": "AU-QLD-1"}


def inventory(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Twelve text columns to ten fields."""
    sku = pl.col("SKU").str.strip_chars().str.to_uppercase()
    on_hand, reserved = pl.col("Qty").cast(pl.Int64), pl.col("Reserved").cast(pl.Int64).fill_null(0)
    return rows.select(
        ref=pl.format("34:{}:{}", pl.col("Warehouse"), sku),
        sku=sku,
        location=pl.col("Warehouse").replace_strict(LOCATIONS),
        available=on_hand - reserved,
        status=pl.when(on_hand > 0).then(pl.lit("IN_STOCK")).otherwise(pl.lit("OUT_OF_STOCK")),
        price=pl.col("Price").cast(pl.Float64),
        brand=pl.col("Brand").str.to_uppercase(),
        name=pl.col("Name"),
        bin=pl.col("Bin"),
        note=pl.col("Note").fill_null(""),
    )


def main(job: str, source: str, target: str) -> None:
    """Run one job."""
    rows = pl.scan_parquet(source) if job.startswith("parquet") else pl.scan_csv(source, infer_schema=False)
    made = inventory(rows)
    made.sink_parquet(target, compression="snappy") if job.endswith("parquet") else made.sink_ndjson(target)


if __name__ == "__main__":
    main(*sys.argv[1:])

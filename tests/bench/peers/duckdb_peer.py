"""The jobs in DuckDB's SQL: `python duckdb_peer.py JOB INPUT OUTPUT`."""

from __future__ import annotations

import sys

import duckdb

INVENTORY = """
SELECT '34:' || Warehouse || ':' || upper(trim(SKU)) AS ref,
  upper(trim(SKU)) AS sku,
  CASE Warehouse WHEN 'MEL' THEN 'AU-VIC-1' WHEN 'SYD' THEN 'AU-NSW-1' WHEN 'BNE' THEN 'AU-QLD-1' END AS location,
  Qty::BIGINT - coalesce(Reserved::BIGINT, 0) AS available,
  CASE WHEN Qty::BIGINT > 0 THEN 'IN_STOCK' ELSE 'OUT_OF_STOCK' END AS status,
  Price::DOUBLE AS price, upper(Brand) AS brand, Name AS name, Bin AS bin, coalesce(Note, '') AS note
FROM {source}
"""
ORDERS = """
SELECT o.orderNo AS ref, lower(o.status) AS state,
  {{'id': o.customer.id, 'email': lower(o.customer.email),
    'name': o.customer.name.first || ' ' || o.customer.name.last}} AS customer,
  'AU-' || lpad(ltrim(o.store.code, 'S'), 3, '0') AS store, o.shipTo.suburb AS city,
  list_transform(o.lines, lambda l: {{'sku': upper(trim(l.sku)), 'qty': l.qty::BIGINT, 'price': l.price}}) AS lines,
  len(o.lines) AS line_count
FROM read_json('{source}', format = 'newline_delimited', columns = {{
  orderNo: 'VARCHAR', status: 'VARCHAR', shipTo: 'STRUCT(suburb VARCHAR)', store: 'STRUCT(code VARCHAR)',
  customer: 'STRUCT(id VARCHAR, email VARCHAR, name STRUCT("first" VARCHAR, "last" VARCHAR))',
  lines: 'STRUCT(sku VARCHAR, qty VARCHAR, price DOUBLE)[]'}}) o
"""


def main(job: str, source: str, target: str) -> None:
    """Run one job; the order of the rows is kept."""
    if job == "orders":
        query = ORDERS.format(source=source)
    elif job.startswith("parquet"):
        query = INVENTORY.format(source=f"read_parquet('{source}')")
    else:
        query = INVENTORY.format(source=f"read_csv('{source}', all_varchar = true, header = true)")
    kind = "PARQUET" if job.endswith("parquet") else "JSON"
    duckdb.sql(f"COPY ({query}) TO '{target}' (FORMAT {kind})")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The loop: read, map, write, flush, commit; leases, ledger, rejects."""

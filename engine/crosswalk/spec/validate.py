"""Structural validation of mappings."""

from __future__ import annotations

from typing import Any


def validate_mapping(spec: Any, kind: str, registry: Any) -> None:
    """Note every structural problem of the mapping."""

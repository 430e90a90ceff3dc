"""Large data in pickles: left out of them where whoever pickles takes it over another way (PEP 574)."""

from __future__ import annotations

import pickle
from typing import Any, SupportsIndex


def large(data: bytes, protocol: SupportsIndex) -> Any:
    """What to pickle in place of the bytes; comes back as bytes, if the other side makes such of its buffers."""
    return pickle.PickleBuffer(data) if int(protocol) >= 5 else data

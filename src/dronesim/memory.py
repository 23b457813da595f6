"""Memory that is free again, given back to the system."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, Final

_MUCH: Final = 100_000
"""So many rows make it worth the milliseconds that it takes."""


def give_back(rows: int) -> None:
    """Give back what the C library keeps of memory that long columns have left; nothing where there were few rows.

    glibc gives back by itself what lies at the end of its heap, and only if that is much; other libraries are left
    alone.
    """
    trim = _trim()
    if rows >= _MUCH and trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None

"""The libraries of the extra ``gis``, imported when a file asks for them."""

from __future__ import annotations

import importlib
from typing import Any

from dronesim.exchange.maps.account import refuse


def needed(name: str) -> Any:
    """Import a library of the extra; where it is missing, say what to install."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        rule = f"needs the library {name} of the extra: pip install 'dronesim[gis]'"
        raise refuse("dronesim import map", rule, key="extra gis") from error

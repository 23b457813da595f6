"""dronesim: how many drones does a district need, and which dispatch policy gets there with the fewest?

The names below are the whole public interface for Python; each is imported when it is first used, so that
``import dronesim`` is fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dronesim.dispatch import Decisions, DispatchPolicy, DispatchView
    from dronesim.experiment import measure
    from dronesim.scenario import load_scenario
    from dronesim.verify import verify_run

__version__ = "0.1.0"

__all__ = ["Decisions", "DispatchPolicy", "DispatchView", "load_scenario", "measure", "verify_run"]

_HOMES: Final = {
    "Decisions": "dronesim.dispatch",
    "DispatchPolicy": "dronesim.dispatch",
    "DispatchView": "dronesim.dispatch",
    "load_scenario": "dronesim.scenario",
    "measure": "dronesim.experiment",
    "verify_run": "dronesim.verify",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dronesim' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)

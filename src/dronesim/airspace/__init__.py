"""Route management in time: who may use which pad, lane and route when.

What needs compiled kernels is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from dronesim.airspace.calendar import Booking, Calendar, Use, first_common_start
from dronesim.airspace.clearance import (
    Clearance,
    ClearanceService,
    HeadwayClearance,
    SortieRequest,
)
from dronesim.airspace.paths import Alternatives, Path4D, Terminal, alternatives, build_path

if TYPE_CHECKING:
    from dronesim.airspace.detection import Tracks, count_conflicts, detect_conflicts, losses_of_separation, tracks_of
    from dronesim.airspace.reservations import Reservations, first_gap, first_gap_ms

__all__ = [
    "Alternatives",
    "Booking",
    "Calendar",
    "Clearance",
    "ClearanceService",
    "HeadwayClearance",
    "Path4D",
    "Reservations",
    "SortieRequest",
    "Terminal",
    "Tracks",
    "Use",
    "alternatives",
    "build_path",
    "count_conflicts",
    "detect_conflicts",
    "first_common_start",
    "first_gap",
    "first_gap_ms",
    "losses_of_separation",
    "tracks_of",
]

_COMPILED: Final = {
    "Reservations": "dronesim.airspace.reservations",
    "Tracks": "dronesim.airspace.detection",
    "count_conflicts": "dronesim.airspace.detection",
    "detect_conflicts": "dronesim.airspace.detection",
    "first_gap": "dronesim.airspace.reservations",
    "first_gap_ms": "dronesim.airspace.reservations",
    "losses_of_separation": "dronesim.airspace.detection",
    "tracks_of": "dronesim.airspace.detection",
}


def __getattr__(name: str) -> Any:
    if name not in _COMPILED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_COMPILED[name]), name)

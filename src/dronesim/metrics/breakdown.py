"""Where orders are on time: counts by take-off point, airport, hour and distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.service import is_on_time
from dronesim.metrics.statistics import Flags
from dronesim.record.tables import Columns
from dronesim.units import HOUR

DISTANCE_STEP_M: Final = 500.0

Counts = dict[str, list[int]]
"""By group: in-range orders, and those of them that were on time."""


def breakdown(orders: Columns, facts: Mapping[str, Any]) -> dict[str, Counts]:
    """Count in-range orders and those on time on the target's clock, by four groupings.

    ``hour`` is that of placing; ``distance`` is in bins of 500 m, named by the metres at which they begin.
    Sites without orders are there too, with zeros.
    """
    on_time, in_range = _on_time(orders, facts), orders["in_range"]
    hours = np.floor(orders["placed_s"] / HOUR).astype(np.int64)
    begins_m = (np.floor(orders["distance_m"] / DISTANCE_STEP_M) * DISTANCE_STEP_M).astype(np.int64)
    sites = {kind: {row["id"]: [0, 0] for row in facts["sites"][kind]} for kind in ("takeoff_points", "airports")}
    return {
        "takeoff_point": {**sites["takeoff_points"], **_counts(orders["takeoff_point"], in_range, on_time)},
        "airport": {**sites["airports"], **_counts(orders["airport"], in_range, on_time)},
        "hour": _counts(hours, in_range, on_time),
        "distance": _counts(begins_m, in_range, on_time),
    }


def late_orders(orders: Columns, facts: Mapping[str, Any]) -> list[int]:
    """List the in-range orders that were not on time, by number."""
    is_late = orders["in_range"] & ~_on_time(orders, facts)
    late: list[int] = orders["order"][is_late].tolist()
    return late


def _on_time(orders: Columns, facts: Mapping[str, Any]) -> Flags:
    return is_on_time(orders, clock=str(facts["service"]["clock"]), limit_s=float(facts["service"]["limit_s"]))


def _counts(groups: NDArray[Any], in_range: Flags, on_time: Flags) -> Counts:
    names, number = np.unique([str(group) for group in groups[in_range].tolist()], return_inverse=True)
    placed = np.bincount(number, minlength=len(names)).tolist()
    met = np.bincount(number, weights=on_time[in_range], minlength=len(names)).astype(np.int64).tolist()
    return {name: [whole, part] for name, whole, part in zip(names.tolist(), placed, met, strict=True)}

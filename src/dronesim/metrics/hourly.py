"""The day by the hour: orders that came, that were brought and that waited, drones out, delay by clearance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dronesim.metrics.fleet import clearance_delay_s, sortie_intervals, stays_there
from dronesim.metrics.running import ready_intervals
from dronesim.metrics.statistics import Floats, mean
from dronesim.record.tables import Columns
from dronesim.units import HOUR


def hourly(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Measure each clock hour from opening until the last drone is home.

    ``placed``, ``delivered``: orders in that hour, in range or not; ``drones_out``, ``waiting``: mean over the hour of
    drones on sorties, and of orders that are ready and have not taken off; ``clearance_delay_s``: mean over the flights
    that departed in it, as in the key figures, None without any.
    """
    orders, legs, horizon = tables["orders"], tables["legs"], facts["horizon"]
    closed_s = float(horizon["closed_s"])
    edges_s = _edges_s(float(horizon["start_s"]), closed_s)
    out = _mean_running(edges_s, *sortie_intervals(legs, closed_s, stays=stays_there(facts)))
    waiting = _mean_running(edges_s, *ready_intervals(orders, closed_s))
    delay_s = clearance_delay_s(legs, load_s=float(facts["handling"]["load_s"]))
    hour = np.searchsorted(edges_s, legs["departed_s"], side="right") - 1
    placed, _ = np.histogram(orders["placed_s"], edges_s)
    delivered, _ = np.histogram(orders["delivered_s"][~np.isnan(orders["delivered_s"])], edges_s)
    return [
        {
            "hour": int(edges_s[place] // HOUR),
            "placed": int(placed[place]),
            "delivered": int(delivered[place]),
            "drones_out": float(out[place]),
            "waiting": float(waiting[place]),
            "clearance_delay_s": mean(delay_s[(hour == place) & ~np.isnan(delay_s)]),
        }
        for place in range(len(edges_s) - 1)
    ]


def _edges_s(start_s: float, closed_s: float) -> Floats:
    first, last = np.floor(start_s / HOUR), max(np.ceil(closed_s / HOUR), np.floor(start_s / HOUR) + 1)
    return np.arange(first, last + 1, dtype=np.float64) * HOUR


def _mean_running(edges_s: Floats, from_s: Floats, to_s: Floats) -> Floats:
    """Average over each hour how many intervals run; shape ``(hours,)``."""
    early, late = np.maximum(from_s[:, None], edges_s[:-1]), np.minimum(to_s[:, None], edges_s[1:])
    shares: Floats = np.maximum(late - early, 0.0).sum(axis=0) / HOUR
    return shares

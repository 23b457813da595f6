"""Counts anew what barred orders that no fleet could have brought in time."""

from __future__ import annotations

from collections import Counter

import numpy as np

from dronesim.verify.intervals import Mask
from dronesim.verify.reading import Run
from dronesim.verify.weather import waited_for_it


def barred_by(run: Run, beyond: Mask) -> Counter[str]:
    """Count orders ``beyond`` the ceiling by what they ended for, or waited for, that no fleet can help."""
    found, stormy, table = Counter[str](), waited_for_it(run), run.tables["waits"]
    blown, zoned = (set(table["order"][table["reason"] == reason].tolist()) for reason in ("wind", "zone"))
    for row in np.flatnonzero(beyond).tolist():
        order = int(run.orders["order"][row])
        met = [name for name, whom in (("weather", stormy), ("wind", blown), ("zone", zoned)) if order in whom]
        bar = _ended_for(run, row) or next(iter(met), None)
        if bar is not None:
            found[bar] += 1
    return found


def _ended_for(run: Run, row: int) -> str | None:
    orders, reason = run.orders, str(run.orders["reason"][row])
    if orders["end_state"][row] not in ("refused", "ground"):
        return None
    is_always = reason in ("wind", "weather", "zone", "out_of_reach", "too_heavy", "out_of_hours")
    is_zoned = reason == "airport_closed" and np.isnan(orders["ceiling_s"][row])
    return reason if is_always or is_zoned else None

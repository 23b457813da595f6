"""Checks that no order is taken back from a drone on which it is being loaded, or that has left with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.lookup import is_set
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle

_RECALLED: Final = "revoked: recalled by the policy"
_SLACK_S: Final = 5e-4


def recalls(run: Run) -> Check:
    """What a policy recalls is not on its drone: no loader works at it then, and it is not loaded before."""
    incidents = run.tables["incidents"]
    rows = np.flatnonzero(incidents["action"] == _RECALLED)
    return settle("recalls come before loading", len(rows), [listed(_begun(run, rows.tolist()))])


def _begun(run: Run, rows: list[int]) -> Iterator[str]:
    incidents, table, orders, legs = run.tables["incidents"], run.occupancy, run.orders, run.legs
    is_loader = table["resource"] == "loader"
    for row in rows:
        drone, order, time_s = incidents["drone"][row], incidents["order"][row], incidents["time_s"][row]
        words = f"order {order} is recalled from drone {drone} {at(time_s)}"
        begun = is_loader & (table["holder"] == drone) & (table["from_s"] < time_s - _SLACK_S)
        if (begun & ~(ends(run) < time_s - _SLACK_S)).any():
            yield f"{words}, while it is being loaded"
        its = orders["order"] == order
        assigned_s, loaded_s = orders["assigned_s"][its], orders["loading_s"][its]
        if (is_set(assigned_s) & (assigned_s < time_s - _SLACK_S)).any():
            yield f"{words}, and it is still assigned as it was before"
        flown = (legs["order"] == order) & (legs["departed_s"] < time_s - _SLACK_S)
        if flown.any() or (is_set(loaded_s) & (loaded_s < time_s - _SLACK_S)).any():
            yield f"{words}, after it was loaded"

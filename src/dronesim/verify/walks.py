"""Checks the walks of couriers: each parcel is ready when its courier, by the way on the map, can have it there."""

from __future__ import annotations

from typing import Final

import numpy as np

from dronesim.verify.courier_trips import trips_of
from dronesim.verify.handling import boxing_s
from dronesim.verify.lookup import is_set, places_m
from dronesim.verify.maps import has_map, read_spots
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, settle, skipped, where
from dronesim.verify.stated import stated, value_at

_NAME: Final = "couriers' walks"
_SLACK_S: Final = 0.02
"""Each part of a trip is rounded up to a millisecond, and places on the map to some."""


def walks(run: Run) -> Check:
    """A parcel is ready when it is prepared and a courier there, handed over, carried back and boxed, and not before.

    Only where demand is drawn on the map: a file of orders may tell places of its own.
    """
    scenario = stated(run)
    mps, detour = (value_at(scenario, f"couriers.{key}") for key in ("walk_mps", "detour"))
    if not has_map(run) or value_at(scenario, "demand.model") != "poisson" or not mps or detour is None:
        return skipped(_NAME, "the day's orders are not drawn on a map")
    orders, spots = run.orders, read_spots(run)["merchant"]
    merchant_m = np.array([spots.get(name, (np.nan, np.nan)) for name in orders["merchant"].tolist()], np.float64)
    metres = merchant_m.reshape(-1, 2) - places_m(run, orders["takeoff_point"])
    walk_s = float(detour) * np.hypot(*metres.T) / float(mps)
    leave_s, _ = trips_of(run)
    there_s = np.fmax(orders["prepared_s"], leave_s + walk_s)
    due_s = there_s + run.facts.courier_handling_s + walk_s + boxing_s(run)
    is_known = is_set(due_s) & is_set(orders["ready_s"]) & is_set(leave_s)
    wrong = where(
        is_known & ~(np.abs(orders["ready_s"] - due_s) <= _SLACK_S),
        lambda row: (
            f"order {orders['order'][row]} is ready {at(orders['ready_s'][row])}; its courier leaves "
            f"{at(leave_s[row])}, walks {walk_s[row]:.3f} s one way, and has it there {at(due_s[row])}"
        ),
    )
    return settle(_NAME, int(is_known.sum()), [wrong])

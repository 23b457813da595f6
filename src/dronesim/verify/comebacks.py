"""Checks what follows when drones come down or divert: when they, spares and parcels on the road are there again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.units import MS
from dronesim.verify.closed_rule import leaves_queue_s
from dronesim.verify.intervals import Floats
from dronesim.verify.lookup import is_set, places_m, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, skipped, where
from dronesim.verify.silence import DOWN
from dronesim.verify.stated import MINUTE_S, has_scenario, stated, value_at

_NAME: Final = "recoveries, spares and the road"
_SLACK_S: Final = 5.0 / MS
_FROM_HOME: Final = ("airport_closed", "weather")
"""Why parcels go by road from their take-off point."""


def comebacks(run: Run) -> Check:
    """Who came down is back no sooner than stated, a spare too; a parcel on the road takes as long as its way does."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    scenario = stated(run)
    words = [*_recoveries(run, scenario), *_spares(run, scenario)]
    by_road = run.orders["end_state"] == "ground"
    count = int(np.isin(run.tables["incidents"]["action"], ("lost", DOWN)).sum() + by_road.sum())
    return settle(_NAME, count, [listed(words), *_on_the_road(run, scenario)])


def _recoveries(run: Run, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Find drones that take off sooner after they came down than they are fetched and mended."""
    recovery_min, legs, table = value_at(scenario, "faults.recovery_min"), run.legs, run.tables["incidents"]
    if recovery_min is None:
        return
    for row in np.flatnonzero(table["action"] == DOWN).tolist():
        drone, fell_s = int(table["drone"][row]), float(table["time_s"][row])
        later = legs["departed_s"][(legs["drone"] == drone) & (legs["departed_s"] > fell_s + _SLACK_S)]
        back_s = fell_s + MINUTE_S * float(recovery_min)
        if len(later) and later.min() < back_s - _SLACK_S:
            yield f"drone {drone} came down {at(fell_s)}, takes off {at(later.min())}; it is back {at(back_s)}"


def _spares(run: Run, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Find spares that take off sooner than as many drones have been lost for as long as a spare takes to be ready."""
    ready_min, legs, table = value_at(scenario, "fleet.spare_ready_min"), run.legs, run.tables["incidents"]
    if ready_min is None:
        return
    lost_s = np.sort(table["time_s"][table["action"] == "lost"])
    is_spare = (legs["drone"] >= run.facts.drones) & is_set(legs["departed_s"])
    drones, rows = np.unique(legs["drone"][is_spare], return_inverse=True)
    first_s = np.full(len(drones), np.inf)
    np.minimum.at(first_s, rows, legs["departed_s"][is_spare])
    for number, (drone, time_s) in enumerate(sorted(zip(drones.tolist(), first_s.tolist(), strict=True), key=_second)):
        ready_s = lost_s[number] + MINUTE_S * float(ready_min) if number < len(lost_s) else np.inf
        if time_s < ready_s - _SLACK_S:
            yield f"drone {drone}, a spare, takes off {at(time_s)}; by then {number} can have taken over"


def _second(pair: tuple[int, float]) -> float:
    return pair[1]


def _on_the_road(run: Run, scenario: Mapping[str, Any]) -> Iterator[Faults]:
    """Find parcels that came by road, from their take-off point or from where a drone landed, in another time."""
    mps, detour = (value_at(scenario, f"couriers.road_{key}") for key in ("mps", "detour"))
    if not mps or detour is None:
        return
    orders, (from_s, site) = run.orders, _begins(run)
    metres = places_m(run, orders["airport"]) - places_m(run, site)
    due_s = from_s + float(detour) * np.hypot(*metres.T) / float(mps)
    yield where(
        (orders["end_state"] == "ground") & is_set(due_s) & ~(np.abs(orders["ended_s"] - due_s) <= _SLACK_S),
        lambda row: (
            f"order {orders['order'][row]} went by road from {site[row]} {at(from_s[row])}, and was there "
            f"{at(orders['ended_s'][row])}; by its way it is {at(due_s[row])}"
        ),
    )


def _begins(run: Run) -> tuple[Floats, Any]:
    """Give when and from where each order went by road, NaN where that is not told: of drones that came down."""
    orders, legs, facts = run.orders, run.legs, run.facts
    from_s, site = np.full(len(orders["order"]), np.nan), orders["takeoff_point"].copy()
    at_home = np.isin(orders["reason"], _FROM_HOME)
    from_s[at_home] = leaves_queue_s(run)[at_home]
    lands = np.flatnonzero((legs["order"] >= 0) & (legs["outcome"] == "landed") & (legs["kind"] == "divert"))
    row = rows_of(orders["order"], legs["order"][lands])
    lands, row = lands[row >= 0], row[row >= 0]
    is_home = np.isin(legs["to"][lands], list(facts.takeoff_points))
    # where unloading takes longer than booked, when it is over is told of deliveries alone
    unload_s = np.nan if (facts.handling_times or {}).get("unload_s") is not None else facts.unload_s
    is_rescued = orders["reason"][row] == "diverted"
    lands, row, is_home = lands[is_rescued], row[is_rescued], is_home[is_rescued]
    from_s[row] = legs["landed_s"][lands] + np.where(is_home, 0.0, unload_s)
    site[row] = legs["to"][lands]
    return from_s, site

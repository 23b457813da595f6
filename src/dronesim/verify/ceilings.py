"""Checks the ceilings of orders: none is beaten, none is lower than it can be, and those of a pair of sites agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.verify.courier_trips import walks_s
from dronesim.verify.handling import boxing_s
from dronesim.verify.intervals import Floats, Mask, combine, to_keys
from dronesim.verify.lookup import is_set
from dronesim.verify.maps import has_map, read_map
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, settle, where

_SLACK_S: Final = 1e-2
_BARRED: Final = ("out_of_hours", "too_heavy", "out_of_reach", "wind", "zone")
"""For what orders are refused that no drone of the fleet could have brought."""


def ceilings(run: Run) -> Check:
    """No delivery is faster than its ceiling, and what was delivered has one; it is that to the customer's airport.

    Nor is a ceiling less than kitchen, walk and the straight way take. On a day on which neither winds nor zones nor
    the weather change all orders of a pair of sites have the same flight in it, and it is what came before that and
    that flight. Who was led around a zone is not asked whether it beat its own: where that closes an airway, the way
    from where the drone is may be shorter than any that it could have been booked on.
    """
    is_bounded, pairs = _is_bounded(run), (("ceiling_s", "placed_s"), ("ceiling_ready_s", "ready_s"))
    faults = [_beaten(run, is_bounded, column, since) for column, since in pairs]
    faults += [*_of_the_barred(run), *_too_low(run)]
    if _is_steady(run):
        faults += [*_of_pairs(run), *_of_the_ready(run)]
    return settle("ceilings are not beaten", int(is_bounded.sum()), faults)


def _order(run: Run, row: int) -> str:
    return f"order {run.orders['order'][row]}"


def _is_bounded(run: Run) -> Mask:
    """Tell which orders were delivered to the customer's own airport, and not led around a zone."""
    orders, incidents = run.orders, run.tables["incidents"]
    led = incidents["order"][(incidents["kind"] == "zone_closed") & (incidents["action"] == "flies around")]
    is_home = is_set(orders["delivered_s"]) & (orders["airport"] == orders["placed_airport"])
    return np.asarray(is_home & ~np.isin(orders["order"], led))


def _beaten(run: Run, is_bounded: Mask, column: str, since: str) -> Faults:
    orders = run.orders
    took_s = orders["delivered_s"] - orders[since]
    broken = is_set(took_s) & is_bounded & ~(orders[column] <= took_s + _SLACK_S)
    return where(
        broken,
        lambda row: f"{_order(run, row)} took {took_s[row]:.3f} s from {since}, {column} is {orders[column][row]:.3f}",
    )


def _of_the_barred(run: Run) -> Iterator[Faults]:
    """Find ceilings of orders that are refused whatever the fleet, and orders that have one of two ceilings."""
    orders = run.orders
    barred = (orders["end_state"] == "refused") & np.isin(orders["reason"], _BARRED)
    yield where(
        barred & is_set(orders["ceiling_s"]),
        lambda row: f"{_order(run, row)} is refused ({orders['reason'][row]}), and has a ceiling",
    )
    yield where(
        is_set(orders["ceiling_s"]) != is_set(orders["ceiling_ready_s"]),
        lambda row: f"{_order(run, row)} has only one of ceiling_s and ceiling_ready_s",
    )


def _least_flight_s(run: Run) -> Floats:
    """Give the least time from loading to the box: straight on with the strongest wind of the day behind."""
    facts, orders = run.facts, run.orders
    has_law = {name: (facts.handling_times or {}).get(name) is not None for name in ("load_s", "unload_s")}
    held_s = sum(s for name, s in (("load_s", facts.load_s), ("unload_s", facts.unload_s)) if not has_law[name])
    strongest_mps = max((float(np.hypot(*v)) for wind in facts.winds for v in wind.levels.values()), default=0.0)
    airspeed_mps = facts.max_mps if np.isfinite(facts.max_mps) else facts.cruise_mps
    over_mps = min(airspeed_mps + strongest_mps, facts.cruise_mps if np.isfinite(facts.max_mps) else np.inf)
    way_s = np.maximum(orders["distance_m"] - 2 * facts.corner_cut_m, 0.0) / over_mps
    return np.asarray(held_s + facts.takeoff_check_s + way_s)


def _too_low(run: Run) -> Iterator[Faults]:
    """Find ceilings that are less than the flight, or than kitchen, walk and flight, can be."""
    orders, least_s = run.orders, _least_flight_s(run)
    top_s, flight_s = orders["ceiling_s"], orders["ceiling_ready_s"]
    yield where(
        flight_s < least_s - _SLACK_S,
        lambda row: (
            f"{_order(run, row)}: ceiling_ready_s {flight_s[row]:.3f} s, it takes {least_s[row]:.3f} s at least"
        ),
    )
    hands_s = run.facts.courier_handling_s + boxing_s(run)
    before_s = orders["prepared_s"] - orders["placed_s"] + hands_s + np.nan_to_num(walks_s(run)) + flight_s
    yield where(
        top_s < before_s - 2 * _SLACK_S,
        lambda row: f"{_order(run, row)}: ceiling_s {top_s[row]:.3f} s, kitchen to box take {before_s[row]:.3f} s",
    )


# days on which nothing bars or opens a way


def _is_steady(run: Run) -> bool:
    """Tell whether the same ways and flights are open all day."""
    facts = run.facts
    if len(facts.winds) > 1 or (facts.weather is not None and len(facts.weather.rows) > 1) or not has_map(run):
        return False
    zones = read_map(run).obstacles
    return not (np.isfinite(zones.from_s) | np.isfinite(zones.to_s)).any()


def _of_pairs(run: Run) -> Iterator[Faults]:
    """Find orders whose flight in the ceiling is another than that of others from and to the same sites."""
    orders = run.orders
    flight_s = orders["ceiling_ready_s"]
    points, airports = to_keys(orders["takeoff_point"], orders["placed_airport"])
    pair = combine(points, airports)
    known = np.flatnonzero(is_set(flight_s))
    if not len(known):
        return
    in_order = known[np.lexsort((flight_s[known], pair[known]))]
    first = np.searchsorted(pair[in_order], np.arange(pair.max(initial=-1) + 1))
    many = np.bincount(pair[in_order], minlength=len(first))
    # that in the middle of each pair's, where it has any
    middle = in_order[np.minimum(first + many // 2, len(in_order) - 1)]
    usual_s = np.where(many > 0, flight_s[middle], np.nan)
    meant_s = usual_s[pair]
    yield where(
        np.abs(flight_s - meant_s) > _SLACK_S,
        lambda row: (
            f"{_order(run, row)}: ceiling_ready_s {flight_s[row]:.3f} s, others of its sites {meant_s[row]:.3f}"
        ),
    )


def _of_the_ready(run: Run) -> Iterator[Faults]:
    """Find orders that waited for no courier and whose ceiling is not what came before the flight, and that flight."""
    orders, table = run.orders, run.tables["waits"]
    waited = np.isin(orders["order"], table["order"][table["reason"] == "courier"])
    meant_s = orders["ready_s"] - orders["placed_s"] + orders["ceiling_ready_s"]
    yield where(
        ~waited & (np.abs(orders["ceiling_s"] - meant_s) > _SLACK_S),
        lambda row: f"{_order(run, row)}: ceiling_s {orders['ceiling_s'][row]:.3f} s, it comes to {meant_s[row]:.3f} s",
    )

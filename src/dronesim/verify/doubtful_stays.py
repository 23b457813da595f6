"""What may have been held besides, where trouble or the close moved bookings or cut them short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.verify.ageing import exchanged_packs
from dronesim.verify.holdings import LANES, NETWORK, Stays, is_unsettled, over_s, stay_at
from dronesim.verify.intervals import Ints, Mask, last_before
from dronesim.verify.lookup import is_set, places_m, rows_of, taken
from dronesim.verify.reading import Run

_NEAR_M: Final = 1e-6


def of_unsettled_legs(run: Run) -> Iterator[Stays]:
    """Give what legs that met trouble, or were under way at the close, may have held where they were bound for.

    And of lanes where they came from, which they may have had in parts, and for longer.
    """
    legs, facts = run.legs, run.facts
    unsettled = np.flatnonzero(is_unsettled(run) & is_set(legs["departed_s"]))
    # each incident may have cut what was held, and had it booked again: a lane before, in and after a landing
    times = _incidents_of(run)[unsettled]
    once, lanes = np.repeat(unsettled, 2 + times), np.repeat(unsettled, 1 + 3 * np.maximum(times, 1))
    for resource, rows, site in (
        *((resource, once, legs["to"][once]) for resource in ("pad", "unloader")),
        *((lane, lanes, legs[end][lanes]) for lane in LANES for end in ("to", "from")),
        ("pilot", once, np.full(len(once), NETWORK, object)),
    ):
        from_s, to_s = legs["departed_s"][rows], over_s(run)[rows] + facts.lane_headway_s
        known = np.isin(site, list(facts.capacity.get(resource, {})))
        yield stay_at(resource, site[known], from_s[known], to_s[known], least_s=0.0, is_sure=False)


def _incidents_of(run: Run) -> Ints:
    """Count for each leg the incidents that name a leg of its sortie, or befell its drone in it, ``(legs,)``."""
    legs, incidents = run.legs, run.tables["incidents"]
    named, flown = rows_of(legs["leg"], incidents["leg"]), np.flatnonzero(is_set(legs["departed_s"]))
    last = last_before(
        legs["drone"][flown], legs["departed_s"][flown], ask_keys=incidents["drone"], ask=incidents["time_s"]
    )
    met = np.where(named >= 0, named, np.append(flown, -1)[last])
    of_leg = np.bincount(met[met >= 0], minlength=len(legs["leg"]))
    _, sortie = np.unique(legs["sortie"], return_inverse=True)
    return np.asarray(np.bincount(sortie, of_leg)[sortie].astype(np.int64)) if len(sortie) else of_leg


def of_unsettled_orders(run: Run) -> Iterator[Stays]:
    """Give what orders may have held that were booked at the close, or whose booking was taken back."""
    orders, incidents, closed_s = run.orders, run.tables["incidents"], run.facts.closed_s
    waiting = is_set(orders["assigned_s"]) & ~is_set(orders["departed_s"])
    named = rows_of(orders["order"], incidents["order"])
    troubled = np.flatnonzero((named >= 0) & ~(incidents["time_s"] > taken(orders["departed_s"], named)))
    order = np.concatenate([np.flatnonzero(waiting), named[troubled]])
    until_s = np.where(is_set(orders["ended_s"]), orders["ended_s"], closed_s)[waiting]
    to_s = np.concatenate([until_s, incidents["time_s"][troubled] + run.facts.lane_headway_s])
    from_s = orders["placed_s"][order]
    # an order whose airport closed was booked for that one before it got another
    moved = orders["airport"][order] != orders["placed_airport"][order]
    for resource, column, rows in (
        *((resource, "takeoff_point", np.ones(len(order), np.bool_)) for resource in ("loader", "pad", *LANES)),
        *((resource, "airport", np.ones(len(order), np.bool_)) for resource in ("box", "pad", "unloader", *LANES)),
        *((resource, "placed_airport", moved) for resource in ("box", "pad", "unloader", *LANES)),
    ):
        site, until_s = orders[column][order][rows], np.fmax(to_s, from_s)[rows]
        yield stay_at(resource, site, from_s[rows], until_s, least_s=0.0, is_sure=False)
    for airport, may_have in _may_have_had_a_box(run):
        rows = may_have[order]
        rows &= (orders["airport"][order] != airport) & (orders["placed_airport"][order] != airport)
        yield stay_at("box", airport, from_s[rows], np.fmax(to_s, from_s)[rows], least_s=0.0, is_sure=False)
    # a pilot who was there for a check before a take-off that was taken back
    network = np.full(len(order), NETWORK, object)
    yield stay_at("pilot", network, from_s, np.fmax(to_s, from_s), least_s=0.0, is_sure=False)


def of_revoked_empty_legs(run: Run) -> Iterator[Stays]:
    """Give what drones may have held in the check before an empty leg that was taken back."""
    incidents, facts = run.tables["incidents"], run.facts
    rows = (incidents["kind"] == "booking_revoked") & (incidents["drone"] >= 0)
    to_s = incidents["time_s"][rows]
    from_s = to_s - facts.takeoff_check_s
    for home in facts.takeoff_points:
        yield stay_at("pad", home, from_s, to_s, least_s=0.0, is_sure=False)
    yield stay_at("pilot", NETWORK, from_s, to_s, least_s=0.0, is_sure=False)


def of_empty_legs_at_the_close(run: Run) -> Iterator[Stays]:
    """Give pads that were taken within a check before the close, where drones may stand: for empty legs to begin."""
    facts, table = run.facts, run.occupancy
    late = (table["resource"] == "pad") & (table["from_s"] > facts.closed_s - facts.takeoff_check_s)
    stands = facts.sites if facts.stays else facts.takeoff_points
    late &= facts.is_shared & np.isin(table["site"], list(stands)) & ~(table["to_s"] < facts.closed_s)
    from_s, to_s = table["from_s"][late], np.full(int(late.sum()), facts.closed_s)
    yield stay_at("pad", table["site"][late], from_s, to_s, least_s=0.0, is_sure=False)
    yield stay_at("pilot", np.full(len(to_s), NETWORK, object), from_s, to_s, least_s=0.0, is_sure=False)


def of_troubled_drones(run: Run) -> Iterator[Stays]:
    """Give chargers and packs of drones that met trouble: fetched, or back without an order, they charge once more."""
    incidents, facts = run.tables["incidents"], run.facts
    from_s = incidents["time_s"][incidents["drone"] >= 0]
    until_s = np.full(len(from_s), facts.closed_s)
    for home in facts.takeoff_points:
        yield stay_at("charger", home, from_s, until_s, least_s=0.0, is_sure=False)
    yield stay_at("pack", NETWORK, from_s, until_s, least_s=0.0, is_sure=False)


def of_exchanged_packs(run: Run) -> Iterator[Stays]:
    """Give packs that came off a drone before it flew with them, for a younger one that an order needs."""
    rows, table = exchanged_packs(run), run.occupancy
    yield stay_at("pack", NETWORK, table["from_s"][rows], table["to_s"][rows], least_s=0.0, is_sure=False)


def of_empty_handed_drones(run: Run) -> Iterator[Stays]:
    """Give boxes of orders that waited while a drone failed on its way to them and they were assigned anew."""
    orders, incidents, facts = run.orders, run.tables["incidents"], run.facts
    failed = np.flatnonzero((incidents["drone"] >= 0) & (incidents["order"] < 0))
    time_s = incidents["time_s"][failed][:, None]
    assigned_s = np.fmin(np.fmin(orders["assigned_s"], orders["ended_s"]), facts.closed_s)
    _, order = np.nonzero((orders["placed_s"] < time_s) & (assigned_s >= time_s))
    for airport, may_have in _may_have_had_a_box(run):
        rows = order[may_have[order]]
        yield stay_at("box", airport, orders["placed_s"][rows], assigned_s[rows], least_s=0.0, is_sure=False)


def _may_have_had_a_box(run: Run) -> Iterator[tuple[str, Mask]]:
    """Give each airport with the orders that may have been bound for it at some time, ``(orders,)``.

    Besides the last one: any, where airports closed one after the other, even if the order came back to its own; and
    those to which the policy may send it with each drone that it gets.
    """
    orders, incidents, most_m = run.orders, run.tables["incidents"], run.facts.extra_walk_m
    named = rows_of(orders["order"], incidents["order"])
    on_ground = (named >= 0) & ~(incidents["time_s"] > taken(orders["departed_s"], named))
    is_often = np.bincount(named[on_ground], minlength=len(orders["order"])) > 1
    anywhere = is_often | (orders["airport"] != orders["placed_airport"])
    placed_m = places_m(run, orders["placed_airport"]) if most_m > 0 else None
    for airport, place in run.facts.airports.items():
        found = anywhere | (orders["airport"] == airport)
        if placed_m is not None:
            found |= np.hypot(*(placed_m - np.array(place)).T) <= most_m + _NEAR_M
        yield airport, found

"""Checks the trips of riders: who was sent with what, from when until when, and that every ride is told."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.courier_trips import trips_of, walks_s
from dronesim.verify.holdings import Stays, stay_at
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.lookup import is_set, places_m, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where

_SLACK_S = 3e-3
"""Each part of a trip is rounded up to a millisecond."""


def riders(run: Run) -> Check:
    """A rider takes a ready parcel, brings it in the time that the way takes, and is back then; nobody else does."""
    trips = _trips(run)
    order = rows_of(run.orders["order"], run.occupancy["holder"][trips])
    ridden = np.flatnonzero(_is_ridden(run))
    rows, order = trips[order >= 0], order[order >= 0]
    left = run.occupancy["from_s"][rows]
    faults = [*_times(run, rows, order), *_given_up(run, order, left), *_whose(run, rows, order), *_counts(run)]
    missing = ridden[~np.isin(ridden, order)]
    faults.append(where(np.ones(len(missing), np.bool_), lambda i: f"order {missing[i]} came by no rider that is told"))
    return settle("riders", len(trips) + len(run.orders["order"]), faults)


def _trips(run: Run) -> Ints:
    return np.flatnonzero(run.occupancy["resource"] == "rider")


def _is_ridden(run: Run) -> np.ndarray:
    return np.asarray((run.orders["end_state"] == "ground") & (run.orders["reason"] == "rider"))


def way_s(run: Run, order: Ints) -> Floats:
    """Give how long the ride of each order takes, one way; NaN without riders."""
    orders = run.orders
    metres = places_m(run, orders["takeoff_point"][order]) - places_m(run, orders["airport"][order])
    return np.asarray(np.hypot(*metres.T) / float(run.facts.riders.get("road_mps", np.nan)))


def _both_s(run: Run) -> float:
    """Give how long a rider takes at both ends of the way."""
    known = run.facts.riders
    return float(known.get("pickup_s", 0.0) + known.get("dropoff_s", 0.0))


def _times(run: Run, rows: Ints, order: Ints) -> Iterator[Faults]:
    """Find trips that begin before their parcel is ready, or last for another time than they take.

    Who fetches a parcel from its merchant leaves when it is placed, at the soonest.
    """
    orders, from_s, to_s = run.orders, run.occupancy["from_s"][rows], ends(run)[rows]
    fetched = is_fetched(run)[order]
    since_s = np.where(fetched, orders["placed_s"][order], orders["ready_s"][order])
    yield where(
        ~(from_s >= since_s - _SLACK_S),
        lambda i: f"order {order[i]}: a rider leaves at {at(from_s[i])}, ready {at(orders['ready_s'][order[i]])}",
    )
    there_s = np.where(fetched, _fetched_s(run, order, from_s), from_s) + _both_s(run) + way_s(run, order)
    ended_s = orders["ended_s"][order]
    is_known = is_set(ended_s) & (is_set(there_s) | ~fetched)
    there_s = np.where(fetched & is_set(ended_s) & ~is_known, ended_s, there_s)
    yield where(
        is_known & ~(np.abs(ended_s - there_s) <= _SLACK_S * np.where(fetched, 3, 1)),
        lambda i: f"order {order[i]}: it ended at {at(ended_s[i])}, its rider is there at {at(there_s[i])}",
    )
    yield where(
        ~is_set(ended_s) & ~(there_s >= run.facts.closed_s - _SLACK_S) & (is_set(there_s) | ~fetched),
        lambda i: f"order {order[i]} is open, its rider was there at {at(there_s[i])}",
    )
    back_s = np.minimum(there_s + way_s(run, order), run.facts.closed_s)
    yield where(
        ~(np.abs(to_s - back_s) <= 4 * _SLACK_S) & (is_set(there_s) | ~fetched),
        lambda i: f"order {order[i]}: its rider is free at {at(to_s[i])}, and back at {at(back_s[i])}",
    )


def is_fetched(run: Run) -> Mask:
    """Tell which orders a rider may have fetched from their merchants: such that were never ready."""
    is_ridden = _is_ridden(run) | (run.orders["end_state"] == "open")
    return np.asarray(is_ridden & ~is_set(run.orders["ready_s"]) & run.facts.may_refuse)


def _fetched_s(run: Run, order: Ints, from_s: Floats) -> Floats:
    """Tell when riders who left at a time pass their take-off point with what they fetched from the merchant."""
    metres = walks_s(run)[order] * run.facts.walk_mps
    way_s = metres / float(run.facts.riders.get("road_mps", np.nan))
    return np.asarray(np.maximum(run.orders["prepared_s"][order], from_s + way_s) + way_s)


def _given_up(run: Run, order: Ints, from_s: Floats) -> Iterator[Faults]:
    """Find couriers of fetched orders who turned back after a rider had left for the merchant."""
    leave_s, back_s = (column[order] for column in trips_of(run))
    fetched = is_fetched(run)[order]
    yield where(
        fetched & ((leave_s + back_s) / 2 > from_s + _SLACK_S),
        lambda i: f"order {order[i]}: a rider left {at(from_s[i])}, and its courier was out until {at(back_s[i])}",
    )


def _whose(run: Run, rows: Ints, order: Ints) -> Iterator[Faults]:
    """Find rides of orders that ended otherwise, rides from elsewhere, and second rides."""
    orders, site = run.orders, run.occupancy["site"][rows]
    is_open = orders["end_state"][order] == "open"
    yield where(
        ~(_is_ridden(run)[order] | is_open),
        lambda i: f"order {order[i]} is {orders['end_state'][order[i]]}, but a rider took it",
    )
    yield where(
        site != orders["takeoff_point"][order],
        lambda i: f"order {order[i]}: a rider of {site[i]} took it from {orders['takeoff_point'][order[i]]}",
    )
    twice = np.bincount(order, minlength=len(orders["order"])) > 1
    yield where(twice, lambda row: f"order {row}: two riders took it")


def _counts(run: Run) -> Iterator[Faults]:
    """Find numbers of riders that are told in two ways."""
    told, units = run.facts.riders.get("count", {}), run.facts.capacity.get("rider", {})
    sites = sorted({*told, *units})
    differs = np.array([told.get(site) != units.get(site) for site in sites], np.bool_)
    yield where(differs, lambda i: f"riders at {sites[i]}: {told.get(sites[i])}, as capacity {units.get(sites[i])}")


def left_s(run: Run) -> Floats:
    """Give when each order left with a rider; NaN for the others."""
    found = np.full(len(run.orders["order"]), np.nan)
    trips = _trips(run)
    order = rows_of(run.orders["order"], run.occupancy["holder"][trips])
    found[order[order >= 0]] = run.occupancy["from_s"][trips[order >= 0]]
    return found


def stays(run: Run) -> Iterator[Stays]:
    """Give the rider of each order that one brought, by when it ended; of open ones nothing tells."""
    if not run.facts.riders:
        return
    orders, facts = run.orders, run.facts
    rows = np.flatnonzero(_is_ridden(run) & ~is_fetched(run))
    way = way_s(run, rows)
    from_s, to_s = orders["ended_s"][rows] - _both_s(run) - way - _SLACK_S, orders["ended_s"][rows] + way + _SLACK_S
    yield stay_at("rider", orders["takeoff_point"][rows], from_s, to_s, least_s=to_s - from_s - 4 * _SLACK_S)
    rows = np.flatnonzero(_is_ridden(run) & is_fetched(run))
    way = way_s(run, rows)
    from_s, to_s = orders["placed_s"][rows], orders["ended_s"][rows] + way + _SLACK_S
    least_s = _both_s(run) + 2 * way - 4 * _SLACK_S
    yield stay_at("rider", orders["takeoff_point"][rows], from_s, to_s, least_s=least_s)
    rows = np.flatnonzero((orders["end_state"] == "open") & is_fetched(run))
    from_s, until_s = orders["placed_s"][rows], np.full(len(rows), facts.closed_s)
    yield stay_at("rider", orders["takeoff_point"][rows], from_s, until_s, least_s=0.0, is_sure=False)
    waiting = np.flatnonzero((orders["end_state"] == "open") & is_set(orders["ready_s"]))
    since_s = orders["ready_s"][waiting]
    until_s = np.full(len(waiting), facts.closed_s)
    yield stay_at("rider", orders["takeoff_point"][waiting], since_s, until_s, least_s=0.0, is_sure=False)

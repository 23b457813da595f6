"""Checks what became of orders and drones whose airport was closed, and that nobody lands in a zone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from dronesim.verify.facts import Closure
from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.lookup import is_set, places_m
from dronesim.verify.maps import read_map
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, where
from dronesim.verify.silence import Spells, heard_s, latency_s, outages_of, spells_by_leg
from dronesim.verify.wait_reasons import by_row

_SLACK_S = 5e-4
_NEAR_M = 1e-6


def closed_airports(run: Run) -> Check:
    """Orders go another way only where their airport is closed; nobody lands there, takes off from or for it."""
    faults = [*_orders(by_row(run)), *_comes_and_goes(run), *_in_zones(run)]
    touched = int((run.orders["reason"] == "airport_closed").sum() + _is_sent_on(run).sum())
    note = f"{len(run.facts.closures)} closures, {touched} orders went another way for one"
    return settle("closed airports", len(run.orders["order"]) + len(run.legs["leg"]), faults, note=note)


def _is_sent_on(run: Run) -> Mask:
    return np.asarray(run.orders["airport"] != run.orders["placed_airport"])


def walk_m(run: Run) -> Floats:
    """Tell how far each order's airport is from that of its customer, in a straight line, ``(orders,)``."""
    ends = (places_m(run, run.orders[name]) for name in ("airport", "placed_airport"))
    return np.asarray(np.hypot(*np.subtract(*ends).T))


def _is_near(run: Run) -> Mask:
    """Tell which orders the policy may have sent where they are bound for."""
    return np.asarray((walk_m(run) <= run.facts.extra_walk_m + _NEAR_M) & (run.facts.extra_walk_m > 0))


def _too_far(run: Run) -> str:
    return f", nor is it within {run.facts.extra_walk_m:g} m" if run.facts.extra_walk_m else ""


def _orders(run: Run) -> Iterator[Faults]:
    """Find orders that went another way though their own airport was open."""
    orders, waits = run.orders, run.tables["waits"]
    by_closure = orders["reason"] == "airport_closed"
    left_s = orders["ready_s"].copy()
    known = waits["reason"] != "courier"
    np.fmax.at(left_s, waits["order"][known], waits["to_s"][known])
    for state, time_s in (("ground", left_s), ("refused", orders["placed_s"])):
        broken = by_closure & (orders["end_state"] == state) & ~_is_closed(run, time_s - _SLACK_S, time_s - _SLACK_S)
        yield where(broken, lambda row: f"order {row} is {orders['end_state'][row]}, but its airport was not closed")
    until_s = np.fmin(np.fmin(orders["assigned_s"], orders["ended_s"]), run.facts.closed_s)
    broken = _is_sent_on(run) & ~_is_near(run) & ~_is_closed(run, orders["ready_s"], until_s)
    yield where(
        broken,
        lambda row: (
            f"order {row} is bound for {orders['airport'][row]}, and {orders['placed_airport'][row]} was not closed "
            f"from {at(orders['ready_s'][row])} to {at(until_s[row])}{_too_far(run)}"
        ),
    )


def _is_closed(run: Run, from_s: Floats, to_s: Floats) -> Mask:
    """Tell whether an order's own airport, or that it got, was closed at some time of an interval, ends included."""
    found = np.zeros(len(from_s), np.bool_)
    for closure in run.facts.closures:
        here = (run.orders["placed_airport"] == closure.airport) | (run.orders["airport"] == closure.airport)
        # one that outlasts the day is told until its close
        until_s = closure.to_s if closure.to_s < run.facts.closed_s else np.inf
        found |= here & (from_s < until_s) & (to_s >= closure.from_s - 2 * _SLACK_S)
    return found


def _comes_and_goes(run: Run) -> Iterator[Faults]:
    """Find who sinks to an airport that an event has closed, takes off for it with a parcel, or leaves it for home.

    Who has begun to sink ends its descent, and who does not hear of the closure lands.
    """
    spells = spells_by_leg(run)
    for closure in run.facts.closures:
        if closure.cause != "zone_closed":
            yield from _at_a_closed_one(run, closure, spells)


def _at_a_closed_one(run: Run, closure: Closure, spells: Spells) -> Iterator[Faults]:
    legs, words = run.legs, f"{closure.airport} is closed from {at(closure.from_s)} to {at(closure.to_s)}"
    there, over_s = legs["to"] == closure.airport, closure.to_s - _SLACK_S
    sinks = there & sinks_meanwhile(run, closure.from_s, closure.to_s, spells)
    yield where(
        sinks,
        lambda row: f"leg {legs['leg'][row]} is there {at(legs['arrived_s'][row])} and lands, but {words}",
    )
    begins = (there & (legs["kind"] == "outbound")) | ((legs["from"] == closure.airport) & (legs["kind"] == "return"))
    begins &= (legs["departed_s"] > closure.from_s + _SLACK_S) & (legs["departed_s"] < over_s)
    for row in np.flatnonzero(begins & (legs["kind"] == "return")).tolist():
        begins[row] = not _may_have_to_go(run, row, closure, spells)
    yield where(
        begins,
        lambda row: (
            f"leg {legs['leg'][row]} takes off {at(legs['departed_s'][row])} from {legs['from'][row]} for "
            f"{legs['to'][row]}, but {words}"
        ),
    )


def sinks_meanwhile(run: Run, from_s: float, to_s: float, spells: Spells) -> Mask:
    """Tell which legs with a parcel begin to sink in an interval though their drones have heard that it has begun.

    Of ``spells`` are those in which drones did not hear, by leg.
    """
    legs = run.legs
    heard = heard_s(spells, legs["leg"], np.full(len(legs["leg"]), from_s), latency_s(run))
    sinks = (legs["outcome"] == "landed") & (legs["order"] >= 0) & may_hear(run)
    sinks &= (legs["arrived_s"] > heard + _SLACK_S) & (legs["arrived_s"] < to_s - _SLACK_S)
    # who hovers over the site as it hears, and has not begun to sink, goes on from there when the interval has ended
    is_over = legs["arrived_s"] - legs["hold_s"] <= heard + _SLACK_S
    return np.asarray(sinks & ~(is_over & (legs["hold_s"] >= to_s - heard - 2 * _SLACK_S)))


def may_hear(run: Run) -> Mask:
    """Tell of which legs it is known when their drones heard: where the link is never lost, or there is a track."""
    if not outages_of(run):
        return np.ones(len(run.legs["leg"]), np.bool_)
    tracks = run.tables.get("cleared")
    return np.isin(run.legs["leg"], [] if tracks is None else tracks["leg"])


def _may_have_to_go(run: Run, row: int, closure: Closure, spells: Spells) -> bool:
    """Tell whether a drone may have left a closed airport by a leg for another that was bound for it and not told.

    That one was silent at some time between the closing and the departure, or had yet to obey what it was told.
    """
    if run.facts.link is None:
        return False
    legs = run.legs
    from_s, to_s = closure.from_s - _SLACK_S, float(legs["departed_s"][row]) + _SLACK_S
    bound = (legs["to"] == closure.airport) & (legs["order"] >= 0) & (legs["drone"] != legs["drone"][row])
    bound &= (legs["departed_s"] < to_s) & ~(legs["arrived_s"] < from_s)
    if latency_s(run) > 0 or "cleared" not in run.tables:
        return bool(bound.any())
    silent = spells.leg[(spells.from_s < to_s) & (spells.to_s > from_s)]
    # of one that is in the air as the day ends there is no track
    is_unknown = ~np.isin(legs["leg"], run.tables["cleared"]["leg"])
    return bool((bound & (is_unknown | np.isin(legs["leg"], silent))).any())


def _in_zones(run: Run) -> Iterator[Faults]:
    """Find take-offs and landings at a site while a zone with hours lies on it and begins below the lowest level.

    Who was in the air when it came into force, and over the site within its grace, may come down; who arrives above it
    may wait there for its end; who did not hear of it may land.
    """
    if not (run.folder / "inputs" / "map.geojson").is_file():
        # another check misses the file
        return
    legs, zones = run.legs, read_map(run).obstacles
    spells = spells_by_leg(run)
    hours = np.isfinite(zones.from_s) | np.isfinite(zones.to_s)
    for zone in np.flatnonzero(hours & (zones.base_m < min(run.facts.levels_m))).tolist():
        begin_s, end_s = zones.from_s[zone], zones.to_s[zone]
        over_s = np.where(legs["level_m"] < zones.top_m[zone], legs["arrived_s"] - run.facts.zone_grace_s, np.inf)
        for column, site, moment_s in (
            ("departed_s", "from", legs["departed_s"]),
            ("landed_s", "to", np.fmin(legs["landed_s"], over_s)),
        ):
            spot = shapely.points(places_m(run, legs[site]))
            inside = np.asarray(shapely.covers(shapely.buffer(zones.polygons[zone], -0.05, join_style="mitre"), spot))
            known_s = (
                heard_s(spells, legs["leg"], np.full(len(legs["leg"]), begin_s), latency_s(run))
                if column == "landed_s"
                else begin_s
            )
            broken = inside & is_set(legs[column]) & (moment_s >= known_s) & (moment_s < end_s) & _begins(run, column)
            yield listed(_in_words(run, row, column, zones.names[zone]) for row in np.flatnonzero(broken).tolist())


def _in_words(run: Run, row: int, column: str, zone: str) -> str:
    legs, site = run.legs, "from" if column == "departed_s" else "to"
    return f"leg {legs['leg'][row]}: {column} {at(legs[column][row])} at {legs[site][row]}, in {zone}"


def _begins(run: Run, column: str) -> Mask:
    """Leave out departures of legs that begin in the air, where another was diverted."""
    legs = run.legs
    return np.asarray((legs["kind"] != "divert") | (column != "departed_s"))

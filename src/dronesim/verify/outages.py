"""Checks that what was out for a while was out: told alike by facts, incidents and scenario, and used by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.closures import sinks_meanwhile
from dronesim.verify.facts import Outage
from dronesim.verify.intervals import Mask
from dronesim.verify.lookup import is_disturbed, is_set, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.refusals import is_by_policy
from dronesim.verify.report import Check, Faults, at, listed, settle, where
from dronesim.verify.riders import is_fetched
from dronesim.verify.shifts import there
from dronesim.verify.silence import Spells, spells_by_leg
from dronesim.verify.sorties import by_drone, is_last
from dronesim.verify.stated import events_of, has_scenario, stated

WHAT: Final[Mapping[str, tuple[str, str]]] = {
    "takeoff_point_closed": ("takeoff_point", "takeoff_point"),
    "cabinet_jammed": ("cabinet", "airport"),
    "unloader_fails": ("unloader", "airport"),
    "charger_fails": ("charger", "takeoff_point"),
    "courier_no_show": ("courier", "takeoff_point"),
    "kitchen_surge": ("kitchen", ""),
    "dispatcher_outage": ("dispatcher", ""),
}
"""What is out after each kind of incident, and the key of an event that names where."""
_UNITS: Final = ("unloader", "charger", "courier")
"""What has units; one that fails serves whom it is promised to first."""
_PROMISED: Final = ("charger", "courier")
"""Units that are promised for good: one that fails does so when the last that it is promised to is over."""
_SLACK_S: Final = 5e-4
_NETWORK: Final = "network"


def outages(run: Run) -> Check:
    """Whatever was out is told as it was stated, and nobody used it."""
    table, known = run.tables["incidents"], run.facts.outages
    spells = spells_by_leg(run)
    faults = [
        listed(_unknown(run)),
        listed(_untold(run)),
        listed(_not_as_stated(run)),
        *(fault for outage in known for fault in _used(run, outage, spells)),
    ]
    return settle("outages", len(known) + len(table["kind"]), faults, note=f"{len(known)} outages")


def _unknown(run: Run) -> Iterator[str]:
    """Find outages for which no incident tells why, or that begin later than they need."""
    table = run.tables["incidents"]
    for outage in run.facts.outages:
        if WHAT.get(outage.cause, ("",))[0] != outage.what:
            yield f"{_words(outage)}: {outage.cause!r} is no cause for that"
            continue
        told_s = table["time_s"][(table["kind"] == outage.cause) & (table["site"] == _site(outage.site))]
        told_s = told_s[told_s <= outage.from_s + _SLACK_S]
        if not len(told_s):
            yield f"{_words(outage)}: no incident tells of it"
        elif outage.what not in _UNITS and outage.from_s > told_s.max() + _SLACK_S:
            yield f"{_words(outage)}: the incident was {at(told_s.max())}"


def _untold(run: Run) -> Iterator[str]:
    """Find incidents of which no outage came; who was promised the unit until the close may have kept it."""
    table, facts = run.tables["incidents"], run.facts
    struck = np.isin(table["kind"], list(WHAT)) & (table["drone"] < 0)
    for kind, site in sorted(set(zip(table["kind"][struck], table["site"][struck], strict=True))):
        rows = struck & (table["kind"] == kind) & (table["site"] == site) & (table["time_s"] < facts.closed_s)
        ours = [out for out in facts.outages if out.cause == kind and _site(out.site) == site]
        what, from_s, lacks = WHAT[kind][0], facts.closed_s - _SLACK_S, int(rows.sum()) - len(ours)
        times_s = table["time_s"][rows].tolist() if lacks > 0 and what in _UNITS else []
        may_lack = sum(_may_lack(run, what, site, from_s, told_s=told_s) for told_s in times_s)
        if not 0 <= lacks <= may_lack:
            yield f"{kind} at {site or _NETWORK}: {int(rows.sum())} incidents, {len(ours)} outages"


def _not_as_stated(run: Run) -> Iterator[str]:
    """Find events of the saved scenario that did not come, or did not last as stated."""
    if not has_scenario(run):
        # another check misses the file
        return
    scenario = stated(run)
    yield from _by_nobody(run, scenario)
    for event in events_of(scenario, *WHAT):
        what, key = WHAT[event.kind]
        if event.at_s < run.facts.closed_s:
            yield from _missing(run, event.keys, what=what, site=str(event.keys.get(key, _NETWORK)), at_s=event.at_s)


def _by_nobody(run: Run, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Find incidents of a kind that is neither stated as often nor comes by chance."""
    kinds, faults = [event.kind for event in events_of(scenario)], scenario.get("faults", {})
    for kind in WHAT:
        rate = faults.get("courier_no_show_share") if kind == "courier_no_show" else faults.get(kind, {}).get("every_h")
        told = (run.tables["incidents"]["kind"] == kind) & (run.tables["incidents"]["drone"] < 0)
        if not rate and int(told.sum()) > kinds.count(kind):
            yield f"{kind}: {int(told.sum())} incidents, stated {kinds.count(kind)} times, and the scenario draws none"


def _was_given_out_anew(run: Run, site: str) -> bool:
    """Tell whether couriers' trips of a take-off point may have been given out anew: an order did without one."""
    does_without = is_by_policy(run) | is_fetched(run)
    return bool((does_without & (run.orders["takeoff_point"] == site)).any())


def _missing(run: Run, event: Mapping[str, Any], *, what: str, site: str, at_s: float) -> Iterator[str]:
    table, lasts_s = run.tables["incidents"], 60.0 * float(event["minutes"])
    told = (table["kind"] == event["kind"]) & (table["site"] == _site(site))
    if not (np.abs(table["time_s"][told] - at_s) <= _SLACK_S).any():
        yield f"{event['kind']} at {site} is stated for {at(at_s)}, and no incident tells of it"
    ours = [out for out in run.facts.outages if (out.what, out.site) == (what, site) and out.from_s >= at_s - _SLACK_S]
    fits = [out for out in ours if abs(min(out.from_s + lasts_s, run.facts.closed_s) - out.to_s) <= 2 * _SLACK_S]
    # where each of its kind at the site is there, none is left out
    is_whole = sum(out.cause == event["kind"] and out.site == site for out in run.facts.outages) >= int(told.sum())
    if not fits and (is_whole or not (what in _UNITS and _may_lack(run, what, site, at_s, told_s=at_s))):
        yield f"{event['kind']} at {site} from {at(at_s)} is stated for {lasts_s:g} s, and no outage is as long"
    first_s = min((out.from_s for out in fits), default=at_s)
    is_due = _is_taken(run, what, site, at_s, max(at_s + lasts_s, first_s), but_s=first_s)
    if what in _PROMISED:
        is_due = _ends_just_then(run, what, site, first_s) or (what == "courier" and _was_given_out_anew(run, site))
    elif what == "unloader" and not is_due:
        # who was on the way and did not hear kept its unloader, even if it never came to it
        is_due = _bound_for(run, site, at_s) >= run.facts.capacity[what].get(site, 0)
    if what in _UNITS and first_s > at_s + _SLACK_S and not is_due:
        yield f"{event['kind']} at {site} from {at(at_s)} begins {at(first_s)}, and a unit was free all the time"


def _may_lack(run: Run, what: str, site: str, from_s: float, *, told_s: float) -> bool:
    """Tell whether all units at a site may have been promised from an instant after a time until past the close.

    Trips of couriers that are yet to begin then are promised, and have no row: those of orders that are not ready. So
    are unloaders to drones that were on their way when their failure was ``told_s``, and are so still at the close. Of
    those who work in shifts, only who has one from then on counts.
    """
    units = _with_shifts_left(run, what, site, told_s)
    if _is_taken(run, what, site, from_s, run.facts.closed_s, units=units):
        return True
    table, orders, legs, closed_s = run.occupancy, run.orders, run.legs, run.facts.closed_s
    rows = (table["resource"] == what) & (table["site"] == site)
    held = int((ends(run)[rows] >= closed_s - _SLACK_S).sum())
    held += sum((out.what, out.site) == (what, site) and out.to_s >= closed_s - _SLACK_S for out in run.facts.outages)
    to_come = (orders["takeoff_point"] == site) & (orders["placed_s"] <= closed_s) & ~is_set(orders["ready_s"])
    bound = (legs["to"] == site) & (legs["outcome"] == "open") & (legs["departed_s"] <= told_s + _SLACK_S)
    promised = {"courier": int(to_come.sum()), "unloader": int(bound.sum())}.get(what, 0)
    return promised > 0 and held + promised >= units


def _with_shifts_left(run: Run, what: str, site: str, time_s: float) -> int:
    """Count the units at a site that have a shift, or a part of one, from a time to the close; all where none has."""
    units = run.facts.capacity.get(what, {}).get(site, 0)
    steps = run.facts.shifts.get(what, {}).get(site, ())
    to_come = (count for from_s, count in steps if time_s < from_s < run.facts.closed_s)
    return max((*there(steps, np.array([time_s])).tolist(), *to_come)) or units


def _is_taken(
    run: Run, what: str, site: str, from_s: float, to_s: float, *, but_s: float = np.inf, units: int | None = None
) -> bool:
    """Tell whether all units at a site are held or out at one instant of an interval, but for outages from a time.

    All are those of its capacity, or so many as are given.
    """
    units = run.facts.capacity.get(what, {}).get(site, 0) if units is None else units
    table = run.occupancy
    rows = (table["resource"] == what) & (table["site"] == site)
    lacking = [out for out in run.facts.outages if (out.what, out.site) == (what, site) and out.from_s != but_s]
    begin = np.concatenate([table["from_s"][rows], [out.from_s for out in lacking]])
    end = np.concatenate([ends(run)[rows], [out.to_s for out in lacking]])
    ours = (begin < to_s) & (end > from_s)
    moments = np.maximum(begin[ours], from_s)
    held = [int(((begin <= moment) & (end > moment)).sum()) for moment in moments.tolist()]
    return max(held, default=0) >= units


def _bound_for(run: Run, site: str, time_s: float) -> int:
    """Count drones on their way to a site at a time that met trouble: each leg to where it landed or was cut short."""
    legs, incidents = run.legs, run.tables["incidents"]
    order, until_s = by_drone(run), legs["landed_s"].copy()
    next_s = np.append(legs["departed_s"][order[1:]], np.nan)[: len(order)]
    next_s[is_last(legs["drone"][order])] = np.nan
    diverted = legs["outcome"][order] == "diverted"
    until_s[order[diverted]] = next_s[diverted]
    named = rows_of(legs["leg"], incidents["leg"])
    told_s = np.full(len(until_s), -np.inf)
    np.fmax.at(told_s, named[named >= 0], incidents["time_s"][named >= 0])
    until_s = np.where(np.isin(legs["outcome"], ("lost", "down")), told_s, until_s)
    is_bound = (legs["to"] == site) & is_disturbed(run) & ~(legs["departed_s"] > time_s + _SLACK_S)
    return int((is_bound & is_set(legs["departed_s"]) & ~(until_s < time_s - _SLACK_S)).sum())


def _ends_just_then(run: Run, what: str, site: str, time_s: float) -> bool:
    """Tell whether a unit at a site is held or out until just a time."""
    table = run.occupancy
    rows = (table["resource"] == what) & (table["site"] == site)
    lacking = [out.to_s for out in run.facts.outages if (out.what, out.site) == (what, site)]
    return bool((np.abs(np.concatenate([ends(run)[rows], lacking]) - time_s) <= _SLACK_S).any())


def _used(run: Run, outage: Outage, spells: Spells) -> Iterator[Faults]:
    """Find who was given, or used, what was out as a whole."""
    orders, legs, scans = run.orders, run.legs, run.tables["scans"]
    begins = np.isin(legs["kind"], ("outbound", "deadhead"))
    departs = _within(legs["departed_s"], outage) & begins
    if outage.what == "dispatcher":
        given = _within(orders["assigned_s"], outage)
        yield where(given, lambda row: f"{_words(outage)}: order {row} was assigned {at(orders['assigned_s'][row])}")
        yield where(departs, lambda row: _leg_words(run, outage, row))
    elif outage.what == "takeoff_point":
        loads = _within(orders["loading_s"], outage) & (orders["takeoff_point"] == outage.site)
        yield where(loads, lambda row: f"{_words(outage)}: order {row} is loaded from {at(orders['loading_s'][row])}")
        yield where(departs & (legs["from"] == outage.site), lambda row: _leg_words(run, outage, row))
    elif outage.what == "cabinet":
        bound = (legs["to"] == outage.site) & (legs["kind"] == "outbound")
        yield where(departs & bound, lambda row: _leg_words(run, outage, row))
        sinks = bound & sinks_meanwhile(run, outage.from_s, outage.to_s, spells)
        yield where(sinks, lambda row: f"{_words(outage)}: leg {legs['leg'][row]} lands {at(legs['landed_s'][row])}")
        reads = _within(scans["time_s"], outage) & (scans["airport"] == outage.site)
        yield where(reads, lambda row: f"{_words(outage)}: it reads a code {at(scans['time_s'][row])}")


def _within(time_s: np.ndarray, outage: Outage) -> Mask:
    """Tell which times lie in an outage; what happens in its first instant may have come before it."""
    inside = (time_s > outage.from_s + _SLACK_S) & (time_s < outage.to_s - _SLACK_S)
    return np.asarray(is_set(time_s) & inside)


def _leg_words(run: Run, outage: Outage, row: int) -> str:
    legs = run.legs
    return f"{_words(outage)}: leg {legs['leg'][row]} departs {at(legs['departed_s'][row])} for {legs['to'][row]}"


def _words(outage: Outage) -> str:
    what = outage.what.replace("_", " ")
    return f"{what} out at {outage.site} from {at(outage.from_s)} to {at(outage.to_s)}"


def _site(site: str) -> str:
    """Name a site as incidents do."""
    return "" if site == _NETWORK else site

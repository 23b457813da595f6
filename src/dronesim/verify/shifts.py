"""Checks that nobody begins work when no shift of theirs is on, and adds up how long there was somebody."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.facts import Facts, Steps
from dronesim.verify.holdings import NETWORK
from dronesim.verify.homes import is_home_after_hours
from dronesim.verify.intervals import Floats, Ints, Mask, merged
from dronesim.verify.lookup import is_set
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, where

_MS: float = 1e-3
_SLACK_S: float = 5e-4


def shifts(run: Run) -> Check:
    """Couriers and riders leave, loaders begin and pilots land drones within shifts; drones in service are assigned.

    Who is at work when a shift ends finishes. A pilot keeps a drone that met trouble in the air until it has landed.
    """
    faults = [_most(run), *_people_out(run, "courier"), *_people_out(run, "rider"), *_crews(run), *_drones(run)]
    told = run.facts.shifts
    count = sum(len(sites) for sites in told.values())
    # who has no shift may work at any time
    examined = int(np.isin(run.occupancy["resource"], ("courier", "loader", "pilot", "rider")).sum())
    return settle("shifts", examined, faults, note=f"{count} resources and sites with shifts" if count else "")


# how many are there


def there(steps: Steps, time_s: Floats, *, lasts_s: float = 0.0) -> Ints:
    """Count who was there at some time of the ``lasts_s`` seconds up to each time, the most of it, ``(n,)``.

    With a length of 0 it is who is there then; else who may be at work then, for pieces of work of that length.
    """
    begin = np.array([from_s for from_s, _ in steps])
    end, count = np.append(begin[1:], np.inf), np.array([number for _, number in steps])
    has_begun = begin <= time_s[:, None] + _SLACK_S
    back_s = max(lasts_s - _MS, 0.0)
    is_not_over = end > time_s[:, None] - back_s + _SLACK_S
    return np.asarray(np.where(has_begun & is_not_over, count, 0).max(axis=1, initial=0), np.int64)


def there_s(facts: Facts, resource: str, site: str, *, from_s: float, to_s: float) -> float:
    """Give the time, in a part of the day, of all units of a resource at a site, shares of pilots among them."""
    units, steps = facts.capacity[resource][site], facts.shifts.get(resource, {}).get(site)
    if steps is None:
        return units * (to_s - from_s)
    return _people_s(steps, from_s, to_s) * units / max(count for _, count in steps)


def in_service_s(facts: Facts) -> float:
    """Give the time of all drones in service in the opening hours."""
    told, whole_s = facts.shifts.get("drone", {}), facts.end_s - facts.start_s
    all_day = facts.drones - sum(facts.by_takeoff_point.get(site, 0) for site in told)
    return all_day * whole_s + sum(_people_s(steps, facts.start_s, facts.end_s) for steps in told.values())


def paid_s(facts: Facts, resource: str, site: str, count: int) -> float:
    """Give the time that people are paid for: their shifts, else the opening hours."""
    steps = facts.shifts.get(resource, {}).get(site)
    return count * (facts.end_s - facts.start_s) if steps is None else _people_s(steps, -np.inf, np.inf)


def _people_s(steps: Steps, from_s: float, to_s: float) -> float:
    begin = np.array([at_s for at_s, _ in steps])
    end, count = np.append(begin[1:], begin[-1]), np.array([number for _, number in steps])
    inside = np.minimum(end, to_s) - np.maximum(begin, from_s)
    return float((np.maximum(inside, 0.0) * count).sum())


# faults


def _most(run: Run) -> Faults:
    """Find numbers of units that are not the most of all shifts, and shifts that never end."""
    facts, words = run.facts, []
    for name, sites in facts.shifts.items():
        for site, steps in sites.items():
            most = max(count for _, count in steps)
            units = {
                "courier": facts.couriers.get(site, -1),
                "loader": facts.capacity.get("loader", {}).get(site, -1),
                "pilot": facts.pilots if site == NETWORK else -1,
                "rider": facts.riders.get("count", {}).get(site, -1),
                "drone": facts.by_takeoff_point.get(site, -1),
            }.get(name, -1)
            if units < most if name == "drone" else units != most:
                words.append(f"{name} at {site}: there are {units}, but up to {most} have a shift at once")
            if steps[-1][1]:
                words.append(f"{name} at {site}: shifts do not end")
    return listed(words)


def _people_out(run: Run, who: str) -> Iterator[Faults]:
    """Find couriers or riders who leave off shift: number ``unit`` is there while more than so many are."""
    table = run.occupancy
    for site, steps in run.facts.shifts.get(who, {}).items():
        rows = np.flatnonzero((table["resource"] == who) & (table["site"] == site))
        from_s, unit = table["from_s"][rows], table["unit"][rows]
        is_off = there(steps, from_s) <= unit
        yield listed(
            f"{who} {unit[row]} of {site} leaves at {at(from_s[row])}, off shift"
            for row in np.flatnonzero(is_off).tolist()
        )


def _crews(run: Run) -> Iterator[Faults]:
    """Find moments at which more loaders, or shares of pilots, are held than there may be."""
    told, facts = run.facts.shifts, run.facts
    for site, steps in told.get("loader", {}).items():
        yield _over(run, "loader", site, steps, lasts_s=facts.load_s)
    for site, steps in told.get("pilot", {}).items():
        shares = facts.capacity.get("pilot", {}).get(site, 0) // max(facts.pilots, 1)
        yield _over(run, "pilot", site, tuple((at_s, count * shares) for at_s, count in steps))


def _over(run: Run, resource: str, site: str, steps: Steps, *, lasts_s: float = 0.0) -> Faults:
    table = run.occupancy
    rows = np.flatnonzero((table["resource"] == resource) & (table["site"] == site))
    from_s, to_s = table["from_s"][rows], ends(run)[rows]
    # the number held goes up where somebody begins, and may go down where a shift is over and its last work, too
    drops = np.array([at_s + max(lasts_s - _MS, 0.0) for at_s, _ in steps[1:]])
    time_s = np.concatenate([from_s, drops[drops < run.facts.closed_s]])
    held = _held(time_s, from_s, to_s) - (_kept(run, steps, time_s, rows) if resource == "pilot" else 0)
    allowed = there(steps, time_s, lasts_s=lasts_s)
    return where(
        held > allowed, lambda i: f"{resource} at {site}: {held[i]} held at {at(time_s[i])}, on shift {allowed[i]}"
    )


def _held(time_s: Floats, from_s: Floats, to_s: Floats) -> Ints:
    """Count the intervals that hold at each time."""
    begun = np.searchsorted(np.sort(from_s), time_s + _SLACK_S, side="right")
    return np.asarray(begun - np.searchsorted(np.sort(to_s), time_s + _SLACK_S, side="right"))


def _kept(run: Run, steps: Steps, time_s: Floats, rows: Ints) -> Ints:
    """Count the drones at each time that a pilot keeps: held since before the last shift's end, with trouble since."""
    table, incidents = run.occupancy, run.tables["incidents"]
    drone, from_s, to_s = merged(table["holder"][rows], table["from_s"][rows], ends(run)[rows])
    met = [
        bool(
            (
                (incidents["drone"] == drone[i])
                & (incidents["time_s"] >= from_s[i] - _SLACK_S)
                & (incidents["time_s"] <= to_s[i] + _SLACK_S)
            ).any()
        )
        for i in range(len(drone))
    ]
    from_s, to_s = from_s[met], to_s[met]
    drops = np.array([-np.inf, *(at_s for (_, before), (at_s, count) in pairwise(steps) if count < before)])
    last_s = drops[np.searchsorted(drops, time_s + _SLACK_S, side="right") - 1]
    is_kept = (from_s < last_s[:, None]) & (to_s > time_s[:, None] + _SLACK_S)
    return np.asarray(is_kept.sum(axis=1), np.int64)


def _drones(run: Run) -> Iterator[Faults]:
    """Find drones that are assigned an order, or sent elsewhere, out of service."""
    orders, legs = run.orders, run.legs
    given = np.flatnonzero(is_set(orders["assigned_s"]) & (orders["drone"] >= 0))
    # who stands at an airport with a pack that is due finishes by flying home
    due_below = min(run.facts.turnaround_below, run.facts.charge_to)
    finishes = np.isin(legs["from"], list(run.facts.airports)) & (legs["charge_start"] < due_below)
    sent = np.flatnonzero((legs["kind"] == "deadhead") & ~finishes & ~is_home_after_hours(run))
    for drone, time_s in (
        (orders["drone"][given], orders["assigned_s"][given]),
        (legs["drone"][sent], legs["requested_s"][sent]),
    ):
        is_off = ~in_service(run, drone, time_s)
        yield listed(
            f"drone {drone[row]} is given something to do at {at(time_s[row])}, off shift"
            for row in np.flatnonzero(is_off).tolist()
        )


def in_service(run: Run, drone: Ints, time_s: Floats) -> Mask:
    """Tell whether drones are in service at times, ``(n,)``; of spares, whether any of their take-off point is."""
    is_on, first, facts = np.ones(len(drone), np.bool_), 0, run.facts
    for site, count in facts.by_takeoff_point.items():
        steps = facts.shifts.get("drone", {}).get(site)
        ours = (drone >= first) & (drone < first + count)
        if steps is not None:
            is_on[ours] = there(steps, time_s[ours]) > drone[ours] - first
        first += count
    for number in np.unique(drone[drone >= facts.drones]).tolist():
        mine = drone == number
        steps = facts.shifts.get("drone", {}).get(_home(run, number))
        if steps is not None:
            is_on[mine] = there(steps, time_s[mine]) > 0
    return is_on


def _home(run: Run, drone: int) -> str:
    """Name the take-off point at which a spare began: of its first leg."""
    legs = run.legs
    mine = np.flatnonzero(legs["drone"] == drone)
    return str(legs["from"][mine[np.argmin(legs["leg"][mine])]]) if len(mine) else NETWORK


def spells_in_service(run: Run, drone: int) -> list[tuple[float, float]]:
    """List when a drone of those available is in service."""
    first = 0
    for site, count in run.facts.by_takeoff_point.items():
        steps = run.facts.shifts.get("drone", {}).get(site)
        if first <= drone < first + count and steps is not None:
            until = [*(at_s for at_s, _ in steps[1:]), np.inf]
            pairs = zip(steps, until, strict=True)
            return [(from_s, to_s) for (from_s, number), to_s in pairs if number > drone - first]
        first += count
    return [(-np.inf, np.inf)]

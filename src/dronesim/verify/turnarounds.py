"""Checks when packs are swapped and charged: whenever they are due, and before that only while an order waits."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import groupby
from operator import itemgetter

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.energy import pack_pairs
from dronesim.verify.holdings import stays_there
from dronesim.verify.homes import is_away
from dronesim.verify.intervals import Floats, Ints, Mask, last_before
from dronesim.verify.kept_packs import is_kept, kept
from dronesim.verify.lookup import is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, where
from dronesim.verify.sorties import by_drone

_CHARGE = 1e-6
"""Tolerance in shares of a pack."""
_ROUNDING_S = 5e-4
_ORDERED = "early_turnaround"


def turnarounds(run: Run) -> Check:
    """A pack with less than its threshold is charged before it flies again, and one with more only for an order."""
    faults = [_uncharged(run), _stay_on(run), _first_flights(run), *_early(run), listed(_ordered(run)), *kept(run)]
    return settle("turnarounds", len(run.legs["leg"]), faults)


def _due_below(run: Run) -> float:
    return min(run.facts.turnaround_below, run.facts.charge_to)


def _uncharged(run: Run) -> Faults:
    """Find drones that came to a stand with too little charge, and took off with a pack that is not charged.

    One that flew empty to fetch an order goes on with it at once.
    """
    legs, orders, order = run.legs, run.orders, by_drone(run)
    before, after = order[:-1], order[1:]
    is_stand = (legs["drone"][before] == legs["drone"][after]) & (
        (legs["sortie"][before] != legs["sortie"][after]) | (legs["sortie"][before] < 0)
    )
    is_stand &= ~stays_there(run)[before]
    assigned_s = taken(orders["assigned_s"], rows_of(orders["order"], legs["order"][after]))
    fetches = (legs["kind"][before] == "deadhead") & (assigned_s <= legs["landed_s"][before] + _ROUNDING_S)
    left, charged = legs["charge_end"][before], legs["charge_start"][after] >= run.facts.charge_to - _CHARGE
    return where(
        is_stand & ~fetches & ~is_kept(run, before) & (left < _due_below(run) - _CHARGE) & ~charged,
        lambda i: (
            f"drone {legs['drone'][after[i]]} lands from leg {legs['leg'][before[i]]} with charge {left[i]:.6f}, below "
            f"{_due_below(run):g}, and takes off with {legs['charge_start'][after[i]]:.6f} on leg "
            f"{legs['leg'][after[i]]} {at(legs['departed_s'][after[i]])}"
        ),
    )


def _stay_on(run: Run) -> Faults:
    """Find drones that stayed at an airport with too little charge: they fly to a take-off point and are charged."""
    legs, order = run.legs, by_drone(run)
    same = legs["drone"][order[1:]] == legs["drone"][order[:-1]]
    before, after = order[:-1][same], order[1:][same]
    following = np.full(len(legs["leg"]), -1, np.int64)
    following[before] = after
    last = np.flatnonzero(stays_there(run) & (legs["charge_end"] < _due_below(run) - _CHARGE))
    home = following[last]
    then = np.where(home >= 0, following[home], -1)
    unloaded_s = taken(run.orders["delivered_s"], rows_of(run.orders["order"], legs["order"][last]))
    left_s = taken(legs["requested_s"], home)
    stays_on = np.where(home >= 0, left_s > unloaded_s + _ROUNDING_S, ~_may_wait_on(run, unloaded_s))
    uncharged = taken(legs["charge_start"], then) < run.facts.charge_to - _CHARGE
    return where(
        stays_on | uncharged,
        lambda i: (
            f"drone {legs['drone'][last[i]]} is unloaded {at(unloaded_s[i])} from leg {legs['leg'][last[i]]} with "
            f"charge {legs['charge_end'][last[i]]:.6f}, below {_due_below(run):g}, and is not charged next"
        ),
    )


def _may_wait_on(run: Run, since_s: Floats) -> Mask:
    """Say who may wait for its clearance at the close: unloaded after hours, or where pads or pilots were short."""
    facts = run.facts
    over_s = min(facts.end_s, facts.closed_s - facts.takeoff_check_s)
    if "pilot" in facts.shifts:
        return np.ones(len(since_s), np.bool_)
    short_s = [
        _last_short_s(run, resource, site, capacity, over_s)
        for resource in ("pad", "pilot")
        for site, capacity in facts.capacity[resource].items()
    ]
    return np.asarray(~(since_s < over_s) | (since_s <= max(short_s, default=-np.inf)))


def _last_short_s(run: Run, resource: str, site: str, capacity: int, over_s: float) -> float:
    """Give the last moment up to a time at which all units of a resource at a site were held; -inf for none."""
    table = run.occupancy
    rows = (table["resource"] == resource) & (table["site"] == site) & (table["from_s"] <= over_s)
    return _last_full_s(table["from_s"][rows], ends(run)[rows], capacity, over_s)


def _last_full_s(from_s: Floats, to_s: Floats, capacity: int, over_s: float) -> float:
    """Give the last moment up to a time at which so many of some stays were there at once; -inf for none."""
    last_s, leave_s = -np.inf, list[float]()
    begun = sorted(zip(from_s.tolist(), np.where(np.isnan(to_s), np.inf, to_s).tolist(), strict=True))
    for time_s, come in groupby(begun, key=itemgetter(0)):
        for _, until_s in come:
            heappush(leave_s, until_s)
        while leave_s and leave_s[0] <= time_s:
            heappop(leave_s)
        if len(leave_s) >= capacity:
            last_s = max(last_s, min(leave_s[0] if leave_s else over_s, over_s))
    return float(last_s)


def _first_flights(run: Run) -> Faults:
    """Find packs that are not charged when they fly for the first time."""
    legs, (_, after) = run.legs, pack_pairs(run)
    first = np.setdiff1d(np.flatnonzero(is_set(legs["departed_s"])), after)
    return where(
        np.abs(legs["charge_start"][first] - run.facts.charge_to) > _CHARGE,
        lambda i: (
            f"pack {legs['pack'][first[i]]} begins the day with charge {legs['charge_start'][first[i]]:.6f} on leg "
            f"{legs['leg'][first[i]]}, packs are charged to {run.facts.charge_to:g}"
        ),
    )


def _early(run: Run) -> Iterator[Faults]:
    """Find packs that were taken off, or charged on board, with charge enough and while no order waited there."""
    resource = "pack" if run.facts.battery_mode == "swap" else "charger"
    table = run.occupancy
    rows = np.flatnonzero(table["resource"] == resource)
    pack, at_s = table["holder"][rows], table["from_s"][rows]
    if resource == "pack":
        rows = rows[ends(run)[rows] < run.facts.closed_s]
        pack, at_s = table["unit"][rows], table["to_s"][rows]
    last = _last_legs(run, pack, at_s)
    legs = run.legs
    left, landed_s = taken(legs["charge_end"], last), taken(legs["landed_s"], last)
    came_home = np.append(legs["outcome"] == "landed", False)[last] & ~(at_s < landed_s)
    is_enough = came_home & (left >= _due_below(run) + _CHARGE)
    since_s = at_s if resource == "pack" else landed_s
    # who stood at an airport flew home for it, when an order asked
    since_s = np.where(_came_empty(run)[last], np.fmin(since_s, taken(legs["requested_s"], last)), since_s)
    # who is away at the close gets another pack where it needs one to fly home
    flies_home = (
        run.facts.lands_anywhere & (at_s >= run.facts.end_s - _ROUNDING_S) & np.append(is_away(run), False)[last]
    )
    asked = flies_home | _is_ordered(run, last, landed_s, at_s) | _is_asked_for(run, last, since_s, at_s, is_enough)
    yield where(
        is_enough & ~asked,
        lambda i: (
            f"pack {pack[i]} is {'swapped' if resource == 'pack' else 'charged'} {at(at_s[i])} with charge "
            f"{left[i]:.6f}, {_due_below(run):g} or more, and no order waits there"
        ),
    )


def _is_ordered(run: Run, last: Ints, landed_s: Floats, at_s: Floats) -> Mask:
    """Say for each turnaround whether a policy told the drone of that pack to, when that stood there."""
    told, drone = _orders_of_policies(run), np.append(run.legs["drone"], -1)[last]
    found = np.zeros(len(last), np.bool_)
    for who, time_s in zip(*told, strict=True):
        # a pack is taken off in the instant in which that is ordered; for a charger it may wait
        is_due = (
            np.abs(at_s - time_s) < _ROUNDING_S if run.facts.battery_mode == "swap" else at_s > time_s - _ROUNDING_S
        )
        found |= (drone == who) & (landed_s <= time_s + _ROUNDING_S) & is_due
    return found


def _orders_of_policies(run: Run) -> tuple[list[int], list[float]]:
    table = run.tables["incidents"]
    rows = table["kind"] == _ORDERED
    return table["drone"][rows].tolist(), table["time_s"][rows].tolist()


def _ordered(run: Run) -> Iterator[str]:
    """Find drones that a policy told to be turned around, and that were not."""
    legs, table, order = run.legs, run.occupancy, by_drone(run)
    is_pack = (table["resource"] == "pack") & (ends(run) < run.facts.closed_s)
    for drone, time_s in zip(*_orders_of_policies(run), strict=True):
        words = f"drone {drone} is told by the policy {at(time_s)} to be turned around"
        rows = order[(legs["drone"][order] == drone) & is_set(legs["departed_s"])[order]]
        left_s, landed_s = legs["departed_s"][rows], legs["landed_s"][rows]
        if ((left_s < time_s - _ROUNDING_S) & (landed_s > time_s + _ROUNDING_S)).any():
            yield f"{words} while it is in the air"
        after = rows[left_s > time_s - _ROUNDING_S]
        if len(after) and legs["charge_start"][after[0]] < run.facts.charge_to - _CHARGE:
            yield f"{words}, and takes off with {legs['charge_start'][after[0]]:.6f}"
        its = is_pack & (table["holder"] == drone) & (np.abs(table["to_s"] - time_s) < _ROUNDING_S)
        if run.facts.battery_mode == "swap" and not its.any() and time_s < run.facts.closed_s - _ROUNDING_S:
            yield f"{words}, and keeps its pack"


def _came_empty(run: Run) -> Mask:
    """Say for each leg, and one more that is none, whether it is an empty one from an airport."""
    legs = run.legs
    return np.append((legs["kind"] == "deadhead") & np.isin(legs["from"], list(run.facts.airports)), False)


def _last_legs(run: Run, pack: Ints, at_s: Floats) -> Ints:
    """Give the last leg that each pack flew before a time; -1 where none."""
    legs = run.legs
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    found = last_before(legs["pack"][flown], legs["departed_s"][flown], ask_keys=pack, ask=at_s)
    return np.append(flown, -1)[found]


def _is_asked_for(run: Run, last: Ints, since_s: Floats, until_s: Floats, is_doubtful: Mask) -> Mask:
    """Say for each doubtful turnaround whether an order waited at its place, or anywhere for a shared fleet."""
    orders, found = run.orders, np.zeros(len(last), np.bool_)
    gone_s = np.fmin(orders["assigned_s"], orders["ended_s"])
    gone_s = np.where(is_set(gone_s), gone_s, np.inf)
    for i in np.flatnonzero(is_doubtful):
        here = run.facts.is_shared | (orders["takeoff_point"] == run.legs["to"][last[i]])
        waits = (orders["placed_s"] <= until_s[i] + _ROUNDING_S) & (gone_s >= since_s[i] - _ROUNDING_S)
        found[i] = bool((here & waits).any())
    return found

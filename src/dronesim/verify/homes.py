"""Checks that drones come home: to where their sortie began or, where they may land anywhere, after the close."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.verify.intervals import Mask
from dronesim.verify.lookup import is_disturbed, is_set, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, where
from dronesim.verify.sorties import by_drone, by_sortie, is_last

_AWAY: Final = "away_at_close"
_DAY_ENDS: Final = "stays away: the day ends first"
_CHANGES: Final = ("weather", "wind_changed", "zone_closed")
_LONG_S: Final = 1800.0
"""A drone that is ready has its clearance within so long."""
_SLACK_S: Final = 5e-4


def homes(run: Run) -> Check:
    """A way home leads to where its sortie began or, where drones may land anywhere, to where the policy wants it.

    There, who is away at the close flies home. Who does not is told of among the incidents, and could not be there in
    time.
    """
    faults = [_elsewhere(run), *((_not_as_asked(run), *_away(run)) if run.facts.lands_anywhere else ())]
    return settle("drones come home", int((run.legs["kind"] == "return").sum()), faults)


def _elsewhere(run: Run) -> Faults:
    """Find ways home that lead to another take-off point than the sortie began at, where no drone may land there."""
    legs, order = run.legs, by_sortie(run)
    sortie = legs["sortie"][order]
    begins = np.flatnonzero(np.append(True, sortie[1:] != sortie[:-1])[: len(order)])
    first = order[begins[np.searchsorted(begins, np.arange(len(order)), side="right") - 1]] if len(order) else order
    astray = (legs["kind"][order] == "return") & (legs["to"][order] != legs["from"][first])
    return where(
        astray & (not run.facts.lands_anywhere),
        lambda i: (
            f"leg {legs['leg'][order[i]]} of drone {legs['drone'][order[i]]} leads home to {legs['to'][order[i]]}, but "
            f"its sortie began at {legs['from'][first[i]]}"
        ),
    )


def _not_as_asked(run: Run) -> Faults:
    """Find ways home of sorties that nothing disturbed to another take-off point than the policy named.

    It named that of the order where it named none. Where winds or zones change, a drone that can't land where it was to
    any more lands where its order begins.
    """
    legs, orders, landings = run.legs, run.orders, run.facts.landings
    out, back = (np.flatnonzero(legs["kind"] == kind) for kind in ("outbound", "return"))
    back = back[~is_disturbed(run)[back]]
    first = rows_of(legs["sortie"][out], legs["sortie"][back])
    back, first = back[first >= 0], first[first >= 0]
    order = legs["order"][out][first]
    row = rows_of(orders["order"], order)
    back, order, row = back[row >= 0], order[row >= 0], row[row >= 0]
    own = orders["takeoff_point"][row]
    asked = np.array([landings.get(str(each), home) for each, home in zip(order, own, strict=True)], object)
    may_change = len(run.facts.winds) > 1 or bool(np.isin(run.tables["incidents"]["kind"], _CHANGES).any())
    wrong = (legs["to"][back] != asked) & ~((legs["to"][back] == own) & may_change)
    return where(
        wrong,
        lambda i: (
            f"leg {legs['leg'][back[i]]} of drone {legs['drone'][back[i]]} leads home to {legs['to'][back[i]]}, and "
            f"the policy wanted it at {asked[i]} after order {order[i]}"
        ),
    )


def is_home_after_hours(run: Run) -> Mask:
    """Say which legs bring a drone that may land anywhere home, empty, after the close: shifts do not keep it."""
    legs = run.legs
    is_late = legs["requested_s"] >= run.facts.end_s - _SLACK_S
    return np.asarray((legs["kind"] == "deadhead") & ~is_away(run) & is_late & run.facts.lands_anywhere, np.bool_)


def is_away(run: Run) -> Mask:
    """Say which legs lead elsewhere than to where their drone began the day."""
    legs, bases = run.legs, _bases(run)
    base = np.array([bases.get(drone, "") for drone in legs["drone"].tolist()], object)
    return np.asarray(legs["to"] != base, np.bool_)


def _bases(run: Run) -> dict[int, str]:
    """Name where each drone began the day; a spare where its first leg begins."""
    legs = run.legs
    found = {int(legs["drone"][row]): str(legs["from"][row]) for row in by_drone(run)[::-1].tolist()}
    first = 0
    for site, count in run.facts.by_takeoff_point.items():
        found |= dict.fromkeys(range(first, first + count), site)
        first += count
    return found


def _away(run: Run) -> Iterator[Faults]:
    """Find drones that end the day at another take-off point than they began at."""
    legs, incidents, bases = run.legs, run.tables["incidents"], _bases(run)
    order = by_drone(run)
    last = order[is_last(legs["drone"][order])]
    stands = (legs["outcome"][last] == "landed") & np.isin(legs["to"][last], list(run.facts.takeoff_points))
    told = dict(
        zip(*(incidents[name][incidents["kind"] == _AWAY].tolist() for name in ("drone", "action")), strict=True)
    )
    words = list[str]()
    for row in last[stands].tolist():
        drone, place = int(legs["drone"][row]), str(legs["to"][row])
        base = bases[drone]
        if place == base:
            continue
        name = f"drone {drone} of {base} ends the day at {place}, landed {at(legs['landed_s'][row])}"
        if drone not in told:
            words.append(f"{name}, and nothing tells why it does not fly home")
        elif told[drone] == _DAY_ENDS and _has_time(run, row):
            words.append(f"{name}, with charge to fly home before the day ends")
        elif told[drone] != _DAY_ENDS and _has_flown(run, place, base):
            words.append(f"{name}, and others have flown home from there after the close")
    yield listed(words)


def _has_time(run: Run, row: int) -> bool:
    """Tell whether nothing keeps a drone on its stand that landed with a leg, long before the day ends."""
    legs, facts, orders, incidents = run.legs, run.facts, run.orders, run.tables["incidents"]
    is_kept = legs["charge_end"][row] < min(facts.turnaround_below, facts.charge_to) or facts.maintenance is not None
    later = incidents["time_s"] >= legs["landed_s"][row] - _SLACK_S
    is_troubled = bool((later & (incidents["kind"] != _AWAY)).any()) or bool(facts.outages)
    waits = bool(((orders["drone"] == legs["drone"][row]) & (orders["end_state"] == "open")).any())
    since_s = max(float(legs["landed_s"][row]), facts.end_s)
    return bool(not is_kept and not is_troubled and not waits and since_s < facts.closed_s - _LONG_S)


def _has_flown(run: Run, place: str, base: str) -> bool:
    """Tell whether others flew home from a place after the close, with packs and on ways that are the same all day."""
    legs, facts = run.legs, run.facts
    if facts.ageing is not None or np.isin(run.tables["incidents"]["kind"], _CHANGES).any() or len(facts.winds) > 1:
        return False
    flown = (legs["from"] == place) & (legs["to"] == base) & (legs["kind"] == "deadhead") & is_set(legs["landed_s"])
    return bool((flown & (legs["departed_s"] >= facts.end_s)).any())

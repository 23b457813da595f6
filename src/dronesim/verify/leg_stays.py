"""What flights held, by their legs: pilots, packs, chargers, pads and lanes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.units import HOUR
from dronesim.verify.climbs import climb_s
from dronesim.verify.energy import pack_pairs
from dronesim.verify.holdings import (
    NETWORK,
    Stays,
    clear_there_s,
    first_s,
    is_at,
    is_unsettled,
    over_s,
    stay_at,
    stays_there,
)
from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.lookup import is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.sorties import by_drone, from_the_ground, is_last, next_in_sortie

_ROUNDING_S = 2e-3
"""The phases of a flight are rounded to milliseconds."""


def pilots(run: Run) -> Iterator[Stays]:
    """Give the pilot's share of each sortie from the check before its first departure until it is over."""
    legs, check_s = run.legs, run.facts.takeoff_check_s
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    sortie = np.where(legs["sortie"] >= 0, legs["sortie"], -1 - legs["leg"])[flown]
    order = flown[np.lexsort((legs["departed_s"][flown], sortie))]
    last = is_last(np.sort(sortie))
    first = np.append(True, last[:-1])[: len(last)]
    begin, end = order[first], order[last]
    to_s = over_s(run)[end]
    least_s = np.add.reduceat(_aloft_s(run)[order], np.flatnonzero(first)) if len(order) else np.empty(0)
    from_s = legs["departed_s"][begin] - check_s
    least_s = np.where(is_unsettled(run)[end], least_s + check_s, to_s - from_s)
    # who fails as it takes off, without a check before it, has no time at all with a pilot
    is_sure = (check_s > 0) | ~_ends_at_once(run)[end]
    yield stay_at("pilot", NETWORK, from_s, to_s, least_s=least_s, is_sure=is_sure)


def packs(run: Run) -> Iterator[Stays]:
    """Give the packs on drones: each at least while its legs last, and no two on a drone at a time."""
    legs, facts = run.legs, run.facts
    order = by_drone(run)
    drone, pack = legs["drone"][order], legs["pack"][order]
    is_end = np.append((drone[1:] != drone[:-1]) | (pack[1:] != pack[:-1]), True)[: len(order)]
    is_start = np.append(True, is_end[:-1])[: len(order)]
    starts, ends = order[is_start], order[is_end]
    is_first = np.append(True, legs["drone"][starts[1:]] != legs["drone"][starts[:-1]])[: len(starts)]
    is_final = is_last(legs["drone"][starts])
    known_s = np.fmax(legs["departed_s"], legs["landed_s"])
    from_s = np.where(is_first, first_s(run), np.roll(known_s[ends], 1))
    to_s = np.where(is_final, facts.closed_s, np.roll(legs["departed_s"][starts], -1))
    least_s = np.add.reduceat(_aloft_s(run)[order], np.flatnonzero(is_start)) if len(order) else np.empty(0)
    yield stay_at("pack", NETWORK, from_s, to_s, least_s=least_s)
    idle = np.full(len(np.setdiff1d(np.arange(facts.owned), drone)), first_s(run))
    yield stay_at("pack", NETWORK, idle, np.full(len(idle), facts.closed_s), least_s=0.0, is_sure=False)
    # the same pack may come off a drone and back on it
    homes = np.flatnonzero(is_at(legs["to"], facts.takeoff_points) & is_set(legs["departed_s"]))
    yield stay_at("pack", NETWORK, known_s[homes], known_s[homes], is_sure=False)


def chargers(run: Run) -> Iterator[Stays]:
    """Give the charger of each pack that starts with more than it ended with; nothing charges faster than its rate."""
    legs, facts = run.legs, run.facts
    before, after = pack_pairs(run)
    known_s = np.fmax(legs["departed_s"], legs["landed_s"])
    gain = legs["charge_start"][after] - legs["charge_end"][before]
    charged = gain > 1e-9
    yield stay_at(
        "charger",
        legs["from"][after][charged],
        known_s[before][charged],
        legs["departed_s"][after][charged],
        least_s=gain[charged] / facts.charge_c * HOUR,
    )
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    ended = np.setdiff1d(flown, before[np.isin(after, flown)])
    is_home = is_at(legs["to"][ended], facts.takeoff_points)
    for home in facts.takeoff_points:
        here = ended[~is_home | (legs["to"][ended] == home)]
        yield stay_at("charger", home, known_s[here], np.full(len(here), facts.closed_s), least_s=0.0, is_sure=False)


def takeoff_pads(run: Run) -> Iterator[Stays]:
    """Give the pad that each leg leaves at a take-off point: from loading or its check until its climb ends.

    And the pad at an airport that a drone leaves which had stayed there.
    """
    legs, orders, facts = run.legs, run.orders, run.facts
    rows = from_the_ground(run)
    rows = rows[is_at(legs["from"][rows], facts.takeoff_points) | facts.stays]
    order = np.where(legs["order"][rows] >= 0, rows_of(orders["order"], legs["order"][rows]), -1)
    departed_s, unsettled = legs["departed_s"][rows], is_unsettled(run)[rows]
    from_s = np.fmin(departed_s - facts.takeoff_check_s, taken(orders["loading_s"], order))
    climbed_s = departed_s + climb_s(facts, legs["level_m"][rows])
    left_s = np.where(unsettled, np.fmax(over_s(run)[rows], climbed_s), climbed_s) + _ROUNDING_S + facts.lane_headway_s
    used_s = np.where(unsettled, departed_s, climbed_s - _ROUNDING_S) - from_s
    yield stay_at("pad", legs["from"][rows], from_s, left_s, least_s=used_s)


def landing_pads(run: Run) -> Iterator[Stays]:
    """Give the pad of each landing: at home until it is clear, at an airport until the next climb has ended.

    Who stays at an airport has its pad until it is unloaded and clear. Any other that does not leave an airport any
    more has its pad until the close.
    """
    legs, facts = run.legs, run.facts
    rows = np.flatnonzero(~is_unsettled(run) & is_set(legs["landed_s"]))
    following = next_in_sortie(run)[rows]
    is_home = is_at(legs["to"][rows], facts.takeoff_points)
    goes_on = ~is_home & (following >= 0)
    climbed_s = taken(legs["departed_s"] + climb_s(facts, legs["level_m"]), following)
    stays_s = np.where(is_home, legs["landed_s"][rows] + facts.clear_s, facts.closed_s)
    stays_s = np.where(stays_there(run)[rows], clear_there_s(run)[rows], stays_s)
    left_s = np.where(goes_on, climbed_s, stays_s)
    most_s = np.where(goes_on, climbed_s + _ROUNDING_S + facts.lane_headway_s, stays_s)
    sinks_s = np.fmin(legs["arrived_s"][rows] + facts.approach_s, legs["landed_s"][rows])
    from_s = np.fmin(legs["arrived_s"][rows], legs["landed_s"][rows] - facts.lane_headway_s)
    yield stay_at("pad", legs["to"][rows], from_s, most_s, least_s=left_s - sinks_s - 2 * _ROUNDING_S)


def lanes(run: Run) -> Iterator[Stays]:
    """Give the lanes of each flight: a headway at least, and no longer than it takes from climb to sink."""
    legs, facts = run.legs, run.facts
    headway_s = facts.lane_headway_s
    rows, unsettled = from_the_ground(run), is_unsettled(run)
    climbed_s = legs["departed_s"][rows] + climb_s(facts, legs["level_m"][rows])
    from_s = np.where(unsettled[rows], legs["departed_s"][rows], climbed_s - _ROUNDING_S)
    left_s = np.fmax(np.where(unsettled, over_s(run), legs["arrived_s"])[rows], climbed_s) + _ROUNDING_S + headway_s
    least_s = np.where(unsettled[rows], 0.0, headway_s)
    # without a headway a drone may be out of a lane at once
    is_sure = ~unsettled[rows] & (headway_s > 0)
    yield stay_at("departure_lane", legs["from"][rows], from_s, left_s, least_s=least_s, is_sure=is_sure)
    rows = np.flatnonzero(~unsettled & is_set(legs["landed_s"]))
    from_s = (legs["departed_s"] + climb_s(facts, legs["level_m"]))[rows]
    sinks_s = legs["arrived_s"][rows] + np.maximum(facts.approach_s, headway_s)
    yield stay_at("arrival_lane", legs["to"][rows], from_s, sinks_s, least_s=headway_s, is_sure=headway_s > 0)


def _ends_at_once(run: Run) -> Mask:
    """Say for each leg whether it did not land, and something went wrong in the instant in which it took off."""
    legs, told = run.legs, run.tables["incidents"]
    leg = rows_of(legs["leg"], told["leg"])
    named, time_s = leg[leg >= 0], told["time_s"][leg >= 0]
    found = np.zeros(len(legs["leg"]), np.bool_)
    found[named[time_s <= legs["departed_s"][named]]] = True
    return np.asarray(found & ~is_set(legs["landed_s"]))


def _aloft_s(run: Run) -> Floats:
    """Give how long each leg was surely in the air."""
    return np.asarray(np.fmax(run.legs["landed_s"], run.legs["departed_s"]) - run.legs["departed_s"])

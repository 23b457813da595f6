"""How long each resource was held by the milestones of orders and legs alone, without the occupancy table.

A stay is one holding. It lasted for at least ``least_s`` and lay between ``from_s`` and ``to_s``; where milestones
tell both ends, the two say the same. What trouble or the close of the day cut short or moved is not sure: it may
have been held then, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.units import HOUR
from dronesim.verify.climbs import climb_s
from dronesim.verify.energy import pack_pairs
from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.lookup import is_disturbed, is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.sorties import by_drone, from_the_ground, is_last, next_in_sortie

NETWORK = "network"
_LANES = ("departure_lane", "arrival_lane")
_ROUNDING_S = 2e-3
"""The phases of a flight are rounded to milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Holdings of one resource, a row each; arrays of shape ``(n,)``."""

    resource: str
    site: NDArray[Any]
    from_s: Floats
    to_s: Floats
    least_s: Floats
    is_sure: Mask


def stays(run: Run) -> tuple[Stays, ...]:
    """Give all holdings that follow from orders and legs."""
    every = (
        *(_couriers(run), _loaders(run), *_unloaders(run), _boxes(run), *_pilots(run), *_packs(run), *_chargers(run)),
        *(*_takeoff_pads(run), *_landing_pads(run), *_lanes(run)),
        *(*_of_unsettled_legs(run), *_of_unsettled_orders(run), *_of_empty_handed_drones(run)),
    )
    has_lanes = run.facts.airspace_mode != "none"
    return tuple(_until_the_close(run, part) for part in every if has_lanes or part.resource not in _LANES)


def first_s(run: Run) -> float:
    """Give when the day began: when it opened, or with the first order if that came before."""
    return min(run.facts.start_s, float(np.fmin.reduce(run.orders["placed_s"], initial=run.facts.start_s)))


def is_unsettled(run: Run) -> Mask:
    """Say for each leg whether something went wrong in its sortie, or it was still under way at the close."""
    return np.asarray(is_disturbed(run) | (run.legs["outcome"] == "open"))


def _stay(resource: str, site: Any, from_s: Floats, to_s: Floats, **known: Any) -> Stays:
    """Put together stays; ``least_s`` is all of the time unless said, and every stay is sure."""
    places = site if isinstance(site, np.ndarray) else np.full(len(from_s), site, object)
    least_s = np.asarray(known.get("least_s", to_s - from_s)) + np.zeros(len(from_s))
    is_sure = np.ones(len(from_s), np.bool_) & known.get("is_sure", True)
    return Stays(resource=resource, site=places, from_s=from_s, to_s=to_s, least_s=least_s, is_sure=is_sure)


def _until_the_close(run: Run, stay: Stays) -> Stays:
    """Cut off what lies after the close; what would only begin then is left out."""
    kept = stay.from_s < run.facts.closed_s
    to_s = np.minimum(stay.to_s, run.facts.closed_s)[kept]
    span_s = np.maximum(to_s - stay.from_s[kept], 0.0)
    return Stays(
        resource=stay.resource,
        site=stay.site[kept],
        from_s=stay.from_s[kept],
        to_s=to_s,
        least_s=np.clip(stay.least_s[kept], 0.0, span_s),
        is_sure=stay.is_sure[kept],
    )


# what orders tell


def _couriers(run: Run) -> Stays:
    """Give a courier an order: busy until it is ready, for the handling at least, and not before it is placed."""
    orders, facts = run.orders, run.facts
    rows = np.flatnonzero(orders["end_state"] != "refused")
    ready_s = orders["ready_s"][rows]
    is_ready = is_set(ready_s)
    return _stay(
        "courier",
        orders["takeoff_point"][rows],
        orders["placed_s"][rows],
        np.where(is_ready, ready_s, facts.closed_s),
        least_s=np.where(is_ready, facts.boxing_s + facts.courier_handling_s, 0.0),
        is_sure=is_ready,
    )


def _loaders(run: Run) -> Stays:
    orders = run.orders
    rows = np.flatnonzero(is_set(orders["loaded_s"]))
    return _stay("loader", orders["takeoff_point"][rows], orders["loading_s"][rows], orders["loaded_s"][rows])


def _unloaders(run: Run) -> Iterator[Stays]:
    """Give the unloader of each delivery, and of each parcel that came down at another airport than its own."""
    orders, legs, facts = run.orders, run.legs, run.facts
    rows = np.flatnonzero(is_set(orders["delivered_s"]))
    yield _stay("unloader", orders["airport"][rows], orders["landed_s"][rows], orders["delivered_s"][rows])
    landed = np.flatnonzero((legs["outcome"] == "landed") & (legs["order"] >= 0) & _is_at(legs["to"], facts.airports))
    order = rows_of(orders["order"], legs["order"][landed])
    away = landed[(order >= 0) & ~is_set(orders["delivered_s"][order])]
    since_s = legs["landed_s"][away]
    yield _stay("unloader", legs["to"][away], since_s, since_s + facts.unload_s)


def _boxes(run: Run) -> Stays:
    """Give the box of each order from its assignment to its end; a parcel that goes on by road has none then."""
    orders, facts = run.orders, run.facts
    rows = np.flatnonzero(is_set(orders["assigned_s"]) & ~np.isin(orders["end_state"], ("refused", "cancelled")))
    from_s = orders["assigned_s"][rows]
    to_s = np.where(is_set(orders["ended_s"]), orders["ended_s"], facts.closed_s)[rows]
    is_calm = is_set(orders["delivered_s"][rows])
    is_calm &= ~np.isin(orders["order"][rows], run.tables["incidents"]["order"])
    certain_s = np.where(is_set(orders["delivered_s"][rows]), to_s - orders["delivered_s"][rows], 0.0)
    least_s = np.where(is_calm, to_s - from_s, certain_s)
    return _stay("box", orders["airport"][rows], from_s, to_s, least_s=least_s)


# what legs tell


def _pilots(run: Run) -> Iterator[Stays]:
    """Give the pilot's share of each sortie from its first departure to its last landing."""
    legs = run.legs
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    sortie = np.where(legs["sortie"] >= 0, legs["sortie"], -1 - legs["leg"])[flown]
    order = flown[np.lexsort((legs["departed_s"][flown], sortie))]
    last = is_last(np.sort(sortie))
    first = np.append(True, last[:-1])[: len(last)]
    begin, end = order[first], order[last]
    to_s = np.where(is_unsettled(run)[end], _over_s(run)[end], legs["landed_s"][end])
    least_s = np.add.reduceat(_aloft_s(run)[order], np.flatnonzero(first)) if len(order) else np.empty(0)
    from_s = legs["departed_s"][begin]
    least_s = np.where(is_unsettled(run)[end], least_s, to_s - from_s)
    yield _stay("pilot", NETWORK, from_s, to_s, least_s=least_s)


def _packs(run: Run) -> Iterator[Stays]:
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
    yield _stay("pack", NETWORK, from_s, to_s, least_s=least_s)
    idle = np.full(len(np.setdiff1d(np.arange(facts.owned), drone)), first_s(run))
    yield _stay("pack", NETWORK, idle, np.full(len(idle), facts.closed_s), least_s=0.0, is_sure=False)
    # the same pack may come off a drone and back on it
    homes = np.flatnonzero(_is_at(legs["to"], facts.takeoff_points) & is_set(legs["departed_s"]))
    yield _stay("pack", NETWORK, known_s[homes], known_s[homes], is_sure=False)


def _chargers(run: Run) -> Iterator[Stays]:
    """Give the charger of each pack that starts with more than it ended with; nothing charges faster than its rate."""
    legs, facts = run.legs, run.facts
    before, after = pack_pairs(run)
    known_s = np.fmax(legs["departed_s"], legs["landed_s"])
    gain = legs["charge_start"][after] - legs["charge_end"][before]
    charged = gain > 1e-9
    yield _stay(
        "charger",
        legs["from"][after][charged],
        known_s[before][charged],
        legs["departed_s"][after][charged],
        least_s=gain[charged] / facts.charge_c * HOUR,
    )
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    ended = np.setdiff1d(flown, before[np.isin(after, flown)])
    is_home = _is_at(legs["to"][ended], facts.takeoff_points)
    for home in facts.takeoff_points:
        here = ended[~is_home | (legs["to"][ended] == home)]
        yield _stay("charger", home, known_s[here], np.full(len(here), facts.closed_s), least_s=0.0, is_sure=False)


def _takeoff_pads(run: Run) -> Iterator[Stays]:
    """Give the pad that each leg leaves at a take-off point: from loading or departure until its climb ends."""
    legs, orders, facts = run.legs, run.orders, run.facts
    rows = from_the_ground(run)
    rows = rows[_is_at(legs["from"][rows], facts.takeoff_points)]
    order = np.where(legs["order"][rows] >= 0, rows_of(orders["order"], legs["order"][rows]), -1)
    departed_s, unsettled = legs["departed_s"][rows], is_unsettled(run)[rows]
    from_s = np.fmin(departed_s, taken(orders["loading_s"], order))
    climbed_s = departed_s + climb_s(facts, legs["level_m"][rows])
    left_s = np.where(unsettled, np.fmax(_over_s(run)[rows], climbed_s), climbed_s) + facts.lane_headway_s
    used_s = np.where(unsettled, departed_s, climbed_s - _ROUNDING_S) - from_s
    yield _stay("pad", legs["from"][rows], from_s, left_s, least_s=used_s)


def _landing_pads(run: Run) -> Iterator[Stays]:
    """Give the pad of each landing: at home for a headway more, at an airport until the next climb has ended."""
    legs, facts = run.legs, run.facts
    rows = np.flatnonzero(~is_unsettled(run) & is_set(legs["landed_s"]))
    following = next_in_sortie(run)[rows]
    is_home = _is_at(legs["to"][rows], facts.takeoff_points)
    goes_on = ~is_home & (following >= 0)
    climbed_s = taken(legs["departed_s"] + climb_s(facts, legs["level_m"]), following)
    left_s = np.where(goes_on, climbed_s, legs["landed_s"][rows] + facts.lane_headway_s)
    most_s = np.where(is_home, left_s, np.where(goes_on, climbed_s + facts.lane_headway_s, facts.closed_s))
    sinks_s = np.fmin(legs["arrived_s"][rows] + facts.approach_s, legs["landed_s"][rows])
    from_s = np.fmin(legs["arrived_s"][rows], legs["landed_s"][rows] - facts.lane_headway_s)
    yield _stay("pad", legs["to"][rows], from_s, most_s, least_s=left_s - sinks_s - 2 * _ROUNDING_S)


def _lanes(run: Run) -> Iterator[Stays]:
    """Give the lanes of each flight: a headway at least, and no longer than it takes from climb to sink."""
    legs, facts = run.legs, run.facts
    headway_s = facts.lane_headway_s
    rows, unsettled = from_the_ground(run), is_unsettled(run)
    climbed_s = legs["departed_s"][rows] + climb_s(facts, legs["level_m"][rows])
    from_s = np.where(unsettled[rows], legs["departed_s"][rows], climbed_s - _ROUNDING_S)
    left_s = np.fmax(np.where(unsettled, _over_s(run), legs["arrived_s"])[rows], climbed_s) + headway_s
    least_s = np.where(unsettled[rows], 0.0, headway_s)
    yield _stay("departure_lane", legs["from"][rows], from_s, left_s, least_s=least_s, is_sure=~unsettled[rows])
    rows = np.flatnonzero(~unsettled & is_set(legs["landed_s"]))
    from_s = (legs["departed_s"] + climb_s(facts, legs["level_m"]))[rows]
    sinks_s = legs["arrived_s"][rows] + np.maximum(facts.approach_s, headway_s)
    yield _stay("arrival_lane", legs["to"][rows], from_s, sinks_s, least_s=headway_s)


# what trouble and the close leave open


def _of_unsettled_legs(run: Run) -> Iterator[Stays]:
    """Give what legs that met trouble, or were under way at the close, may have held where they were bound for."""
    legs, facts = run.legs, run.facts
    rows = np.repeat(np.flatnonzero(is_unsettled(run) & is_set(legs["departed_s"])), 2)
    from_s, to_s = legs["departed_s"][rows], _over_s(run)[rows] + facts.lane_headway_s
    for resource in ("pad", *_LANES, "unloader", "pilot"):
        site = legs["to"][rows] if resource != "pilot" else np.full(len(rows), NETWORK, object)
        known = np.isin(site, list(facts.capacity.get(resource, {})))
        yield _stay(resource, site[known], from_s[known], to_s[known], least_s=0.0, is_sure=False)


def _of_unsettled_orders(run: Run) -> Iterator[Stays]:
    """Give what orders may have held that were booked at the close, or whose booking was taken back."""
    orders, incidents, closed_s = run.orders, run.tables["incidents"], run.facts.closed_s
    waiting = is_set(orders["assigned_s"]) & ~is_set(orders["departed_s"])
    named = rows_of(orders["order"], incidents["order"])
    troubled = np.flatnonzero((named >= 0) & ~(incidents["time_s"] > orders["departed_s"][named]))
    order = np.concatenate([np.flatnonzero(waiting), named[troubled]])
    until_s = np.where(is_set(orders["ended_s"]), orders["ended_s"], closed_s)[waiting]
    to_s = np.concatenate([until_s, incidents["time_s"][troubled] + run.facts.lane_headway_s])
    from_s = orders["placed_s"][order]
    for resource, column in (
        *((resource, "takeoff_point") for resource in ("loader", "pad", *_LANES)),
        *((resource, "airport") for resource in ("box", "pad", "unloader", *_LANES)),
    ):
        yield _stay(resource, orders[column][order], from_s, np.fmax(to_s, from_s), least_s=0.0, is_sure=False)


def _of_empty_handed_drones(run: Run) -> Iterator[Stays]:
    """Give boxes of orders that waited while a drone failed on its way to them and they were assigned anew."""
    orders, incidents, facts = run.orders, run.tables["incidents"], run.facts
    failed = np.flatnonzero((incidents["drone"] >= 0) & (incidents["order"] < 0))
    time_s = incidents["time_s"][failed][:, None]
    assigned_s = np.fmin(np.fmin(orders["assigned_s"], orders["ended_s"]), facts.closed_s)
    _, order = np.nonzero((orders["placed_s"] < time_s) & (assigned_s >= time_s))
    yield _stay(
        "box", orders["airport"][order], orders["placed_s"][order], assigned_s[order], least_s=0.0, is_sure=False
    )


# who goes where


def _is_at(sites: NDArray[Any], places: Mapping[str, Any]) -> Mask:
    return np.isin(sites, list(places))


def _aloft_s(run: Run) -> Floats:
    """Give how long each leg was surely in the air."""
    return np.asarray(np.fmax(run.legs["landed_s"], run.legs["departed_s"]) - run.legs["departed_s"])


def _over_s(run: Run) -> Floats:
    """Give for each leg when its sortie was over: landed, or at the latest when the drone departs on another."""
    legs, order = run.legs, by_drone(run)
    over_s = np.full(len(legs["leg"]), run.facts.closed_s)
    drone, sortie = legs["drone"][order], legs["sortie"][order]
    ends = np.flatnonzero(np.append((drone[1:] != drone[:-1]) | (sortie[1:] != sortie[:-1]), True)[: len(order)])
    next_s = np.append(legs["departed_s"][order[1:]], np.nan)[: len(order)]
    next_s = np.where(is_last(drone), run.facts.closed_s, next_s)[ends]
    landed_s = legs["landed_s"][order][ends]
    over_s[order] = np.where(np.isnan(landed_s), next_s, landed_s)[np.searchsorted(ends, np.arange(len(order)))]
    return over_s

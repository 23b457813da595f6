"""Checks that whatever orders and drones did, they held the resource for it at the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.climbs import climb_s
from dronesim.verify.handling import boxing_s
from dronesim.verify.holdings import clear_there_s, stays_there
from dronesim.verify.intervals import Floats, Ints, Mask, combine, covers, to_keys
from dronesim.verify.lookup import is_disturbed, is_set, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where
from dronesim.verify.sorties import by_sortie, from_the_ground, is_last, next_in_sortie
from dronesim.verify.unloading import last_part_s

_SLACK_S = 2e-3
"""Phases of a flight are rounded to milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A resource that holders must have held from one time to another; arrays of shape ``(n,)``."""

    resource: str
    site: np.ndarray
    holder: Ints
    from_s: Floats
    to_s: Floats


def bookings(run: Run) -> Check:
    """Loaders, pads, unloaders, couriers, boxes and pilots were held for as long as they were used."""
    needs = [*_of_orders(run), *_of_legs(run), *_of_sorties(run)]
    faults = [_unmet(run, need) for need in needs]
    examined = sum(len(need.holder) for need in needs)
    return settle("bookings cover their use", examined, [*faults, *_boxes(run), *_couriers(run)])


def _of_orders(run: Run) -> Iterator[Need]:
    orders = run.orders
    loaded = np.flatnonzero(is_set(orders["loaded_s"]))
    departed = np.flatnonzero(is_set(orders["departed_s"]))
    delivered = np.flatnonzero(is_set(orders["delivered_s"]))
    unloading_s = np.fmax(orders["landed_s"], orders["delivered_s"] - last_part_s(run))
    for resource, rows, place, start_s, end_s in (
        ("loader", loaded, "takeoff_point", orders["loading_s"], orders["loaded_s"]),
        ("pad", departed, "takeoff_point", orders["loading_s"], orders["departed_s"]),
        ("unloader", delivered, "airport", unloading_s, orders["delivered_s"]),
        ("pad", delivered, "airport", orders["landed_s"], orders["delivered_s"]),
    ):
        yield Need(
            resource=resource,
            site=orders[place][rows],
            holder=orders["drone"][rows],
            from_s=start_s[rows],
            to_s=end_s[rows],
        )


def _of_legs(run: Run) -> Iterator[Need]:
    """Give the pads under climbs, landings and stays, and the pilot of each leg."""
    legs, facts = run.legs, run.facts
    left_s = _off_the_pad_s(run)
    departed = from_the_ground(run)
    checks_s = legs["departed_s"] - facts.takeoff_check_s
    yield _of_drones(run, "pad", legs["from"], departed, checks_s, left_s)
    landed = np.flatnonzero((legs["outcome"] == "landed") & is_set(legs["landed_s"]) & is_set(legs["departed_s"]))
    sinks_s = np.fmin(legs["arrived_s"] + facts.approach_s, legs["landed_s"])
    is_home = np.isin(legs["to"], list(facts.takeoff_points))
    stays_s = np.where(is_home, legs["landed_s"] + facts.clear_s, taken(left_s, next_in_sortie(run)))
    stays_s = np.where(stays_there(run), clear_there_s(run), stays_s)
    stays_s = np.minimum(np.fmax(legs["landed_s"], stays_s), facts.closed_s)
    yield _of_drones(run, "pad", legs["to"], landed, sinks_s, stays_s)
    network = np.full(len(legs["leg"]), "network", object)
    from_s = np.where(legs["kind"] == "divert", legs["departed_s"], checks_s)
    yield _of_drones(run, "pilot", network, landed, from_s, legs["landed_s"])


def _of_drones(run: Run, resource: str, site: np.ndarray, rows: Ints, from_s: Floats, to_s: Floats) -> Need:
    holder = run.legs["drone"][rows]
    return Need(resource=resource, site=site[rows], holder=holder, from_s=from_s[rows], to_s=to_s[rows])


def _off_the_pad_s(run: Run) -> Floats:
    """Give when each leg's climb over the pad ends; a leg that did not land may have been broken off before."""
    legs = run.legs
    is_whole = (legs["outcome"] == "landed") & is_set(legs["landed_s"])
    climbs_s = np.where(is_whole, climb_s(run.facts, legs["level_m"]), 0.0)
    return np.asarray(np.minimum(legs["departed_s"] + climbs_s, run.facts.closed_s))


def _of_sorties(run: Run) -> Iterator[Need]:
    """Give the pilot of each undisturbed sortie from its first check until it has landed at home."""
    legs, order = run.legs, by_sortie(run)
    order = order[~is_disturbed(run)[order]]
    sortie = legs["sortie"][order]
    last = order[is_last(sortie)]
    first = order[np.insert(sortie[1:] != sortie[:-1], 0, True)[: len(order)]]
    is_home = np.isin(legs["to"][last], list(run.facts.takeoff_points)) | stays_there(run)[last]
    is_home &= is_set(legs["landed_s"][last])
    yield Need(
        resource="pilot",
        site=np.full(int(is_home.sum()), "network", object),
        holder=legs["drone"][last][is_home],
        from_s=legs["departed_s"][first][is_home] - run.facts.takeoff_check_s,
        to_s=legs["landed_s"][last][is_home],
    )


def _unmet(run: Run, need: Need) -> Faults:
    table = run.occupancy
    rows = np.flatnonzero(table["resource"] == need.resource)
    sites, asked = to_keys(table["site"][rows], need.site)
    keys = combine(np.concatenate([sites, asked]), np.concatenate([table["holder"][rows], need.holder]))
    is_met = covers(
        keys[: len(rows)],
        table["from_s"][rows],
        ends(run)[rows],
        ask_keys=keys[len(rows) :],
        ask_from_s=need.from_s + _SLACK_S,
        ask_to_s=need.to_s - _SLACK_S,
    )
    # what takes no time needs nothing that could have been held
    return where(
        ~is_met & (need.to_s - need.from_s > 2 * _SLACK_S),
        lambda i: (
            f"drone {need.holder[i]} used the {need.resource} at {need.site[i]} from {at(need.from_s[i])} "
            f"to {at(need.to_s[i])}, but did not hold it all that time"
        ),
    )


def _boxes(run: Run) -> Iterator[Faults]:
    """Find parcels whose box was not theirs from departure to the scan, the clearing or the day's end."""
    orders, table = run.orders, run.occupancy
    rows = np.flatnonzero(is_set(orders["delivered_s"]))
    boxes = _by_start(run, "box")
    sites, asked = to_keys(table["site"][boxes], orders["airport"][rows])
    keys = combine(
        np.concatenate([sites, asked]),
        np.concatenate([table["unit"][boxes], orders["box"][rows]]),
        np.concatenate([table["holder"][boxes], orders["order"][rows]]),
    )
    until_s = np.where(orders["end_state"] == "open", run.facts.closed_s, orders["ended_s"])[rows]
    found, count = _matching(keys[: len(boxes)], keys[len(boxes) :])
    held_s = taken(ends(run)[boxes], found)

    def name(i: int) -> str:
        return f"order {orders['order'][rows[i]]}: box {orders['box'][rows[i]]} at {orders['airport'][rows[i]]}"

    yield where(count == 0, lambda i: f"{name(i)} was never booked for it")
    since_s = taken(table["from_s"][boxes], found)
    yield where(
        (since_s > orders["departed_s"][rows]),
        lambda i: f"{name(i)} is held from {at(since_s[i])}, after departure {at(orders['departed_s'][rows[i]])}",
    )
    yield where(
        (count > 0) & (held_s != until_s),
        lambda i: f"{name(i)} is held until {at(held_s[i])}, the parcel lay there until {at(until_s[i])}",
    )


def _by_start(run: Run, resource: str) -> Ints:
    """Give the rows of one resource in order of their start."""
    rows = np.flatnonzero(run.occupancy["resource"] == resource)
    return rows[np.argsort(run.occupancy["from_s"][rows], kind="stable")]


def _matching(keys: Ints, asked: Ints) -> tuple[Ints, Ints]:
    """Find for each asked key its last row (-1: none) and how many rows have it."""
    size = max(int(keys.max(initial=-1)), int(asked.max(initial=-1))) + 1
    row = np.full(size, -1, np.int64)
    row[keys] = np.arange(len(keys))
    return row[asked], np.bincount(keys, minlength=size)[asked]


def _couriers(run: Run) -> Iterator[Faults]:
    """Find parcels that no courier brought: one an order, until it is ready, for at least the handling."""
    orders, table = run.orders, run.occupancy
    rows = np.flatnonzero(is_set(orders["ready_s"]))
    least_s = boxing_s(run)[rows] + run.facts.courier_handling_s
    held = _by_start(run, "courier")
    sites, asked = to_keys(table["site"][held], orders["takeoff_point"][rows])
    keys = combine(np.concatenate([sites, asked]), np.concatenate([table["holder"][held], orders["order"][rows]]))
    found, count = _matching(keys[: len(held)], keys[len(held) :])
    from_s, to_s = taken(table["from_s"][held], found), taken(ends(run)[held], found)

    def name(i: int) -> str:
        return f"order {orders['order'][rows[i]]}, ready {at(orders['ready_s'][rows[i]])}"

    # who takes no time leaves no row
    wrong = (count > 1) | ((count < 1) & (least_s > 0))
    yield where(wrong, lambda i: f"{name(i)}: {count[i]} couriers at {orders['takeoff_point'][rows[i]]}")
    is_one: Mask = count == 1
    yield where(
        is_one & (to_s != orders["ready_s"][rows]),
        lambda i: f"{name(i)}: its courier is busy until {at(to_s[i])}",
    )
    yield where(
        is_one & (from_s < orders["placed_s"][rows]),
        lambda i: f"{name(i)}: its courier left {at(from_s[i])}, before it was placed",
    )
    yield where(
        is_one & (to_s - from_s < least_s - _SLACK_S),
        lambda i: f"{name(i)}: its courier took {to_s[i] - from_s[i]:.3f} s, handling alone takes {least_s[i]:g} s",
    )

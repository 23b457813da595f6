"""What other tables tell of the reasons for which orders waited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np

from dronesim.units import MS
from dronesim.verify.ageing import exchanged_packs
from dronesim.verify.capacity import ends
from dronesim.verify.handling import swap_s
from dronesim.verify.intervals import Floats, Ints, Mask, last_before
from dronesim.verify.lookup import is_set, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Faults, at, where
from dronesim.verify.shifts import spells_in_service, there
from dronesim.verify.upkeep import stand_out_of_service

_QUEUE: Final = ("drone", "pack", "cabinet", "wind", "weather", "zone", "dispatcher", "policy", "batch")
"""Reasons in the queue beside a closed airport, which goes before them all."""
_SLACK_S = 5e-4

Found: TypeAlias = tuple[str, int, Faults]
"""Which table was asked, of how many waits, and what contradicts them."""


def by_row(run: Run) -> Run:
    """Give the run with waits of known orders only, whose column ``order`` is the row of the orders table."""
    table = run.tables["waits"]
    rows = rows_of(run.orders["order"], table["order"])
    known = {name: column[rows >= 0] for name, column in {**table, "order": rows}.items()}
    return replace(run, tables={**run.tables, "waits": known})


def share_s(from_s: Floats, to_s: Floats, begin_s: Floats, end_s: Floats) -> Floats:
    """Give how much of each interval, ``(n,)``, lies in intervals that are apart and ascend, ``(k,)``."""
    covered_s = np.concatenate([[0.0], np.cumsum(end_s - begin_s)])

    def before(times_s: Floats) -> Floats:
        place = np.searchsorted(begin_s, times_s, side="right")
        last = np.maximum(place - 1, 0)
        inside = np.minimum(times_s, end_s[last]) - begin_s[last] if len(begin_s) else np.zeros(len(times_s))
        return np.where(place > 0, covered_s[last] + inside, 0.0)

    return np.asarray(before(to_s) - before(from_s))


def _joined(begin_s: Floats, end_s: Floats) -> tuple[Floats, Floats]:
    """Join intervals that overlap or touch."""
    order = np.argsort(begin_s, kind="stable")
    begin_s, reach_s = begin_s[order], np.maximum.accumulate(end_s[order])
    if not len(begin_s):
        return begin_s, reach_s
    first = np.flatnonzero(np.append(True, begin_s[1:] > reach_s[:-1]))
    return begin_s[first], reach_s[np.append(first[1:], len(begin_s)) - 1]


def closures(run: Run) -> Found:
    """Nobody waits for an airport that is open, and for nothing else in the queue while it is closed."""
    table, airport = run.tables["waits"], _of_orders(run, "airport")
    is_closed = (table["reason"] == "airport_closed") & ~_has_moved(run)
    in_queue = np.isin(table["reason"], _QUEUE) & _in_queue(run)
    shut_s = np.zeros(len(is_closed))
    for name in {closure.airport for closure in run.facts.closures}:
        ours = [closure for closure in run.facts.closures if closure.airport == name]
        begin, end = _joined(*(np.array([getattr(one, which) for one in ours]) for which in ("from_s", "to_s")))
        rows = airport == name
        shut_s[rows] = share_s(table["from_s"][rows], table["to_s"][rows], begin, end)
    lasts_s = table["to_s"] - table["from_s"]
    wrong = (is_closed & (shut_s < lasts_s - _SLACK_S)) | (in_queue & (shut_s > _SLACK_S))
    words = {True: "open", False: "closed"}
    fault = where(wrong, lambda row: f"{wait_words(run, row)}: its airport is {words[bool(is_closed[row])]} then")
    return "closures", int((is_closed | in_queue).sum()), fault


def _in_queue(run: Run) -> Mask:
    """Tell which waits were surely in the queue: not of orders with a drone on its way, nor of an airport before."""
    table, orders, incidents = run.tables["waits"], run.orders, run.tables["incidents"]
    order = table["order"]
    was_given = (table["reason"] == "drone") & np.isin(order, incidents["order"][incidents["order"] >= 0])
    has_failed = (table["reason"] == "drone") & bool(((incidents["order"] < 0) & (incidents["drone"] >= 0)).any())
    is_given = (table["reason"] == "drone") & (table["to_s"] > orders["assigned_s"][order] + _SLACK_S)
    return np.asarray(~(was_given | has_failed | is_given | _has_moved(run)))


def _has_moved(run: Run) -> Mask:
    """Tell which waits are of orders that got another airport: nothing tells when.

    Where the policy chooses airports, one whose booking was taken back may have had another meanwhile; so may one that
    was sent on when its own closed, and back when the other did.
    """
    has_other = _of_orders(run, "airport") != _of_orders(run, "placed_airport")
    incidents = run.tables["incidents"]
    given_back = incidents["order"][incidents["kind"] == "booking_revoked"]
    is_back = np.isin(run.orders["order"][run.tables["waits"]["order"]], given_back) & (run.facts.extra_walk_m > 0)
    return np.asarray(has_other | is_back | _may_be_back(run))


def _may_be_back(run: Run) -> Mask:
    """Tell which waits are of orders that met a closure of their own airport before they end, and ever one of another.

    The second sends an order back to where the first sent it away from, which may be long after the wait.
    """
    airport, waits = _of_orders(run, "airport"), run.tables["waits"]
    since_s, over_s = run.orders["ready_s"][waits["order"]], np.full(len(run.orders["order"]), -np.inf)
    np.maximum.at(over_s, waits["order"], waits["to_s"])
    until_s = {True: waits["to_s"], False: over_s[waits["order"]]}
    met = {True: np.zeros(len(since_s), dtype=bool), False: np.zeros(len(since_s), dtype=bool)}
    for closure in run.facts.closures:
        for is_own, has_met in met.items():
            is_met = (closure.from_s <= until_s[is_own]) & (closure.to_s >= since_s)
            has_met |= is_met & ((airport == closure.airport) == is_own)
    return met[True] & met[False]


def in_queue_for_others(run: Run, reason: str) -> Mask:
    """Tell which waits were surely in the queue, for other reasons than one and a closed airport."""
    return np.asarray(
        np.isin(run.tables["waits"]["reason"], [name for name in _QUEUE if name != reason]) & _in_queue(run)
    )


def cabinets(run: Run) -> Found:
    """Nobody waits for room in a cabinet that has any."""
    table, airport = run.tables["waits"], _of_orders(run, "airport")
    rows = (table["reason"] == "cabinet") & _in_queue(run)
    full_s = np.zeros(len(rows))
    for name in np.unique(airport[rows]).tolist():
        ours = rows & (airport == name)
        full, jams = _when_full(run, "box", name), when_out(run, "cabinet", name)
        begin, end = _joined(*(np.concatenate(pair) for pair in zip(full, jams, strict=True)))
        full_s[ours] = share_s(table["from_s"][ours], table["to_s"][ours], begin, end)
    wrong = rows & (full_s < table["to_s"] - table["from_s"] - _SLACK_S)
    return "boxes", int(rows.sum()), where(wrong, lambda row: f"{wait_words(run, row)}: a box is free then")


def when_out(run: Run, what: str, site: str) -> tuple[Floats, Floats]:
    """Find when something was out at a site, in spells that are apart and ascend."""
    spells = [(out.from_s, out.to_s) for out in run.facts.outages if (out.what, out.site) == (what, site)]
    begin, end = np.array(spells, np.float64).reshape(-1, 2).T
    return _joined(begin, end)


def outages(run: Run) -> Found:
    """Nobody waits for the dispatcher, or a take-off point, that is there; nor for any other choice of a dead one."""
    table, point = run.tables["waits"], _of_orders(run, "takeoff_point")
    for_dispatcher, for_point = (table["reason"] == name for name in ("dispatcher", "takeoff_point_closed"))
    from_s, to_s = table["from_s"], table["to_s"]
    down_s = share_s(from_s, to_s, *when_out(run, "dispatcher", "network"))
    shut_s = np.zeros(len(from_s))
    for name in run.facts.takeoff_points:
        shut_s[point == name] = share_s(
            from_s[point == name], to_s[point == name], *when_out(run, "takeoff_point", name)
        )
    lasts_s = to_s - from_s - _SLACK_S
    undecided = np.isin(table["reason"], ("policy", "batch", "drone", "pack", "cabinet")) & _in_queue(run)
    faults = [
        where(for_dispatcher & (down_s < lasts_s), lambda row: f"{wait_words(run, row)}: it is not down then"),
        where(for_point & (shut_s < lasts_s), lambda row: f"{wait_words(run, row)}: that is not closed then"),
        where(undecided & (down_s > _SLACK_S), lambda row: f"{wait_words(run, row)}: the dispatcher is down then"),
    ]
    count = int((for_dispatcher | for_point).sum())
    texts = tuple(text for fault in faults for text in fault.texts)
    return "outages", count, Faults(count=sum(fault.count for fault in faults), texts=texts)


def _when_full(run: Run, resource: str, site: str) -> tuple[Floats, Floats]:
    """Find when all units of a resource at a site are held."""
    table = run.occupancy
    rows = (table["resource"] == resource) & (table["site"] == site)
    begin, end = table["from_s"][rows], ends(run)[rows]
    times = np.concatenate([end, begin])
    steps = np.repeat([-1, 1], len(begin))
    order = np.lexsort((steps, times))
    held = np.cumsum(steps[order])
    is_full = held >= run.facts.capacity.get(resource, {}).get(site, 0)
    times = times[order]
    until = np.append(times[1:], run.facts.closed_s)[: len(times)]
    lasts = is_full & (until > times)
    return _joined(times[lasts], until[lasts])


def storms(run: Run) -> Found:
    """Nobody in the queue waits for anything but another wind while no drone may fly at any level."""
    table, facts = run.tables["waits"], run.facts
    from_s = [-np.inf, *(wind.from_s for wind in facts.winds[1:]), np.inf]
    storm = [
        number
        for number, wind in enumerate(facts.winds)
        if all(np.hypot(*air) > facts.wind_limit_mps + 1e-9 for air in wind.levels.values())
    ]
    begin = np.array([max(from_s[number], facts.start_s - 1e6) for number in storm])
    end = np.array([min(from_s[number + 1], facts.closed_s + 1e6) for number in storm])
    in_queue = np.isin(table["reason"], _QUEUE) & ~np.isin(table["reason"], ("wind", "weather")) & _in_queue(run)
    blown_s = share_s(table["from_s"], table["to_s"], *_joined(begin, end))
    wrong = in_queue & (blown_s > 1 / MS + _SLACK_S)
    calm = (table["reason"] == "wind") & np.array(all(_is_calm(run, number) for number in range(len(facts.winds))))
    count = int((in_queue & (len(storm) > 0)).sum() + (table["reason"] == "wind").sum())
    return (
        "winds",
        count,
        where(
            wrong | calm,
            lambda row: f"{wait_words(run, row)}: the wind is {'calm' if calm[row] else 'above the limit'} then",
        ),
    )


def _is_calm(run: Run, number: int) -> bool:
    return all(np.hypot(*air) == 0 for air in run.facts.winds[number].levels.values())


_MOMENT: Final = {
    "pad": ("pad", "takeoff_point"),
    "loader": ("loader", "takeoff_point"),
    "airport_pad": ("pad", "airport"),
    "unloader": ("unloader", "airport"),
    "pilot": ("pilot", None),
}
"""Where the units are for which a sortie begins no sooner."""


def moments(run: Run) -> Found:
    """A moment before a sortie had its pad, crew or pilot, all of them were others'.

    Told on days without incidents only: what was given back since is not on record.
    """
    table, orders = run.tables["waits"], run.orders
    rows = np.flatnonzero(np.isin(table["reason"], list(_MOMENT)))
    order = table["order"][rows]
    at_end = np.abs(table["to_s"][rows] - orders["loading_s"][order]) <= _SLACK_S
    rows, order = rows[at_end], order[at_end]
    if len(run.tables["incidents"]["time_s"]) or not len(rows):
        return "moments before", 0, Faults()
    is_free = np.zeros(len(rows), np.bool_)
    for reason, (resource, column) in _MOMENT.items():
        site = np.full(len(rows), "network", object) if column is None else orders[column][order]
        for name in np.unique(site[table["reason"][rows] == reason]).tolist():
            ours = (table["reason"][rows] == reason) & (site == name)
            is_free[ours] = _was_free(run, resource, name, order[ours])
    return "moments before", len(rows), where(is_free, lambda i: f"{wait_words(run, int(rows[i]))}: one is free then")


def _was_free(run: Run, resource: str, site: str, order: Ints) -> Mask:
    """Tell whether a unit was free a millisecond before the sortie of each order took one."""
    table = run.occupancy
    here = (table["resource"] == resource) & (table["site"] == site)
    begin_s, end_s = np.sort(table["from_s"][here]), np.sort(ends(run)[here])
    took_s = _next_from(run, here, run.orders["drone"][order], run.orders["loading_s"][order])
    moment_s = took_s - 1 / MS + _SLACK_S / 2
    held = np.searchsorted(begin_s, moment_s, side="right") - np.searchsorted(end_s, moment_s, side="right")
    return np.asarray(np.isfinite(took_s) & (held < _units(run, resource, site, moment_s)))


def _units(run: Run, resource: str, site: str, moment_s: Floats) -> Ints:
    """Count the units of a resource at a site that may be at work at each moment; loaders finish after their shift."""
    facts = run.facts
    units, steps = facts.capacity.get(resource, {}).get(site, 0), facts.shifts.get(resource, {}).get(site)
    if steps is None:
        return np.full(len(moment_s), units)
    each = units // max(count for _, count in steps)
    return each * there(steps, moment_s, lasts_s=facts.load_s if resource == "loader" else 0.0)


def _next_from(run: Run, rows: Mask, holder: Ints, since_s: Floats) -> Floats:
    """Find when each holder next began to hold one of some rows, from a time on; inf for never."""
    chosen = _next_row(run, rows, holder, since_s)
    return np.where(chosen >= 0, run.occupancy["from_s"][chosen], np.inf)


def _next_row(run: Run, rows: Mask, holder: Ints, since_s: Floats) -> Ints:
    """Find the row in which each holder next begins to hold one of some rows, from a time on; -1 for none."""
    among = np.flatnonzero(rows)
    held_by, from_s = run.occupancy["holder"][among], run.occupancy["from_s"][among]
    # the last before a time, of times that run backwards
    found = last_before(held_by, -from_s, ask_keys=holder, ask=-since_s + _SLACK_S)
    return np.where(found >= 0, among[found] if len(among) else -1, -1)


def idle_drones(run: Run) -> Found:
    """Nobody in the queue waits for a drone while one stands free in the pool; for the policy's choice, one does.

    Told of fleets that are tied to their take-off points and turned around after each return, of dispatchers that
    decide at once, on days without incidents. Where nothing tells when a drone was ready again, it is taken to stand
    free for the policy's choice, and not for who waits for a drone.
    """
    table = run.tables["waits"]
    in_queue = _in_queue(run)
    for_drone, for_policy = ((table["reason"] == reason) & in_queue for reason in ("drone", "policy"))
    rows = for_drone | for_policy
    if not _tells_of_idle(run) or not rows.any():
        return "idle drones", 0, Faults()
    given = _given(run)
    landed_s = _back_s(run, given)
    ready_s = _ready_s(run, given, landed_s)
    sure, likely = _idle(run, given, ready_s), _idle(run, given, np.where(np.isfinite(ready_s), ready_s, landed_s))
    idle_s = np.where(for_drone, _stands_free_s(run, for_drone, *sure), _stands_free_s(run, for_policy, *likely))
    lasts_s = table["to_s"] - table["from_s"]
    wrong = (for_drone & (idle_s > _SLACK_S)) | (for_policy & (idle_s < lasts_s - _SLACK_S))
    words = "{}: of that time a drone stands free for {:.3f} s"
    return "idle drones", int(rows.sum()), where(wrong, lambda row: words.format(wait_words(run, row), idle_s[row]))


def _tells_of_idle(run: Run) -> bool:
    """Tell whether tables tell when drones stand free."""
    facts = run.facts
    is_told = not (facts.is_shared or facts.interval_s or facts.turnaround_below < facts.charge_to)
    return is_told and not len(run.tables["incidents"]["time_s"])


def idle_surely(run: Run) -> tuple[Ints, Floats, Floats] | None:
    """Give drones, and from when until when they surely stood free; None where tables don't tell."""
    if not _tells_of_idle(run):
        return None
    given = _given(run)
    return _idle(run, given, _ready_s(run, given, _back_s(run, given)))


def stands_free_at(run: Run, idle: tuple[Ints, Floats, Floats], points: np.ndarray, times_s: Floats) -> Mask:
    """Tell whether a drone stood free at each take-off point just before and after each time, ``(n,)``."""
    (drone, begin_s, end_s), first, found = idle, 0, np.zeros(len(times_s), np.bool_)
    for name, count in run.facts.by_takeoff_point.items():
        ours, theirs = np.flatnonzero(points == name), (drone >= first) & (drone < first + count)
        is_there = (begin_s[theirs] + _SLACK_S < times_s[ours, None]) & (times_s[ours, None] + _SLACK_S < end_s[theirs])
        found[ours] = is_there.any(axis=1)
        first += count
    return found


def _stands_free_s(run: Run, rows: Mask, drone: Ints, begin_s: Floats, end_s: Floats) -> Floats:
    """Tell for how long of each of some waits a drone of its take-off point stands free, ``(waits,)``; 0 of others.

    Drones stand free from ``begin_s`` to ``end_s``, as from ``_idle``.
    """
    table, point = run.tables["waits"], _of_orders(run, "takeoff_point")
    idle_s, first = np.zeros(len(rows)), 0
    for name, count in run.facts.by_takeoff_point.items():
        ours, theirs = rows & (point == name), (drone >= first) & (drone < first + count)
        idle_s[ours] = share_s(table["from_s"][ours], table["to_s"][ours], *_joined(begin_s[theirs], end_s[theirs]))
        first += count
    return idle_s


def _given(run: Run) -> Ints:
    """List the orders that drones were assigned, by drone and time."""
    orders = run.orders
    given = np.flatnonzero(is_set(orders["assigned_s"]))
    return given[np.lexsort((orders["assigned_s"][given], orders["drone"][given]))]


def _idle(run: Run, given: Ints, again_s: Floats) -> tuple[Ints, Floats, Floats]:
    """Find when drones stand free: from the opening, or ready after a sortie, until the next assignment.

    ``again_s``: when the drone of each order that was ``given`` one is ready again.
    """
    orders, facts = run.orders, run.facts
    first_s = min(facts.start_s, float(np.fmin.reduce(orders["placed_s"], initial=facts.start_s)))
    every = np.arange(facts.drones)
    drone = np.concatenate([every, orders["drone"][given], every])
    ready_s = np.concatenate([np.full(facts.drones, first_s), again_s, np.full(facts.drones, np.inf)])
    taken_s = np.concatenate(
        [np.full(facts.drones, -np.inf), orders["assigned_s"][given], np.full(facts.drones, facts.closed_s)]
    )
    order = np.lexsort((taken_s, drone))
    begin_s, end_s = ready_s[order][:-1], taken_s[order][1:]
    lasts = (drone[order][1:] == drone[order][:-1]) & (end_s > begin_s)
    idle = drone[order][:-1][lasts], begin_s[lasts], end_s[lasts]
    for busy in (*stand_out_of_service(run), *_exchanges(run)):
        idle = _without(*idle, *busy)
    return _on_shift(run, *idle) if "drone" in facts.shifts else idle


def _exchanges(run: Run) -> Iterator[tuple[int, float, float]]:
    """Give drone, begin and end of the exchanges of packs before a flight, for such as hold more."""
    table, rows = run.occupancy, exchanged_packs(run)
    is_pack = table["resource"] == "pack"
    fitted_s = _next_from(run, is_pack, table["holder"][rows], table["to_s"][rows])
    drone = table["holder"][rows]
    ready_s = fitted_s + swap_s(run, drone, fitted_s)
    yield from zip(drone.tolist(), table["to_s"][rows].tolist(), ready_s, strict=True)


def _without(
    drone: Ints, begin_s: Floats, end_s: Floats, who: int, from_s: float, to_s: float
) -> tuple[Ints, Floats, Floats]:
    """Cut a time of one drone out of times in which drones stand free."""
    met = (drone == who) & (begin_s < to_s) & (end_s > from_s)
    drones = np.concatenate([drone[~met], drone[met], drone[met]])
    begins = np.concatenate([begin_s[~met], begin_s[met], np.full(int(met.sum()), to_s)])
    finishes = np.concatenate([end_s[~met], np.full(int(met.sum()), from_s), end_s[met]])
    lasts = finishes > begins
    return drones[lasts], begins[lasts], finishes[lasts]


def _on_shift(run: Run, drone: Ints, begin_s: Floats, end_s: Floats) -> tuple[Ints, Floats, Floats]:
    """Keep of the times that drones stand free those in which they are in service."""
    rows = [
        (number, max(begin, from_s), min(end, to_s))
        for number, begin, end in zip(drone.tolist(), begin_s.tolist(), end_s.tolist(), strict=True)
        for from_s, to_s in spells_in_service(run, number)
        if min(end, to_s) > max(begin, from_s)
    ]
    columns = np.array(rows, np.float64).reshape(-1, 3).T
    return columns[0].astype(np.int64), columns[1], columns[2]


def _back_s(run: Run, orders: Ints) -> Floats:
    """Tell when the sortie with each order was over, ``(orders,)``; inf for one that was not."""
    legs = run.legs
    carries = np.flatnonzero(legs["kind"] == "outbound")
    leg = rows_of(legs["order"][carries], run.orders["order"][orders])
    numbers, sortie = np.unique(legs["sortie"], return_inverse=True)
    last_s = np.zeros(len(numbers) + 1)
    np.maximum.at(last_s, sortie.reshape(-1), np.where(is_set(legs["landed_s"]), legs["landed_s"], np.inf))
    landed_s = np.full(len(orders), np.inf)
    landed_s[leg >= 0] = last_s[sortie.reshape(-1)[carries[leg[leg >= 0]]]]
    return landed_s


def _ready_s(run: Run, orders: Ints, landed_s: Floats) -> Floats:
    """Tell when the drone of each order is ready again: back, with another pack or its own charged; inf for never.

    What was yet to come at the close is not on record.
    """
    table, drone = run.occupancy, run.orders["drone"][orders]
    if run.facts.battery_mode == "swap":
        fitted_s = _next_from(run, table["resource"] == "pack", drone, landed_s)
        return fitted_s + swap_s(run, drone, fitted_s)
    packs = np.flatnonzero(table["resource"] == "pack")
    aboard = rows_of(table["holder"][packs], drone)
    pack = np.where(aboard >= 0, table["unit"][packs[aboard]] if len(packs) else -1, -1)
    row = _next_row(run, table["resource"] == "charger", pack, landed_s)
    return np.where(row >= 0, ends(run)[row], np.inf)


def _of_orders(run: Run, column: str) -> np.ndarray:
    """Give a column of the orders that wait, a row a wait."""
    return np.asarray(run.orders[column][run.tables["waits"]["order"]])


def wait_words(run: Run, row: int) -> str:
    """Say which wait a row of the table is."""
    table = run.tables["waits"]
    order, reason = table["order"][row], table["reason"][row].replace("_", " ")
    return f"order {order} waits for {reason} from {at(table['from_s'][row])} to {at(table['to_s'][row])}"


CHECKS: Final[tuple[Callable[[Run], Found], ...]] = (
    closures,
    cabinets,
    storms,
    outages,
    moments,
    idle_drones,
)

"""Checks that incidents agree with the tables that show them, and that what tables show is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from dronesim.verify.causes import causes
from dronesim.verify.closures import may_hear
from dronesim.verify.facts import Closure
from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.lookup import is_set, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, where
from dronesim.verify.revocations import revocations
from dronesim.verify.silence import DOWN, heard_s, latency_s, spells_by_leg
from dronesim.verify.sorties import by_drone

_SLACK_S: Final = 5e-4
_NEAR_S: Final = 2.5e-3
_LEADS: Final = ("diverts", "returns")
_DOWN: Final = {"lost": "lost", DOWN: "down"}
_AT_SITE: Final = (
    *("holds", "goes on", "diverts", "returns", "stays on the pad", "makes another pass", "is unloaded for longer"),
    *("waits on its pad to be unloaded", "has another way home", "waits for another wind", "waits for a zone to end"),
)
"""Actions that are told at the site that a drone is bound for, or stands at."""


def accounts(run: Run) -> Check:
    """What incidents tell of drones, orders, legs, sites and times is as the tables have it, and nothing is untold."""
    faults = [
        *_named(run),
        *_ends(run),
        *_leads(run),
        *_overruns(run),
        *_stays(run),
        listed(_passes(run)),
        listed(causes(run)),
        *revocations(run),
    ]
    return settle("incidents and tables agree", len(run.tables["incidents"]["kind"]), faults)


def _named(run: Run) -> Iterator[Faults]:
    """Find incidents of another drone, order, site or time than the leg that they name."""
    table, legs = run.tables["incidents"], run.legs
    rows = np.flatnonzero(table["leg"] >= 0)
    leg = rows_of(legs["leg"], table["leg"][rows])
    rows, leg = rows[leg >= 0], leg[leg >= 0]

    def words(i: int, what: str, value: Any) -> str:
        return f"incident {rows[i]} ({table['kind'][rows[i]]}, leg {table['leg'][rows[i]]}): {what} {value}"

    drone, order = legs["drone"][leg], _orders_of_sorties(run)[leg]
    yield where(
        table["drone"][rows] != drone,
        lambda i: words(i, f"is of drone {table['drone'][rows[i]]}, the leg is of drone", drone[i]),
    )
    yield where(
        (table["order"][rows] != order) & (table["order"][rows] != legs["order"][leg]),
        lambda i: words(i, f"is of order {table['order'][rows[i]]}, the sortie is of order", order[i]),
    )
    is_home = np.isin(legs["kind"][leg], ("return",))
    site = np.where(is_home, legs["from"][leg], legs["to"][leg])
    told = np.isin(table["action"][rows], _AT_SITE) & (table["site"][rows] != "")
    yield where(
        told & (table["site"][rows] != site), lambda i: words(i, f"is at {table['site'][rows[i]]}, its leg at", site[i])
    )
    from_s, to_s = _spans(run)
    outside = (table["time_s"][rows] < from_s[leg] - _NEAR_S) | (table["time_s"][rows] > to_s[leg] + _NEAR_S)
    yield where(
        outside,
        lambda i: words(
            i, f"is told {at(table['time_s'][rows[i]])}, the leg is from", f"{at(from_s[leg[i]])} to {at(to_s[leg[i]])}"
        ),
    )


def _orders_of_sorties(run: Run) -> Ints:
    """Give for each leg the order that its sortie carried, -1 for none."""
    legs = run.legs
    _, number = np.unique(legs["sortie"], return_inverse=True)
    order = np.full(len(number) + 1, -1, np.int64)
    np.maximum.at(order, number, np.where(legs["sortie"] >= 0, legs["order"], -1))
    return np.asarray(np.where(legs["sortie"] >= 0, order[number], legs["order"]))


def _spans(run: Run) -> tuple[Floats, Floats]:
    """Give from when until when each leg is what its drone flies, or is to fly next: booked, or the one before over."""
    legs, order = run.legs, by_drone(run)
    from_s, to_s = legs["requested_s"].copy(), np.full(len(order), np.inf)
    after, before = order[1:], order[:-1]
    same = legs["drone"][after] == legs["drone"][before]
    follows = same & (legs["kind"][after] == "return") & is_set(legs["landed_s"][before])
    from_s[after[follows]] = np.fmin(from_s[after[follows]], legs["landed_s"][before[follows]])
    to_s[before[same]] = legs["departed_s"][after[same]]
    homeward = np.isin(legs["kind"], ("return", "deadhead")) & is_set(legs["landed_s"])
    to_s[homeward] = np.fmin(to_s[homeward], legs["landed_s"][homeward])
    return from_s, to_s


def _ends(run: Run) -> Iterator[Faults]:
    """Find drones that came down without an incident, at another time than pilots were free, or only by incident."""
    for action, outcome in _DOWN.items():
        yield from _come_down(run, action, outcome)


def _come_down(run: Run, action: str, outcome: str) -> Iterator[Faults]:
    table, legs = run.tables["incidents"], run.legs
    rows = np.flatnonzero(table["action"] == action)
    leg = rows_of(legs["leg"], table["leg"][rows])
    count = np.bincount(leg[leg >= 0], minlength=len(legs["leg"]))
    ended = legs["outcome"] == outcome
    yield where(
        ended & (count != 1),
        lambda row: (
            f"leg {legs['leg'][row]} of drone {legs['drone'][row]} is {outcome}, and {count[row]} incidents tell so"
        ),
    )
    yield where(
        (leg < 0) | ~ended[np.maximum(leg, 0)],
        lambda i: f"incident {rows[i]}: its leg {table['leg'][rows[i]]} is not {outcome}",
    )
    known, place = rows[leg >= 0].tolist(), leg[leg >= 0].tolist()
    over = [_is_over(run, row, float(table["time_s"][told])) for row, told in zip(place, known, strict=True)]
    yield where(
        ~np.array(over, np.bool_),
        lambda i: (
            f"incident {known[i]}: drone {table['drone'][known[i]]} comes down {at(table['time_s'][known[i]])}, and "
            "was in the hands of a pilot until another time"
        ),
    )


def _is_over(run: Run, leg: int, time_s: float) -> bool:
    """Tell whether a drone was in the hands of a pilot on a leg until just a time."""
    table, legs = run.occupancy, run.legs
    if abs(float(legs["departed_s"][leg]) - time_s) <= _NEAR_S:
        # nobody has a drone that is lost as it takes off
        return True
    mine = (table["resource"] == "pilot") & (table["holder"] == legs["drone"][leg])
    mine &= table["from_s"] <= max(float(legs["departed_s"][leg]), time_s) + _NEAR_S
    return bool((mine & (np.abs(table["to_s"] - time_s) <= _NEAR_S)).any())


def _leads(run: Run) -> Iterator[Faults]:
    """Find diverts that are told by no incident, or of another time; and legs that lead elsewhere than booked."""
    table, legs = run.tables["incidents"], run.legs
    rows = np.flatnonzero(np.isin(table["action"], _LEADS))
    leg = rows_of(legs["leg"], table["leg"][rows])
    divert = legs["kind"] == "divert"
    count = np.bincount(leg[leg >= 0], minlength=len(legs["leg"]))
    yield where(
        divert & (count != 1),
        lambda row: f"leg {legs['leg'][row]} of drone {legs['drone'][row]} is a divert, {count[row]} incidents tell so",
    )
    its = np.maximum(leg, 0)
    late = (leg >= 0) & ~(np.abs(legs["requested_s"][its] - table["time_s"][rows]) <= _NEAR_S)
    unflown = np.array([_is_cut_short(run, row) for row in rows.tolist()], np.bool_)
    yield where(
        np.where(leg < 0, ~unflown, ~divert[its] | late),
        lambda i: (
            f"incident {rows[i]}: drone {table['drone'][rows[i]]} {table['action'][rows[i]]} "
            f"{at(table['time_s'][rows[i]])}, and no divert was booked then"
        ),
    )
    is_back = legs["to"][its] == legs["from"][its]
    yield where(
        (leg >= 0) & divert[its] & (is_back != (table["action"][rows] == "returns")),
        lambda i: (
            f"incident {rows[i]}: drone {table['drone'][rows[i]]} {table['action'][rows[i]]} to {legs['to'][its[i]]}"
        ),
    )
    order = rows_of(run.orders["order"], legs["order"])
    broken = (legs["kind"] == "outbound") & (legs["outcome"] != "landed") & (order >= 0)
    meant = run.orders["airport"][np.maximum(order, 0)]
    yield where(
        broken & (legs["to"] != meant),
        lambda row: f"leg {legs['leg'][row]} was bound for {legs['to'][row]}, its order for {meant[row]}",
    )


def _is_cut_short(run: Run, row: int) -> bool:
    """Tell whether the drone of an incident was in the air with its order, and did not even turn as it was led to."""
    table, legs = run.tables["incidents"], run.legs
    its = (legs["drone"] == table["drone"][row]) & (legs["order"] == table["order"][row]) & (legs["order"] >= 0)
    its &= (legs["departed_s"] <= table["time_s"][row] + _SLACK_S) & (legs["outcome"] != "landed")
    return bool(its.any())


def _overruns(run: Run) -> Iterator[Faults]:
    """Find unloading that is told to take longer at another time than its slot ends, or at another site."""
    table, orders, facts = run.tables["incidents"], run.orders, run.facts
    drawn = (facts.handling_times or {}).get("unload_s")
    rows = np.flatnonzero((table["kind"] == "unloading_overrun") & (table["action"] == "is unloaded for longer"))
    order = rows_of(orders["order"], table["order"][rows])
    if drawn is None:
        yield where(np.ones(len(rows), np.bool_), lambda i: f"incident {rows[i]}: unloading takes as long as is stated")
        return
    its = np.maximum(order, 0)
    took_s = np.array(drawn, np.float64)[orders["order"][its].clip(0, len(drawn) - 1)]
    time_s = table["time_s"][rows]
    early = time_s < orders["landed_s"][its] + facts.unload_s - _NEAR_S
    late = time_s > orders["delivered_s"][its] - (took_s - facts.unload_s) + _NEAR_S
    yield where(
        (order < 0) | early | late,
        lambda i: (
            f"incident {rows[i]}: order {table['order'][rows[i]]} is to be unloaded for longer {at(time_s[i])}; it "
            f"landed {at(orders['landed_s'][its[i]])}, is delivered {at(orders['delivered_s'][its[i]])}, takes "
            f"{took_s[i]:.3f} s"
        ),
    )


def _stays(run: Run) -> Iterator[Faults]:
    """Find drones on a pad of an airport when it closes, or sinking to one, of which it is not told that they stay.

    One that hears of it later, and begins to sink before, may be told to stay until then.
    """
    legs, order = run.legs, by_drone(run)
    after, before = order[1:], order[:-1]
    pairs = (legs["drone"][after] == legs["drone"][before]) & (legs["kind"][after] == "return")
    pairs &= (legs["order"][before] >= 0) & (legs["outcome"][before] == "landed")
    after, before = after[pairs], before[pairs]
    stays = _told_of(run, "stays on the pad")
    # one that hovers over the site, and has not begun to sink, waits there
    hovers, waits = _told_of(run, "holds"), legs["hold_s"][before] > 0
    spells, drone, leg = spells_by_leg(run), legs["drone"][before].tolist(), legs["leg"][before]
    knows = may_hear(run)[before]
    for closure in (closure for closure in run.facts.closures if closure.cause == "airport_closed"):
        there = (legs["to"][before] == closure.airport) & (legs["arrived_s"][before] < closure.from_s - _NEAR_S)
        there &= legs["departed_s"][after] > closure.from_s + _NEAR_S
        heard = heard_s(spells, leg, np.full(len(leg), closure.from_s), latency_s(run))
        heard[~knows] = closure.to_s
        silent = [
            not _is_told(stays, drone[row], closure.from_s, heard[row])
            and not (waits[row] and _is_told(hovers, drone[row], closure.from_s, heard[row]))
            for row in np.flatnonzero(there).tolist()
        ]
        there[there] = silent
        yield where(there, _staying_words(run, before, closure))


def _told_of(run: Run, action: str) -> dict[int, Floats]:
    """Give by drone when it was told to do something as, or after, an airport closed."""
    table = run.tables["incidents"]
    told = (table["kind"] == "airport_closed") & (table["action"] == action)
    drone, time_s = table["drone"][told], table["time_s"][told]
    return {number: time_s[drone == number] for number in np.unique(drone).tolist()}


def _is_told(told: dict[int, Floats], drone: int, from_s: float, to_s: float) -> bool:
    time_s = told.get(drone)
    return time_s is not None and bool(np.any((time_s >= from_s - _NEAR_S) & (time_s <= to_s + _NEAR_S)))


def _staying_words(run: Run, rows: Ints, closure: Closure) -> Callable[[int], str]:
    return lambda i: (
        f"drone {run.legs['drone'][rows[i]]} is at {closure.airport} as that closes {at(closure.from_s)}, and no "
        "incident tells that it stays"
    )


def _passes(run: Run) -> Iterator[str]:
    """Find landings that are missed sooner after another than a pass takes."""
    table, pass_s = run.tables["incidents"], float((run.facts.navigation or {}).get("go_around_s", 0.0))
    last = dict[int, int]()
    misses = np.isin(table["kind"], ("go_around", "position_outage")) & (table["leg"] >= 0)
    for row in np.flatnonzero(table["leg"] >= 0).tolist():
        drone, before = int(table["drone"][row]), last.get(int(table["drone"][row]))
        is_soon = before is not None and table["time_s"][row] - table["time_s"][before] < pass_s - _NEAR_S
        if before is not None and is_soon and misses[row] and table["action"][before] == "makes another pass":
            yield f"incident {row}: drone {drone} misses a landing {at(table['time_s'][row])}, within one pass"
        last[drone] = row

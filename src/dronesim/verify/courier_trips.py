"""What trips of couriers tell: how long each way is, and that nobody waits for a courier while one stands idle."""

from __future__ import annotations

from typing import Final

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.handling import boxing_s
from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.lookup import is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import at, where
from dronesim.verify.wait_reasons import Found

_SLACK_S: Final = 5e-3
"""Ways are halves of trips, and each part of a trip is rounded up to a millisecond."""


def trips_of(run: Run) -> tuple[Floats, Floats]:
    """Give when each order's courier left and was free again, ``(orders,)``; NaN where none left."""
    table = run.occupancy
    rows = np.flatnonzero(table["resource"] == "courier")
    row = rows_of(table["holder"][rows], run.orders["order"])
    return taken(table["from_s"][rows], row), taken(ends(run)[rows], row)


def walks_s(run: Run) -> Floats:
    """Tell how long each order's courier walks one way, ``(orders,)``.

    By its own trip, or by those to the same merchant if they all tell the same; NaN where nothing tells.
    """
    orders, hands_s = run.orders, run.facts.courier_handling_s + boxing_s(run)
    leave_s, _ = trips_of(run)
    after_s = orders["ready_s"] - orders["prepared_s"] - hands_s
    came_in_time = leave_s + after_s <= orders["prepared_s"] + _SLACK_S / 2
    own_s = np.where(came_in_time, after_s, (orders["ready_s"] - leave_s - hands_s) / 2)
    return np.where(is_set(own_s), own_s, _of_the_same(run, own_s))


def _of_the_same(run: Run, own_s: Floats) -> Floats:
    """Give the walks of others to the same merchant from the same take-off point, where they are all the same."""
    pairs: dict[tuple[str, str], list[float]] = {}
    names = list(zip(run.orders["merchant"].tolist(), run.orders["takeoff_point"].tolist(), strict=True))
    for name, walk_s in zip(names, own_s.tolist(), strict=True):
        if name[0] and walk_s == walk_s:
            pairs.setdefault(name, []).append(walk_s)
    same = {name: found[0] for name, found in pairs.items() if max(found) - min(found) <= _SLACK_S}
    return np.array([same.get(name, np.nan) for name in names], np.float64)


def idle_couriers(run: Run) -> Found:
    """Nobody waits for a courier while one stands idle for as long as a whole trip takes, or until it leaves at last.

    Told of take-off points whose couriers are there all day.
    """
    table, facts = run.tables["waits"], run.facts
    changing = {out.site for out in facts.outages if out.what == "courier"} | set(facts.shifts.get("courier", ()))
    point = run.orders["takeoff_point"][table["order"]]
    rows = np.flatnonzero((table["reason"] == "courier") & ~np.isin(point, list(changing)))
    order = table["order"][rows]
    walk_s, leave_s = walks_s(run)[order], trips_of(run)[0][order]
    trip_s = 2 * walk_s + facts.courier_handling_s + boxing_s(run)[order]
    since_s = np.maximum(table["from_s"][rows] - walk_s, run.orders["placed_s"][order])
    until_s = np.where(is_set(leave_s), leave_s, table["to_s"][rows])
    idle_s = np.full(len(rows), np.nan)
    for site in np.unique(point[rows]).tolist():
        ours = np.flatnonzero(point[rows] == site)
        idle = _idle(run, site)
        for i in ours.tolist():
            idle_s[i] = _first_s(idle, int(order[i]), float(since_s[i]), float(until_s[i]), float(trip_s[i]))
    return (
        "couriers",
        len(rows),
        where(
            is_set(idle_s),
            lambda i: (
                f"order {run.orders['order'][order[i]]} waits for a courier from {at(table['from_s'][rows[i]])} to "
                f"{at(table['to_s'][rows[i]])}, and one stands idle from {at(idle_s[i])} on"
            ),
        ),
    )


def _first_s(idle: tuple[Floats, Floats, Ints], order: int, since_s: float, until_s: float, trip_s: float) -> float:
    """Find when a courier could first have begun an order's trip between two times; NaN where none could.

    The one who leaves for the order at last could have left sooner, however long its trip.
    """
    begin_s, end_s, next_order = idle
    start_s = np.maximum(begin_s, since_s)
    fits = (end_s - start_s >= trip_s + 2 * _SLACK_S) | (next_order == order)
    fits &= start_s < until_s - 2 * _SLACK_S
    return float(start_s[fits].min()) if fits.any() else np.nan


def _idle(run: Run, site: str) -> tuple[Floats, Floats, Ints]:
    """Find when couriers of a site are on no trip, from when until when, and the row of the order that ends that."""
    table = run.occupancy
    rows: Ints = np.flatnonzero((table["resource"] == "courier") & (table["site"] == site))
    every = np.arange(run.facts.couriers.get(site, 0))
    nothing = np.full(len(every), -np.inf)
    unit = np.concatenate([every, table["unit"][rows]])
    from_s, to_s = np.concatenate([nothing, table["from_s"][rows]]), np.concatenate([nothing, ends(run)[rows]])
    holder = np.concatenate([np.full(len(every), -1), rows_of(run.orders["order"], table["holder"][rows])])
    order = np.lexsort((from_s, unit))
    is_last = np.append(unit[order][1:] != unit[order][:-1], True)[: len(order)]
    end_s = np.where(is_last, np.inf, np.append(from_s[order][1:], np.inf)[: len(order)])
    next_order = np.where(is_last, -1, np.append(holder[order][1:], -1)[: len(order)])
    lasts = end_s > to_s[order] + _SLACK_S
    return to_s[order][lasts], end_s[lasts], next_order[lasts]

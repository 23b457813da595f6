"""Checks that the waits of each order fill its time on the ground, and that their reasons were so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.verify import wait_reasons
from dronesim.verify.absent import absences
from dronesim.verify.courier_trips import idle_couriers
from dronesim.verify.handling import boxing_s
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.lookup import is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where
from dronesim.verify.rider_reasons import late_rides, riderless
from dronesim.verify.riders import is_fetched, left_s

STAGE_OF: Final = {
    "courier": "courier_wait",
    "drone": "dispatch",
    "pack": "pack_wait",
    "airport_closed": "closed_wait",
    "cabinet": "cabinet_wait",
    "wind": "wind_wait",
    "weather": "weather_wait",
    "zone": "zone_wait",
    "dispatcher": "dispatcher_wait",
    "rider": "rider_wait",
    "policy": "policy_wait",
    "batch": "batch_wait",
    "revoked": "revoked",
    "takeoff_point_closed": "takeoff_closed_wait",
    "pad": "pad_wait",
    "loader": "loader_wait",
    "airport_pad": "airport_pad_wait",
    "unloader": "unloader_wait",
    "pilot": "pilot_wait",
    "clearance": "clearance",
    "check": "check",
}
"""Every reason with the stage that has it: a list apart from the model's own."""

_SLACK_S = 5e-4
"""Times are whole milliseconds."""


def waits(run: Run) -> Check:
    """Waits fill the time of each order from ready to loading, or to its end, and that from loaded to departed."""
    table = run.tables["waits"]
    known = rows_of(run.orders["order"], table["order"]) >= 0
    faults = [
        where(~known, lambda row: f"there is no order {table['order'][row]}"),
        where(
            ~np.isin(table["reason"], list(STAGE_OF)),
            lambda row: f"order {table['order'][row]} waits for {table['reason'][row]!r}, which is no reason",
        ),
        where(
            ~(table["to_s"] > table["from_s"]),
            lambda row: f"order {table['order'][row]}: a wait from {at(table['from_s'][row])} does not last",
        ),
    ]
    told = wait_reasons.by_row(run)
    faults += [*_on_the_ground(told), _before_take_off(told), *_for_couriers(told)]
    return settle("waits", len(known), faults)


def _rows(run: Run, which: Mask) -> tuple[Ints, Floats, Floats]:
    """Give order, begin and end of chosen waits, by order and time."""
    table = run.tables["waits"]
    order, from_s, to_s = (table[name][which] for name in ("order", "from_s", "to_s"))
    sorted_ = np.lexsort((from_s, order))
    return order[sorted_], from_s[sorted_], to_s[sorted_]


def _on_the_ground(run: Run) -> Iterator[Faults]:
    """Find gaps, overlaps, and waits that begin or end elsewhere than they should."""
    orders, reason = run.orders, run.tables["waits"]["reason"]
    order, from_s, to_s = _rows(run, ~np.isin(reason, ("courier", "check")))
    if not len(order):
        order, from_s, to_s = np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
    same = order[1:] == order[:-1]
    apart = np.append(same & (np.abs(from_s[1:] - to_s[:-1]) > _SLACK_S), False)[: len(order)]
    yield where(apart, lambda row: f"order {order[row]}: its waits leave a gap or overlap at {at(to_s[row])}")
    first_s, last_s = np.full(len(orders["order"]), np.nan), np.full(len(orders["order"]), np.nan)
    first_s[order[::-1]], last_s[order] = from_s[::-1], to_s
    begin_s, end_s, is_loose = _time_on_the_ground(run)
    has_none = is_set(begin_s) & (end_s - begin_s > _SLACK_S) & ~is_set(first_s) & ~is_loose
    yield where(has_none, lambda row: f"order {row} was ready at {at(begin_s[row])}; nothing tells what it waited for")
    is_early = is_set(first_s) & ~(np.abs(first_s - begin_s) <= _SLACK_S)
    yield where(is_early, lambda row: f"order {row}: waits from {at(first_s[row])}, ready {at(begin_s[row])}")
    late = is_set(last_s) & ~(np.abs(last_s - end_s) <= _SLACK_S) & ~(is_loose & (last_s <= end_s + _SLACK_S))
    yield where(late, lambda row: f"order {row}: waits until {at(last_s[row])}, but no longer than {at(end_s[row])}")


def _time_on_the_ground(run: Run) -> tuple[Floats, Floats, Mask]:
    """Give from when until when each order waited, and which may have left sooner, by road."""
    orders = run.orders
    over_s = np.where(is_set(orders["ended_s"]), orders["ended_s"], run.facts.closed_s)
    over_s = np.fmin(over_s, left_s(run))
    is_loaded = is_set(orders["loading_s"])
    has_stops = run.facts.weather is not None and bool(run.facts.weather.stops)
    closed = [closure.airport for closure in run.facts.closures]
    shut = np.isin(orders["placed_airport"], closed) | np.isin(orders["airport"], closed) | has_stops
    return (
        orders["ready_s"],
        np.where(is_loaded, orders["loading_s"], over_s),
        np.isin(orders["end_state"], ("ground", "open")) & ~is_loaded & shut,
    )


def _before_take_off(run: Run) -> Faults:
    """Compare checks before take-off with the time from loaded to departed, at the close if that came first."""
    orders = run.orders
    order, from_s, to_s = _rows(run, run.tables["waits"]["reason"] == "check")
    checked_s = np.zeros(len(orders["order"]))
    np.add.at(checked_s, order, to_s - from_s)
    until_s = np.where(is_set(orders["departed_s"]), orders["departed_s"], run.facts.closed_s)
    whole_s = np.where(is_set(orders["loaded_s"]), until_s - orders["loaded_s"], 0.0)
    is_off = np.abs(checked_s - whole_s) > _SLACK_S
    return where(
        is_off, lambda row: f"order {row}: {checked_s[row]:.3f} s of checks in {whole_s[row]:.3f} s on the pad"
    )


def _for_couriers(run: Run) -> Iterator[Faults]:
    """Find waits for couriers that do not end when one comes or the customer gives up, or begin too early."""
    orders, facts, table = run.orders, run.facts, run.occupancy
    order, from_s, to_s = _rows(run, run.tables["waits"]["reason"] == "courier")
    early = from_s < orders["prepared_s"][order] - _SLACK_S
    yield where(early, lambda row: f"order {order[row]} waits for a courier from {at(from_s[row])}, not prepared yet")
    trips = np.flatnonzero(table["resource"] == "courier")
    leave_s = taken(table["from_s"][trips], rows_of(table["holder"][trips], orders["order"]))
    handling_s = facts.courier_handling_s + boxing_s(run)[order]
    ready_s = to_s + handling_s + (to_s - leave_s[order])
    off = np.abs(ready_s - orders["ready_s"][order]) > 4 * _SLACK_S
    yield where(off, lambda row: f"order {order[row]}: no courier came at {at(to_s[row])}")
    over_s = np.where(is_set(orders["ended_s"]), orders["ended_s"], facts.closed_s)[order]
    # who is handed to a rider waits no longer, and the rider leaves then or later
    is_handed = is_fetched(run)[order] & (to_s <= np.fmin(over_s, left_s(run)[order]) + _SLACK_S)
    is_left = ~is_set(leave_s[order]) & ~is_handed & ~(np.abs(to_s - over_s) <= _SLACK_S)
    yield where(is_left, lambda row: f"order {order[row]}: no courier came at {at(to_s[row])}, nor did it end then")


def reasons(run: Run) -> Check:
    """What orders waited for was so, as far as other tables tell."""
    told = wait_reasons.by_row(run)
    found = [check(told) for check in (*wait_reasons.CHECKS, absences, idle_couriers, riderless, late_rides)]
    notes = [f"{name} {count}" for name, count, _ in found if count]
    faults = [fault for _, _, fault in found]
    return settle(
        "reasons of waits",
        sum(count for _, count, _ in found),
        faults,
        note=f"waits by what tells: {', '.join(notes) or 'none'}",
    )

"""The day written down: ledgers, calendars and the order book become tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import ROUTE, Timetable
from dronesim.demand import OrderColumns
from dronesim.record.tables import INCIDENTS, LEG_KINDS, LEG_OUTCOMES, OCCUPANCY, SCANS, VERDICTS, empty
from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.network import Network
from dronesim.simulation.rows import Rows
from dronesim.units import MS

Table = dict[str, NDArray[Any]]


def seconds(milliseconds: Sequence[int] | NDArray[Any]) -> NDArray[np.float64]:
    """Turn a column of milliseconds into seconds, ``NEVER`` into NaN."""
    values = np.asarray(milliseconds, dtype=np.int64)
    return np.where(values == NEVER, np.nan, values / MS)


def _texts(values: Sequence[str | None]) -> NDArray[Any]:
    return np.array(values, dtype=object) if len(values) else np.empty(0, dtype=object)


def _named(names: Sequence[str], indices: Sequence[int] | NDArray[Any]) -> NDArray[Any]:
    table = np.empty(len(names), dtype=object)
    table[:] = names
    return np.asarray(table[np.asarray(indices, dtype=np.int64)])


def orders_table(
    orders: OrderColumns,
    book: OrderBook,
    *,
    sites: Sequence[str],
    homes: int,
    radius_m: float,
    closed_ms: int,
) -> Table:
    """Write the order book; the ceiling columns are added by the caller."""
    airports = np.asarray(book.airport, dtype=np.int64) + homes
    state = _texts([state or "open" for state in book.end_state])
    columns = {
        "order": np.arange(len(book)),
        "order_id": _texts(orders.order_id),
        "merchant": _texts(orders.merchant),
        "community": _texts(orders.community),
        "takeoff_point": _named(sites, book.takeoff_point),
        "airport": _named(sites, airports),
        "distance_m": np.asarray(orders.distance_m, dtype=np.float64),
        "mass_kg": np.asarray(orders.mass_kg, dtype=np.float64),
        "in_range": np.asarray(orders.distance_m) <= radius_m,
        "end_state": state,
        "reason": _texts(book.reason),
        "drone": np.asarray(book.drone),
        "outbound_leg": np.asarray(book.leg),
        "box": np.asarray(book.box),
        "placed_s": seconds(book.placed_ms),
        "prepared_s": _prepared_s(book, closed_ms),
    }
    for name in (
        "ready", "assigned", "loading", "loaded", "departed", "arrived", "landed", "delivered", "collected", "ended"
    ):  # fmt: skip
        columns[f"{name}_s"] = seconds(getattr(book, f"{name}_ms"))
    return columns


def _prepared_s(book: OrderBook, closed_ms: int) -> NDArray[np.float64]:
    """When each kitchen ended; not at all for orders refused, or cancelled before."""
    prepared_ms = np.asarray(book.placed_ms, dtype=np.int64) + np.asarray(book.preparation_ms, dtype=np.int64)
    ended_ms = np.asarray(book.ended_ms, dtype=np.int64)
    is_refused = np.array([state == "refused" for state in book.end_state], dtype=bool)
    is_cut_off = (ended_ms != NEVER) & (ended_ms < prepared_ms)
    return np.where(is_refused | is_cut_off | (prepared_ms > closed_ms), np.nan, prepared_ms / MS)


def legs_table(ledger: Ledger, sites: Sequence[str]) -> Table:
    """Write the logbook, which is emptied."""
    rows = ledger.legs.take()
    chosen = np.argsort(rows["leg"])
    times = ("requested", "departed", "arrived", "landed")
    kept = (
        "leg",
        "sortie",
        "drone",
        "pack",
        "order",
        "level_m",
        "distance_m",
        "energy_wh",
        "charge_start",
        "charge_end",
    )
    table: Table = {name: rows[name][chosen] for name in kept}
    table |= {f"{name}_s": seconds(rows[f"{name}_ms"][chosen]) for name in times}
    table["hold_s"] = rows["hold_ms"][chosen] / MS
    table["kind"], table["outcome"] = (
        _named(LEG_KINDS, rows["kind"][chosen]),
        _named(LEG_OUTCOMES, rows["outcome"][chosen]),
    )
    table["from"], table["to"] = _named(sites, rows["origin"][chosen]), _named(sites, rows["destination"][chosen])
    return table


def occupancy_table(ledger: Ledger, network: Network, sites: Sequence[str], *, closed_ms: int) -> Table:
    """Write who held what and when until the day closed, from the calendars and the ledgers, which are emptied."""
    places = (*sites, "network")
    parts = [_ledger_part(name, getattr(ledger, f"{name}s"), places) for name in ("courier", "charger", "pack")]
    parts.append(_ledger_part("box", ledger.boxes, places))
    parts.append(_timetable_part(network.timetable))
    network.timetable.clear()
    for part in parts:
        _cut_off(part, closed_ms / MS)
    return {name: np.concatenate([part.pop(name) for part in parts]) for name in OCCUPANCY}


def _cut_off(part: Table, closed_s: float) -> None:
    """End what is still held when the day closes, and drop what would only begin then."""
    part["to_s"] = np.minimum(part["to_s"], closed_s)
    is_held = part["from_s"] < part["to_s"]
    if not is_held.all():
        part.update({name: column[is_held] for name, column in part.items()})


def _timetable_part(timetable: Timetable) -> Table:
    """Write the bookings of all calendars but the headways on routes, which are no resource."""
    calendar, unit, holder, start_ms, end_ms = timetable.dealt()
    is_resource = np.array([resource != ROUTE for resource in timetable.resources], dtype=bool)[calendar]
    return {
        "resource": _named(timetable.resources, calendar[is_resource]),
        "site": _named(timetable.sites, calendar[is_resource]),
        "unit": unit[is_resource],
        "holder": holder[is_resource],
        "from_s": start_ms[is_resource] / MS,
        "to_s": end_ms[is_resource] / MS,
    }


def _ledger_part(resource: str, ledger: Rows, places: Sequence[str]) -> Table:
    """Write rows of a ledger; site number ``NETWORK``, -1, is the last of ``places``."""
    rows = ledger.take()
    return {
        "resource": np.full(len(rows), resource, dtype=object),
        "site": _named(places, rows["site"]),
        "unit": rows["unit"].copy(),
        "holder": rows["holder"].copy(),
        "from_s": rows["from_ms"] / MS,
        "to_s": rows["to_ms"] / MS,
    }


def incidents_table(ledger: Ledger) -> Table:
    """Write what went wrong, numbered in order of time."""
    if not ledger.incidents:
        return empty("incidents")
    at_ms, kind, site, drone, order, leg, action = zip(*ledger.incidents, strict=True)
    columns = (
        np.arange(len(at_ms)),
        seconds(at_ms),
        _texts(kind),
        _texts(site),
        np.array(drone, dtype=np.int64),
        np.array(order, dtype=np.int64),
        np.array(leg, dtype=np.int64),
        _texts(action),
    )
    return dict(zip(INCIDENTS, columns, strict=True))


def scans_table(ledger: Ledger, sites: Sequence[str]) -> Table:
    """Write every scan with its verdict, numbered in order of time."""
    rows = ledger.scans.take()
    columns = (
        np.arange(len(rows)),
        seconds(rows["time_ms"]),
        _named(sites, rows["site"]),
        rows["box"].copy(),
        rows["order"].copy(),
        _named(VERDICTS, rows["verdict"]),
    )
    return dict(zip(SCANS, columns, strict=True))

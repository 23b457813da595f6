"""The day written down: ledgers, calendars and the order book become tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import ROUTE, Timetable
from dronesim.demand import OrderColumns
from dronesim.record.tables import BY_POLICY, INCIDENTS, LEG_KINDS, LEG_OUTCOMES, OCCUPANCY, SCANS, VERDICTS, empty
from dronesim.record.waits import REASON_NAMES
from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.inputs import Places
from dronesim.simulation.ledger import DELIVERY_MILESTONES, Ledger
from dronesim.simulation.network import Network
from dronesim.simulation.presence import NOBODY
from dronesim.simulation.rows import Rows
from dronesim.simulation.wait_rows import Spans
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
    ledger: Ledger,
    places: Places,
    closed_ms: int,
) -> Table:
    """Write the order book, and what flights tell of it; the columns from the rules are added by the caller."""
    airports = np.asarray(book.airport, dtype=np.int64) + places.takeoff_points
    columns = {
        "order": np.arange(len(book)),
        "order_id": _texts(orders.order_id),
        "merchant": _texts(orders.merchant),
        "community": _texts(orders.community),
        "takeoff_point": _named(places.ids, book.takeoff_point),
        "airport": _named(places.ids, airports),
        "placed_airport": _named(places.ids, np.asarray(orders.airport, dtype=np.int64) + places.takeoff_points),
        "distance_m": np.asarray(orders.distance_m, dtype=np.float64),
        "mass_kg": np.asarray(orders.mass_kg, dtype=np.float64),
        "end_state": _texts([state or "open" for state in book.end_state]),
        "reason": _texts(book.reason),
        "drone": np.asarray(book.drone),
        "outbound_leg": _outbound_legs(ledger, len(book)),
        "box": np.asarray(book.box),
        "placed_s": seconds(book.placed_ms),
        "prepared_s": _prepared_s(book, closed_ms),
    }
    columns |= {f"{name}_s": seconds(getattr(book, f"{name}_ms")) for name in ("ready", "assigned")}
    columns |= {f"{name}_s": column for name, column in _deliveries(ledger, len(book), closed_ms).items()}
    return columns | {f"{name}_s": seconds(getattr(book, f"{name}_ms")) for name in ("collected", "ended")}


def _outbound_legs(ledger: Ledger, orders: int) -> NDArray[np.int64]:
    """Number the leg that took off with each order, -1 for none."""
    rows, found = ledger.legs.table(), np.full(orders, NEVER)
    is_outbound = rows["kind"] == LEG_KINDS.index("outbound")
    found[rows["order"][is_outbound]] = ledger.numbers[is_outbound]
    return found


def _deliveries(ledger: Ledger, orders: int, closed_ms: int) -> dict[str, NDArray[np.float64]]:
    """Write when each order was loaded, flown and delivered; what lies after the close did not happen."""
    rows, columns = ledger.deliveries.table(), {}
    for name in DELIVERY_MILESTONES:
        times_ms = np.full(orders, NEVER, dtype=np.int64)
        times_ms[rows["order"]] = np.where(rows[name] <= closed_ms, rows[name], NEVER)
        columns[name] = seconds(times_ms)
    return columns


def _prepared_s(book: OrderBook, closed_ms: int) -> NDArray[np.float64]:
    """When each kitchen ended; not at all for orders refused when placed, or cancelled before.

    It goes on for those that the policy refuses.
    """
    prepared_ms = np.asarray(book.placed_ms, dtype=np.int64) + np.asarray(book.preparation_ms, dtype=np.int64)
    ended_ms = np.asarray(book.ended_ms, dtype=np.int64)
    is_refused = np.array([state == "refused" for state in book.end_state], dtype=bool)
    goes_on = is_refused & np.array([reason == BY_POLICY for reason in book.reason], dtype=bool)
    is_refused &= ~goes_on
    is_cut_off = (ended_ms != NEVER) & (ended_ms < prepared_ms) & ~goes_on
    return np.where(is_refused | is_cut_off | (prepared_ms > closed_ms), np.nan, prepared_ms / MS)


def legs_table(ledger: Ledger, sites: Sequence[str], *, closed_ms: int) -> Table:
    """Write the flights that had begun when the day closed, by number; what comes after the close is left out."""
    rows, numbers = ledger.legs.table(), ledger.numbers
    chosen = np.argsort(numbers, kind="stable")[np.count_nonzero(numbers == NEVER) :]
    rows = rows[chosen]
    is_open = rows["ended_ms"] > closed_ms
    ends = {name: np.where(is_open, NEVER, rows[f"{name}_ms"]) for name in ("arrived", "landed")}
    table: Table = {"leg": np.arange(len(rows)), "sortie": ledger.sortie_numbers[chosen]}
    table |= {name: rows[name] for name in ("drone", "pack", "order", "level_m", "distance_m")}
    table |= {name: rows[name] for name in ("energy_wh", "charge_start", "charge_end")}
    table |= {f"{name}_s": seconds(rows[f"{name}_ms"]) for name in ("requested", "departed")}
    table |= {f"{name}_s": seconds(times_ms) for name, times_ms in ends.items()}
    table["hold_s"] = np.where(is_open, 0, rows["hold_ms"]) / MS
    table["kind"] = _named(LEG_KINDS, rows["kind"])
    table["outcome"] = _named(LEG_OUTCOMES, np.where(is_open, LEG_OUTCOMES.index("open"), rows["outcome"]))
    table["from"], table["to"] = _named(sites, rows["origin"]), _named(sites, rows["destination"])
    return table


def occupancy_table(ledger: Ledger, network: Network, sites: Sequence[str], *, closed_ms: int) -> Table:
    """Write who held what and when until the day closed, from the calendars and the ledgers, which are emptied."""
    places = (*sites, "network")
    parts = [
        _ledger_part(name, getattr(ledger, f"{name}s"), places) for name in ("courier", "rider", "charger", "pack")
    ]
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
    is_resource &= holder != NOBODY
    return {
        "resource": _named(timetable.resources, calendar[is_resource]),
        "site": _named(timetable.sites, calendar[is_resource]),
        "unit": unit[is_resource],
        "holder": holder[is_resource],
        "from_s": start_ms[is_resource] / MS,
        "to_s": end_ms[is_resource] / MS,
    }


def _ledger_part(resource: str, ledger: Rows, places: Sequence[str]) -> Table:
    """Write rows of a ledger by time, site, unit and holder; site ``NETWORK``, -1, is the last of ``places``."""
    rows = ledger.take()
    rows = rows[np.lexsort((rows["holder"], rows["unit"], rows["site"], rows["from_ms"]))]
    return {
        "resource": np.full(len(rows), resource, dtype=object),
        "site": _named(places, rows["site"]),
        "unit": rows["unit"].copy(),
        "holder": rows["holder"].copy(),
        "from_s": rows["from_ms"] / MS,
        "to_s": rows["to_ms"] / MS,
    }


def waits_table(waits: Spans) -> Table:
    """Write why orders waited."""
    return {
        "order": waits.key,
        "reason": _named(REASON_NAMES, waits.reason),
        "from_s": waits.from_ms / MS,
        "to_s": waits.to_ms / MS,
    }


def incidents_table(ledger: Ledger) -> Table:
    """Write what went wrong, numbered in order of time."""
    incidents = ledger.incidents
    if not incidents:
        return empty("incidents")
    columns = (
        np.arange(len(incidents)),
        seconds([incident.at_ms for incident in incidents]),
        _texts([incident.kind for incident in incidents]),
        _texts([incident.site for incident in incidents]),
        np.array([incident.drone for incident in incidents], dtype=np.int64),
        np.array([incident.order for incident in incidents], dtype=np.int64),
        np.array([ledger.number(incident.flight) for incident in incidents], dtype=np.int64),
        _texts([incident.action for incident in incidents]),
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
        rows["code_order"].copy(),
        _named(VERDICTS, rows["verdict"]),
    )
    return dict(zip(SCANS, columns, strict=True))

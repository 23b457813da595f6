"""The day written down: ledgers, calendars and the order book become tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import ROUTE, Timetable
from dronesim.demand import OrderColumns
from dronesim.record.columns import Coded, Kept, Looked, Measures, Milliseconds, Table, Texts, Whole, folded, joined
from dronesim.record.tables import (
    BY_POLICY,
    END_STATES,
    INCIDENTS,
    LEG_KINDS,
    LEG_OUTCOMES,
    OCCUPANCY,
    SCANS,
    VERDICTS,
    Columns,
    empty,
)
from dronesim.record.waits import REASON_NAMES
from dronesim.simulation.book import END_STATE, NEVER, Column, OrderBook
from dronesim.simulation.inputs import Places
from dronesim.simulation.ledger import DELIVERY_MILESTONES, HELD, LEG_MEASURES, NETWORK, Ledger
from dronesim.simulation.network import Network
from dronesim.simulation.presence import NOBODY
from dronesim.simulation.rows import Rows
from dronesim.simulation.wait_rows import Spans
from dronesim.units import MS

_NETWORK: Final = "network"


def orders_table(
    orders: OrderColumns,
    book: OrderBook,
    *,
    ledger: Ledger,
    places: Places,
    closed_ms: int,
) -> dict[str, Kept | NDArray[Any]]:
    """Write the order book, and what flights tell of it; the columns from the rules are added by the caller."""
    sites, first, end_state = places.ids, places.takeoff_points, _codes(book.end_state)
    columns: dict[str, Kept | NDArray[Any]] = {
        "order": Whole(np.arange(len(book), dtype=np.int32)),
        "order_id": Texts(orders.order_id),
        "merchant": Texts(orders.merchant),
        "community": Texts(orders.community),
        "takeoff_point": Coded(sites, _whole(book.takeoff_point)),
        "airport": Coded(sites, _whole(book.airport) + np.int32(first)),
        "placed_airport": Coded(sites, np.asarray(orders.airport, dtype=np.int32) + np.int32(first)),
        "distance_m": np.asarray(orders.distance_m, dtype=np.float64),
        "mass_kg": np.asarray(orders.mass_kg, dtype=np.float64),
        "end_state": _renumbered(np.where(end_state == NEVER, END_STATE["open"], end_state), END_STATES),
        "reason": _renumbered(_codes(book.reason), book.reasons),
        "drone": Whole(_whole(book.drone)),
        "outbound_leg": Whole(_outbound_legs(ledger, len(book))),
        "box": Whole(_whole(book.box)),
        "placed_s": Milliseconds(_whole(book.placed_ms)),
        "prepared_s": Milliseconds(_prepared_ms(book, closed_ms)),
    }
    columns |= {f"{name}_s": Milliseconds(_whole(getattr(book, f"{name}_ms"))) for name in ("ready", "assigned")}
    columns |= _deliveries(ledger, len(book), closed_ms)
    return columns | {f"{name}_s": Milliseconds(_whole(getattr(book, f"{name}_ms"))) for name in ("collected", "ended")}


def _whole(column: Column) -> NDArray[np.int32]:
    """Give a column of the book as an array, which shares its memory."""
    return np.frombuffer(column, dtype=np.int32) if len(column) else np.empty(0, dtype=np.int32)


def _codes(column: Column) -> NDArray[np.int8]:
    return np.array(column, dtype=np.int8)


def _renumbered(codes: NDArray[np.int8], names: Sequence[str]) -> Coded:
    """Number texts as they come, as `coded` does."""
    found, first = np.unique(codes[codes != NEVER], return_index=True)
    known = found[np.argsort(first)].tolist()
    number = np.full(len(names) + 1, NEVER, dtype=np.int8)
    number[known] = np.arange(len(known))
    return Coded([names[code] for code in known], number[codes])


def _outbound_legs(ledger: Ledger, orders: int) -> NDArray[np.int32]:
    """Number the leg that took off with each order, -1 for none."""
    found = np.full(orders, NEVER, dtype=np.int32)
    is_outbound = ledger.legs.column("kind") == LEG_KINDS.index("outbound")
    found[ledger.legs.column("order")[is_outbound]] = ledger.numbers[is_outbound]
    return found


def _deliveries(ledger: Ledger, orders: int, closed_ms: int) -> dict[str, Milliseconds]:
    """Write when each order was loaded, flown and delivered; what lies after the close did not happen."""
    order, columns = ledger.deliveries.take("order"), {}
    for name in DELIVERY_MILESTONES:
        times_ms, told_ms = np.full(orders, NEVER, dtype=np.int32), ledger.deliveries.take(name)
        times_ms[order] = np.where(told_ms <= closed_ms, told_ms, NEVER)
        columns[f"{name}_s"] = Milliseconds(times_ms)
    ledger.deliveries.clear()
    return columns


def _prepared_ms(book: OrderBook, closed_ms: int) -> NDArray[np.int32]:
    """When each kitchen ended; not at all for orders refused when placed, or cancelled before.

    It goes on for those that the policy refuses.
    """
    prepared_ms = _whole(book.placed_ms).astype(np.int64) + _whole(book.preparation_ms)
    ended_ms = _whole(book.ended_ms)
    is_refused = _codes(book.end_state) == END_STATE["refused"]
    by_policy = book.reasons.index(BY_POLICY) if BY_POLICY in book.reasons else NEVER
    goes_on = is_refused & (_codes(book.reason) == by_policy) & (by_policy != NEVER)
    is_refused &= ~goes_on
    is_cut_off = (ended_ms != NEVER) & (ended_ms < prepared_ms) & ~goes_on
    return np.where(is_refused | is_cut_off | (prepared_ms > closed_ms), NEVER, prepared_ms).astype(np.int32)


def legs_table(ledger: Ledger, sites: Sequence[str], *, closed_ms: int) -> Table:
    """Write the flights that had begun when the day closed, by number; what comes after the close is left out.

    The ledger of legs is emptied, column by column.
    """
    rows, numbers = ledger.legs, ledger.numbers
    chosen = np.argsort(numbers, kind="stable")[np.count_nonzero(numbers == NEVER) :].astype(np.int32)
    is_open = rows.take("ended_ms")[chosen] > closed_ms

    def taken(name: str, make: Callable[[NDArray[Any]], Kept], if_open: int | None = None) -> Kept:
        """Take a column, and what stands there of a flight that has not ended."""
        column = rows.take(name)[chosen]
        if if_open is not None:
            column[is_open] = if_open
        return folded(make(column))

    columns: dict[str, Kept | NDArray[Any]] = {
        "leg": folded(Whole(np.arange(len(chosen), dtype=np.int32))),
        "sortie": folded(Whole(ledger.sortie_numbers[chosen])),
        "kind": taken("kind", partial(Coded, LEG_KINDS)),
        "outcome": taken("outcome", partial(Coded, LEG_OUTCOMES), LEG_OUTCOMES.index("open")),
        "from": taken("origin", partial(Coded, sites)),
        "to": taken("destination", partial(Coded, sites)),
        # held in whole milliseconds, and never absent
        "hold_s": taken("hold_ms", Milliseconds, 0),
    }
    columns |= {name: taken(name, Whole) for name in ("drone", "pack", "order")}
    columns |= {f"{name}_s": taken(f"{name}_ms", Milliseconds) for name in ("requested", "departed")}
    columns |= {f"{name}_s": taken(f"{name}_ms", Milliseconds, NEVER) for name in ("arrived", "landed")}
    columns |= {name: taken(name, Measures) for name in LEG_MEASURES}
    rows.clear()
    return Table(columns)


def occupancy_table(ledger: Ledger, network: Network, sites: Sequence[str], *, closed_ms: int) -> Table:
    """Write who held what and when until the day closed, from the calendars and the ledgers, which are emptied.

    Rows lie where they were written down, and in an order of their own: a long day's are never there twice.
    """
    resources = tuple(dict.fromkeys((*(resource for resource, _ in _LEDGERS), *network.timetable.resources)))
    names = resources, tuple(dict.fromkeys((*sites, _NETWORK, *network.timetable.sites)))
    held = [
        _written(getattr(ledger, rows), number, names, network=len(sites), closed_ms=closed_ms)
        for number, (_, rows) in enumerate(_LEDGERS)
    ]
    held.append(_booked(network.timetable, names, closed_ms=closed_ms))
    return Table({name: joined([part[name] for part in held]) for name in OCCUPANCY})


_LEDGERS: Final = (
    *(("courier", "couriers"), ("rider", "riders"), ("charger", "chargers"), ("pack", "packs"), ("box", "boxes")),
)
"""Resources that ledgers tell of, in their order in the table, and the ledger of each."""

Names: TypeAlias = tuple[Sequence[str], Sequence[str]]
"""Resources and sites, in the order of their codes."""


def _booked(timetable: Timetable, names: Names, *, closed_ms: int) -> dict[str, Kept]:
    """Write the bookings of all calendars but the headways on routes, which are no resource; they are forgotten."""
    is_resource = np.array([resource != ROUTE for resource in timetable.resources], dtype=bool)
    codes = _numbers(names[0], timetable.resources, np.int8), _numbers(names[1], timetable.sites, np.int32)
    parts = [_dealt(columns, is_resource, names, codes, closed_ms=closed_ms) for columns in timetable.deal_out()]
    return {name: joined([part[name] for part in parts]) for name in OCCUPANCY}


def _dealt(
    columns: tuple[NDArray[Any], ...],
    is_resource: NDArray[np.bool_],
    names: Names,
    codes: tuple[NDArray[Any], NDArray[Any]],
    *,
    closed_ms: int,
) -> dict[str, Kept]:
    """Write bookings that were dealt to units, each resource and site by the code of its calendar."""
    calendar, _, holder, start_ms, end_ms = columns
    np.minimum(end_ms, closed_ms, out=end_ms)
    held = np.flatnonzero(is_resource[calendar] & (holder != NOBODY) & (start_ms < end_ms))
    calendar, unit, holder, start_ms, end_ms = (column[held] for column in columns)
    return {
        "resource": folded(Looked(names[0], codes[0], calendar)),
        "site": folded(Looked(names[1], codes[1], calendar)),
        "unit": folded(Whole(unit)),
        "holder": folded(Whole(holder)),
        "from_s": folded(Milliseconds(start_ms)),
        "to_s": folded(Milliseconds(end_ms)),
    }


def _numbers(names: Sequence[str], texts: Sequence[str], kind: type[np.signedinteger[Any]]) -> NDArray[Any]:
    """Number texts by their place among names."""
    numbers = {name: number for number, name in enumerate(names)}
    return np.array([numbers[text] for text in texts], dtype=kind)


def _written(ledger: Rows, resource: int, names: Names, *, network: int, closed_ms: int) -> dict[str, Kept]:
    """Write rows of a ledger by time, site, unit and holder, up to the close; site ``NETWORK`` has a number here."""
    site, unit, holder, from_ms, to_ms = (ledger.take(name) for name in HELD)
    ledger.clear()
    np.minimum(to_ms, closed_ms, out=to_ms)
    chosen = np.lexsort((holder, unit, site, from_ms)).astype(np.int32)
    chosen = chosen[from_ms[chosen] < to_ms[chosen]]
    site[site == NETWORK] = network
    site, unit, holder, from_ms, to_ms = (_in_turn(column, chosen) for column in (site, unit, holder, from_ms, to_ms))
    return {
        "resource": Coded(names[0], np.broadcast_to(np.int8(resource), len(chosen))),
        "site": folded(Coded(names[1], site)),
        "unit": folded(Whole(unit)),
        "holder": folded(Whole(holder)),
        "from_s": folded(Milliseconds(from_ms)),
        "to_s": folded(Milliseconds(to_ms)),
    }


def _in_turn(column: NDArray[Any], rows: NDArray[Any]) -> NDArray[Any]:
    """Put chosen rows of a column, in an order of their own, where it begins, and give them."""
    column[: len(rows)] = column[rows]
    return column[: len(rows)]


def waits_table(waits: Spans) -> Table:
    """Write why orders waited."""
    return Table(
        {
            "order": Whole(waits.key),
            "reason": Coded(REASON_NAMES, waits.reason.astype(np.int8)),
            "from_s": Milliseconds(waits.from_ms),
            "to_s": Milliseconds(waits.to_ms),
        }
    )


def incidents_table(ledger: Ledger) -> Columns:
    """Write what went wrong, numbered in order of time."""
    incidents = ledger.incidents
    if not incidents:
        return empty("incidents")
    columns = (
        np.arange(len(incidents)),
        np.array([incident.at_ms for incident in incidents], dtype=np.int64) / MS,
        Texts([incident.kind for incident in incidents]).values(),
        Texts([incident.site for incident in incidents]).values(),
        np.array([incident.drone for incident in incidents], dtype=np.int64),
        np.array([incident.order for incident in incidents], dtype=np.int64),
        np.array([ledger.number(incident.flight) for incident in incidents], dtype=np.int64),
        Texts([incident.action for incident in incidents]).values(),
    )
    return dict(zip(INCIDENTS, columns, strict=True))


def scans_table(ledger: Ledger, sites: Sequence[str]) -> Table:
    """Write every scan with its verdict, numbered in order of time."""
    rows = ledger.scans
    columns: tuple[Kept, ...] = (
        Whole(np.arange(len(rows), dtype=np.int32)),
        Milliseconds(rows.take("time_ms")),
        Coded(sites, rows.take("site")),
        *(Whole(rows.take(name)) for name in ("box", "order", "code_order")),
        Coded(VERDICTS, rows.take("verdict").astype(np.int8)),
    )
    rows.clear()
    return Table(dict(zip(SCANS, columns, strict=True)))

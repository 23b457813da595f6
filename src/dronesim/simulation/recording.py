"""The day written down: ledgers, calendars and the order book become tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import ROUTE, Timetable
from dronesim.demand import OrderColumns
from dronesim.record.columns import Coded, Kept, Milliseconds, Table, Texts, Whole, coded
from dronesim.record.tables import (
    BY_POLICY,
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
from dronesim.simulation.book import NEVER, Column, OrderBook
from dronesim.simulation.inputs import Places
from dronesim.simulation.ledger import DELIVERY_MILESTONES, NETWORK, Ledger
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
    sites, first = places.ids, places.takeoff_points
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
        "end_state": coded([state or "open" for state in book.end_state]),
        "reason": coded(book.reason),
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


def _outbound_legs(ledger: Ledger, orders: int) -> NDArray[np.int32]:
    """Number the leg that took off with each order, -1 for none."""
    rows, found = ledger.legs.table(), np.full(orders, NEVER, dtype=np.int32)
    is_outbound = rows["kind"] == LEG_KINDS.index("outbound")
    found[rows["order"][is_outbound]] = ledger.numbers[is_outbound]
    return found


def _deliveries(ledger: Ledger, orders: int, closed_ms: int) -> dict[str, Milliseconds]:
    """Write when each order was loaded, flown and delivered; what lies after the close did not happen."""
    rows, columns = ledger.deliveries.take(), {}
    for name in DELIVERY_MILESTONES:
        times_ms = np.full(orders, NEVER, dtype=np.int32)
        times_ms[rows["order"]] = np.where(rows[name] <= closed_ms, rows[name], NEVER)
        columns[f"{name}_s"] = Milliseconds(times_ms)
    return columns


def _prepared_ms(book: OrderBook, closed_ms: int) -> NDArray[np.int32]:
    """When each kitchen ended; not at all for orders refused when placed, or cancelled before.

    It goes on for those that the policy refuses.
    """
    prepared_ms = _whole(book.placed_ms).astype(np.int64) + _whole(book.preparation_ms)
    ended_ms = _whole(book.ended_ms)
    is_refused = np.array([state == "refused" for state in book.end_state], dtype=bool)
    goes_on = is_refused & np.array([reason == BY_POLICY for reason in book.reason], dtype=bool)
    is_refused &= ~goes_on
    is_cut_off = (ended_ms != NEVER) & (ended_ms < prepared_ms) & ~goes_on
    return np.where(is_refused | is_cut_off | (prepared_ms > closed_ms), NEVER, prepared_ms).astype(np.int32)


def legs_table(ledger: Ledger, sites: Sequence[str], *, closed_ms: int) -> Table:
    """Write the flights that had begun when the day closed, by number; what comes after the close is left out.

    The ledger of legs is emptied.
    """
    rows, numbers = ledger.legs.take(), ledger.numbers
    chosen = np.argsort(numbers, kind="stable")[np.count_nonzero(numbers == NEVER) :]
    is_open = rows["ended_ms"][chosen] > closed_ms

    def ended(name: str, otherwise: int) -> NDArray[np.int32]:
        """Give a column as it is once a flight has ended."""
        return np.where(is_open, np.int32(otherwise), rows[name][chosen])

    columns: dict[str, Kept | NDArray[Any]] = {
        "leg": Whole(np.arange(len(chosen), dtype=np.int32)),
        "sortie": Whole(ledger.sortie_numbers[chosen].astype(np.int32)),
        "kind": Coded(LEG_KINDS, rows["kind"][chosen].astype(np.int8)),
        "outcome": Coded(LEG_OUTCOMES, ended("outcome", LEG_OUTCOMES.index("open")).astype(np.int8)),
        "from": Coded(sites, rows["origin"][chosen]),
        "to": Coded(sites, rows["destination"][chosen]),
        # held in whole milliseconds, and never absent
        "hold_s": ended("hold_ms", 0) / MS,
    }
    columns |= {name: Whole(rows[name][chosen]) for name in ("drone", "pack", "order")}
    columns |= {f"{name}_s": Milliseconds(rows[f"{name}_ms"][chosen]) for name in ("requested", "departed")}
    columns |= {f"{name}_s": Milliseconds(ended(f"{name}_ms", NEVER)) for name in ("arrived", "landed")}
    measures = ("level_m", "distance_m", "energy_wh", "charge_start", "charge_end")
    return Table(columns | {name: rows[name][chosen] for name in measures})


def occupancy_table(ledger: Ledger, network: Network, sites: Sequence[str], *, closed_ms: int) -> Table:
    """Write who held what and when until the day closed, from the calendars and the ledgers, which are emptied."""
    names = dict.fromkeys((*(resource for resource, _ in _LEDGERS), *network.timetable.resources))
    places = tuple(dict.fromkeys((*sites, _NETWORK, *network.timetable.sites)))
    held = _booked(network.timetable, tuple(names), places, closed_ms=closed_ms)
    parts = [
        _written(getattr(ledger, rows), number, network=len(sites), closed_ms=closed_ms)
        for number, (_, rows) in enumerate(_LEDGERS)
    ]
    parts.append(held)
    found = {name: np.concatenate([part.pop(name) for part in parts]) for name in OCCUPANCY}
    return Table(
        {
            "resource": Coded(tuple(names), found["resource"]),
            "site": Coded(places, found["site"]),
            "unit": Whole(found["unit"]),
            "holder": Whole(found["holder"]),
            "from_s": Milliseconds(found["from_s"]),
            "to_s": Milliseconds(found["to_s"]),
        }
    )


_LEDGERS: Final = (
    *(("courier", "couriers"), ("rider", "riders"), ("charger", "chargers"), ("pack", "packs"), ("box", "boxes")),
)
"""Resources that ledgers tell of, in their order in the table, and the ledger of each."""


def _booked(
    timetable: Timetable, names: Sequence[str], places: Sequence[str], *, closed_ms: int
) -> dict[str, NDArray[Any]]:
    """Write the bookings of all calendars but the headways on routes, which are no resource; they are forgotten."""
    calendar, unit, holder, start_ms, end_ms = timetable.deal_out()
    np.minimum(end_ms, closed_ms, out=end_ms)
    number, place = _numbers(names, timetable.resources, np.int8), _numbers(places, timetable.sites, np.int32)
    is_resource = np.array([resource != ROUTE for resource in timetable.resources], dtype=bool)[calendar]
    held = np.flatnonzero(is_resource & (holder != NOBODY) & (start_ms < end_ms)).astype(np.int32)
    calendar = calendar[held]
    return {
        "resource": number[calendar],
        "site": place[calendar],
        "unit": unit[held],
        "holder": holder[held],
        "from_s": start_ms[held],
        "to_s": end_ms[held],
    }


def _numbers(names: Sequence[str], texts: Sequence[str], kind: type[np.signedinteger[Any]]) -> NDArray[Any]:
    """Number texts by their place among names."""
    numbers = {name: number for number, name in enumerate(names)}
    return np.array([numbers[text] for text in texts], dtype=kind)


def _written(ledger: Rows, resource: int, *, network: int, closed_ms: int) -> dict[str, NDArray[Any]]:
    """Write rows of a ledger by time, site, unit and holder, up to the close; site ``NETWORK`` has a number here."""
    rows = ledger.take()
    to_ms = np.minimum(rows["to_ms"], np.int32(closed_ms))
    chosen = np.lexsort((rows["holder"], rows["unit"], rows["site"], rows["from_ms"]))
    chosen = chosen[rows["from_ms"][chosen] < to_ms[chosen]]
    site = rows["site"][chosen]
    return {
        "resource": np.full(len(chosen), resource, dtype=np.int8),
        "site": np.where(site == NETWORK, np.int32(network), site),
        "unit": rows["unit"][chosen],
        "holder": rows["holder"][chosen],
        "from_s": rows["from_ms"][chosen],
        "to_s": to_ms[chosen],
    }


def waits_table(waits: Spans) -> Table:
    """Write why orders waited."""
    return Table(
        {
            "order": Whole(waits.key.astype(np.int32)),
            "reason": Coded(REASON_NAMES, waits.reason.astype(np.int8)),
            "from_s": Milliseconds(waits.from_ms.astype(np.int32)),
            "to_s": Milliseconds(waits.to_ms.astype(np.int32)),
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
    rows = ledger.scans.take()
    columns: tuple[Kept, ...] = (
        Whole(np.arange(len(rows), dtype=np.int32)),
        Milliseconds(rows["time_ms"].copy()),
        Coded(sites, rows["site"].copy()),
        *(Whole(rows[name].copy()) for name in ("box", "order", "code_order")),
        Coded(VERDICTS, rows["verdict"].astype(np.int8)),
    )
    return Table(dict(zip(SCANS, columns, strict=True)))

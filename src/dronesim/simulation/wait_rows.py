"""Why each order waited, and from when until when: the notes of a day become the table of waits."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.record.tables import LEG_KINDS
from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.waits import (
    AIRPORT_CLOSED,
    BATCH,
    CHECK,
    COURIER,
    DISPATCHER,
    DRONE,
    NOTHING,
    PACK,
    QUEUED,
    Waits,
)

Ints = NDArray[np.int64]

_PART: Final = 1 << 17
"""So many orders are looked at at a time: a long day's notes are never all laid out."""
_DAY: Final = 1 << 32
"""More milliseconds than a day of the engine has: key and time in one number, in order of both."""
_FOR_GOOD: Final = (1 << 31) - 1


class Spans(NamedTuple):
    """Half-open spans of time, each column of shape ``(spans,)``: whose they are, from when until when, and why."""

    key: NDArray[Any]
    from_ms: NDArray[Any]
    to_ms: NDArray[Any]
    reason: NDArray[Any]

    def chosen(self, which: NDArray[Any]) -> Spans:
        """Give some of them."""
        key, from_ms, to_ms, reason = (column[which] for column in self)
        return Spans(key, from_ms, to_ms, reason)

    def lasting(self) -> Spans:
        """Give those that last."""
        return self.chosen(self.to_ms > self.from_ms)


def spans(key: Any, from_ms: Any, to_ms: Any, reason: Any) -> Spans:
    """Put spans together; a single reason is that of all."""
    columns = [np.asarray(column, dtype=np.int64) for column in (key, from_ms, to_ms)]
    reasons = np.broadcast_to(np.asarray(reason, dtype=np.int64), columns[0].shape)
    return Spans(columns[0], columns[1], columns[2], reasons)


def together(parts: list[Spans]) -> Spans:
    """Put several lists of spans into one."""
    key, from_ms, to_ms, reason = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Spans(key, from_ms, to_ms, reason)


def wait_rows(waits: Waits, book: OrderBook, ledger: Ledger, *, pool_of: Ints, closed_ms: int) -> Spans:
    """Give all waits up to the close, by order and time, each as long as it was for one reason.

    ``pool_of`` tells the pool of each order, ``(orders,)``.
    """
    layers, booked = Layers.of(waits), _bookings(ledger, len(book))
    parts = [
        _rows_of(range(begin, min(begin + _PART, len(book))), layers, booked, book, pool_of, closed_ms)
        for begin in range(0, max(len(book), 1), _PART)
    ]
    return together(parts)


def _rows_of(part: range, layers: Layers, booked: Bookings, book: OrderBook, pool_of: Ints, closed_ms: int) -> Spans:
    """Give the waits of some orders, in numbers of four bytes."""
    waits = layers.waits
    found = together([*_on_the_way(waits, book, booked, part, closed_ms), _past(layers.past, part)])
    in_queue = found.reason == QUEUED
    airport = np.asarray(book.airport, dtype=np.int64)
    explained = _explained(found.chosen(in_queue), layers, airport=airport, pool_of=pool_of)
    found = together([found.chosen(~in_queue), explained, _couriers(layers.courier, book, part)])
    found = found._replace(to_ms=np.minimum(found.to_ms, closed_ms)).lasting()
    found = _merged(found.chosen(np.lexsort((found.from_ms, found.key))))
    return Spans(*(column.astype(np.int32) for column in found))


# what is known of each order


class Bookings(NamedTuple):
    """When each order's sortie was booked, begins to be loaded, is loaded, departs; ``NEVER`` without one."""

    requested_ms: NDArray[np.int32]
    loading_ms: NDArray[np.int32]
    loaded_ms: NDArray[np.int32]
    departed_ms: NDArray[np.int32]


def _on_the_way(waits: Waits, book: OrderBook, booked: Bookings, part: range, closed_ms: int) -> list[Spans]:
    """Cut the time from ready to loading at assignment and booking, and add that from loaded to departed."""
    rows, count = slice(part.start, part.stop), len(part)
    ready_ms, assigned_ms, ended_ms = (
        np.array(column[rows], dtype=np.int64) for column in (book.ready_ms, book.assigned_ms, book.ended_ms)
    )
    requested_ms, loading_ms, loaded_ms, departed_ms = (column[rows].astype(np.int64) for column in booked)
    orders = np.flatnonzero(ready_ms != NEVER)
    since_ms, over_ms = ready_ms.copy(), np.where(ended_ms == NEVER, closed_ms, ended_ms)
    for noted_ms, column in ((waits.since_ms, since_ms), (waits.left_ms, over_ms)):
        for order, time_ms in noted_ms.items():
            if order in part:
                column[order - part.start] = time_ms
    marks = [np.where(assigned_ms == NEVER, over_ms, assigned_ms), requested_ms, loading_ms]
    reasons = np.full(count, QUEUED), np.full(count, DRONE), np.array(waits.held_up[rows], dtype=np.int64)
    parts, from_ms = [], since_ms
    for mark_ms, reason in zip(marks, reasons, strict=True):
        to_ms = np.where(mark_ms == NEVER, over_ms, mark_ms)
        parts.append(spans(part.start + orders, from_ms[orders], to_ms[orders], reason[orders]).lasting())
        from_ms = np.maximum(from_ms, to_ms)
    parts[-1:] = _cut(parts[-1], None, _in_parts(waits, part))
    flown = np.flatnonzero(loaded_ms != NEVER)
    return [*parts, spans(part.start + flown, loaded_ms[flown], departed_ms[flown], CHECK).lasting()]


def _in_parts(waits: Waits, part: range) -> Spans:
    """Give what bookings of some orders waited for in parts of that time."""
    rows = [(order, *cause) for order, causes in sorted(waits.parts.items()) if order in part for cause in causes]
    return spans(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)


def _bookings(ledger: Ledger, orders: int) -> Bookings:
    legs, deliveries = ledger.legs, ledger.deliveries
    outbound = np.flatnonzero(legs.column("kind") == LEG_KINDS.index("outbound"))
    booked = Bookings(*(np.full(orders, NEVER, dtype=np.int32) for _ in range(4)))
    booked.requested_ms[legs.column("order")[outbound]] = legs.column("requested_ms")[outbound]
    order = deliveries.column("order")
    for name in ("loading", "loaded", "departed"):
        getattr(booked, f"{name}_ms")[order] = deliveries.column(name)
    return booked


def _of(part: range, rows: NDArray[Any]) -> NDArray[Any]:
    """Choose the notes of some orders."""
    return rows[(rows["order"] >= part.start) & (rows["order"] < part.stop)]


def _past(past: NDArray[Any], part: range) -> Spans:
    rows = _of(part, past)
    return spans(rows["order"], rows["from_ms"], rows["to_ms"], rows["reason"])


def _couriers(courier: NDArray[Any], book: OrderBook, part: range) -> Spans:
    """Give the waits for couriers, as far as the orders lived to see them."""
    rows, ended_ms = _of(part, courier), np.array(book.ended_ms[part.start : part.stop], dtype=np.int64)
    over_ms = ended_ms[rows["order"] - part.start]
    to_ms = np.where(over_ms == NEVER, rows["to_ms"], np.minimum(rows["to_ms"], over_ms))
    return spans(rows["order"], rows["from_ms"], to_ms, COURIER)


# what an order in the queue waits for


class Layers(NamedTuple):
    """What orders in a queue may wait for, by order, airport or pool, or for all under the key 0.

    ``past`` and ``courier`` are notes of waits that are known, as they were taken.
    """

    waits: Waits
    riderless: Spans
    closed: Spans
    rests: Spans
    full: Spans
    packless: Spans
    none_free: Spans
    own: Spans
    past: NDArray[Any]
    courier: NDArray[Any]

    @classmethod
    def of(cls, waits: Waits) -> Layers:
        """Turn the notes of a day into spans."""
        return cls(
            waits,
            riderless=_riderless(waits),
            closed=_closed(waits),
            rests=_rests(waits),
            full=_steps(waits.full.table()),
            packless=_packless(waits),
            none_free=_steps(waits.none_free.table()),
            own=_steps(waits.own.table()),
            past=waits.past.table(),
            courier=waits.courier.table(),
        )


def _explained(queued: Spans, layers: Layers, *, airport: Ints, pool_of: Ints) -> Spans:
    """Say why orders are in the queue: what bars their way goes before what their pool lacks.

    A rider that it lacks comes first, unless the dispatcher is down, then an airport that is closed, then wind and
    zones, a dispatcher that is down, a full cabinet, a pool without a free drone, and what was said of the order
    itself; where there is nothing, it is the next batch.
    """
    if not len(queued.key):
        return queued
    earlier, queued = _cut(queued, queued.key, _sent_on(layers.waits))
    before = [] if not len(earlier.key) else [_by_layers(earlier, layers, airport=earlier.reason, pool_of=pool_of)]
    return together([*before, _by_layers(queued, layers, airport=airport[queued.key], pool_of=pool_of)])


def _sent_on(waits: Waits) -> Spans:
    """Give from when until when orders that got another airport had those before, whose number stands for a reason."""
    rows = sorted(waits.sent_on)
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3)
    since_ms = [
        rows[number - 1][1] if number and rows[number - 1][0] == row[0] else 0 for number, row in enumerate(rows)
    ]
    return spans(columns[:, 0], since_ms, columns[:, 1], columns[:, 2]).lasting()


def _by_layers(queued: Spans, layers: Layers, *, airport: Ints, pool_of: Ints) -> Spans:
    """Explain waits whose airports are known, ``(spans,)``."""
    orders, pool = queued.key, pool_of[queued.key].astype(np.int64)
    in_turn = (
        (orders, layers.riderless),
        (airport, layers.closed),
        (orders, _barred(layers.waits, np.unique(orders))),
        (np.zeros(len(orders), dtype=np.int64), layers.rests),
        (airport, layers.full),
        (pool, layers.packless),
        (pool, layers.none_free),
        (orders, layers.own),
    )
    found, rest = list[Spans](), queued._replace(reason=np.arange(len(orders)))
    for key_of, layer in in_turn:
        covered, rest = _cut(rest, key_of[rest.reason], layer)
        found.append(covered)
    return together([*found, rest._replace(reason=np.full(len(rest.key), BATCH))])


def _steps(rows: NDArray[Any]) -> Spans:
    """Turn notes that hold until the next one of the same key into spans; a value of ``NOTHING`` is none."""
    rows = rows[np.lexsort((np.arange(len(rows)), rows["at_ms"], rows["key"]))]
    to_ms = np.full(len(rows), _FOR_GOOD)
    is_same = rows["key"][1:] == rows["key"][:-1]
    to_ms[:-1][is_same] = rows["at_ms"][1:][is_same]
    found = spans(rows["key"], rows["at_ms"], to_ms, rows["value"]).lasting()
    return _merged(found.chosen(found.reason != NOTHING))


def _closed(waits: Waits) -> Spans:
    rows = np.array([closure[:3] for closure in waits.closed], dtype=np.int64).reshape(-1, 3)
    return _union(spans(rows[:, 0], rows[:, 1], rows[:, 2], AIRPORT_CLOSED))


def _rests(waits: Waits) -> Spans:
    """Find when the dispatcher decides nothing, for all orders under the key 0."""
    rows = np.array(waits.rests, dtype=np.int64).reshape(-1, 2)
    return _union(spans(np.zeros(len(rows)), rows[:, 0], rows[:, 1], DISPATCHER))


def _riderless(waits: Waits) -> Spans:
    """Find when orders lack a rider, and there is a dispatcher to send one."""
    lacking = _steps(waits.rider.table())
    return _cut(lacking, np.zeros(len(lacking.key), dtype=np.int64), _rests(waits))[1]


def _packless(waits: Waits) -> Spans:
    """Find when a pool has no free drone, but one that stands without a charged pack."""
    rows = waits.packless.table()
    standing = _union(spans(rows["key"], rows["from_ms"], rows["to_ms"], PACK))
    covered, _ = _cut(_steps(waits.none_free.table()), None, standing)
    return covered


def _barred(waits: Waits, orders: Ints) -> Spans:
    """Find when wind or zones bar the way of some orders."""
    parts = [spans([], [], [], NOTHING)]
    over = (_FOR_GOOD, np.empty(0, dtype=np.int8))
    for (from_ms, codes), (to_ms, _) in pairwise([*waits.bars, over]):
        met = orders[codes[orders] != NOTHING]
        parts.append(spans(met, np.full(len(met), from_ms), np.full(len(met), to_ms), codes[met]))
    found = together(parts)
    return _merged(found.chosen(np.lexsort((found.from_ms, found.key))).lasting())


# spans


def _cut(pieces: Spans, key: Ints | None, layer: Spans) -> tuple[Spans, Spans]:
    """Cut pieces at the spans of a layer, which are apart and in order of key and time.

    ``key`` is that of each piece in the layer, its own by default. Gives the covered parts with the reason of the
    layer, and the rest.
    """
    key = pieces.key if key is None else key
    first = np.searchsorted(layer.key * _DAY + layer.to_ms, key * _DAY + pieces.from_ms, side="right")
    last = np.searchsorted(layer.key * _DAY + layer.from_ms, key * _DAY + pieces.to_ms, side="left")
    count = np.maximum(last - first, 0)
    piece = np.repeat(np.arange(len(key)), count)
    place = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    met = layer.chosen(first[piece] + place)
    from_ms, to_ms = np.maximum(met.from_ms, pieces.from_ms[piece]), np.minimum(met.to_ms, pieces.to_ms[piece])
    covered = Spans(pieces.key[piece], from_ms, to_ms, met.reason)
    # the rest lies before the first, between every two, and after the last
    gap = np.repeat(np.arange(len(key)), count + 1)
    begins, ends = np.empty(len(gap), dtype=np.int64), np.empty(len(gap), dtype=np.int64)
    at = np.arange(len(piece)) + piece
    lead = np.cumsum(count + 1) - (count + 1)
    begins[lead], begins[at + 1] = pieces.from_ms, to_ms
    ends[lead + count], ends[at] = pieces.to_ms, from_ms
    return covered, Spans(pieces.key[gap], begins, ends, pieces.reason[gap]).lasting()


def _union(found: Spans) -> Spans:
    """Join spans of one key, all for one reason, that overlap or touch."""
    found = found.lasting()
    found = found.chosen(np.lexsort((found.from_ms, found.key)))
    if not len(found.key):
        return found
    reach = np.maximum.accumulate(found.key * _DAY + found.to_ms)
    is_first = np.append(True, found.key[1:] * _DAY + found.from_ms[1:] > reach[:-1])
    starts = np.flatnonzero(is_first)
    ends = np.append(starts[1:], len(reach)) - 1
    return Spans(found.key[starts], found.from_ms[starts], reach[ends] % _DAY, found.reason[starts])


def _merged(found: Spans) -> Spans:
    """Join spans in order that follow on each other, of one key and for one reason."""
    if not len(found.key):
        return found
    goes_on = (
        (found.key[1:] == found.key[:-1])
        & (found.reason[1:] == found.reason[:-1])
        & (found.from_ms[1:] == found.to_ms[:-1])
    )
    starts = np.flatnonzero(np.append(True, ~goes_on))
    ends = np.append(starts[1:], len(found.key)) - 1
    return Spans(found.key[starts], found.from_ms[starts], found.to_ms[ends], found.reason[starts])

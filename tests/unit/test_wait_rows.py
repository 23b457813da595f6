"""Notes of a day become the table of waits: cut and joined as if somebody had looked at every millisecond."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.record.waits import REASON_NAMES
from dronesim.simulation.book import NEVER
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.rows import Rows
from dronesim.simulation.wait_rows import Spans, _cut, _merged, _steps, _union, spans, wait_rows
from dronesim.simulation.waits import (
    AIRPORT_CLOSED,
    BATCH,
    CABINET,
    DRONE,
    NOTHING,
    PACK,
    PAD,
    POLICY,
    QUEUED,
    REVOKED,
    WIND,
    ZONE,
    Waits,
)
from exploring import examples

LAST_MS = 40
SETTINGS = examples(200)

Row = tuple[int, int, int, int]
"""Key, begin, end and reason."""
Painted = dict[tuple[int, int], int]
"""The reason of each key at each millisecond."""


def listed(found: Spans) -> list[Row]:
    return [tuple(row) for row in np.column_stack(found).tolist()]


def as_spans(rows: list[Row]) -> Spans:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return spans(columns[0], columns[1], columns[2], columns[3])


def painted(rows: list[Row], until_ms: int = LAST_MS) -> Painted:
    """Paint spans that must be apart, up to a time."""
    found: Painted = {}
    for key, from_ms, to_ms, reason in rows:
        assert from_ms < to_ms
        for at_ms in range(from_ms, min(to_ms, until_ms)):
            assert (key, at_ms) not in found, f"two spans of {key} at {at_ms}"
            found[key, at_ms] = reason
    return found


def assert_apart(rows: list[Row]) -> None:
    """Spans are in order, and two that touch are of two keys or two reasons."""
    assert rows == sorted(rows)
    for one, other in pairwise(rows):
        assert one[0] != other[0] or one[2] < other[1] or (one[2] == other[1] and one[3] != other[3])


def rows_of(keys: int, reasons: int) -> st.SearchStrategy[list[Row]]:
    moment = st.integers(0, LAST_MS)
    row = st.tuples(st.integers(0, keys - 1), moment, moment, st.integers(0, reasons - 1))
    return st.lists(row, max_size=12)


@st.composite
def apart(draw: st.DrawFn, *, keys: int, reasons: int) -> list[Row]:
    """Spans that do not overlap, in order of key and time; some touch."""
    rows = []
    for key in range(keys):
        marks = sorted(set(draw(st.lists(st.integers(0, LAST_MS), max_size=8))))
        for from_ms, to_ms in pairwise(marks):
            reason = draw(st.integers(-1, reasons - 1))
            if reason >= 0:
                rows.append((key, from_ms, to_ms, reason))
    return rows


# spans


@SETTINGS
@given(rows_of(3, 1), apart(keys=3, reasons=3))
def test_pieces_are_cut_where_a_layer_covers_them_and_the_rest_is_left(wanted: list[Row], layer: list[Row]) -> None:
    """Each piece, by number, lies in the layer under a key of its own, and may overlap the others."""
    pieces = [row for row in wanted if row[1] < row[2]]
    numbered = as_spans([(number, *row[1:3], 7) for number, row in enumerate(pieces)])
    key = np.array([row[0] for row in pieces], dtype=np.int64)
    covered, rest = (listed(part) for part in _cut(numbered, key, as_spans(layer)))
    below = painted(layer)
    expected = {
        (number, at_ms): below.get((own, at_ms), 7)
        for number, (own, from_ms, to_ms, _) in enumerate(pieces)
        for at_ms in range(from_ms, to_ms)
    }
    assert painted(covered + rest) == expected
    assert {row[3] for row in rest} <= {7}


def test_a_piece_keeps_its_key_where_none_is_given() -> None:
    covered, rest = _cut(as_spans([(1, 0, 10, 5)]), None, as_spans([(0, 2, 4, 0), (1, 8, 20, 3)]))
    assert (listed(covered), listed(rest)) == ([(1, 8, 10, 3)], [(1, 0, 8, 5)])


@SETTINGS
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, LAST_MS), st.integers(-1, 2)), max_size=15))
def test_a_note_holds_until_the_next_one_of_its_key(notes: list[tuple[int, int, int]]) -> None:
    rows = Rows(("key", "at_ms", "value"), "iii")
    for note in notes:
        rows.append(*note)
    found = listed(_steps(rows.table()))
    assert_apart(found)
    expected: Painted = {}
    for key in range(3):
        for at_ms in range(LAST_MS):
            noted = [
                (since_ms, number)
                for number, (of, since_ms, _) in enumerate(notes)
                if (of, since_ms <= at_ms) == (key, True)
            ]
            value = notes[max(noted)[1]][2] if noted else NOTHING
            if value != NOTHING:
                expected[key, at_ms] = value
    assert painted(found) == expected


@SETTINGS
@given(rows_of(3, 1))
def test_a_union_covers_what_any_of_its_spans_does(wanted: list[Row]) -> None:
    found = listed(_union(as_spans(wanted)))
    assert_apart(found)
    expected = {(key, at_ms): 0 for key, from_ms, to_ms, _ in wanted for at_ms in range(from_ms, to_ms)}
    assert painted(found) == expected


@SETTINGS
@given(apart(keys=3, reasons=2))
def test_spans_that_follow_on_each_other_for_one_reason_become_one(rows: list[Row]) -> None:
    found = listed(_merged(as_spans(rows)))
    assert_apart(found)
    assert painted(found) == painted(rows)


def test_nothing_is_made_of_nothing() -> None:
    none = as_spans([])
    for found in (_union(none), _merged(none), *_cut(none, None, none), *_cut(none, None, as_spans([(0, 1, 2, 3)]))):
        assert listed(found) == []
    covered, rest = _cut(as_spans([(0, 1, 2, 3)]), None, none)
    assert (listed(covered), listed(rest)) == ([], [(0, 1, 2, 3)])


# notes of a made-up day, and the table that somebody writes who looks at every millisecond


@dataclass
class Book:
    """What the table of waits needs of an order book."""

    ready_ms: list[int]
    assigned_ms: list[int]
    ended_ms: list[int]
    airport: list[int]

    def __len__(self) -> int:
        return len(self.ready_ms)


class Notes:
    """A day of ``orders`` that are ready at 0 and stay in the queue, whose notes are made by hand.

    Order ``n`` is bound for airport ``n % 2`` and waits in pool ``n % 3 % 2``.
    """

    def __init__(self, orders: int = 1) -> None:
        airports = [number % 2 for number in range(orders)]
        self.book = Book([0] * orders, [NEVER] * orders, [NEVER] * orders, airports)
        self.pool_of = np.array([number % 3 % 2 for number in range(orders)])
        self.waits = Waits(self.book, pools=2, start_ms=0)  # type: ignore[arg-type]
        self.ledger = Ledger()

    def rows(self, closed_ms: int = LAST_MS) -> list[Row]:
        found = wait_rows(
            self.waits,
            self.book,  # type: ignore[arg-type]
            self.ledger,
            pool_of=self.pool_of,
            closed_ms=closed_ms,
        )
        return listed(found)

    def told(self, closed_ms: int = LAST_MS) -> list[tuple[str, int, int]]:
        """Reason, begin and end of the waits of a single order."""
        return [(REASON_NAMES[row[3]], row[1], row[2]) for row in self.rows(closed_ms)]


LAYERS = (AIRPORT_CLOSED, WIND, CABINET, PACK, DRONE, POLICY)
"""Reasons in the queue, the first goes before all others."""


def lay(notes: Notes, reason: int, from_ms: int, to_ms: int) -> None:
    """Note that order 0 is kept back from one time to another for a reason."""
    waits = notes.waits
    if reason == AIRPORT_CLOSED:
        waits.close(0, from_ms, to_ms, cause="")
    elif reason == WIND:
        waits.bar(from_ms, np.array([WIND], dtype=np.int8))
        waits.bar(to_ms, np.array([NOTHING], dtype=np.int8))
    elif reason == CABINET:
        waits.full.append(0, from_ms, CABINET)
        waits.full.append(0, to_ms, NOTHING)
    elif reason in (PACK, DRONE):
        waits.decided(0, has_free=False, at_ms=from_ms)
        waits.decided(0, has_free=True, at_ms=to_ms)
        if reason == PACK:
            waits.packless.append(0, from_ms, to_ms)
    else:
        waits.own.append(0, from_ms, POLICY)
        waits.own.append(0, to_ms, NOTHING)


@pytest.mark.parametrize(("above", "below"), [pair for pair in combinations(LAYERS, 2) if pair != (PACK, DRONE)])
def test_each_reason_in_the_queue_goes_before_those_after_it(above: int, below: int) -> None:
    notes = Notes()
    notes.waits.decided(0, has_free=True, at_ms=0)
    lay(notes, below, 5, 25)
    lay(notes, above, 15, 35)
    between = [(REASON_NAMES[below], 5, 15), (REASON_NAMES[above], 15, 35)]
    assert notes.told() == [("batch", 0, 5), *between, ("batch", 35, LAST_MS)]


def test_a_pool_lacks_a_pack_while_a_drone_stands_without_one_and_a_drone_before_and_after() -> None:
    notes = Notes()
    notes.waits.packless.append(0, 10, 20)
    assert notes.told() == [("drone", 0, 10), ("pack", 10, 20), ("drone", 20, LAST_MS)]


def test_a_drone_that_stands_without_a_pack_keeps_nobody_waiting_while_another_is_free() -> None:
    notes = Notes()
    notes.waits.decided(0, has_free=True, at_ms=0)
    notes.waits.packless.append(0, 10, 20)
    assert notes.told() == [("batch", 0, LAST_MS)]


def test_no_drone_is_free_until_a_decision_has_left_one() -> None:
    notes = Notes()
    notes.waits.decided(0, has_free=True, at_ms=13)
    assert notes.told() == [("drone", 0, 13), ("batch", 13, LAST_MS)]


def test_what_is_said_of_an_order_holds_until_something_else_is_said() -> None:
    notes = Notes()
    notes.waits.decided(0, has_free=True, at_ms=0)
    for at_ms, reason in ((3, POLICY), (5, POLICY), (9, PACK), (20, POLICY)):
        notes.waits.say([0], [reason], at_ms)
    told = [("batch", 0, 3), ("policy", 3, 9), ("pack", 9, 20), ("policy", 20, LAST_MS)]
    assert notes.told() == told
    assert len(notes.waits.own) == 3


def test_wind_and_zones_bar_the_way_of_those_whom_they_bar() -> None:
    notes = Notes(2)
    for pool in (0, 1):
        notes.waits.decided(pool, has_free=True, at_ms=0)
    notes.waits.bar(0, np.array([NOTHING, NOTHING], dtype=np.int8))
    assert notes.waits.bars == []
    notes.waits.bar(10, np.array([WIND, NOTHING], dtype=np.int8))
    notes.waits.bar(20, np.array([WIND, ZONE], dtype=np.int8))
    assert notes.rows() == [(0, 0, 10, BATCH), (0, 10, LAST_MS, WIND), (1, 0, 20, BATCH), (1, 20, LAST_MS, ZONE)]


def test_an_order_that_got_another_airport_waited_for_its_first_one_before() -> None:
    notes = Notes()
    notes.waits.decided(0, has_free=True, at_ms=0)
    notes.waits.close(1, 0, 12, cause="")
    notes.waits.close(0, 0, 30, cause="")
    notes.waits.full.append(0, 25, CABINET)
    notes.waits.sent_on.append((0, 7, 1))
    told = [("airport_closed", 0, 30), ("cabinet", 30, LAST_MS)]
    assert notes.told() == told
    notes.waits.sent_on[:] = [(0, 20, 1)]
    assert notes.told() == [("airport_closed", 0, 12), ("batch", 12, 20), *[("airport_closed", 20, 30), told[1]]]


def test_nobody_waits_after_its_end_or_the_close_or_from_when_on_it_goes_by_road() -> None:
    for change, until_ms in (("ended", 17), ("left", 11), ("close", 23)):
        notes = Notes()
        if change == "ended":
            notes.book.ended_ms[0] = 17
        elif change == "left":
            notes.book.ended_ms[0] = 17
            notes.waits.left_ms[0] = 11
        assert notes.told(23 if change == "close" else LAST_MS) == [("drone", 0, until_ms)], change


def test_an_order_that_is_never_ready_waits_for_nothing() -> None:
    notes = Notes()
    notes.book.ready_ms[0] = NEVER
    assert notes.rows() == []


# bookings


def fly(notes: Notes, *, assigned_ms: int, requested_ms: int, loading_ms: int, departed_ms: int) -> None:
    """Note that order 0 was given a drone, booked, loaded in 2 ms and flown."""
    notes.book.assigned_ms[0], notes.book.ended_ms[0] = assigned_ms, 39
    legs, deliveries = notes.ledger.legs, notes.ledger.deliveries
    row = np.zeros(1, dtype=legs.table().dtype)
    row["requested_ms"] = requested_ms
    legs.append(*(value.item() for value in row[0]))
    milestones = dict.fromkeys(deliveries.table().dtype.names, NEVER)
    milestones |= {"order": 0, "loading": loading_ms, "loaded": loading_ms + 2, "departed": departed_ms}
    deliveries.append(*milestones.values())


def test_who_is_given_a_drone_waits_for_it_to_come_and_then_for_what_refused_its_booking() -> None:
    notes = Notes()
    fly(notes, assigned_ms=4, requested_ms=9, loading_ms=20, departed_ms=25)
    notes.waits.held_up[0] = PAD
    assert notes.told() == [("drone", 0, 9), ("pad", 9, 20), ("check", 22, 25)]


def test_who_is_given_a_drone_ahead_waits_for_it_from_ready_on() -> None:
    notes = Notes()
    notes.book.ready_ms[0] = 6
    fly(notes, assigned_ms=2, requested_ms=8, loading_ms=8, departed_ms=10)
    assert notes.told() == [("drone", 6, 8)]


def test_who_is_given_a_drone_ahead_that_stands_there_waits_for_nothing() -> None:
    notes = Notes()
    notes.book.ready_ms[0] = 6
    fly(notes, assigned_ms=2, requested_ms=6, loading_ms=6, departed_ms=11)
    assert notes.told() == [("check", 8, 11)]


TAKEN_BACK = {
    "before it was ready": ({"ready_ms": NEVER}, []),
    "while its drone was on its way": ({"requested_ms": 20, "loading_ms": 20}, [(QUEUED, 0, 5), (DRONE, 5, 20)]),
    "while it waited for its pad": (
        {"requested_ms": 8, "loading_ms": 30},
        [(QUEUED, 0, 5), (DRONE, 5, 8), (PAD, 8, 20)],
    ),
    "while it was loaded": (
        {"requested_ms": 8, "loading_ms": 12},
        [(QUEUED, 0, 5), (DRONE, 5, 8), (PAD, 8, 12), (REVOKED, 12, 20)],
    ),
    "when it was given ahead": (
        {"ready_ms": 10, "requested_ms": 10, "loading_ms": 15},
        [(PAD, 10, 15), (REVOKED, 15, 20)],
    ),
}


@pytest.mark.parametrize("when", TAKEN_BACK)
def test_an_order_whose_booking_is_taken_back_at_20_has_waited(when: str) -> None:
    changes, expected = TAKEN_BACK[when]
    notes = Notes()
    at_ms = {"ready_ms": 0, "requested_ms": 20, "loading_ms": 20} | changes
    notes.book.ready_ms[0], notes.book.assigned_ms[0] = at_ms.pop("ready_ms"), 5
    notes.waits.held_up[0] = PAD
    notes.waits.take_back(0, **at_ms, now_ms=20)
    past = [(int(row["reason"]), int(row["from_ms"]), int(row["to_ms"])) for row in notes.waits.past.table()]
    assert past == expected
    assert notes.waits.since_ms == ({0: 20} if expected else {})


def test_an_order_waits_anew_from_when_its_booking_was_taken_back() -> None:
    """Twice: the second time it waits from the first on, and what held up the first does not hold up the second."""
    notes = Notes()
    notes.book.assigned_ms[0] = 2
    notes.waits.held_up[0] = PAD
    notes.waits.take_back(0, requested_ms=4, loading_ms=8, now_ms=10)
    notes.book.assigned_ms[0] = 13
    notes.waits.take_back(0, requested_ms=14, loading_ms=30, now_ms=16)
    fly(notes, assigned_ms=20, requested_ms=20, loading_ms=24, departed_ms=26)
    assert notes.told() == [
        *[("drone", 0, 4), ("pad", 4, 8), ("revoked", 8, 10)],
        *[("drone", 10, 14), ("clearance", 14, 16), ("drone", 16, 20), ("clearance", 20, 24)],
    ]


# a whole queue against the clock


@st.composite
def queues(draw: st.DrawFn) -> tuple[Notes, list[tuple[str, Any]]]:
    """Orders in the queue, with notes of every kind, in order of time."""
    orders = draw(st.integers(1, 6))
    notes, log = Notes(orders), []
    span = st.tuples(st.integers(0, LAST_MS), st.integers(0, LAST_MS))
    for _ in range(draw(st.integers(0, 4))):
        begin, end = draw(span)
        airport = draw(st.integers(0, 1))
        notes.waits.close(airport, begin, end, cause="")
        log.append(("closed", (airport, begin, end)))
    for at_ms in sorted(draw(st.lists(st.integers(0, LAST_MS), max_size=4))):
        codes = draw(st.lists(st.sampled_from([NOTHING, WIND, ZONE]), min_size=orders, max_size=orders))
        notes.waits.bar(at_ms, np.array(codes, dtype=np.int8))
        log.append(("bar", (at_ms, codes)))
    for kind in ("full", "packless", "decided", "say"):
        for at_ms in sorted(draw(st.lists(st.integers(0, LAST_MS), max_size=6))):
            who = draw(st.integers(0, orders - 1 if kind == "say" else 1))
            log.append((kind, (who, at_ms, draw(_what(kind, at_ms)))))
            _note(notes.waits, *log[-1])
    return notes, log


def _what(kind: str, at_ms: int) -> st.SearchStrategy[Any]:
    choices = {"full": [CABINET, NOTHING], "say": [POLICY, PACK, DRONE], "decided": [True, False]}
    return st.integers(at_ms, LAST_MS) if kind == "packless" else st.sampled_from(choices[kind])


def _note(waits: Waits, kind: str, note: tuple[int, int, Any]) -> None:
    who, at_ms, what = note
    if kind == "decided":
        waits.decided(who, has_free=what, at_ms=at_ms)
    elif kind == "say":
        waits.say([who], [what], at_ms)
    else:
        getattr(waits, kind).append(who, at_ms, what)


def latest(log: list[tuple[str, Any]], kind: str, who: int, at_ms: int, default: Any) -> Any:
    """What the last note of a kind about somebody says by now."""
    told = [note[2] for name, note in log if name == kind and note[0] == who and note[1] <= at_ms]
    return told[-1] if told else default


def reason_at(log: list[tuple[str, Any]], order: int, at_ms: int) -> int:
    """Why an order waits, from all notes, by the rules of precedence one by one."""
    airport, pool = order % 2, order % 3 % 2
    if any(name == "closed" and what[0] == airport and what[1] <= at_ms < what[2] for name, what in log):
        return AIRPORT_CLOSED
    bars = [note[1] for name, note in log if name == "bar" and note[0] <= at_ms]
    if bars and bars[-1][order] != NOTHING:
        return bars[-1][order]
    if latest(log, "full", airport, at_ms, NOTHING) != NOTHING:
        return CABINET
    if not latest(log, "decided", pool, at_ms, False):
        standing = any(n == "packless" and w[0] == pool and w[1] <= at_ms < w[2] for n, w in log)
        return PACK if standing else DRONE
    return latest(log, "say", order, at_ms, BATCH)


@SETTINGS
@given(queues())
def test_every_millisecond_in_the_queue_has_the_first_reason_that_holds(day: tuple[Notes, Any]) -> None:
    notes, log = day
    found = notes.rows()
    assert_apart(found)
    expected = {
        (order, at_ms): reason_at(log, order, at_ms) for order in range(len(notes.pool_of)) for at_ms in range(LAST_MS)
    }
    assert painted(found) == expected

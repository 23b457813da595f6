"""The table of reservations: no separation is lost at a departure it allows, and each it forbids would lose it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.airspace import delay_kernels
from dronesim.airspace.paths import Path4D, Terminal, alternatives
from dronesim.airspace.reservations import Reservations
from exploring import examples
from oracles import clearance as twin
from oracles import clearance_numpy as numpy_twin
from oracles.clearance import Reserved, Segment, smallest_distance
from steady_paths import steady_path

SETTINGS = examples(60)
H, V = 30.0, 9.0
SITES_M = [(0.0, 0.0), (400.0, 0.0), (0.0, 400.0), (380.0, 410.0), (205.0, 190.0), (60.0, 0.0)]
LEVELS_M = (60.0, 69.0, 78.0, 80.0)  # 78 and 80 m lie in different layers of cells


def terminal(site: int) -> Terminal:
    return Terminal(site=site, centre_m=SITES_M[site], radius_m=60.0)


@st.composite
def paths(draw, level_m=None) -> Path4D:
    origin, destination = draw(st.lists(st.integers(0, len(SITES_M) - 1), min_size=2, max_size=2, unique=True))
    corner = draw(st.sampled_from([[], [(200.0, 200.0)], [(300.0, 35.0)]]))
    level_m = draw(st.sampled_from(LEVELS_M)) if level_m is None else level_m
    return steady_path(
        np.array([SITES_M[origin], *corner, SITES_M[destination]]),
        level_m=level_m,
        climb_s=level_m / 3,
        cruise_s=draw(st.sampled_from([25.0, 40.0, 61.7])),
        hold_s=draw(st.sampled_from([0.0, 0.0, 30.0])),
        descent_s=level_m / 2,
        origin=terminal(origin),
        destination=terminal(destination),
    )


flights = st.lists(st.tuples(paths(), st.floats(0, 60).map(lambda value: round(value, 3))), min_size=1, max_size=7)
buffers = st.sampled_from([0.0, 0.5])


def segment(row: Sequence[float]) -> Segment:
    begin, end, x, y, z, *velocity = (float(value) for value in row)
    return Segment(begin, end, (x, y, z), tuple(velocity))


def pieces(path: Path4D) -> list[tuple[Segment, int]]:
    return [(segment(row), int(tag)) for row, tag in zip(path.rows, path.terminal, strict=True)]


def reserved(flight: int, path: Path4D, departed_s: float) -> list[Reserved]:
    return [
        Reserved(piece._replace(begin_s=piece.begin_s + departed_s, end_s=piece.end_s + departed_s), flight, tag)
        for piece, tag in pieces(path)
    ]


def everything(departed: dict[int, tuple[Path4D, float]]) -> list[Reserved]:
    return [entry for flight, (path, at_s) in departed.items() for entry in reserved(flight, path, at_s)]


def table_of(departed: dict[int, tuple[Path4D, float]], buffer_s: float = 0.0) -> Reservations:
    table = Reservations(separation_m=H, vertical_m=V, buffer_s=buffer_s)
    for flight, (path, at_s) in departed.items():
        table.reserve(flight, path, at_s)
    return table


def closest(path: Path4D, others: list[Reserved], departed_s: float, vertical_m: float) -> float:
    """Smallest separation of a departure from all reserved segments that it is to be kept apart from."""
    return min(
        (
            smallest_distance(piece, other.segment, departed_s, vertical_m)
            for piece, tag in pieces(path)
            for other in others
            if tag < 0 or tag != other.terminal
        ),
        default=math.inf,
    )


def numbered(flights: list[tuple[Path4D, float]]) -> dict[int, tuple[Path4D, float]]:
    return dict(enumerate(flights))


def earliest_s(table: Reservations, path: Path4D, at_s: float) -> float:
    return twin.first_gap(table.forbidden(path, earliest_s=at_s).tolist(), at_s)


def assert_same(found: np.ndarray, expected: list[tuple[float, float]], *, within_s: float = 1e-9) -> None:
    assert len(found) == len(expected)
    assert found.reshape(-1).tolist() == pytest.approx([end for pair in expected for end in pair], rel=0, abs=within_s)


@SETTINGS
@given(flights, paths(), buffers, st.sampled_from([-1000.0, 30.0]))
def test_the_table_forbids_what_its_twin_without_cells_forbids(flights, path, buffer_s, earliest_s):
    departed = numbered(flights)
    table = table_of(departed, buffer_s)
    for ignore in (-1, 0):
        expected = twin.forbidden(
            pieces(path),
            everything(departed),
            separation_m=H,
            vertical_m=V,
            buffer_s=buffer_s,
            earliest_s=earliest_s,
            ignore=ignore,
        )
        assert_same(table.forbidden(path, earliest_s=earliest_s, ignore=ignore), expected)


@SETTINGS
@given(flights, st.lists(paths(), min_size=1, max_size=3), buffers, st.sampled_from([-1000.0, 30.0]))
def test_the_table_forbids_what_numpy_forbids(flights, choices, buffer_s, earliest_s):
    departed = numbered(flights)
    table = table_of(departed, buffer_s)
    entered = list(table.segments())
    rows, tags = np.array([row for _, _, row in entered]), np.array([tag for _, tag, _ in entered])
    expected = numpy_twin.forbidden(
        [(path.rows, path.terminal) for path in choices],
        (rows, tags),
        separation_m=H,
        vertical_m=V,
        widening_s=table.widening_s,
        earliest_s=earliest_s,
    )
    for path, alone in zip(choices, expected, strict=True):
        assert_same(table.forbidden(path, earliest_s=earliest_s), alone.tolist(), within_s=1e-8)


@SETTINGS
@given(flights, paths())
def test_a_departure_is_forbidden_just_where_separation_would_be_lost(flights, path):
    departed = numbered(flights)
    others = everything(departed)
    union = table_of(departed).forbidden(path, earliest_s=-1000.0)
    for start, end in union.tolist():
        for at_s in (start, end):
            assert closest(path, others, at_s, V - 1e-6) > H - 1e-6
        if end - start > 1e-4:
            for at_s in (start + 1e-5, end - 1e-5):
                assert closest(path, others, at_s, V) < H


@SETTINGS
@given(flights, st.integers(0, 2**32 - 1))
def test_flights_cleared_one_after_another_never_lose_separation_within_the_buffer(flights, seed):
    rng = np.random.default_rng(seed)
    table = Reservations(separation_m=H, vertical_m=V, buffer_s=0.5)
    cleared: dict[int, tuple[Path4D, float]] = {}
    for flight, (path, asked_s) in enumerate(flights):
        departed_s = earliest_s(table, path, asked_s)
        early_s, late_s = 1e-9 - 0.5, 0.5 - 1e-9
        for error_s in (0.0, early_s, late_s, rng.uniform(early_s, late_s)):
            others = [
                entry
                for other, (flown, at_s) in cleared.items()
                for entry in reserved(other, flown, at_s + rng.choice([0.0, early_s, late_s]))
            ]
            assert closest(path, others, departed_s + error_s, V - 1e-6) > H - 1e-6
        table.reserve(flight, path, departed_s)
        cleared[flight] = path, departed_s


@SETTINGS
@given(flights, paths())
def test_release_leaves_the_table_as_if_the_flight_had_never_been(flights, path):
    departed = numbered(flights)
    table = table_of(departed)
    for flight in list(departed):
        table.release(flight)
        assert flight not in table
        del departed[flight]
        fresh = table_of(departed)
        assert len(table) == len(fresh)
        np.testing.assert_array_equal(
            table.forbidden(path, earliest_s=-1000.0), fresh.forbidden(path, earliest_s=-1000.0)
        )
    assert len(table) == 0


@SETTINGS
@given(flights, paths(), st.floats(0, 150))
def test_release_in_part_keeps_the_past_alone(flights, path, now_s):
    departed = numbered(flights)
    table = table_of(departed)
    table.release_after(0, now_s)
    past = [
        entry._replace(segment=entry.segment._replace(end_s=min(entry.segment.end_s, now_s)))
        for entry in everything(departed)
        if entry.flight == 0 and entry.segment.begin_s < now_s
    ]
    kept = past + [entry for entry in everything(departed) if entry.flight != 0]
    assert len(table) == len(kept)
    expected = twin.forbidden(pieces(path), kept, separation_m=H, vertical_m=V)
    assert_same(table.forbidden(path, earliest_s=-1000.0), expected)


@SETTINGS
@given(flights, paths(), buffers, st.floats(0, 200))
def test_what_expires_changes_no_answer_for_later(flights, path, buffer_s, before_s):
    departed = numbered(flights)
    table, whole = table_of(departed, buffer_s), table_of(departed, buffer_s)
    table.expire(before_s)
    ended = [entry for entry in everything(departed) if entry.segment.end_s + 2 * buffer_s <= before_s]
    assert len(whole) - len(table) == len(ended)
    np.testing.assert_array_equal(
        table.forbidden(path, earliest_s=before_s), whole.forbidden(path, earliest_s=before_s)
    )
    table.expire(1e6)
    assert len(table) == 0


@SETTINGS
@given(flights, st.lists(paths(), min_size=1, max_size=4), st.integers(0, 60_000))
def test_to_several_paths_at_once_is_closed_what_each_alone_is_forbidden(flights, choices, at_ms):
    table = table_of(numbered(flights))
    closed_ms, ends = table.closed_ms(alternatives(choices), earliest_ms=at_ms)
    for path, (first, last) in zip(choices, pairwise(ends.tolist()), strict=True):
        alone = delay_kernels.whole_ms(table.forbidden(path, earliest_s=at_ms / 1000))
        np.testing.assert_array_equal(closed_ms[first:last], alone)


@SETTINGS
@given(flights, paths(), st.floats(0, 60), buffers)
def test_conflicting_flights_are_those_without_which_the_departure_is_allowed(flights, path, at_s, buffer_s):
    departed = numbered(flights)
    table = table_of(departed, buffer_s)
    named = table.conflicting(path, at_s)
    for flight in departed:
        alone = table_of({flight: departed[flight]}, buffer_s)
        assert (flight in named) == (earliest_s(alone, path, at_s) > at_s)
    for flight in named:
        table.release(flight)
    assert table.conflicting(path, at_s) == ()
    assert earliest_s(table, path, at_s) == at_s

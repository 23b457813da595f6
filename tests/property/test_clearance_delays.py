"""Forbidden departures of two segments: kernel against twin, and against closest approaches one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dronesim.airspace import delay_kernels
from exploring import examples
from oracles.clearance import TOUCH_M, Segment, forbidden_delays, smallest_distance

SETTINGS = examples(600)
H, V = 30.0, 9.0


def triples(plane: st.SearchStrategy[float], height: st.SearchStrategy[float]) -> st.SearchStrategy[tuple]:
    return st.tuples(plane, plane, height)


def multiples(unit: float, most: int) -> st.SearchStrategy[float]:
    return st.integers(-most, most).map(lambda steps: steps * unit)


def decimals(most: float) -> st.SearchStrategy[float]:
    return st.floats(-most, most, allow_nan=False).map(lambda value: round(value, 3))


def segments(begin, span, start, velocity) -> st.SearchStrategy[Segment]:
    return st.builds(lambda b, s, p, v: Segment(b, b + s, p, v), begin, span, start, velocity)


# A coarse lattice makes holds, equal and parallel velocities and exact touching common.
lattice = segments(
    st.sampled_from([0.0, 10.0, 20.0]),
    st.sampled_from([1.0, 10.0, 20.0, 100.0]),
    triples(multiples(H / 2, 4), multiples(V / 2, 4)),
    triples(multiples(3.0, 2), multiples(0.9, 1)),
)
loose = segments(
    st.floats(30000, 30100).map(lambda value: round(value, 3)),
    st.floats(0.5, 100).map(lambda value: round(value, 3)),
    triples(decimals(100.0), decimals(15.0)),
    triples(decimals(20.0), decimals(3.0)),
)
tilted = st.sampled_from([0.0, 1e-12, 1e-9, 1e-6, 1e-3])


@st.composite
def companions(draw) -> tuple[Segment, Segment]:
    """Two segments with velocities equal, opposite or parallel, up to a hair."""
    one, other = draw(loose), draw(loose)
    factor, hair = draw(st.sampled_from([1.0, -1.0, 0.5, 1 + 1e-13])), draw(tilted)
    ux, uy, uz = one.velocity
    return one, other._replace(velocity=(factor * ux + hair, factor * uy, draw(st.sampled_from([uz, 0.0]))))


encounters = st.one_of(st.tuples(lattice, lattice), st.tuples(loose, loose), companions())


def row(segment: Segment) -> np.ndarray:
    return np.array([[segment.begin_s, segment.end_s, *segment.start_m, *segment.velocity]])


def kernel(path: Segment, reserved: Segment) -> tuple[float, float]:
    return delay_kernels.forbidden_delays(row(path), 0, row(reserved), 0, (H, V), np.empty((2, 8, 2)))


@SETTINGS
@given(encounters)
def test_kernel_and_twin_agree(pair):
    found, expected = kernel(*pair), forbidden_delays(*pair, H, V)
    assert (found[0] < found[1]) == (expected[0] < expected[1])
    if expected[0] < expected[1]:
        assert found == pytest.approx(expected, rel=0, abs=1e-9)


@examples(300)
@given(encounters)
def test_departures_lose_separation_inside_the_interval_alone(pair):
    path, reserved = pair
    low, high = kernel(path, reserved)
    for departed_s in np.linspace(reserved.begin_s - path.end_s, reserved.end_s - path.begin_s, 61).tolist():
        distance = smallest_distance(path, reserved, departed_s, V - TOUCH_M)
        if min(abs(departed_s - low), abs(departed_s - high)) > 1e-6 and abs(distance - H) > 1e-6:
            assert (distance < H) == (low < departed_s < high)


@SETTINGS
@given(encounters)
def test_the_ends_of_the_interval_are_where_separation_begins_to_be_lost(pair):
    path, reserved = pair
    low, high = kernel(path, reserved)
    assume(high - low > 1e-4)
    for departed_s in (low + 1e-5, high - 1e-5):
        assert smallest_distance(path, reserved, departed_s, V) < H
    for departed_s in (low, high, low - 1e-5, high + 1e-5):
        assert smallest_distance(path, reserved, departed_s, V - 1e-6) > H - 1e-6


@SETTINGS
@given(encounters)
def test_either_may_be_the_one_that_is_cleared(pair):
    low, high = kernel(*pair)
    back, forth = kernel(*pair[::-1])
    assert (low < high) == (back < forth)
    if low < high:
        assert (back, forth) == pytest.approx((-high, -low), rel=0, abs=1e-9)

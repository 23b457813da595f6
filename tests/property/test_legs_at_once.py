"""Legs that are worked out and cut in one pass are those that are worked out one by one, to the last bit."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from dronesim.aircraft import DRONE_TYPES, Multirotor, drone_type
from dronesim.aircraft.model import Handling
from dronesim.airspace import Path4D, Terminal, shared_areas
from dronesim.airspace.cruise_kernels import between, exact_sum, sum_in_lanes
from dronesim.simulation.leg import Leg, LegMaker
from dronesim.simulation.leg_columns import courses_of_legs, paths_of, plan_legs
from dronesim.weather import CALM, Wind
from oracles import legs as one_by_one

LEVELS_M = (40.0, 60.0, 90.0)


@dataclass(frozen=True)
class GivenRoutes:
    """Ways that are drawn, by level, origin and destination."""

    ways: dict[tuple[int, int, int], Any]
    levels_m: tuple[float, ...] = LEVELS_M
    brief: str = "drawn"
    airways: None = None

    def length_m(self, *key: int) -> float:
        way = self.ways[key]
        return math.inf if way is None else float(np.hypot(*np.diff(way, axis=0).T).sum())

    def waypoints(self, *key: int) -> Any:
        return self.ways[key]


places = st.tuples(*[st.one_of(st.floats(-900, 900), st.integers(-9, 9).map(lambda k: 60.0 * k))] * 2)
winds = st.builds(Wind, speed_mps=st.floats(0, 16), from_deg=st.floats(0, 360)) | st.just(CALM)


@st.composite
def makers(draw: Any) -> LegMaker:
    handling = Handling(corner_cut_m=draw(st.sampled_from([1.0, 0.0, 5.0])), path_error_m=draw(st.floats(0.01, 3.0)))
    kind = drone_type(draw(st.sampled_from(sorted(DRONE_TYPES))))
    aircraft = Multirotor(kind, handling=handling)
    return LegMaker(
        aircraft=aircraft, transition_ms=2000, approach_ms=3000, radius_m=draw(st.sampled_from([100.0, 0.0, 333.3]))
    )


@st.composite
def worlds(draw: Any) -> tuple[GivenRoutes, Any]:
    """Sites, some in each other's area, and ways between them with bends, corners twice, and loops."""
    xy = np.array(draw(st.lists(places, min_size=2, max_size=4, unique=True)))
    ways = {}
    for level in range(len(LEVELS_M)):
        for origin in range(len(xy)):
            for destination in range(len(xy)):
                if origin == destination:
                    continue
                inner = draw(st.lists(places, max_size=5))
                way = np.array([xy[origin], *inner, xy[destination]])
                ways[level, origin, destination] = None if draw(st.integers(0, 9)) == 0 else way
    return GivenRoutes(ways), xy


def assert_same_leg(one: Leg | None, other: Leg | None) -> None:
    assert (one is None) == (other is None)
    if one is None or other is None:
        return
    for field in fields(Leg):
        if field.name != "corners":
            assert repr(getattr(one, field.name)) == repr(getattr(other, field.name)), field.name
    assert one.motion.duration_s == other.motion.duration_s == math.fsum(p.duration_s for p in one.motion.phases)
    for knots, others in zip(one.motion.knots, other.motion.knots, strict=True):
        assert_array_equal(knots, others)
    assert_array_equal(one.corners, other.corners)


def assert_same_path(one: Path4D, other: Path4D) -> None:
    for name in ("a0_s", "a1_s", "start_m", "end_m", "terminal", "rows"):
        assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
        assert not getattr(one, name).flags.writeable
    assert one.duration_s == other.duration_s


@settings(max_examples=60, deadline=None)
@given(
    makers(),
    worlds(),
    st.tuples(winds, winds, winds),
    st.sampled_from([(60.0, 60.0), (57.0, 63.0), (0.0, 0.0), (220.0, 300.0)]),
)
def test_legs_and_their_paths_are_those_made_one_by_one(
    maker: LegMaker, world: tuple[GivenRoutes, Any], blows: tuple[Wind, ...], radii_m: tuple[float, float]
) -> None:
    routes, xy = world
    keys = list(routes.ways)
    found = plan_legs(maker, routes, blows, keys)
    assert list(found) == keys
    for key in keys:
        assert_same_leg(found[key], one_by_one.plan_leg(maker, routes, blows, key))
    areas = shared_areas(xy, radius_m=radii_m[1]).tolist()

    def terminal(site: int) -> Terminal:
        return Terminal(site=areas[site], centre_m=tuple(xy[site].tolist()), radius_m=radii_m[0], outer_m=radii_m[1])

    legs = [leg for leg in found.values() if leg is not None]
    if not legs:
        return
    together = paths_of(maker, legs, terminal)
    for leg, path in zip(legs, together.paths, strict=True):
        assert_same_path(path, one_by_one.path(maker, leg, terminal(leg.origin), terminal(leg.destination)))
    for leg, course in zip(legs, courses_of_legs(maker, legs, terminal), strict=True):
        alone = one_by_one.course(maker, leg)
        assert_array_equal(course.at_s, alone.at_s)
        assert_array_equal(course.points_m, alone.points_m)
        assert not course.at_s.flags.writeable
        assert not course.points_m.flags.writeable
    assert_array_equal(together.rows, np.concatenate([path.rows for path in together.paths]))
    assert_array_equal(np.diff(together.bounds), [len(path) for path in together.paths])


def test_a_way_of_very_many_corners_is_the_same() -> None:
    rng = np.random.default_rng(5)
    maker = LegMaker(
        aircraft=Multirotor(drone_type(next(iter(DRONE_TYPES)))), transition_ms=0, approach_ms=0, radius_m=60.0
    )
    for corners in (7, 8, 9, 40, 129, 130, 400):
        way = np.cumsum(rng.uniform(5.0, 50.0, (corners, 2)), axis=0)
        routes = GivenRoutes({(0, 0, 1): way})
        blows = (Wind(speed_mps=4.0, from_deg=33.0),) * 3
        found = plan_legs(maker, routes, blows, [(0, 0, 1)])[0, 0, 1]
        assert_same_leg(found, one_by_one.plan_leg(maker, routes, blows, (0, 0, 1)))


@given(st.lists(st.floats(-1e30, 1e30) | st.floats(-1, 1), max_size=12))
@example([1e16, 1.0, 1e-16])
@example([1.0, 2.0**-53, 2.0**-106])
def test_numbers_are_added_up_as_the_library_of_python_does(values: list[float]) -> None:
    assert exact_sum(np.array(values, dtype=np.float64)) == math.fsum(values)


@given(st.lists(st.floats(-1e6, 1e6), max_size=128))
def test_numbers_are_added_up_in_the_order_of_numpy(values: list[float]) -> None:
    assert sum_in_lanes(np.array(values, dtype=np.float64)) == np.array(values, dtype=np.float64).sum()


@given(
    st.lists(st.tuples(st.integers(-5, 5) | st.floats(-5, 5), st.floats(-9, 9)), min_size=1, max_size=9),
    st.floats(-7, 7),
)
def test_between_points_it_is_as_numpy_has_it(points: list[tuple[float, float]], x: float) -> None:
    xs, ys = (np.array(column, dtype=np.float64) for column in zip(*sorted(points), strict=True))
    for at in (x, float(xs[0]), float(xs[-1]), float(round(x))):
        assert_array_equal(between(at, xs, ys), np.interp(at, xs, ys))


def test_the_twin_sees_a_leg_that_is_off_by_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    maker = LegMaker(
        aircraft=Multirotor(drone_type(next(iter(DRONE_TYPES)))), transition_ms=0, approach_ms=0, radius_m=60.0
    )
    routes = GivenRoutes({(0, 0, 1): np.array([[0.0, 0.0], [700.0, 10.0]])})
    leg = plan_legs(maker, routes, (CALM,) * 3, [(0, 0, 1)])[0, 0, 1]
    assert leg is not None
    wrong = replace(leg, airspeed_mps=math.nextafter(leg.airspeed_mps, math.inf))
    with pytest.raises(AssertionError, match="airspeed_mps"):
        assert_same_leg(wrong, one_by_one.plan_leg(maker, routes, (CALM,) * 3, (0, 0, 1)))


def test_no_legs_and_legs_that_cannot_be_flown_are_none() -> None:
    maker = LegMaker(
        aircraft=Multirotor(drone_type(next(iter(DRONE_TYPES)))), transition_ms=0, approach_ms=0, radius_m=60.0
    )
    routes = GivenRoutes({(0, 0, 1): np.array([[0.0, 0.0], [700.0, 10.0]]), (1, 0, 1): None})
    storm = Wind(speed_mps=99.0, from_deg=0.0)
    assert plan_legs(maker, routes, (storm,) * 3, []) == {}
    assert plan_legs(maker, routes, (storm, CALM, CALM), list(routes.ways)) == {(0, 0, 1): None, (1, 0, 1): None}

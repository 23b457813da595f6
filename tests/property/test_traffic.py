"""Flights looked up by pairs of legs: whatever becomes of them, just that is forbidden which cells alone forbid."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.airspace import (
    LegPairs,
    Minima,
    Path4D,
    SortieChoices,
    Terminal,
    Timetable,
    Traffic,
    WayHome,
    WayOut,
    alternatives,
    pack,
    sortie_choices,
)
from dronesim.airspace.pairs import straight_ways
from exploring import examples
from oracles.cells import CellTable
from steady_paths import steady_path

SETTINGS = examples(120)
MINIMA = [Minima(separation_m=30.0, vertical_m=9.0), Minima(separation_m=50.0, vertical_m=12.0, buffer_s=0.5)]
SITES_M = [(0.0, 0.0), (400.0, 0.0), (0.0, 400.0), (380.0, 410.0), (60.0, 0.0)]
CORNERS: list[list[tuple[float, float]]] = [[], [(200.0, 200.0)], [(300.0, 35.0)]]


def path(origin: int, destination: int, corner: int, level_m: float, cruise_s: float, hold_s: float = 0.0) -> Path4D:
    terminals = [Terminal(site=site, centre_m=SITES_M[site], radius_m=60.0) for site in (origin, destination)]
    return steady_path(
        np.array([SITES_M[origin], *CORNERS[corner], SITES_M[destination]]),
        level_m=level_m,
        climb_s=level_m / 3,
        cruise_s=cruise_s,
        hold_s=hold_s,
        descent_s=level_m / 2,
        origin=terminals[0],
        destination=terminals[1],
    )


ENDS = [(origin, end) for origin in range(len(SITES_M)) for end in range(len(SITES_M)) if origin != end]
CALM = [path(*ends, k % 3, level_m, 40.0 + k) for k, ends in enumerate(ENDS) for level_m in (60.0, 69.0, 80.0)]
WINDY = [path(*ends, k % 3, level_m, 31.7 + k) for k, ends in enumerate(ENDS) for level_m in (60.0, 80.0)]
BENT = [path(*ends, (k + 1) % 3, 66.0, 55.0, hold_s=30.0) for k, ends in enumerate(ENDS)]

times_ms = st.integers(0, 90_000)
deeds = st.one_of(
    st.tuples(st.just("reserve"), st.integers(0, 5), st.integers(0, 10**6), times_ms),
    st.tuples(st.just("reserve"), st.integers(0, 5), st.integers(0, 10**6), times_ms),
    st.tuples(st.just("bend"), st.integers(0, 5), st.sampled_from(BENT), times_ms),
    st.tuples(st.just("release"), st.integers(0, 5), times_ms),
    st.tuples(st.just("expire"), times_ms),
    st.tuples(st.just("wind"), st.booleans()),
)


class Sky:
    """The same traffic twice, with tables of pairs and in cells of space alone."""

    def __init__(self, minima: Minima, *, most_legs: int = 3000, looks_ahead_ms: float = math.inf) -> None:
        cells = CellTable(separation_m=minima.separation_m, vertical_m=minima.vertical_m)
        self.fast, self.slow = Traffic(minima), Traffic(minima, cells, looks_ahead_ms=looks_ahead_ms)
        self.tables = {id(legs): {minima: LegPairs(minima, most_legs=most_legs)} for legs in (CALM, WINDY)}
        self.now_ms = 0
        self.blow(CALM)

    def blow(self, legs: list[Path4D]) -> None:
        self.legs = legs
        self.fast.look_up_in(self.tables[id(legs)])

    def do(self, what: str, *told: object) -> None:
        for traffic in (self.fast, self.slow):
            match what, told:
                case "reserve", (int(flight), int(leg), int(at_ms)):
                    chosen = self.legs[leg % len(self.legs)]
                    if traffic is self.fast:
                        traffic.closed_ms(alternatives([chosen]), earliest_ms=at_ms)
                    traffic.reserve(flight, chosen, at_ms)
                case "bend", (int(flight), Path4D() as bent, int(at_ms)):
                    traffic.reserve(flight, bent, at_ms)
                case "release", (int(flight), int(at_ms)):
                    traffic.release_after(flight, at_ms)
                case "expire", (int(at_ms),):
                    self.now_ms = max(self.now_ms, at_ms)
                    traffic.expire(self.now_ms)
        if what == "wind":
            self.blow(WINDY if told[0] else CALM)

    def assert_same(self, choices: list[Path4D], at_ms: int, ignore: int) -> None:
        earliest_ms = max(at_ms, self.now_ms)
        both = [traffic.closed_ms(alternatives(choices), earliest_ms=earliest_ms) for traffic in (self.fast, self.slow)]
        for number, asked in enumerate(choices):
            fast, slow = ([(*row,) for row in closed[ends[number] : ends[number + 1]]] for closed, ends in both)
            assert left(fast, earliest_ms) == left(slow, earliest_ms)
            alone = [traffic.forbidden_ms(asked, earliest_ms=earliest_ms, ignore=ignore) for traffic in both_of(self)]
            assert left(alone[0], earliest_ms) == left(alone[1], earliest_ms)
            for near_ms in (earliest_ms, earliest_ms + 7001):
                near = [traffic.is_near(asked, near_ms, ignore=ignore) for traffic in both_of(self)]
                assert near[0] == near[1]


def both_of(sky: Sky) -> tuple[Traffic, Traffic]:
    return sky.fast, sky.slow


def left(closed: object, from_ms: int) -> list[tuple[int, int]]:
    """What is forbidden from a time on, in order and apart."""
    united: list[tuple[int, int]] = []
    for begin, end in np.asarray(closed).reshape(-1, 2).tolist():
        begin = max(begin, from_ms)
        if united and begin <= united[-1][1] and end > begin:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        elif end > begin:
            united.append((begin, end))
    return united


@SETTINGS
@given(
    st.sampled_from(MINIMA),
    st.sampled_from([3000, 0]),
    st.lists(deeds, max_size=12),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=3),
    st.sampled_from(BENT),
    times_ms,
)
def test_what_is_looked_up_or_reserved_is_what_cells_say(minima, most_legs, done, asked, bent, at_ms):
    sky = Sky(minima, most_legs=most_legs)
    for deed in done:
        sky.do(*deed)
        sky.assert_same([sky.legs[number % len(sky.legs)] for number in asked], at_ms, ignore=1)
    sky.assert_same([bent], at_ms, ignore=2)


@pytest.mark.parametrize("minima", MINIMA)
def test_each_leg_forbids_each_other_what_cells_say_whichever_of_the_two_was_asked_for_first(minima):
    pairs, every = LegPairs(minima), alternatives(CALM)
    forbidden = 0
    for leg in CALM:
        fast, slow = Traffic(minima), Traffic(minima)
        fast.look_up_in({minima: pairs})
        fast.closed_ms(every, earliest_ms=0)
        both = []
        for traffic in (fast, slow):
            traffic.reserve(0, leg, 123_457)
            closed, ends = traffic.closed_ms(every, earliest_ms=0)
            both.append([left(closed[first:last], 0) for first, last in pairwise(ends.tolist())])
        assert both[0] == both[1]
        forbidden += len(both[0])
    assert forbidden > len(CALM)


@SETTINGS
@given(st.lists(deeds, max_size=8), st.integers(0, 12), times_ms)
def test_a_table_that_is_full_leaves_the_rest_to_cells(done, most_legs, at_ms):
    sky = Sky(MINIMA[1], most_legs=most_legs)
    for deed in done:
        sky.do(*deed)
    sky.assert_same(sky.legs[:9], at_ms, ignore=0)
    assert all(len(pairs.paths) <= most_legs for tables in sky.tables.values() for pairs in tables.values())


@SETTINGS
@given(st.lists(deeds, max_size=12), times_ms)
def test_what_other_days_have_looked_up_changes_nothing(done, at_ms):
    alone, after = Sky(MINIMA[1]), Sky(MINIMA[1])
    for minima, pairs in after.tables[id(CALM)].items():
        other = Traffic(minima)
        other.look_up_in({minima: pairs})
        for flight, leg in enumerate(CALM):
            other.closed_ms(alternatives(CALM), earliest_ms=0)
            other.reserve(flight, leg, 500 * flight)
    for sky in (alone, after):
        for deed in done:
            sky.do(*deed)
    asked = alternatives(alone.legs[:20])
    for one, two in zip(*(sky.fast.closed_ms(asked, earliest_ms=at_ms) for sky in (alone, after)), strict=True):
        np.testing.assert_array_equal(one, two)


def sorties(legs: list[Path4D]) -> list[SortieChoices]:
    """Ways between some pairs of sites and back, at each pair of levels; all hold the only pad of calendar 0 or 1."""
    levels = len(legs) // len(ENDS)
    found = []
    for number, ends in enumerate(ENDS[:8]):
        back = ENDS.index(ends[::-1])
        outs, homes = (legs[levels * at : levels * (at + 1)] for at in (number, back))
        ways_out, ways_home = (
            [way_out(number % 2, path) for path in outs],
            [way_home(number % 2, path) for path in homes],
        )
        found.append(sortie_choices(alternatives([*outs, *homes]), ways_out, ways_home))
    return found


def way_out(pad: int, path: Path4D) -> WayOut:
    leave_ms = round(path.duration_s * 1000) + 9000
    stays = pack([(2, leave_ms - 4000, 4000)])
    return WayOut(uses=pack([(pad, 0, 9000)]), stays=stays, depart_ms=5000, deliver_ms=leave_ms, leave_ms=leave_ms)


def way_home(pad: int, path: Path4D) -> WayHome:
    home_ms = round(path.duration_s * 1000)
    return WayHome(uses=pack([(pad, home_ms, 500)]), stays_ms=np.array([700]), home_ms=home_ms)


@SETTINGS
@given(
    st.sampled_from(MINIMA),
    st.lists(deeds, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 9000)), min_size=1, max_size=40),
    st.sampled_from([0, 20, 3000]),
    st.sampled_from([1.0, 2000.0, 20_000.0]),
    st.data(),
)
def test_a_sortie_cleared_in_one_call_is_the_one_that_is_cleared_step_by_step_however_far_it_looks_ahead(
    minima, done, asked, most_legs, looks_ahead_ms, data
):
    sky = Sky(minima, most_legs=most_legs, looks_ahead_ms=looks_ahead_ms)
    for deed in done:
        sky.do(*deed)
    timetables = Timetable(), Timetable()
    for timetable in timetables:
        for units in (1, 1, 40):
            timetable.add(units)
    choices, at_ms = sorties(sky.legs), sky.now_ms
    for holder, (number, later_ms) in enumerate(asked, start=10):
        at_ms += later_ms
        among = choices[number]
        allowed = np.array(data.draw(st.lists(st.booleans(), min_size=len(among), max_size=len(among))))
        allowed[0] = True
        for traffic, timetable in zip(both_of(sky), timetables, strict=True):
            timetable.past_ms = at_ms
            traffic.expire(at_ms)
        found = [
            traffic.clear(timetable, among, allowed, at_ms=at_ms, holder=holder)
            for traffic, timetable in zip(both_of(sky), timetables, strict=True)
        ]
        assert found[0] == found[1]
        assert allowed[found[0][0]]
    sky.assert_same(sky.legs[:9], at_ms, ignore=10)
    for one, two in zip(*(timetable.deal_out() for timetable in timetables), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("legs", [CALM, WINDY, BENT])
def test_straight_ways_hold_all_rows_of_a_path_and_lead_along_them(legs):
    for each in legs:
        ends_m, spans = straight_ways(each)
        assert spans[0, 0] == 0
        assert spans[-1, 1] == len(each)
        assert all(over == begins for (_, over), (begins, _) in pairwise(spans.tolist()))
        for (*from_m, east_m, north_m, up_m), (first, over) in zip(ends_m.tolist(), spans.tolist(), strict=True):
            way_m = np.array([east_m, north_m, up_m]) - from_m
            for place_m in np.concatenate([each.start_m[first:over], each.end_m[first:over]]):
                share = np.dot(place_m - from_m, way_m) / np.dot(way_m, way_m)
                assert -1e-9 <= share <= 1 + 1e-9
                assert np.abs(from_m + share * way_m - place_m).max() < 1e-6


def test_days_in_threads_of_their_own_share_a_table():
    tables = {MINIMA[1]: LegPairs(MINIMA[1])}

    def day(number: int) -> list[list[int]]:
        traffic = Traffic(MINIMA[1])
        traffic.look_up_in(tables)
        for flight, leg in enumerate(np.random.default_rng(number).permutation(len(CALM)).tolist()):
            traffic.closed_ms(alternatives(CALM[leg : leg + 4]), earliest_ms=0)
            traffic.reserve(flight, CALM[leg], 400 * flight)
        return [*traffic.closed_ms(alternatives(CALM), earliest_ms=0)[0].tolist()]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(day, range(8)))
    tables[MINIMA[1]] = LegPairs(MINIMA[1])
    assert together == [day(number) for number in range(8)]
    assert len(tables) == 1

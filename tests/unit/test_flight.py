"""Where a drone can turn off its leg: at the end of its climb, after braking, or over its site."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dronesim.aircraft import Multirotor
from dronesim.simulation.flight import Flight, Stretch
from dronesim.simulation.planner import Planner
from dronesim.simulation.scene import set_scene
from dronesim.weather import Wind
from lab import OPEN_S, lab_inputs

DEPARTED_MS = 36_500_000
A = 2.6


@pytest.fixture(scope="module")
def planner() -> Planner:
    """Straight ways of 1,800 and 1,200 m at 15 m/s and 60 m, with hovers after climb and before descent."""
    inputs = lab_inputs()
    kind = replace(inputs.aircraft.drone_type, transition_s=4.0, approach_s=8.0)
    inputs = replace(inputs, aircraft=Multirotor(kind))
    return set_scene(inputs, start_ms=int(OPEN_S) * 1000).planner


@pytest.fixture
def flight(planner: Planner) -> Flight:
    leg = planner.known_leg(0, 1)
    return Flight("outbound", leg, requested_ms=DEPARTED_MS, departed_ms=DEPARTED_MS, energy_wh=100.0)


def test_a_leg_starts_and_ends_at_rest_on_its_pads(planner: Planner, flight: Flight) -> None:
    course = flight.whole_course(planner)
    assert course.at_s[0] == DEPARTED_MS / 1000
    assert course.at_s[-1] == (DEPARTED_MS + flight.leg.land_ms) / 1000
    assert course.points_m[[0, -1]].tolist() == [[0.0, 0.0, 0.0], [1800.0, 0.0, 0.0]]


def test_a_hold_waits_over_the_site(planner: Planner, flight: Flight) -> None:
    quiet = flight.whole_course(planner)
    flight.wait(30_000, energy_wh=1.0)
    held = flight.whole_course(planner)
    arrived_s = flight.cruise_to_ms / 1000
    for t_s in (arrived_s, arrived_s + 15.0, arrived_s + 30.0):
        assert held.place(t_s).tolist() == [1800.0, 0.0, 60.0]
    np.testing.assert_allclose(held.place(arrived_s + 50.0), quiet.place(arrived_s + 20.0), atol=1e-9)


@pytest.mark.parametrize("after_ms", [0, 5_000, 25_000])
def test_in_its_climb_a_drone_turns_where_it_would_fly_off(planner: Planner, flight: Flight, after_ms: int) -> None:
    turn = flight.turn(planner, DEPARTED_MS + after_ms)
    assert (turn.at_ms, turn.hold_ms) == (flight.motion_from_ms, 0)
    assert turn.course.at_s[-1] == turn.at_ms / 1000
    assert turn.course.points_m[-1].tolist() == [0.0, 0.0, 60.0]


def test_a_drone_that_cruises_brakes_on_its_way(planner: Planner, flight: Flight) -> None:
    now_ms = flight.motion_from_ms + 60_000
    turn = flight.turn(planner, now_ms)
    flown_m = 15.0 * 60.0 - 15.0**2 / (2 * A)
    assert turn.at_ms - now_ms == pytest.approx(1000 * 15.0 / A, abs=1)
    assert turn.course.points_m[-1] == pytest.approx([flown_m + 15.0**2 / (2 * A), 0.0, 60.0])
    before, quiet = turn.course.part(-np.inf, now_ms / 1000 - 2.0), flight.whole_course(planner)
    for t_s in np.linspace(before.at_s[0], before.at_s[-1], 50):
        np.testing.assert_allclose(before.place(t_s), quiet.place(t_s), atol=0.8)


def test_a_drone_that_brakes_already_goes_no_further_than_its_leg(planner: Planner, flight: Flight) -> None:
    turn = flight.turn(planner, flight.cruise_to_ms - 1_000)
    assert turn.at_ms <= flight.cruise_to_ms
    assert turn.course.points_m[-1] == pytest.approx([1800.0, 0.0, 60.0], abs=1e-6)


def test_a_drone_that_waits_over_its_site_turns_at_once(planner: Planner, flight: Flight) -> None:
    flight.wait(30_000, energy_wh=1.0)
    turn = flight.turn(planner, flight.cruise_to_ms + 12_000)
    assert (turn.at_ms, turn.hold_ms) == (flight.cruise_to_ms + 12_000, 12_000)
    assert turn.course.at_s[-1] == turn.at_ms / 1000
    assert turn.course.points_m[-1].tolist() == [1800.0, 0.0, 60.0]


def test_a_flight_with_a_bend_goes_by_the_leg_of_its_last_turn(planner: Planner, flight: Flight) -> None:
    turn, onward = flight.turn(planner, DEPARTED_MS), planner.known_leg(0, 2)
    stretch = Stretch(leg=onward, begins_ms=turn.at_ms, wait_ms=2_000, over_ms=5_000)
    course = planner.course(onward).later(turn.at_ms / 1000).waiting(turn.at_ms / 1000, 2.0)
    flight.bend(turn, stretch, course, energy_wh=120.0)
    assert flight.flown_by is onward
    assert flight.leg is not onward
    assert flight.arrived_ms == turn.at_ms + 2_000 + onward.arrive_ms + 5_000
    assert flight.sinks_ms == flight.arrived_ms + onward.sink_ms - onward.arrive_ms
    assert flight.landed_ms == flight.ended_ms == flight.arrived_ms + onward.down_ms
    assert (flight.hold_ms, flight.held_ms(turn.at_ms + 1_500), flight.held_ms(turn.at_ms + 60_000)) == (
        *(7_000, 1_500),
        2_000,
    )


def test_energy_is_that_of_the_phases_so_far_and_all_of_it_at_the_end(planner: Planner, flight: Flight) -> None:
    legs, leg = planner.legs_of, flight.leg
    ends_ms = (-3_000, leg.climb_ms, leg.cruise_ms, leg.arrive_ms, leg.sink_ms, leg.land_ms)
    spent_wh = [flight.spent_wh(legs, DEPARTED_MS + ms) for ms in ends_ms]
    assert spent_wh[0] == 0.0
    watts = [3600_000 * wh / ms for wh, ms in zip(np.diff(spent_wh[1:]), np.diff(np.array(ends_ms[1:])), strict=True)]
    hover_w = 3600 * legs.hover_wh(1_000, 0.0)
    assert watts[0] == pytest.approx(hover_w)
    assert watts[1] > hover_w
    assert watts[2] == pytest.approx(hover_w)
    assert watts[3] < hover_w
    assert spent_wh[-1] == pytest.approx(leg.empty_wh, abs=1e-3)
    assert flight.spent_wh(legs, flight.landed_ms + 60_000) == pytest.approx(spent_wh[-1])


def test_a_hold_takes_energy_while_it_lasts(planner: Planner, flight: Flight) -> None:
    legs, at_ms = planner.legs_of, flight.cruise_to_ms
    before_wh = flight.spent_wh(legs, at_ms)
    flight.wait(30_000, energy_wh=1.0)
    for ms in (0, 12_000, 30_000):
        assert flight.spent_wh(legs, at_ms + ms) == pytest.approx(before_wh + legs.hover_wh(ms, 0.0))
    assert flight.spent_wh(legs, flight.landed_ms) == pytest.approx(
        flight.leg.empty_wh + legs.hover_wh(30_000, 0.0), abs=1e-3
    )


def test_a_cruise_is_paid_by_the_way_that_is_flown_of_it(planner: Planner) -> None:
    """First against the wind, then with it: what is flown until the corner costs more than the mean."""
    wind = Wind(speed_mps=6.0, from_deg=90.0)
    corners = np.array([[0.0, 0.0], [800.0, 0.0], [0.0, 10.0]])
    cruise = planner.legs_of.cruise(corners, wind)
    assert cruise is not None
    leg = planner.legs_of.along(corners, cruise, wind, level=(0, 60.0), ends=(0, 1), distance_m=1600.0)
    half_ms = (leg.arrive_ms - leg.cruise_ms) // 2
    first, whole = (
        planner.legs_of.spent_wh(leg, leg.cruise_ms + ms, 0.0) - planner.legs_of.spent_wh(leg, leg.cruise_ms, 0.0)
        for ms in (half_ms, 2 * half_ms)
    )
    assert first > 0.6 * whole


def test_who_sinks_is_committed(flight: Flight) -> None:
    assert not flight.is_committed(flight.sinks_ms - 1)
    assert flight.is_committed(flight.sinks_ms)
    assert flight.is_committed(flight.landed_ms)


def test_a_hold_moves_arrival_and_landing_and_nothing_before(flight: Flight) -> None:
    before = (flight.departed_ms, flight.motion_from_ms, flight.cruise_to_ms, flight.arrived_ms, flight.landed_ms)
    flight.wait(7_000, energy_wh=2.5)
    after = (flight.departed_ms, flight.motion_from_ms, flight.cruise_to_ms, flight.arrived_ms, flight.landed_ms)
    assert [late - early for early, late in zip(before, after, strict=True)] == [0, 0, 0, 7_000, 7_000]
    assert (flight.hold_ms, flight.energy_wh) == (7_000, 102.5)


def test_a_flight_that_is_cut_short_never_lands(planner: Planner, flight: Flight) -> None:
    turn = flight.turn(planner, flight.motion_from_ms + 60_000)
    flight.cut(turn.course, hold_ms=turn.hold_ms, energy_wh=40.0, outcome="diverted")
    assert (flight.arrived_ms, flight.landed_ms, flight.outcome) == (-1, -1, "diverted")
    assert flight.ended_ms == turn.at_ms
    assert 0 < flight.distance_m < 1800.0

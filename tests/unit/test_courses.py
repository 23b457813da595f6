"""Where a drone can turn off its leg: at the end of its climb, after braking, or over its site."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dronesim.aircraft import Multirotor
from dronesim.simulation.courses import course_of, plan_of, share_flown, turn_of
from dronesim.simulation.ledger import LegRow
from dronesim.simulation.network import Network
from dronesim.simulation.plans import LegPlan, Planner
from lab import lab_inputs

DEPARTED_MS = 36_500_000
A = 2.6


@pytest.fixture(scope="module")
def planner() -> Planner:
    """Straight ways of 1,800 and 1,200 m at 15 m/s and 60 m, with hovers after climb and before descent."""
    inputs = lab_inputs()
    kind = replace(inputs.aircraft.drone_type, transition_s=4.0, approach_s=8.0)
    inputs = replace(inputs, aircraft=Multirotor(kind))
    return Planner(inputs, Network(inputs))


@pytest.fixture
def row(planner: Planner) -> LegRow:
    plan, made = planner.known_leg(0, 1), LegRow(0, "outbound")
    made.plan, made.departed_ms = plan.number, DEPARTED_MS
    made.motion_from_ms, made.cruise_to_ms = DEPARTED_MS + plan.cruise_ms, DEPARTED_MS + plan.arrive_ms
    return made


def plan(row: LegRow, planner: Planner) -> LegPlan:
    return plan_of(row, planner)


def test_a_leg_starts_and_ends_at_rest_on_its_pads(planner: Planner, row: LegRow) -> None:
    course = course_of(row, planner)
    assert course.at_s[0] == DEPARTED_MS / 1000
    assert course.at_s[-1] == (DEPARTED_MS + plan(row, planner).land_ms) / 1000
    assert course.points_m[[0, -1]].tolist() == [[0.0, 0.0, 0.0], [1800.0, 0.0, 0.0]]


def test_a_hold_waits_over_the_site(planner: Planner, row: LegRow) -> None:
    quiet, held = course_of(row, planner), course_of(row, planner, hold_ms=30_000)
    arrived_s = row.cruise_to_ms / 1000
    for t_s in (arrived_s, arrived_s + 15.0, arrived_s + 30.0):
        assert held.place(t_s).tolist() == [1800.0, 0.0, 60.0]
    np.testing.assert_allclose(held.place(arrived_s + 50.0), quiet.place(arrived_s + 20.0), atol=1e-9)


@pytest.mark.parametrize("after_ms", [0, 5_000, 25_000])
def test_in_its_climb_a_drone_turns_where_it_would_fly_off(planner: Planner, row: LegRow, after_ms: int) -> None:
    turn = turn_of(row, planner, now_ms=DEPARTED_MS + after_ms, hold_ms=0)
    assert (turn.at_ms, turn.hold_ms) == (row.motion_from_ms, 0)
    assert turn.course.at_s[-1] == turn.at_ms / 1000
    assert turn.course.points_m[-1].tolist() == [0.0, 0.0, 60.0]


def test_a_drone_that_cruises_brakes_on_its_way(planner: Planner, row: LegRow) -> None:
    now_ms = row.motion_from_ms + 60_000
    turn = turn_of(row, planner, now_ms=now_ms, hold_ms=0)
    flown_m = 15.0 * 60.0 - 15.0**2 / (2 * A)
    assert turn.at_ms - now_ms == pytest.approx(1000 * 15.0 / A, abs=1)
    assert turn.course.points_m[-1] == pytest.approx([flown_m + 15.0**2 / (2 * A), 0.0, 60.0])
    before, quiet = turn.course.part(-np.inf, now_ms / 1000 - 2.0), course_of(row, planner)
    for t_s in np.linspace(before.at_s[0], before.at_s[-1], 50):
        np.testing.assert_allclose(before.place(t_s), quiet.place(t_s), atol=0.8)


def test_a_drone_that_brakes_already_goes_no_further_than_its_leg(planner: Planner, row: LegRow) -> None:
    turn = turn_of(row, planner, now_ms=row.cruise_to_ms - 1_000, hold_ms=0)
    assert turn.at_ms <= row.cruise_to_ms
    assert turn.course.points_m[-1] == pytest.approx([1800.0, 0.0, 60.0], abs=1e-6)


def test_a_drone_that_waits_over_its_site_turns_at_once(planner: Planner, row: LegRow) -> None:
    turn = turn_of(row, planner, now_ms=row.cruise_to_ms + 12_000, hold_ms=30_000)
    assert (turn.at_ms, turn.hold_ms) == (row.cruise_to_ms + 12_000, 12_000)
    assert turn.course.at_s[-1] == turn.at_ms / 1000
    assert turn.course.points_m[-1].tolist() == [1800.0, 0.0, 60.0]


def test_a_leg_with_a_bend_is_flown_by_the_plan_of_its_last_turn(planner: Planner, row: LegRow) -> None:
    row.onward = planner.known_leg(0, 2)
    assert plan_of(row, planner) is row.onward


def test_energy_goes_by_the_share_of_time_and_never_below_nothing(row: LegRow) -> None:
    landed_ms = DEPARTED_MS + 200_000
    shares = [share_flown(row, at_ms=DEPARTED_MS + ms, landed_ms=landed_ms) for ms in (-3_000, 0, 50_000, 200_000)]
    assert shares == [0.0, 0.0, 0.25, 1.0]

"""What is booked is known: how seldom the clock wakes, and what an edit of a booking tells whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.dispatch import Decisions, DispatchView
from dronesim.simulation import ScriptedEvent, simulate
from dronesim.simulation.clock import Clock
from dronesim.simulation.engine import Day
from lab import OPEN_S, lab_inputs

ROOMY: dict[str, Any] = {
    "fleet": {"drones": (30,)},
    "takeoff_points": {"pads": (30,), "loaders": (30,)},
    "airports": {"pads": (30, 30), "unloaders": (30, 30), "boxes": (99, 99)},
    "couriers": {"count": (30,)},
    "pilots": {"count": 30},
    "airspace": {"mode": "none"},
}


def placed_s(count: int, every_s: float) -> Any:
    return OPEN_S + np.arange(count) * every_s


def test_the_clock_wakes_three_times_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parcel is ready, its drone is home, its drone is free; orders are placed in passing."""
    steps, honest = [0], Clock.step

    def step(self: Clock) -> None:
        steps[0] += 1
        honest(self)

    monkeypatch.setattr(Clock, "step", step)
    inputs = lab_inputs(placed_s(200, 61.0), rules=ROOMY)
    day = Day(inputs)
    day.run()
    begun = 30 + 1  # a process each for drones and intake
    wakes_of_intake = 200 / 2  # a courier is away for 90 s and more, so two orders 61 s apart come together
    assert steps[0] == pytest.approx(3 * 200 + begun + wakes_of_intake, abs=60)


def test_flights_know_their_times_when_they_are_booked_and_a_closed_airport_changes_them() -> None:
    inputs = lab_inputs((OPEN_S,), rules={**ROOMY, "batteries": {"hold_allowance_s": 600.0}})
    quiet = simulate(inputs).tables["orders"]
    arrives_s = float(quiet["arrived_s"][0])
    closed = ScriptedEvent(kind="airport_closed", at_s=arrives_s - 60.0, duration_s=100.0, airport=0)
    outcome = simulate(with_event(inputs, closed))
    gates.check_day(with_event(inputs, closed), outcome)
    held = outcome.tables["orders"]
    assert held["departed_s"][0] == quiet["departed_s"][0]
    assert held["arrived_s"][0] == pytest.approx(arrives_s - 60.0 + 100.0)
    assert held["delivered_s"][0] - held["arrived_s"][0] == pytest.approx(
        float(quiet["delivered_s"][0]) - arrives_s, abs=1e-6
    )


def with_event(inputs: Any, event: ScriptedEvent) -> Any:
    return replace(inputs, rules=replace(inputs.rules, events=(event,)))


def test_the_boards_expect_a_held_drone_later() -> None:
    """A second order is placed in the hold: by then the view has the new time at which the drone is free."""
    seen: list[tuple[float, float]] = []

    def watching(view: DispatchView) -> Decisions:
        decisions = Decisions()
        seen.append((view.now_s, float(view.drones.expected_free_s[0])))
        for order, drone in zip(view.ready, view.free_drones, strict=False):
            decisions.assign(order, drone)
        return decisions

    rules = {**ROOMY, "fleet": {"drones": (1,)}, "batteries": {"hold_allowance_s": 600.0}}
    inputs = lab_inputs((OPEN_S, OPEN_S + 300.0), rules=rules, policy=watching)
    simulate(inputs)
    quiet_s = max(free_s for now_s, free_s in seen if now_s < free_s)
    flight = simulate(inputs).tables["legs"]
    closed = ScriptedEvent(
        kind="airport_closed", at_s=float(flight["departed_s"][0]) + 10.0, duration_s=400.0, airport=0
    )
    seen.clear()
    outcome = simulate(with_event(inputs, closed))
    hold_s = float(outcome.tables["legs"]["hold_s"][0])
    assert hold_s > 60.0
    assert max(free_s for _, free_s in seen[:3]) > quiet_s


def test_a_budget_of_flight_hours_may_end_in_a_diversion() -> None:
    inputs = lab_inputs((OPEN_S,), rules=ROOMY)
    flight = simulate(inputs).tables["legs"]
    departed_s, landed_s = float(flight["departed_s"][0]), float(flight["landed_s"][0])
    turns_s = departed_s + 60.0
    diverted = with_event(inputs, ScriptedEvent(kind="divert", at_s=turns_s))
    legs = simulate(diverted).tables["legs"]
    assert legs["kind"].tolist()[:2] == ["outbound", "divert"]
    begins_s = float(legs["departed_s"][1])
    budget_h = (begins_s - departed_s + 20.0) / 3600
    assert budget_h * 3600 < landed_s - departed_s
    failing = replace(
        diverted, drones=replace(diverted.drones, budget_h=np.full_like(diverted.drones.budget_h, budget_h))
    )
    found = simulate(failing)
    gates.check_day(failing, found)
    assert found.tables["legs"]["outcome"].tolist() == ["diverted", "down"]
    (fails,) = [row for row in gates.rows(found.tables["incidents"]) if row["kind"] == "drone_fails"]
    assert fails["time_s"] / 1000 == pytest.approx(begins_s + 20.0, abs=0.01)


def test_a_leg_in_the_air_at_the_close_has_its_energy_up_to_then() -> None:
    inputs = lab_inputs((OPEN_S,), rules=ROOMY)
    whole = simulate(inputs).tables["legs"]
    departed_s, landed_s = float(whole["departed_s"][0]), float(whole["landed_s"][0])
    middle_s, found_wh = (departed_s + landed_s) / 2, []
    for end_s in (departed_s + 10.0, departed_s + 20.0, middle_s, middle_s + 10.0, middle_s + 20.0):
        short = replace(inputs.rules.horizon, end_s=end_s, drain_s=0.0)
        legs = simulate(replace(inputs, rules=replace(inputs.rules, horizon=short))).tables["legs"]
        assert legs["outcome"].tolist() == ["open"]
        assert np.isnan(legs["landed_s"]).all()
        found_wh.append(float(legs["energy_wh"][0]))
        drop = float(legs["charge_start"][0] - legs["charge_end"][0])
        assert drop * inputs.aircraft.drone_type.usable_wh == pytest.approx(found_wh[-1])
    # each phase has a power of its own; this aircraft takes most in its cruise
    climb_w, second_w, _, *cruise_w = np.diff([0.0, *found_wh]) * 360.0
    assert climb_w == pytest.approx(second_w)
    assert cruise_w[0] == pytest.approx(cruise_w[1])
    assert 0 < climb_w < 0.95 * cruise_w[0]
    rest_w = (whole["energy_wh"][0] - found_wh[-1]) * 3600.0 / (landed_s - middle_s - 20.0)
    assert 0 < rest_w < 0.95 * cruise_w[0]


def test_legs_are_numbered_by_take_off() -> None:
    outcome = simulate(lab_inputs(placed_s(60, 20.0), rules=ROOMY))
    legs = outcome.tables["legs"]
    assert (np.diff(legs["departed_s"]) >= 0).all()
    assert legs["leg"].tolist() == list(range(len(legs["leg"])))
    first = {}
    for sortie, departed_s in zip(legs["sortie"].tolist(), legs["departed_s"].tolist(), strict=True):
        first.setdefault(sortie, departed_s)
    assert list(first) == sorted(first)

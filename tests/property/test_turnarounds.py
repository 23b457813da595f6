"""Packs that fly more than once before they are swapped or charged, on random days: when they are, and what is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_engine import assert_no_deadlock
from test_flown_motion import windy_days

import gates
from dronesim.aircraft import Multirotor
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.simulation.batteries import Batteries
from dronesim.simulation.shortages import Shortages
from dronesim.verify.energy import energy
from dronesim.verify.turnarounds import turnarounds
from exploring import examples
from lab import OPEN_S, lab_inputs
from test_planted_laws import as_read
from worlds import days

THRESHOLDS = (0.0, 0.4, 0.6, 0.8, 0.95, 1.0)


def with_packs(inputs: SimulationInputs, *, turnaround_below: float, pack_wh: float) -> SimulationInputs:
    batteries = replace(inputs.rules.batteries, turnaround_below=turnaround_below)
    aircraft = Multirotor(replace(inputs.aircraft.drone_type, pack_wh=pack_wh))
    return replace(inputs, rules=replace(inputs.rules, batteries=batteries), aircraft=aircraft)


@st.composite
def frugal_days(draw: st.DrawFn, *, has_trouble: bool) -> SimulationInputs:
    """Days whose sorties take anything from a small share of a pack to all of it.

    Shared fleets have large packs: with small ones a drone elsewhere might not reach an order's take-off point and fly
    it too, however well it is charged.
    """
    inputs = draw(days(has_trouble=has_trouble))
    sizes = [500.0] if inputs.rules.fleet.is_shared else [120.0, 250.0, 500.0]
    threshold, pack_wh = draw(st.sampled_from(THRESHOLDS)), draw(st.sampled_from(sizes))
    return with_packs(inputs, turnaround_below=threshold, pack_wh=pack_wh)


def breaches(outcome: Outcome) -> list[str]:
    run = as_read(outcome)
    return [words for check in (turnarounds, energy) for words in check(run).violations]


@examples(150)
@given(frugal_days(has_trouble=True))
def test_gates_and_checks_pass_and_no_order_waits_for_ever_beside_a_drone_with_too_little_charge(
    inputs: SimulationInputs,
) -> None:
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert breaches(outcome) == []
    assert_no_deadlock(inputs, outcome)


@examples(60)
@given(windy_days(), st.sampled_from(THRESHOLDS), st.sampled_from([250.0, 500.0]))
def test_checks_pass_where_a_wind_makes_orders_ask_for_more(
    inputs: SimulationInputs, threshold: float, pack_wh: float
) -> None:
    assert breaches(simulate(with_packs(inputs, turnaround_below=threshold, pack_wh=pack_wh))) == []


@examples(60)
@given(frugal_days(has_trouble=False))
def test_on_a_quiet_day_every_order_in_reach_is_brought(inputs: SimulationInputs) -> None:
    states = simulate(inputs).tables["orders"]["end_state"]
    assert set(states) <= {"collected", "unclaimed", "refused"}


@examples(40)
@given(days(), st.sampled_from([0.95, 0.97, 1.0]))
def test_any_threshold_from_charge_to_on_is_after_each_return(inputs: SimulationInputs, threshold: float) -> None:
    usual, same = (simulate(with_packs(inputs, turnaround_below=below, pack_wh=250.0)) for below in (1.0, threshold))
    for name, table in usual.tables.items():
        for column, values in table.items():
            np.testing.assert_array_equal(values, same.tables[name][column], err_msg=f"{name}.{column}")


# an order that asks for more


def two_orders(mode: str, *, below: float, spare_packs: int, airport: Any = (0, 1)) -> SimulationInputs:
    """One drone; its first order is near, its second, an hour later, far; a far sortie needs more than half a pack."""
    inputs = lab_inputs(
        (OPEN_S, OPEN_S + 3600.0),
        airports_xy=((600.0, 0.0), (2900.0, 0.0)),
        orders={"airport": list(airport), "mass_kg": 2.0},
        rules={
            "fleet": {"drones": (1,)},
            "batteries": {"mode": mode, "packs": (spare_packs,), "chargers": (1,)},
            "horizon": {"drain_s": 1e5},
        },
    )
    return with_packs(inputs, turnaround_below=below, pack_wh=280.0)


@pytest.mark.parametrize("mode", ["swap", "charge"])
@pytest.mark.parametrize("spare_packs", [0, 1])
def test_a_drone_with_too_little_left_is_turned_around_when_the_order_is_ready(mode: str, spare_packs: int) -> None:
    inputs = two_orders(mode, below=0.3, spare_packs=spare_packs)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    _, second = gates.rows(outcome.tables["orders"])
    near, far = (leg for leg in gates.rows(outcome.tables["legs"]) if leg["kind"] == "outbound")
    assert (near["charge_start"], far["charge_start"]) == (0.95, 0.95)
    assert second["end_state"] == "collected"
    if mode == "swap" and spare_packs:
        assert second["assigned_s"] == second["ready_s"] + 60_000, "it waits for the swap, no longer"
    else:
        assert second["assigned_s"] > second["ready_s"] + 60_000, "it waits for a charger, too"


@pytest.mark.parametrize("mode", ["swap", "charge"])
def test_a_pack_with_enough_left_flies_again_at_once(mode: str) -> None:
    outcome = simulate(two_orders(mode, below=0.3, spare_packs=1, airport=(0, 0)))
    first, back, second, _ = gates.rows(outcome.tables["legs"])
    assert second["charge_start"] == back["charge_end"] < 0.95
    assert second["pack"] == first["pack"]
    assert not [row for row in gates.rows(outcome.tables["occupancy"]) if row["resource"] == "charger"]
    assert outcome.tables["orders"]["assigned_s"].tolist() == outcome.tables["orders"]["ready_s"].tolist()


def test_as_many_drones_are_turned_around_as_orders_are_short_of() -> None:
    """Four drones stand half charged; of two far orders each gets one, and two keep their packs."""
    inputs = lab_inputs(
        (*(OPEN_S + 10.0 * np.arange(4)), OPEN_S + 7200.0, OPEN_S + 7200.0),
        airports_xy=((600.0, 0.0), (2900.0, 0.0)),
        orders={"airport": [0, 0, 0, 0, 1, 1], "mass_kg": 2.0},
        rules={"fleet": {"drones": (4,)}, "batteries": {"packs": (6,), "chargers": (6,)}},
    )
    outcome = simulate(with_packs(inputs, turnaround_below=0.3, pack_wh=280.0))
    packs = [row for row in gates.rows(outcome.tables["occupancy"]) if row["resource"] == "pack"]
    assert len(packs) == 4 + 2
    assert set(outcome.tables["orders"]["end_state"]) == {"collected"}


# what policies see


class Spy:
    """A policy that notes of each drone what is forecast of it, and of each that is free what it has."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy
        self.forecasts: dict[int, tuple[float, float]] = {}
        self.found: list[tuple[tuple[float, float], tuple[float, float]]] = []

    def __call__(self, view: DispatchView) -> Decisions:
        columns = view.drones
        rows = zip(*(column.tolist() for column in (columns.drone, columns.charge, columns.is_free)), strict=True)
        for (drone, charge, is_free), free_s in zip(rows, columns.expected_free_s.tolist(), strict=True):
            if is_free and drone in self.forecasts:
                self.found.append((self.forecasts.pop(drone), (free_s, charge)))
            elif not is_free:
                self.forecasts[drone] = (free_s, charge)
        decisions: Decisions = self._policy(view)
        return decisions


@pytest.mark.parametrize("mode", ["swap", "charge"])
@pytest.mark.parametrize("below", [0.3, 0.7, 1.0])
def test_what_is_forecast_of_a_busy_drone_comes_true_on_a_quiet_day(mode: str, below: float) -> None:
    """When it is free again and with what charge, to the bit, where nobody is in its way on the ground."""
    spy, roomy = Spy(POLICIES["nearest"]), (20,)
    inputs = lab_inputs(
        OPEN_S + 130.0 * np.arange(40),
        orders={"airport": np.arange(40) % 2},
        rules={"fleet": {"drones": (8,)}, "batteries": {"mode": mode, "packs": roomy, "chargers": roomy}},
        policy=spy,
    )
    outcome = simulate(with_packs(inputs, turnaround_below=below, pack_wh=250.0))
    assert set(outcome.tables["orders"]["end_state"]) == {"collected"}
    assert len(spy.found) > 10
    for forecast, found in spy.found:
        assert forecast == found


# faults that the checker must see


def busy_day(mode: str = "swap", below: float = 0.6) -> SimulationInputs:
    inputs = lab_inputs(
        OPEN_S + 150.0 * np.arange(40),
        orders={"airport": np.arange(40) % 2},
        rules={"batteries": {"mode": mode}, "horizon": {"drain_s": 1e5}},
    )
    return with_packs(inputs, turnaround_below=below, pack_wh=500.0)


def due_below(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    """Let the engine turn drones around below another share than is stated."""
    honest = Batteries.__init__

    def other(self: Batteries, *given: Any, **named: Any) -> None:
        honest(self, *given, **named)
        self._due_below = share

    monkeypatch.setattr(Batteries, "__init__", other)


@pytest.mark.parametrize("mode", ["swap", "charge"])
@pytest.mark.parametrize(("share", "says"), [(0.4, "below 0.6, and takes off with"), (0.9, "no order waits there")])
def test_a_pack_that_flies_on_too_long_or_not_long_enough_is_seen(
    mode: str, share: float, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert breaches(simulate(busy_day(mode))) == []
    due_below(monkeypatch, share)
    assert says in "\n".join(breaches(simulate(busy_day(mode))))


def test_a_pack_that_is_fitted_half_charged_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Batteries.put_on_drone

    def half(self: Batteries, drone: Any, pack: int, at_ms: int) -> None:
        honest(self, drone, pack, at_ms)
        drone.charge = 0.8

    monkeypatch.setattr(Batteries, "put_on_drone", half)
    assert "takes off with 0.8" in "\n".join(breaches(simulate(busy_day())))
    assert "begins the day with charge 0.8" in "\n".join(breaches(simulate(busy_day(below=0.3))))


def test_without_the_rule_for_short_orders_one_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the property above is one: this is the deadlock that it would find."""
    monkeypatch.setattr(Shortages, "meet", lambda *_given: None)
    outcome = simulate(two_orders("swap", below=0.3, spare_packs=1))
    assert outcome.tables["orders"]["end_state"].tolist() == ["collected", "open"]

"""No policy brings more orders on time than the bound of the day says, whatever the day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.bounds.day import bound_of
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.metrics.service import is_on_time
from dronesim.simulation import SimulationInputs, simulate
from exploring import examples
from worlds import Restless, days


def on_time(inputs: SimulationInputs, policy: Any) -> int:
    promise = inputs.rules.service
    orders = simulate(replace(inputs, policy=policy)).tables["orders"]
    return int(is_on_time(orders, clock=promise.clock, limit_s=promise.limit_s).sum())


def policies(inputs: SimulationInputs) -> list[Any]:
    """Every shipped policy, that of the day, and two without sense."""
    fleet = inputs.rules.fleet
    restless = [
        Restless(seed=seed, is_shared=fleet.is_shared, takeoff_points=len(fleet.drones), is_hasty=bool(seed))
        for seed in (0, 1)
    ]
    return [inputs.policy, *POLICIES.values(), *restless]


def promised(inputs: SimulationInputs, *, clock: str, limit_s: float) -> SimulationInputs:
    """The day with another promise; with that from ready on nobody refuses, for then the bound has no end of it."""
    rules, service = inputs.rules, replace(inputs.rules.service, clock=clock, limit_s=limit_s)
    dispatch = replace(rules.dispatch, may_refuse=rules.dispatch.may_refuse and clock == "placed")
    return replace(inputs, rules=replace(rules, service=service, dispatch=dispatch))


@pytest.mark.parametrize("has_trouble", [False, True])
def test_no_policy_is_above_the_bound(has_trouble: bool) -> None:
    @examples(15)
    @given(
        days(has_trouble=has_trouble),
        st.sampled_from(["placed", "placed", "ready"]),
        st.sampled_from([420.0, 600.0, 900.0]),
    )
    def check(inputs: SimulationInputs, clock: str, limit_s: float) -> None:
        day = promised(inputs, clock=clock, limit_s=limit_s)
        most = bound_of(day).on_time
        found = [on_time(day, policy) for policy in policies(day)]
        assert max(found) <= most, found

    check()


class Choosy:
    """First-job-first, which refuses two of three orders as soon as they are placed."""

    def __call__(self, view: DispatchView) -> Decisions:
        decisions = Decisions()
        for order in view.refusable:
            if order % 3:
                decisions.refuse(order)
        for each in POLICIES["nearest"](view):
            if each.order not in view.refusable:
                decisions.assign(each.order, each.drone)
        return decisions


def refusing(inputs: SimulationInputs) -> SimulationInputs:
    """The same day with one courier at each take-off point, whose policy may refuse."""
    rules = inputs.rules
    couriers = replace(rules.couriers, count=(1,) * len(rules.fleet.drones))
    dispatch = replace(rules.dispatch, may_refuse=True)
    return replace(inputs, rules=replace(rules, couriers=couriers, dispatch=dispatch))


@examples(15)
@given(days(has_trouble=False).map(refusing), st.sampled_from([420.0, 600.0, 900.0]))
def test_no_policy_that_refuses_is_above_the_bound(inputs: SimulationInputs, limit_s: float) -> None:
    day = promised(inputs, clock="placed", limit_s=limit_s)
    most = bound_of(day).on_time
    found = [on_time(day, policy) for policy in (day.policy, Choosy(), policies(day)[-1])]
    assert max(found) <= most, found


def staying(inputs: SimulationInputs) -> SimulationInputs:
    """The same day with a shared fleet whose drones stay at the airport where their last parcel was unloaded."""
    rules = inputs.rules
    return replace(
        inputs,
        rules=replace(
            rules,
            fleet=replace(rules.fleet, stays=True, is_shared=True),
            airspace=replace(rules.airspace, mode="headway"),
            batteries=replace(rules.batteries, turnaround_below=0.5),
        ),
    )


@examples(10)
@given(days(has_trouble=False).map(staying), st.sampled_from([420.0, 600.0, 900.0]))
def test_no_policy_is_above_the_bound_where_drones_stay(inputs: SimulationInputs, limit_s: float) -> None:
    day = promised(inputs, clock="placed", limit_s=limit_s)
    most = bound_of(day).on_time
    found = [on_time(day, policy) for policy in policies(day)]
    assert max(found) <= most, found

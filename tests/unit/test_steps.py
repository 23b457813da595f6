"""A day from view to view: whoever sends back what its policy would decide has the same day, and may fork it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.errors import PolicyError
from dronesim.simulation import Day, Outcome, ScriptedEvent, SimulationInputs, Steps, simulate
from lab import lab_inputs

Policy = Callable[[DispatchView], Any]


def busy(**changes: Any) -> SimulationInputs:
    """Sixty orders for a shared fleet, a closed airport, and a drone that fails."""
    rng = np.random.default_rng(3)
    events = (
        ScriptedEvent(kind="airport_closed", at_s=37_000.0, airport=0, duration_s=600.0),
        ScriptedEvent(kind="drone_fails", at_s=37_500.0, drone=1),
    )
    return lab_inputs(
        36000.0 + np.sort(rng.uniform(0, 3000, 60)),
        homes_xy=((0.0, 0.0), (900.0, 300.0)),
        rules={"fleet": {"drones": (3, 2), "is_shared": True}, "events": events},
        orders={"takeoff_point": rng.integers(0, 2, 60), "airport": rng.integers(0, 2, 60)},
        **changes,
    )


def pass_by(
    steps: Steps, policy: Policy, view: DispatchView | None = None, *, views: int = 10**9
) -> DispatchView | None:
    """Decide on so many views, from a given one on; gives the one after."""
    view = next(steps) if view is None else view
    for _ in range(views):
        try:
            view = steps.send(policy(view))
        except StopIteration:
            return None
    return view


def is_same(day: Outcome, other: Outcome) -> bool:
    same = [
        np.array_equal(day.tables[name][column], other.tables[name][column], equal_nan=values.dtype.kind == "f")
        for name, table in other.tables.items()
        for column, values in table.items()
    ]
    return all(same) and day.facts == other.facts


def seen(view: DispatchView) -> tuple[Any, ...]:
    columns = (view.delivery_s.tolist(), view.drones.expected_free_s.tolist(), view.orders.due_s.tolist())
    return (view.now_s, view.waiting, view.ready, view.free_drones, *columns)


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_a_day_in_steps_is_the_day_of_its_policy(name: str) -> None:
    inputs = busy(policy=name)
    day = Day(inputs)
    assert pass_by(day.steps(), POLICIES[name]) is None
    assert is_same(day.write_down(), simulate(inputs))


def test_a_fork_sees_what_the_day_saw_and_goes_its_own_way_without_touching_it() -> None:
    inputs = busy(policy="greedy")
    day = Day(inputs)
    steps = day.steps()
    view = pass_by(steps, POLICIES["greedy"], views=40)
    assert view is not None
    fork, other = day.fork(), day.fork()
    fork_steps, other_steps = fork.steps(), other.steps()
    begun = [next(fork_steps), next(other_steps)]
    assert [seen(each) for each in begun] == [seen(view)] * 2
    pass_by(other_steps, lambda _view: (), begun[1])
    pass_by(fork_steps, POLICIES["greedy"], begun[0])
    pass_by(steps, POLICIES["greedy"], view)
    plain = simulate(inputs)
    assert is_same(fork.write_down(), plain)
    assert is_same(day.write_down(), plain)
    assert not is_same(other.write_down(), plain)


def test_a_fork_of_a_fork_begins_where_that_one_is() -> None:
    day = Day(busy())
    steps = day.steps()
    pass_by(steps, POLICIES["nearest"], views=10)
    fork = day.fork()
    view = pass_by(fork.steps(), POLICIES["nearest"], views=7)
    assert view is not None
    assert seen(next(fork.fork().steps())) == seen(view)


def test_an_illegal_decision_is_told_to_who_sent_it() -> None:
    def hasty(view: DispatchView) -> Decisions:
        decisions = Decisions()
        decisions.assign(0, 99)
        return decisions

    day = Day(replace(busy(), policy_name="hasty"))
    with pytest.raises(PolicyError, match=r"policy hasty at 10:.*illegal decision"):
        pass_by(day.steps(), hasty)

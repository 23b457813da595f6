"""Policies that only pair ready orders with free drones are not asked where there are none: no day goes otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.dispatch import POLICIES, Decisions, DispatchView, pairs_only
from dronesim.experiment.contract.views import view_of
from dronesim.simulation import SimulationInputs, simulate
from worlds import days

MARKED = sorted(name for name, policy in POLICIES.items() if pairs_only(policy))


class Counting:
    """Asks a policy, and counts how often it is asked; marked only where that is said."""

    def __init__(self, policy: Any, *, is_marked: bool) -> None:
        self._policy = policy
        self.only_pairs = is_marked
        self.asked = 0
        self.in_vain = 0

    def __call__(self, view: DispatchView) -> Decisions:
        self.asked += 1
        self.in_vain += not (view.ready and view.free_drones)
        decided: Decisions = self._policy(view)
        return decided


def test_those_that_look_ahead_are_asked_always() -> None:
    assert set(POLICIES) - set(MARKED) == {"reposition", "rollout"}


@pytest.mark.parametrize("name", MARKED)
def test_a_marked_policy_decides_nothing_without_both(name: str) -> None:
    policy = POLICIES[name]
    assert not len(policy(view_of([[5000, 6000]], ready=[])))
    assert not len(policy(view_of([[]], ready=[0])))


@given(inputs=days(), name=st.sampled_from(MARKED))
def test_days_are_the_same_whether_or_not_it_is_asked_in_vain(inputs: SimulationInputs, name: str) -> None:
    counters = [Counting(POLICIES[name], is_marked=is_marked) for is_marked in (True, False)]
    first, second = (simulate(replace(inputs, policy=counter, policy_name=name)) for counter in counters)
    assert counters[0].in_vain == 0
    assert counters[0].asked == counters[1].asked - counters[1].in_vain == len(first.decided_ns)
    assert first.facts == second.facts
    for table, columns in second.tables.items():
        for column, values in columns.items():
            np.testing.assert_array_equal(first.tables[table][column], values)

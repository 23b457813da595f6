"""What a scenario says of failures is what its drones are drawn by: how often, and how many are lost for good."""

from __future__ import annotations

import math

import numpy as np
import pytest

from command import TINY
from dronesim.experiment.compose import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.simulation import DroneColumns

FLEET = 4000


def drawn(*settings: str, fleet: int = FLEET, replication: int = 0) -> DroneColumns:
    """The failures of a large fleet."""
    scenario = load_scenario(TINY, [f"fleet.drones={fleet}", *settings])
    return prepare(set_up(scenario), replication=replication).drones


def test_the_share_that_is_lost_is_the_one_stated() -> None:
    """4 standard errors of a binomial share; inverted it would be 0.9."""
    share = drawn("faults.failures_per_flight_hour=0.5", "faults.loss_share=0.1").is_loss.mean()
    assert share == pytest.approx(0.1, abs=4 * math.sqrt(0.1 * 0.9 / FLEET))


def test_whether_a_drone_is_lost_does_not_depend_on_when_it_fails() -> None:
    """The mean budget of the lost ones is that of all, within 4 standard errors."""
    found = drawn("faults.failures_per_flight_hour=0.5", "faults.loss_share=0.1")
    lost_h = found.budget_h[found.is_loss]
    assert lost_h.mean() == pytest.approx(2.0, abs=4 * 2.0 / math.sqrt(len(lost_h)))


@pytest.mark.parametrize(("loss_share", "is_lost"), [(0.0, False), (1.0, True)])
def test_none_or_all_are_lost_where_that_is_stated(loss_share: float, is_lost: bool) -> None:
    found = drawn("faults.failures_per_flight_hour=0.5", f"faults.loss_share={loss_share}", fleet=50)
    assert found.is_loss.tolist() == [is_lost] * 50


def test_drones_fly_as_many_hours_as_the_stated_rate_gives_them() -> None:
    """The mean of exponential budgets is 1 / rate, within 4 standard errors."""
    budget_h = drawn("faults.failures_per_flight_hour=0.5").budget_h
    assert budget_h.mean() == pytest.approx(2.0, abs=4 * 2.0 / math.sqrt(FLEET))


def test_without_a_rate_no_drone_ever_fails() -> None:
    found = drawn("faults.loss_share=1.0", fleet=50)
    assert np.isinf(found.budget_h).all()
    assert not found.is_loss.any()


def test_spares_have_budgets_of_their_own_and_move_nobodys() -> None:
    rate = "faults.failures_per_flight_hour=0.5"
    few, many = drawn(rate, fleet=6), drawn(rate, "fleet.spares=4", fleet=6)
    assert (len(few.budget_h), len(many.budget_h), len(many.is_loss)) == (6, 10, 10)
    assert many.budget_h[:6].tolist() == few.budget_h.tolist()
    assert len(set(many.budget_h.tolist())) == 10


def test_each_day_draws_failures_of_its_own() -> None:
    rate = "faults.failures_per_flight_hour=0.5"
    one, other = (drawn(rate, "faults.loss_share=0.5", fleet=50, replication=day) for day in (0, 1))
    assert one.budget_h.tolist() != other.budget_h.tolist()
    assert one.is_loss.tolist() != other.is_loss.tolist()

"""Controls of service levels: what is known of days that are not simulated, and when it is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from command import TINY
from dronesim.experiment import controls
from dronesim.experiment.bench import draw_shadows, ready
from dronesim.experiment.compose import prepare
from dronesim.experiment.controls import Controls
from dronesim.experiment.points import Point
from dronesim.experiment.runner import open_runner
from dronesim.experiment.study import Study
from dronesim.simulation import shadow_counts, sortie_times

FEW = 60


@pytest.fixture(autouse=True)
def few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "DAYS", FEW)
    monkeypatch.setattr(controls, "FEWEST_DAYS", FEW)


def point(*settings: str) -> Point:
    return Study(path=TINY, settings=("demand.orders=40", "dispatch.policy=greedy", *settings)).point()


def shares(variant: Point, numbers: range) -> np.ndarray:
    """Shares on time by shadow, who is oldest first and who can still be on time first, ``(days, 2)``."""
    setting, days = ready(variant), draw_shadows(variant, numbers)
    own, times = setting.resolved.rules.fleet.drones, sortie_times(prepare(setting))
    in_range = days.counted(days.is_near, takeoff_points=len(own)).sum(axis=1)
    found = [shadow_counts(days, times, drones=own, saves=saves) for saves in (False, True)]
    return np.column_stack([on_time.sum(axis=1) / in_range for on_time in found])


@pytest.mark.parametrize("law", ["{kind='constant'}", "{kind='gamma', sd=0.3}"])
def test_the_mean_of_a_control_is_that_of_days_which_no_run_simulates(law: str) -> None:
    variant = point(f"demand.days={law}")
    with open_runner(workers=1) as runner:
        known = Controls(runner, by_takeoff_point=False)
        control = known.control(variant)
        own = known.values(variant, range(5))
    assert control is not None
    expected = shares(variant, range(controls.FIRST_DAY, controls.FIRST_DAY + FEW))
    assert control.mean[0] == pytest.approx(expected.mean(axis=0))
    np.testing.assert_allclose(control.many[:, 0] + control.mean[0], expected, rtol=1e-12)
    np.testing.assert_array_equal(own[:, 0], shares(variant, range(5)))


def test_controls_are_the_same_from_processes() -> None:
    found = []
    for workers in (1, 2):
        with open_runner(workers=workers, first=point()) as runner:
            found.append(Controls(runner, by_takeoff_point=True).control(point()))
    assert found[0] is not None
    assert found[1] is not None
    np.testing.assert_array_equal(found[0].mean, found[1].mean)
    assert found[0].mean.shape == (len(ready(point()).world.takeoff_points), 2)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_control_is_found_while_days_are_run(workers: int) -> None:
    variant = point("fleet.drones=4")
    with open_runner(workers=workers, first=point()) as runner:
        alone = Controls(runner, by_takeoff_point=False).control(variant)
        known = Controls(runner, by_takeoff_point=False)
        with known.found_beside(variant):
            records = runner.records(variant, range(2))
        found = known.control(variant)
        with pytest.raises(ZeroDivisionError), Controls(runner, by_takeoff_point=False).found_beside(variant):
            _ = 1 / 0
    assert alone is not None
    assert found is not None
    np.testing.assert_array_equal(found.mean, alone.mean)
    assert [record["replication"] for record in records] == [0, 1]


def test_a_policy_that_does_not_look_at_promises_has_one_control() -> None:
    with open_runner(workers=1) as runner:
        known = Controls(runner, by_takeoff_point=False)
        one, two = (known.control(point(f"dispatch.policy={policy}")) for policy in ("nearest", "greedy"))
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.mean, two.mean[:, :1])


def test_another_fleet_meets_the_days_drawn_already_and_other_kitchens_do_not() -> None:
    drawn = []
    with open_runner(workers=1) as runner:
        gather = runner.gather
        runner.gather = lambda function, calls: drawn.append(len(calls)) or gather(function, calls)  # type: ignore[method-assign, assignment, func-returns-value]
        known = Controls(runner, by_takeoff_point=False)
        more, fewer = (known.control(point(f"fleet.drones={drones}")) for drones in (9, 1))
        assert len(drawn) == 1
        known.control(point("kitchens.preparation.mean_min=9"))
        assert len(drawn) == 2
    assert more is not None
    assert fewer is not None
    assert more.mean[0, 0] > fewer.mean[0, 0]


def test_days_of_very_many_orders_have_no_control(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "MOST_ORDERS", 100)
    with open_runner(workers=1) as runner:
        assert Controls(runner, by_takeoff_point=False).control(point()) is None


def test_a_district_without_orders_in_range_has_no_control() -> None:
    with open_runner(workers=1) as runner:
        assert Controls(runner, by_takeoff_point=False).control(point("service.radius_m=1")) is None

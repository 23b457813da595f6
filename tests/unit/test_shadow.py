"""The shadow of a day: one queue a take-off point, against a slow twin and against days with nothing else short."""

from __future__ import annotations

import heapq
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dronesim.metrics import kpis
from dronesim.simulation import (
    ShadowDays,
    SimulationInputs,
    SortieTimes,
    join_days,
    shadow_counts,
    shadow_day,
    shadow_rules,
    simulate,
    sortie_times,
    unhindered_counts,
    unhindered_s,
)
from lab import lab_inputs

PLENTY = 50


def random_day(number: int, *, drones: tuple[int, ...] = (2, 3)) -> SimulationInputs:
    rng = np.random.default_rng([77, number])
    count = 120
    placed_s = np.sort(36000.0 + rng.uniform(0, 3600, count))
    columns = {"takeoff_point": rng.integers(0, 2, count), "airport": rng.integers(0, 2, count)}
    homes_xy = ((0.0, 0.0), (600.0, 300.0))
    return lab_inputs(
        placed_s,
        homes_xy=homes_xy,
        rules={
            "fleet": {"drones": drones, "spares": (0, 0)},
            "takeoff_points": {"pads": (6, 6)},
            "airports": {"pads": (6, 6), "unloaders": (6, 6)},
        },
        orders=columns,
    )


def shadow_of(day: SimulationInputs) -> ShadowDays:
    return shadow_day(day.orders, shadow_rules(day.rules, day.aircraft.drone_type))


def slow_on_time(days: ShadowDays, times: SortieTimes, drones: tuple[int, ...]) -> NDArray[np.int64]:
    """The twin: a heap of the times at which drones are free."""
    counts = []
    for queue, (first, last) in enumerate(zip(days.bounds[:-1], days.bounds[1:], strict=True)):
        home, on_time = queue % len(drones), 0
        free = [0] * drones[home]
        for row in range(first, last if free else first):
            if days.is_carried[row]:
                start = max(int(days.ready_ms[row]), free[0])
                heapq.heapreplace(free, start + int(times.available_ms[home, days.airport[row]]))
                on_time += start + times.deliver_ms[home, days.airport[row]] <= days.due_ms[row]
        counts.append(on_time)
    return np.array(counts).reshape(-1, len(drones))


@pytest.mark.parametrize("drones", [(2, 3), (1, 0), (4, 4)])
def test_shadows_of_several_days_are_those_of_the_slow_twin(drones: tuple[int, ...]) -> None:
    inputs = [random_day(number) for number in range(4)]
    days, times = join_days([shadow_of(day) for day in inputs]), sortie_times(inputs[0])
    in_range, on_time = shadow_counts(days, times, drones=drones)
    np.testing.assert_array_equal(on_time, slow_on_time(days, times, drones))
    assert in_range.sum(axis=1).tolist() == [120] * 4
    assert (on_time <= in_range).all()
    assert 0 < on_time.sum() < in_range.sum()


def test_days_put_together_have_the_counts_that_they_have_alone() -> None:
    days = [shadow_of(random_day(number)) for number in range(3)]
    times = sortie_times(random_day(0))
    together = shadow_counts(join_days(days), times, drones=(2, 2))
    for number, day in enumerate(days):
        alone = shadow_counts(day, times, drones=(2, 2))
        assert [counts[number].tolist() for counts in together] == [counts[0].tolist() for counts in alone]


def test_with_drones_in_plenty_a_shadow_is_the_ceiling() -> None:
    inputs = random_day(0)
    inputs = replace(inputs, rules=replace(inputs.rules, airspace=replace(inputs.rules.airspace, mode="none")))
    days, times = join_days([shadow_of(inputs), shadow_of(random_day(1))]), sortie_times(inputs)
    in_range, on_time = shadow_counts(days, times, drones=(PLENTY, PLENTY))
    np.testing.assert_array_equal(unhindered_counts(days, times), on_time)
    in_range, on_time = in_range[0], on_time[0]
    door_s, _ = unhindered_s(inputs)
    met = int((door_s <= inputs.rules.service.limit_s).sum())
    assert (int(on_time.sum()), int(in_range.sum())) == (met, 120)


def test_orders_that_no_drone_carries_miss_and_take_no_drone() -> None:
    day = random_day(0)
    heavy = replace(day, orders=replace(day.orders, mass_kg=np.full(120, 99.0)))
    shadow = shadow_of(heavy)
    in_range, on_time = shadow_counts(shadow, sortie_times(heavy), drones=(2, 3))
    assert (int(in_range.sum()), int(on_time.sum())) == (120, 0)


def test_days_that_are_hard_for_drones_alone_are_hard() -> None:
    """Correlation of 60 short days with their shadows: at 0.5 its standard error is 0.1; far less would be no help."""
    days = [random_day(number, drones=(4, 4)) for number in range(60)]
    outcomes = [simulate(day) for day in days]
    levels = [kpis(outcome.tables, outcome.facts)["service"]["share"] for outcome in outcomes]
    shadows = join_days([shadow_of(day) for day in days])
    in_range, on_time = shadow_counts(shadows, sortie_times(days[0]), drones=(4, 4))
    assert np.corrcoef(levels, on_time.sum(axis=1) / in_range.sum(axis=1))[0, 1] > 0.7

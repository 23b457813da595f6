"""The shadow of a day: drones and lanes, against a slow twin and against days with nothing else short."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

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


@dataclass
class Lane:
    """A lane with the times from which on somebody has it, for a time that is the same for all."""

    hold_ms: int
    taken_ms: list[int] = field(default_factory=list)

    def first(self, at_ms: int) -> int:
        """The first time at or after one that is as far from all others as it has to be."""
        later = [at_ms, *(taken + self.hold_ms for taken in self.taken_ms)]
        free = (time for time in sorted(later) if all(abs(time - taken) >= self.hold_ms for taken in self.taken_ms))
        return next(time for time in free if time >= at_ms)


def passed(lanes: list[tuple[Lane, int]], at_ms: int) -> int:
    """Begin at the first time that suits both lanes, and take them."""
    while (later := max(lane.first(at_ms + after) - after for lane, after in lanes)) > at_ms:
        at_ms = later
    for lane, after in lanes:
        lane.taken_ms.append(at_ms + after)
    return at_ms


def slow_on_time(days: ShadowDays, times: SortieTimes, drones: tuple[int, ...], *, saves: bool) -> NDArray[np.int64]:
    """The twin: at each step, the take-off point that has an order and a drone first."""
    homes = len(times.sorties)
    counts = np.zeros((len(days.bounds) // homes, homes), np.int64)
    for day in range(len(counts)):
        lanes = defaultdict(lambda: Lane(times.hold_ms))
        free = [[0] * number for number in drones]
        left = [
            [row for row in range(*days.bounds[queue : queue + 2]) if days.is_carried[row]]
            for queue in range(day * homes, (day + 1) * homes)
        ]
        now_ms = 0
        while waiting := [home for home in range(homes) if left[home] and free[home]]:
            when = {home: max(int(days.ready_ms[left[home]].min()), min(free[home]), now_ms) for home in waiting}
            home = min(when, key=lambda each: when[each])
            now_ms = when[home]
            there = [row for row in left[home] if days.ready_ms[row] <= now_ms]
            latest = {row: int(days.due_ms[row] - saves * times.sorties[home, days.airport[row], 2]) for row in there}
            row = min(there, key=lambda each: (saves and latest[each] < now_ms, latest[each], each))
            left[home].remove(row)
            airport, sortie = homes + int(days.airport[row]), times.sorties[home, days.airport[row]].tolist()
            start_ms = passed([(lanes[home, "out"], sortie[0]), (lanes[airport, "in"], sortie[1])], now_ms)
            leaves_ms = start_ms + sortie[3]
            left_ms = passed([(lanes[airport, "out"], sortie[4]), (lanes[home, "in"], sortie[5])], leaves_ms)
            free[home].remove(min(free[home]))
            free[home].append(left_ms + sortie[6])
            counts[day, home] += days.is_near[row] and start_ms + sortie[2] <= days.due_ms[row]
    return counts


@pytest.mark.parametrize("saves", [False, True])
@pytest.mark.parametrize("drones", [(2, 3), (1, 0), (4, 4)])
def test_shadows_of_several_days_are_those_of_the_slow_twin(drones: tuple[int, ...], saves: bool) -> None:
    inputs = [random_day(number) for number in range(4)]
    days, times = join_days([shadow_of(day) for day in inputs]), sortie_times(inputs[0])
    far = np.random.default_rng(5).random(len(days.is_near)) < 0.1
    for some in (days, replace(days, is_near=~far)):
        on_time = shadow_counts(some, times, drones=drones, saves=saves)
        np.testing.assert_array_equal(on_time, slow_on_time(some, times, drones, saves=saves))
        in_range = some.counted(some.is_near, takeoff_points=2)
        assert (on_time <= in_range).all()
        assert 0 < on_time.sum() < in_range.sum()
    assert days.counted(days.is_near, takeoff_points=2).sum(axis=1).tolist() == [120] * 4


def test_orders_out_of_range_keep_drones_busy_and_do_not_count() -> None:
    day = random_day(0)
    is_far = np.arange(120) % 2 == 1
    half = replace(day, orders=replace(day.orders, distance_m=np.where(is_far, 1e6, 0.0)))
    unflown = replace(half, orders=replace(half.orders, mass_kg=np.where(is_far, 99.0, 1.0)))
    times, counts = sortie_times(day), {}
    for name, each in (("with", half), ("without", unflown)):
        shadow = shadow_of(each)
        counts[name] = int(shadow_counts(shadow, times, drones=(1, 1), saves=False).sum())
        assert int(shadow.counted(shadow.is_near, takeoff_points=2).sum()) == 60
    assert counts["with"] < counts["without"]


@pytest.mark.parametrize("saves", [False, True])
def test_days_put_together_have_the_counts_that_they_have_alone(saves: bool) -> None:
    days = [shadow_of(random_day(number)) for number in range(3)]
    times = sortie_times(random_day(0))
    together = shadow_counts(join_days(days), times, drones=(2, 2), saves=saves)
    for number, day in enumerate(days):
        assert together[[number]].tolist() == shadow_counts(day, times, drones=(2, 2), saves=saves).tolist()


@pytest.mark.parametrize("saves", [False, True])
def test_with_drones_in_plenty_and_no_lanes_a_shadow_is_the_ceiling(saves: bool) -> None:
    inputs = random_day(0)
    inputs = replace(inputs, rules=replace(inputs.rules, airspace=replace(inputs.rules.airspace, mode="none")))
    days, times = shadow_of(inputs), sortie_times(inputs)
    on_time = shadow_counts(days, times, drones=(PLENTY, PLENTY), saves=saves)
    door_s, _ = unhindered_s(inputs)
    assert int(on_time.sum()) == int((door_s <= inputs.rules.service.limit_s).sum())


def test_orders_that_no_drone_carries_miss_and_take_no_drone() -> None:
    day = random_day(0)
    heavy = replace(day, orders=replace(day.orders, mass_kg=np.full(120, 99.0)))
    shadow = shadow_of(heavy)
    assert int(shadow_counts(shadow, sortie_times(heavy), drones=(2, 3), saves=True).sum()) == 0
    assert int(shadow.counted(shadow.is_near, takeoff_points=2).sum()) == 120


def test_days_that_are_hard_for_drones_alone_are_hard() -> None:
    """Correlation of 60 short days with their shadows: at 0.9 its standard error is 0.025."""
    days = [random_day(number, drones=(4, 4)) for number in range(60)]
    outcomes = [simulate(day) for day in days]
    levels = [kpis(outcome.tables, outcome.facts)["service"]["share"] for outcome in outcomes]
    shadows = join_days([shadow_of(day) for day in days])
    on_time = shadow_counts(shadows, sortie_times(days[0]), drones=(4, 4), saves=False)
    assert np.corrcoef(levels, on_time.sum(axis=1))[0, 1] > 0.9

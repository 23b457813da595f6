"""The library of legs: days that share one are the days that they are alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from dronesim.record.exposure import ListenerFacts, NoiseFacts
from dronesim.simulation import LegLibrary, SimulationInputs, exposure, simulate
from dronesim.simulation.library import MOST_SHELVES
from dronesim.simulation.scene import set_scene
from dronesim.weather import CALM, Wind
from lab import lab_inputs


def day(
    number: int, *, mode: str = "strategic", library: LegLibrary | None = None, count: int = 40
) -> SimulationInputs:
    rng = np.random.default_rng([3, number])
    columns = {"takeoff_point": rng.integers(0, 2, count), "airport": rng.integers(0, 2, count)}
    placed_s = np.sort(36000.0 + rng.uniform(0, 1800, count))
    homes_xy = ((0.0, 0.0), (700.0, 0.0))
    inputs = lab_inputs(
        placed_s, homes_xy=homes_xy, rules={"fleet": {"drones": (4, 4), "spares": (0, 0)}}, orders=columns
    )
    moded = replace(inputs.rules, airspace=replace(inputs.rules.airspace, mode=mode))
    return replace(inputs, rules=moded, **({} if library is None else {"library": library}))


def assert_same_day(one: SimulationInputs, other: SimulationInputs) -> None:
    first, second = simulate(one, has_tracks=True), simulate(other, has_tracks=True)
    assert first.facts == second.facts
    assert first.tables.keys() == second.tables.keys()
    for name, table in first.tables.items():
        for column, values in table.items():
            np.testing.assert_array_equal(values, second.tables[name][column], err_msg=f"{name}.{column}")


@pytest.mark.parametrize("mode", ["strategic", "headway"])
def test_a_day_does_not_depend_on_what_other_days_left_in_the_library(mode: str) -> None:
    shared = LegLibrary()
    routes = day(0).routes
    for number in range(3):
        alone = replace(day(number, mode=mode), routes=routes)
        assert_same_day(replace(day(number, mode=mode, library=shared), routes=routes), alone)


@pytest.mark.parametrize("most_places", [exposure.MOST_KEPT_PLACES, 1])
def test_what_was_heard_does_not_depend_on_what_other_days_left_in_the_library(
    most_places: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a course leaves at places is kept: by the places, and by how near is near."""
    monkeypatch.setattr(exposure, "MOST_KEPT_PLACES", most_places)
    shared, routes = LegLibrary(), day(0).routes
    near = NoiseFacts(
        source_dba=70.0,
        source_at_m=10.0,
        receiver_m=1.5,
        nearest_m=5.0,
        overflight_m=60.0,
        listeners=tuple(ListenerFacts(id=f"H{x_m:.0f}", kind="home", x_m=x_m, y_m=40.0) for x_m in (150.0, 420.0)),
    )
    far = replace(near, overflight_m=200.0)
    elsewhere = replace(near, listeners=(ListenerFacts(id="H", kind="home", x_m=-90.0, y_m=900.0),))
    heard = list[object]()
    for number, noise in ((0, near), (1, near), (1, far), (0, elsewhere), (0, near)):
        alone = replace(day(number), routes=routes, noise=noise)
        heard.append(simulate(replace(alone, library=shared)).facts["noise"])
        assert heard[-1] == simulate(alone).facts["noise"]
    assert heard[0] == heard[-1]
    assert all(one != other for one, other in pairwise(heard)), "each of them is heard otherwise"


def test_another_wind_another_drone_or_other_terminal_areas_find_no_legs_of_others() -> None:
    shared = LegLibrary()
    first = day(0, library=shared)
    simulate(first)
    levels = len(first.winds[0][1])
    windy = replace(first, winds=((0.0, (Wind(speed_mps=5.0, from_deg=90.0),) * levels),))
    faster = replace(first, aircraft=type(first.aircraft)(replace(first.aircraft.drone_type, cruise_mps=12.0)))
    rules = first.rules
    wider = replace(first, rules=replace(rules, airspace=replace(rules.airspace, terminal_radius_m=90.0)))
    for changed in (windy, faster, wider):
        assert_same_day(changed, replace(changed, library=LegLibrary()))


def test_a_library_keeps_no_more_shelves_than_it_may() -> None:
    library, routes = LegLibrary(), object()
    first = library.shelf(routes, 0)
    for condition in range(1, MOST_SHELVES + 1):
        assert library.shelf(routes, condition) is not first
    assert library.shelf(routes, MOST_SHELVES) is library.shelf(routes, MOST_SHELVES)
    assert library.shelf(routes, 0) is not first


def test_a_plan_from_before_the_wind_changed_has_its_own_path() -> None:
    """A detained drone flies home by an old plan: the shelf of the new wind is not for that."""
    winds = ((0.0, CALM), (37000.0, Wind(speed_mps=9.0, from_deg=90.0)), (38000.0, Wind(speed_mps=60.0, from_deg=90.0)))
    levels = len(day(0).winds[0][1])
    inputs = replace(day(0), winds=tuple((from_s, (wind,) * levels) for from_s, wind in winds))

    def path_end_s(planned_s: float, library: LegLibrary) -> tuple[float, float]:
        own = replace(inputs, library=library)
        planner = set_scene(own, start_ms=0).planner
        planner.change(planned_s)
        plan = planner.known_leg(2, 0)
        planner.change(38000.0)
        assert planner.leg(2, 0) is None
        return float(planner.path(plan).rows[:, 1].max()), plan.land_ms / 1000

    shared = LegLibrary()
    for planned_s in (36000.0, 37000.0):
        ends_s, land_s = path_end_s(planned_s, shared)
        assert ends_s == pytest.approx(land_s)

"""The re-timing behind docs/validation.md: its motions are the textbook's, and it sees drones that come too near."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from evidence_checks.retiming import Again, fly, losses, timed

IDEAL = {
    "cruise_mps": 15.0,
    "acceleration_mps2": 2.6,
    "low_climb_mps": 3.0,
    "low_climb_m": 0.0,
    "climb_mps": 3.0,
    "transition_s": 4.0,
    "approach_s": 8.0,
    "descent_mps": 2.0,
    "final_hover_m": 10.0,
    "final_hover_s": 30.0,
    "touchdown_mps": 1.0,
}
FACTS = {
    "airspace": {"separation_m": 30.0, "vertical_m": 9.0, "terminal_radius_m": 60.0},
    "sites": {
        "takeoff_points": [{"id": "W", "x_m": -1000.0, "y_m": 0.0}, {"id": "S", "x_m": 0.0, "y_m": -1000.0}],
        "airports": [{"id": "E", "x_m": 1000.0, "y_m": 0.0}, {"id": "N", "x_m": 0.0, "y_m": 1000.0}],
    },
}
PLACES = {row["id"]: (row["x_m"], row["y_m"]) for rows in FACTS["sites"].values() for row in rows}


def trapezoid_s(length_m: float, mps: float, mps2: float) -> float:
    return length_m / mps + mps / mps2 if length_m >= mps**2 / mps2 else 2 * (length_m / mps2) ** 0.5


@pytest.mark.parametrize("length_m", [20.0, 86.5, 400.0, 3000.0])
def test_a_way_at_one_limit_takes_as_long_as_a_trapezoid(length_m: float) -> None:
    way_m = np.arange(0.0, length_m + 0.05, 0.1)
    found = timed(way_m, np.full(len(way_m), 15.0), 2.6)[-1]
    assert found == pytest.approx(trapezoid_s(way_m[-1], 15.0, 2.6), abs=0.01)


def test_a_leg_is_the_sum_of_its_parts() -> None:
    flown = fly(np.array([[0.0, 0.0], [2000.0, 0.0]]), 60.0, IDEAL, 1.0)
    up, down = trapezoid_s(60.0, 3.0, 2.6), trapezoid_s(50.0, 2.0, 2.6) + trapezoid_s(10.0, 1.0, 2.6)
    waits = IDEAL["transition_s"] + IDEAL["approach_s"] + IDEAL["final_hover_s"]
    assert flown.at_s[-1] == pytest.approx(up + trapezoid_s(2000.0, 15.0, 2.6) + down + waits, abs=0.01)
    assert flown.place_m[[0, -1]].tolist() == [[0.0, 0.0, 0.0], [2000.0, 0.0, 0.0]]


def test_a_bend_costs_time_and_a_gentler_one_less() -> None:
    times = []
    for sideways_m in (0.0, 100.0, 1000.0):
        corners = np.array([[0.0, 0.0], [1000.0, 0.0], [2000.0, sideways_m]])
        length_m = float(np.hypot(*np.diff(corners, axis=0).T).sum())
        times.append(fly(corners, 60.0, IDEAL, 1.0).at_s[-1] - length_m / 15.0)
    assert times[0] < times[2]
    assert times[1] < times[2]


def crossing(*, late_s: float, level_m: float = 60.0, sites: tuple[str, str] = ("S", "N")) -> Again:
    """One drone from west to east at 60 m, another at a level and a delay."""
    ways = [("W", "E", 60.0, 0.0), (*sites, level_m, late_s)]
    flown = [fly(np.array([PLACES[a], PLACES[b]]), level, IDEAL, 1.0) for a, b, level, _ in ways]
    # the later climb to a higher level is taken off, so that both fly off together
    begins = [
        36000.0 + late - each.at_s[np.argmax(each.place_m[:, 2])] for each, (*_, late) in zip(flown, ways, strict=True)
    ]
    return Again(
        flown=flown,
        departed_s=np.array(begins),
        drone=np.array([0, 1]),
        ends=[frozenset(way[:2]) for way in ways],
        latest_s=0.0,
    )


@pytest.mark.parametrize(("late_s", "is_lost"), [(0.0, True), (2.0, True), (2.8, True), (2.9, False), (20.0, False)])
def test_two_that_cross_are_lost_while_the_delay_is_under_42_metres(late_s: float, is_lost: bool) -> None:
    """At right angles and 15 m/s each, a delay of t brings them 15 t / √2 near: 30 m at 2.83 s."""
    found, nearest_m = losses(crossing(late_s=late_s), SimpleNamespace(facts=FACTS))
    assert bool(found) == is_lost
    assert nearest_m == pytest.approx(15.0 * late_s / np.sqrt(2), abs=0.3) or late_s > 4.0


def test_levels_apart_lose_nothing() -> None:
    assert losses(crossing(late_s=0.0, level_m=69.5), SimpleNamespace(facts=FACTS))[0] == set()
    assert losses(crossing(late_s=0.0, level_m=68.5), SimpleNamespace(facts=FACTS))[0] == {(0, 1)}


def test_in_the_terminal_area_of_a_common_site_lanes_are_left_to_themselves() -> None:
    """Two that leave one site together are near in its area, and lost only as far as they are near beyond it."""
    together = crossing(late_s=0.0, sites=("W", "E"))
    assert losses(together, SimpleNamespace(facts=FACTS))[0] == {(0, 1)}
    wide = {**FACTS, "airspace": {**FACTS["airspace"], "terminal_radius_m": 1e5}}
    assert losses(together, SimpleNamespace(facts=wide))[0] == set()

"""Energy, times, holds, heights and lanes on random days with trouble, winds and zones are as tracks show them."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from test_flown_motion import windy_days
from test_zones import CLEARANCE_M, with_zone, zones

from dronesim.aircraft import DRONE_TYPES, drone_type
from dronesim.simulation import SimulationInputs, simulate
from dronesim.verify.bookings import bookings
from dronesim.verify.consumption import consumption
from dronesim.verify.heights import heights
from dronesim.verify.holds import holds
from dronesim.verify.lanes import lanes
from dronesim.verify.motion import motion
from dronesim.verify.separation import separation
from exploring import examples
from test_planted_laws import as_read
from worlds import days, moments_s, with_events_at

CHECKS = (consumption, holds, heights, motion, lanes, separation, bookings)
LONGEST_APPROACH_S = max(drone_type(name).approach_s for name in DRONE_TYPES)
"""Who turns away over its site has waited there for an approach too."""


def check_physics(inputs: SimulationInputs) -> None:
    """Nobody holds for longer than there is energy for, and all is as the tracks show, of every leg."""
    outcome = simulate(inputs, has_tracks=True)
    run, legs = as_read(outcome), outcome.tables["legs"]
    assert (legs["hold_s"] >= 0).all()
    assert (legs["hold_s"] <= inputs.rules.batteries.hold_allowance_s + LONGEST_APPROACH_S + 1e-3).all()
    assert [words for check in CHECKS for words in check(run).violations] == []


@examples(60)
@given(windy_days())
def test_energy_times_and_holds_of_a_day_with_trouble_and_wind_are_what_its_tracks_show(
    inputs: SimulationInputs,
) -> None:
    check_physics(inputs)


@examples(60)
@given(days(), st.integers(0, 2**32 - 1))
def test_so_are_those_of_flights_that_trouble_meets_at_the_moment_of_something_else(
    inputs: SimulationInputs, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    moments = moments_s(simulate(inputs).tables)
    if len(moments):
        at_s = rng.choice(moments, rng.integers(1, 6)) + rng.choice([0.0, 0.0, -0.001, 0.001, 7.0, 30.0])
        inputs = with_events_at(inputs, np.sort(at_s), rng)
    check_physics(inputs)


@examples(60)
@given(days(), zones())
def test_so_are_those_of_flights_that_are_led_around_a_zone(
    inputs: SimulationInputs, zone: tuple[shapely.Polygon, float, float]
) -> None:
    polygon, from_s, to_s = zone
    assume(not shapely.intersects(polygon.buffer(2 * CLEARANCE_M), shapely.points(inputs.places.xy)).any())
    check_physics(with_zone(inputs, polygon, from_s=from_s, to_s=to_s))

"""Ways whose loading takes another time are those that are made for that time."""

from __future__ import annotations

import pytest
from numpy.testing import assert_array_equal

from dronesim.airspace import sortie_choices
from dronesim.airspace.paths import alternatives
from dronesim.simulation.network import Network
from dronesim.simulation.planner import Planner
from dronesim.simulation.times import times_of
from lab import lab_inputs


@pytest.mark.parametrize("mode", ["headway", "strategic", "none"])
@pytest.mark.parametrize("more_ms", [1, 45_000, -20])
def test_they_are_as_if_made_for_that_time(mode: str, more_ms: int) -> None:
    inputs = lab_inputs([40_000.0], rules={"airspace": {"mode": mode, "route_headway_s": 90.0}})
    times = times_of(inputs.rules, inputs.aircraft.drone_type)
    planner = Planner(inputs, Network(inputs, times), times)
    plan = planner.sortie(0, 0)
    assert plan is not None
    load_ms = times.load_ms + more_ms
    assert load_ms > 0
    ways = planner.ways(plan, load_ms=load_ms)
    uses_out = [planner.uses.way_out(out, planner.routes, load_ms=load_ms) for out in ways.outs]
    uses_home = [planner.uses.way_home(back, planner.routes) for back in ways.backs]
    made = sortie_choices(alternatives(()), uses_out, uses_home)
    assert ways.load_ms == load_ms
    for column, expected in zip(ways.choices.packed, made.packed, strict=True):
        assert_array_equal(column, expected)
    assert planner.plan_of(ways, 0).depart_ms == load_ms + times.check_ms

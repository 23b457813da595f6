"""Zones that come into force at any moment of any day: nobody is in one a minute later, and all gates hold."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

import gates
from dronesim.routing import build_route_schedule
from dronesim.simulation import SimulationInputs, TimedZone, simulate
from dronesim.world import Zones
from exploring import examples
from lab import lab_world
from separation import losses, seconds_inside
from worlds import OPEN_S, days

CLEARANCE_M = 10.0


@st.composite
def zones(draw: st.DrawFn) -> tuple[shapely.Polygon, float, float]:
    """A turned box somewhere between the sites, and when it comes into force and ends."""
    size = [draw(st.floats(30, 1500)) for _ in range(2)]
    box = shapely.box(-size[0] / 2, -size[1] / 2, size[0] / 2, size[1] / 2)
    turned = shapely.affinity.rotate(box, draw(st.floats(0, 90)))
    place = shapely.affinity.translate(turned, draw(st.floats(-300, 3000)), draw(st.floats(-1200, 1200)))
    from_s = OPEN_S + draw(st.integers(1, 5000))
    return place, from_s, from_s + draw(st.sampled_from([60.0, 1200.0, np.inf]))


def with_zone(inputs: SimulationInputs, polygon: Any, *, from_s: float, to_s: float) -> SimulationInputs:
    homes, xy = inputs.places.takeoff_points, inputs.places.xy
    world = lab_world()
    timed = Zones(
        ids=("Z",),
        polygons=np.array([polygon], dtype=object),
        floor_m=np.array([0.0]),
        ceiling_m=np.array([300.0]),
        from_s=np.array([from_s]),
        to_s=np.array([to_s]),
    )
    world = replace(
        world,
        takeoff_points=replace(world.takeoff_points, ids=inputs.places.ids[:homes], xy=xy[:homes]),
        airports=replace(world.airports, ids=inputs.places.ids[homes:], xy=xy[homes:]),
        zones=timed,
    )
    routes = build_route_schedule(
        world, levels_m=inputs.rules.airspace.levels_m, clearance_m=CLEARANCE_M, roof_margin_m=10.0
    )
    zone = TimedZone(name="Z", polygon=polygon, floor_m=0.0, ceiling_m=300.0, from_s=from_s, to_s=math.inf)
    return replace(inputs, routes=routes, zones=(zone,))


@examples(60)
@given(days(), zones())
def test_nobody_is_in_a_zone_a_minute_after_it_has_come_into_force(
    inputs: SimulationInputs, zone: tuple[shapely.Polygon, float, float]
) -> None:
    polygon, from_s, to_s = zone
    assume(not shapely.intersects(polygon.buffer(2 * CLEARANCE_M), shapely.points(inputs.places.xy)).any())
    inputs = with_zone(inputs, polygon, from_s=from_s, to_s=to_s)
    outcome = simulate(inputs, has_tracks=True)
    for gate in gates.GATES:
        if gate is not gates.legs_take_as_long_as_their_length:
            gate(inputs, outcome)
    until_s = min(to_s, float(outcome.facts["horizon"]["closed_s"]))
    core = polygon.buffer(-0.1)
    assert seconds_inside(outcome, core, from_s=from_s + 60.0, to_s=until_s) == 0.0
    if inputs.rules.airspace.mode == "strategic":
        assert losses(inputs, outcome) == []

"""Days in outline: exact where nothing is short, and short where something is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from command import TINY
from dronesim.experiment.bench import ready
from dronesim.experiment.compose import prepare
from dronesim.experiment.study import Study
from dronesim.serving.outlines import CURVE_DAYS, Outlines
from dronesim.simulation import outline_day, outline_network, simulate, unhindered_s

PLENTY = ("fleet.drones=200", "couriers.per_takeoff_point=100", "takeoff_points.pads=90", "takeoff_points.loaders=90")
MORE = ("airports.pads=90", "airports.unloaders=90", "airports.boxes=500", "pilots.count=90", 'airspace.mode="none"')


def test_with_plenty_of_everything_the_outline_is_the_ceiling() -> None:
    inputs = prepare(ready(Study(path=TINY).point(*PLENTY, *MORE)))
    day = outline_day(inputs, outline_network(inputs))
    near = inputs.orders.distance_m <= inputs.rules.service.radius_m
    door_s = unhindered_s(inputs)[0][near]
    assert day.in_range.sum() == near.sum()
    assert day.share == pytest.approx(np.mean(door_s <= inputs.rules.service.limit_s), abs=0.02)


@pytest.mark.parametrize("settings", [(), ('horizon.start="23:00"', 'horizon.end="25:00"', 'demand.profile="flat"')])
def test_hours_and_airports_count_as_the_day_counts_them(settings: tuple[str, ...]) -> None:
    setting = ready(Study(path=TINY).point(*settings))
    inputs = prepare(setting)
    day, orders = outline_day(inputs, outline_network(inputs)), simulate(inputs).tables["orders"]
    hours = np.floor(orders["placed_s"][orders["in_range"]] / 3600).astype(int)
    airports = orders["airport"][orders["in_range"]]
    assert day.in_range.tolist() == np.bincount(hours, minlength=48).tolist()
    assert day.in_range_at.tolist() == [int((airports == name).sum()) for name in setting.world.airports.ids]
    for count, on_time in ((day.in_range, day.on_time), (day.in_range_at, day.on_time_at)):
        assert (on_time <= count).all()
        assert on_time.sum() == day.on_time.sum()


@pytest.mark.parametrize(
    "fewer",
    [
        "fleet.drones=2",
        "couriers.per_takeoff_point=1",
        "takeoff_points.pads=1",
        "airports.boxes=1",
        "pilots={count = 1, drones_per_pilot = 1}",
        "weather.wind_mps=30",
    ],
)
def test_less_of_anything_is_no_better(fewer: str) -> None:
    study, outlines = Study(path=TINY), Outlines(days=4)
    whole = study.point("fleet.drones=8", "demand.orders=120")
    short = study.point("fleet.drones=8", "demand.orders=120", fewer)
    assert outlines.of(short).level < outlines.of(whole).level


def test_the_curve_has_the_fleets_that_the_scenario_would_have() -> None:
    study, outlines = Study(path=TINY), Outlines(days=CURVE_DAYS)
    for each in outlines.curve(study.point()):
        assert each.level == outlines.of(study.point(f"fleet.drones={each.drones}")).level


def test_who_can_still_be_on_time_goes_first_where_the_policy_does_so() -> None:
    inputs = prepare(ready(Study(path=TINY).point("fleet.drones=2", "demand.orders=120")))
    network = outline_network(inputs)
    saving = dataclasses.replace(inputs, policy_name="greedy")
    assert outline_day(saving, network).share > outline_day(inputs, network).share

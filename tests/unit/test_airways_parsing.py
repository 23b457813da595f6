"""Airway features of a map and their rules."""

from __future__ import annotations

from typing import Any

import pytest

from dronesim.geometry import LocalFrame
from dronesim.scenario.features import check_feature
from dronesim.scenario.world_building import build_world
from dronesim.world import AirwayRules


def feature(**properties: Any) -> dict[str, Any]:
    line = {"type": "LineString", "coordinates": [[114.0, 22.5], [114.01, 22.5]]}
    return {"type": "Feature", "properties": {"kind": "airway", **properties}, "geometry": line}


@pytest.mark.parametrize(
    ("properties", "rules"),
    [
        ({}, AirwayRules()),
        ({"one_way": True, "capacity": 3}, AirwayRules(is_one_way=True, capacity=3)),
        ({"headway_s": 12.5, "level_rule": "heading"}, AirwayRules(headway_s=12.5, level_rule="heading")),
        ({"levels_m": [60.0, 90.0]}, AirwayRules(levels_m=(60.0, 90.0))),
    ],
)
def test_the_rules_of_an_airway_reach_the_world(properties: dict[str, Any], rules: AirwayRules) -> None:
    sound, flaws = check_feature(0, feature(**properties))
    assert not flaws
    assert sound is not None
    world = build_world([sound], LocalFrame(114.0, 22.5), name="line")
    assert world.airway_rules == (rules,)
    assert len(world.airways) == 1


@pytest.mark.parametrize(
    ("properties", "word"),
    [
        ({"one_way": "yes"}, "one_way"),
        ({"capacity": 0}, "capacity"),
        ({"headway_s": -1.0}, "headway_s"),
        ({"levels_m": []}, "levels_m"),
        ({"level_rule": "east"}, "level_rule"),
    ],
)
def test_a_rule_that_cannot_be_is_named(properties: dict[str, Any], word: str) -> None:
    sound, flaws = check_feature(0, feature(**properties))
    assert sound is None
    assert [word in flaw.rule for flaw in flaws] == [True]

"""What pictures show: whole curves, zones in their hours, words that stand by themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import dronesim
from command import TINY, tiny_map
from dronesim.experiment.bottlenecks import find_bottlenecks
from dronesim.experiment.runner import open_runner
from dronesim.experiment.study import Study
from dronesim.record.arrow import to_columns
from dronesim.report.day_picture import draw_day
from dronesim.report.door_picture import HIDDEN, draw_click_to_door
from dronesim.report.drawing import BLUE, GOOD
from dronesim.report.gains_picture import draw_gains
from dronesim.report.geometry import read_map_geometry
from dronesim.report.map_picture import draw_map


def day_of(settings: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    day = dronesim.run(TINY, set=settings)
    return {name: to_columns(name, table) for name, table in day.tables.items()}, day.facts


def names_of(figure: Figure) -> list[str]:
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend() is not None)]
    return [text.get_text() for legend in legends for text in legend.get_texts()]


@pytest.mark.parametrize("clock", ["placed", "ready"])
@pytest.mark.parametrize("kitchen_min", [4, 26, 60, 150])
@pytest.mark.parametrize("drones", [2, 9])
def test_both_clocks_stay_in_the_picture_or_what_leaves_it_is_told(clock: str, kitchen_min: int, drones: int) -> None:
    kitchens = {"kitchens.preparation.mean_min": kitchen_min, "kitchens.preparation.sd_min": 2}
    figure = draw_click_to_door(*day_of({"service.clock": clock, "fleet.drones": drones, **kitchens}))
    shares = figure.axes[1]
    end_min, seen = shares.get_xlim()[1], 0
    for line in shares.lines:
        if to_hex(line.get_color()) not in (to_hex(GOOD), to_hex(BLUE)) or line.get_linestyle() != "-":
            continue
        minutes, share = (np.asarray(values, dtype=float) for values in line.get_data())
        in_sight = share[minutes <= end_min].max(initial=0.0)
        assert share.max() - in_sight <= HIDDEN or f"after {end_min:g} min" in str(line.get_label())
        seen += 1
    assert seen == 2


def test_what_was_out_is_drawn_over_the_day_and_its_areas_on_the_map() -> None:
    at = {"at": "10:30", "minutes": 10.0}
    events: list[dict[str, Any]] = [
        {"kind": "link_loss", "area": "west half", **at},
        {"kind": "position_outage", **at},
        {"kind": "dispatcher_outage", **at},
    ]
    settings = {"map": str(TINY.with_name("tiny.geojson")), "demand.orders": 5}
    for number, told in enumerate((events, [])):
        tables, facts = day_of({**settings, "events": told})
        no = [name for name in names_of(draw_day(tables, facts)) if name.startswith("no ")]
        drawn = names_of(draw_map(tables, facts, read_map_geometry(TINY.with_name("tiny.geojson"), facts)))
        assert no == ["no link", "no position", "no dispatcher"][: 3 * (1 - number)]
        # what is out everywhere has no border
        assert [name for name in drawn if name.startswith("no ")] == ["no link at times"][: 1 - number]


HOURS = {
    "always": ({}, None),
    "the whole day": ({"from": "00:00", "to": "24:00"}, None),
    "all that is open": ({"from": "10:00"}, None),
    "in the day": ({"from": "10:30", "to": "11:15"}, "10:30 to 11:15"),
    "by the second": ({"from": "10:30:30", "to": "11:15:00"}, "10:30 to 11:15"),
    "from then on": ({"from": "11:00"}, "from 11:00"),
    "until then": ({"to": "11:00"}, "until 11:00"),
}


@pytest.mark.parametrize("kind", HOURS)
def test_a_zone_is_drawn_as_closed_in_its_hours_alone(kind: str, tmp_path: Path) -> None:
    hours, told = HOURS[kind]
    content = tiny_map()
    for feature in content["features"]:
        if feature["properties"]["kind"] == "no_fly":
            feature["properties"].update(hours)
    (tmp_path / "map.geojson").write_text(json.dumps(content))
    tables, facts = day_of({"map": str(tmp_path / "map.geojson"), "demand.orders": 5})
    geometry = read_map_geometry(tmp_path / "map.geojson", facts)
    assert geometry.zone_hours == (told,)
    figure = draw_map(tables, facts, geometry)
    label = "no-fly zone" if told is None else "no-fly zone at its hours"
    assert [name for name in names_of(figure) if name.startswith("no-fly")] == [label]
    (patch,) = [patch for patch in figure.axes[0].patches if patch.get_zorder() == 4]
    assert bool(patch.get_hatch()) == (told is None)
    assert (told in [text.get_text() for text in figure.axes[0].texts]) == (told is not None)


@pytest.mark.parametrize("drones", [3, 20])
def test_each_word_of_the_bars_stands_by_itself(drones: int) -> None:
    """Whatever is clear on these days, or nothing."""
    with open_runner(workers=1) as runner:
        study = Study(path=TINY, settings=(f"fleet.drones={drones}", "demand.orders=40"))
        found = find_bottlenecks(study, runner, replications=2)
    names = names_of(draw_gains(found))
    kinds = {gain.is_clear for gain in found.gains if gain.level.mean or gain.level.sd}
    said = {True: "clear after Holm's correction", False: "not clear after Holm's correction"}
    assert {name for name in names if "clear" in name} == {said[kind] for kind in kinds}

"""Outages in an area of the map and in a half, and faults planted in where and when: verify sees every one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

import dronesim
from dronesim.verify import verify_run
from dronesim.verify.facts_reading import read_facts
from dronesim.verify.outage_areas import outage_areas
from dronesim.verify.reading import Run, read_run

DATA = Path(__file__).parent / "data"
RING = [[114.2, 22.7], [114.25, 22.7], [114.25, 22.8], [114.2, 22.8], [114.2, 22.7]]
EVENTS = """
[link]
after = "return"

[[events]]
kind = "link_loss"
at = "10:30"
minutes = 20.0
area = "L1"

[[events]]
kind = "position_outage"
at = "10:40"
minutes = 20.0
area = "south half"
"""
Facts = dict[str, Any]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("areas")
    content = json.loads((DATA / "tiny.geojson").read_text(encoding="utf-8"))
    shape = {"type": "Polygon", "coordinates": [RING]}
    content["features"].append({"type": "Feature", "properties": {"kind": "link_area", "id": "L1"}, "geometry": shape})
    (folder / "tiny.geojson").write_text(json.dumps(content), encoding="utf-8")
    text = (DATA / "tiny.toml").read_text(encoding="utf-8")
    (folder / "scenario.toml").write_text(f"{text}{EVENTS}", encoding="utf-8")
    dronesim.run(folder / "scenario.toml", out=folder / "run", tracks=True, report=False)
    report = verify_run(folder / "run")
    assert [(check.name, check.violations) for check in report.checks if not check.is_clean] == []
    return read_run(folder / "run")


def moved(part: str) -> Callable[[Facts], None]:
    """Let an area lie thirty metres further east than it does."""

    def change(facts: Facts) -> None:
        area = facts[part]["areas"][-1]
        area["wkt"] = shapely.to_wkt(shapely.affinity.translate(shapely.from_wkt(area["wkt"]), 30.0, 30.0))

    return change


def outage(part: str, key: str, value: Any) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        facts[part]["outages"][0][key] = value

    return change


def renamed(facts: Facts) -> None:
    facts["link"]["areas"][0]["id"] = facts["link"]["outages"][0]["area"] = "L7"


CHANGES: dict[str, tuple[Callable[[Facts], None], str]] = {
    "an area that the map has elsewhere": (moved("link"), "area 'L1' is not where the map has it"),
    "a half that is not one": (moved("position"), "area 'south half' is not where the map has it"),
    "an area that the map has not": (renamed, "area 'L7' is not on the map"),
    "an outage of the whole district": (outage("link", "area", None), "in the district from 10:30"),
    "an outage that is over too soon": (outage("link", "to_s", 38_400.0), "link_loss in L1 is stated from 10:30"),
    "an outage that lasts too long": (outage("position", "to_s", 40_000.0), "in south half from 10:40"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_outage_is_seen(name: str, day: Run) -> None:
    change, says = CHANGES[name]
    raw = copy.deepcopy(json.loads((day.folder / "facts.json").read_text(encoding="utf-8")))
    change(raw)
    changed = replace(day, facts=read_facts(day.folder / "facts.json", raw))
    assert says in "\n".join(outage_areas(changed).violations)


def test_silence_and_drift_were_in_the_areas_that_were_out(day: Run) -> None:
    table = day.tables["incidents"]
    assert ((table["kind"] == "link_loss") & (table["drone"] >= 0)).any()
    assert ((table["kind"] == "position_outage") & (table["drone"] >= 0)).any()

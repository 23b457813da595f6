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
from dronesim.comms import LinkDay, Outage
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.scenario.dump import dump_scenario
from dronesim.simulation import simulate
from dronesim.verify import verify_run
from dronesim.verify.facts_reading import read_facts
from dronesim.verify.outage_areas import outage_areas
from dronesim.verify.reading import Run, read_run
from test_planted_laws import as_read

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
    "an outage of the whole district": (outage("link", "area", None), "link_loss in the district from 10:30"),
    "an outage that is over too soon": (
        outage("link", "to_s", 38_400.0),
        "link_loss in L1 is drawn or stated from 10:30",
    ),
    "an outage that lasts too long": (outage("position", "to_s", 40_000.0), "position_outage in south half from 10:40"),
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


# by chance

LAWS = {
    "exponential": "{kind='exponential',up_s=900.0,down_s=300.0}",
    "lognormal": "{kind='lognormal',every_days=0.02,median_min=6.0,p95_min=15.0}",
}
Draws = Callable[[LinkDay], LinkDay]


def drawn_by(law: str, folder: Path, **changes: Draws) -> Run:
    """A day on which link and position service are out as a law has it, or as changes make it, in areas or not."""
    outages = LAWS[law]
    areas = ("link.by='area'", "link.areas=['west half','south half']") if law == "lognormal" else ()
    position = f"navigation.position={{outages={outages},areas={['north half'] if areas else []}}}"
    scenario = load_scenario(
        DATA / "tiny.toml", ["seed=7", "demand.orders=20.0", f"link.outages={outages}", position, *areas]
    )
    folder.mkdir()
    text = dump_scenario(scenario, map_path=str(DATA / "tiny.geojson"))
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    inputs = prepare(set_up(scenario))
    changed = {part: change(getattr(inputs, part)) for part, change in changes.items()}
    return replace(as_read(simulate(replace(inputs, **changed))), folder=folder)


def with_outages(change: Callable[[Outage], Outage]) -> Draws:
    return lambda day: replace(day, outages=tuple(change(outage) for outage in day.outages))


PLANTS: dict[str, tuple[Draws, str]] = {
    "nothing is drawn": (lambda day: replace(day, outages=()), "and facts have none then"),
    "one is missing": (lambda day: replace(day, outages=day.outages[1:]), "and facts have none then"),
    "they last half as long": (
        with_outages(lambda its: replace(its, to_s=(its.from_s + its.to_s) / 2)),
        "is neither drawn nor stated",
    ),
    "they come later": (with_outages(lambda its: replace(its, from_s=its.from_s + 1.0)), "and facts have none then"),
    "they are elsewhere": (
        with_outages(lambda its: replace(its, area=-1 if its.area >= 0 else 1)),
        "is neither drawn nor stated",
    ),
}


@pytest.mark.parametrize("law", LAWS)
def test_outages_by_chance_are_as_the_law_draws_them(law: str, tmp_path: Path) -> None:
    check = outage_areas(drawn_by(law, tmp_path / "run"))
    assert check.violations == ()
    assert check.examined > 8


@pytest.mark.parametrize(("law", "part"), [("exponential", "link"), ("lognormal", "link"), ("exponential", "position")])
@pytest.mark.parametrize("name", PLANTS)
def test_outages_that_were_not_drawn_so_are_seen(name: str, law: str, part: str, tmp_path: Path) -> None:
    change, says = PLANTS[name]
    found = outage_areas(drawn_by(law, tmp_path / "run", **{part: change})).violations
    assert says in "\n".join(found)
    assert all(text.startswith(part) for text in found)

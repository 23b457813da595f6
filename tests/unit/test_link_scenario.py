"""What a scenario may say of the command link, and what it may not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import dronesim
from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.simulation.outages import link_outages

DATA = Path(__file__).parents[1] / "data"
TINY = (DATA / "tiny.toml").read_text(encoding="utf-8")
AREA = [[114.2, 22.7], [114.3, 22.7], [114.3, 22.8], [114.2, 22.8], [114.2, 22.7]]


def written(folder: Path, text: str, *, areas: tuple[str, ...] = ()) -> Path:
    """A scenario like the tiny one with more text, on a map with areas of the link."""
    content = json.loads((DATA / "tiny.geojson").read_text(encoding="utf-8"))
    content["features"] += [
        {
            "type": "Feature",
            "properties": {"kind": "link_area", "id": name},
            "geometry": {"type": "Polygon", "coordinates": [AREA]},
        }
        for name in areas
    ]
    (folder / "tiny.geojson").write_text(json.dumps(content), encoding="utf-8")
    (folder / "scenario.toml").write_text(f"{TINY}\n{text}", encoding="utf-8")
    return folder / "scenario.toml"


def problems_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        set_up(load_scenario(path))
    return str(caught.value)


def test_outages_by_area_need_areas(tmp_path: Path) -> None:
    said = problems_of(written(tmp_path, '[link]\nby = "area"\n'))
    assert "link.by" in said
    assert "needs a feature of kind link_area" in said


@pytest.mark.parametrize(
    ("law", "key", "rule"),
    [
        ("median_min = 30.0, p95_min = 10.0", "link.outages.p95_min", "must not be below median_min, 30"),
        ("every_days = 0.01", "link.outages.every_days", "must be more than an outage lasts"),
    ],
)
def test_a_law_that_can_t_be_is_refused(tmp_path: Path, law: str, key: str, rule: str) -> None:
    said = problems_of(written(tmp_path, f'[link]\noutages = {{ kind = "lognormal", {law} }}\n'))
    assert key in said
    assert rule in said


def test_a_loss_in_an_unknown_area_names_the_one_that_is_meant(tmp_path: Path) -> None:
    event = '[[events]]\nkind = "link_loss"\nat = "10:20"\narea = "nort"\n'
    said = problems_of(written(tmp_path, event, areas=("north",)))
    assert "events[0].area: is not a link_area on the map" in said
    assert "did you mean north?" in said


def test_a_loss_outside_the_day_is_refused(tmp_path: Path) -> None:
    assert "lies outside the day" in problems_of(written(tmp_path, '[[events]]\nkind = "link_loss"\nat = "03:00"\n'))


def test_outages_of_one_area_that_overlap_are_one(tmp_path: Path) -> None:
    event = '[[events]]\nkind = "link_loss"\nat = "{at}"\nminutes = 10.0\narea = "{area}"\n'
    places = (("10:20", "north"), ("10:25", "north"), ("10:25", "south"))
    text = "\n".join(event.format(at=at, area=area) for at, area in places)
    inputs = prepare(set_up(load_scenario(written(tmp_path, text, areas=("north", "south")))))
    found = [(it.area, it.from_s / 60 - 600, it.to_s / 60 - 600) for it in link_outages(inputs)]
    assert found == [(0, 20.0, 35.0), (1, 25.0, 35.0)]


def test_a_link_that_is_never_lost_is_told_by_nothing() -> None:
    day: Any = dronesim.run(DATA / "tiny.toml")
    assert "link" not in day.facts
    assert "link" not in day.kpis
    assert "navigation" not in day.kpis


def test_losing_the_link_moves_no_arrival() -> None:
    quiet = dronesim.run(DATA / "tiny.toml")
    law = {"link.outages.kind": "exponential", "link.outages.up_s": 60.0, "link.after": "return"}
    lost = dronesim.run(DATA / "tiny.toml", set=law)
    for column in ("placed_s", "mass_kg", "airport"):
        assert quiet.tables["orders"][column].equals(lost.tables["orders"][column])
    assert lost.kpis["link"]["outages"] > 0

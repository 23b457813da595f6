"""What a scenario may say of the command link, and what it may not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shapely import Point

import dronesim
from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.scenario import known_areas, load_scenario
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


@pytest.mark.parametrize(
    ("text", "key", "rule"),
    [
        ('[link]\nby = "area"\nareas = ["wset half"]\n', "link.areas", "did you mean west half?"),
        ('[link]\nareas = ["west half"]\n', "link.areas", 'counts only with link.by = "area"'),
        ('[navigation.position]\nareas = ["up"]\n', "navigation.position.areas", "is not a link_area on the map"),
        (
            '[navigation.position]\nstray_max_m = 40.0\noutages = { kind = "exponential" }\n',
            *("navigation.position.stray_max_m", "must be above what drones stray by anyway"),
        ),
        (
            '[navigation.position]\noutages = { kind = "lognormal", p95_min = 1.0 }\n',
            *("navigation.position.outages.p95_min", "must not be below median_min, 10"),
        ),
        (
            '[[events]]\nkind = "position_outage"\nat = "10:20"\narea = "nowhere"\n',
            *("events[0].area", "is not a link_area on the map, nor one of north half, east half"),
        ),
    ],
)
def test_outages_that_can_t_be_are_refused(tmp_path: Path, text: str, key: str, rule: str) -> None:
    said = problems_of(written(tmp_path, text))
    assert key in said
    assert rule in said


def test_halves_are_what_lies_on_either_side_of_the_middle_of_the_sites(tmp_path: Path) -> None:
    world = set_up(load_scenario(written(tmp_path, ""))).world
    places = dict(zip(world.sites, [*world.takeoff_points.xy.tolist(), *world.airports.xy.tolist()], strict=True))
    inside = {
        area.name: {site for site, place in places.items() if area.polygon.covers(Point(place))}
        for area in known_areas(world)
    }
    assert inside == {
        "north half": {"A1", "A2"},
        "east half": {"T2", "A2", "A3"},
        "south half": {"T1", "T2", "A3"},
        "west half": {"T1", "A1"},
    }


def test_position_outages_by_chance_come_in_their_areas_and_move_no_other_stream(tmp_path: Path) -> None:
    law = (
        '[navigation.position]\nareas = ["west half", "east half"]\noutages = { kind = "exponential", up_s = 600.0 }\n'
    )
    plain, lost = (prepare(set_up(load_scenario(written(tmp_path, text)))) for text in ("", law))
    names = {lost.position.areas[outage.area].name for outage in lost.position.outages}
    assert names == {"west half", "east half"}
    assert len({outage.from_s for outage in lost.position.outages}) > 2
    assert plain.position.outages == ()
    assert repr(plain.orders) == repr(lost.orders)

"""Risk to people and noise: the figures of their sources, the laws that they keep, and what is counted of a day."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dronesim
from command import call
from dronesim.aircraft.noise import doses, enters_s, sound_exposure_dba
from dronesim.metrics.crash import crash_area_m2, death_share
from dronesim.metrics.exposure import noise, risk
from dronesim.report.drawing import png_bytes
from dronesim.report.exposure_picture import draw_exposure, people_below, sampled
from exploring import examples
from reading_pages import differing
from worlds_heard import HEARD, heard_map, write_heard

FAR_M = 1e6


def level(
    begin_m: list[float], end_m: list[float], lasts_s: float, place_m: tuple[float, ...] = (0.0, 0.0, 0.0)
) -> float:
    """Sound exposure level of one piece of flight of the default drone."""
    dose = doses(*np.array([[begin_m], [end_m]]), np.array([lasts_s]), np.array([place_m]), nearest_m=0.1)
    return float(sound_exposure_dba(dose, source_dba=51.0, source_at_m=50.0)[0, 0])


# the figures of the sources


def test_a_pass_at_60_m_and_11_mps_has_61_8_dba() -> None:
    found = level([-FAR_M, 60.0, 0.0], [FAR_M, 60.0, 0.0], 2 * FAR_M / 11.0)
    assert found == pytest.approx(51.0 - 20 * math.log10(60 / 50) + 10 * math.log10(math.pi * 60 / 11), abs=1e-3)
    assert round(found, 1) == 61.8 or round(found, 2) == 61.75


def test_a_second_of_hover_at_60_m_has_the_level_there() -> None:
    assert round(level([0.0, 0.0, 60.0], [0.0, 0.0, 60.0], 1.0), 1) == 49.4


def test_30_passes_an_hour_have_41_dba() -> None:
    one = level([-FAR_M, 60.0, 0.0], [FAR_M, 60.0, 0.0], 2 * FAR_M / 11.0)
    assert round(one + 10 * math.log10(30 / 3600), 1) == 41.0


@pytest.mark.parametrize(("mps", "deg", "area_m2"), [(24.8, 60.0, 4.967), (24.8, 90.0, 2.545), (15.0, 35.0, 7.558)])
def test_areas_of_impact_are_those_of_jarus(mps: float, deg: float, area_m2: float) -> None:
    found = crash_area_m2(width_m=1.2, mass_kg=9.5, impact_mps=mps, impact_deg=deg)
    assert found == pytest.approx(area_m2, abs=1e-3)


def test_a_small_drone_neither_slides_nor_glides_flat() -> None:
    steep, flat = (crash_area_m2(width_m=1.0, mass_kg=5.0, impact_mps=40.0, impact_deg=deg) for deg in (35.0, 10.0))
    assert steep == flat == pytest.approx(1.6 * 1.8 / math.tan(math.radians(35)) + math.pi * 0.64)


def test_2921_joules_kill_one_in_twenty_of_half_sheltered_people() -> None:
    assert round(death_share(mass_kg=9.5, impact_mps=24.8, shelter=0.5), 3) == 0.051


# laws


METRES = st.floats(-500.0, 500.0)
POINTS = st.tuples(METRES, METRES, st.floats(10.0, 150.0))


@given(begin_m=POINTS, end_m=POINTS, share=st.floats(0.01, 0.99))
@examples(100)
def test_a_piece_is_as_loud_as_its_parts(begin_m: tuple[float, ...], end_m: tuple[float, ...], share: float) -> None:
    middle_m = [a + share * (b - a) for a, b in zip(begin_m, end_m, strict=True)]
    whole = level([*begin_m], [*end_m], 10.0)
    parts = level([*begin_m], middle_m, 10.0 * share), level(middle_m, [*end_m], 10.0 * (1 - share))
    assert 10 * math.log10(sum(10 ** (part / 10) for part in parts)) == pytest.approx(whole, abs=1e-6)


@given(begin_m=POINTS, end_m=POINTS, lasts_s=st.floats(1.0, 100.0))
@examples(100)
def test_twice_the_time_is_3_db_more_and_nearer_is_louder(
    begin_m: tuple[float, ...], end_m: tuple[float, ...], lasts_s: float
) -> None:
    once, twice = (level([*begin_m], [*end_m], times * lasts_s) for times in (1, 2))
    assert twice - once == pytest.approx(10 * math.log10(2), abs=1e-9)
    lower = [[*point[:2], point[2] - 5.0] for point in (begin_m, end_m)]
    assert level(*lower, lasts_s) > once


@given(begin_m=POINTS, end_m=POINTS, reach_m=st.floats(1.0, 400.0))
@examples(100)
def test_an_overflight_begins_where_the_path_comes_near(
    begin_m: tuple[float, ...], end_m: tuple[float, ...], reach_m: float
) -> None:
    ends_m = np.array([begin_m]), np.array([end_m])
    (found,) = enters_s(*ends_m, (np.array([0.0]), np.array([1.0])), np.zeros((1, 3)), reach_m=reach_m)[0]
    share = np.linspace(0.0, 1.0, 2001)[:, None]
    away_m = np.hypot(*(ends_m[0] + share * (ends_m[1] - ends_m[0]))[:, :2].T)
    near = np.flatnonzero(away_m < reach_m - 1e-6)
    assert not len(near) or found <= share[near[0], 0]
    if found > 0:
        assert math.hypot(*(ends_m[0] + found * (ends_m[1] - ends_m[0]))[0, :2]) == pytest.approx(reach_m, abs=1e-6)
    elif found == 0:
        assert away_m[0] <= reach_m + 1e-6


# a day


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_heard(tmp_path_factory.mktemp("heard"))


@pytest.fixture(scope="module")
def day(folder: Path) -> Any:
    return dronesim.run(folder / "heard.toml", out=folder / "run")


def test_a_day_with_neighbours_verifies_with_its_tracks(day: Any) -> None:
    report = day.verify()
    assert report.is_clean, report.lines()
    (check,) = [check for check in report.checks if check.name == "people below and noise"]
    assert check.examined > 100
    assert "cleared" in day.tables


def test_nothing_is_told_where_nobody_is_asked_about() -> None:
    quiet = dronesim.run("tests/data/tiny.toml")
    assert not {"risk", "noise"} & (quiet.kpis.keys() | quiet.facts.keys())
    assert "flown" not in quiet.tables


def test_neighbours_do_not_change_the_day(day: Any) -> None:
    quiet = dronesim.run("tests/data/tiny.toml", tracks=True)
    for name in quiet.tables:
        assert quiet.tables[name].equals(day.tables[name]), name


def test_hours_over_people_are_those_of_the_areas(day: Any) -> None:
    told = day.kpis["risk"]
    assert 1000.0 < told["people_per_km2"] < 20000.0
    cleared = day.tables["cleared"]
    lasts_s = cleared["t1_s"].to_numpy() - cleared["t0_s"].to_numpy()
    assert told["flight_h"] == pytest.approx(lasts_s.sum() / 3600)


def test_twice_the_people_are_hit_twice_as_often() -> None:
    once, twice = (
        dronesim.run("tests/data/tiny.toml", set={"risk.people_per_km2": people}).kpis["risk"]
        for people in (3000.0, 6000.0)
    )
    assert twice["people_hit_per_year"] == pytest.approx(2 * once["people_hit_per_year"])
    assert twice["crashes_per_year"] == once["crashes_per_year"]


def test_limits_that_are_exceeded_fail_a_checked_run(folder: Path, day: Any) -> None:
    assert day.kpis["noise"]["exceeded"] > 0
    arguments = ["run", str(folder / "heard.toml"), "--out", str(folder / "checked"), "--quiet"]
    lax = ["--set", "service.target=0.0"]
    assert call(*arguments, *lax).code == 0
    found = call(*arguments, *lax, "--check")
    assert found.code == 3
    assert "limits exceeded" in found.err
    quiet = json.loads((folder / "heard.geojson").read_text())
    for feature in quiet["features"]:
        for limit in ("limit_dba", "overflights_max", "quiet_from", "quiet_to"):
            feature["properties"].pop(limit, None)
    (folder / "heard.geojson").write_text(json.dumps(quiet))
    assert call(*arguments, *lax, "--check").code == 0
    (folder / "heard.geojson").write_text(json.dumps(heard_map()))


def test_several_days_fail_where_limits_are_exceeded(folder: Path) -> None:
    arguments = ["run", str(folder / "heard.toml"), "--out", str(folder / "days"), "--quiet", "--replications", "2"]
    found = call(*arguments, "--workers", "1", "--set", "service.target=0.0", "--check")
    assert found.code == 3
    assert "limits exceeded" in found.err


def test_the_page_tells_of_people_below(folder: Path, day: Any) -> None:
    page = (folder / "run" / "report.html").read_text(encoding="utf-8")
    assert "People below" in page
    assert "clinic" in page
    assert "Forced landings" in page
    assert (folder / "run" / "people.png").is_file()
    assert list(differing(folder / "run" / "report.html")) == []


def test_the_picture_shows_the_hours_over_people_that_are_told(day: Any) -> None:
    flown = {name: day.tables["flown"][name].to_numpy() for name in day.tables["flown"].column_names}
    samples = sampled(flown)
    below = samples.lasts_s @ people_below(day.facts["risk"], samples.places_m[:, :2]) / 3600
    assert below == pytest.approx(day.facts["risk"]["flown"]["people_h_per_km2"], rel=0.01)


def test_the_picture_has_plain_numbers_and_both_maps(day: Any) -> None:
    flown = {name: day.tables["flown"][name].to_numpy() for name in day.tables["flown"].column_names}
    figure = draw_exposure({"flown": flown}, day.facts)
    assert figure is not None
    png_bytes(figure)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[1] == "Flights over people"
    assert titles[0].startswith("Noise from 1")
    labels = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels(which="both")]
    assert not any("$" in label for label in labels)


def test_a_saved_run_is_measured_again(day: Any) -> None:
    facts = json.loads(json.dumps(day.facts))
    again = risk(facts["risk"]), noise(facts["noise"])
    assert again[0] is not None
    assert again[0].people_hit_per_year == day.kpis["risk"]["people_hit_per_year"]
    assert again[1] is not None
    assert again[1].exceeded == day.kpis["noise"]["exceeded"]


# the map


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"limit_dba": -1.0}, "limit_dba"),
        ({"overflights_max": 1.5}, "overflights_max"),
        ({"quiet_to": None}, "quiet_from"),
        ({"quiet_to": "10:00"}, "later"),
        ({"limit_dbA": 40.0, "limit_dba": None}, "limit_dba"),
    ],
)
def test_a_place_that_can_not_be_is_refused_by_name(tmp_path: Path, changed: dict[str, Any], rule: str) -> None:
    content = heard_map()
    (place,) = [it["properties"] for it in content["features"] if it["properties"].get("id") == "clinic"]
    place |= changed
    for name in [name for name, value in changed.items() if value is None]:
        del place[name]
    write_heard(tmp_path, content)
    found = call("validate", str(tmp_path / "heard.toml"))
    assert found.code == 2
    assert "clinic" in found.err
    assert rule in found.err


def test_people_need_a_number_and_a_whole_area(tmp_path: Path) -> None:
    content = heard_map()
    (area,) = [it for it in content["features"] if it["properties"].get("id") == "P1"]
    del area["properties"]["people_per_km2"]
    write_heard(tmp_path, content)
    found = call("validate", str(tmp_path / "heard.toml"))
    assert found.code == 2
    assert "people_per_km2" in found.err


def test_an_heard_world_states_every_limit() -> None:
    assert {"limit_dba", "overflights_max", "quiet_from", "quiet_to"} <= HEARD.keys()

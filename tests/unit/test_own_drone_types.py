"""Drone types of a planner's own: read from a file, checked key by key, settled with the overrides on top."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from dronesim.aircraft import DRONE_TYPES, drone_type, drone_type_text
from dronesim.errors import InputError, Problem
from dronesim.scenario import drone_schema, drone_template, load_map, load_scenario, resolve, settled_drone_type
from dronesim.scenario.air import DroneTable
from dronesim.scenario.drones import HAVE_DEFAULTS, read_own_type
from dronesim.world import World

DATA = Path(__file__).parents[1] / "data"
KEYS = list(DroneTable.model_fields)
NUMBERS = [key for key in KEYS if key != "power_model"]
DEFAULTS = sorted(HAVE_DEFAULTS)
"""Numbers of what came after the first files were written: the limits of the weather."""
SIGNED = ("low_limit_c", "high_limit_c")
BASED = 'name = "mine"\nbased_on = "hexa-2.5kg"\n'

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def inner(text: str) -> Path:
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        return tmp_path / "mine.toml"

    return inner


@pytest.fixture(scope="module")
def world() -> World:
    return load_map(DATA / "tiny.geojson")


def problems(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_own_type(path)
    return caught.value.problems


def own_folder(tmp_path: Path, text: str) -> Path:
    """The tiny scenario with a drone type beside it."""
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(DATA / name, tmp_path / name)
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    scenario = tmp_path / "tiny.toml"
    body = re.sub(r"(?m)^drone_type\s*=.*\n", "", scenario.read_text())
    scenario.write_text(body.replace("[fleet]\n", '[fleet]\ndrone_type = "mine.toml"\n', 1))
    return scenario


# what a file says


@pytest.mark.parametrize("like", list(DRONE_TYPES))
def test_the_file_of_every_built_in_type_is_right_for_a_type_of_ones_own(like: str, write: Write) -> None:
    kind = read_own_type(write(drone_template(name="mine", like=like))).kind
    assert asdict(kind) == {**asdict(drone_type(like)), "name": "mine"}


@pytest.mark.parametrize("like", list(DRONE_TYPES))
def test_every_number_of_a_built_in_type_says_where_it_comes_from(like: str) -> None:
    lines = [line for line in drone_type_text(like).splitlines() if line[:1].isalpha()]
    stated = {line.partition(" = ")[0]: line.partition("# ")[2] for line in lines}
    assert all(re.match(r"[A-EM](,|:|$)", stated[key]) for key in stated.keys() & set(NUMBERS)), stated
    assert all(re.search(r"E, assumption", text) for text in stated.values() if text.startswith("E"))
    assert set(stated) - {"name", "based_on"} <= set(KEYS)


def test_what_is_not_stated_comes_from_the_type_it_is_based_on(write: Write) -> None:
    kind = read_own_type(write(BASED + "cruise_mps = 12\n")).kind
    assert asdict(kind) == {**asdict(drone_type("hexa-2.5kg")), "name": "mine", "cruise_mps": 12.0}


@pytest.mark.parametrize("key", NUMBERS)
def test_every_number_that_a_file_states_is_flown(key: str, write: Write) -> None:
    number = {"propellers": 3, "gust_factor": 1.5}.get(key, 0.5)
    assert getattr(drone_type("hexa-2.5kg"), key) != number
    assert getattr(read_own_type(write(f"{BASED}{key} = {number}\n")).kind, key) == number


@pytest.mark.parametrize("value", ["nan", "inf", "-1", '"7"', "true"])
@pytest.mark.parametrize("key", NUMBERS)
def test_no_number_may_be_nan_infinite_negative_or_something_else(key: str, value: str, write: Write) -> None:
    value = "-100" if value == "-1" and key in SIGNED else value
    path = write(f"{BASED}{key} = {value}\n")
    (problem,) = problems(path)
    assert (problem.file, problem.line, problem.key) == (str(path), 3, key)
    assert str(problem.value) == {"true": "True", '"7"': "7"}.get(value, value)


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_file_from_before_weather_had_limits_has_their_defaults(key: str, write: Write) -> None:
    text = drone_template(name="mine", like="hexa-2.5kg")
    kind = read_own_type(write(re.sub(rf"(?m)^{key} = .*\n", "", text))).kind
    assert getattr(kind, key) == getattr(drone_type("hexa-2.5kg"), key)


@pytest.mark.parametrize("key", [key for key in KEYS if key not in DEFAULTS])
def test_every_key_that_is_missing_is_named(key: str, write: Write) -> None:
    text = drone_template(name="mine", like="hexa-2.5kg")
    path = write(re.sub(rf"(?m)^{key} = .*\n", "", text))
    (problem,) = problems(path)
    assert problem.rule.startswith(f"lacks {key}; state them, or take the rest")


@pytest.mark.parametrize("key", KEYS)
def test_a_slip_in_any_key_is_told_with_the_key_that_was_meant(key: str, write: Write) -> None:
    (problem,) = problems(write(f"{BASED}{key}z = 1\n"))
    assert (problem.line, problem.key, problem.rule, problem.hint) == (3, f"{key}z", "is not a known key", key)


def test_all_mistakes_of_a_file_are_told_at_once(write: Write) -> None:
    path = write('name = "ideal"\ncruse_mps = 3\nempty_kg = -1\npower_model = "liu"\nbased_on = "hexa"\n[table]\n')
    assert [
        (problem.line, problem.key, problem.hint) for problem in sorted(problems(path), key=lambda p: p.line or 0)
    ] == [
        (1, "name", None),
        (2, "cruse_mps", "cruise_mps"),
        (3, "empty_kg", None),
        (4, "power_model", "liu_2017"),
        (5, "based_on", "hexa-2.5kg"),
        (6, "table", None),
    ]


def test_a_file_without_a_name_or_with_torn_lines_is_refused(write: Write) -> None:
    assert [(problem.key, problem.rule) for problem in problems(write('based_on = "ideal"\n'))] == [
        ("name", "is required")
    ]
    (torn,) = problems(write(BASED + "cruise_mps = \n"))
    assert (torn.line, torn.rule[:17]) == (3, "is not valid TOML")


def test_the_schema_of_a_type_knows_its_keys() -> None:
    schema: dict[str, Any] = drone_schema()
    assert set(schema["properties"]) == {*KEYS, "name", "based_on"}
    assert (schema["additionalProperties"], schema["required"]) == (False, ["name"])


# in a scenario


def test_a_path_is_relative_to_the_file_that_names_it_and_to_where_one_is_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = own_folder(tmp_path, BASED + "cruise_mps = 12.0\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "s.toml").write_text('extends = "../tiny.toml"\n')
    (tmp_path / "deep" / "mine.toml").write_text(BASED + "cruise_mps = 13.0\n")
    assert settled_drone_type(load_scenario(scenario)).cruise_mps == 12.0
    assert settled_drone_type(load_scenario(tmp_path / "deep" / "s.toml")).cruise_mps == 12.0
    monkeypatch.chdir(tmp_path / "deep")
    assert settled_drone_type(load_scenario(scenario, ["fleet.drone_type=mine.toml"])).cruise_mps == 13.0


def test_overrides_of_a_scenario_go_on_top_of_the_file(tmp_path: Path, world: World) -> None:
    scenario = load_scenario(
        own_folder(tmp_path, BASED + "cruise_mps = 12.0\npack_wh = 400.0\n"), ["drone.pack_wh=450"]
    )
    kind = resolve(scenario, world).drone_type
    assert (kind.name, kind.cruise_mps, kind.pack_wh) == ("mine", 12.0, 450.0)


def test_mistakes_of_scenario_and_drone_type_are_told_together(tmp_path: Path) -> None:
    path = own_folder(tmp_path, BASED + "cruise_mps = nan\n")
    with pytest.raises(InputError) as caught:
        load_scenario(path, ["fleet.spares=-1"])
    places = {(problem.file, problem.line, problem.key) for problem in caught.value.problems}
    assert places == {(str(tmp_path / "mine.toml"), 3, "cruise_mps"), ("--set fleet.spares=-1", None, "fleet.spares")}


def test_a_file_that_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    path = own_folder(tmp_path, BASED)
    (tmp_path / "mine.toml").unlink()
    with pytest.raises(InputError, match=r"tiny\.toml:\d+: fleet\.drone_type: there is no such file") as caught:
        load_scenario(path)
    assert caught.value.problems[0].value == "mine.toml"
    with pytest.raises(InputError, match=re.escape("did you mean hexa-2.5kg?")):
        load_scenario(path, ["fleet.drone_type=hexa-2.5kg.toml"])


def test_a_last_hover_that_cant_be_is_told_in_the_line_that_states_it(tmp_path: Path, world: World) -> None:
    scenario = own_folder(tmp_path, BASED + "final_hover_s = 5\nground_s = 20\nfinal_hover_m = 500\n")
    with pytest.raises(InputError) as caught:
        resolve(load_scenario(scenario), world)
    told = [(problem.file, problem.line, problem.key) for problem in caught.value.problems]
    assert told == [(str(tmp_path / "mine.toml"), line, key) for line, key in ((4, "ground_s"), (5, "final_hover_m"))]
    settled = resolve(load_scenario(scenario, ["drone.ground_s=5", "drone.final_hover_m=9"]), world).drone_type
    assert math.isclose(settled.alignment_s, 0.0)

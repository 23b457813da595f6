"""Scenarios written back, the template, and the schema for editors."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dronesim.scenario import Scenario, dump_scenario, load_scenario, scenario_schema, scenario_template
from dronesim.scenario.complaints import known_keys

DATA = Path(__file__).parents[1] / "data"
MAP = (DATA / "tiny.geojson").as_posix()
RICH = f"""
name = 'quotes " and \\ and ümläut'
description = "two\\nlines\\u007f"
map = "{MAP}"
seed = 9007199254740993
[demand]
orders = 1e-3
profile = [{", ".join(["0.1", "2"] * 12)}]
mass = {{kind = "empirical", kilograms = [1, 2.5e-5]}}
[kitchens]
preparation = {{kind = "constant"}}
[fleet]
drones = {{"T 1" = 3, T2 = 1, "T.3" = 0}}
[drone]
payload_kg = 3
[[events]]
kind = "drone_fails"
at = 11:00:00
drone = 2
[[events]]
kind = "airport_closed"
at = "10:30"
airport = "A1"
"""


def loaded(tmp_path: Path, text: str, name: str = "s.toml") -> Scenario:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


@pytest.mark.parametrize("text", [RICH, f'name = "x"\nmap = "{MAP}"\n[demand]\norders = 5\n'])
def test_a_dumped_scenario_loads_to_an_equal_one(tmp_path: Path, text: str) -> None:
    scenario = loaded(tmp_path, text)
    dumped = dump_scenario(scenario, map_path=MAP)
    again = loaded(tmp_path, dumped, "again.toml")
    assert again == scenario
    assert dump_scenario(again, map_path=MAP) == dumped


def test_scenarios_that_differ_in_one_number_are_not_equal(tmp_path: Path) -> None:
    assert loaded(tmp_path, RICH) != loaded(tmp_path, RICH.replace("payload_kg = 3", "payload_kg = 4"))


def test_every_default_is_spelled_out(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, f'name = "x"\nmap = "{MAP}"\n[demand]\norders = 5\n')
    values = tomllib.loads(dump_scenario(scenario, map_path="inputs/map.geojson", trace_path="inputs/trace.csv"))
    assert values["fleet"] == scenario.fleet.model_dump()
    assert (values["map"], values["demand"]["file"]) == ("inputs/map.geojson", "inputs/trace.csv")


def test_the_template_loads_and_holds_only_defaults_but_for_clearances_and_the_policy(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, scenario_template(name="new", map_path=MAP))
    stated = f'name = "new"\nmap = "{MAP}"\n[demand]\norders = 1000\n[airspace]\nmode = "strategic"\n'
    stated += '[dispatch]\npolicy = "index"\n'
    assert scenario == loaded(tmp_path, stated, "plain.toml")


def test_the_template_names_every_key_with_its_source() -> None:
    lines = scenario_template(name="new", map_path=MAP).splitlines()
    variants = {"events", "shifts", "mass_kg", "low_kg", "high_kg", "kilograms", "low_min", "high_min", "minutes"} | {
        "sd",
        "factors",
        *("sd_s", "spread_s"),
        *("up_s", "down_s", "every_days", "share", "pad_radius_m", "landing_error_m"),
    }
    keys = {path[-1] for path in known_keys() if path[0] != "events" and "moves" not in path} - variants
    stated = {line.removeprefix("# ").partition(" = ")[0] for line in lines if " = " in line}
    opened = (line.removeprefix("# ") for line in lines)
    headers = {line[1:].partition("]")[0].split(".")[-1] for line in opened if line.startswith("[")}
    assert keys <= stated | headers
    values = [
        line for line in lines if line[:1].isalpha() and not line.startswith(("name", "map", "description", "seed"))
    ]
    assert all("  # " in line and line.endswith(")") for line in values)


def every_field(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [field for table in [schema, *schema["$defs"].values()] for field in table["properties"].values()]


def test_the_schema_is_json_and_describes_every_key() -> None:
    schema = scenario_schema()
    assert json.loads(json.dumps(schema)) == schema
    kinds = [field for field in every_field(schema) if "const" in field]
    assert all("description" in field for field in every_field(schema) if field not in kinds)


def test_the_schema_knows_the_keys_that_the_loader_knows() -> None:
    schema = scenario_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == {path[0] for path in known_keys()}
    assert set(schema["required"]) == {"name", "map", "demand"}

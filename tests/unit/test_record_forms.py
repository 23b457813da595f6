"""What a run leaves behind has one form in JSON: read back it is the same, and its schema fits it and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from command import TINY, call
from dronesim.errors import InputError
from dronesim.record.facts import Facts, read_facts
from dronesim.record.forms import from_json, to_json
from dronesim.record.kpis import read_kpis
from dronesim.record.report import Report
from dronesim.record.saved import open_saved
from dronesim.record.schemas import facts_schema, kpis_schema, report_schema, tables_schema

READERS = {
    "facts": read_facts,
    "kpis": read_kpis,
    "report": lambda content: from_json(Report, content, file="report.json"),
}
SCHEMAS = {"facts": facts_schema, "kpis": kpis_schema, "report": report_schema, "tables": tables_schema}
TROUBLE = """
[faults]
failures_per_flight_hour = 3

[[events]]
kind = "airport_closed"
at = "10:40"
airport = "A1"
"""


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give a day with tracks and trouble, one without any order, and one that is put together otherwise."""
    folder = tmp_path_factory.mktemp("days")
    (folder / "trouble.toml").write_text(TINY.read_text() + TROUBLE)
    (folder / "tiny.geojson").write_bytes(TINY.with_name("tiny.geojson").read_bytes())
    few = ("--quiet", "--set", "demand.orders=20")
    words = {
        "trouble": (folder / "trouble.toml", "--quiet", "--tracks"),
        "empty": (TINY, "--quiet", "--set", "demand.orders=0.001"),
        "other": (TINY, *few, "--set", "batteries.mode=charge", "--set", "airspace.mode=none"),
    }
    for name, said in words.items():
        assert call("run", *said, "--out", folder / name).code == 0
    return {name: folder / name for name in words}


DAYS = pytest.mark.parametrize("day", ["trouble", "empty", "other"])


def left(day: Path) -> dict[str, Any]:
    """Give what a day left behind, as programs read it."""
    saved = open_saved(day)
    tables = {name: saved.table(name).to_pylist() for name in saved.names}
    report = json.loads((day / "report.json").read_text(encoding="utf-8"))
    return {"facts": saved.facts, "kpis": saved.kpis, "report": report, "tables": tables}


@DAYS
@pytest.mark.parametrize("what", READERS)
def test_what_is_read_back_is_written_byte_by_byte_as_before(what: str, day: str, days: dict[str, Path]) -> None:
    content = left(days[day])[what]
    assert json.dumps(to_json(READERS[what](content))) == json.dumps(content)


@DAYS
@pytest.mark.parametrize("what", SCHEMAS)
def test_a_real_run_fits_its_schema(what: str, day: str, days: dict[str, Path]) -> None:
    schema = SCHEMAS[what]()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(left(days[day])[what], schema, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("what", SCHEMAS)
def test_the_command_prints_the_schema(what: str) -> None:
    assert json.loads(call("schema", what).out) == SCHEMAS[what]()


def test_read_facts_are_as_the_day_was(days: dict[str, Path]) -> None:
    facts = read_facts(left(days["trouble"])["facts"])
    assert isinstance(facts, Facts)
    assert (facts.name, facts.fleet.drones, facts.batteries.mode) == ("tiny", 5, "swap")
    assert facts.routes[0].origin in {site.id for site in facts.sites.takeoff_points}
    assert facts.winds[0].levels[0][1:] == (0.0, 0.0)


def without(*keys: str) -> Callable[[dict[str, Any]], object]:
    def change(content: dict[str, Any]) -> None:
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return change


CHANGES = {
    "a key is missing": (without("horizon", "end_s"), "horizon.end_s", "is missing"),
    "a table is missing": (without("prices"), "prices", "is missing"),
    "a key is unknown": (
        lambda facts: facts["pilots"].update(shift=8),
        "pilots.shift",
        "is not a known key; choose from count, drones_per_pilot",
    ),
    "text for a number": (
        lambda facts: facts["service"].update(limit_s="900"),
        "service.limit_s",
        "must be of type number",
    ),
    "a broken count": (lambda facts: facts["fleet"].update(owned=5.5), "fleet.owned", "must be of type integer"),
    "a switch for a count": (lambda facts: facts["fleet"].update(owned=True), "fleet.owned", "must be of type integer"),
    "null for a number": (lambda facts: facts.update(seed=None), "seed", "must be of type integer"),
    "a list for a table": (lambda facts: facts.update(sites=[]), "sites", "must be a table"),
    "a table for a list": (lambda facts: facts.update(routes={}), "routes", "must be a list"),
    "a wrong capacity": (
        lambda facts: facts["capacity"]["pad"].update(A1="2"),
        "capacity.pad.A1",
        "must be of type integer",
    ),
    "a point of three": (
        lambda facts: facts["routes"][1]["points_m"].insert(0, [1.0, 2.0, 3.0]),
        "routes[1].points_m[0]",
        "must have 2 values",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_facts_that_do_not_fit_are_refused_by_key_and_by_the_schema(name: str, days: dict[str, Path]) -> None:
    change, key, rule = CHANGES[name]
    content = copy.deepcopy(dict(left(days["other"])["facts"]))
    change(content)
    with pytest.raises(InputError) as caught:
        read_facts(content, file="facts.json")
    assert [(problem.file, problem.key, problem.rule) for problem in caught.value.problems] == [
        ("facts.json", key, rule)
    ]
    assert not jsonschema.Draft202012Validator(facts_schema()).is_valid(content)


def test_every_fault_of_a_file_is_named_at_once(days: dict[str, Path]) -> None:
    content = dict(left(days["other"])["kpis"])
    content["orders"] = {**content["orders"], "eaten": 1}
    content["fleet"] = {}
    with pytest.raises(InputError) as caught:
        read_kpis(content)
    keys = {problem.key for problem in caught.value.problems}
    assert {"orders.eaten", "fleet.owned", "fleet.utilization"} < keys


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("orders", "end_state", "eaten"),
        ("legs", "leg", 1.5),
        ("orders", "in_range", None),
        ("incidents", "kind", "hail"),
    ],
)
def test_rows_that_no_table_could_have_do_not_fit(
    table: str, column: str, value: object, days: dict[str, Path]
) -> None:
    content = left(days["trouble"])["tables"]
    content[table][0] = {**content[table][0], column: value}
    assert not jsonschema.Draft202012Validator(tables_schema()).is_valid(content)

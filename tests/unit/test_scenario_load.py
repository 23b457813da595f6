"""Scenario files: what planners get wrong is named with file, line, key, value and rule, all at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dronesim.dispatch import POLICIES
from dronesim.errors import InputError, Problem
from dronesim.scenario import load_scenario

DATA = Path(__file__).parents[1] / "data"
TINY = DATA / "tiny.toml"
HEAD = f'name = "x"\nmap = "{DATA.as_posix()}/tiny.geojson"\n'

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def inner(text: str, name: str = "s.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return inner


def problems(path: Path, *overrides: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load_scenario(path, overrides)
    return caught.value.problems


def only(path: Path, *overrides: str) -> Problem:
    found = problems(path, *overrides)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def test_name_map_and_orders_are_enough(write: Write) -> None:
    scenario = load_scenario(write(HEAD + "[demand]\norders = 60\n"))
    assert scenario.fleet.drones == 40
    assert scenario.demand.orders == 60.0
    assert Path(scenario.map) == DATA / "tiny.geojson"


@pytest.mark.parametrize(
    ("body", "line", "key", "rule", "hint"),
    [
        ("[fleet]\ndronez = 4", 6, "fleet.dronez", "is not a known key", "fleet.drones"),
        ("[fleets]\ndrones = 4", 5, "fleets", "is not a known key", "fleet"),
        ("[service]\ndrones = 4", 6, "service.drones", "is not a known key", "fleet.drones"),
        ("[fleet]\ndrones = 4.5", 6, "fleet.drones", "must be a whole number", None),
        ("[fleet]\ndrones = true", 6, "fleet.drones", "must be a whole number", None),
        ('[fleet]\ndrones = "4"', 6, "fleet.drones", "must be a whole number", None),
        ("[fleet]\ndrones = -4", 6, "fleet.drones", "must be at least 1", None),
        ("[fleet]\ndrones = 0", 6, "fleet.drones", "must be at least 1", None),
        ("[fleet]\ndrones = 99999999", 6, "fleet.drones", "must be at most 100000", None),
        ("[fleet]\ndrones = nan", 6, "fleet.drones", "must be a whole number", None),
        ("[fleet]\ndrones = {T1 = -1}", 6, "fleet.drones.T1", "must be at least 0", None),
        ("[fleet]\nis_shared = 1", 6, "fleet.is_shared", "must be true or false", None),
        ("[service]\ntarget = nan", 6, "service.target", "must be a finite number, not NaN or infinity", None),
        ("[service]\nradius_m = inf", 6, "service.radius_m", "must be a finite number, not NaN or infinity", None),
        ("[service]\ntarget = true", 6, "service.target", "must be a number", None),
        ("[service]\ntarget = 95", 6, "service.target", "must be at most 1", None),
        ('[service]\nclock = "redy"', 6, "service.clock", "is not known; choose from placed, ready", "ready"),
        ("[fleet]\nspares = []", 6, "fleet.spares", "must be a whole number", None),
        ("[[service]]\nlimit_min = 3", 5, "service", "must be a table", None),
        (
            '[horizon]\nend = "9.00"',
            6,
            "horizon.end",
            'must be a time of day such as "10:30", from 00:00 to 48:00: hours after midnight count on, as "25:30"',
            None,
        ),
        (
            '[horizon]\nend = "09:00"',
            6,
            "horizon.end",
            "must be later than start, 10:00; after midnight hours count on, as 25:30",
            None,
        ),
        ("[batteries]\nreserve = 0.96", 6, "batteries.reserve", "must be below charge_to, 0.95", None),
        ("[airspace]\nlevels_m = [60, 60]", 6, "airspace.levels_m", "must rise from level to level", None),
        ("[airspace]\nlevels_m = []", 6, "airspace.levels_m", "must have at least one value", None),
        (
            '[airspace]\nmode = "strategics"',
            6,
            "airspace.mode",
            "is not known; choose from none, headway, strategic",
            "strategic",
        ),
        (
            '[dispatch]\npolicy = "nearst"',
            6,
            "dispatch.policy",
            f"is not known; choose from {', '.join(POLICIES)}, or name your own as package.module:function",
            "nearest",
        ),
        (
            '[fleet]\ndrone_type = "hexa"',
            6,
            "fleet.drone_type",
            (
                "is not known; choose from contest-2024, hexa-2.5kg, ideal, quad-2021, "
                "or name a file of your own that ends in .toml"
            ),
            "hexa-2.5kg",
        ),
        (
            '[kitchens]\npreparation = {kind = "log", mean_min = 3}',
            6,
            "kitchens.preparation.kind",
            "is not known; choose from lognormal, constant, uniform, empirical",
            None,
        ),
        (
            "[kitchens.preparation]\nmean = 3",
            6,
            "kitchens.preparation.mean",
            "is not a known key",
            "kitchens.preparation.mean_min",
        ),
        (
            "[demand.mass]\nheavy_kg = 0.5",
            6,
            "demand.mass.heavy_kg",
            "must be above median_kg, 0.9",
            None,
        ),
        (
            "[customers.collection]\np95_min = 1.0",
            6,
            "customers.collection.p95_min",
            "must not be below median_min, 4",
            None,
        ),
        ('[[events]]\nkind = "airport_closed"\nat = "11:00"', 5, "events[0].airport", "is required", None),
        (
            '[[events]]\nkind = "drone_fails"\nat = "11:00"\nairport = "A1"',
            8,
            "events[0].airport",
            "is not a known key of drone_fails, which has kind, at, drone",
            None,
        ),
    ],
)
def test_one_mistake_is_one_problem_in_its_place(
    write: Write, body: str, line: int, key: str, rule: str, hint: str | None
) -> None:
    problem = only(write(HEAD + "[demand]\norders = 60\n" + body + "\n"))
    assert (problem.line, problem.key, problem.rule) == (line, key, rule)
    assert problem.file.endswith("s.toml")
    if hint is not None:
        assert problem.hint == hint


def test_no_orders_is_a_problem(write: Write) -> None:
    assert only(write(HEAD + "[demand]\n")).rule == 'is required with model = "poisson"'
    assert only(write(HEAD + "[demand]\norders = 0\n")).rule == "must be above 0"
    assert only(write(HEAD)).key == "demand"


def test_a_trace_needs_a_file_that_is_there(write: Write) -> None:
    assert only(write(HEAD + '[demand]\nmodel = "trace"\n')).key == "demand.file"
    problem = only(write(HEAD + '[demand]\nmodel = "trace"\nfile = "no.csv"\n'))
    assert (problem.line, problem.key, problem.rule) == (5, "demand.file", "there is no such file")


def test_all_problems_come_at_once_in_file_order_with_those_of_the_map(write: Write) -> None:
    write('{"type": "FeatureCollection",\n"features": [\n{"type": "Feature"}]}', "m.geojson")
    path = write('name = 1\nmap = "m.geojson"\n[fleet]\ndrones = -1\nspare = 2\n[demand]\norders = "x"\n')
    found = problems(path)
    assert [(Path(problem.file).name, problem.line, problem.key) for problem in found[:4]] == [
        ("s.toml", 1, "name"),
        ("s.toml", 4, "fleet.drones"),
        ("s.toml", 5, "fleet.spare"),
        ("s.toml", 7, "demand.orders"),
    ]
    assert {Path(problem.file).name for problem in found[4:]} == {"m.geojson"}


def test_broken_toml_names_line_and_column(write: Write) -> None:
    problem = only(write('name = "x"\nmap == 3\n'))
    assert (problem.line, problem.key) == (2, "column 6")
    assert problem.rule.startswith("is not valid TOML")


def test_a_key_stated_twice_is_named(write: Write) -> None:
    assert "is not valid TOML" in only(write('name = "x"\nname = "y"\n')).rule


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b'name = "\xff"', "must be UTF-8 text"),
        (b"", "is empty"),
        (b"a = " + b"[" * 100_000, "is nested too deeply"),
        (b"a = " + b"9" * 10_000, "has a number of more than"),
    ],
)
def test_a_file_that_is_no_scenario_says_why(tmp_path: Path, content: bytes, rule: str) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(content)
    assert only(path).rule.startswith(rule)


def test_a_folder_and_a_missing_file_say_so(tmp_path: Path) -> None:
    assert only(tmp_path).rule == "is a folder, not a file"
    assert only(tmp_path / "no.toml").rule == "there is no such file"


NOISE = {"random": random.Random(1).randbytes(5_000_000), "brackets": b"[" * 5_000_000, "keys": b"a1 = 1\n" * 800_000}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE.keys())
def test_five_megabytes_of_noise_answer_fast(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(noise)
    begun = time.process_time()
    assert only(path).rule.startswith("is too big")
    assert time.process_time() - begun < 1.0


def test_a_file_full_of_unknown_keys_answers_fast(write: Write) -> None:
    path = write(HEAD + "".join(f"key{number} = 1\n" for number in range(60_000)))
    begun = time.process_time()
    found = problems(path)
    assert len(found) == 101
    assert found[-1].alike == 59_900
    assert time.process_time() - begun < 5.0


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + "[demand]\norders = 60\n").encode())
    assert load_scenario(path).name == "x"


def test_a_scenario_extends_another_key_by_key(write: Write) -> None:
    write(
        HEAD + '[demand]\norders = 60\nmass = {kind = "uniform", low_kg = 1.0}\n[fleet]\ndrones = 7\nspares = 2\n',
        "base.toml",
    )
    child = write('extends = "base.toml"\nname = "child"\n[fleet]\ndrones = 9\n[demand.mass]\nkind = "constant"\n')
    scenario = load_scenario(child)
    assert (scenario.name, scenario.fleet.drones, scenario.fleet.spares) == ("child", 9, 2)
    assert scenario.demand.mass.kind == "constant"
    assert scenario.extends is None


def test_problems_name_the_file_of_the_chain_that_states_the_key(write: Write) -> None:
    write(HEAD + "[demand]\norders = 60\n[fleet]\ndrones = -7\n", "base.toml")
    child = write('extends = "base.toml"\n[couriers]\nwalk_mps = -1.0\n')
    assert {(Path(problem.file).name, problem.line, problem.key) for problem in problems(child)} == {
        ("s.toml", 3, "couriers.walk_mps"),
        ("base.toml", 6, "fleet.drones"),
    }


def test_relative_paths_belong_to_the_file_that_states_them(write: Write, tmp_path: Path) -> None:
    write((DATA / "tiny.geojson").read_text(), "deep/m.geojson")
    write('name = "b"\nmap = "m.geojson"\n[demand]\norders = 3\n', "deep/base.toml")
    child = write('extends = "deep/base.toml"\n')
    assert Path(load_scenario(child).map) == (tmp_path / "deep" / "m.geojson").resolve()


def test_scenarios_that_extend_each_other_in_a_circle_are_named(write: Write) -> None:
    write('extends = "s.toml"\n', "b.toml")
    problem = only(write('\nextends = "b.toml"\n'))
    assert problem.rule == "goes in a circle: s.toml -> b.toml -> s.toml"
    assert problem.file.endswith("b.toml")


def test_extending_a_file_that_is_not_there_is_a_problem_of_that_line(write: Write) -> None:
    problem = only(write('\nextends = "no.toml"\n'))
    assert (problem.line, problem.key, problem.rule) == (2, "extends", "names a file that is not there")


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("fleet.drones=12", lambda s: s.fleet.drones == 12),
        ("fleet.drones={T1=3, T2=4}", lambda s: s.fleet.drones == {"T1": 3, "T2": 4}),
        ("dispatch.policy=matching", lambda s: s.dispatch.policy == "matching"),
        ('dispatch.policy="greedy"', lambda s: s.dispatch.policy == "greedy"),
        ("horizon.end=13:30", lambda s: s.horizon.end == "13:30"),
        ("horizon.end=13:30:00", lambda s: s.horizon.end == "13:30:00"),
        ("kitchens.preparation.mean_min=5.5", lambda s: s.kitchens.preparation.mean_min == 5.5),
        ("fleet.is_shared=true", lambda s: s.fleet.is_shared is True),
        (" seed = 7 ", lambda s: s.seed == 7),
    ],
)
def test_a_setting_on_the_command_line_wins(override: str, read: Callable[..., bool]) -> None:
    assert read(load_scenario(TINY, [override]))


@pytest.mark.parametrize(
    ("override", "key", "rule", "hint"),
    [
        ("fleet.dronez=40", "fleet.dronez", "is not a known key", "fleet.drones"),
        ("fleet.drones=-1", "fleet.drones", "must be at least 1", None),
        ("fleet.drones", "fleet.drones", "must look like table.key=value", None),
        ("=3", "--set", "must look like table.key=value", None),
        ("fleet..drones=3", "fleet..drones", "must look like table.key=value", None),
        (
            "fleet.drones.T1=3",
            "fleet.drones.T1",
            (
                "can't be set: fleet.drones holds 5 and is not a table; "
                "for single sites write --set 'fleet.drones={T1=3, ...}'"
            ),
            None,
        ),
        ("extends=other.toml", "extends", "can only be stated in a scenario file", None),
        ("map=/no/such/map", "map", "there is no such file", None),
    ],
)
def test_a_bad_setting_is_named_as_it_was_typed(override: str, key: str, rule: str, hint: str | None) -> None:
    problem = only(TINY, override)
    assert problem.file == f"--set {override}"
    assert (problem.line, problem.key, problem.rule, problem.hint) == (None, key, rule, hint)


def test_setting_a_key_twice_takes_the_last() -> None:
    assert load_scenario(TINY, ["fleet.drones=3", "fleet.drones=4"]).fleet.drones == 4

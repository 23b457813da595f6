"""A planner's mistake gives exit code 2 and a line with place, key and rule, and never a traceback."""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command import DATA, TINY, Answer, call, spawn, tiny_map

HEAD = 'name = "x"\nmap = "m.geojson"\n[horizon]\nstart = "10:00"\nend = "12:00"\n'
DEMAND = '[demand]\norders = 20\nprofile = "flat"\n'
GOOD = HEAD + DEMAND
A1 = (114.2412389, 22.7281269)


def square(lon: float, lat: float, half: float) -> list[list[float]]:
    corners = [(-half, -half), (half, -half), (half, half), (-half, half), (-half, -half)]
    return [[lon + east, lat + north] for east, north in corners]


def polygon(name: str, kind: str, *rings: list[list[float]], **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": {"id": name, "kind": kind, **properties}, "geometry": geometry}


def map_with(*features: dict[str, Any]) -> bytes:
    """The tiny map and more, a feature a line, as people keep maps that they compare."""
    content = tiny_map()
    lines = ",\n".join(json.dumps(feature) for feature in [*content["features"], *features])
    return f'{{"type": "FeatureCollection", "origin": [114.25, 22.72], "features": [\n{lines}\n]}}'.encode()


LINES = len(tiny_map()["features"]) + 1
"""Lines of that map before what was added."""


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Answer]:
    """Writes a scenario and a map, and calls a verb on them."""

    def check(scenario: str | bytes, features: bytes | None = None, verb: str = "validate") -> Answer:
        (tmp_path / "s.toml").write_bytes(scenario if isinstance(scenario, bytes) else scenario.encode())
        (tmp_path / "m.geojson").write_bytes(map_with() if features is None else features)
        answer = call(verb, tmp_path / "s.toml", *(("--out", tmp_path / "run") if verb == "run" else ()))
        assert not (tmp_path / "run").exists()
        return answer

    return check


def assert_told(answer: Answer, *said: str) -> None:
    """Exit code 2, nothing on standard output, one line a problem, each with what it must say."""
    assert (answer.code, answer.out) == (2, ""), answer
    assert "Traceback" not in answer.err
    assert len(answer.complaints) == len(said), answer.err
    for complaint, part in zip(answer.complaints, said, strict=True):
        assert part in complaint


SCENARIOS = {
    "an unknown key": (
        GOOD + "[fleet]\ndronez = 4\n",
        "s.toml:10: fleet.dronez: is not a known key (found 4); did you mean fleet.drones?",
    ),
    "an unknown table": (GOOD + "[flete]\ndrones = 4\n", "s.toml:9: flete: is not a known key"),
    "a wrong type": (
        GOOD + '[pilots]\ncount = "many"\n',
        "s.toml:10: pilots.count: must be a whole number (found 'many')",
    ),
    "a number for a table": (f"demand = 3\n{HEAD}", "s.toml:1: demand: must be a table (found 3)"),
    "a negative count": (GOOD + "[fleet]\nspares = -1\n", "s.toml:10: fleet.spares: must be at least 0 (found -1)"),
    "no drones": (GOOD + "[fleet]\ndrones = 0\n", "s.toml:10: fleet.drones: must be at least 1 (found 0)"),
    "a table for a number": (
        GOOD + "[pilots.count]\na = 1\nb = 2\n",
        "s.toml:9: pilots.count: must be a whole number (found a table)",
    ),
    "an empty list": (
        GOOD + "[airspace]\nlevels_m = []\n",
        "s.toml:10: airspace.levels_m: must have at least one value (found [])",
    ),
    "an absurd number of orders": (
        HEAD + "[demand]\norders = 10_000_000\n",
        "s.toml:7: demand.orders: must be at most 5,000,000 (found 10000000)",
    ),
    "an event without a kind": (
        GOOD + '[[events]]\nat = "11:00"\n',
        "s.toml:9: events[0]: needs a kind: airport_closed, drone_fails, divert",
    ),
    "a key of another kind of event": (
        GOOD + '[[events]]\nkind = "drone_fails"\nat = "11:00"\nminutes = 3\n',
        "events[0].minutes: is not a known key of drone_fails, which has kind, at, drone (found 3)",
    ),
    "a wrong key of an event": (
        GOOD + '[[events]]\nkind = "airport_closed"\nat = "11:00"\nairport = "A1"\nduration_min = 3\n',
        (
            "s.toml:13: events[0].duration_min: is not a known key of airport_closed, which has kind, at, minutes, "
            "airport (found 3); did you mean events[0].minutes?"
        ),
    ),
    "a wrong name of a site in an event": (
        GOOD + '[[events]]\nkind = "divert"\nat = "11:00"\nsite = "A1"\n',
        "(found 'A1'); did you mean events[0].airport?",
    ),
    "NaN": (
        GOOD + "[couriers]\nwalk_mps = nan\n",
        "s.toml:10: couriers.walk_mps: must be a finite number, not NaN or infinity (found nan)",
    ),
    "infinity": (GOOD + "[service]\nradius_m = inf\n", "s.toml:10: service.radius_m: must be a finite number"),
    "too heavy for every drone": (
        GOOD + 'mass = {kind = "uniform", low_kg = 5.0, high_kg = 6.0}\n',
        (
            "s.toml:9: demand.mass: every parcel is too heavy for every drone: the payload of hexa-2.5kg is 2.5 kg, "
            "the lightest parcel weighs 5 kg; take lighter parcels, or a drone that carries more"
        ),
    ),
    "no orders": (HEAD + "[demand]\norders = 0\n", "s.toml:7: demand.orders: must be above 0 (found 0)"),
    "an unknown policy": (
        GOOD + '[dispatch]\npolicy = "nearst"\n',
        "s.toml:10: dispatch.policy: is not known; choose from first-job-first, random-feasible, greedy, matching, ",
    ),
    "a policy that is not there": (GOOD + '[dispatch]\npolicy = "nowhere_at_all:f"\n', "dispatch.policy: "),
    "an event at an unknown site": (
        GOOD + '[[events]]\nkind = "airport_closed"\nat = "11:00"\nairport = "A9"\n',
        "s.toml:12: events[0].airport: ",
    ),
    "a fleet at an unknown site": (GOOD + "[fleet]\ndrones = {T1 = 2, T3 = 1}\n", "s.toml:10: fleet.drones"),
    "a map that is missing": (
        GOOD.replace("m.geojson", "no.geojson"),
        "s.toml:2: map: there is no such file (found 'no.geojson')",
    ),
    "a map that is a folder": (GOOD.replace("m.geojson", "."), "s.toml:2: map: is a folder, not a file (found '.')"),
    "a trace that is missing": (
        HEAD + '[demand]\nmodel = "trace"\nfile = "no.csv"\n',
        "s.toml:8: demand.file: there is no such file (found 'no.csv')",
    ),
    "not UTF-8": (b'name = "\xff"\n', "s.toml:1: file: must be UTF-8 text"),
    "an empty file": (b"", "s.toml: file: is empty"),
    "no TOML": ("name = \n", "s.toml:1: "),
    "5 MB of noise": (random.Random(1).randbytes(5_000_000), "s.toml: file: is too big"),
    "5 MB of brackets": (b"a = " + b"[" * 5_000_000, "s.toml: file: is too big"),
}


@pytest.mark.parametrize("verb", ["validate", "run"])
@pytest.mark.parametrize("mistake", SCENARIOS)
def test_a_mistake_in_a_scenario_is_told_with_its_place(mistake: str, verb: str, check: Callable[..., Answer]) -> None:
    scenario, said = SCENARIOS[mistake]
    assert_told(check(scenario, verb=verb), said)


MAPS = {
    "a site inside a zone": (
        map_with(polygon("Z1", "no_fly", square(*A1, 0.0005), floor_m=0, ceiling_m=300)),
        "m.geojson:4: A1: lies inside the no-fly zone Z1",
    ),
    "a site inside a building": (
        map_with(polygon("B99", "building", square(*A1, 0.0005), height_m=130)),
        (
            "m.geojson:4: A1: lies inside a building or no-fly zone that begins below the lowest level, 60 m; "
            "the nearest is the building B99 of 130 m, around it"
        ),
    ),
    "a site too near a zone": (
        map_with(polygon("Z1", "no_fly", square(A1[0] + 0.0006, A1[1], 0.00055), floor_m=0, ceiling_m=300)),
        "at every level; no drone can reach it; the nearest is the no-fly zone Z1, 5.1 m away",
    ),
    "a property nearly spelt right": (
        map_with(
            {**copy.deepcopy(tiny_map()["features"][2]), "properties": {"id": "A4", "kind": "airport", "padz": 3}}
        ),
        f"m.geojson:{LINES + 1}: A4: has an unknown property padz (found 3); did you mean pads?",
    ),
    "an airway's rule": (
        map_with(
            {
                "type": "Feature",
                "properties": {"id": "W", "kind": "airway", "level_rule": "some"},
                "geometry": {"type": "LineString", "coordinates": [[114.25, 22.72], [114.26, 22.72]]},
            }
        ),
        "W: level_rule is not known; choose from any, heading (found 'some')",
    ),
    "a site without a way to it": (
        map_with(
            polygon("moat", "no_fly", square(*A1, 0.004), square(*A1, 0.003), floor_m=0, ceiling_m=300),
        ),
        (
            "m.geojson:4: A1: is walled in: no route leads there or away at any level; "
            "the nearest is the no-fly zone moat, 308.2 m away"
        ),
    ),
    "duplicate ids": (
        map_with(copy.deepcopy(tiny_map()["features"][2])),
        f"m.geojson:{LINES + 1}: A1: id must be unique; feature 3 of the file has it already",
    ),
    "a self-crossing polygon": (
        map_with(
            polygon(
                "X1",
                "building",
                [[114.25, 22.73], [114.251, 22.731], [114.251, 22.73], [114.25, 22.731], [114.25, 22.73]],
                height_m=30,
            )
        ),
        f"m.geojson:{LINES + 1}: X1: polygon must not cross itself: self-intersection at 114.2505 22.7305",
    ),
    "an unknown kind": (
        map_with({**copy.deepcopy(tiny_map()["features"][2]), "properties": {"id": "A4", "kind": "aiport"}}),
        f"m.geojson:{LINES + 1}: A4: ",
    ),
    "NaN for a height": (
        map_with(polygon("B99", "building", square(114.25, 22.73, 0.0001), height_m=float("nan"))),
        f"m.geojson:{LINES + 1}: ",
    ),
    "not UTF-8": (b"\xff\xfe{}", "m.geojson:1: file: must be UTF-8 text"),
    "an empty file": (b"", "m.geojson"),
    "another JSON": (b"[1, 2, 3]", "m.geojson"),
    "5 MB of noise": (random.Random(1).randbytes(5_000_000), "m.geojson:1: file: must be UTF-8 text"),
    "5 MB of brackets": (b"[" * 5_000_000, "m.geojson: map: is nested too deeply"),
    "5 MB of digits": (b"9" * 5_000_000, "m.geojson"),
}


@pytest.mark.parametrize("mistake", MAPS)
def test_a_mistake_in_a_map_is_told_with_its_feature(mistake: str, check: Callable[..., Answer]) -> None:
    features, said = MAPS[mistake]
    assert_told(check(GOOD, features), said)


def test_five_megabytes_of_features_without_a_kind_end_in_a_count(check: Callable[..., Answer]) -> None:
    noise = b'{"type": "FeatureCollection", "features": [\n' + b'{"type": "Feature"},\n' * 240_000 + b"{}]}"
    answer = check(GOOD, noise)
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err
    assert len(answer.complaints) < 150
    assert "features: are left unread from here on, after 1,001 problems" in answer.complaints[-1]


def test_all_mistakes_of_scenario_and_map_are_told_at_once(check: Callable[..., Answer]) -> None:
    scenario = GOOD + '[fleet]\ndronez = 4\ndrone_type = "hexa"\nspares = -1\n[pilots]\ncount = "many"\n'
    answer = check(scenario, map_with(copy.deepcopy(tiny_map()["features"][2])))
    assert_told(
        answer,
        "s.toml:10: fleet.dronez: is not a known key (found 4); did you mean fleet.drones?",
        "s.toml:11: fleet.drone_type: is not known; choose from contest-2024, hexa-2.5kg, ideal, quad-2021, "
        "or name a file of your own that ends in .toml (found 'hexa'); did you mean hexa-2.5kg?",
        "s.toml:12: fleet.spares: must be at least 0 (found -1)",
        "s.toml:14: pilots.count: must be a whole number (found 'many')",
        f"m.geojson:{LINES + 1}: A1: id must be unique",
    )
    assert answer.err.endswith("5 problems\n")


TRACE = "order_id,placed,merchant,community,mass_kg,preparation_min\n"
TRACES = {
    "a negative mass": (TRACE + "1,10:05:00,M1,C1,-1,4\n", "trace.csv:2: "),
    "an unknown merchant": (TRACE + "1,10:05:00,M9,C1,1,4\n", "trace.csv:2: merchant: "),
    "an id twice": (TRACE + "1,10:05:00,M1,C1,1,4\n1,10:06:00,M1,C1,1,4\n", "trace.csv:3: order_id: "),
    "NaN": (TRACE + "1,10:05:00,M1,C1,nan,4\n", "trace.csv:2: mass_kg: "),
    "no rows": (TRACE, "trace.csv"),
    "not UTF-8": (b"order_id,\xff\n", "trace.csv"),
    "noise": (random.Random(2).randbytes(5_000_000), "trace.csv"),
}


@pytest.mark.parametrize("mistake", TRACES)
def test_a_mistake_in_a_trace_is_told_with_its_line(mistake: str, check: Callable[..., Answer], tmp_path: Path) -> None:
    trace, said = TRACES[mistake]
    (tmp_path / "trace.csv").write_bytes(trace if isinstance(trace, bytes) else trace.encode())
    assert_told(check(HEAD + '[demand]\nmodel = "trace"\nfile = "trace.csv"\n'), said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("validate", "no.toml"), "no.toml: file: there is no such file"),
        (("run", "no.toml"), "no.toml: file: there is no such file"),
        (("validate", "."), ".: file: is a folder, not a file"),
        (("run", "."), ".: file: is a folder, not a file"),
        (("verify", "no-run"), "no-run"),
        (("verify", "."), "manifest.json"),
        (("report", "no-run"), "no-run"),
        (("report", "."), "is not a run folder: manifest.json is missing"),
        (("list", "scenarios", "no-folder"), "no-folder: list: is not a folder"),
        (("import", "rappi", "no-folder", "--out", "day"), "no-folder"),
        (("import", "mdrplib", ".", "--out", "day"), "there is no such file"),
    ],
)
def test_what_is_not_there_is_told(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call(*arguments)
    assert (answer.code, answer.out) == (2, ""), answer
    assert "Traceback" not in answer.err
    assert said in answer.complaints[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("fly",), "No such command 'fly'"),
        (("run",), "Missing argument 'SCENARIO'"),
        (("run", TINY, "--ouT", "x"), "No such option"),
        (("run", TINY, "--seed", "-1"), "'--seed': must lie between 0 and 9,223,372,036,854,775,807 (found -1)"),
        (("run", TINY, "--seed", str(2**63)), "(found 9223372036854775808)"),
        (("run", TINY, "--replication", "many"), "'--replication': must be a whole number (found 'many')"),
        (("run", TINY, "--replications", "0"), "'--replications': must be at least 1 (found 0)"),
        (("run", TINY, "--replications", "2", "--tracks"), "--tracks: is for one day"),
        (("run", TINY, "--replications", "2", "--replication", "3"), "--replication: is for one day"),
        (("run", TINY, "--workers", "2"), "--workers: is for many days; say how many with --replications"),
        (("run", TINY, "--dask", "tcp://127.0.0.1:9"), "--dask: is for many days"),
        (("sweep", TINY, "--vary", "seed=1", "--replications", "1"), "must be at least 2 (found 1)"),
        (("compare", TINY, "--workers", "0"), "'--workers': must be at least 1 (found 0)"),
        (("size", TINY, "--target", "95"), "must lie between 0 and 1, 95 % is 0.95 (found 95.0)"),
        (("size", TINY, "--target", "nan"), "(found nan)"),
        (("size", TINY, "--confidence", "0.3"), "'--confidence': must lie between 0.5 and 0.9999"),
        (("size", TINY, "--indifference", "lots"), "'--indifference': must be a number (found 'lots')"),
        (("size", TINY, "--max-replications", "5"), "must be at least 10 (found 5)"),
        (("size", TINY, "--days", "0"), "'--days': must lie above 0 and below 1, 90 % is 0.9 (found 0.0)"),
        (("size", TINY, "--days", "1"), "must lie above 0 and below 1, 90 % is 0.9 (found 1.0)"),
        (("size", TINY, "--days", "1.5"), "must lie above 0 and below 1, 90 % is 0.9 (found 1.5)"),
        (("size", TINY, "--days", "nan"), "(found nan)"),
        (("size", TINY, "--days", "most"), "'--days': must be a number (found 'most')"),
        (("size", TINY, "--days", "0.9", "--indifference", "1"), "with --days it is --days-indifference"),
        (("size", TINY, "--days-indifference", "5"), "--days-indifference: is for a share of days"),
        (("size", TINY, "--days", "0.9", "--days-indifference", "51"), "must lie between 0 and 50 (found 51.0)"),
        (("size", TINY, "--near-ceiling", "0"), "must lie above 0 and below 100 (found 0.0)"),
        (("list", "planes"), "planes"),
        (("new", "map", "m.geojson", "--size-m", "nan"), "--size-m"),
        (("new", "map", "m.geojson", "--size-m", "3"), "--size-m"),
        (("new", "map", "m.geojson", "--airports", "0"), "'--airports': must lie between 1 and 500 (found 0)"),
        (
            ("new", "map", "m.geojson", "--size-m", "1e9"),
            "'--size-m': must lie between 1,500 and 30,000 (found 1000000",
        ),
        (("new", "map", "m.geojson", "--buildings", "1000000000"), "--buildings"),
        (("new", "map", "m.geojson", "--zones", "1000000"), "--zones"),
        (("import", "rappi", ".", "--out", "d", "--airports", "501"), "must lie between 1 and 500 (found 501)"),
        (
            ("new", "map", "m.geojson", "--buildings", "0"),
            "none of so many would be a home, and the map have no community",
        ),
        (("import", "rappi", "."), "Missing option '--out'"),
        (("import", "uber", "."), "No such command 'uber'"),
    ],
)
def test_bad_usage_exits_with_2_and_says_what_is_wrong(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call(*arguments)
    assert (answer.code, answer.out) == (2, ""), answer
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert not list(tmp_path.iterdir())


def test_foreign_properties_of_a_map_are_left_alone(check: Callable[..., Answer]) -> None:
    """Also those like a known one that is stated beside them."""
    foreign = {"id": "A4", "kind": "airport", "pads": 2, "pad": 7, "name": "north", "OBJECTID": 9, "boxes_note": "x"}
    feature = {**copy.deepcopy(tiny_map()["features"][2]), "properties": foreign}
    feature["geometry"]["coordinates"][0] += 0.002
    assert check(GOOD, map_with(feature)).code == 0


@pytest.mark.parametrize("policy", ["os:system", "json:dumps", "misfits:none", "misfits:two", "misfits:Kind"])
def test_what_cannot_be_a_policy_is_refused_before_the_day(policy: str, tmp_path: Path) -> None:
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(DATA / name, tmp_path / name)
    (tmp_path / "misfits.py").write_text(
        "def none():\n    pass\n\n\ndef two(view, more):\n    pass\n\n\n"
        "class Kind:\n    def __init__(self, view):\n        pass\n\n\n"
        "class Rule:\n    def __call__(self, view, more=None):\n        pass\n\n\nfit = Rule()\n"
    )
    answer = call("validate", tmp_path / "tiny.toml", "--set", f"dispatch.policy={policy}")
    assert_told(answer, "a policy is a function of one argument, the view, that returns Decisions")
    assert call("validate", tmp_path / "tiny.toml", "--set", "dispatch.policy=misfits:fit").code == 0


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("fleet.drones.T1=3", "is not a table; for single sites write --set 'fleet.drones={T1=3, ...}'"),
        ("fleet.dronez=40", "--set fleet.dronez=40: fleet.dronez: is not a known key (found 40); did you mean"),
        ("fleet.drones=-1", "--set fleet.drones=-1: fleet.drones: must be at least 1 (found -1)"),
        ("fleet.drones=nan", "--set fleet.drones=nan: fleet.drones: must be"),
        ("fleet.drones", "--set fleet.drones: fleet.drones: must look like table.key=value"),
        ("map=/no/such/map", "--set map=/no/such/map: map: there is no such file"),
        ("dispatch.policy=psychic", "--set dispatch.policy=psychic: dispatch.policy: is not known; choose from"),
    ],
)
def test_a_bad_setting_is_named_as_it_was_typed(setting: str, said: str) -> None:
    assert_told(call("validate", TINY, "--set", setting), said)


def test_an_illegal_policy_ends_the_run_with_1_and_leaves_nothing(tmp_path: Path) -> None:
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(DATA / name, tmp_path / name)
    (tmp_path / "bad_rules.py").write_text(
        "from dronesim import Decisions\n\n\ndef twice(view):\n    decisions = Decisions()\n"
        "    for order in view.ready:\n        decisions.assign(order, 10_000)\n    return decisions\n\n\n"
        "def torn(view):\n    return 1 / 0\n\n\ndef away(view):\n    raise SystemExit(3)\n"
    )
    for policy, said in (("twice", "10000"), ("torn", "ZeroDivisionError"), ("away", "at 10:0")):
        options = ("--set", f"dispatch.policy=bad_rules:{policy}", "--out", tmp_path / "run")
        answer = call("run", tmp_path / "tiny.toml", *options)
        assert (answer.code, answer.out) == (1, ""), answer
        assert said in answer.err
        assert "Traceback" not in answer.err
        assert not [path for path in tmp_path.iterdir() if "run" in path.name]


def test_a_policy_that_ends_the_program_is_told_with_the_epoch_and_its_line(tmp_path: Path) -> None:
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(DATA / name, tmp_path / name)
    (tmp_path / "quits.py").write_text("import sys\n\n\ndef away(view):\n    sys.exit(3)\n")
    (tmp_path / "gone.py").write_text("raise SystemExit(3)\n")
    out = ("--out", tmp_path / "run")
    answer = call("run", tmp_path / "tiny.toml", "--set", "dispatch.policy=quits:away", *out)
    assert (answer.code, answer.out, len(answer.complaints)) == (1, "", 1)
    assert answer.complaints[0].startswith("policy quits:away at 10:")
    assert answer.complaints[0].endswith(f"raised SystemExit: 3 ({tmp_path / 'quits.py'}:5)")
    answer = call("run", tmp_path / "tiny.toml", "--set", "dispatch.policy=gone:away", *out)
    assert (answer.code, answer.out) == (2, "")
    assert "can't be imported: SystemExit: 3" in answer.complaints[0]


@pytest.mark.usefixtures("no_pictures")
def test_what_a_policy_prints_does_not_get_into_the_data(tmp_path: Path) -> None:
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(DATA / name, tmp_path / name)
    (tmp_path / "chatty.py").write_text(
        "from dronesim.dispatch import POLICIES\nprint('at import')\n\n\n"
        "def say(view):\n    print('when asked')\n    return POLICIES['nearest'](view)\n"
    )
    options = ("--set", "dispatch.policy=chatty:say", "--set", "demand.orders=5", "--out", tmp_path / "run", "--json")
    answer = call("run", tmp_path / "tiny.toml", *options)
    assert (answer.code, json.loads(answer.out)["schema_version"]) == (0, 2)
    assert answer.err.splitlines()[0].startswith("runs code that is not part of dronesim: policy chatty:say of ")
    # once when it is looked at, and anew for the day
    assert answer.err.splitlines()[1:4] == ["at import", "at import", "when asked"]


def test_a_damaged_run_is_told_and_never_a_traceback(tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert call("run", TINY, "--out", run, "--quiet", "--set", "demand.orders=5").code == 0
    noise = random.Random(3).randbytes(20_000)
    for name in ("orders.parquet", "facts.json", "kpis.json", "manifest.json"):
        kept = (run / name).read_bytes()
        for content in (b"", noise, b"{}", kept[: len(kept) // 2]):
            (run / name).write_bytes(content)
            for verb in ("verify", "report"):
                answer = call(verb, run)
                assert answer.code in (1, 2), (verb, name, content[:10], answer)
                assert "Traceback" not in answer.err
                assert "defect of dronesim" not in answer.err, (verb, name, content[:10], answer.err)
        (run / name).write_bytes(kept)


def test_a_traceback_is_shown_where_it_is_asked_for(tmp_path: Path) -> None:
    plain = spawn("validate", "no.toml", cwd=tmp_path)
    asked = spawn("validate", "no.toml", "--debug", cwd=tmp_path)
    assert (plain.code, asked.code) == (2, 2)
    assert "Traceback" not in plain.err
    assert "Traceback" in asked.err
    assert asked.complaints == plain.complaints

"""Every verb with good input: exit code 0, data on standard output, everything else on standard error."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from command import TINY, Answer, call, write_rappi
from dronesim.cli.compiling import MESSAGE
from dronesim.dispatch import POLICIES
from dronesim.record.tables import SCHEMAS

TABLES = {"orders", "legs", "occupancy", "waits", "incidents", "scans"}
TRACKS = {"cleared", "flown"}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    """One run of the tiny scenario and what it said."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    return folder, call("run", TINY, "--out", folder)


@pytest.fixture
def copy(tiny: tuple[Path, Answer], tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny[0], tmp_path / "copy"))


# run


def test_a_run_answers_on_standard_output_and_says_where_the_report_lies(tiny: tuple[Path, Answer]) -> None:
    folder, answer = tiny
    assert answer.code == 0
    assert answer.out.startswith("Service ")
    assert answer.said == f"report: {folder / 'report.html'}\n"


def test_what_a_machine_says_of_its_own_work_is_not_of_the_run() -> None:
    of_the_machine = f"{MESSAGE}\ntiny: 4% of the day\n"
    assert Answer(code=0, out="", err=f"{of_the_machine}report: r/report.html\n").said == "report: r/report.html\n"


def test_a_run_leaves_every_file_of_the_design_and_nothing_aside(tiny: tuple[Path, Answer]) -> None:
    folder, _ = tiny
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    expected = {f"{table}.parquet" for table in TABLES}
    expected |= {
        "manifest.json",
        "scenario.toml",
        "facts.json",
        "kpis.json",
        "report.html",
        "report.json",
        "inputs/map.geojson",
    }
    assert expected <= names
    assert {Path(name).suffix for name in names - expected} == {".png"}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.usefixtures("no_pictures")
def test_json_of_a_run_is_the_file_of_its_key_figures(tmp_path: Path) -> None:
    answer = call("run", TINY, "--out", tmp_path / "run", "--json", "--set", "demand.orders=10")
    assert answer.code == 0
    assert json.loads(answer.out) == json.loads((tmp_path / "run" / "kpis.json").read_text())
    assert json.loads(answer.out)["schema_version"] == 2
    assert answer.said == "", "there is no page to name"


@pytest.mark.usefixtures("no_pictures")
def test_a_quiet_run_says_nothing_but_json_where_that_is_asked_for(tmp_path: Path) -> None:
    few = ("--set", "demand.orders=5")
    answer = call("run", TINY, "--out", tmp_path / "run", "--quiet", *few)
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    answer = call("run", TINY, "--out", tmp_path / "run", "--quiet", "--json", *few)
    assert (answer.code, answer.err) == (0, "")
    assert json.loads(answer.out)["orders"]["placed"] > 0


@pytest.mark.usefixtures("no_pictures")
def test_settings_seed_and_replication_of_a_run_are_in_what_it_leaves(tmp_path: Path) -> None:
    options = ("--set", "fleet.drones=7", "--set", "demand.orders=5", "--seed", 3, "--replication", 2, "--tracks")
    assert call("run", TINY, "--out", tmp_path / "run", *options).code == 0
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert (manifest["seed"], manifest["replication"]) == (3, 2)
    assert json.loads((tmp_path / "run" / "kpis.json").read_text())["fleet"]["drones"] == 7
    found = {path.stem: set(pq.read_schema(path).names) for path in (tmp_path / "run").glob("*.parquet")}
    assert found == {name: set(SCHEMAS[name]) for name in TABLES | TRACKS}


@pytest.mark.usefixtures("no_pictures")
def test_another_seed_and_another_replication_are_other_days(tmp_path: Path) -> None:
    def placed(*options: object) -> list[float]:
        assert call("run", TINY, "--out", tmp_path / "run", "--quiet", *options).code == 0
        return pq.read_table(tmp_path / "run" / "orders.parquet", columns=["placed_s"])["placed_s"].to_pylist()

    few = ("--set", "demand.orders=5")
    days = [placed(*few), placed(*few, "--seed", 2), placed(*few, "--replication", 1)]
    assert all(first != second for first, second in (days[:2], days[1:], days[::2]))


@pytest.mark.usefixtures("no_pictures")
def test_a_run_without_a_place_is_named_by_scenario_seed_and_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call("run", TINY, "--quiet", "--set", "demand.orders=5")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    (folder,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"tiny-1-[0-9a-f]{8}", folder.name)


@pytest.mark.usefixtures("no_pictures")
def test_a_run_may_be_repeated_in_its_place(copy: Path) -> None:
    before = json.loads((copy / "manifest.json").read_text())["files"]
    (copy / "stale.txt").write_text("of an older run")
    assert call("run", TINY, "--out", copy, "--quiet", "--seed", 2, "--set", "demand.orders=5").code == 0
    assert json.loads((copy / "manifest.json").read_text())["files"]["orders.parquet"] != before["orders.parquet"]
    assert not (copy / "stale.txt").exists()


@pytest.mark.usefixtures("no_pictures")
def test_a_policy_of_ones_own_runs_from_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "my_rules.py").write_text("from dronesim.dispatch import POLICIES\nmine = POLICIES['greedy']\n")
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(TINY.with_name(name), tmp_path / name)
    options = ("--set", "dispatch.policy=my_rules:mine", "--set", "demand.orders=5", "--quiet")
    answer = call("run", tmp_path / "tiny.toml", "--out", tmp_path / "run", *options)
    assert (answer.code, len(answer.err.splitlines())) == (0, 1), "it is named, and nothing else is said"
    saved = tmp_path / "run" / "inputs" / "my_rules.py"
    assert saved.read_text() == (tmp_path / "my_rules.py").read_text(), "the file that was named, wherever its code is"
    assert call("verify", tmp_path / "run", "--rerun", "--trust").code == 0
    assert json.loads((tmp_path / "run" / "facts.json").read_text())["policy"] == "my_rules:mine"


# validate


def test_validate_shows_what_a_scenario_resolves_to() -> None:
    answer = call("validate", TINY)
    assert (answer.code, answer.err) == (0, "")
    for said in ("tiny: fine", "take-off point", "T1 ", "A3 ", "walk p50", "to airport: mean", "coverage:", "ceiling:"):
        assert said in answer.out


def test_validate_gives_the_same_as_json() -> None:
    answer = call("validate", TINY, "--json", "--set", "fleet.drones=9")
    assert (answer.code, answer.err) == (0, "")
    assert sum(site["drones"] for site in json.loads(answer.out)["takeoff_points"]) == 9


def test_validate_shows_the_day_of_another_seed() -> None:
    assert json.loads(call("validate", TINY, "--json").out)["seed"] == 1
    other = json.loads(call("validate", TINY, "--json", "--seed", 5).out)
    assert (other["seed"], other["orders"]) != (1, 58)
    assert other["seed"] == 5


def test_a_quiet_validate_says_nothing_of_a_sound_scenario() -> None:
    answer = call("validate", TINY, "--quiet", "--set", "fleet.drones={T1=3}")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert call("validate", TINY, "--quiet", "--set", "fleet.dronez=3").code == 2


BARE = r"warning: no drone at T2 \(\d+\.\d% of the orders\): their orders wait in vain; .*fleet\.is_shared=true\n"


@pytest.mark.usefixtures("no_pictures")
def test_a_take_off_point_with_demand_and_no_drone_is_warned_of(tmp_path: Path) -> None:
    bare = ("--set", "fleet.drones={T1=3}", "--set", "demand.orders=5")
    answer = call("validate", TINY, *bare)
    assert answer.code == 0
    assert re.fullmatch(BARE, answer.said)
    answer = call("run", TINY, *bare, "--out", tmp_path / "run")
    assert answer.code == 0
    assert re.match(BARE, answer.said)
    assert call("run", TINY, *bare, "--out", tmp_path / "run", "--quiet").err == ""
    assert call("validate", TINY, *bare, "--set", "fleet.is_shared=true").err == ""


def write_trace(folder: Path, *placed: str) -> Path:
    rows = [f"{number},{time},M1,C1" for number, time in enumerate(placed)]
    (folder / "trace.csv").write_text("\n".join(["order_id,placed,merchant,community", *rows]) + "\n")
    text = f'name = "t"\nmap = "{TINY.with_suffix(".geojson")}"\n[horizon]\nstart = "10:00"\nend = "12:00"\n'
    (folder / "t.toml").write_text(f'{text}[demand]\nmodel = "trace"\nfile = "trace.csv"\n')
    return folder / "t.toml"


def test_a_day_without_an_order_in_the_opening_hours_is_warned_of(tmp_path: Path) -> None:
    answer = call("validate", write_trace(tmp_path, "23:00:00"))
    rule = "no order falls into the opening hours, 10:00 to 12:00, so all are refused (horizon.start, horizon.end)"
    first, *others = answer.err.splitlines()
    assert (answer.code, first) == (0, f"warning: {rule}")
    assert [told.split(":")[1] for told in others] == [" more drones than orders"]
    said = call("validate", write_trace(tmp_path, "11:00:00", "23:00:00")).err.splitlines()[0]
    assert said == "warning: 1 of 2 orders are placed outside the opening hours, 10:00 to 12:00, and are refused"


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("20:00", "25:30", "from 22:00 to 25:30: the profile has no weight there, and all come in the other 2 of 5.5"),
        ("08:30", "23:00", "from 08:30 to 10:00 and from 22:00 to 23:00: the profile has no weight there"),
        ("10:00", "22:00", None),
    ],
)
def test_opening_hours_without_orders_are_warned_of(start: str, end: str, told: str | None) -> None:
    hours = ("--set", f"horizon.start={start}", "--set", f"horizon.end={end}", "--set", "demand.profile=rappi")
    said = [line for line in call("validate", TINY, *hours).err.splitlines() if "no order is placed" in line]
    assert len(said) == (told is not None)
    assert (told or "") in "".join(said)


@pytest.mark.usefixtures("no_pictures")
def test_the_ceiling_has_no_room_for_orders_out_of_hours(tmp_path: Path) -> None:
    answer = call("run", write_trace(tmp_path, "11:00:00", "23:00:00"), "--json", "--out", tmp_path / "run")
    service = json.loads(answer.out)["service"]
    assert (service["orders"], service["ceiling"], service["eligible_share"]) == (2, 0.5, 1.0)
    assert call("verify", tmp_path / "run").code == 0


@pytest.mark.usefixtures("no_pictures")
def test_a_missed_target_exits_with_3_where_that_is_asked_for(tmp_path: Path) -> None:
    few = ("--set", "demand.orders=5", "--out", tmp_path / "run")
    missed, met = ("--set", "service.limit_min=1"), ("--set", "service.limit_min=60", "--set", "service.target=0.1")
    answer = call("run", TINY, *few, *missed, "--check", "--quiet")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith("target missed: 0.0 % of the ")
    assert (tmp_path / "run" / "kpis.json").is_file()
    assert call("run", TINY, *few, *missed, "--quiet").code == 0
    answer = call("run", TINY, *few, *met, "--check", "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_validate_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("validate", TINY).code == 0
    assert not list(tmp_path.iterdir())


# verify


def test_verify_names_its_checks_and_ends_with_the_verdict(tiny: tuple[Path, Answer]) -> None:
    answer = call("verify", tiny[0])
    assert (answer.code, answer.err) == (0, "")
    assert "conservation of orders: ok, 58 examined" in answer.out
    assert re.search(r": clean in 48 of 68 checks, 20 skipped\n$", answer.out)


OFF = {
    *("areas of outages", "command link", "demand that moves", "faults as drawn", "handling times"),
    *("missed landings", "position service", "rule for closed airports"),
    *("weather", "weather as its file has it", "weather as it is drawn"),
}
"""What the tiny scenario does not switch on."""


def test_verify_calls_what_it_could_not_check_skipped_and_says_why(tiny: tuple[Path, Answer]) -> None:
    skipped = [line for line in call("verify", tiny[0]).out.splitlines() if ": skipped" in line]
    without = [
        line for line in skipped if line.endswith("skipped (the run has no tracks; dronesim run --tracks writes them)")
    ]
    assert len(without) == 9
    assert {line.partition(":")[0] for line in skipped if line not in without} == OFF


def test_verify_gives_its_checks_as_json(tiny: tuple[Path, Answer], copy: Path) -> None:
    answer = call("verify", tiny[0], "--json")
    found = json.loads(answer.out)
    assert (answer.code, answer.err, found["clean"], found["violations"]) == (0, "", True, 0)
    assert {check["verdict"] for check in found["checks"]} == {"ok", "skipped"}
    (copy / "kpis.json").write_text((copy / "kpis.json").read_text().replace('"placed": 58', '"placed": 57', 1))
    answer = call("verify", copy, "--json", "--quiet")
    broken = [check for check in json.loads(answer.out)["checks"] if check["verdict"] == "violated"]
    assert (answer.code, answer.err, json.loads(answer.out)["clean"]) == (1, "", False)
    assert all(check["count"] == len(check["violations"]) > 0 for check in broken)


def test_verify_is_silent_on_a_clean_run_where_that_is_asked_for(tiny: tuple[Path, Answer]) -> None:
    answer = call("verify", tiny[0], "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_verify_exits_with_1_on_a_violation_and_says_so_even_when_quiet(copy: Path) -> None:
    (copy / "kpis.json").write_text((copy / "kpis.json").read_text().replace('"placed": 58', '"placed": 57', 1))
    answer = call("verify", copy, "--quiet")
    assert (answer.code, answer.err) == (1, "")
    assert "kpis.json has SHA-256" in answer.out


def test_verify_changes_nothing(copy: Path) -> None:
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    call("verify", copy)
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


# report


def test_report_gives_the_answer_of_the_run_again(tiny: tuple[Path, Answer], copy: Path) -> None:
    before = {path.name for path in copy.iterdir()}
    for path in [*copy.glob("*.png"), copy / "report.html"]:
        path.unlink()
    answer = call("report", copy)
    assert (answer.code, answer.out) == (0, tiny[1].out)
    assert answer.err == f"report: {copy / 'report.html'}\n"
    assert {path.name for path in copy.iterdir()} == before


def test_report_gives_the_key_figures_as_json(copy: Path) -> None:
    answer = call("report", copy, "--json")
    assert answer.code == 0
    assert json.loads(answer.out) == json.loads((copy / "kpis.json").read_text())


def test_a_report_drawn_again_leaves_the_run_whole(copy: Path) -> None:
    assert call("report", copy).code == 0
    assert call("verify", copy).code == 0


# list, schema


def test_policies_are_listed_each_with_a_line() -> None:
    answer = call("list", "policies")
    assert (answer.code, answer.err) == (0, "")
    lines = [line for line in answer.out.splitlines() if not line.startswith(" ")]
    assert [line.split()[0] for line in lines] == list(POLICIES)
    assert all(len(line.split()) > 3 for line in lines)
    assert "dispatch.parameters: travel_weight = 0.1, age_bonus = 0.5" in answer.out
    assert call("list").out == answer.out


def test_drones_are_listed_with_payload_and_pack() -> None:
    answer = call("list", "drones")
    assert (answer.code, answer.err) == (0, "")
    assert re.search(r"^hexa-2\.5kg +payload 2\.5 kg, cruise 10\.5 m/s, pack 500 Wh$", answer.out, re.MULTILINE)


def test_drones_are_listed_with_the_phases_that_they_fly() -> None:
    lines = call("list", "drones").out.splitlines()
    phases = {name.split()[0]: line.strip() for name, line in zip(lines[::2], lines[1::2], strict=True)}
    assert phases["ideal"] == "climb 3 m/s; descent 2 m/s; hover 10 s at 0 m"
    assert phases["contest-2024"] == "climb 10 m/s; descent 10 m/s"
    words = ["check", "climb", "then", "transition", "approach", "descent", "hover", "touch-down"]
    assert [phase.split()[0] for phase in phases["hexa-2.5kg"].split("; ")] == words


def test_scenarios_of_a_folder_are_listed_broken_ones_too(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(f'name = "g"\nmap = "{TINY.with_suffix(".geojson")}"\n[demand]\norders = 3\n')
    (tmp_path / "torn.toml").write_text("name = \n")
    answer = call("list", "scenarios", tmp_path)
    assert (answer.code, answer.err) == (0, "")
    good, torn = answer.out.splitlines()
    assert good == f"{tmp_path / 'good.toml'}: no description"
    assert torn.startswith(f"{tmp_path / 'torn.toml'}: not usable")


@pytest.mark.parametrize("what", ["policies", "drones", "scenarios"])
def test_every_list_is_given_as_json(what: str, tmp_path: Path) -> None:
    shutil.copy(TINY, tmp_path / "tiny.toml")
    answer = call("list", what, tmp_path, "--json")
    plain = call("list", what, tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert len(json.loads(answer.out)) == sum(not line.startswith(" ") for line in plain.out.splitlines()) > 0
    assert all("name" in item for item in json.loads(answer.out))


def test_the_schema_is_json_schema_with_every_table_of_a_scenario() -> None:
    answer = call("schema")
    assert (answer.code, answer.err) == (0, "")
    schema = json.loads(answer.out)
    tables = {"horizon", "service", "demand", "kitchens", "couriers", "fleet", "batteries", "takeoff_points"}
    tables |= {"airports", "pilots", "customers", "dispatch", "airspace", "weather", "faults", "events", "costs"}
    assert tables | {"name", "map"} <= schema["properties"].keys()
    assert schema["additionalProperties"] is False
    assert json.loads(call("schema", "drone").out)["properties"].keys() >= {"name", "based_on", "final_hover_s"}


# new


@pytest.mark.usefixtures("no_pictures")
def test_a_new_map_and_a_new_scenario_run_together(tmp_path: Path) -> None:
    small = ("--size-m", 1500, "--takeoff-points", 1, "--airports", 2, "--buildings", 20, "--zones", 1)
    answer = call("new", "map", tmp_path / "m.geojson", "--seed", 7, *small)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.startswith(f"wrote {tmp_path / 'm.geojson'}: synthetic, ")
    answer = call("new", "scenario", tmp_path / "s.toml", "--map", "m.geojson")
    assert (answer.code, answer.out, answer.err) == (0, "", f"wrote {tmp_path / 's.toml'}\n")
    assert call("run", tmp_path / "s.toml", "--out", tmp_path / "run", "--set", "demand.orders=20").code == 0
    assert call("verify", tmp_path / "run").code == 0


def test_the_same_seed_makes_the_same_map(tmp_path: Path) -> None:
    small = ("--size-m", 1500, "--takeoff-points", 1, "--airports", 2, "--buildings", 20)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert call("new", "map", tmp_path / name, "--seed", seed, *small).code == 0
    first, second, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == second != other


@pytest.mark.usefixtures("no_pictures")
def test_a_new_drone_type_is_flown_saved_with_the_run_and_flown_again(tmp_path: Path) -> None:
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(TINY.with_name(name), tmp_path / name)
    answer = call("new", "drone", tmp_path / "mine.toml", "--like", "ideal")
    assert (answer.code, answer.out, answer.err) == (0, "", f"wrote {tmp_path / 'mine.toml'}\n")
    text = (tmp_path / "mine.toml").read_text()
    (tmp_path / "mine.toml").write_text(re.sub(r"(?m)^cruise_mps = [\d.]+", "cruise_mps = 11.0", text))
    chosen = ("--set", f"fleet.drone_type={tmp_path / 'mine.toml'}", "--set", "demand.orders=20")
    assert call("run", tmp_path / "tiny.toml", "--out", tmp_path / "run", "--quiet", *chosen).code == 0
    (tmp_path / "mine.toml").unlink()
    facts = json.loads((tmp_path / "run" / "facts.json").read_text())
    assert (facts["fleet"]["drone_type"], facts["aircraft"]["cruise_mps"]) == ("mine", 11.0)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert set(manifest["inputs"]) == {"inputs/map.geojson", "inputs/drone_type.toml"}
    answer = call("verify", tmp_path / "run", "--rerun")
    assert (answer.code, answer.err) == (0, "")
    assert "re-run gives the same bytes: ok" in answer.out


def test_a_new_drone_type_that_no_scenario_could_name_is_refused(tmp_path: Path) -> None:
    assert_refused = {
        "mine": "must end in .toml",
        "ideal.toml": "is the name of a built-in drone type; give your own another",
    }
    for name, rule in assert_refused.items():
        answer = call("new", "drone", tmp_path / name)
        assert (answer.code, answer.complaints) == (2, [f"{tmp_path / name}: new: {rule}"])
    answer = call("new", "drone", tmp_path / "mine.toml", "--like", "quad")
    assert (answer.code, answer.out) == (2, "")
    assert answer.complaints[0].endswith("(found 'quad'); did you mean quad-2021?")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", ["scenario", "drone", "map"])
def test_what_is_there_already_is_not_written_over(what: str, tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.write_text("mine")
    answer = call("new", what, path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.complaints == [f"{path}: new: is there already; remove it or name another file"]
    assert path.read_text() == "mine"


def test_a_new_file_in_a_folder_that_is_not_there_is_refused_and_no_folder_made(tmp_path: Path) -> None:
    for what in ("scenario", "drone", "map"):
        answer = call("new", what, tmp_path / "nope" / "x")
        assert (answer.code, answer.out) == (2, "")
        rule = f"new: there is no folder {tmp_path / 'nope'}; make it first, or name another place"
        assert answer.complaints == [f"{tmp_path / 'nope' / 'x'}: {rule}"]
    assert not list(tmp_path.iterdir())
    assert "in a folder that is there" in " ".join(call("new", "scenario", "--help").out.split())


def test_help_of_a_run_says_that_a_run_that_is_there_is_replaced() -> None:
    assert "A run that lies there already is replaced" in " ".join(call("run", "--help").out.split())


# import


def write_mdrplib(folder: Path) -> None:
    folder.mkdir()
    (folder / "restaurants.txt").write_text("restaurant\tx\ty\nr1\t0\t0\nr2\t900\t0\n")
    rows = [f"o{n}\t{90 * n}\t{50 * n}\t{2 * n}\tr{1 + n % 2}\t{2 * n + 8}" for n in range(1, 21)]
    (folder / "orders.txt").write_text("\n".join(["order\tx\ty\tplacement_time\trestaurant\tready_time", *rows]) + "\n")
    parameters = "meters_per_minute\tpickup service minutes\tdropoff service minutes\n320\t4\t4\n"
    (folder / "instance_parameters.txt").write_text(parameters)


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize(("kind", "write"), [("rappi", write_rappi), ("mdrplib", write_mdrplib)])
def test_imported_orders_run_and_are_all_accounted_for(
    kind: str, write: Callable[[Path], None], tmp_path: Path
) -> None:
    write(tmp_path / "source")
    sites = ("--takeoff-points", 1, "--airports", 2)
    answer = call("import", kind, tmp_path / "source", *sites, "--out", tmp_path / "day")
    assert (answer.code, answer.err) == (0, "")
    assert "20" in answer.out
    assert {path.name for path in (tmp_path / "day").iterdir()} == {"map.geojson", "trace.csv", "scenario.toml"}
    answer = call("run", tmp_path / "day" / "scenario.toml", "--out", tmp_path / "run", "--json")
    orders = json.loads(answer.out)["orders"]
    ends = [orders[state] for state in ("collected", "unclaimed", "refused", "cancelled", "ground", "lost", "open")]
    assert (answer.code, orders["placed"], sum(ends)) == (0, 20, 20)
    assert call("verify", tmp_path / "run").code == 0

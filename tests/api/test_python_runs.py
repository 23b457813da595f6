"""A day from Python: what the command line makes, in memory or in a folder, with any policy and any settings."""

from __future__ import annotations

import datetime
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import dronesim
from command import DATA, TINY, call
from dronesim import Decisions, DispatchView, Run
from dronesim.api.asking import factors_of, settings_of
from dronesim.dispatch import POLICIES, Matching
from dronesim.errors import InputError, PolicyError
from dronesim.record.tables import SCHEMAS

FEW = {"demand.orders": 20}
TABLES = ["orders", "legs", "occupancy", "waits", "incidents", "scans"]


@pytest.fixture(scope="module")
def day() -> Run:
    return dronesim.run(TINY, set=FEW)


def files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def complaints(wanted: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        wanted()
    return [str(problem) for problem in caught.value.problems]


# the same as the command line


def test_a_folder_has_the_bytes_of_the_command_line_and_the_lines_too(tmp_path: Path) -> None:
    words = ("--set", "demand.orders=20", "--seed", 3, "--replication", 2, "--tracks")
    answer = call("run", TINY, *words, "--out", tmp_path / "told")
    asked = {"set": FEW, "seed": 3, "replication": 2, "tracks": True}
    found = dronesim.run(TINY, **asked, out=tmp_path / "asked")
    later = dronesim.run(TINY, **asked).save(tmp_path / "later")
    assert answer.code == 0
    assert files(tmp_path / "told") == files(tmp_path / "asked") == files(tmp_path / "later")
    assert answer.out.splitlines() == found.lines() == later.lines()
    assert {"report.html", "map.png", "flown.parquet"} <= files(tmp_path / "asked").keys()


def test_a_folder_may_go_without_pictures_and_get_them_later(tmp_path: Path) -> None:
    found = dronesim.run(TINY, set=FEW, out=tmp_path / "run", report=False)
    assert not list((tmp_path / "run").glob("*.png"))
    assert found.report() == found.page == tmp_path / "run" / "report.html"
    assert (tmp_path / "run" / "map.png").is_file()


def test_a_run_may_name_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: Run) -> None:
    monkeypatch.chdir(tmp_path)
    folders = [
        dronesim.run(TINY, set=FEW, out=True, report=False).folder,
        day.save(report=False).folder,
        dronesim.run(TINY, set=FEW, seed=2, out=True, report=False).folder,
    ]
    assert folders[0] == folders[1] != folders[2]
    assert str(folders[0]).startswith("runs/tiny-1-")


def test_in_memory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = dronesim.run(TINY, set=FEW)
    found.verify()
    assert found.folder is None
    assert not list(tmp_path.iterdir())


def test_progress_and_warnings_are_called(tmp_path: Path) -> None:
    shares: list[float] = []
    warnings: list[str] = []
    dronesim.run(TINY, set={**FEW, "fleet.drones": {"T1": 3, "T2": 0}}, progress=shares.append, warn=warnings.append)
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] < shares[-1] <= 1.0
    assert any("no drone at T2" in warning for warning in warnings)


# tables


def test_a_saved_run_has_the_tables_facts_and_measures_of_the_one_in_memory(day: Run, tmp_path: Path) -> None:
    saved = day.save(tmp_path / "run", report=False)
    opened = dronesim.open_run(str(tmp_path / "run"))
    for other in (saved, opened):
        assert list(other.tables) == list(day.tables) == TABLES
        for name, table in day.tables.items():
            assert other.tables[name].equals(table)
            assert other.tables[name].schema.equals(table.schema)
        assert (other.facts, other.kpis) == (day.facts, day.kpis)
        assert other.folder == tmp_path / "run"


def test_tables_have_the_columns_of_their_schemas_and_are_read_once(day: Run) -> None:
    for name, table in day.tables.items():
        assert table.column_names == list(SCHEMAS[name])
        assert table is day.tables[name]
    assert len(day.tables) == 6
    assert repr(day.tables) == "<tables orders, legs, occupancy, waits, incidents, scans>"
    assert {"cleared", "flown"} <= set(dronesim.run(TINY, set=FEW, tracks=True).tables)


def test_a_table_that_is_none_is_told_with_the_choices(day: Run, tmp_path: Path) -> None:
    saved = day.save(tmp_path / "run", report=False)
    for run in (day, saved):
        with pytest.raises(KeyError, match="'flown' is no table of this run; choose from orders, legs"):
            run.tables["flown"]
        assert "flown" not in run.tables


def test_pandas_and_duckdb_read_the_tables(day: Run) -> None:
    orders = day.tables["orders"]
    frame = orders.to_pandas()
    assert len(frame) == day.kpis["orders"]["placed"]
    query = "select count(*), avg(delivered_s - placed_s) from orders where delivered_s is not null"
    ((count, mean_s),) = duckdb.sql(query).fetchall()
    assert count == day.kpis["orders"]["delivered"]
    assert mean_s == pytest.approx(day.kpis["click_to_door_s"]["mean"], abs=1e-6)
    joined = "select count(*) from orders join legs on legs.order = orders.order where legs.kind = 'outbound'"
    assert _with(day).sql(joined).fetchall() == [(count,)]


def _with(day: Run) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, table in day.tables.items():
        connection.register(name, table)
    return connection


def test_tables_offer_the_arrow_interface_that_polars_reads(day: Run) -> None:
    orders = day.tables["orders"]
    assert hasattr(orders, "__arrow_c_stream__")
    assert pa.RecordBatchReader.from_stream(orders).read_all().equals(orders)


def test_facts_and_measures_are_plain(day: Run) -> None:
    def kinds(content: Any) -> set[type]:
        if isinstance(content, dict):
            return set().union(*(kinds(value) for value in content.values())) if content else set()
        if isinstance(content, list):
            return set().union(*(kinds(value) for value in content)) if content else set()
        return {type(content)}

    assert kinds(day.facts) | kinds(day.kpis) <= {str, int, float, bool, type(None)}


# opening


def test_what_is_no_run_or_was_changed_is_told(day: Run, tmp_path: Path) -> None:
    day.save(tmp_path / "run", report=False)
    told = complaints(lambda: dronesim.open_run(tmp_path))[0]
    assert "is not a run folder, and holds some: run; name one of them" in told
    shutil.copyfile(tmp_path / "run" / "scans.parquet", tmp_path / "run" / "orders.parquet")
    opened = dronesim.open_run(tmp_path / "run")
    assert "orders.parquet: run folder: is not as it was written" in complaints(lambda: opened.tables["orders"])[0]
    assert not opened.verify().is_clean
    (tmp_path / "run" / "kpis.json").write_text("{}")
    assert "kpis.json" in complaints(lambda: dronesim.open_run(tmp_path / "run"))[0]


def test_a_saved_run_can_be_copied(day: Run, tmp_path: Path) -> None:
    saved = day.save(tmp_path / "run", report=False)
    copy = saved.save(tmp_path / "copy", report=False)
    assert files(tmp_path / "copy") == files(tmp_path / "run")
    assert copy.verify().is_clean
    assert saved.save().folder == saved.folder
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    assert "is there already and is not a run folder" in complaints(lambda: saved.save(tmp_path / "mine"))[0]


# checks and pages


def test_a_run_in_memory_is_checked_like_a_saved_one(day: Run, tmp_path: Path) -> None:
    saved = day.save(tmp_path / "run", report=False)
    found, other = day.verify(), saved.verify()
    assert found.is_clean
    assert found.checks == other.checks
    assert len(found.checks) > 20


def test_a_page_is_one_file_wherever_it_is_wanted(day: Run, tmp_path: Path) -> None:
    assert day.report(tmp_path / "page.html") == tmp_path / "page.html"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    saved = day.save(tmp_path / "run")
    assert (tmp_path / "page.html").read_bytes() == (tmp_path / "run" / "report.html").read_bytes()
    assert saved.page == tmp_path / "run" / "report.html"


def test_a_page_without_a_place_is_told_the_way_out(day: Run) -> None:
    assert day.page is None
    assert "name a file for the page, or save the run first" in complaints(day.report)[0]


def test_a_notebook_shows_the_answer_escaped_and_without_a_script() -> None:
    name = "<script>alert('x')</script> & \"co\""
    shown = dronesim.run(TINY, set={**FEW, "name": name})._repr_html_()
    assert "<script" not in shown.lower()
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;co&quot;" in shown
    assert shown.count("<tr>") == shown.count("</tr>") == 13
    assert "on time" in shown or "were delivered within" in shown
    assert len(shown) < 5000


def test_a_run_says_what_it_is(day: Run, tmp_path: Path) -> None:
    assert repr(day) == "<Run of tiny, seed 1, in memory>"
    assert repr(day.save(tmp_path / "run", report=False)) == f"<Run of tiny, seed 1, in {tmp_path / 'run'}>"


# scenarios and settings


def test_settings_may_be_a_mapping_a_list_or_part_of_a_scenario(day: Run) -> None:
    ways = [
        dronesim.run(TINY, set=["demand.orders=20"]),
        dronesim.run(str(TINY), set={"demand.orders": np.int64(20)}),
        dronesim.run(dronesim.load_scenario(TINY, ["demand.orders=20"])),
        dronesim.run(dronesim.load_scenario(TINY), set=FEW),
        dronesim.run(dronesim.load_scenario(TINY, ["demand.orders=99", "seed=4"]), set=FEW, seed=1),
    ]
    for found in ways:
        assert found.kpis == day.kpis
        assert found.tables["orders"].equals(day.tables["orders"])


def test_settings_may_be_tables_lists_and_texts() -> None:
    stated = {
        "fleet.drones": {"T1": 2, "T2": np.int64(4)},
        "airspace.levels_m": (60.0, 80.0),
        "kitchens.preparation": {"kind": "constant", "mean_min": 3},
        "demand.days": {"kind": "empirical", "factors": np.array([0.5, 1.5])},
        "fleet.is_shared": True,
        **FEW,
    }
    found = dronesim.run(TINY, set=stated)
    assert found.facts["fleet"]["by_takeoff_point"] == {"T1": 2, "T2": 4}
    assert found.facts["airspace"]["levels_m"] == [60.0, 80.0]
    assert found.facts["fleet"]["is_shared"] is True


def test_dates_and_times_are_settings_as_text_is() -> None:
    stated = {"horizon.date": datetime.date(2026, 7, 3), "horizon.start": datetime.time(10, 30)}
    assert settings_of(stated) == ('horizon.date="2026-07-03"', 'horizon.start="10:30:00"')
    horizon = dronesim.load_scenario(TINY, settings_of(stated)).horizon
    assert (horizon.date, horizon.start) == ("2026-07-03", "10:30:00")


@pytest.mark.parametrize("value", [object(), {1, 2}, [b"text"], {"T1": 1j}])
def test_what_no_scenario_can_state_is_named(value: object) -> None:
    with pytest.raises(InputError, match=r"fleet\.drones: can't be stated in a scenario: it is of"):
        dronesim.run(TINY, set={"fleet.drones": value})
    with pytest.raises(InputError, match="can't be stated in a scenario: it is of"):
        factors_of({"fleet.drones": [value]})


def test_a_setting_may_change_the_form_of_what_a_scenario_left_to_its_default() -> None:
    """What a scenario does not state is no part of it, so that another kind of table brings no strange keys along."""
    made = dronesim.load_scenario(TINY)
    found = dronesim.run(made, set={"kitchens.preparation.kind": "constant", **FEW})
    again = dronesim.run(TINY, set={"kitchens.preparation.kind": "constant", **FEW})
    assert found.kpis == again.kpis


def test_a_scenario_in_memory_is_saved_as_one_of_a_file(tmp_path: Path) -> None:
    dronesim.run(dronesim.load_scenario(TINY), set=FEW, out=tmp_path / "one", report=False)
    dronesim.run(TINY, set=FEW, out=tmp_path / "two", report=False)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_mistakes_are_told_all_at_once_with_their_place() -> None:
    found = complaints(lambda: dronesim.run(TINY, set={"fleet.drone": 3, "demand.orders": "many"}))
    assert len(found) == 2
    assert any("fleet.drone" in text and "did you mean" in text for text in found), found
    made = dronesim.load_scenario(TINY)
    assert (
        complaints(lambda: dronesim.run(made, set={"fleet.drone": 3}))[0]
        == complaints(lambda: dronesim.run(TINY, set={"fleet.drone": 3}))[0]
    )
    assert "set: must be a mapping" in complaints(lambda: dronesim.run(TINY, set="fleet.drones=3"))[0]
    assert "there is no such file" in complaints(lambda: dronesim.run("none.toml"))[0]


def test_a_place_that_can_not_be_used_is_told_before_the_day_begins(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    begun: list[float] = []
    told = complaints(lambda: dronesim.run(TINY, set=FEW, out=tmp_path / "file", progress=begun.append))
    assert "file: --out: is there already and is not a run folder" in told[0]
    assert not begun


# policies


def plain_nearest(view: DispatchView) -> Decisions:
    """The built-in one under another name."""
    return POLICIES["nearest"](view)


@dataclass
class Counting:
    """Counts its calls, and does as `greedy`."""

    calls: int = 0

    def __call__(self, view: DispatchView) -> Decisions:
        self.calls += 1
        return POLICIES["greedy"](view)


counting = Counting()


def test_a_policy_may_be_a_function_an_object_or_a_name(day: Run) -> None:
    assert dronesim.run(TINY, set=FEW, policy=plain_nearest).kpis["service"] == day.kpis["service"]
    greedy = dronesim.run(TINY, set=FEW, policy="greedy")
    assert greedy.facts["policy"] == "greedy"
    ways = [counting, Counting(), lambda view: POLICIES["greedy"](view), POLICIES["greedy"]]
    named = []
    for policy in ways:
        found = dronesim.run(TINY, set=FEW, policy=policy)
        assert found.kpis["service"] == greedy.kpis["service"]
        named.append(found.facts["policy"])
    assert named[0] == f"{__name__}:counting"
    assert named[1] == f"{__name__}:Counting"
    assert named[2].startswith(f"{__name__}:test_a_policy_may_be")
    assert named[3] == "greedy"
    assert counting.calls == 0, "each day begins with a policy of its own"


def test_a_built_in_policy_that_is_given_has_the_weights_of_the_scenario() -> None:
    weights = {**FEW, "dispatch.parameters": {"travel_weight": 5.0}, "fleet.drones": 2}
    named = dronesim.run(TINY, set=weights, policy="matching")
    given = dronesim.run(TINY, set=weights, policy=POLICIES["matching"])
    own = dronesim.run(TINY, set=weights, policy=Matching(travel_weight=5.0))
    assert named.kpis == given.kpis
    assert own.tables["legs"].equals(named.tables["legs"])


def test_a_folder_with_a_policy_of_a_module_can_be_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_rules.py").write_text(
        "from dronesim.dispatch import POLICIES\n\n\ndef mine(view):\n    return POLICIES['greedy'](view)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import own_rules  # type: ignore[import-not-found]

    found = dronesim.run(TINY, set=FEW, policy=own_rules.mine, out=tmp_path / "run", report=False)
    sys.modules.pop("own_rules")
    assert found.facts["policy"] == "own_rules:mine"
    assert (tmp_path / "run" / "inputs" / "own_rules.py").is_file()
    moved = shutil.copytree(tmp_path / "run", tmp_path / "elsewhere" / "run")
    monkeypatch.undo()
    again = dronesim.run(moved / "scenario.toml")
    assert again.kpis == found.kpis


def test_a_folder_with_a_policy_that_nobody_finds_says_so_when_it_is_run_again(tmp_path: Path) -> None:
    dronesim.run(TINY, set=FEW, policy=Counting(), out=tmp_path / "run", report=False)
    told = complaints(lambda: dronesim.run(tmp_path / "run" / "scenario.toml", policy=None))
    assert "policy" in told[0]


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (3, "can't be called; a policy is a function of one argument, the view, that returns Decisions (found 3)"),
        (Counting, "is a class; name a function, or an instance that can be called"),
        (lambda: None, "can't be called with one positional argument"),
        (len, "belongs to Python's own library"),
    ],
)
def test_what_can_be_no_policy_is_told(policy: Any, said: str) -> None:
    assert said in complaints(lambda: dronesim.run(TINY, policy=policy))[0]


def test_a_name_that_is_no_policy_is_told_with_the_choices() -> None:
    told = complaints(lambda: dronesim.run(TINY, policy="psychic"))
    assert "choose from first-job-first, random-feasible, greedy" in told[0].replace("must be one of", "choose from")


def raising(view: DispatchView) -> Decisions:
    raise RuntimeError("no idea")


def test_a_policy_that_raises_is_named_with_the_moment() -> None:
    with pytest.raises(
        PolicyError, match=rf"policy {__name__}:raising at 10:\d\d:\d\d, .*raised RuntimeError: no idea"
    ):
        dronesim.run(TINY, set=FEW, policy=raising)


def test_data_that_the_tests_stand_on_is_there() -> None:
    assert (DATA / "tiny.geojson").is_file()

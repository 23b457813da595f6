"""``dronesim drill``: a scenario with a trouble and without, paired; its lesson, and what the checker says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import dronesim
from command import TINY, call, command, environment
from dronesim.dispatch import POLICIES
from dronesim.scenario.drilling import busiest_airport, drill_names, drilled, read_drill

pytestmark = pytest.mark.usefixtures("days_once")

BASE = TINY.with_name("drilled.toml")
ON = ("--on", BASE, "--workers", 1)
MOVES_ORDERS = {"holiday-demand"}
"""Drills that are about other orders."""
ARRIVALS = ("order", "placed_s", "takeoff_point", "airport", "mass_kg", "distance_m", "in_range")


def run(*words: object) -> dict[str, Any]:
    answer = call("drill", *words, *ON, "--quiet", "--json")
    assert (answer.code, answer.err) == (0, "")
    found: dict[str, Any] = json.loads(answer.out)
    return found


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


HEAD = '[drill]\nasks = "What then?"\nwatches = ["service.share"]\n'


@pytest.mark.parametrize("name", drill_names())
def test_every_drill_runs_and_verifies_and_states_its_lesson(name: str, tmp_path: Path) -> None:
    words = (name, "--replications", 3, "--out", tmp_path)
    content = run(*words)
    assert content["drill"] == name
    assert content["verified"] == {"days": 3, "breaches": {}}
    table = pq.read_table(tmp_path / "results.parquet")
    level = np.array(table["service_share"].to_pylist())
    assert content["lesson"]["figure"] == "service.share"
    assert content["lesson"]["difference"]["mean"] == pytest.approx((level[3:] - level[:3]).mean())
    assert content["lesson"] == {"figure": "service.share", **content["sides"]["figures"]["service.share"]}
    assert content["sides"]["asked"] == list(read_drill(name).table.watches)
    assert json.loads((tmp_path / "drill.json").read_text(encoding="utf-8")) == content
    assert (tmp_path / "drill.png").is_file()
    told = call("drill", *words, *ON).out
    for figure in content["sides"]["asked"]:
        (line,) = [line for line in told.splitlines() if line.startswith(f"  {figure} ")]
        assert line.endswith(content["sides"]["figures"][figure]["verdict"])
    assert "Lesson      the share on time " in told
    assert "the independent checker finds nothing on 3 days with the trouble" in told


@pytest.mark.parametrize("name", drill_names())
def test_trouble_moves_no_arrival(name: str) -> None:
    base = dronesim.load_scenario(BASE)
    days = [dronesim.run(each, replication=2).tables["orders"] for each in (base, drilled(base, read_drill(name)))]
    if name in MOVES_ORDERS:
        assert days[0].num_rows < days[1].num_rows
        return
    for column in ARRIVALS:
        assert days[0][column].equals(days[1][column]), column
    # kitchens don't begin where an order is refused
    prepared = np.array([day["prepared_s"].to_numpy() for day in days])
    both = ~np.isnan(prepared).any(axis=0)
    assert both.sum() > 20
    assert (prepared[0, both] == prepared[1, both]).all()
    assert not days[0].equals(days[1]), "and yet something happens"


def test_the_storm_keeps_drones_on_the_ground_and_is_told_apart() -> None:
    found = dronesim.drill("storm-at-lunch", on=BASE, replications=4, verify=False)
    assert found.sides.figures["refusals.wind"].difference.low > 5
    assert found.lesson.is_clear
    assert found.lesson.difference.high < 0
    assert found.verified == ()


def test_losses_of_separation_that_a_drill_watches_are_counted() -> None:
    found = dronesim.drill("link-loss", on=BASE, replications=2, verify=False)
    losses = found.sides.figures["airspace.losses_of_separation"]
    assert losses.a.mean >= 0
    assert losses.b.mean >= 0
    assert all("losses_in_silence" in record["kpis"]["link"] for record in found.sides.b.records)
    assert all(record["kpis"]["link"]["losses_in_silence"] is not None for record in found.sides.b.records)


def test_trouble_that_meets_nobody_is_said_to(tmp_path: Path) -> None:
    events = '[[events]]\nkind = "dispatcher_outage"\nat = "16:20"\nminutes = 5\n'
    late = write(tmp_path, HEAD.replace('["service.share"]', '["service.share", "orders.ground"]') + events)
    told = call("drill", late, "--replications", 2, "--out", tmp_path / "out", "--no-verify", *ON).out
    assert "as are all figures that the drill watches: the trouble hindered nobody. Does it come in opening" in told


def test_what_makes_no_difference_is_a_lesson_too(tmp_path: Path) -> None:
    mine = write(tmp_path, HEAD + "[airports]\nboxes = 400\n")
    words = (mine, "--replications", 2, "--out", tmp_path / "out", "--no-verify")
    assert run(*words)["lesson"]["verdict"] == "same on every day"
    told = call("drill", *words, *ON).out
    assert "Lesson      the share on time is the same on each of 2 days." in told
    assert "Verified    no day was looked at" in told
    few = write(tmp_path, HEAD + "[takeoff_points]\nload_s = 38\n", "few.toml")
    told = call("drill", few, "--replications", 4, "--out", tmp_path / "few", "--no-verify", *ON).out
    assert "is not told apart from that without the trouble: " in told


def test_drills_are_listed_with_what_they_ask() -> None:
    assert len(drill_names()) >= 4
    told, listed = call("drill"), call("list", "drills")
    assert (told.code, told.out) == (0, listed.out)
    assert [line.split()[0] for line in told.out.splitlines()] == list(drill_names())
    content = json.loads(call("drill", "--json").out)
    assert [each["name"] for each in content] == list(drill_names())
    assert all(each["asks"].endswith("?") for each in content)


# what is laid over what


def test_events_come_beside_those_of_the_base_and_tables_win(tmp_path: Path) -> None:
    base = write(
        tmp_path,
        f'extends = "{BASE}"\n[[events]]\nkind = "drone_fails"\nat = "11:30"\n[airports]\nboxes = 20\npads = 3\n',
        "base.toml",
    )
    mine = write(
        tmp_path,
        HEAD + '[airports]\nboxes = 10\n[[events]]\nkind = "airport_closed"\nat = "12:00"\nairport = "busiest"\n',
    )
    scenario = dronesim.load_scenario(base)
    found = drilled(scenario, read_drill(str(mine)))
    assert [event.kind for event in found.events] == ["drone_fails", "airport_closed"]
    assert found.events[1].airport == busiest_airport(scenario)  # type: ignore[attr-defined]
    assert (found.airports.boxes, found.airports.pads) == (10, 3)
    assert found.name == "drilled, mine"
    assert len(scenario.events) == 1


def test_the_busiest_airport_is_where_most_orders_are() -> None:
    scenario = dronesim.load_scenario(BASE)
    days = [dronesim.run(scenario, replication=day).tables["orders"]["airport"].to_pylist() for day in range(6)]
    flat = [airport for day in days for airport in day]
    assert busiest_airport(scenario) == max(set(flat), key=flat.count)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("", [("12:00", 13.0), ("13:00", 0.0)]),
        ("wind_mps = 3", [("12:00", 13.0), ("13:00", 3.0)]),
        (
            'changes = [{ at="11:00", wind_mps=2 }, { at="12:30", wind_mps=5 }, { at="14:00", wind_mps=1 }]',
            [("11:00", 2.0), ("12:00", 13.0), ("13:00", 5.0), ("14:00", 1.0)],
        ),
        ('changes = [{ at = "12:00", wind_mps = 4 }]', [("12:00", 13.0), ("13:00", 4.0)]),
        ('changes = [{ at = "13:00", wind_mps = 4 }]', [("12:00", 13.0), ("13:00", 4.0)]),
    ],
)
def test_a_wind_blows_for_a_while_and_then_the_bases_own_is_back(
    base: str, expected: list[tuple[str, float]], tmp_path: Path
) -> None:
    scenario = dronesim.load_scenario(write(tmp_path, f'extends = "{BASE}"\n[weather]\n{base}\n', "base.toml"))
    mine = write(tmp_path, HEAD + '[[drill.winds]]\nat = "12:00"\nuntil = "13:00"\nwind_mps = 13\n')
    changes = drilled(scenario, read_drill(str(mine))).weather.changes
    assert [(change.at, change.wind_mps) for change in changes] == expected


def test_numbers_are_multiplied_by_site_too_and_people_stay_whole(tmp_path: Path) -> None:
    mine = write(
        tmp_path,
        HEAD + '[drill.multiplies]\n"demand.orders" = 1.5\n"fleet.drones" = 0.5\n"couriers.per_takeoff_point" = 0.1\n',
    )
    base = dronesim.load_scenario(BASE, ["fleet.drones={T1=5,T2=1}"])
    found = drilled(base, read_drill(str(mine)))
    assert found.demand.orders == 135.0
    assert found.fleet.drones == {"T1": 3, "T2": 1}
    assert found.couriers.per_takeoff_point == 1


def test_orders_of_a_trace_are_multiplied_by_its_factor() -> None:
    base = dronesim.load_scenario(TINY.parents[1] / "golden" / "shared.toml")
    assert base.demand.model == "trace"
    found = drilled(base, read_drill("holiday-demand"))
    assert found.demand.trace_factor == 1.5
    assert busiest_airport(base) in {"A1", "A2", "A3"}


def test_a_policy_beside_the_scenario_is_found_and_one_of_python_is_taken(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from dronesim.dispatch import POLICIES\nserve = lambda view: POLICIES['greedy'](view)\n"
    )
    base = write(tmp_path, f'extends = "{BASE}"\n[dispatch]\npolicy = "mine:serve"\n', "base.toml")
    drill = write(tmp_path, HEAD + "[takeoff_points]\nload_s = 60\n", "slow.toml")
    mine = dronesim.drill(str(drill), on=base, replications=2)
    named = dronesim.drill(str(drill), on=BASE, policy="greedy", replications=2)
    given = dronesim.drill(str(drill), on=BASE, policy=lambda view: POLICIES["greedy"](view), replications=2)
    levels = [
        [(figure.a.mean, figure.b.mean) for figure in found.sides.figures.values() if figure.a.count == 2]
        for found in (mine, named, given)
    ]
    assert levels[0] == levels[1] == levels[2]
    assert mine.is_clean
    assert given.is_clean


# mistakes


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "x"\n' + HEAD, "mine.toml:1: name: is the base's to say"),
        ("[fleet]\ndrones = 3\n", "drill: is required"),
        (HEAD + "wtaches = 1\n", "mine.toml:4: drill.wtaches: is not a known key (found 1); did you mean drill."),
        (HEAD.replace("service.share", "service.shar"), "mine.toml:3: drill.watches[0]: is no key figure"),
        (HEAD + '[drill.multiplies]\n"fleet.drnoes" = 2\n', "did you mean fleet.drones?"),
        (HEAD + '[drill.multiplies]\n"dispatch.policy" = 2\n', "mine.toml:5: drill.multiplies"),
        (HEAD + '[drill.multiplies]\n"fleet.drones" = 0\n', "must be above 0"),
        (HEAD + "[fleet]\ndrnoes = 2\n", "mine.toml:5: fleet.drnoes: is not a known key"),
        (HEAD + '[[events]]\nkind = "airport_closed"\nairport = "A9"\nat = "12:00"\n', ":6: events[0].airport"),
        (HEAD + '[[events]]\nkind = "airport_closed"\nairport = "A1"\nat = "09:00"\n', "lies outside the day"),
        (HEAD + '[[drill.winds]]\nat = "12:00"\nuntil = "11:00"\nwind_mps = 3\n', "must be later than at, 12:00"),
        (HEAD, "nothing to compare"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_drill_is_told_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    answer = call("drill", write(tmp_path, text), "--out", tmp_path / "out", *ON, "--replications", 2)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_a_name_that_is_not_known_is_told_with_the_choices() -> None:
    answer = call("drill", "strom-at-lunch", *ON)
    assert answer.code == 2
    assert "did you mean storm-at-lunch?" in answer.err
    assert "choose from airport-outage" in answer.err
    assert "there is no such file" in call("drill", "no.toml", *ON).err


def test_problems_of_drill_and_scenario_are_told_at_once(tmp_path: Path) -> None:
    base = write(tmp_path, f'extends = "{BASE}"\n[fleet]\ndrnoes = 3\n', "base.toml")
    answer = call("drill", write(tmp_path, HEAD + "wtaches = 1\n"), "--on", base)
    assert answer.code == 2
    assert [line.partition(": ")[0].rpartition("/")[2] for line in answer.complaints] == ["mine.toml:4", "base.toml:3"]


def test_a_bad_drill_table_hides_no_mistake_in_the_rest_of_its_file(tmp_path: Path) -> None:
    rest = '[link]\nafter = "retrun"\n[[events]]\nkind = "airport_closed"\nat = "12:00"\nairport = "A1"\nminuts = 5\n'
    answer = call("drill", write(tmp_path, 'name = "x"\n' + HEAD + "wtaches = 1\n" + rest), *ON)
    keys = [line.split(": ")[:2] for line in answer.complaints]
    assert [(place.rpartition(":")[2], key) for place, key in keys] == [
        ("1", "name"),
        ("5", "drill.wtaches"),
        ("7", "link.after"),
        ("12", "events[0].minuts"),
    ]


def test_without_a_base_the_option_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call("drill", "storm-at-lunch")
    assert answer.code == 2
    assert "--on: names no scenario to be drilled" in answer.err


def test_a_day_that_the_checker_contradicts_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dronesim.api.drills.verify_task", lambda task, kept: ["pads: two at once"] * task.replication)
    answer = call("drill", "airport-outage", "--replications", 2, "--out", tmp_path, *ON)
    assert answer.code == 1
    assert "the independent checker contradicts 1 of 2 days with the trouble" in answer.out
    assert "replication 1: pads: two at once" in answer.out
    content = json.loads((tmp_path / "drill.json").read_text(encoding="utf-8"))
    assert content["verified"] == {"days": 2, "breaches": {"1": ["pads: two at once"]}}


# kept and resumed


def test_a_killed_drill_goes_on_from_what_is_run_and_verified(tmp_path: Path) -> None:
    many = ("--set", "demand.orders=300", "--set", "fleet.drones=20", "--replications", 4, "--json")
    words = ("drill", "storm-at-lunch", "--on", BASE, *many)
    with subprocess.Popen(
        command(*words, "--out", tmp_path, "--workers", 2), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(), start_new_session=True,
    ) as running:  # fmt: skip
        until_s = time.monotonic() + 120
        while not list((tmp_path / "verified").glob("*.json")) and time.monotonic() < until_s:
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate(timeout=20)
    time.sleep(0.5)
    before = stamps(tmp_path)
    assert len(list((tmp_path / "verified").glob("*.json"))) >= 1
    again = call(*words, "--out", tmp_path, "--workers", 1)
    assert again.code == 0
    assert before.items() <= stamps(tmp_path).items()
    assert (len(list((tmp_path / "verified").iterdir())), len(list((tmp_path / "replications").iterdir()))) == (4, 8)
    assert json.loads(call(*words, "--out", tmp_path / "fresh", "--workers", 1).out) == json.loads(again.out)


def stamps(folder: Path) -> dict[Path, int]:
    files = [*(folder / "verified").glob("*.json"), *(folder / "replications").glob("*.json")]
    return {path: path.stat().st_mtime_ns for path in files}


def test_a_drill_that_is_run_as_a_scenario_is_told_what_it_is() -> None:
    shipped = Path(__file__).parents[2] / "scenarios" / "drills" / "hot-day.toml"
    answer = call("validate", shipped)
    assert answer.code == 2
    assert "drill: is not a known key of a scenario; a drill is laid over one by dronesim drill" in answer.err

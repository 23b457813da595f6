"""Laws that hold on any day find what no check of single rows can: each planted fault is seen by its law alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import dronesim
from dronesim.verify import Report, verify_run
from dronesim.verify.laws import accounts
from dronesim.verify.reading import read_run
from dronesim.verify.stays import stays
from oracles.handmade_run import CLOSE_S, CLOSED_S, UNLOAD_S, measure, retold, write_handmade_run, write_table

Row = dict[str, Any]
Change = Callable[[list[Row]], object]

TINY = Path(__file__).parents[1] / "data" / "tiny.toml"
LITTLE, FLOW, UTILIZATION = "Little's law", "flow in is flow out", "utilization"


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handmade day without trouble."""
    return write_handmade_run(tmp_path_factory.mktemp("run") / "calm", has_trouble=False)


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_handmade_run(tmp_path_factory.mktemp("run") / "troubled")


def planted(folder: Path, copy: Path, change: Change, *, table: str = "occupancy") -> Path:
    """Let an engine have the fault: the table is wrong, the key figures are honestly measured from it."""
    shutil.copytree(folder, copy)
    rows = pq.read_table(copy / f"{table}.parquet").to_pylist()
    change(rows)
    write_table(copy, table, rows)
    measure(copy)
    return copy


def seen_by(report: Report) -> set[str]:
    return {check.name for check in report.checks if not check.is_clean}


def words(report: Report, name: str) -> str:
    return "\n".join(text for check in report.checks if check.name == name for text in check.violations)


def note(report: Report, name: str) -> str:
    return next(check.note for check in report.checks if check.name == name)


def longer(resource: str, *, before_s: float = 0.0, after_s: float = 0.0, nth: int = 0) -> Change:
    """Hold the nth unit of a resource from earlier on, or until later."""

    def change(rows: list[Row]) -> None:
        row = [row for row in rows if row["resource"] == resource][nth]
        row.update(from_s=row["from_s"] - before_s, to_s=row["to_s"] + after_s)

    return change


def in_two(resource: str) -> Change:
    """Write one holding as two, one after the other."""

    def change(rows: list[Row]) -> None:
        row = next(row for row in rows if row["resource"] == resource)
        middle_s = round((row["from_s"] + row["to_s"]) / 2, 3)
        rows.append({**row, "from_s": middle_s})
        row["to_s"] = middle_s

    return change


def never_left(rows: list[Row]) -> None:
    """A pad stays taken from noon to the close by a drone that has flown home."""
    pad = next(row for row in rows if row["resource"] == "pad" and row["site"] == "A1")
    rows.append({**pad, "from_s": 43200.0, "to_s": CLOSED_S})


PLANTED: dict[str, tuple[Change, set[str], str]] = {
    "a loader who stays five seconds": (longer("loader", after_s=5.0), {LITTLE, UTILIZATION}, "loader at T1: L is"),
    "an unloader who comes too early": (longer("unloader", before_s=5.0), {LITTLE, UTILIZATION}, "unloader at A1"),
    "a box kept before it is booked": (longer("box", before_s=9.0), {LITTLE, UTILIZATION}, "box at A1"),
    "a pilot who watches a drone at home": (longer("pilot", after_s=60.0), {LITTLE, UTILIZATION}, "pilot at network"),
    "a pad that is never given back": (longer("pad", after_s=9000.0, nth=-1), {LITTLE, UTILIZATION}, "pad at T1"),
    "a lane closed for an hour": (
        longer("departure_lane", after_s=3600.0, nth=-1),
        {LITTLE, UTILIZATION},
        "departure_lane at A2",
    ),
    **{f"a {resource} in two rows": (in_two(resource), {FLOW}, f"{resource} at") for resource in ("loader", "pilot")},
    "a pad without a drone": (never_left, {LITTLE, FLOW, UTILIZATION}, "0 drones landed and did not leave, 1 pads"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_seen_by_the_laws_alone(name: str, calm: Path, tmp_path: Path) -> None:
    change, laws, says = PLANTED[name]
    report = verify_run(planted(calm, tmp_path / "copy", change))
    assert seen_by(report) == laws, "\n".join(report.lines())
    assert says in "\n".join(words(report, law) for law in laws)


def test_a_pack_charged_in_a_minute_is_seen_by_the_laws_alone(troubled: Path, tmp_path: Path) -> None:
    """45 points of charge at 2 C take 810 s at least."""
    report = verify_run(planted(troubled, tmp_path / "copy", longer("charger", after_s=-1740.0)))
    assert seen_by(report) == {LITTLE, UTILIZATION}
    assert "so λ W lies between 0.022500 and" in words(report, LITTLE)


def test_no_law_is_broken_by_a_calm_day_nor_by_trouble(calm: Path, troubled: Path) -> None:
    for folder in (calm, troubled):
        report = verify_run(folder)
        assert seen_by(report) == set(), "\n".join(report.lines())
    assert "3 legs met trouble" in note(verify_run(troubled), LITTLE)


def test_a_calm_day_is_exact_where_milestones_tell_both_ends(calm: Path) -> None:
    found = accounts(read_run(calm), from_s=-np.inf, to_s=np.inf)
    exact = {found.resource[pool] for pool in np.flatnonzero(found.is_exact & (found.sure > 0))}
    assert exact == {"loader", "unloader", "box", "pilot"}
    told = "L = λ W at 6 resources and sites, off by at most"
    assert told in note(verify_run(calm), LITTLE)


def test_parcels_that_came_down_elsewhere_are_unloaded_there(troubled: Path) -> None:
    parts = [part for part in stays(read_run(troubled)) if part.resource == "unloader" and part.is_sure.any()]
    assert [part.site.tolist() for part in parts] == [["A1", "A2", "A2"], ["A2"]]
    assert parts[1].least_s.tolist() == [UNLOAD_S]


def test_more_drones_than_are_based_at_a_site_can_not_leave_it(calm: Path, tmp_path: Path) -> None:
    def send_away(facts: Row) -> None:
        facts["fleet"]["by_takeoff_point"] = {"T1": 1}

    report = verify_run(retold(calm, tmp_path / "copy", file="facts.json", change=send_away))
    assert seen_by(report) == {FLOW}
    assert "T1: a drone departs" in words(report, FLOW)


def test_a_spare_may_stand_in_for_a_drone(calm: Path, tmp_path: Path) -> None:
    def keep_a_spare(facts: Row) -> None:
        facts["fleet"].update(by_takeoff_point={"T1": 1}, spares=1)

    assert verify_run(retold(calm, tmp_path / "copy", file="facts.json", change=keep_a_spare)).is_clean


def test_a_scan_at_another_airport_is_an_order_too_many_there(calm: Path, tmp_path: Path) -> None:
    def move(rows: list[Row]) -> None:
        rows[1]["airport"] = "A2"

    report = verify_run(planted(calm, tmp_path / "copy", move, table="scans"))
    assert seen_by(report) == {FLOW, "pickup codes"}
    assert "A1: 1 orders were collected by orders, 0 by legs or scans" in words(report, FLOW)


@pytest.mark.parametrize("figure", [("resources", "loader", "T1"), ("fleet", "utilization")], ids=".".join)
def test_a_utilization_that_is_not_lambda_w_over_capacity_is_caught(
    figure: tuple[str, ...], calm: Path, tmp_path: Path
) -> None:
    def raise_it(content: Row) -> None:
        for key in figure[:-1]:
            content = content[key]
        content[figure[-1]] *= 1.01

    report = verify_run(retold(calm, tmp_path / "copy", file="kpis.json", change=raise_it))
    assert seen_by(report) == {UTILIZATION, "key figures recomputed"}
    assert f"{'.'.join(figure)} is" in words(report, UTILIZATION)


def test_holdings_are_cut_at_the_close_and_those_after_it_left_out(calm: Path, tmp_path: Path) -> None:
    """An order that is still open keeps its box until the close, which is no breach of any law."""

    def leave_open(rows: list[Row]) -> None:
        rows[3].update(end_state="open", ended_s=None)

    def keep(rows: list[Row]) -> None:
        next(row for row in rows if row["resource"] == "box" and row["holder"] == 3).update(to_s=CLOSE_S)

    copy = planted(planted(calm, tmp_path / "one", leave_open, table="orders"), tmp_path / "two", keep)
    report = verify_run(copy)
    assert seen_by(report) == set(), "\n".join(report.lines())


def test_what_takes_no_time_holds_nothing_and_is_no_fault() -> None:
    at_once = {"takeoff_points.load_s": 0.0, "airports.unload_s": 0.0}
    day = dronesim.run(TINY, set=at_once)
    assert not {"loader", "unloader"} & set(day.tables["occupancy"]["resource"].to_pylist())
    report = day.verify()
    assert report.is_clean, "\n".join(report.lines())

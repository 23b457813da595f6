"""A real run folder: the same bytes whenever and wherever it is made, and no change of it goes unnoticed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command import call, spawn
from dronesim.verify import Report, verify_run
from golden.renew import HERE
from oracles.handmade_run import retold, tampered

EVENTS = HERE / "events.toml"
Row = dict[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An hour with trouble, tracks and pictures."""
    folder = tmp_path_factory.mktemp("real") / "run"
    assert call("run", EVENTS, "--out", folder, "--tracks", "--quiet").code == 0
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """All bytes of a run but those of its manifest."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    assert found.pop("manifest.json")
    return found


def assert_same_bytes(folder: Path, other: Path) -> None:
    first, second = files(folder), files(other)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    hashes = [json.loads((place / "manifest.json").read_text())["files"] for place in (folder, other)]
    assert hashes[0] == hashes[1]


def test_a_second_run_in_the_same_process_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    assert call("run", EVENTS, "--out", tmp_path / "again", "--tracks", "--quiet").code == 0
    assert_same_bytes(run, tmp_path / "again")


@pytest.mark.parametrize("hash_seed", ["1", "4021"])
def test_another_process_gives_the_same_bytes_whatever_its_hash_seed(hash_seed: str, run: Path, tmp_path: Path) -> None:
    words = ("run", EVENTS, "--out", "again", "--tracks", "--quiet")
    answer = spawn(*words, cwd=tmp_path, PYTHONHASHSEED=hash_seed)
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert_same_bytes(run, tmp_path / "again")


@pytest.mark.slow
def test_the_saved_scenario_gives_the_same_bytes_from_another_place(run: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(run, tmp_path / "moved")
    words = ("run", moved / "scenario.toml", "--out", tmp_path / "again", "--tracks", "--quiet")
    assert call(*words).code == 0
    assert_same_bytes(run, tmp_path / "again")


@pytest.mark.slow
def test_verify_runs_it_again_and_is_clean(run: Path) -> None:
    answer = call("verify", run, "--rerun")
    assert (answer.code, answer.err) == (0, "")
    assert "re-run gives the same bytes: ok, " in answer.out


@pytest.mark.slow
def test_verify_sees_that_another_seed_was_run(run: Path, tmp_path: Path) -> None:
    """The comparison of bytes can fail."""
    copy = retold(run, tmp_path / "copy", file="facts.json", change=lambda facts: facts.update(seed=6))
    answer = call("verify", copy, "--rerun")
    assert answer.code == 1
    assert "orders.parquet differs" in answer.out


@pytest.mark.slow
def test_another_seed_gives_other_bytes(run: Path, tmp_path: Path) -> None:
    assert call("run", EVENTS, "--out", tmp_path / "other", "--tracks", "--quiet", "--seed", 6).code == 0
    first, second = files(run), files(tmp_path / "other")
    assert first["orders.parquet"] != second["orders.parquet"]
    assert first["inputs/map.geojson"] == second["inputs/map.geojson"]


# tampering


def broken(report: Report) -> dict[str, str]:
    """What each check that is not clean says."""
    return {check.name: "\n".join(check.violations) for check in report.checks if not check.is_clean}


OFF = {
    *("command link", "excursions", "missed landings", "health of packs", "inspections and repairs"),
    *(
        "areas of outages",
        "demand that moves",
        "faults as drawn",
        "handling times",
        "people below and noise",
        "position service",
        "recalls come before loading",
        "refusals by full queues",
        "refusals by the policy",
        "weather",
        "weather as its file has it",
        "weather as it is drawn",
    ),
}
"""What is checked where a scenario switches it on."""


def test_the_run_is_clean_and_no_check_was_left_out(run: Path) -> None:
    report = verify_run(run)
    assert broken(report) == {}
    assert {check.name for check in report.checks if not check.examined} == OFF


def pad_used_twice(rows: list[Row]) -> None:
    """Another drone stands on the pad while the first one is there."""
    pad = next(row for row in rows if row["resource"] == "pad" and row["site"] == "A1")
    rows.append({**pad, "holder": pad["holder"] + 1})


def box_used_twice(rows: list[Row]) -> None:
    box = next(row for row in rows if row["resource"] == "box")
    rows.append({**box, "holder": box["holder"] + 1})


def order_deleted(rows: list[Row]) -> None:
    del rows[5]


def return_deleted(rows: list[Row]) -> None:
    rows.remove(next(row for row in rows if row["kind"] == "return"))


def delivered_earlier(rows: list[Row]) -> None:
    row = next(row for row in rows if row["delivered_s"] is not None)
    row["delivered_s"] -= 60.0


def late_order_lost(rows: list[Row]) -> None:
    """A miss that is taken out of range lifts the service level."""
    row = next(row for row in rows if row["end_state"] == "cancelled")
    row["in_range"] = False


def energy_saved(rows: list[Row]) -> None:
    rows[0]["energy_wh"] *= 0.5


def scan_forged(rows: list[Row]) -> None:
    row = next(row for row in rows if row["verdict"] != "accepted")
    row["verdict"] = "accepted"


def flown_with_a_jump(rows: list[Row]) -> None:
    """A segment that ends a kilometre to the side."""
    rows[1]["y1_m"] += 1000.0


def loader_stays_longer(rows: list[Row]) -> None:
    """Every parcel is loaded a second after its loading time; key figures and capacities allow for that."""
    for row in rows:
        if row["resource"] == "loader":
            row["to_s"] += 1.0


def loader_comes_twice(rows: list[Row]) -> None:
    """One loading is written as two, one after the other."""
    row = next(row for row in rows if row["resource"] == "loader")
    middle_s = round((row["from_s"] + row["to_s"]) / 2, 3)
    rows.append({**row, "from_s": middle_s})
    row["to_s"] = middle_s


def lane_given_back_early(rows: list[Row]) -> None:
    row = next(row for row in rows if row["resource"] == "departure_lane")
    row["to_s"] -= 3.0


def pad_given_back_on_take_off(rows: list[Row]) -> None:
    row = next(row for row in rows if row["resource"] == "pad" and row["site"].startswith("T"))
    row["to_s"] -= 10.0


def one_piece(rows: list[Row], pieces: list[Row]) -> None:
    """Fly some segments as one, at their mean speed."""
    ends = {name: value for name, value in pieces[-1].items() if name[1] == "1"}
    rows[:] = [row for row in rows if row not in pieces] + [{**pieces[0], **ends}]


def flown_at_its_mean_speed(rows: list[Row]) -> None:
    leg = [row for row in rows if row["leg"] == 0]
    one_piece(rows, [row for row in leg if (row["x0_m"], row["y0_m"]) != (row["x1_m"], row["y1_m"])])


def hover_spread_over_the_descent(rows: list[Row]) -> None:
    leg = [row for row in rows if row["leg"] == 0]
    first = next(row for row in leg if row["z1_m"] < row["z0_m"])
    one_piece(rows, [row for row in leg if row["t0_s"] >= first["t0_s"]])


TAMPERINGS: dict[Callable[[list[Row]], None], tuple[str, str, str]] = {
    pad_used_twice: ("occupancy", "capacities", "pad at A1"),
    box_used_twice: ("occupancy", "capacities", "box at A"),
    order_deleted: ("orders", "conservation of orders", "order 5 is missing"),
    return_deleted: ("legs", "legs and sorties", "never comes home"),
    delivered_earlier: ("orders", "milestone order", "delivered_s"),
    late_order_lost: ("orders", "distances and range", "in_range is False"),
    energy_saved: ("legs", "energy and packs", "leg 0"),
    scan_forged: ("scans", "pickup codes", "accepted"),
    loader_stays_longer: ("occupancy", "Little's law", "loader at T1: L is"),
    loader_comes_twice: ("occupancy", "flow in is flow out", "holdings in occupancy"),
    lane_given_back_early: ("occupancy", "lanes of terminal areas", "departure_lane at"),
    pad_given_back_on_take_off: ("occupancy", "bookings cover their use", "used the pad at"),
    flown_at_its_mean_speed: ("flown", "motion along the track", "flown: leg 0"),
    hover_spread_over_the_descent: ("flown", "climbs and descents", "flown: leg 0"),
    flown_with_a_jump: ("flown", "tracks are whole", "flown: leg 0 "),
}


@pytest.mark.parametrize("change", TAMPERINGS, ids=lambda change: change.__name__)
def test_a_tampered_table_is_caught_though_its_hash_is_right(
    change: Callable[[list[Row]], None], run: Path, tmp_path: Path
) -> None:
    table, check, says = TAMPERINGS[change]
    found = broken(verify_run(tampered(run, tmp_path / "copy", table=table, change=change)))
    assert "files are whole" not in found
    assert says in found[check]


@pytest.mark.parametrize(
    ("part", "key"), [("service", "share"), ("service", "ceiling"), ("orders", "lost"), ("cost", "per_order")]
)
def test_a_changed_key_figure_is_caught(part: str, key: str, run: Path, tmp_path: Path) -> None:
    def change(kpis: Row) -> None:
        kpis[part][key] += 0.01

    found = broken(verify_run(retold(run, tmp_path / "copy", file="kpis.json", change=change)))
    assert f"{part}.{key} is" in found["key figures recomputed"]


def test_verify_exits_with_1_on_a_tampered_run(run: Path, tmp_path: Path) -> None:
    copy = tampered(run, tmp_path / "copy", table="orders", change=order_deleted)
    answer = call("verify", copy)
    assert (answer.code, answer.err) == (1, "")
    assert "order 5 is missing" in answer.out

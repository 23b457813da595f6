"""Faults planted in the tables of a clean run, of which one rule alone tells what is wrong.

Other checks may stumble over the same row; asked for are the words of the rule whose matter it is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from dronesim.verify import verify_run
from oracles.handmade_flight import AIRCRAFT
from oracles.handmade_run import block, retold, tampered, write_handmade_run

Row = dict[str, Any]
Change = Callable[[list[Row]], object]

OUTBOUND, RANGES, BOOKINGS = "outbound legs of orders", "distances and range", "bookings cover their use"
FLIGHTS, CODES, OBSTACLES = "flights", "pickup codes", "clear of obstacles"


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_handmade_run(tmp_path_factory.mktemp("run") / "tracked", has_tracks=True)


def put(row: int, **values: Any) -> Change:
    """Change cells of one row."""
    return lambda rows: rows[row].update(values)


def later(resource: str, by_s: float) -> Change:
    """Let the first use of a resource end later."""

    def change(rows: list[Row]) -> None:
        next(row for row in rows if row["resource"] == resource)["to_s"] += by_s

    return change


FAULTS: dict[str, tuple[str, Change, str, str]] = {
    "delivered by a leg that never landed": (
        "legs",
        put(0, outcome="lost"),
        OUTBOUND,
        "order 0 and leg 0: the leg is outbound and its outcome lost",
    ),
    "brought by an empty leg": (
        "legs",
        put(2, kind="deadhead"),
        OUTBOUND,
        "order 1 and leg 2: the leg is deadhead and its outcome landed",
    ),
    "a way of less than nothing": ("legs", put(0, distance_m=-0.5), FLIGHTS, "leg 0: distance_m -0.500"),
    "a courier who stays": ("occupancy", later("courier", 5.0), BOOKINGS, "its courier is busy until"),
    "a stranger's code": ("scans", put(1, order=77), CODES, "scan 1 was accepted for an unknown order"),
    "no word on the range": ("orders", put(0, in_range=None), RANGES, "order 0: in_range is False"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_told_in_the_words_of_its_rule(name: str, tracked: Path, tmp_path: Path) -> None:
    table, change, check, says = FAULTS[name]
    report = verify_run(tampered(tracked, tmp_path / "copy", table=table, change=change))
    assert says in "\n".join(text for found in report.checks if found.name == check for text in found.violations)


def test_more_than_a_site_has_is_told_even_where_it_has_none(tracked: Path, tmp_path: Path) -> None:
    change = lambda facts: facts["capacity"]["courier"].update(T1=0)  # noqa: E731
    report = verify_run(retold(tracked, tmp_path / "copy", file="facts.json", change=change))
    (capacities,) = [check for check in report.checks if check.name == "capacities"]
    assert any("courier at T1 by order 0: 1 held at" in text for text in capacities.violations)


def times_at(run: Path, *places_m: float) -> list[float]:
    """Give when leg 0, which leads east, flies over some places."""
    table = pq.read_table(run / "flown.parquet").to_pydict()
    outward = [row for row, leg in enumerate(table["leg"]) if leg == 0]
    ends_m, ends_s = ([table[name][row] for row in outward] for name in ("x1_m", "t1_s"))
    return [float(at_s) for at_s in np.interp(places_m, ends_m, ends_s)]


@pytest.mark.parametrize(("ahead_m", "is_hit"), [(-5.0, True), (5.0, False)])
def test_only_who_cannot_stop_before_a_zone_may_be_in_it_beyond_the_grace(
    ahead_m: float, is_hit: bool, tracked: Path, tmp_path: Path
) -> None:
    """The zone comes into force when a drone is so much nearer to it than the way that it takes to stop."""
    stops_m = AIRCRAFT["cruise_mps"] ** 2 / AIRCRAFT["acceleration_mps2"] / 2
    (begins_s,) = times_at(tracked, 600 - stops_m + ahead_m)
    zone = block(
        "no_fly", [(600, -9), (640, -9), (640, 9), (600, 9)], id="X", **{"from": begins_s, "to": begins_s + 60}
    )
    copy = retold(
        tracked,
        tmp_path / "strict",
        file="facts.json",
        change=lambda facts: facts["airspace"].update(zone_grace_s=1.0),
    )
    change = lambda content: content["features"].append(zone)  # noqa: E731
    report = verify_run(retold(copy, tmp_path / "copy", file="inputs/map.geojson", change=change))
    assert [check.is_clean for check in report.checks if check.name == OBSTACLES] == [not is_hit]


@pytest.mark.parametrize(
    ("hours", "is_hit"),
    [
        (lambda enters_s, _: {"to": enters_s - 1.0}, False),
        (lambda enters_s, _: {"to": enters_s + 1.0}, True),
        (lambda _, leaves_s: {"from": leaves_s - 61.0, "to": leaves_s}, True),
        (lambda _, leaves_s: {"from": leaves_s - 59.0, "to": leaves_s}, False),
    ],
)
def test_a_zone_counts_from_a_minute_after_it_begins_until_it_ends(
    hours: Callable[[float, float], Row], is_hit: bool, tracked: Path, tmp_path: Path
) -> None:
    """Leg 0 is in it for the 40 m from 600 m on, somewhere in the middle of a long segment."""
    zone = block("no_fly", [(600, -9), (640, -9), (640, 9), (600, 9)], id="X", **hours(*times_at(tracked, 600, 640)))
    change = lambda content: content["features"].append(zone)  # noqa: E731
    report = verify_run(retold(tracked, tmp_path / "copy", file="inputs/map.geojson", change=change))
    assert [check.is_clean for check in report.checks if check.name == OBSTACLES] == [not is_hit]

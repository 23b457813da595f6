"""Riders: a finite pool who bring what drones can't or the policy tells them to; both levels are told."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dronesim
from dronesim.dispatch import Decisions, DispatchView
from dronesim.errors import PolicyError
from dronesim.experiment import prepare, set_up
from dronesim.metrics import kpis
from dronesim.report.words import other_clock
from dronesim.scenario import Scenario
from dronesim.scenario.dump import dump_scenario
from dronesim.simulation import Outcome, simulate
from dronesim.verify import verify_run
from dronesim.verify.riders import riders
from dronesim.verify.waits import reasons, waits
from oracles.handmade_run import retold, tampered
from test_planted_laws import as_read

DATA = Path(__file__).parents[1] / "data"
TINY: dict[str, Any] = {
    **tomllib.loads((DATA / "tiny.toml").read_text(encoding="utf-8")),
    "map": str(DATA / "tiny.geojson"),
}
Row = dict[str, Any]
CLOSED: Row = {"kind": "airport_closed", "at": "10:20", "airport": "A2", "minutes": 60.0}
STORM: Row = {"wind_mps": 0.0, "changes": [{"at": "10:20", "wind_mps": 30.0}, {"at": "11:00", "wind_mps": 0.0}]}


def scenario(**tables: Any) -> Scenario:
    """Make a day of an hour with two riders at each take-off point."""
    tree = copy.deepcopy(TINY)
    tree["horizon"] = {"start": "10:00", "end": "11:00", "drain_max_min": 120.0}
    tree["fleet"] = {"drones": 10, "drone_type": "hexa-2.5kg"}
    tree["riders"] = {"per_takeoff_point": 2}
    for name, values in tables.items():
        tree[name] = {**tree.get(name, {}), **values} if isinstance(values, dict) else values
    return Scenario.model_validate(tree)


def fly(found: Scenario) -> Outcome:
    return simulate(prepare(set_up(found)))


def ridden(day: Outcome) -> np.ndarray:
    orders = day.tables["orders"]
    return np.flatnonzero((orders["end_state"] == "ground") & (orders["reason"] == "rider"))


def test_a_day_without_riders_tells_of_none() -> None:
    day = fly(scenario(riders={"per_takeoff_point": 0}))
    assert "riders" not in day.facts
    assert "rider" not in day.facts["capacity"]
    assert not {"by_rider", "share_with_riders"} & kpis(day.tables, day.facts)["service"].keys()


@pytest.mark.parametrize(
    ("what", "tables"),
    [
        ("closed", {"events": [CLOSED], "airports": {"closed_wait_max_min": 240.0}}),
        ("barred", {"weather": STORM}),
        ("late", {"fleet": {"drones": 2}, "demand": {"orders": 60}}),
    ],
)
def test_riders_bring_what_they_take_and_nothing_else(what: str, tables: Row) -> None:
    counts = [len(ridden(fly(scenario(**tables, riders={"takes": takes})))) for takes in ([what], [])]
    assert counts[0] > 0
    assert counts[1] == 0


def test_a_ride_takes_its_way_and_both_ends() -> None:
    day = fly(scenario(weather=STORM, riders={"road_mps": 4.0, "pickup_min": 3.0, "dropoff_min": 2.0}))
    orders, table = day.tables["orders"], day.tables["occupancy"]
    rows = np.flatnonzero(table["resource"] == "rider")
    way_s = orders["distance_m"][table["holder"][rows]] / 4.0
    ended_s = orders["ended_s"][table["holder"][rows]]
    np.testing.assert_allclose(ended_s, table["from_s"][rows] + 300.0 + way_s, atol=2e-3)
    back_s = np.minimum(ended_s + way_s, day.facts["horizon"]["closed_s"])
    np.testing.assert_allclose(table["to_s"][rows], back_s, atol=2e-3)
    assert set(table["unit"][rows].tolist()) <= {0, 1}


def test_both_levels_are_told_and_rides_are_paid_for() -> None:
    quick = {"road_mps": 20.0, "pickup_min": 0.5, "dropoff_min": 0.5, "per_takeoff_point": 9}
    day = fly(scenario(weather=STORM, riders=quick, costs={"rider_per_order": 7.0}))
    found, count = kpis(day.tables, day.facts), len(ridden(day))
    service = found["service"]
    assert service["by_rider"] == count > 0
    told = (
        f"within 15 minutes by any means: {100 * service['share_with_riders']:.1f} %, {count} orders brought by rider"
    )
    assert told in other_clock(service)
    assert service["share_with_riders"] > service["share"]
    assert found["cost"]["items"]["riders"] == pytest.approx(7.0 * count)
    assert found["resources"]["rider"].keys() == {"T1", "T2"}


# a policy's choice


def all_by_road(view: DispatchView) -> Decisions:
    """Let riders bring what they can."""
    decisions, left = Decisions(), {0: view.free_riders(0), 1: view.free_riders(1)}
    for order, point in zip(view.orders.order.tolist(), view.orders.takeoff_point.tolist(), strict=True):
        if np.isfinite(view.ride_by(order)) and left[point]:
            left[point] -= 1
            decisions.ride(order)
    return decisions


def one_too_many(view: DispatchView) -> Decisions:
    """Send a rider with whatever waits."""
    decisions = Decisions()
    for order in view.waiting:
        decisions.ride(order)
    return decisions


def with_policy(found: Scenario, policy: Callable[[DispatchView], Decisions]) -> Outcome:
    from dataclasses import replace

    return simulate(replace(prepare(set_up(found)), policy=policy, policy_name="mine"))


def test_a_policy_may_send_riders() -> None:
    day = with_policy(scenario(riders={"per_takeoff_point": 9, "takes": []}), all_by_road)
    assert len(ridden(day)) > 20
    assert not len(day.tables["legs"]["leg"])


@pytest.mark.parametrize("count", [0, 1])
def test_a_ride_that_nobody_can_take_is_illegal(count: int) -> None:
    with pytest.raises(PolicyError, match=r"no rider (is free|works)"):
        with_policy(scenario(riders={"per_takeoff_point": count}), one_too_many)


# verify


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("riders")
    path = folder / "scenario.toml"
    found = scenario(weather=STORM, events=[CLOSED])
    path.write_text(dump_scenario(found, map_path=TINY["map"]), encoding="utf-8")
    dronesim.run(path, out=folder / "run", report=False)
    return folder / "run"


def test_a_day_with_riders_is_verified(run: Path) -> None:
    report = verify_run(run)
    assert report.is_clean, report
    assert next(check.examined for check in report.checks if check.name == "riders") > 0


def told(folder: Path) -> str:
    """Give what the check of riders says."""
    return "\n".join(text for check in verify_run(folder).checks if check.name == "riders" for text in check.violations)


def _ride(**values: Any) -> Callable[[list[Row]], object]:
    """Change the first ride; times are added."""

    def change(rows: list[Row]) -> None:
        chosen = next(row for row in rows if row["resource"] == "rider")
        chosen.update({name: chosen[name] + by if name.endswith("_s") else by for name, by in values.items()})

    return change


def _flown(rows: list[Row]) -> None:
    next(row for row in rows if row["reason"] == "rider").update(end_state="cancelled", reason="patience")


PLANTED: dict[str, tuple[str, Callable[[list[Row]], object], str]] = {
    "too early": ("occupancy", _ride(from_s=-4000.0, to_s=-4000.0), "a rider leaves at"),
    "too quick": ("occupancy", _ride(from_s=5.0, to_s=5.0), "its rider is there at"),
    "stays out": ("occupancy", _ride(to_s=9.0), "its rider is free at"),
    "from elsewhere": ("occupancy", _ride(site="A1"), "a rider of A1 took it from"),
    "of another order": ("occupancy", _ride(holder=0), "came by no rider that is told"),
    "that was no ride": ("orders", _flown, "is cancelled, but a rider took it"),
    "that nobody made": (
        "occupancy",
        lambda rows: rows.remove(next(row for row in rows if row["resource"] == "rider")),
        "came by no rider that is told",
    ),
    "made twice": (
        "occupancy",
        lambda rows: rows.append(dict(next(row for row in rows if row["resource"] == "rider"))),
        "two riders took it",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_of_a_ride_is_told(name: str, run: Path, tmp_path: Path) -> None:
    table, change, says = PLANTED[name]
    assert says in told(tampered(run, tmp_path / "copy", table=table, change=change))


def test_more_riders_than_capacity_tells_are_told(run: Path, tmp_path: Path) -> None:
    change = lambda facts: facts["capacity"]["rider"].update(T1=1)  # noqa: E731
    copied = retold(run, tmp_path / "copy", file="facts.json", change=change)
    assert "riders at T1: 2, as capacity 1" in told(copied)


SHIFTS: list[Row] = [
    {"what": "riders", "from": "10:00", "to": "10:30", "count": 1},
    {"what": "riders", "site": "T2", "from": "10:45", "to": "11:00", "count": 3},
]


def _off_shift(rows: list[Row]) -> None:
    chosen = next(row for row in rows if row["resource"] == "rider" and row["from_s"] < 37_800.0)
    chosen["from_s"] = 38_000.0


def test_riders_leave_within_their_shifts_and_finish_after_them(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    found = scenario(weather=STORM, shifts=SHIFTS)
    path.write_text(dump_scenario(found, map_path=TINY["map"]), encoding="utf-8")
    day = dronesim.run(path, out=tmp_path / "run", report=False)
    table = fly(found).tables["occupancy"]
    rows = table["resource"] == "rider"
    from_s, to_s, site, unit = (table[name][rows] for name in ("from_s", "to_s", "site", "unit"))
    assert day.facts["riders"]["count"] == {"T1": 1, "T2": 3}
    is_first = from_s < 37_800.0
    assert is_first.any()
    assert not unit[is_first].any()
    assert (to_s[is_first] > 37_800.0).any()
    assert (~is_first).any()
    assert ((from_s[~is_first] >= 38_700.0) & (from_s[~is_first] < 39_600.0) & (site[~is_first] == "T2")).all()
    assert verify_run(tmp_path / "run").is_clean
    broken = tampered(tmp_path / "run", tmp_path / "off", table="occupancy", change=_off_shift)
    said = [text for check in verify_run(broken).checks if check.name == "shifts" for text in check.violations]
    assert "off shift" in "\n".join(said)


def test_riders_bring_what_drones_may_not_carry_where_they_take_that() -> None:
    heavy = {"mass": {"kind": "uniform", "low_kg": 1.0, "high_kg": 6.0}}
    quiet = fly(scenario(demand=heavy)).tables["orders"]
    assert (quiet["end_state"][quiet["reason"] == "too_heavy"] == "refused").all()
    assert (quiet["reason"] == "too_heavy").sum() > 5
    day = fly(scenario(demand=heavy, riders={"takes": ["refused"]}))
    orders = day.tables["orders"]
    assert not (orders["reason"] == "too_heavy").any()
    assert set(orders["reason"][orders["end_state"] == "ground"]) == {"rider"}
    found = kpis(day.tables, day.facts)
    assert found["service"]["by_rider"] == (orders["end_state"] == "ground").sum() > 5
    assert found["refusals"]["too_heavy"] == 0
    assert found["waits"]["rider"]["orders"] > 0
    assert checked(day) == ""


def checked(day: Outcome) -> str:
    return "\n".join(text for check in (waits, reasons, riders) for text in check(as_read(day)).violations)


def test_who_waits_for_a_rider_waits_while_all_are_out() -> None:
    day = fly(scenario(weather=STORM, riders={"per_takeoff_point": 1}, dispatch={"interval_s": 0.0}))
    table = day.tables["waits"]
    assert (table["reason"] == "rider").any()
    assert checked(day) == ""
    # one more is there, and has nothing to do
    day.facts["capacity"]["rider"] = {"T1": 2, "T2": 2}
    day.facts["riders"]["count"] = {"T1": 2, "T2": 2}
    assert "waits for a rider from" in checked(day)


def test_a_rider_who_takes_what_an_idle_drone_would_bring_in_time_is_told(tmp_path: Path) -> None:
    """A policy of planners may send riders as it likes; the rule for them may not."""
    path = tmp_path / "scenario.toml"
    found = scenario(riders={"per_takeoff_point": 9, "takes": []})
    path.write_text(dump_scenario(found, map_path=TINY["map"]), encoding="utf-8")
    dronesim.run(path, out=tmp_path / "run", policy=all_by_road, report=False)
    assert verify_run(tmp_path / "run").is_clean
    change = lambda facts: facts.update(policy="nearest")  # noqa: E731
    copied = retold(tmp_path / "run", tmp_path / "copy", file="facts.json", change=change)
    said = [text for check in verify_run(copied).checks for text in check.violations]
    assert "a drone beside it would have been there" in "\n".join(said)

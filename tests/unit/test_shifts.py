"""Shifts: who is at work finishes, nobody begins when off shift, and only hours at work count and cost."""

from __future__ import annotations

import copy
import json
import shutil
import tomllib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dronesim
from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.experiment.factors import parse_factor
from dronesim.experiment.replaced import check_counts
from dronesim.experiment.size_answer import SizeRequest
from dronesim.experiment.sizing import size
from dronesim.experiment.study import Study
from dronesim.experiment.sweeping import sweep
from dronesim.experiment.warn import warnings_of
from dronesim.metrics import kpis
from dronesim.scenario import Scenario
from dronesim.scenario.drilling import Drill, drilled, read_drill
from dronesim.scenario.staffing import replaced_by_shifts
from dronesim.simulation import Outcome, simulate
from dronesim.verify import verify_run
from oracles.handmade_run import retold, tampered

DATA = Path(__file__).parents[1] / "data"
TINY: dict[str, Any] = {
    **tomllib.loads((DATA / "tiny.toml").read_text(encoding="utf-8")),
    "map": str(DATA / "tiny.geojson"),
}
HOUR = 3600.0
NOON_S = 12 * HOUR
Row = dict[str, Any]


def row(what: str, begin: str, end: str, count: int, site: str | None = None) -> Row:
    where = {} if site is None else {"site": site}
    return {"what": what, **where, "from": begin, "to": end, "count": count}


def scenario(*shifts: Row, **tables: Row) -> Scenario:
    """Make a busy day of three hours with shifts."""
    tree = copy.deepcopy(TINY)
    tree["horizon"] = {"start": "10:00", "end": "13:00", "drain_max_min": 120.0}
    tree["demand"]["orders"] = 300.0
    tree["fleet"] = {"drones": {"T1": 10, "T2": 10}, "drone_type": "hexa-2.5kg"}
    tree["couriers"]["per_takeoff_point"] = 8
    for name, values in tables.items():
        tree[name] = {**tree.get(name, {}), **values} if isinstance(values, dict) else values
    return Scenario.model_validate({**tree, "shifts": list(shifts)})


def fly(found: Scenario) -> Outcome:
    return simulate(prepare(set_up(found)))


def held(day: Outcome, resource: str, site: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    table = day.tables["occupancy"]
    rows = (table["resource"] == resource) & ((table["site"] == site) | (site is None))
    return table["from_s"][rows], table["to_s"][rows]


# the same people all day


ALL_DAY = [
    row("couriers", "10:00", "13:00", 8),
    row("couriers", "13:00", "15:00", 8),
    row("loaders", "09:00", "16:00", 2),
    row("pilots", "00:00", "24:00", 2),
    row("drones", "10:00", "15:00", 10),
]


def test_shifts_that_say_what_holds_all_day_change_nothing() -> None:
    plain, shifted = fly(scenario()), fly(scenario(*ALL_DAY))
    for name, table in plain.tables.items():
        for column, values in table.items():
            np.testing.assert_array_equal(values, shifted.tables[name][column], err_msg=f"{name}.{column}")
    told = [{**kpis(day.tables, day.facts), "cost": None} for day in (plain, shifted)]
    assert told[0] == told[1]


def test_a_day_without_shifts_tells_none() -> None:
    assert "shifts" not in fly(scenario()).facts


# people


def test_a_loader_finishes_and_nobody_begins_until_the_next_shift() -> None:
    day = fly(scenario(row("loaders", "10:00", "11:10", 2), row("loaders", "11:40", "15:00", 2)))
    from_s, to_s = held(day, "loader")
    over_s, next_s = 11 * HOUR + 600, 11 * HOUR + 2400
    assert not ((from_s >= over_s) & (from_s < next_s)).any()
    assert ((from_s < over_s) & (to_s > over_s)).any(), "somebody is at work when the shift ends"
    assert np.allclose(to_s - from_s, 30.0)
    waits = day.tables["waits"]
    assert ((waits["reason"] == "loader") & (np.abs(waits["to_s"] - next_s) < 60)).any()


def test_who_stays_goes_on_while_who_leaves_finishes() -> None:
    """With two loaders until 11:10 and one from then on, both are at work just after it, and one later."""
    day = fly(scenario(row("loaders", "10:00", "15:00", 1), row("loaders", "10:00", "11:10", 1)))
    from_s, to_s = held(day, "loader", "T1")
    over_s = 11 * HOUR + 600
    later = np.arange(over_s + 30.0, NOON_S, 0.25)
    busy = ((from_s <= later[:, None]) & (to_s > later[:, None])).sum(axis=1)
    assert busy.max() == 1
    assert day.facts["capacity"]["loader"] == {"T1": 2, "T2": 2}


def test_a_courier_leaves_within_a_shift_and_finishes_the_trip() -> None:
    day = fly(scenario(row("couriers", "10:00", "11:00", 3), row("couriers", "11:20", "15:00", 2)))
    from_s, to_s = held(day, "courier")
    assert not ((from_s >= 11 * HOUR) & (from_s < 11 * HOUR + 1200)).any()
    assert ((from_s < 11 * HOUR) & (to_s > 11 * HOUR)).any()
    unit = day.tables["occupancy"]["unit"][day.tables["occupancy"]["resource"] == "courier"]
    assert unit[from_s >= 11 * HOUR].max() == 1


def test_a_parcel_that_nobody_fetches_is_never_ready() -> None:
    day = fly(scenario(row("couriers", "10:00", "11:00", 8)))
    orders = day.tables["orders"]
    late = orders["placed_s"] > 11 * HOUR
    assert late.any()
    assert np.isnan(orders["ready_s"][late]).all()
    assert not np.isnan(orders["ready_s"][~late]).all()


def test_every_sortie_is_over_when_its_pilot_leaves() -> None:
    pilots = {"count": 4, "drones_per_pilot": 4}
    day = fly(scenario(row("pilots", "10:00", "11:30", 4), row("pilots", "11:45", "15:00", 2), pilots=pilots))
    from_s, to_s = held(day, "pilot")
    over_s = 11.5 * HOUR
    assert not ((from_s < over_s) & (to_s > over_s)).any()
    assert (to_s > over_s - 60).any()
    assert day.facts["capacity"]["pilot"] == {"network": 16}
    assert not ((from_s >= over_s) & (from_s < over_s + 900)).any()


def test_a_pilot_keeps_a_drone_that_is_held_up_in_the_air(tmp_path: Path) -> None:
    """Airports close when the last drones before the end of a shift are on their way, for longer than it lasts."""
    closed = [{"kind": "airport_closed", "at": "11:20", "airport": f"A{n}", "minutes": 6.0} for n in (1, 2, 3)]
    found = scenario(
        row("pilots", "10:00", "11:30", 3),
        row("pilots", "11:45", "15:00", 3),
        pilots={"count": 3, "drones_per_pilot": 8},
        batteries={"hold_allowance_s": 1200.0, "reserve": 0.05},
        events=closed,
    )
    from_s, to_s = held(fly(found), "pilot")
    assert ((from_s < 11.5 * HOUR) & (to_s > 11.5 * HOUR)).any(), "somebody is kept after the shift"
    run = saved(found, tmp_path)
    assert verify_run(run).is_clean


# drones


def test_a_drone_out_of_service_stays_on_its_stand() -> None:
    day = fly(scenario(row("drones", "10:00", "11:00", 10), row("drones", "11:30", "15:00", 4)))
    orders = day.tables["orders"]
    given_s, drone = orders["assigned_s"], orders["drone"]
    assert not ((given_s >= 11 * HOUR) & (given_s < 11.5 * HOUR)).any()
    assert set(drone[given_s >= 11.5 * HOUR]) <= {0, 1, 2, 3, 10, 11, 12, 13}
    landed_s = day.tables["legs"]["landed_s"]
    assert (landed_s > 11 * HOUR).any()


# hours that count


def test_only_hours_at_work_count_and_cost() -> None:
    prices = {"courier_per_hour": 10.0, "loader_per_hour": 100.0, "pilot_per_hour": 1000.0}
    shifts = [
        row("couriers", "09:30", "11:00", 2, "T1"),
        row("couriers", "11:00", "15:00", 4, "T1"),
        row("pilots", "10:00", "15:00", 2),
    ]
    day = fly(scenario(*shifts, costs=prices))
    found = kpis(day.tables, day.facts)
    items = found["cost"]["items"]
    assert items["couriers"] == pytest.approx(10.0 * (3 + 16 + 8 * 3))
    assert items["loaders"] == pytest.approx(100.0 * 2 * 2 * 3)
    assert items["pilots"] == pytest.approx(1000.0 * 10)
    from_s, to_s = held(day, "courier", "T1")
    busy_s = (np.clip(to_s, 10 * HOUR, 13 * HOUR) - np.clip(from_s, 10 * HOUR, 13 * HOUR)).sum()
    assert found["resources"]["courier"]["T1"] == pytest.approx(busy_s / (2 * HOUR + 8 * HOUR))


def test_a_fleet_half_of_which_rests_is_as_busy_as_its_other_half() -> None:
    day = fly(scenario(row("drones", "10:00", "15:00", 5)))
    found = kpis(day.tables, day.facts)["fleet"]
    assert found["drones"] == 20
    assert found["orders_per_drone_hour"] == pytest.approx(
        (~np.isnan(day.tables["orders"]["delivered_s"])).sum() / (10 * 3)
    )


# what can't be


WRONG: dict[str, tuple[list[Row], str]] = {
    "another site": ([row("loaders", "10:00", "12:00", 1, "T3")], "shifts[0].site: is not a take-off point on the map"),
    "pilots of a site": ([row("pilots", "10:00", "12:00", 1, "T1")], "shifts[0].site: must be left out"),
    "backwards": ([row("loaders", "12:00", "10:00", 1)], "shifts[0].to: must be later than from, 12:00"),
    "when it is closed": (
        [row("couriers", "08:00", "09:00", 1, "T2")],
        "shifts[0].from: has no courier at T2 at any time of the opening hours",
    ),
    "more drones than there are": (
        [row("drones", "10:00", "12:00", 7, "T1"), row("drones", "11:00", "13:00", 4, "T1")],
        "shifts[0].count: has 11 drones in service at T1 at once, which has 10 (fleet.drones)",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_shifts_that_can_not_be_are_refused(name: str) -> None:
    shifts, says = WRONG[name]
    with pytest.raises(InputError) as found:
        set_up(scenario(*shifts))
    assert says in str(found.value)


def test_a_last_shift_that_is_over_before_the_day_is_warned_of() -> None:
    setting = set_up(scenario(row("loaders", "10:00", "13:00", 2, "T1"), row("pilots", "10:00", "15:00", 2)))
    warnings = [text for text in warnings_of(setting, prepare(setting)) if "shift" in text]
    assert warnings == [
        (
            "no loaders at T1 from 13:00 on, while the day may drain until 15:00: orders that still need one then wait "
            "in vain (shifts)"
        )
    ]


def test_a_shift_that_begins_late_and_a_gap_between_shifts_are_warned_of() -> None:
    shifts = (
        row("pilots", "10:30", "11:00", 2),
        row("pilots", "11:30", "15:00", 2),
        row("loaders", "10:00", "15:00", 1, "T1"),
    )
    warnings = [
        text.split(":00: ")[0].split(":30: ")[0]
        for text in warnings_of(*day_of(*shifts))
        if "wait for the shift" in text
    ]
    assert warnings == ["no pilots at network from 10:00 to 10", "no pilots at network from 11:00 to 11"]


def day_of(*shifts: str) -> tuple[Any, Any]:
    setting = set_up(scenario(*shifts))
    return setting, prepare(setting)


def test_a_shift_outside_the_day_is_warned_of() -> None:
    setting = set_up(scenario(row("pilots", "10:00", "15:00", 2), row("pilots", "07:00", "09:00", 2)))
    assert "the shift of pilots from 07:00 to 09:00 lies outside the day" in warnings_of(setting, prepare(setting))


# verify


def saved(found: Scenario, folder: Path) -> Path:
    """Run a scenario from a file, and give the run's folder."""
    from dronesim.scenario.dump import dump_scenario

    path = folder / "scenario.toml"
    path.write_text(dump_scenario(found, map_path=TINY["map"]), encoding="utf-8")
    dronesim.run(path, out=folder / "run", report=False)
    return folder / "run"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(
        scenario(
            row("couriers", "10:00", "11:00", 8),
            row("couriers", "11:00", "15:00", 6),
            row("loaders", "10:00", "11:10", 2),
            row("loaders", "11:20", "15:00", 1),
            row("pilots", "10:00", "11:40", 5),
            row("pilots", "11:40", "15:00", 2),
            row("drones", "10:00", "12:00", 10),
            row("drones", "12:00", "15:00", 8),
            pilots={"count": 5, "drones_per_pilot": 3},
        ),
        tmp_path_factory.mktemp("shifts"),
    )


def told(folder: Path) -> str:
    """Give what the check of shifts says."""
    return "\n".join(text for check in verify_run(folder).checks if check.name == "shifts" for text in check.violations)


def test_a_day_with_shifts_is_verified(run: Path) -> None:
    report = verify_run(run)
    assert report.is_clean, report


def _first_from(resource: str, since_s: float, **values: Any) -> Callable[[list[Row]], object]:
    """Change the first holding of a resource from a time on; times are added."""

    def change(rows: list[Row]) -> None:
        held = [r for r in rows if r["resource"] == resource and r["from_s"] >= since_s]
        chosen = min(held, key=lambda r: r["from_s"])
        chosen.update({name: chosen[name] + value for name, value in values.items()})

    return change


PLANTED: dict[str, tuple[str, Callable[[list[Row]], object], str]] = {
    "a loader in the gap": (
        "occupancy",
        _first_from("loader", 11 * HOUR + 1200, from_s=-200.0, to_s=-200.0),
        "loader at T",
    ),
    "a loader just after the shift": (
        "occupancy",
        _first_from("loader", 11 * HOUR + 1200, from_s=-599.0, to_s=-599.0),
        "loader at T",
    ),
    "a courier who left early": ("occupancy", _first_from("courier", 11 * HOUR + 60, unit=7), "off shift"),
    "a drone that rests": (
        "orders",
        lambda rows: next(r for r in rows if r["assigned_s"] and r["assigned_s"] > 12 * HOUR).update(drone=9),
        "drone 9 is given something to do",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_work_outside_shifts_is_told(name: str, run: Path, tmp_path: Path) -> None:
    table, change, says = PLANTED[name]
    assert says in told(tampered(run, tmp_path / "copy", table=table, change=change))


def _pilots_stay(rows: list[Row]) -> None:
    """Let all pilots who are busy shortly before their shift ends be so until after it."""
    over_s = 11 * HOUR + 2400
    for chosen in rows:
        if chosen["resource"] == "pilot" and over_s - 300 < chosen["to_s"] <= over_s:
            chosen["to_s"] = over_s + 5.0


def test_a_share_that_lasts_beyond_the_shift_is_told(run: Path, tmp_path: Path) -> None:
    assert "pilot at network" in told(tampered(run, tmp_path / "copy", table="occupancy", change=_pilots_stay))


FALSE: dict[str, tuple[Callable[[Row], object], str]] = {
    "fewer at work than there were": (lambda shifts: shifts["loader"]["T1"][0].__setitem__(1, 1), "loader at T1"),
    "more than there are": (
        lambda shifts: shifts["courier"]["T1"][0].__setitem__(1, 9),
        "up to 9 have a shift at once",
    ),
    "a shift that never ends": (lambda shifts: shifts["pilot"]["network"].pop(), "shifts do not end"),
    "another site": (lambda shifts: shifts["drone"].update(T9=[[0.0, 1], [1.0, 0]]), "drone at T9"),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_facts_of_shifts_are_told(name: str, run: Path, tmp_path: Path) -> None:
    change, says = FALSE[name]
    copied = retold(run, tmp_path / "copy", file="facts.json", change=lambda facts: change(facts["shifts"]))
    assert says in told(copied)


@pytest.mark.parametrize(
    "value", [[], {"loader": [1]}, {"loader": {"T1": [[5.0, 1], [4.0, 2]]}}, {"pilot": {"network": []}}]
)
def test_facts_that_are_no_shifts_are_refused(value: object, run: Path, tmp_path: Path) -> None:
    copied = retold(run, tmp_path / "copy", file="facts.json", change=lambda facts: facts.update(shifts=value))
    with pytest.raises(InputError, match="shifts"):
        verify_run(copied)


def test_hours_paid_and_used_are_recomputed(run: Path, tmp_path: Path) -> None:
    """Key figures over other hours than the shifts' are told."""
    copied = tmp_path / "copy"
    shutil.copytree(run, copied)
    found = json.loads((copied / "kpis.json").read_text(encoding="utf-8"))
    found["cost"]["items"]["loaders"] += 30.0
    copied = retold(run, tmp_path / "other", file="kpis.json", change=lambda content: content.update(found))
    (check,) = [check for check in verify_run(copied).checks if check.name == "key figures recomputed"]
    assert any("cost.items.loaders" in text for text in check.violations)


@pytest.mark.parametrize(
    ("key", "site", "is_refused"),
    [
        ("couriers.per_takeoff_point", None, True),
        ("couriers.per_takeoff_point", "T1", False),
        ("couriers.per_takeoff_point.T1", "T1", True),
        ("couriers.per_takeoff_point.T2", "T1", False),
        ("couriers.walk_mps", None, False),
        ("takeoff_points.loaders", None, False),
        ("fleet.drones", None, False),
    ],
)
def test_a_number_that_shifts_replace_is_not_varied(key: str, site: str | None, is_refused: bool) -> None:
    chosen = scenario(row("couriers", "10:00", "13:00", 4, site), row("drones", "10:00", "13:00", 4))
    with pytest.raises(InputError, match="of couriers tell how many") if is_refused else nullcontext():
        check_counts(chosen, key, option="--vary")


def test_size_and_sweep_refuse_what_shifts_replace() -> None:
    nobody: Any = None  # it is refused before a day is run
    chosen = Study(given=scenario(row("pilots", "10:00", "13:00", 4)))
    with pytest.raises(InputError, match="tell how many there are"):
        size(SizeRequest(study=chosen, resource="pilots.count"), nobody)
    with pytest.raises(InputError, match="tell how many there are"):
        sweep(chosen, nobody, factors=[parse_factor("pilots.count=1:3")], replications=1)


OF_PEOPLE = [(row.key, row.plural) for row in replaced_by_shifts()]


def drill(folder: Path, text: str) -> Drill:
    path = folder / "mine.toml"
    path.write_text(f'[drill]\nasks = "What then?"\nwatches = ["service.share"]\n{text}\n', encoding="utf-8")
    return read_drill(str(path))


@pytest.mark.parametrize(("key", "plural"), [*OF_PEOPLE, ("fleet.drones", "drones")])
def test_a_drill_multiplies_the_shifts_of_what_it_multiplies(key: str, plural: str, tmp_path: Path) -> None:
    base = scenario(row(plural, "10:00", "12:00", 6), row(plural, "12:00", "13:00", 1), pilots={"count": 6})
    made = drilled(base, drill(tmp_path, f'[drill.multiplies]\n"{key}" = 0.5'))
    assert [shift.count for shift in made.shifts] == [3, 1]


@pytest.mark.parametrize(("key", "plural"), OF_PEOPLE)
def test_what_a_drill_says_and_shifts_replace_is_refused(key: str, plural: str, tmp_path: Path) -> None:
    site = None if plural == "pilots" else "T1"
    table, _, name = key.partition(".")
    stated = f"[{table}]\n{name} = 3\n"
    own = f'[[shifts]]\nwhat = "{plural}"\nfrom = "10:00"\nto = "13:00"\ncount = 3\n'
    everywhere, somewhere = (scenario(row(plural, "10:00", "13:00", 4, at), pilots={"count": 6}) for at in (None, site))
    for base, text in ((everywhere, stated), (scenario(), stated + own)):
        with pytest.raises(InputError, match=rf"{key}: has no effect: \[\[shifts\]\] of {plural} tell"):
            drilled(base, drill(tmp_path, text))
    with pytest.raises(InputError, match=f"drill.multiplies.{key}: has no effect"):
        drilled(scenario(pilots={"count": 6}), drill(tmp_path, f'{own}[drill.multiplies]\n"{key}" = 0.5'))
    if site:
        drilled(somewhere, drill(tmp_path, stated))


@pytest.mark.parametrize(("key", "plural"), OF_PEOPLE)
def test_a_number_that_shifts_replace_is_told(key: str, plural: str) -> None:
    table, _, name = key.partition(".")
    shift = row(plural, "10:00", "13:00", 4)
    told = f"{key}: not used, for [[shifts]] of {plural} tell how many there are"
    for number, shifts, is_told in ((9, [shift], True), (9, [], False)):
        setting = set_up(scenario(*shifts, **{table: {name: number}}))
        assert (told in warnings_of(setting, prepare(setting))) is is_told

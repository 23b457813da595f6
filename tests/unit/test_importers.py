"""Importers account for every order, name what is wrong with a file, and leave whole folders only."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dronesim.errors import InputError
from dronesim.exchange import ImportReport, import_mdrplib, import_rappi, policy_free_mean_min
from dronesim.exchange.imported_scenario import Load, scenario_toml
from dronesim.exchange.placement import place_sites
from dronesim.geometry.projection import LocalFrame
from dronesim.scenario.ground import CouriersTable
from dronesim.scenario.load import load_scenario

DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real order files of ../shared/data are not on this machine"
)
HEADER = (
    "order_id,pick_up_lat,pick_up_lng,drop_off_lat,drop_off_lng,"
    "placement_time,preparation_time,ready_time,expected_drop_off_time"
)
ROW = "{id},4.80{shop},-75.70,4.81{home},-75.69,{placed},{begun},{ready},13:00:00"


def rappi_row(number: int, placed: str = "12:00:00", begun: str = "12:01:00", ready: str = "12:20:00") -> str:
    return ROW.format(id=number, shop=number % 3, home=number % 5, placed=placed, begun=begun, ready=ready)


@pytest.fixture
def rappi(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: str, header: str = HEADER) -> Path:
        folder = tmp_path / "day"
        folder.mkdir()
        (folder / "orders.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return folder

    return write


@pytest.fixture
def mdrplib(tmp_path: Path) -> Callable[..., Path]:
    def write(*orders: str, restaurants: str = "r1\t0\t0\nr2\t1000\t0") -> Path:
        folder = tmp_path / "instance"
        folder.mkdir()
        (folder / "restaurants.txt").write_text(f"restaurant\tx\ty\n{restaurants}\n")
        lines = ["order\tx\ty\tplacement_time\trestaurant\tready_time", *orders]
        (folder / "orders.txt").write_text("\n".join(lines) + "\n")
        (folder / "instance_parameters.txt").write_text(
            "meters_per_minute\tpickup service minutes\tdropoff service minutes\n320\t4\t4\n"
        )
        return folder

    return write


def run(source: Path, out: Path, *, takeoff_points: int = 2, airports: int = 2) -> ImportReport:
    importer = import_rappi if (source / "orders.csv").exists() else import_mdrplib
    return importer(source, takeoff_points=takeoff_points, airports=airports, out=out)


def trace(out: Path) -> list[dict[str, str]]:
    with (out / "trace.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of_kind(out: Path, kind: str) -> list[dict[str, object]]:
    features = json.loads((out / "map.geojson").read_text(encoding="utf-8"))["features"]
    return [feature for feature in features if feature["properties"]["kind"] == kind]


@needs_data
def test_every_order_of_the_real_day_is_in_the_trace(tmp_path: Path) -> None:
    report = import_rappi(DATA / "rappi" / "4", takeoff_points=4, airports=12, out=tmp_path / "out")
    with (DATA / "rappi" / "4" / "orders.csv").open(encoding="utf-8") as file:
        source = {row["order_id"]: row for row in csv.DictReader(file)}
    rows = trace(tmp_path / "out")
    assert report.read == report.orders == len(rows) == len(source) == 844
    assert {row["order_id"]: row["placed"] for row in rows} == {
        name: row["placement_time"] for name, row in source.items()
    }


@needs_data
def test_positions_of_the_real_day_survive_the_way_through_metres(tmp_path: Path) -> None:
    import_rappi(DATA / "rappi" / "4", takeoff_points=4, airports=12, out=tmp_path / "out")
    with (DATA / "rappi" / "4" / "orders.csv").open(encoding="utf-8") as file:
        source = {row["order_id"]: row for row in csv.DictReader(file)}
    for row in trace(tmp_path / "out"):
        assert float(row["customer_lon"]) == pytest.approx(float(source[row["order_id"]]["drop_off_lng"]), abs=1e-7)
        assert float(row["customer_lat"]) == pytest.approx(float(source[row["order_id"]]["drop_off_lat"]), abs=1e-7)


@needs_data
def test_sites_of_the_real_day_stand_on_merchants_and_customers(tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = import_rappi(DATA / "rappi" / "4", takeoff_points=4, airports=12, out=out)
    customers = {(round(float(row["customer_lon"]), 6), round(float(row["customer_lat"]), 6)) for row in trace(out)}

    def spots(kind: str) -> set[tuple[float, ...]]:
        return {tuple(round(x, 6) for x in feature["geometry"]["coordinates"]) for feature in of_kind(out, kind)}

    assert len(spots("takeoff_point")) == report.takeoff_points == 4
    assert len(spots("airport")) == report.airports == 12
    assert spots("takeoff_point") <= spots("merchant")
    assert spots("airport") <= customers
    assert 0.8 < report.in_range_share < 1.0
    assert report.direct_in_range_share == pytest.approx(0.899, abs=0.002)


@needs_data
@pytest.mark.parametrize(("instance", "orders"), [("0", 505), ("1", 538), ("4", 1185)])
def test_every_order_of_an_instance_is_in_the_trace(tmp_path: Path, instance: str, orders: int) -> None:
    source = DATA / "mdrplib" / f"{instance}o100t100s2p100"
    report = import_mdrplib(source, takeoff_points=4, airports=12, out=tmp_path / "out")
    assert report.read == report.orders == len(trace(tmp_path / "out")) == orders
    assert 0.6 < report.direct_in_range_share < 0.85


@needs_data
@pytest.mark.parametrize(("instance", "mean_min"), [("0", 27.930), ("1", 27.315), ("4", 30.427)])
def test_policy_free_means_of_the_instances_are_reproduced(instance: str, mean_min: float) -> None:
    found = policy_free_mean_min(DATA / "mdrplib" / f"{instance}o100t100s2p100")
    assert found == pytest.approx(mean_min, abs=0.001)


def test_policy_free_mean_is_kitchen_plus_way_plus_half_the_service(mdrplib: Callable[..., Path]) -> None:
    source = mdrplib("o1\t320\t0\t10\tr1\t20", "o2\t1000\t640\t30\tr2\t34")
    assert policy_free_mean_min(source) == pytest.approx(((10 + 1) + (4 + 2)) / 2 + 4)


def test_the_same_import_twice_writes_the_same_bytes(rappi: Callable[..., Path], tmp_path: Path) -> None:
    source = rappi(*(rappi_row(number) for number in range(30)))
    run(source, tmp_path / "a")
    run(source, tmp_path / "b")
    for name in ("map.geojson", "trace.csv", "scenario.toml"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_preparation_runs_from_placing_to_ready(rappi: Callable[..., Path], tmp_path: Path) -> None:
    run(rappi(*(rappi_row(number, ready="12:20:30") for number in range(6))), tmp_path / "out")
    assert {row["preparation_min"] for row in trace(tmp_path / "out")} == {"20.5000"}


def test_what_is_expected_of_a_kitchen_is_the_promise_less_a_straight_ride(
    rappi: Callable[..., Path], tmp_path: Path
) -> None:
    late = "7,4.80,-75.70,4.81,-75.69,23:50:00,23:55:00,00:10:00,00:20:00"
    silent, void = late.replace("7,", "8,", 1), late.replace("7,", "9,", 1).replace("00:20:00", "23:50:00")
    report = run(rappi(*(rappi_row(i) for i in range(6)), late, silent.replace("00:20:00", ""), void), tmp_path / "out")
    rows = {row["order_id"]: row["expected_min"] for row in trace(tmp_path / "out")}
    ride_min = np.hypot(1105.7, 1109.6) / 320.0
    assert float(rows["7"]) == pytest.approx(30.0 - ride_min, abs=0.01)
    assert rows["8"] == rows["9"] == ""
    assert report.adjusted["promised drop-off not after placing, taken as none"] == 1


def test_slow_riders_leave_the_kitchen_less_of_the_promise(rappi: Callable[..., Path], tmp_path: Path) -> None:
    promised = "7,4.80,-75.70,4.81,-75.69,12:00:00,12:05:00,12:20:00,12:30:00"
    source = rappi(*(rappi_row(i) for i in range(6)), promised)
    run(source, tmp_path / "quick")
    import_rappi(source, takeoff_points=2, airports=2, out=tmp_path / "slow", ride_mps=2.0)
    quick, slow = (
        next(float(row["expected_min"]) for row in trace(tmp_path / name) if row["order_id"] == "7")
        for name in ("quick", "slow")
    )
    assert quick - slow == pytest.approx(np.hypot(1105.7, 1109.6) * (1 / 120 - 1 / 320), abs=0.01)


def test_an_instance_expects_the_ready_time_that_it_tells_when_an_order_is_placed(
    mdrplib: Callable[..., Path], tmp_path: Path
) -> None:
    run(mdrplib("o1\t320\t0\t10\tr1\t25", "o2\t900\t640\t30\tr2\t34"), tmp_path / "out", takeoff_points=1, airports=1)
    assert [row["expected_min"] for row in trace(tmp_path / "out")] == ["15.0000", "4.0000"]


def test_the_scenario_has_the_kitchens_of_the_day(rappi: Callable[..., Path], tmp_path: Path) -> None:
    rows = [rappi_row(number, ready=f"12:{20 + number}:00") for number in range(5)]
    run(rappi(*rows), tmp_path / "out")
    scenario = tomllib.loads((tmp_path / "out" / "scenario.toml").read_text(encoding="utf-8"))
    assert scenario["kitchens"]["preparation"] == {"kind": "lognormal", "mean_min": 22.0, "sd_min": 1.4}


def test_ready_past_midnight_is_on_the_next_day_and_counted(rappi: Callable[..., Path], tmp_path: Path) -> None:
    late = rappi_row(9, placed="23:50:00", begun="23:55:00", ready="00:10:00")
    report = run(rappi(*(rappi_row(number) for number in range(6)), late), tmp_path / "out")
    assert trace(tmp_path / "out")[-1]["preparation_min"] == "20.0000"
    assert report.adjusted["ready on the next day"] == 1
    assert "adjusted: 1 (ready on the next day)" in report.lines()


def test_ready_before_placing_means_ready_at_once_and_is_counted(rappi: Callable[..., Path], tmp_path: Path) -> None:
    early = rappi_row(9, placed="12:30:00", begun="12:10:00", ready="12:20:00")
    report = run(rappi(*(rappi_row(number) for number in range(6)), early), tmp_path / "out")
    assert trace(tmp_path / "out")[-1]["preparation_min"] == "0.0000"
    assert [count for count in report.adjusted.values() if count] == [1, 1]


def test_rows_without_a_position_are_dropped_and_counted(rappi: Callable[..., Path], tmp_path: Path) -> None:
    hole = "77,4.80,-75.70,,-75.69,12:00:00,12:01:00,12:20:00,13:00:00"
    report = run(rappi(*(rappi_row(number) for number in range(6)), hole), tmp_path / "out")
    assert report.dropped == {"drop_off_lat is empty": 1}
    assert report.read == report.orders + sum(report.dropped.values()) == 7
    assert "77" not in {row["order_id"] for row in trace(tmp_path / "out")}


def test_a_day_without_a_usable_row_is_refused(rappi: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no row with all of order_id"):
        run(rappi("7,4.80,-75.70,,-75.69,12:00:00,12:01:00,12:20:00,13:00:00"), tmp_path / "out")


def test_repeated_ids_are_refused_with_both_lines(rappi: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"orders\.csv:3: order_id: must be unique; line 2 has it") as caught:
        run(rappi(rappi_row(5), rappi_row(5)), tmp_path / "out")
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,95,0,4.8,0,12:00:00,12:00:00,12:00:00,x", "pick_up_lat: must be a finite number from -90 to 90"),
        ("1,nan,0,4.8,0,12:00:00,12:00:00,12:00:00,x", "pick_up_lat: must be a finite number"),
        ("1,4.8,east,4.8,0,12:00:00,12:00:00,12:00:00,x", "pick_up_lng: must be a number.*'east'"),
        ("1,4.8,0,4.8,0,25:00:00,12:00:00,12:00:00,x", "placement_time: must be a time of day.*'25:00:00'"),
        ("1,4.8,0,4.8,0,noon,12:00:00,12:00:00,x", "placement_time: must be a time of day as HH:MM:SS"),
        ("1,4.8,0,4.8", "must have 9 fields like the header"),
    ],
)
def test_a_bad_field_is_named_with_its_line_and_value(
    rappi: Callable[..., Path], tmp_path: Path, row: str, message: str
) -> None:
    with pytest.raises(InputError, match=rf"orders\.csv:3: .*{message}"):
        run(rappi(rappi_row(7), row), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "NaN"])
@pytest.mark.parametrize("column", [1, 2, 3, 4, 5])
def test_no_field_may_be_nan_or_infinite(column: int, value: str, rappi: Callable[..., Path], tmp_path: Path) -> None:
    fields = rappi_row(1).split(",")
    fields[column] = value
    with pytest.raises(InputError) as caught:
        run(rappi(rappi_row(0), ",".join(fields)), tmp_path / "out")
    (problem,) = caught.value.problems
    assert (problem.line, problem.value, problem.key) == (3, value, HEADER.split(",")[column])
    assert not (tmp_path / "out").exists()


def test_all_bad_fields_are_told_at_once(rappi: Callable[..., Path], tmp_path: Path) -> None:
    bad = "1,95,east,4.8,0,noon,12:00:00,12:00:00,x"
    with pytest.raises(InputError) as caught:
        run(rappi(bad), tmp_path / "out")
    assert len(caught.value.problems) == 4


def test_files_that_are_no_sheets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        import_rappi(tmp_path, out=tmp_path / "out")
    (tmp_path / "orders.csv").write_bytes(b"order_id,\xff\xfe\n")
    with pytest.raises(
        InputError,
        match=r"orders\.csv:1: file: must be UTF-8 text: save it again with the encoding UTF-8 \(found b'\\xff'\)",
    ):
        import_rappi(tmp_path, out=tmp_path / "out")
    (tmp_path / "orders.csv").write_text("order_id,when\n1,2\n")
    with pytest.raises(InputError, match="it needs the columns"):
        import_rappi(tmp_path, out=tmp_path / "out")
    (tmp_path / "orders.csv").write_text("noise" * 1_000_000)
    with pytest.raises(InputError, match="must be plain delimited text"):
        import_rappi(tmp_path, out=tmp_path / "out")
    (tmp_path / "orders.csv").unlink()
    (tmp_path / "orders.csv").mkdir()
    with pytest.raises(InputError, match="is a folder, not a file"):
        import_rappi(tmp_path, out=tmp_path / "out")


def test_a_folder_with_something_in_it_is_not_touched(rappi: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not an empty folder"):
        run(rappi(*(rappi_row(number) for number in range(6))), out)
    assert [entry.name for entry in out.iterdir()] == ["notes.txt"]


def test_more_sites_than_positions_are_refused(rappi: Callable[..., Path], tmp_path: Path) -> None:
    source = rappi(*(rappi_row(number) for number in range(6)))
    rule = "--takeoff-points: must be at least 1 and at most 3: sites can be placed at 3 distinct positions only"
    with pytest.raises(InputError, match=rule):
        run(source, tmp_path / "out", takeoff_points=4)
    with pytest.raises(InputError, match="airports"):
        run(source, tmp_path / "out", airports=0)


def test_instance_positions_keep_their_metres(mdrplib: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(mdrplib("o1\t8000\t0\t0\tr1\t5", "o2\t0\t6000\t10\tr2\t20"), out, takeoff_points=1)
    frame = LocalFrame(0.0, 0.0)
    customers = [(float(row["customer_lon"]), float(row["customer_lat"])) for row in trace(out)]
    assert np.ptp(frame.to_local(customers), axis=0) == pytest.approx([8000.0, 6000.0], abs=0.1)
    assert [row["placed"] for row in trace(out)] == ["07:00:00", "07:10:00"]


def test_a_late_instance_starts_earlier_and_ends_before_midnight(mdrplib: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(mdrplib("o1\t10\t0\t0\tr1\t5", "o2\t0\t10\t1080\tr2\t1090"), out, takeoff_points=1)
    assert [row["placed"] for row in trace(out)] == ["05:00:00", "23:00:00"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("o2\t0\t10\t5\tr9\t10", "restaurant: is not in restaurants.txt.*'r9'"),
        ("o2\t0\t10\t-5\tr1\t10", "placement_time: must be a finite number from 0"),
        ("o2\t0\t10\t1500\tr1\t1510", "placement_time: orders must span less than 24 hours"),
    ],
)
def test_trouble_in_an_instance_is_named(mdrplib: Callable[..., Path], tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run(mdrplib("o1\t10\t0\t0\tr1\t5", row), tmp_path / "out", takeoff_points=1, airports=1)


def test_scenario_covers_the_day_and_has_couriers_for_it(rappi: Callable[..., Path], tmp_path: Path) -> None:
    late = rappi_row(9, placed="23:59:59", begun="23:59:59", ready="23:59:59")
    run(rappi(*(rappi_row(number) for number in range(6)), late), tmp_path / "out")
    scenario = tomllib.loads((tmp_path / "out" / "scenario.toml").read_text(encoding="utf-8"))
    assert (scenario["horizon"]["start"], scenario["horizon"]["end"]) == ("12:00", "24:00")
    assert scenario["demand"] == {"model": "trace", "file": "trace.csv"}
    assert scenario["couriers"]["per_takeoff_point"] >= 1


def test_couriers_of_an_imported_day_walk_there_and_back_in_its_busiest_hour() -> None:
    """Little's law, by hand: 60 orders an hour, each 2 x 1.2 x 260 m at 1.3 m/s and 45 s twice; half as many again."""
    couriers = CouriersTable()
    assert (couriers.detour, couriers.walk_mps, couriers.handling_s, couriers.boxing_s) == (1.2, 1.3, 45.0, 45.0)
    assert couriers_of(load_of(260.0)) == math.ceil(1.5 * 60 * (2 * 240.0 + 90.0) / 3600)
    assert couriers_of(load_of(0.0)) == math.ceil(1.5 * 60 * 90.0 / 3600)


def test_the_busiest_take_off_point_tells_how_many_couriers_each_has() -> None:
    far = np.where(np.arange(60) % 2, 2600.0, 0.0)
    two = dataclasses.replace(load_of(0.0), walk_m=far, takeoff_point=np.arange(60) % 2, takeoff_points=2)
    assert couriers_of(two) == math.ceil(1.5 * 30 * (2 * 2400.0 + 90.0) / 3600)


def test_drones_of_an_imported_day_are_those_of_its_busiest_hour_and_two_a_take_off_point_at_least() -> None:
    """Little's law: 60 orders an hour at 10 minutes a sortie, half as many again."""
    one, ten = load_of(0.0), dataclasses.replace(load_of(0.0), takeoff_points=10)
    assert [tomllib.loads(scenario_toml(load))["fleet"]["drones"] for load in (one, ten)] == [15, 20]


def load_of(walk_m: float) -> Load:
    """Sixty orders from noon to one, all of one take-off point."""
    return Load(
        name="day",
        origin="made up",
        courier_walk="none",
        placed_s=12 * 3600 + 60.0 * np.arange(60),
        preparation_s=np.full(60, 600.0),
        takeoff_point=np.zeros(60, np.int64),
        walk_m=np.full(60, walk_m),
        takeoff_points=1,
    )


def couriers_of(load: Load) -> int:
    return int(tomllib.loads(scenario_toml(load))["couriers"]["per_takeoff_point"])


def test_imported_scenario_is_accepted(rappi: Callable[..., Path], tmp_path: Path) -> None:
    run(rappi(*(rappi_row(number) for number in range(6))), tmp_path / "out")
    scenario = load_scenario(tmp_path / "out" / "scenario.toml")
    assert scenario.name == "rappi-day"


@pytest.mark.parametrize(("name", "orders"), [("quickstart", 2500), ("quickstart-days", 2500), ("shenzhen-2022", 300)])
def test_shipped_scenarios_are_accepted(name: str, orders: int) -> None:
    scenario = load_scenario(Path(__file__).parents[2] / "scenarios" / f"{name}.toml")
    assert (scenario.name, scenario.demand.orders) == (name, orders)


def test_sites_find_the_middles_of_separate_clusters() -> None:
    rng = np.random.Generator(np.random.Philox(3))
    middles = np.array([(0.0, 0.0), (5000.0, 0.0), (0.0, 5000.0)])
    demand = (middles[:, None] + rng.normal(0.0, 100.0, (3, 200, 2))).reshape(-1, 2)
    chosen = demand[place_sites(demand, demand, count=3, seed=1, key="sites")]
    assert np.linalg.norm(chosen[:, None] - middles[None], axis=2).min(axis=0).max() < 50.0


def test_no_place_is_taken_twice() -> None:
    demand = np.repeat([(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)], [98, 1, 1], axis=0)
    places = np.unique(demand, axis=0)
    assert sorted(place_sites(demand, places, count=3, seed=1, key="sites")) == [0, 1, 2]

"""Orders read from files: every bad row is named, and good ones become columns in order of placing."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dronesim.errors import InputError, Problem
from dronesim.geometry import LocalFrame
from dronesim.scenario import load_map, load_scenario, load_trace, resolve
from dronesim.world import World

DATA = Path(__file__).parents[1] / "data"
HEADER = "order_id,placed,merchant,community,mass_kg,preparation_min\n"
POSITIONS = "order_id,placed,merchant_lon,merchant_lat,customer_lon,customer_lat\n"


@pytest.fixture(scope="module")
def world() -> World:
    return load_map(DATA / "tiny.geojson")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def problems(path: Path, world: World) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load_trace(path, world)
    return caught.value.problems


def test_rows_become_columns_in_order_of_placing(tmp_path: Path, world: World) -> None:
    text = HEADER + "b,10:30:00,M3,C5,1.5,4\na,36000,M1,C1,,\nc,10:30:00,M2,C2,2,0.5\n"
    trace = load_trace(written(tmp_path, text), world)
    assert trace.order_id == ("a", "b", "c")
    assert trace.placed_s.tolist() == [36000.0, 37800.0, 37800.0]
    assert trace.merchant.tolist() == [0, 2, 1]
    assert trace.takeoff_point.tolist() == [0, 1, 0]
    assert trace.airport.tolist() == [0, 2, 0]
    np.testing.assert_equal(trace.mass_kg, [np.nan, 1.5, 2.0])
    np.testing.assert_equal(trace.preparation_s, [np.nan, 240.0, 30.0])
    assert not any(column.flags.writeable for column in (trace.placed_s, trace.merchant_xy, trace.airport))


def test_positions_belong_to_the_nearest_sites(tmp_path: Path, world: World) -> None:
    frame = LocalFrame(*world.origin_lonlat)
    (shop, home) = frame.to_lonlat(np.array([[600.0, 0.0], [1000.0, -700.0]]))
    row = f"a,10:00:00,{shop[0]:.8f},{shop[1]:.8f},{home[0]:.8f},{home[1]:.8f}\n"
    trace = load_trace(written(tmp_path, POSITIONS + row), world)
    assert (trace.merchant[0], trace.community[0]) == (-1, -1)
    assert (trace.takeoff_point[0], trace.airport[0]) == (1, 2)
    np.testing.assert_allclose(trace.merchant_xy, [[600.0, 0.0]], atol=0.01)
    np.testing.assert_allclose(trace.customer_xy, [[1000.0, -700.0]], atol=0.01)


def test_parquet_and_csv_give_the_same_orders(tmp_path: Path, world: World) -> None:
    text = HEADER + "1,10:30:00,M3,C5,1.5,4\n2,11:00:00,M1,C1,,\n"
    table = pa.table(
        {
            "order_id": [1, 2],
            "placed": [datetime.time(10, 30), datetime.time(11)],
            "merchant": ["M3", "M1"],
            "community": ["C5", "C1"],
            "mass_kg": [1.5, None],
            "preparation_min": [4.0, float("nan")],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    one, other = load_trace(written(tmp_path, text), world), load_trace(tmp_path / "t.parquet", world)
    assert one.order_id == other.order_id
    for column in ("placed_s", "merchant", "community", "mass_kg", "preparation_s", "takeoff_point", "airport"):
        np.testing.assert_equal(getattr(one, column), getattr(other, column))


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ("a,48:00:01,M1,C1,,", "placed", "must be a time of day as HH:MM:SS, or seconds since midnight"),
        ("a,,M1,C1,,", "placed", "must be a time of day as HH:MM:SS, or seconds since midnight"),
        ("a,nan,M1,C1,,", "placed", "must be a time of day as HH:MM:SS, or seconds since midnight"),
        ("a,-5,M1,C1,,", "placed", "must be a time of day as HH:MM:SS, or seconds since midnight"),
        ("a,10:00:00,M9,C1,,", "merchant", "names no merchant of the map"),
        ("a,10:00:00,M1,,,", "community", "is needed, or customer_lon and customer_lat"),
        ("a,10:00:00,M1,C1,-1,", "mass_kg", "must be a number from 0.001 to 1000"),
        ("a,10:00:00,M1,C1,inf,", "mass_kg", "must be a number from 0.001 to 1000"),
        ("a,10:00:00,M1,C1,,x", "preparation_min", "must be a number from 0 to 1440"),
        (",10:00:00,M1,C1,,", "order_id", "is required"),
        ("z,10:00:00,M1,C1,,", "order_id", "must be unique; row 2 has it already"),
    ],
)
def test_a_bad_row_is_named_with_line_and_column(
    tmp_path: Path, world: World, row: str, column: str, rule: str
) -> None:
    (problem,) = problems(written(tmp_path, HEADER + "z,10:00:00,M1,C1,,\n" + row + "\n"), world)
    assert (problem.line, problem.key, problem.rule) == (3, column, rule)


def test_all_rows_are_checked_and_those_alike_are_counted(tmp_path: Path, world: World) -> None:
    rows = "".join(f"{number},10:00:00,M1,C1,-1,\n" for number in range(50))
    found = problems(written(tmp_path, HEADER + rows + "x,y,M1,C1,,\n"), world)
    assert [(problem.key, problem.alike) for problem in found] == [
        ("mass_kg", 0),
        ("mass_kg", 0),
        ("mass_kg", 47),
        ("placed", 0),
    ]


def test_a_bad_header_is_named_before_its_rows(tmp_path: Path, world: World) -> None:
    found = problems(written(tmp_path, "order,placd,merchant,customer_lon\nx,y,z,1\n"), world)
    assert [(problem.key, problem.hint) for problem in found] == [
        ("order", "order_id"),
        ("placd", "placed"),
        ("order_id", None),
        ("placed", None),
        ("community", None),
    ]


def test_swapped_longitude_and_latitude_are_noticed(tmp_path: Path, world: World) -> None:
    lon, lat = world.origin_lonlat
    found = problems(written(tmp_path, POSITIONS + f"a,10:00:00,{lon},{lat},{lat},{lon / 2}\n"), world)
    assert [(problem.line, problem.key) for problem in found] == [(2, "customer_lat")]
    assert "swapped" in found[0].rule


@pytest.mark.parametrize("text", [HEADER, "", "\0\0\0", HEADER + 'a,"10:00' + "x" * 200_000])
def test_files_without_orders_say_so(tmp_path: Path, world: World, text: str) -> None:
    assert problems(written(tmp_path, text), world)


def test_a_file_that_is_no_parquet_says_so(tmp_path: Path, world: World) -> None:
    (tmp_path / "t.parquet").write_text("order_id,placed\n")
    (problem,) = problems(tmp_path / "t.parquet", world)
    assert problem.rule.startswith("is not a Parquet file")


def test_a_trace_whose_every_parcel_is_too_heavy_is_refused(tmp_path: Path, world: World) -> None:
    written(tmp_path, HEADER + "a,10:30:00,M3,C5,9,4\n")
    path = tmp_path / "s.toml"
    path.write_text(
        f'name = "x"\nmap = "{(DATA / "tiny.geojson").as_posix()}"\n[demand]\nmodel = "trace"\nfile = "t.csv"\n'
    )
    scenario = load_scenario(path)
    assert scenario.demand.file is not None
    with pytest.raises(InputError, match=r"s\.toml:5: demand\.file: every parcel is too heavy for every drone"):
        resolve(scenario, world, load_trace(scenario.demand.file, world))

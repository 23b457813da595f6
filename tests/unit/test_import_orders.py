"""Orders as people have them: whatever program wrote the file, each row is an order, mended and counted, or told."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dronesim.errors import InputError
from dronesim.exchange import OrdersReport, import_orders
from dronesim.exchange.order_model import spread_of_days
from dronesim.exchange.order_rows import number_in
from dronesim.exchange.order_times import TimeError, TimeForm, guess_form
from dronesim.experiment import describe, set_up
from dronesim.scenario import load_map, load_scenario, load_trace
from dronesim.world import World

TINY = Path(__file__).parents[1] / "data" / "tiny.geojson"
NOON = datetime.datetime(2026, 3, 29, 12, 0, 30)
FRAME = pd.DataFrame(
    {
        "order_id": ["a", "b", "c"],
        "placed": [NOON, NOON + datetime.timedelta(minutes=5), NOON + datetime.timedelta(days=1)],
        "merchant": ["M1", "M3", "M2"],
        "community": ["C1", "C5", "C2"],
        "mass_kg": [0.8, 1.25, math.nan],
        "phone": ["0123456789"] * 3,
    }
)


@pytest.fixture(scope="module")
def world() -> World:
    return load_map(TINY)


@pytest.fixture
def taken(tmp_path: Path) -> Callable[..., OrdersReport]:
    """Import a file, and check that all that is written is accepted."""

    def take(*files: Path, **more: Any) -> OrdersReport:
        out = tmp_path / f"out {len(list(tmp_path.iterdir()))} (é)"
        found = import_orders(files, map_path=more.pop("map_path", TINY), out=out, **more)
        for path in (out / "scenario.toml", *out.glob("days/*.toml"), *out.glob("weekdays/*.toml")):
            describe(set_up(load_scenario(path), folder=path.parent))
        return found

    return take


def placed_of(found: OrdersReport, world: World) -> dict[str, list[float]]:
    files = [found.folder / "trace.csv", *sorted((found.folder / "traces").glob("*.csv"))]
    return {path.stem: load_trace(path, world).placed_s.tolist() for path in files if path.exists()}


def said(*files: Path, out: Path, **more: Any) -> str:
    with pytest.raises(InputError) as caught:
        import_orders(files, map_path=TINY, out=out, **more)
    assert not out.exists()
    return str(caught.value)


def as_xlsx(path: Path, rows: Sequence[Sequence[Any]], *, title: str = "orders") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    book.create_sheet("notes").append(["nothing here"])
    book.save(path)
    return path


@pytest.mark.parametrize(
    "write",
    [
        lambda frame, path: frame.to_csv(path, index=False),
        lambda frame, path: frame.to_csv(path),
        lambda frame, path: frame.to_csv(path, sep=";", decimal=",", encoding="utf-8-sig", index=False),
        lambda frame, path: frame.to_csv(path, sep="\t", encoding="utf-16", index=False),
        lambda frame, path: frame.to_csv(path, sep="|", date_format="%d.%m.%Y %H:%M:%S", index=False),
        lambda frame, path: frame.to_csv(path, date_format="%m/%d/%Y %I:%M:%S %p", index=False),
        lambda frame, path: frame.to_csv(path, date_format="%Y%m%d%H%M%S", index=False),
        lambda frame, path: frame.to_parquet(path),
        lambda frame, path: frame.set_axis([7, 8, 9]).astype({"placed": "datetime64[ns]"}).to_parquet(path),
        lambda frame, path: frame.to_excel(path, index=False, engine="openpyxl"),
    ],
)
def test_what_pandas_writes_is_read(write: Any, tmp_path: Path, taken: Any, world: World) -> None:
    path = tmp_path / "orders.xlsx"
    write(FRAME, path)
    found = taken(path)
    assert placed_of(found, world) == {"2026-03-29": [43230.0, 43530.0], "2026-03-30": [43230.0]}
    np.testing.assert_equal(load_trace(found.folder / "traces/2026-03-29.csv", world).mass_kg, [0.8, 1.25])
    written = "".join(path.read_text() for path in found.folder.rglob("*.csv"))
    assert "0123456789" not in written
    assert "phone" in found.unused


@pytest.mark.parametrize(
    ("per_second", "kind"), [(1, "epoch_s"), (10**3, "epoch_ms"), (10**6, "epoch_us"), (10**9, "epoch_ns")]
)
def test_epochs_are_read_by_the_clock_of_a_zone(
    per_second: int, kind: str, tmp_path: Path, taken: Any, world: World
) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    stamps = [int(moment.to_pydatetime().replace(tzinfo=zone).timestamp()) * per_second for moment in FRAME["placed"]]
    FRAME.assign(placed=stamps).to_csv(tmp_path / "o.csv", index=False)
    assert "--timezone" in said(tmp_path / "o.csv", out=tmp_path / "none")
    found = taken(tmp_path / "o.csv", choices={"timezone": "Asia/Shanghai"})
    assert found.plan.forms == {"placed": kind}
    assert placed_of(found, world) == {"2026-03-29": [43230.0, 43530.0], "2026-03-30": [43230.0]}


def test_serial_numbers_and_fractions_of_a_spreadsheet_are_times(tmp_path: Path, taken: Any, world: World) -> None:
    days = (FRAME["placed"] - pd.Timestamp("1899-12-30")) / pd.Timedelta(days=1)
    FRAME.assign(placed=days.round(9)).to_csv(tmp_path / "serial.csv", index=False)
    assert placed_of(taken(tmp_path / "serial.csv"), world)["2026-03-29"] == [43230.0, 43530.0]
    FRAME.assign(placed=days % 1).to_csv(tmp_path / "fraction.csv", index=False)
    assert placed_of(taken(tmp_path / "fraction.csv"), world) == {"trace": [43230.0, 43230.0, 43530.0]}
    FRAME.assign(date=days // 1, placed=days % 1).to_csv(tmp_path / "two.csv", index=False)
    assert "2026-03-29" not in placed_of(taken(tmp_path / "two.csv", columns=plan(tmp_path, "seconds")), world)


def plan(folder: Path, form: str) -> Path:
    """Keep a plan that takes the times alone."""
    (folder / "plan.toml").write_text(
        '[columns]\norder_id = "order_id"\nplaced = "placed"\nmerchant = "merchant"\ncommunity = "community"\n'
        f'[forms]\nplaced = "{form}"\n'
    )
    return folder / "plan.toml"


@given(
    moments=st.lists(st.datetimes(datetime.datetime(2010, 1, 1), datetime.datetime(2098, 1, 1)), min_size=1, max_size=5)
)
def test_every_form_of_a_time_gives_the_same_moment(moments: list[datetime.datetime]) -> None:
    moments = [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in moments]
    utc = [moment.replace(tzinfo=datetime.UTC) for moment in moments]
    east = datetime.timezone(datetime.timedelta(hours=5, minutes=45))
    forms: list[list[object]] = [
        list(moments),
        [moment.isoformat() for moment in moments],
        [f"{moment.isoformat(timespec='microseconds')}000Z" for moment in moments],
        [moment.astimezone(east).isoformat() for moment in utc],
        [moment.astimezone(east) for moment in utc],
        [f"{moment:%d.%m.%Y %H:%M:%S}.{moment.microsecond // 1000:03d}" for moment in moments],
        [f"{moment:%Y/%m/%d %I:%M:%S}.{moment.microsecond // 1000:03d} {moment:%p}" for moment in moments],
        [round(moment.timestamp() * 1000) for moment in utc],
        [f"{moment.timestamp():.3f}" for moment in utc],
    ]
    exact = [
        (moment.date(), (moment - datetime.datetime.combine(moment.date(), datetime.time())).total_seconds())
        for moment in moments
    ]
    for cells in forms:
        form = guess_form(cells, zone="UTC")
        read = [form.read(cell) for cell in cells]
        assert [(each.day, pytest.approx(each.seconds, abs=2e-3)) for each in read] == exact


def test_daylight_saving_is_the_clock_on_the_wall() -> None:
    form = TimeForm(form="text", zone="Europe/Berlin")
    read = [form.read(cell).seconds for cell in ("2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-10-25T01:30+00:00")]
    assert read == [1.5 * 3600, 3.5 * 3600, 2.5 * 3600]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "x",
        "25:61",
        "49:00",
        "nan",
        "inf",
        "2026-02-30 10:00",
        "1e400",
        "10:00+99:99",
        "0000-00-00",
        "½",
    ],
)
def test_what_is_no_time_is_said_to_be_none(cell: str) -> None:
    for form in ("text", "seconds", "serial", "epoch_s", "epoch_ns", "fraction", "compact"):
        with pytest.raises(TimeError):
            TimeForm(form=form, zone="UTC").read(cell)


def test_each_oddity_is_mended_and_counted_or_told_by_row(tmp_path: Path, taken: Any, world: World) -> None:
    rows = [
        "A report of orders,,,,,,",
        "id,time,merchant,lon,lat,weight (g),ready",
        "1,2026-03-29 10:00,M1,114.2412,22.7281,800,2026-03-29 10:09",
        "1,2026-03-29 10:00,M1,114.2412,22.7281,900,2026-03-29 10:09",
        "1,2026-03-29 11:00,M1,114.2412,22.7281,900,2026-03-29 10:00",
        "id,time,merchant,lon,lat,weight (g),ready",
        "2,2026-03-29 10:00,M1,0,0,800,",
        "3,2026-03-29 24:00,M1,114.2412,22.7281,-800,x",
        "4,1970-01-01 00:00,M1,114.2412,22.7281,800,",
        "5,2026-03-29 7:42:32,M9,114.2412,22.7281,800,",
        "6,2026-03-29 7:42:32,M1,500000,2500000,800,",
        "7,2026-03-29 7:42:32,M1,10.5,50.1,800,",
        "8,,M1,114.2412,22.7281,800,",
        "9,2026-03-29 7:42:32,M1,114.2412,22.7281,800,,,,more",
        '"new\nline",2026-03-29 01:30,M1,114.2412,22.7281,800',
    ]
    (tmp_path / "o.csv").write_text("\n".join(rows))
    found = taken(tmp_path / "o.csv", choices={"day_starts": "04:00"})
    reasons = {row: reason for _, row, reason in found.rows.dropped}
    words = ((6, "once more"), (7, "0, 0"), (9, "far off"), (10, "names no merchant"), (11, "metres"), (12, "km"))
    for row, word in (*words, (13, "empty"), (14, "more cells")):
        assert word in reasons.pop(row)
    assert not reasons
    assert sum(found.days.values()) + len(found.rows.dropped) + 1 == found.rows.read
    assert found.rows.adjusted.total() == 5
    assert placed_of(found, world) == {"2026-03-28": [91800.0], "2026-03-29": [36000.0, 39600.0, 86400.0]}
    with (found.folder / "dropped.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 9


def test_swapped_positions_are_noticed_and_said(tmp_path: Path, taken: Any) -> None:
    (tmp_path / "o.csv").write_text("placed,merchant,lon,lat\n10:00,M1,22.7281,114.2412\n10:01,M1,22.7281,114.2413\n")
    found = taken(tmp_path / "o.csv")
    assert any("swapped" in note for note in found.notes)
    assert found.days == {None: 2}


def test_sites_are_known_by_name_as_well(tmp_path: Path, taken: Any) -> None:
    collection = json.loads(TINY.read_text())
    for feature in collection["features"]:
        if feature["properties"]["id"] == "M1":
            feature["properties"]["name"] = "麦当劳"
    (tmp_path / "m.geojson").write_text(json.dumps(collection))
    text = "订单号,下单时间,商家,小区,收货人,电话\n1,2026年3月29日 下午1:05,麦当劳,C1,张三,139\n"
    (tmp_path / "o.csv").write_bytes(text.encode("gb18030"))
    found = taken(tmp_path / "o.csv", map_path=tmp_path / "m.geojson")
    assert "M1" in (found.folder / "trace.csv").read_text()
    assert found.unused == ("收货人", "电话")
    assert any("gb18030" in note for note in found.notes)


def test_a_plan_that_was_kept_gives_the_same_again(tmp_path: Path, taken: Any) -> None:
    as_xlsx(tmp_path / "o.xlsx", [["Order", "Zeit", "Laden", "C"], ["1", datetime.time(10, 1), "M1", "C1"]])
    assert "community" in said(tmp_path / "o.xlsx", out=tmp_path / "none")
    kept = tmp_path / "p.toml"
    kept.write_text('[columns]\norder_id = "Order"\nplaced = "Zeit"\nmerchant = "Laden"\ncommunity = "C"\n')
    first = taken(tmp_path / "o.xlsx", columns=kept)
    again = taken(tmp_path / "o.xlsx", columns=first.folder / "columns.toml")
    for name in ("columns.toml", "trace.csv"):
        assert (first.folder / name).read_bytes() == (again.folder / name).read_bytes()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[columns]\nplased = 'x'", "did you mean placed"),
        ("colums = 1", "did you mean columns"),
        ("[columns]\nplaced = 3", "must be a text"),
        ("[units]\nmass = 'lb'", "choose from kg, g"),
        ("[forms]\nplaced = 'excel'", "choose from"),
        ("timezone = 'Mars/Base'", "time zone"),
        ("day_starts = '13:00'", "at most 12:00"),
        ("date_order = 'year'", "day first"),
        ("[columns]\nplaced = 'tme'\nmerchant='merchant'\ncommunity='community'", "did you mean"),
        ("x = = 1", "not valid TOML"),
        ("columns = 3", "must be a table"),
    ],
)
def test_a_slip_in_a_plan_is_named(text: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(text)
    FRAME.rename(columns={"placed": "time"}).to_csv(tmp_path / "o.csv", index=False)
    assert word in said(tmp_path / "o.csv", out=tmp_path / "none", columns=tmp_path / "p.toml")


def test_many_days_become_a_model(tmp_path: Path, taken: Any, world: World) -> None:
    rng = np.random.default_rng(5)
    rows = []
    for day in range(28):
        for number in range(rng.poisson(60 if day % 7 < 5 else 20)):
            moment = datetime.datetime(2026, 3, 2) + datetime.timedelta(days=day, hours=10 + 2 * rng.random() ** 2)
            rows.append(
                (f"{number}", moment, rng.choice(["M1", "M3"], p=[0.8, 0.2]), rng.choice(["C1", "C5"]), 6.0, 1.0)
            )
    columns = ["order_id", "placed", "merchant", "community", "preparation_min", "mass_kg"]
    pd.DataFrame(rows, columns=columns).to_parquet(tmp_path / "o.parquet")
    found = taken(tmp_path / "o.parquet", made="model")
    demand = load_scenario(found.folder / "scenario.toml").demand
    assert demand.orders == pytest.approx(len(rows) / 28, rel=1e-3)
    assert demand.days.kind == "gamma"
    assert 0.25 < demand.days.sd < 0.5
    monday = load_scenario(found.folder / "weekdays" / "1-monday.toml").demand
    sunday = load_scenario(found.folder / "weekdays" / "7-sunday.toml").demand
    assert monday.orders is not None
    assert sunday.orders is not None
    assert monday.orders > 2 * sunday.orders
    weights = {m.id: m.weight for m in merchants(found.folder / "map.geojson")}
    assert weights["M1"] == pytest.approx(0.8 * len(rows), rel=0.1)
    assert weights["M2"] == 0
    assert not (found.folder / "traces").exists()


def merchants(path: Path) -> list[Any]:
    features = json.loads(path.read_text())["features"]
    return [
        type("M", (), {"id": each["properties"]["id"], "weight": each["properties"]["weight"]})
        for each in features
        if each["properties"]["kind"] == "merchant"
    ]


def test_days_that_vary_as_a_poisson_law_does_have_no_spread_of_their_own() -> None:
    rng = np.random.default_rng(3)
    assert spread_of_days(rng.poisson(50, 4000)) < 0.03
    assert spread_of_days(rng.poisson(50 * rng.gamma(4, 1 / 4, 4000))) == pytest.approx(0.5, abs=0.04)
    assert spread_of_days(np.array([7])) == 0.0


@pytest.mark.parametrize(
    ("text", "value"),
    [("114,25", 114.25), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1'234.5", 1234.5), ("1 ", 1.0), ("1,2,3", None),
     ("", None), ("nan", None), ("1e999", None), ("12kg", None)],
)  # fmt: skip
def test_numbers_are_read_with_points_and_commas(text: str, value: float | None) -> None:
    assert number_in(text) == value


HOSTILE = {
    "empty": b"",
    "blank": b"\n\n\n",
    "header": b"placed,merchant,community\n",
    "zeros": b"\0" * 100,
    "quote": b'placed,merchant,community\n"10:00,M1,C1\n' + b"x" * 200_000,
    "zip": b"PK\x03\x04 nothing",
    "parquet": b"PAR1 nothing PAR1",
    "old": b"\xd0\xcf\x11\xe0 an old xls",
    "utf-16": b"\xff\xfe" + "placed,merchant,community\n".encode("utf-16-le") + b"\x00",
    "twice": b"placed,time,merchant,community\n10:00,10:00,M1,C1\n",
    "repeated": b"placed,placed,merchant,community\n10:00,10:00,M1,C1\n",
    "either": b"placed,merchant,community\n03/04/2026 10:00,M1,C1\n",
    "instants": b"placed,merchant,community\n2026-03-29T10:00Z,M1,C1\n",
    "nowhere": b"placed,merchant,lon,lat\n10:00,M1,0,0\n",
    "lone": b"placed\n10:00\n",
    "html": b"<html><table><tr><td>10:00</td></tr></table></html>",
    "json": b'[{"placed":"10:00","merchant":"M1"}]',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_of_no_use_says_why_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_bytes(HOSTILE[name])
    assert str(path) in said(path, out=tmp_path / "none")


def test_places_that_are_no_files_say_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "not.csv"):
        assert str(path) in said(path, out=tmp_path / "none")


def test_a_column_that_is_not_used_stops_nothing(tmp_path: Path, taken: Any) -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, 2], np.int32)), pa.py_buffer(b"\xff\xfe")]
    )
    table = pa.table(
        {"placed": ["10:00"], "merchant": ["M1"], "community": ["C1"], "note": broken, "list": [[{"a": 1}]]}
    )
    pq.write_table(table, tmp_path / "o.parquet")
    assert taken(tmp_path / "o.parquet").unused == ("note", "list")
    pq.write_table(table.set_column(1, "merchant", broken), tmp_path / "used.parquet")
    assert "row 1, merchant: is not UTF-8" in said(tmp_path / "used.parquet", out=tmp_path / "none")


def test_what_validate_refuses_is_not_written(tmp_path: Path) -> None:
    FRAME.assign(mass_kg=500.0).to_csv(tmp_path / "o.csv", index=False)
    assert "too heavy" in said(tmp_path / "o.csv", out=tmp_path / "none")


CELLS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["10:00", "2026-03-29 10:00", "M1", "C1", "114.25", "22.72", "0", "", "24:00", "46110.5", "-1", "nan"]
    ),
    st.floats().map(str),
    st.integers(-(10**20), 10**20).map(str),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=4),
    good=st.booleans(),
    sep=st.sampled_from(",;\t|"),
)
def test_whatever_the_cells_an_import_is_accepted_or_says_why(
    rows: list[list[str]], good: bool, sep: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    text = io.StringIO()
    header = ["order_id", "placed", "merchant", "lon", "lat", "preparation"]
    more = [["k", "10:00", "M1", "114.2412", "22.7281", "5"]] if good else []
    csv.writer(text, delimiter=sep).writerows([header, *more, *rows])
    (folder / "o.csv").write_text(text.getvalue(), encoding="utf-8", errors="replace", newline="")
    try:
        found = import_orders([folder / "o.csv"], map_path=TINY, out=folder / "out")
    except InputError:
        assert not (folder / "out").exists()
        return
    assert sum(found.days.values()) > 0
    load_scenario(folder / "out" / "scenario.toml")


def test_the_same_order_at_both_times_that_the_wall_shows_is_two_and_a_line_of_a_dish_is_none(
    tmp_path: Path, taken: Any, world: World
) -> None:
    rows = [f"7,2026-10-25T02:10:00{offset},M1,C1\n" for offset in ("+02:00", "+02:00", "+01:00")]
    path = tmp_path / "orders.csv"
    path.write_text("order_id,placed,merchant,community\n" + "".join(rows))
    found = taken(path, choices={"timezone": "Europe/Berlin"})
    assert placed_of(found, world) == {"trace": [7800.0, 11400.0]}
    assert found.rows.adjusted["the same order again, as where each dish has a line: taken once"] == 1


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_rows_of_a_file_that_a_second_is_out_of_order_or_newest_first_are_not_an_hour_off(
    is_newest_first: bool, tmp_path: Path, taken: Any, world: World
) -> None:
    times = ["01:50:00", "02:10:01", "02:10:00", "02:30:00", "02:50:00", "03:10:00"]
    rows = [f"2026-10-25 {time},M1,C1\n" for time in (reversed(times) if is_newest_first else times)]
    path = tmp_path / "orders.csv"
    path.write_text("placed,merchant,community\n" + "".join(rows))
    found = taken(path, choices={"timezone": "Europe/Berlin"})
    assert placed_of(found, world) == {"trace": [6600.0, 7800.0, 7801.0, 9000.0, 10200.0, 15000.0]}


SEEN: Final = [
    # local time, as the file has it; offset; what the clock of the day shows
    ("2026-10-25 01:30:00", "+02:00", 5400.0),
    ("2026-10-25 02:10:00", "+02:00", 7800.0),
    ("2026-10-25 02:50:00", "+02:00", 10200.0),
    ("2026-10-25 02:10:00", "+01:00", 11400.0),
    ("2026-10-25 12:00:00", "+01:00", 46800.0),
    ("2026-03-29 01:30:00", "+01:00", 5400.0),
    ("2026-03-29 03:10:00", "+02:00", 7800.0),
    ("2026-03-30 12:00:00", "+02:00", 43200.0),
]


@pytest.mark.parametrize("is_told", [True, False])
def test_orders_of_a_day_of_a_change_are_as_long_after_its_opening_as_they_were(
    is_told: bool, tmp_path: Path, taken: Any, world: World
) -> None:
    """Local times say the same as instants, doubled ones by their order; kitchens take what they took."""
    rows = [(f"{text}{offset if is_told else ''}", text, offset) for text, offset, _ in SEEN]
    after = datetime.timedelta(minutes=65 if is_told else 20)
    ready = [
        (datetime.datetime.fromisoformat(f"{text}{offset}") + after).astimezone(ZoneInfo("Europe/Berlin"))
        for _, text, offset in rows
    ]
    shown = [f"{at:%Y-%m-%d %H:%M:%S}" + (f"{at:%z}" if is_told else "") for at in ready]
    path = tmp_path / "orders.csv"
    lines = [f"{placed},{done},M1,C1\n" for (placed, _, _), done in zip(rows, shown, strict=True)]
    more = "2026-03-29 02:30:00,,M1,C1\n" if not is_told else ""
    path.write_text("placed,ready,merchant,community\n" + "".join(lines) + more)
    found = taken(path, choices={"timezone": "Europe/Berlin"})
    by_day: dict[str, list[float]] = {}
    for text, _, expected_s in SEEN:
        by_day.setdefault(text[:10], []).append(expected_s)
    assert placed_of(found, world) == by_day
    assert load_scenario(found.folder / "scenario.toml").horizon.start == "01:00"
    for trace in (found.folder / "traces").glob("*.csv"):
        assert load_trace(trace, world).preparation_s.tolist() == [after.total_seconds()] * len(by_day[trace.stem])
    if not is_told:
        assert [row[2] for row in found.rows.dropped] == [
            "placed never comes: the clocks of Europe/Berlin are put forward over it"
        ]
        assert found.rows.adjusted["placed in an hour that comes twice, taken in the order of the rows"] == 3

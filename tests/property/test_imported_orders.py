"""What an import of orders writes is accepted by ``validate``, whatever is in the file; else it says why."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dronesim
from dronesim.errors import InputError
from dronesim.exchange import import_orders
from dronesim.experiment import describe, set_up
from dronesim.scenario import load_scenario

TINY = Path(__file__).parents[1] / "data" / "tiny.geojson"
CLOCKS = ["10:00", "10:05", "11:30:15", "9:00"]
MOMENTS = {
    "clock": CLOCKS,
    "date": ["2026-03-29 10:00", "2026-03-29 23:59", "2026-03-30 00:10", "2026-04-02 12:00"],
    "epoch": ["1774778400", "1774778401.5", "1774864800"],
    "serial": ["46110.5", "46110.51", "46111.25"],
    "fraction": ["0.5", "0.51", "0.4"],
}
TIMES = [
    "24:00",
    "23:59:59.9999",
    "47:59:59.9996",
    "48:00",
    "25:10",
    "10:00:60",
    "99:99",
    "2026-03-29T10:00:00Z",
    "2026-03-29T10:00:00+08:00",
    "29.03.2026 10:00",
    "03/04/2026 10:00",
    "13/04/2026 10:00",
    "26-03-29 10:00",
    "1774778400000",
    "46110.5",
    "36000.5",
    "86399.9999",
    "172800.0004",
    "-0.0001",
    "nan",
    "inf",
    "1e400",
    "20260329101500",
    "20260329",
    "12:00 PM",
    "上午10:00",
    "2026年3月29日 10:00",
    "1900-01-01 10:00",
    "１０：００",
    "2099-12-31 23:59:59.9999",
    "2000-01-01 00:00",
    "9999-12-31 23:59",
    "0001-01-01 00:00",
    "2026-03-29 48:00",
    "2000-01-01 00:00:00+14:00",
]
NAMES = [
    "1.0",
    "1e3",
    "名",
    "\u202eabc",
    "\x00x",
    "=SUM(A1)",
    "a,b",
    "a\nb",
    "a\rb",
    "\u2028",
    "\ufeffa",
    "nan",
    "None",
    " a ",
    "\u200ba",
    "\xa0",
    "-2",
    "a-2",
    "\ufffe",
    "\u2066",
    "😀",
    "\x85",
]
NUMBERS = [
    "-1",
    "0",
    "1e-9",
    "1e9",
    "nan",
    "inf",
    "0,8",
    "1.234,5",
    "1,234.5",
    "1440",
    "1440.0001",
    "0.00099999",
    "1000.00001",
    "500",
    "12:30",
    "0x10",
    "١",
]
PLACES = [
    "0",
    "0.0",
    "-0",
    "180",
    "181",
    "114,2412",
    "22.7281",
    "114.2412",
    "nan",
    "1e30",
    "12725000",
    "114.2500000001",
    "90",
    "91",
    "-22.7",
]
USUAL: dict[str, list[str]] = {
    "order_id": ["a", "b", "c", "d"],
    "merchant": ["M1", "M2", "m3"],
    "community": ["C1", "C5"],
    "merchant_lon": ["114.2412"],
    "merchant_lat": ["22.7281"],
    "customer_lon": ["114.2412", "114.2450"],
    "customer_lat": ["22.7281", "22.7240"],
    "mass_kg": ["0.8", "1"],
    "preparation_min": ["4", "5.5"],
    "expected_min": ["4"],
    "date": ["2026-03-29", "2026-03-30"],
    "status": ["delivered"],
    "phone": ["0123"],
}
ODD: dict[str, list[str]] = {
    "placed": TIMES,
    "ready": TIMES,
    "date": TIMES,
    "order_id": [*NAMES, "a" * 200, "9" * 400],
    "merchant": ["M9", "1", "\u200bM1", " M1 "],
    "community": ["C99", " C1"],
    "status": ["cancelled", "已取消"],
    "phone": NAMES,
    **{f"{place}_{axis}": PLACES for place in ("merchant", "customer") for axis in ("lon", "lat")},
    **{name: [*NUMBERS, "9" * 400] for name in ("mass_kg", "preparation_min", "expected_min")},
}
FOLDERS = st.one_of(
    st.sampled_from(["out (é)", "o\nx", "'q\"", "a:b", "名　字", "-", "~x", "{x} %d $y", "\u202e", "...", "\udcff"]),
    st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=20),
)
MORE = ("order_id", "date", "ready", "mass_kg", "preparation_min", "expected_min", "status", "phone")


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Draw a table of orders in some form, with some of its cells odd, empty or from another column."""
    merchant = draw(st.sampled_from([["merchant"], ["merchant_lon", "merchant_lat"]]))
    customer = draw(st.sampled_from([["community"], ["customer_lon", "customer_lat"]]))
    more = draw(st.lists(st.sampled_from(MORE), unique=True, max_size=4))
    header = draw(st.permutations(["placed", *merchant, *customer, *more]))
    usual = USUAL | dict.fromkeys(("placed", "ready"), MOMENTS[draw(st.sampled_from(list(MOMENTS)))])
    odd = draw(st.sampled_from([0, 1, 4]))

    def cell(column: str) -> st.SearchStrategy[str]:
        right, wrong = st.sampled_from(usual[column]), st.sampled_from([*ODD[column], ""])
        return st.one_of(*[right] * (5 - odd), *[wrong] * odd)

    rows = draw(st.lists(st.tuples(*map(cell, header)), min_size=1, max_size=8))
    again = draw(st.sampled_from([[], [list(header)], rows[:2]]))
    return [list(header), *map(list, rows), *map(list, again)]


def typed(cell: str) -> Any:
    """Give a cell as a spreadsheet or a database has it."""
    for read in (int, float, datetime.datetime.fromisoformat, datetime.time.fromisoformat):
        try:
            found: Any = read(cell)
        except (ValueError, OverflowError):
            continue
        return cell if len(cell) > 20 else found.replace(tzinfo=None) if hasattr(found, "tzinfo") else found
    return cell


def as_text(table: list[list[str]], encoding: str, separator: str, stray: bytes) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(table)
    return text.getvalue().encode(encoding, "replace") + stray


def as_workbook(table: list[list[str]]) -> bytes:
    book, target = openpyxl.Workbook(), io.BytesIO()
    for row in table:
        book.active.append([typed(openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", cell)) for cell in row])
    book.save(target)
    return target.getvalue()


def as_parquet(table: list[list[str]]) -> bytes:
    target, columns = io.BytesIO(), {}
    for name, *cells in zip(*table, strict=True):
        try:
            columns[name] = pa.array([typed(cell) for cell in cells])
        except (pa.ArrowException, OverflowError):
            columns[name] = pa.array([cell.encode("utf-8", "replace").decode() for cell in cells])
    pq.write_table(pa.table(columns), target)
    return target.getvalue()


FILES = st.one_of(
    st.builds(
        as_text,
        tables(),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030", "cp1252"]),
        st.sampled_from(",;\t|"),
        st.sampled_from([b"", b"\x00", b"\xff", b'"', b"\r\x1b"]),
    ),
    st.builds(as_workbook, tables()),
    st.builds(as_parquet, tables()),
)


@settings(max_examples=40, deadline=None)
@given(
    content=FILES,
    name=FOLDERS,
    made=st.sampled_from(["days", "days", "model"]),
    choices=st.fixed_dictionaries(
        {},
        optional={
            "timezone": st.just("Asia/Shanghai"),
            "date_order": st.just("day first"),
            "day_starts": st.sampled_from(["04:00", "12:00"]),
        },
    ),
    is_run=st.sampled_from([False, False, False, True]),
)
def test_what_import_writes_is_accepted_whatever_is_in_the_file(
    content: bytes,
    name: str,
    made: Any,
    choices: dict[str, str],
    is_run: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    base = tmp_path_factory.mktemp("any")
    (base / "o.csv").write_bytes(content)
    out = base / "new" / name
    try:
        found = import_orders([base / "o.csv"], map_path=TINY, out=out, made=made, choices=choices)
    except InputError as error:
        told = str(error)
        is_clear = "(not written)" not in told and len(told.splitlines()) <= 20
        assert is_clear, told
        assert not (base / "new").exists()
        return
    assert sum(found.days.values()) > 0
    assert len(found.lines()) < 40
    for path in (out / "scenario.toml", *sorted(out.glob("days/*.toml"))[:2], *out.glob("weekdays/*.toml")):
        describe(set_up(load_scenario(path), folder=path.parent))
    if is_run:
        assert dronesim.run(out / "scenario.toml").verify().is_clean

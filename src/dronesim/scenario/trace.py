"""Read the orders of a day from a CSV or Parquet file, with every bad row named."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.demand.specs import Trace
from dronesim.errors import MOST_ALIKE, Problem, Problems
from dronesim.geometry import LocalFrame
from dronesim.letters import is_steering
from dronesim.scenario.complaints import near_match
from dronesim.scenario.geojson import FARTHEST_M
from dronesim.scenario.trace_files import Row, csv_rows, parquet_rows
from dronesim.scenario.trace_times import as_float, other_times, time_of_day, time_rule
from dronesim.scenario.world_building import frozen, nearest
from dronesim.units import MINUTE
from dronesim.world import Sites, World

COLUMNS: Final = (
    "order_id",
    "placed",
    "merchant",
    "merchant_lon",
    "merchant_lat",
    "community",
    "customer_lon",
    "customer_lat",
    "mass_kg",
    "preparation_min",
    "expected_min",
    "day",
)
INDEX_RULE: Final = (
    "is a column without a name (a spreadsheet's or pandas' index?); take it out, write the file with index=False, "
    "or let `dronesim import orders` read it"
)
LONGEST_DAY: Final = 40
SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(slots=True, kw_only=True)
class _Reader:
    """The rows of one file while they are checked, and what is wrong with them."""

    label: str
    world: World
    frame: LocalFrame
    has_lines: bool
    places: dict[str, dict[str, int]]
    problems: Problems = field(default_factory=Problems)
    unknown: int = 0

    def note(self, number: int, column: str, rule: str, *, value: object = None, hint: str | None = None) -> None:
        """Keep a problem of a row; CSV rows are named by line, others by their number in the key."""
        line = number if self.has_lines else None
        key = column if self.has_lines else f"row {number}, {column}"
        self.problems.note(Problem(file=self.label, line=line, key=key, rule=rule, value=value, hint=hint))

    def number(self, row: Row, number: int, column: str, *, low: float, high: float) -> float:
        """Read a finite number between limits; NaN where it is absent, or wrong (and noted)."""
        value = row.get(column)
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            return math.nan
        found = as_float(value)
        if found is None or not low <= found <= high:
            self.note(number, column, f"must be a number from {low:g} to {high:g}", value=value)
            return math.nan
        return found

    def placed_s(self, row: Row, number: int) -> float:
        """Read the time of placing in seconds since midnight."""
        value = row.get("placed")
        found = time_of_day(value)
        if found is None:
            self.note(number, "placed", time_rule(value), value=value)
            return math.nan
        return found

    def place(self, row: Row, number: int, *, site: str, position: str) -> tuple[int, float, float]:
        """Read where something is: index of a named site and NaN twice, or -1 with longitude and latitude."""
        name = row.get(site)
        if name not in (None, ""):
            return self._named(str(name), number, site), math.nan, math.nan
        lon_column, lat_column = f"{position}_lon", f"{position}_lat"
        if row.get(lon_column) in (None, "") or row.get(lat_column) in (None, ""):
            self.note(number, site, f"is needed, or {lon_column} and {lat_column}")
            return -1, math.nan, math.nan
        lon = self.number(row, number, lon_column, low=-180.0, high=180.0)
        return -1, lon, self.number(row, number, lat_column, low=-90.0, high=90.0)

    def _named(self, name: str, number: int, site: str) -> int:
        index = self.places[site]
        if name not in index:
            hint = near_match(name, index) if self.unknown < MOST_ALIKE else None
            self.unknown += 1
            self.note(number, site, f"names no {site} of the map", value=name, hint=hint)
        return index.get(name, -1)


def load_trace(path: str | Path, world: World) -> Trace:
    """Read a trace; its rows are put in order of placing, equal times in the order of the file.

    Columns: ``order_id``; ``placed`` (HH:MM:SS, with fractions of a second or without, or seconds since midnight);
    ``merchant``, or ``merchant_lon`` and ``merchant_lat``; ``community``, or ``customer_lon`` and ``customer_lat``;
    ``mass_kg`` and ``preparation_min``, both optional and drawn where empty; ``expected_min``, optional: what the
    kitchen is expected to take when the order is placed, as for a pre-order. Where it is empty, the merchant's mean on
    the map counts, else that of the scenario; ``day``, optional: which of several days it is, in order as text, so as
    2026-03-29. Ids are unique in a day. Other columns are refused.

    Raises
    ------
    InputError
        With every kind of problem, the first of each by row, the others counted.
    """
    source = Path(path)
    is_parquet = source.suffix.lower() in {".parquet", ".pq"}
    header, rows = parquet_rows(source, COLUMNS) if is_parquet else csv_rows(source)
    reader = _reader(source, world, has_lines=not is_parquet)
    _check_header(reader, header)
    reader.problems.check()
    trace = _read_rows(reader, rows)
    reader.problems.check()
    return trace


def _reader(path: Path, world: World, *, has_lines: bool) -> _Reader:
    sites = {"merchant": world.merchants, "community": world.communities}
    places = {name: {site: place for place, site in enumerate(found.ids)} for name, found in sites.items()}
    frame = LocalFrame(*world.origin_lonlat)
    return _Reader(label=str(path), world=world, frame=frame, has_lines=has_lines, places=places)


def _check_header(reader: _Reader, header: Sequence[str]) -> None:
    sign = next((sign for sign in SEPARATORS if len(header) == 1 and sign in header[0]), None)
    if sign is not None:
        rule = f"has {SEPARATORS[sign]} between its cells; write commas, or let `dronesim import orders` read it"
        reader.note(1, "trace", rule)
        return
    for place, name in enumerate(header):
        if _is_index(name):
            reader.note(1, name or f"column {place + 1}", INDEX_RULE)
        elif name not in COLUMNS:
            reader.note(1, name, "is not a known column", hint=near_match(name, COLUMNS))
        elif name in header[:place]:
            reader.note(1, name, "is there twice")
    for name in ("order_id", "placed"):
        if name not in header:
            reader.note(1, name, "is a required column")
    for name, pair in (
        ("merchant", {"merchant_lon", "merchant_lat"}),
        ("community", {"customer_lon", "customer_lat"}),
    ):
        if name not in header and not pair <= set(header):
            reader.note(1, name, f"is a required column, or {' and '.join(sorted(pair, reverse=True))}")


def _is_index(name: str) -> bool:
    return not name or name.startswith(("Unnamed: ", "__index_level_"))


def _read_rows(reader: _Reader, rows: Iterator[tuple[int, Row]]) -> Trace:
    seen: dict[tuple[str, str], int] = {}
    days: list[str] = []
    numbers: list[int] = []
    ids: list[str] = []
    columns: list[tuple[float, ...]] = []
    cells: list[object] = []
    for number, row in rows:
        cells.append(row.get("placed"))
        numbers.append(number)
        days.append(_day(reader, row, number))
        ids.append(_order_id(reader, row, number, (days[-1], seen)))
        merchant = reader.place(row, number, site="merchant", position="merchant")
        customer = reader.place(row, number, site="community", position="customer")
        mass = reader.number(row, number, "mass_kg", low=0.001, high=1000.0)
        preparation = reader.number(row, number, "preparation_min", low=0.0, high=1440.0)
        expected = reader.number(row, number, "expected_min", low=0.0, high=1440.0)
        columns.append((reader.placed_s(row, number), *merchant, *customer, mass, preparation, expected))
    if not ids:
        reader.note(1, "order_id", "has no orders: the file ends after its header")
    rule = other_times(cells)
    if rule is not None:
        reader.note(numbers[0], "placed", rule)
    reader.problems.check()
    return _assemble(reader, ids, np.array(columns), numbers=np.array(numbers), days=days)


def _day(reader: _Reader, row: Row, number: int) -> str:
    """Name the day of a row; a file has it in all of its rows or has no such column."""
    if "day" not in row:
        return ""
    name = "" if row["day"] is None else str(row["day"]).strip()
    if not name or is_steering(name) or len(name) > LONGEST_DAY:
        rule = f"must name the day of every order, as 2026-03-29, in at most {LONGEST_DAY} letters"
        reader.note(number, "day", rule, value=name or None)
    return name


def _order_id(reader: _Reader, row: Row, number: int, of_day: tuple[str, dict[tuple[str, str], int]]) -> str:
    day, seen = of_day
    name = "" if row.get("order_id") is None else str(row["order_id"])
    if not name:
        reader.note(number, "order_id", "is required")
    elif is_steering(name):
        reader.note(number, "order_id", "must not hold control characters", value=name)
    elif seen.setdefault((day, name), number) != number:
        first = seen[day, name]
        reader.note(number, "order_id", f"must be unique; row {first} has it already", value=name)
    return name


def _assemble(reader: _Reader, ids: Sequence[str], columns: Any, *, numbers: Any, days: Sequence[str]) -> Trace:
    order = np.argsort(columns[:, 0], kind="stable")
    placed_s, merchant, m_lon, m_lat, community, c_lon, c_lat, mass, preparation, expected = columns[order].T
    world = reader.world
    merchants, communities = merchant.astype(np.int64), community.astype(np.int64)
    merchant_xy = _positions(reader.frame, merchants, np.column_stack([m_lon, m_lat]), world.merchants)
    customer_xy = _positions(reader.frame, communities, np.column_stack([c_lon, c_lat]), world.communities)
    for name, xy in (("merchant_lat", merchant_xy), ("customer_lat", customer_xy)):
        for place in np.flatnonzero(np.hypot(*xy.T) > FARTHEST_M):
            rule = f"is more than {FARTHEST_M / 1000:.0f} km from the map's centre; are longitude and latitude swapped?"
            reader.note(int(numbers[order[place]]), name, rule)
    reader.problems.check()
    tops = _belongs(merchants, merchant_xy, world.merchant_takeoff_point, world.takeoff_points)
    airports = _belongs(communities, customer_xy, world.community_airport, world.airports)
    named, day = np.unique(np.array(days), return_inverse=True)
    return Trace(
        order_id=tuple(ids[place] for place in order),
        placed_s=frozen(placed_s.copy()),
        merchant=frozen(merchants),
        merchant_xy=frozen(merchant_xy),
        community=frozen(communities),
        customer_xy=frozen(customer_xy),
        takeoff_point=frozen(tops),
        airport=frozen(airports),
        mass_kg=frozen(mass.copy()),
        preparation_s=frozen(preparation * MINUTE),
        expected_s=frozen(expected * MINUTE),
        day=frozen(day[order].astype(np.int64)),
        days=tuple(named.tolist()),
    )


def _positions(frame: LocalFrame, index: Any, lonlat: Any, sites: Sites) -> Any:
    xy = np.empty((len(index), 2))
    is_named = index >= 0
    xy[is_named] = sites.xy[index[is_named]]
    xy[~is_named] = frame.to_local(lonlat[~is_named])
    return xy


def _belongs(index: Any, xy: Any, stated: Any, targets: Sites) -> Any:
    """What the map says for named places, else the nearest."""
    found = nearest(xy, targets.xy)
    found[index >= 0] = stated[index[index >= 0]]
    return found

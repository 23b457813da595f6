"""Rows of order files as orders: each is kept, mended by a rule that is counted, or dropped with its reason."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from dronesim.exchange.order_cells import is_cancelled, pair_in
from dronesim.exchange.order_clock import Placed, on_the_wall, settled
from dronesim.exchange.order_files import Cells
from dronesim.exchange.order_plan import Plan
from dronesim.exchange.order_times import YEARS, Moment, TimeError, TimeForm
from dronesim.geometry.projection import LocalFrame
from dronesim.letters import cleaned
from dronesim.scenario.fields import LATEST_S, LONGEST_MIN, seconds_of_day
from dronesim.scenario.geojson import FARTHEST_M
from dronesim.scenario.trace_times import as_float
from dronesim.units import DAY, MINUTE
from dronesim.wall import instants_of, offset_of

LIGHTEST_KG: Final = 0.001
HEAVIEST_KG: Final = 1000.0
LONG_GAP_S: Final = 43_200.0
"""A clock without a date that lies so far behind the placing belongs to the next day."""
_NOUGHT: Final = 1e-3
_DEGREES: Final = 7
_MS: Final = 3
_LONGEST_ID: Final = 80
_LOOKED_AT: Final = 1000
"""So many positions tell whether longitude and latitude are swapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A site of the map by its id, or a position in degrees."""

    site: str = ""
    lon: float = math.nan
    lat: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order; NaN where the file is silent.

    ``placed_s`` is the time on the wall since the midnight of ``day``; ``ahead`` of UTC was that clock, None where
    nobody tells the zone.
    """

    name: str
    day: datetime.date | None
    placed_s: float
    ahead: datetime.timedelta | None
    merchant: Place
    customer: Place
    mass_kg: float
    preparation_min: float
    expected_min: float


@dataclass(slots=True, kw_only=True)
class Rows:
    """The orders found so far; ``dropped`` has file, row and reason, ``adjusted`` counts by rule."""

    orders: list[Order] = field(default_factory=list)
    dropped: list[tuple[str, int, str]] = field(default_factory=list)
    adjusted: Counter[str] = field(default_factory=Counter)
    read: int = 0


class _RowError(ValueError):
    """The row can't be an order; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Turns rows into orders by a plan; ``sites`` gives ids by id or name, of merchants and of communities."""

    plan: Plan
    forms: Mapping[str, TimeForm]
    sites: Mapping[str, Mapping[str, str]]
    frame: LocalFrame
    is_swapped: Mapping[str, bool]

    def read(self, files: Sequence[Cells]) -> Rows:
        """Read all rows of all files."""
        rows, numbers, before = Rows(), [], None
        for cells in files:
            rows.dropped += [(cells.path.name, number, reason) for number, reason in cells.dropped]
            rows.read += len(cells.dropped) + len(cells.rows)
            places = {name: cells.header.index(column) for name, column in self.plan.columns.items()}
            times, before = self._times(cells, before)
            for placed, (number, row) in zip(times, cells.rows, strict=True):
                try:
                    order = self._order({name: row[place] for name, place in places.items()}, placed, number, rows)
                except _RowError as error:
                    rows.dropped.append((cells.path.name, number, str(error)))
                else:
                    rows.orders.append(order)
                    numbers.append((cells.path.name, number))
        return _dated(rows, numbers)

    def _times(
        self, cells: Cells, before: datetime.datetime | None
    ) -> tuple[list[Placed | str], datetime.datetime | None]:
        """Read when the orders of a file were placed, or why that can't be; see `settled`."""
        columns = {name: self.plan.columns[name] for name in ("placed", "date") if name in self.plan.columns}
        places = {name: cells.header.index(column) for name, column in columns.items()}
        found: list[Placed | str] = []
        for _, row in cells.rows:
            try:
                found.append(self._placed({name: row[place] for name, place in places.items()}))
            except _RowError as error:
                found.append(str(error))
        if not self.plan.timezone:
            return found, before
        return settled(found, ZoneInfo(self.plan.timezone), column=columns["placed"], before=before)

    def _order(self, row: Mapping[str, Any], placed: Placed | str, number: int, rows: Rows) -> Order:
        if is_cancelled(row.get("state"), row.get("cancelled")):
            raise _RowError("was cancelled")
        if isinstance(placed, str):
            raise _RowError(placed)
        if placed.is_doubled:
            rows.adjusted["placed in an hour that comes twice, taken in the order of the rows"] += 1
        preparation = self._preparation(row, placed, rows)
        day, placed_s = _service_day(placed.day, placed.seconds, seconds_of_day(self.plan.day_starts))
        return Order(
            name=_name(row.get("order_id"), number),
            day=day,
            placed_s=placed_s,
            ahead=placed.ahead,
            merchant=self._place(row, "merchant", "merchant"),
            customer=self._place(row, "community", "customer"),
            mass_kg=self._mass(row, rows),
            preparation_min=preparation,
            expected_min=self._minutes(row, "expected", rows),
        )

    def _moment(self, row: Mapping[str, Any], name: str) -> Moment | None:
        cell = row.get(name)
        if cell in (None, ""):
            return None
        try:
            return self.forms[name].read(cell)
        except TimeError as error:
            raise _RowError(f"{self.plan.columns[name]} {error}") from error

    def _placed(self, row: Mapping[str, Any]) -> Placed:
        placed, date = self._moment(row, "placed"), self._moment(row, "date")
        column = self.plan.columns["placed"]
        if placed is None or placed.seconds is None:
            raise _RowError(f"{column} is empty" if placed is None else f"{column} is a day without a time")
        day = placed.day or (date.day if date else None)
        if day is None and "date" in self.plan.columns:
            raise _RowError(f"{self.plan.columns['date']} is empty")
        if day is not None and not YEARS[0] <= day.year < YEARS[1]:
            raise _RowError(f"{column} is a date far off, not of the years {YEARS[0]} to {YEARS[1] - 1}")
        return Placed(day=day, seconds=placed.seconds, ahead=placed.ahead)

    def _preparation(self, row: Mapping[str, Any], placed: Placed, rows: Rows) -> float:
        stated = self._minutes(row, "preparation", rows)
        try:
            ready = self._moment(row, "ready")
        except _RowError:
            rows.adjusted["a ready time that can't be read, preparation left to be drawn"] += 1
            return stated
        if not math.isnan(stated) or ready is None or ready.seconds is None:
            return stated
        took_s = ready.seconds - placed.seconds
        if ready.day is not None and placed.day is not None:
            took_s += (ready.day - placed.day).days * DAY
        elif took_s < -LONG_GAP_S:
            took_s += DAY
        if placed.ahead is not None and placed.day is not None:
            wall = on_the_wall(placed.day, placed.seconds)
            took_s -= (self._ahead_ready(ready, wall, took_s, placed.ahead) - placed.ahead).total_seconds()
        if not 0.0 <= took_s <= LONGEST_MIN * MINUTE:
            rows.adjusted["ready before placing or a day after, preparation left to be drawn"] += 1
            return math.nan
        return took_s / MINUTE

    def _ahead_ready(
        self, ready: Moment, placed: datetime.datetime, took_s: float, ahead: datetime.timedelta
    ) -> datetime.timedelta:
        """Tell how far the clock was ahead of UTC as an order was ready; of a time that comes twice after placing."""
        if ready.ahead is not None or not self.plan.timezone:
            return ahead if ready.ahead is None else ready.ahead
        wall = placed + datetime.timedelta(seconds=took_s)
        both = instants_of(wall.replace(tzinfo=None), ZoneInfo(self.plan.timezone))
        later = [instant for instant in both if instant >= placed - ahead]
        return wall - (later or both or (wall - ahead,))[0 if later else -1]

    def _minutes(self, row: Mapping[str, Any], name: str, rows: Rows) -> float:
        cell = row.get(name)
        if cell in (None, ""):
            return math.nan
        found = cell.total_seconds() if isinstance(cell, datetime.timedelta) else number_in(cell)
        is_seconds = isinstance(cell, datetime.timedelta) or self.plan.units.get(name) == "s"
        minutes = math.nan if found is None else found / MINUTE if is_seconds else found
        if not 0.0 <= minutes <= LONGEST_MIN:
            rows.adjusted[f"{name} no number from 0 to {LONGEST_MIN:g} min, left to be drawn"] += 1
            return math.nan
        return minutes

    def _mass(self, row: Mapping[str, Any], rows: Rows) -> float:
        if row.get("mass") in (None, ""):
            return math.nan
        found = number_in(row["mass"])
        kilograms = math.nan if found is None else found / 1000 if self.plan.units.get("mass") == "g" else found
        if not LIGHTEST_KG <= kilograms <= HEAVIEST_KG:
            rows.adjusted["mass no number of kilograms that a parcel has, left to be drawn"] += 1
            return math.nan
        return kilograms

    def _place(self, row: Mapping[str, Any], site: str, position: str) -> Place:
        cell = row.get(site)
        name = "" if cell is None else id_text(cell)
        known = self.sites[site].get(name, self.sites[site].get(name.casefold()))
        if known is not None:
            return Place(site=known)
        lon, lat = row.get(f"{position}_lon"), row.get(f"{position}_lat")
        if lon not in (None, "") and lat not in (None, ""):
            return self._position(number_in(lon), number_in(lat), position)
        cell = row.get(f"{position}_position")
        if cell not in (None, ""):
            lon, lat = pair_in(cell) or (None, None)
            return self._position(lon, lat, position)
        if name:
            raise _RowError(f"{self.plan.columns[site]} names no {site} of the map")
        raise _RowError(f"{position} is nowhere: neither {site} nor position")

    def _position(self, lon: float | None, lat: float | None, position: str) -> Place:
        if lon is None or lat is None:
            raise _RowError(f"the position of the {position} is no two numbers")
        if self.is_swapped[position]:
            lon, lat = lat, lon
        if abs(lon) < _NOUGHT and abs(lat) < _NOUGHT:
            raise _RowError(f"{position} lies at 0, 0: no position was known")
        if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):
            raise _RowError(f"{position} lies beyond 180 and 90 degrees: metres, or lost decimal points?")
        lon, lat = round(lon, _DEGREES), round(lat, _DEGREES)
        away_m = distance_m(self.frame, lon, lat)
        if not away_m <= FARTHEST_M:
            raise _RowError(f"{position} lies more than {FARTHEST_M / 1000:.0f} km from the map's centre")
        return Place(lon=lon, lat=lat)


def on_the_days_clock(
    days: Mapping[datetime.date | None, Sequence[Order]], zone: str, *, starts_s: float
) -> dict[datetime.date | None, list[Order]]:
    """Put orders of days that open at ``starts_s`` on the clock of a simulated day, which no change moves."""
    found: dict[datetime.date | None, list[Order]] = {}
    for day, orders in days.items():
        kept = list(orders)
        if day is not None and zone:
            opening = on_the_wall(day, starts_s).replace(tzinfo=None)
            kept = [_moved(order, offset_of(opening, ZoneInfo(zone))) for order in orders]
        found[day] = sorted(kept, key=lambda one: one.placed_s)
    return found


def _moved(order: Order, ahead: datetime.timedelta) -> Order:
    later_s = 0.0 if order.ahead is None else (ahead - order.ahead).total_seconds()
    return replace(order, placed_s=round(order.placed_s + later_s, _MS)) if later_s else order


def _dated(rows: Rows, numbers: Sequence[tuple[str, int]]) -> Rows:
    """Drop orders without a day where others have one."""
    if len({order.day is None for order in rows.orders}) == 2:
        lost = [place for order, place in zip(rows.orders, numbers, strict=True) if order.day is None]
        rows.dropped += [(name, number, "the time has no day, as others have") for name, number in lost]
        rows.orders = [order for order in rows.orders if order.day is not None]
    return rows


def swapped(plan: Plan, files: Sequence[Cells], frame: LocalFrame) -> dict[str, bool]:
    """Tell for merchants and customers whether most positions lie near only with longitude and latitude swapped."""
    found = {}
    for position in ("merchant", "customer"):
        near, across = 0, 0
        for lon, lat in islice(_pairs(plan, files, position), _LOOKED_AT):
            near += _is_near(frame, lon, lat)
            across += _is_near(frame, lat, lon)
        found[position] = across > near
    return found


def _pairs(plan: Plan, files: Sequence[Cells], position: str) -> Iterator[tuple[float, float]]:
    column = plan.columns.get(f"{position}_position")
    for cells in files if column is not None else ():
        place = cells.header.index(column)
        yield from filter(None, (pair_in(row[place]) for _, row in cells.rows))
    names = [plan.columns.get(f"{position}_{axis}") for axis in ("lon", "lat")]
    for cells in files if None not in names else ():
        at = [cells.header.index(str(name)) for name in names]
        for _, row in cells.rows:
            lon, lat = (number_in(row[place]) for place in at)
            if lon is not None and lat is not None:
                yield lon, lat


def _is_near(frame: LocalFrame, lon: float, lat: float) -> bool:
    return abs(lon) <= 180.0 and abs(lat) <= 90.0 and distance_m(frame, lon, lat) <= FARTHEST_M


def distance_m(frame: LocalFrame, lon: float, lat: float) -> float:
    """Metres from the middle of the map."""
    return float(np.hypot(*frame.to_local(np.array([[lon, lat]]))[0]))


def number_in(cell: object) -> float | None:
    """Read a number with decimal point or comma, with separators of thousands or without; None where it is none."""
    found = as_float(cell)
    if found is not None or not isinstance(cell, str):
        return found
    text = cell.replace("\u00a0", "").replace("\u202f", "").replace("'", "").strip()
    if text.rfind(",") > text.rfind("."):
        return as_float(text.replace(".", "").replace(",", ".")) if text.count(",") == 1 else None
    return as_float(text.replace(",", ""))


def id_text(cell: object) -> str:
    """Show an id: a spreadsheet's 7.0 is 7."""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return text.strip()


def _name(cell: object, number: int) -> str:
    name = "" if cell is None else cleaned(id_text(cell), "?").replace("\N{REPLACEMENT CHARACTER}", "?")
    return name[:_LONGEST_ID] or f"row-{number}"


def _service_day(day: datetime.date | None, seconds: float, starts_s: float) -> tuple[datetime.date | None, float]:
    """Give an order to the day in whose hours it was placed, from ``starts_s`` on for a day."""
    if day is None:
        late = seconds + DAY if seconds < starts_s else seconds
        if late > LATEST_S:
            raise _RowError("is placed after 48:00")
        return None, late
    days = math.floor((seconds - starts_s) / DAY)
    return day + datetime.timedelta(days=days), round(seconds - days * DAY, 3)


def without_repeats(rows: Rows) -> dict[datetime.date | None, list[Order]]:
    """Sort the orders into days by time; a name that comes again on its day is one order if all is the same."""
    days: dict[datetime.date | None, dict[str, Order]] = {}
    named: Counter[tuple[datetime.date | None, str]] = Counter()
    for order in rows.orders:
        known = days.setdefault(order.day, {})
        first = known.get(order.name)
        if first is None:
            known[order.name] = order
        elif _what(first) == _what(order):
            rows.adjusted["the same order again, as where each dish has a line: taken once"] += 1
        else:
            rows.adjusted["another order of the same name on its day: named with -2 and so on"] += 1
            name = _free_name(order, known, named)
            known[name] = replace(order, name=name)
    return {day: sorted(days[day].values(), key=lambda one: one.placed_s) for day in sorted(days, key=str)}


def _what(order: Order) -> tuple[object, ...]:
    """Give the instant and the places of an order of a day."""
    return order.placed_s, order.ahead, order.merchant, order.customer


def _free_name(order: Order, known: Mapping[str, Order], named: Counter[tuple[datetime.date | None, str]]) -> str:
    while True:
        named[order.day, order.name] += 1
        name = f"{order.name}-{named[order.day, order.name] + 1}"
        if name not in known:
            return name

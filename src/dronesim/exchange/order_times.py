"""Times of orders in all the forms that occur, read by the column: dates, clocks, epochs, serials, fractions."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from dronesim.scenario.fields import LATEST_S
from dronesim.scenario.trace_times import EPOCH, SERIALS, as_float, other_times
from dronesim.slips import DATE
from dronesim.units import DAY, HOUR, MINUTE

YEARS: Final = (2000, 2100)
"""Orders of other years are far off."""
FORMS: Final = ("text", "seconds", "fraction", "serial", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "compact")
_STATE: Final = '--date-order "day first", "month first" or "year first" states it'
DATE_ORDERS: Final = ("day first", "month first", "year first")
_EPOCHS: Final = {"epoch_s": 1, "epoch_ms": 10**3, "epoch_us": 10**6, "epoch_ns": 10**9}
_EPOCHS_FROM: Final = {"epoch_ns": 1e17, "epoch_us": 1e14, "epoch_ms": 1e11, "epoch_s": 1e8}
_COMPACT: Final = re.compile(r"(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:([01]\d|2[0-4])([0-5]\d)([0-5]\d)?)?")
_CLOCK: Final = re.compile(r"(\d{1,2})[:h时](\d{2})(?:[:m分](\d{2})(?:[.,](\d+))?)?s?秒?")
_ZONE: Final = re.compile(r"(?<=\d)\s*(Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})$")
_HALF: Final = re.compile(r"(a\.?m\.?|p\.?m\.?|上午|下午)", re.IGNORECASE)


class TimeError(ValueError):
    """A cell holds no time of the column's form; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time by its local clock: the day, None where the cell has none, and seconds since that day's midnight.

    ``seconds`` is None where the cell is a day without a time. ``ahead``: of UTC, by so much that clock was, where the
    cell is an instant.
    """

    day: datetime.date | None
    seconds: float | None
    ahead: datetime.timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeForm:
    """How the cells of one column are read.

    ``form`` is one of ``FORMS``, ``date_order`` one of ``DATE_ORDERS`` or empty where no date needs it, ``zone`` the
    place whose clock counts where cells state an instant, ``day_0`` the date of serial number 0.
    """

    form: str
    date_order: str = ""
    zone: str = ""
    day_0: datetime.date = EPOCH

    def read(self, cell: object) -> Moment:
        """Read one cell; a TimeError says what is wrong with it."""
        typed = self._typed(cell)
        if typed is not None:
            return typed
        number = as_float(cell)
        if self.form == "compact":
            return _compact(str(cell).strip())
        if self.form == "text" or number is None:
            return self._text(str(cell).strip())
        return self._number(number, cell)

    def _typed(self, cell: object) -> Moment | None:
        if isinstance(cell, datetime.datetime):
            return self._local(cell)
        if isinstance(cell, datetime.date):
            return Moment(day=cell, seconds=None)
        if isinstance(cell, datetime.time):
            return Moment(day=None, seconds=_clock_s(cell))
        if isinstance(cell, datetime.timedelta):
            return Moment(day=None, seconds=_of_day(cell.total_seconds()))
        return None

    def _local(self, moment: datetime.datetime) -> Moment:
        if moment.tzinfo is not None:
            if not self.zone:
                raise TimeError("is an instant with an offset; --timezone states whose clock counts")
            try:
                moment = moment.astimezone(ZoneInfo(self.zone))
            except (OverflowError, ValueError) as error:
                raise TimeError("is a date far off") from error
        return Moment(day=moment.date(), seconds=_clock_s(moment.time()), ahead=moment.utcoffset())

    def _number(self, number: float, cell: object) -> Moment:
        if self.form == "seconds":
            return Moment(day=None, seconds=_of_day(number))
        if self.form == "fraction":
            return Moment(day=None, seconds=_of_day(round(number * DAY, 3)))
        if self.form == "serial":
            return self._serial(number)
        parts = _EPOCHS[self.form]
        exact = int(cell) if isinstance(cell, int | str) and str(cell).strip().lstrip("-").isdigit() else None
        whole_us = round(number / parts * 1e6) if exact is None else exact * 10**6 // parts
        try:
            start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
            return self._local(start + datetime.timedelta(microseconds=whole_us))
        except OverflowError as error:
            raise TimeError("is a date far off") from error

    def _serial(self, number: float) -> Moment:
        whole_ms = round(number * DAY * 1000)
        days, ms = divmod(whole_ms, round(DAY * 1000))
        try:
            day = self.day_0 + datetime.timedelta(days=days)
        except OverflowError as error:
            raise TimeError("is a date far off") from error
        return Moment(day=day, seconds=None if number.is_integer() and not ms else ms / 1000)

    def _text(self, text: str) -> Moment:
        zone = _ZONE.search(text) if ":" in text else None
        plain = text[: zone.start()] if zone else text
        date = DATE.match(plain)
        rest = plain[date.end() :].lstrip("Tt, ").strip() if date else plain.strip()
        day = self._day(date) if date else None
        seconds = _clock_text(rest) if rest else None
        if day is None and seconds is None:
            raise TimeError("is no time")
        if zone is None:
            return Moment(day=day, seconds=seconds)
        if day is None or seconds is None:
            raise TimeError("has an offset but no date")
        return self._with_offset(day, seconds, zone[1])

    def _with_offset(self, day: datetime.date, seconds: float, zone: str) -> Moment:
        offset = datetime.timedelta(0)
        if zone not in ("Z", "UTC"):
            digits = zone[1:].replace(":", "").ljust(4, "0")
            offset = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            offset = -offset if zone[0] == "-" else offset
        try:
            local = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(seconds=seconds)
            moment = local.replace(tzinfo=datetime.timezone(offset))
        except (OverflowError, ValueError) as error:
            raise TimeError("is a date or an offset far off") from error
        return self._local(moment)

    def _day(self, found: re.Match[str]) -> datetime.date:
        first, second, third = (int(part) for part in found.groups())
        if len(found[1]) == 4 or self.date_order == "year first":
            year, month, day = first, second, third
        elif self.date_order == "month first":
            month, day, year = first, second, third
        else:
            day, month, year = first, second, third
        try:
            return datetime.date(year + YEARS[0] if year < 100 else year, month, day)
        except ValueError as error:
            raise TimeError(f"is no date: {error}") from error


def guess_form(cells: Sequence[object], *, zone: str, day_0: datetime.date = EPOCH) -> TimeForm:
    """Find out how a column is read; a TimeError says what must be stated first."""
    filled = [cell for cell in cells if cell not in (None, "")]
    numbers = [number for number in map(as_float, filled) if number is not None]
    if filled and sum(bool(_COMPACT.fullmatch(str(cell).strip())) for cell in filled) > len(filled) / 2:
        form = "compact"
    elif 2 * len(numbers) <= len(filled):
        form = "text"
    else:
        form = _number_form(numbers)
    if form in _EPOCHS and not zone:
        raise TimeError("counts since 1970, which is an instant; --timezone states whose clock counts")
    return TimeForm(form=form, date_order=_date_order(filled), zone=zone, day_0=day_0)


def _number_form(numbers: Sequence[float]) -> str:
    middle = median(numbers)
    epoch = next((form for form, least in _EPOCHS_FROM.items() if middle >= least), None)
    if epoch is not None:
        return epoch
    fractional = [number for number in numbers if not number.is_integer()]
    if max(numbers) <= 1.0 and fractional:
        return "fraction"
    like = [number for number in numbers if SERIALS[0] <= number < SERIALS[1]]
    is_serial = other_times(like) is not None and 2 * len(like) > len(numbers)
    return "serial" if is_serial else "seconds"


def _date_order(cells: Sequence[object]) -> str:
    """Tell whether days or months come first where years come last; a TimeError where both could be."""
    found = [match for match in (DATE.match(cell.strip()) for cell in cells if isinstance(cell, str)) if match]
    late = [match for match in found if len(match[1]) < 4]
    short = next((match[0] for match in late if len(match[3]) < 4), None)
    if short is not None:
        raise TimeError(f"{short} has a year of two figures, which could be any part of it; {_STATE}")
    is_day = next((match[0] for match in late if int(match[1]) > 12), None)
    is_month = next((match[0] for match in late if int(match[2]) > 12), None)
    if is_day and is_month:
        raise TimeError(f"{is_day} has its day first and {is_month} its month; {_STATE}, and other rows are dropped")
    if is_day or is_month:
        return "day first" if is_day else "month first"
    other = next((match[0] for match in late if "." not in match[0]), None)
    if other is not None:
        raise TimeError(f"{other} could be day or month first; {_STATE}")
    # with points between its parts a day comes first, wherever dates are written so
    return "day first" if late else ""


def _compact(text: str) -> Moment:
    found = _COMPACT.fullmatch(text)
    if found is None:
        raise TimeError("is no date as 20260329 or time as 20260329101500")
    year, month, day, hours, minutes, seconds = found.groups()
    try:
        date = datetime.date(int(year), int(month), int(day))
    except ValueError as error:
        raise TimeError(f"is no date: {error}") from error
    if hours is None:
        return Moment(day=date, seconds=None)
    return Moment(day=date, seconds=int(hours) * HOUR + int(minutes) * MINUTE + int(seconds or 0))


def _clock_text(text: str) -> float:
    half = _HALF.search(text)
    found = _CLOCK.fullmatch(_HALF.sub("", text).strip())
    if found is None:
        raise TimeError("is no time of day")
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    if minutes > 59 or seconds > 59 or (half and not 1 <= hours <= 12):
        raise TimeError("is no time of day")
    if half:
        hours = hours % 12 + (12 if half[1][0] in "pP下" else 0)
    return _of_day(hours * HOUR + minutes * MINUTE + seconds + round(float(f"0.{found[4] or 0}"), 3))


def _clock_s(time: datetime.time) -> float:
    return time.hour * HOUR + time.minute * MINUTE + time.second + round(time.microsecond / 1e6, 3)


def _of_day(seconds: float) -> float:
    if not 0.0 <= seconds <= LATEST_S:
        raise TimeError("is no time of day from 0:00 to 48:00")
    return round(seconds, 3)

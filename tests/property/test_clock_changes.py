"""On days on which clocks are put forward or back, and around them, every local time is the instant that it names."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.errors import InputError
from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.limits import Period, Window, Zone
from dronesim.exchange.maps.wishes import Wishes
from dronesim.exchange.maps.zone_hours import held
from dronesim.exchange.order_clock import Placed, on_the_wall, settled
from dronesim.export.clock import day_clock
from dronesim.scenario import load_scenario
from dronesim.streams import Streams
from dronesim.verify.local_times import day_zero, moments, one_after_another
from dronesim.verify.weather_files import FileWeather, read_epw
from dronesim.verify.weather_of_file import _zero_s, read_any
from dronesim.wall import day_begins, in_order, instants_of
from dronesim.weather.findings import About
from dronesim.weather.formats import read_weather
from dronesim.weather.record import WeatherRecord
from dronesim.weather.source import WeatherSource, _begins_s, days_in, weather_of_day, whole_days

ZONES: Final = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Africa/Cairo": ("2026-04-24", "2026-10-30"),
    "America/Havana": ("2026-03-08", "2026-11-01"),
    "Pacific/Apia": ("2011-12-30",),
    "Asia/Kathmandu": ("1986-01-01", "2026-03-29"),
    "Asia/Shanghai": ("2026-03-29",),
}
"""Zones, and the days on which their clocks change: by an hour at night or at midnight, by half an hour, by a quarter,
by a whole day that is left out, or never."""
DAYS: Final = [(zone, dt.date.fromisoformat(date)) for zone, dates in ZONES.items() for date in dates]
SHIFTS: Final = [-1, 0, 1]
STEP: Final = dt.timedelta(minutes=30)
HOUR: Final = 3600.0
TINY: Final = Path(__file__).parents[1] / "data" / "tiny.toml"


def local(instant: dt.datetime, zone: str) -> dt.datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(st.sampled_from(DAYS), st.integers(-2 * 86_400, 3 * 86_400))
def test_wall_to_instant_and_back_for_model_and_checker(day: tuple[str, dt.date], second: int) -> None:
    zone, date = day
    place = ZoneInfo(zone)
    instant = dt.datetime.combine(date, dt.time(), tzinfo=dt.UTC) + dt.timedelta(seconds=second)
    assert instant in instants_of(local(instant, zone), place), "what clocks show at an instant stands for it"
    wall = instant.replace(tzinfo=None)
    found = instants_of(wall, place)
    assert [local(each, zone) for each in found] == [wall] * len(found)
    assert list(found) == moments(wall, place)


@pytest.mark.parametrize(("zone", "date"), DAYS)
def test_times_in_order_are_the_instants_that_they_were_written_at(zone: str, date: dt.date) -> None:
    start = dt.datetime.combine(date - dt.timedelta(days=2), dt.time(12), tzinfo=dt.UTC)
    instants = [start + row * STEP for row in range(200)]
    walls = [local(each, zone) for each in instants]
    assert in_order(walls, ZoneInfo(zone)) == instants
    assert one_after_another(walls, ZoneInfo(zone)) == instants


@given(st.sampled_from(DAYS), st.sampled_from(SHIFTS), st.integers(0, 95))
def test_exported_instants_are_the_opening_and_what_has_passed_since(
    day: tuple[str, dt.date], shift: int, quarter: int
) -> None:
    zone, date = day[0], day[1] + dt.timedelta(days=shift)
    opens_s = quarter * HOUR / 4
    opening = instants_of(dt.datetime.combine(date, dt.time()) + dt.timedelta(seconds=opens_s), ZoneInfo(zone))
    horizon = {"date": date.isoformat(), "zone": zone}
    if not opening:
        with pytest.raises(InputError, match=r"horizon\.start: never comes"):
            day_clock(horizon, opens_s=opens_s, date=None, zone=None, label="day")
        return
    clock = day_clock(horizon, opens_s=opens_s, date=None, zone=None, label="day")
    assert clock is not None
    later_s = np.arange(0.0, 30.0) * HOUR
    since = clock.instants(opens_s + later_s) - np.datetime64(opening[0].replace(tzinfo=None), "ms")
    assert (since / np.timedelta64(1, "s")).tolist() == later_s.tolist()
    zero = opening[0] - dt.timedelta(seconds=opens_s)
    assert day_begins(date, opens_s, ZoneInfo(zone)) == day_zero(date, opens_s, ZoneInfo(zone)) == zero


@given(
    st.sampled_from(DAYS),
    st.sampled_from([-2, -1, 0, 1]),
    st.integers(0, 191),
    st.integers(0, 287),
    st.integers(0, 287),
)
def test_hours_of_a_zone_hold_whenever_the_wall_shows_them(
    day: tuple[str, dt.date], shift: int, quarter: int, begins: int, ends: int
) -> None:
    """Whenever a scenario opens, over a change too; on days without one they hold at no other time."""
    zone, date = day[0], day[1] + dt.timedelta(days=shift)
    window = Window(begins=5 * begins, ends=5 * ends)
    wishes, rule = (
        Wishes(sources=(), date=date, time_zone=zone),
        Zone(periods=(Period(windows=(window,)),), name="Z", restriction="PROHIBITED"),
    )
    account = Account()
    hours = held(rule, None, wishes, account)
    zero = day_begins(date, quarter * HOUR / 4, ZoneInfo(zone))
    for minute in range(15 * quarter + 2, 48 * 60, 15):
        wall = local(zero + dt.timedelta(minutes=minute), zone)
        shown = wall.hour * 60 + wall.minute
        by_wall = 5 * begins <= shown < 5 * ends if begins < ends else shown >= 5 * begins or shown < 5 * ends
        by_hours = any(each is None or each[0] <= minute < each[1] for each in hours)
        assert by_hours or not by_wall, f"at {wall} the zone does not hold"
        assert account.notes or shift < 1 or by_hours == by_wall, f"at {wall} the zone holds"


@pytest.mark.parametrize("is_newest_first", [False, True])
@given(st.sampled_from(DAYS), st.integers(0, 2**32 - 1))
def test_orders_a_little_out_of_order_are_the_instants_that_they_were_written_at(
    is_newest_first: bool, day: tuple[str, dt.date], seed: int
) -> None:
    """Three orders in six minutes are in any order, all others in that of time or the other way round."""
    zone, rng = day[0], np.random.default_rng(seed)
    start = day_begins(day[1], 0.0, ZoneInfo(zone)) - 3 * dt.timedelta(hours=1)
    minutes = np.concatenate([6 * block + 2 * rng.permutation(3) for block in range(90)]).tolist()
    instants = [start + dt.timedelta(minutes=minute) for minute in minutes]
    if is_newest_first:
        instants.reverse()
    rows = [placed(local(each, zone)) for each in instants]
    found, _ = settled(rows, ZoneInfo(zone), column="placed", before=None)
    assert [instant_of(each) for each in found] == instants


def placed(wall: dt.datetime) -> Placed:
    return Placed(day=wall.date(), seconds=(wall - dt.datetime.combine(wall, dt.time())).total_seconds())


def instant_of(row: Placed | str) -> dt.datetime:
    assert isinstance(row, Placed)
    assert row.day is not None
    assert row.ahead is not None
    return on_the_wall(row.day, row.seconds) - row.ahead


# weather


@functools.cache
def records(zone: str, date: dt.date) -> tuple[WeatherRecord, WeatherRecord, dict[dt.datetime, float]]:
    """Give the same weather read from local times, and from UTC; and what it is by instant."""
    start = dt.datetime.combine(date - dt.timedelta(days=3), dt.time(), tzinfo=dt.UTC)
    told = {start + row * STEP: 1.0 + row % 31 for row in range(48 * 7)}
    head, about = "time,wind_mps\n", About(label="w", zone=zone)
    texts = (
        head + "".join(f"{local(instant, zone).isoformat()},{wind}\n" for instant, wind in told.items()),
        head + "".join(f"{instant.isoformat()},{wind}\n" for instant, wind in told.items()),
    )
    by_wall, by_utc = (read_weather(text, about, suffix=".csv", form="csv") for text in texts)
    for text in texts:
        theirs = read_any(text, suffix=".csv", form="csv", zone=zone, near=None)
        assert theirs.at_s.tolist() == by_utc.at_s.tolist()
        assert theirs.days == by_utc.days
    return by_wall, by_utc, told


@given(st.sampled_from(DAYS), st.sampled_from(SHIFTS), st.integers(0, 23))
def test_weather_by_local_times_is_that_of_the_instants(day: tuple[str, dt.date], shift: int, hour: int) -> None:
    zone, date = day[0], day[1] + dt.timedelta(days=shift)
    by_wall, by_utc, told = records(*day)
    zero = day_begins(date, hour * HOUR, ZoneInfo(zone))
    for record in (by_wall, by_utc):
        number = record.day_of(date)
        assert number is not None
        source = WeatherSource(record=record, window_s=(hour * HOUR, hour * HOUR + 86_400), zone=zone, day=number)
        rows = weather_of_day(source, number, Streams(seed=1))
        assert len(rows) >= 48, "each of its rows is another"
        for row in rows[1:]:
            assert told[zero + dt.timedelta(seconds=row.from_s)] == row.wind.speed_mps
        every = WeatherSource(record=record, window_s=(hour * HOUR, hour * HOUR + 3 * HOUR), zone=zone)
        assert days_in(every) >= 6, "no day of a change is passed over"


@functools.cache
def typical(offset_h: float, unknown: range = range(0)) -> tuple[WeatherRecord, FileWeather]:
    """Read a typical year written as EPW, some hours without wind, for the model and for the checker."""
    head = f"LOCATION,Town,-,DEU,X,1,52.5,13.4,{offset_h},34.0\n" + 7 * "LINE\n"
    lines = []
    for hour in range(8760):
        at = dt.datetime(2001, 1, 1) + dt.timedelta(hours=hour)
        wind = 999 if hour in unknown else 1 + hour % 31
        lines.append(f"2001,{at.month},{at.day},{at.hour + 1},60,?,15{',0' * 13},90,{wind}\n")
    text = head + "".join(lines)
    return read_weather(text, About(label="w"), suffix=".epw", form=None), read_epw(text)


@given(st.sampled_from(DAYS), st.sampled_from(SHIFTS), st.integers(0, 23), st.booleans())
def test_hours_of_a_typical_year_are_put_on_the_clock_of_the_opening(
    day: tuple[str, dt.date], shift: int, hour: int, is_dated: bool
) -> None:
    zone, date = day[0], day[1] + dt.timedelta(days=shift)
    record, theirs = typical(-3.5)
    number = record.day_of(date)
    assert number is not None
    window_s = (hour * HOUR, hour * HOUR + 86_400)
    source = WeatherSource(record=record, window_s=window_s, zone=zone, day=number, date=date if is_dated else None)
    of_clocks = date if is_dated else date.replace(year=2025)
    hours = (day_begins(of_clocks, hour * HOUR, ZoneInfo(zone)) - dt.datetime(of_clocks.year, 1, 1, tzinfo=dt.UTC)) / (
        dt.timedelta(hours=1)
    ) - 3.5
    for row in weather_of_day(source, number, Streams(seed=1))[1:]:
        assert row.wind.speed_mps == 1 + int((hours + row.from_s / HOUR) % 8760) % 31
    horizon = {"zone": zone, **({"date": date.isoformat()} if is_dated else {})}
    assert _zero_s(theirs, {"horizon": horizon}, number, hour * HOUR) == _begins_s(source, record, number)


def test_first_hours_of_a_typical_year_that_are_not_known_are_those_after_its_last() -> None:
    """Two hours hold what the last of December has; a night without wind is no day of the year."""
    record, _ = typical(1.0, range(2))
    source = WeatherSource(record=record, window_s=(0.0, 6 * HOUR))
    assert whole_days(source)[:2] == (0, 1)
    rows = weather_of_day(source, 0, Streams(seed=1))
    assert [(row.from_s / HOUR, row.wind.speed_mps) for row in rows[:2]] == [(0.0, 1 + 8759 % 31), (2.0, 3.0)]
    record, _ = typical(1.0, range(5))
    source = WeatherSource(record=record, window_s=(0.0, 6 * HOUR))
    assert whole_days(source)[0] == 1
    with pytest.raises(InputError, match=r"tells no wind on 01 January \(day 0\) from 02:00 to 05:00"):
        weather_of_day(source, 0, Streams(seed=1))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("01:00", "02:00", "03:00"), "w:3: time: never comes: the clocks of Europe/Berlin are put forward over it"),
        (("00:00", "01:00", "04:00", "05:00", "06:00"), "w:4: time: leaves a gap of 2 h after 2026-03-29T01:00"),
    ],
)
def test_a_time_that_never_comes_and_a_true_gap_are_told_with_their_line(rows: tuple[str, ...], said: str) -> None:
    text = "time,wind_mps\n" + "".join(f"2026-03-29T{row},1\n" for row in rows)
    with pytest.raises(InputError) as caught:
        read_weather(text, About(label="w", zone="Europe/Berlin"), suffix=".csv", form=None)
    assert str(caught.value.problems[0]).startswith(said)


def test_an_hour_that_comes_twice_may_be_written_once_or_twice_but_not_thrice() -> None:
    def read(*hours: int) -> WeatherRecord:
        text = "time,wind_mps\n" + "".join(f"2026-10-25T{hour:02d}:00,1\n" for hour in hours)
        return read_weather(text, About(label="w", zone="Europe/Berlin"), suffix=".csv", form=None)

    assert (read(0, 1, 2, 2, 3, 4).at_s / HOUR).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert (read(0, 1, 2, 3, 4).at_s / HOUR).tolist() == [0.0, 1.0, 2.0, 4.0, 5.0]
    with pytest.raises(InputError, match="w:6: time: comes twice; each time must be there once"):
        read(0, 1, 2, 2, 2, 3)


@pytest.mark.parametrize("change", ["doubled", "exchanged"])
@pytest.mark.parametrize("is_twice", [False, True])
@given(step=st.sampled_from([1, 5, 10, 15, 30]), place=st.integers(0, 59))
def test_a_row_too_many_or_two_exchanged_ones_are_refused_in_an_hour_that_comes_twice(
    change: str, is_twice: bool, step: int, place: int
) -> None:
    """As at any other time, whether that hour is written twice or once; model and checker have code of their own."""
    first = [dt.datetime(2026, 10, 25, 1) + minute * dt.timedelta(minutes=1) for minute in range(0, 120, step)]
    later = [wall for wall in first if wall.hour == 2] if is_twice else []
    rest = [dt.datetime(2026, 10, 25, 3) + minute * dt.timedelta(minutes=1) for minute in range(0, 120, step)]
    walls = [*first, *later, *rest]
    head, row = "time,wind_mps\n", len(first) // 2 + place % (60 // step)
    text = head + "".join(f"{wall.isoformat()},1\n" for wall in walls)
    assert len(read_weather(text, About(label="w", zone="Europe/Berlin"), suffix=".csv", form="csv").at_s) == len(walls)
    one_after_another(walls, ZoneInfo("Europe/Berlin"))
    if change == "doubled":
        walls.insert(row, walls[row])
    else:
        row = min(row, len(first) - 2)
        walls[row], walls[row + 1] = walls[row + 1], walls[row]
    text = head + "".join(f"{wall.isoformat()},1\n" for wall in walls)
    with pytest.raises(InputError, match=r"comes twice|must be later than the row before it"):
        read_weather(text, About(label="w", zone="Europe/Berlin"), suffix=".csv", form="csv")
    with pytest.raises(ValueError, match="is doubled, or not in its order"):
        one_after_another(walls, ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("zone", "date", "start", "wall"),
    [
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29 02:30:00"),
        ("Europe/Berlin", "2026-03-28", "26:30", "2026-03-29 02:30:00"),
        ("Pacific/Apia", "2011-12-30", None, "2011-12-30 10:00:00"),
    ],
)
def test_an_opening_that_never_comes_is_named_by_its_own_key(
    zone: str, date: str, start: str | None, wall: str
) -> None:
    stated = ("horizon.end=30:00", f"horizon.zone={zone}", f"horizon.date={date}")
    with pytest.raises(InputError) as caught:
        load_scenario(TINY, (*stated, *([f"horizon.start={start}"] if start else [])))
    rule = (
        f"horizon.start: {wall} never comes: the clocks of {zone} are put forward over it (found '{start or '10:00'}')"
    )
    assert rule in str(caught.value)


def test_without_a_zone_a_change_is_told_with_the_way_out() -> None:
    text = "time,wind_mps\n2026-10-25T01:00,1\n2026-10-25T02:00,1\n2026-10-25T02:00,1\n2026-10-25T03:00,1\n"
    with pytest.raises(InputError, match=r"comes twice.*; where clocks were put forward or back, horizon\.zone says"):
        read_weather(text, About(label="w"), suffix=".csv", form=None)

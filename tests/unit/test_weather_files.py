"""Weather files as people have them are read into one form, and what is wrong with one is named with its line."""

from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from dronesim.errors import InputError
from dronesim.streams import Streams
from dronesim.weather.csv_table import UNITS
from dronesim.weather.findings import PLAUSIBLE, About
from dronesim.weather.formats import read_weather
from dronesim.weather.record import WeatherRecord
from dronesim.weather.source import WeatherSource, days_in, in_class, weather_of_day, whole_days
from dronesim.weather.wind import CALM, Wind

DATA: Final = Path(__file__).parents[1] / "data" / "weather"
SHENZHEN: Final = Path(__file__).parents[2].parent / "shared" / "data" / "weather" / "shenzhen_typical_year.csv"
HOUR: Final = 3600.0
EPW_HEADER: Final = ["LOCATION,Shenzhen,-,CHN,CSWD,594930,22.55,114.10,8.0,18.0", *(f"LINE {n}" for n in range(2, 9))]


def read(text: str, *, suffix: str = ".csv", zone: str | None = None, near: str | None = None) -> WeatherRecord:
    date = None if near is None else datetime.date.fromisoformat(near)
    return read_weather(text, About(label="w", zone=zone, near=date), suffix=suffix, form=None)


def read_file(name: str, *, zone: str | None = None) -> WeatherRecord:
    path = DATA / name
    return read(path.read_text(encoding="utf-8"), suffix=path.suffix, zone=zone)


def problems(text: str, **known: str | None) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(text, **known)  # type: ignore[arg-type]
    return [str(problem) for problem in caught.value.problems]


def epw(rows: list[tuple[int, int, int, int]], **cells: str) -> str:
    """Write an EPW file of these years, months, days and hours."""
    places = {"temperature": 6, "direction": 20, "speed": 21, "visibility": 24, "rain": 33}
    lines = list(EPW_HEADER)
    for year, month, day, hour in rows:
        row = [str(year), str(month), str(day), str(hour), "60", "?"] + ["0"] * 29
        for name, place in places.items():
            row[place] = cells.get(
                name, {"temperature": "20.0", "direction": "90", "visibility": "10"}.get(name, "1.5")
            )
        lines.append(",".join(row))
    return "\n".join(lines) + "\n"


def hours_of(year: int, month: int, day: int) -> list[tuple[int, int, int, int]]:
    return [(year, month, day, hour) for hour in range(1, 25)]


# CSV


def test_units_in_names_are_converted_and_said() -> None:
    record = read_file("hours.csv")
    columns = record.columns
    assert columns["wind_mps"] == pytest.approx([0, 3.6 * 1852 / 3600, 7.2 * 1852 / 3600, 10.8 * 1852 / 3600])
    assert columns["rain_mmh"] == pytest.approx([0, 2.54, 0, math.nan], nan_ok=True)
    assert columns["temperature_c"] == pytest.approx([10, 15, 20, 25])
    assert columns["visibility_m"] == pytest.approx([16093.44, 8046.72, math.nan, 1609.344], nan_ok=True)
    told = "\n".join(record.notes)
    assert "wind_kt is read as wind_mps: wind_kt x 0.514444" in told
    assert "temperature_f is read as temperature_c: (temperature_f - 32) x 0.555556" in told
    assert "not weather, and not read: pressure_hpa" in told


@pytest.mark.parametrize("name", UNITS)
def test_every_known_unit_is_linear_in_its_column(name: str) -> None:
    unit, (low, high) = UNITS[name], (290.0, 300.0) if name == "temperature_k" else (1.0, 2.0)
    record = read(f"hour,{name}\n0,{low}\n1,{high}\n")
    expected = [(value + unit.shift) * unit.factor for value in (low, high)]
    assert record.columns[unit.column] == pytest.approx(expected)


def test_a_sum_of_half_an_hour_is_twice_the_rate() -> None:
    text = "time,rain_mm,wind_mps\n2024-06-01T00:00,1,1\n2024-06-01T00:30,2,1\n"
    assert read(text).columns["rain_mmh"].tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hour,wind\n0,1\n", "w:1: wind: has no unit that is known; a column names its unit: wind_mps, wind_kt"),
        ("hour,wind_speed\n0,1\n", "w:1: wind_speed: has no unit that is known"),
        ("hour,wnd_mps\n0,1\n", "w:1: wnd_mps: is not a known column; did you mean wind_mps?"),
        ("wind_mps,hour\n0,1\n", "w:1: wind_mps: the first column must be the time"),
        ("hour,wind_mps,wind_kt\n0,1,1\n", "w:1: wind_kt: is there twice: another column is wind_mps too"),
        ("hour,wind_mps\n", "w:1: weather: has no rows below its header"),
        ("hour,wind_mps\n0,1\n1,-2\n2,1\n", "w:3: wind_mps: must be from 0 to 75 m/s"),
        (
            "hour,gust_mps\n0,1\n1,468\n2,1\n",
            "w:3: gust_mps: must be from 0 to 115 m/s; leave it empty where it is not",
        ),
        ("hour,temperature_c\n0,99.9\n1,1\n", "w:2: temperature_c: must be from -90 to 60 °C"),
        ("hour,wind_from_deg\n0,999\n1,1\n", "w:2: wind_from_deg: must be from 0 to 360 degrees"),
        ("hour,wind_mps\n0,9999\n1,1\n", "w:2: wind_mps: must be from 0 to 75 m/s"),
        ("hour,wind_mps\n0,nan\n1,1\n", "w:2: wind_mps: must be a number"),
        ("hour,wind_mps\n0,1\n1,1\n1,2\n2,1\n", "w:4: hour: comes twice; each time must be there once (found '1')"),
        ("hour,wind_mps\n0,1\n2,1\n1,2\n3,1\n", "w:4: hour: must be later than the row before it, 2"),
        ("hour,wind_mps\n0,1\n1,1\n2,2\n5,1\n", "w:5: hour: leaves a gap of 3 h after 2; rows are 1 h apart"),
        ("hour,wind_mps\n8759,1\n8760,1\n", "w:3: hour: must be an hour of a year of 365 days, 0 to 8759"),
        ("hour,wind_mps\n0,1\n1,1,3\n", "w:3: weather: must have as many cells as the header, 2"),
        (
            "time,wind_mps\n2023-02-28T00:00,1\n2023-02-29T00:00,1\n",
            "w:3: time: must be an hour of the year, or a time",
        ),
        ("time,wind_mps\n2024-06-01T00:00Z,1\n2024-06-01T01:00,1\n", "w:3: time: must have an offset from UTC"),
        ("time,wind_mps\n2024-06-01T00:00Z,1\n", "w: horizon.zone: is needed, for the times of the file have offsets"),
    ],
)
def test_one_mistake_is_one_problem_with_its_line(text: str, message: str) -> None:
    found = problems(text)
    assert len(found) == 1
    assert found[0].startswith(message)


def test_all_problems_are_told_at_once_and_counted() -> None:
    found = problems("hour,wind_mps\n" + "\n".join(f"{hour},-1" for hour in range(50)))
    assert len(found) == 3
    assert found[-1].endswith("; and 47 more like it")


def test_problems_of_a_file_are_told_in_the_order_of_its_lines() -> None:
    hours = [0, 1, 2, 4, 3, 5]
    found = problems("hour,wind_mps\n" + "".join(f"{hour},3\n" for hour in hours))
    lines = [int(text.split(":")[1]) for text in found]
    assert len(lines) > 2
    assert lines == sorted(lines)


def test_a_real_year_may_have_a_29_february_and_a_typical_one_not() -> None:
    record = read("time,wind_mps\n2024-02-28T12:00,1\n2024-02-29T00:00,1\n2024-02-29T12:00,1\n")
    assert record.day_of(datetime.date(2024, 2, 29)) == 1
    typical = read("hour,wind_mps\n" + "\n".join(f"{hour},1" for hour in range(8760)))
    assert typical.day_of(datetime.date(2024, 2, 29)) is None
    assert typical.day_of(datetime.date(2024, 3, 1)) == 59
    assert typical.day_of(datetime.date(2026, 12, 31)) == 364


@pytest.mark.skipif(not SHENZHEN.is_file(), reason=f"the typical year of Shenzhen is not at {SHENZHEN}")
def test_the_typical_year_of_shenzhen_reads_as_it_is() -> None:
    record = read(SHENZHEN.read_text(encoding="utf-8"))
    assert (record.kind, record.days, record.date_of(0).month, record.date_of(0).day) == ("year", 365, 1, 1)
    wind_mps = record.columns["wind_mps"].reshape(365, 24)[:, 10:20]
    for height_m, share, days in ((60, 0.031, 9), (120, 0.072, 23)):
        is_over = wind_mps * (height_m / 10) ** 0.25 > 10.8
        assert is_over.mean() == pytest.approx(share, abs=5e-4)
        assert (is_over.sum(axis=1) >= 5).sum() == days
    source = WeatherSource(record=record, window_s=(10 * HOUR, 22 * HOUR))
    assert days_in(source) == 365
    assert source.not_counted() == ("gust", "rain", "visibility")


# EPW


def test_an_epw_hour_begins_an_hour_before_its_number() -> None:
    record = read(epw(hours_of(1995, 1, 1) + hours_of(2003, 1, 2) + hours_of(1988, 1, 3)), suffix=".epw")
    assert record.at_s[:2].tolist() == [0.0, HOUR]
    assert (record.days, record.kind, record.offset_s) == (3, "year", 8 * HOUR)
    assert {name: values[0] for name, values in record.columns.items() if not math.isnan(values[0])} == {
        "wind_mps": 1.5,
        "wind_from_deg": 90.0,
        "rain_mmh": 1.5,
        "temperature_c": 20.0,
        "visibility_m": 10_000.0,
    }


@pytest.mark.parametrize(
    ("cell", "sentinel", "column"),
    [
        ("temperature", "99.9", "temperature_c"),
        ("direction", "999", "wind_from_deg"),
        ("speed", "999", "wind_mps"),
        ("visibility", "9999", "visibility_m"),
        ("rain", "999", "rain_mmh"),
    ],
)
def test_a_sentinel_of_epw_is_missing(cell: str, sentinel: str, column: str) -> None:
    record = read(epw(hours_of(1995, 1, 1), **{cell: sentinel}))
    assert np.isnan(record.columns[column]).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (hours_of(1995, 1, 1)[:5] + hours_of(1995, 1, 1)[8:], "w:14: hour: leaves a gap of 4 h"),
        ([*hours_of(1995, 1, 1), (1995, 1, 1, 24)], "w:33: hour: comes twice"),
        ([(1995, 1, 1, 25)], "w:9: hour: must be a year, month, day and hour: hour must be 1 to 24"),
        ([(1995, 2, 29, 1)], "w:9: hour: must be a year, month, day and hour: 1995 has no 29 February"),
        ([], "w:8: weather: has no hours below its 8 lines of header"),
    ],
)
def test_a_broken_epw_is_named_with_its_line(rows: list[tuple[int, int, int, int]], message: str) -> None:
    assert problems(epw(rows))[0].startswith(message)


def test_an_epw_of_a_leap_year_has_its_29_february() -> None:
    days = [datetime.date(2024, 2, 1) + datetime.timedelta(days=day) for day in range(31)]
    record = read(epw([hour for date in days for hour in hours_of(2024, date.month, date.day)]))
    assert record.day_of(datetime.date(2024, 2, 29)) == 28


def test_an_epw_is_turned_to_the_clock_of_its_zone_in_summer() -> None:
    text = epw([hour for day in range(1, 4) for hour in hours_of(1995, 7, day)]).replace("8.0,18.0", "1.0,18.0")
    lines = text.splitlines()
    for number in range(8, len(lines)):
        cells = lines[number].split(",")
        cells[21] = str(int(cells[3]) - 1)
        lines[number] = ",".join(cells)
    record, date = read("\n".join(lines)), datetime.date(2024, 7, 2)
    source = WeatherSource(
        record=record, window_s=(10 * HOUR, 11 * HOUR), day=record.day_of(date), date=date, zone="Europe/Berlin"
    )
    assert weather_of_day(source, 1, Streams(seed=1))[0].wind.speed_mps == 9.0


# stations


def test_isd_lite_is_in_tenths_and_utc() -> None:
    record = read_file("isd-lite.txt", zone="Asia/Shanghai")
    assert (record.first, record.at_s.tolist()) == (datetime.date(2024, 6, 1), [8 * HOUR, 9 * HOUR, 10 * HOUR])
    assert record.columns["wind_mps"].tolist() == [4.0, 1.0, 6.2]
    assert record.columns["wind_from_deg"] == pytest.approx([210, math.nan, 180], nan_ok=True)
    assert record.columns["rain_mmh"].tolist() == [0.0, 0.0, 2.5]
    assert record.columns["temperature_c"] == pytest.approx([28.4, 29.0, math.nan], nan_ok=True)


def test_a_csv_of_ncei_leaves_nines_and_wrong_values_out() -> None:
    record = read_file("isd.csv", zone="Asia/Shanghai")
    assert record.columns["wind_mps"].tolist() == [4.0, 1.0, 6.2]
    assert record.columns["gust_mps"] == pytest.approx([9.2, math.nan, math.nan], nan_ok=True)
    assert record.columns["rain_mmh"] == pytest.approx([0.0, 2.0, math.nan], nan_ok=True)
    assert record.columns["visibility_m"] == pytest.approx([9999, math.nan, 3000], nan_ok=True)
    assert record.columns["temperature_c"] == pytest.approx([28.4, math.nan, math.nan], nan_ok=True)


def test_metars_are_sorted_and_the_later_of_two_corrects_the_other() -> None:
    pytest.importorskip("metar", reason="the extra weather is not installed")
    record = read_file("metars.txt", zone="Asia/Shanghai")
    assert record.first == datetime.date(2024, 6, 1)
    assert (record.at_s / HOUR).tolist() == [7.0, 10.0, 11.0, 12.0]
    assert record.columns["wind_mps"] == pytest.approx([0.0, 12 * 1852 / 3600, 5.0, 1.0], rel=1e-4)
    assert record.columns["gust_mps"] == pytest.approx(
        [math.nan, 22 * 1852 / 3600, 9.0, math.nan], rel=1e-4, nan_ok=True
    )
    assert record.columns["rain_mmh"] == pytest.approx([0.0, 5.08, 1.0, 0.0])
    assert record.columns["visibility_m"] == pytest.approx([3000, 804.672, 10_000, 10_000], rel=1e-4)
    assert record.columns["temperature_c"].tolist() == [24.0, -2.0, 28.0, 29.0]


def test_lines_without_a_report_are_counted() -> None:
    pytest.importorskip("metar", reason="the extra weather is not installed")
    text = "# comment\nZGSZ 010000Z 21004MPS 9999 28/24 Q1008\n\nZGSZ 31XX00Z 999\n"
    record = read(text, suffix=".txt", zone="UTC", near="2024-06-01")
    assert "lines without a report, which are passed over: 1" in record.notes


@pytest.mark.parametrize(
    ("report", "note", "hours"),
    [
        ("ZGSZ 010100Z /////KT 9999 28/24 Q1008=", "the wind is not known in 1 report", 3),
        ("METAR ZGSZ 010100Z ///// //// // ////// ///// Q////", "the wind is not known in 1 report", 3),
        ("ZGSZ 010100Z NIL=", "1 report without content (NIL), which tell nothing", 2),
        ("METAR ZGSZ 010100Z AUTO NIL", "1 report without content (NIL), which tell nothing", 2),
        ("ZGSZ 010000Z 21009MPS 9999 28/24 Q1008", "1 report replaced by a later one in the file of the same time", 2),
    ],
)
def test_what_archives_lack_is_not_known_and_counted(report: str, note: str, hours: int) -> None:
    pytest.importorskip("metar", reason="the extra weather is not installed")
    text = f"ZGSZ 010000Z 21004MPS 9999 28/24 Q1008\n{report}\nZGSZ 010200Z 21006MPS 9999 28/24 Q1008\n"
    record = read(text, suffix=".txt", zone="UTC", near="2024-06-01")
    assert note in record.notes
    assert len(record.at_s) == hours
    assert np.isnan(record.columns["wind_mps"]).sum() == hours - 2


def test_a_wind_that_is_misspelt_is_still_a_problem() -> None:
    pytest.importorskip("metar", reason="the extra weather is not installed")
    found = problems("ZGSZ 010000Z 2104XMPS 9999 28/24 Q1008\n", suffix=".txt", zone="UTC", near="2024-06-01")
    assert "can't be read as a report" in found[0]


def test_reports_of_two_stations_are_not_one_weather() -> None:
    pytest.importorskip("metar", reason="the extra weather is not installed")
    metars = "ZGSZ 010000Z 21004MPS 9999 28/24 Q1008\nZBAA 010100Z 21004MPS 9999 28/24 Q1008\n"
    other = "is of another station than the first report, {}; keep one station in a file (found '{}')"
    assert problems(metars, suffix=".txt", zone="UTC", near="2024-06-01") == [
        f"w:2: METAR: {other.format('ZGSZ', 'ZBAA')}"
    ]
    wind = '"210,1,N,0040,1"'
    rows = f"STATION,DATE,WND\n594930,2024-06-01T00:00:00,{wind}\n545110,2024-06-01T01:00:00,{wind}\n"
    assert problems(rows, suffix=".csv", zone="UTC") == [f"w:3: STATION: {other.format('594930', '545110')}"]


def test_a_doubled_report_of_isd_is_counted() -> None:
    line = "2024 06 01 00 284 240 10080 210 40 8 0 -9999\n"
    assert (
        "1 report replaced by a later one in the file of the same time"
        in read(line + line, suffix=".dat", zone="UTC").notes
    )


def test_metars_without_dates_are_of_the_month_around_the_date() -> None:
    pytest.importorskip("metar", reason="the extra weather is not installed")
    text = "ZGSZ 312300Z 21004MPS 9999 28/24 Q1008\nZGSZ 010000Z 21004MPS 9999 28/24 Q1008\n"
    assert read(text, suffix=".txt", zone="UTC", near="2024-06-01").first == datetime.date(2024, 5, 31)
    assert "tells the day of the month and no month" in problems(text, suffix=".txt", zone="UTC")[0]


@pytest.mark.parametrize("name", ["isd-lite.txt", "isd.csv", "metars.txt"])
def test_who_has_times_in_utc_needs_a_zone_and_says_which_key(name: str) -> None:
    pytest.importorskip("metar", reason="the extra weather is not installed")
    with pytest.raises(InputError, match=r"horizon\.zone: is needed, for the times of"):
        read_file(name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2024 06 01 00 284 240 10080 210 4680 8 0 -9999\n", "w:1: wind_mps: must be from 0 to 75 m/s"),
        ("2024 02 30 00 284 240 10080 210 40 8 0 -9999\n", "w:1: weather: must be year, month, day, hour"),
        (
            "2024 06 01 00 284 240 10080 210 40 8 0 -9999\n2024 06 01 01 284\n",
            "w:2: weather: must have 12 numbers (found 5)",
        ),
        ('DATE,WND\n2024-06-01T00:00:00,"210,1,N"\n', "w:2: WND: is not a group of ISD"),
        ("WND,DATE\nx\n", "w:2: weather: must have as many cells as the header, 2"),
        ("DATE,WND\n2024-06-01T00:00:00,x,y\n", "w:2: weather: must have as many cells as the header, 2"),
        ("no weather at all\n", "w:1: weather: is weather of no known form; say which with weather.format: csv, epw"),
    ],
)
def test_a_broken_station_file_is_named_with_its_line(text: str, message: str) -> None:
    assert problems(text, suffix=".dat", zone="UTC")[0].startswith(message)


# a day of it


def source_of(text: str, **known: object) -> WeatherSource:
    return WeatherSource(record=read(text), window_s=(10 * HOUR, 26 * HOUR), **known)  # type: ignore[arg-type]


def test_a_day_goes_on_after_midnight_with_the_hours_of_the_next() -> None:
    source = source_of("hour,wind_mps\n" + "\n".join(f"{hour},{hour / 10}" for hour in range(72)))
    day = weather_of_day(source, 1, Streams(seed=1))
    assert day[0].from_s == 10 * HOUR
    assert day[-1].from_s == 25 * HOUR
    assert day[-1].wind.speed_mps == pytest.approx(4.9)


def test_the_last_night_of_a_typical_year_goes_on_in_its_first_day() -> None:
    source = source_of("hour,wind_mps\n" + "\n".join(f"{hour},{hour % 50}" for hour in range(8760)))
    day = weather_of_day(source, 364, Streams(seed=1))
    assert [row.wind.speed_mps for row in day[-2:]] == [0.0, 1.0]


def test_a_value_counts_for_three_hours_and_rows_alike_are_one() -> None:
    source = source_of("hour,wind_mps,rain_mmh\n" + "\n".join(f"{h},3,{1 if h < 12 else ''}" for h in range(72)))
    day = weather_of_day(source, 0, Streams(seed=1))
    assert [(row.from_s / HOUR, row.rain_mmh) for row in day] == [(10.0, 1.0), (14.0, None)]


def test_a_day_without_wind_is_passed_over_and_refused_when_asked_for() -> None:
    source = source_of("hour,wind_mps\n" + "\n".join(f"{h},{'' if 30 < h < 40 else 3}" for h in range(96)))
    assert whole_days(source) == (0, 2, 3)
    assert [source.day_of(replication) for replication in range(4)] == [0, 2, 3, 0]
    with pytest.raises(InputError, match=r"tells no wind on 02 January \(day 1\) from 10:00 to 16:00"):
        weather_of_day(source, 1, Streams(seed=1))


def test_a_wind_without_direction_keeps_the_one_it_had() -> None:
    text = "hour,wind_mps,wind_from_deg\n" + "\n".join(f"{h},3,{80 if h == 5 else ''}" for h in range(24))
    assert weather_of_day(source_of(text), 0, Streams(seed=1))[0].wind == Wind(speed_mps=3.0, from_deg=80.0)


@pytest.mark.parametrize(
    ("wind", "steps", "expected"),
    [
        ((3.4, 100.0), (1.0, 45.0), Wind(speed_mps=3.0, from_deg=90.0)),
        ((3.6, 350.0), (1.0, 45.0), Wind(speed_mps=4.0, from_deg=0.0)),
        ((0.4, 350.0), (1.0, 0.0), CALM),
        ((0.4, 350.0), (0.0, 0.0), Wind(speed_mps=0.4, from_deg=350.0)),
        ((2.0, 360.0), (0.0, 0.0), Wind(speed_mps=2.0, from_deg=0.0)),
    ],
)
def test_winds_are_put_in_classes(wind: tuple[float, float], steps: tuple[float, float], expected: Wind) -> None:
    stated = Wind(speed_mps=wind[0], from_deg=wind[1])
    assert in_class(stated, speed_step_mps=steps[0], direction_step_deg=steps[1]) == expected


def test_every_column_has_plausible_limits() -> None:
    assert {unit.column for unit in UNITS.values()} == PLAUSIBLE.keys()

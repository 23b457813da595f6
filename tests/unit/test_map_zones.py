"""Zones of every format close what they say, at the heights and hours that they say, or wider and said."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import shapely

from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.reading import read_layers
from dronesim.exchange.maps.sources import read_sources
from dronesim.exchange.maps.wishes import Wishes
from dronesim.exchange.maps.worded_limits import unread
from dronesim.exchange.maps.zones import zone_features
from dronesim.geometry import LocalFrame

FOOT_M = 0.3048
SQUARE = [[[114.0, 22.5], [114.01, 22.5], [114.01, 22.51], [114.0, 22.51], [114.0, 22.5]]]
JUNE = {"date": dt.date(2026, 6, 21), "time_zone": "Asia/Shanghai"}


def zones_of(path: Path, **wishes: Any) -> tuple[list[dict[str, Any]], Account]:
    account, wished = Account(), Wishes(sources=(), zones=(path,), **wishes)
    found = read_sources(wished, None, account)
    return zone_features(found.zones, taken=Counter(), wishes=wished, account=account), account


def said(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in each["properties"].items() if k not in ("id", "kind")} for each in features]


def ed269(path: Path, volume: dict[str, Any], *periods: dict[str, Any], **members: Any) -> Path:
    shape = {"horizontalProjection": {"type": "Polygon", "coordinates": SQUARE}}
    zone = {"identifier": "Z1", "restriction": "PROHIBITED", **members, "geometry": [{**shape, **volume}]}
    path.write_text(json.dumps({"title": "t", "features": [{**zone, "applicability": list(periods)}]}))
    return path


def ed318(path: Path, layer: dict[str, Any], *periods: dict[str, Any]) -> Path:
    geometry = {"type": "Polygon", "coordinates": SQUARE, "layer": layer}
    properties = {"identifier": "Z2", "type": "REQ_AUTHORIZATION", "limitedApplicability": list(periods)}
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


@pytest.mark.parametrize(
    ("volume", "wishes", "limits"),
    [
        ({"uomDimensions": "M", "lowerLimit": 0, "upperLimit": 120}, {}, {"floor_m": 0.0, "ceiling_m": 120.0}),
        ({"uomDimensions": "FT", "lowerLimit": 200, "upperLimit": 400}, {}, {"floor_m": 60.96, "ceiling_m": 121.92}),
        ({"uomDimensions": "M", "upperLimit": 300, "upperVerticalReference": "AMSL"}, {}, {"floor_m": 0.0}),
        (
            {"uomDimensions": "M", "upperLimit": 300, "upperVerticalReference": "AMSL", "lowerLimit": 150}
            | {"lowerVerticalReference": "AMSL"},
            {"ground_amsl_m": 50.0},
            {"floor_m": 100.0, "ceiling_m": 250.0},
        ),
        ({"uomDimensions": "yards", "upperLimit": 3}, {}, {"floor_m": 0.0}),
        ({"upperLimit": "high"}, {}, {"floor_m": 0.0}),
    ],
)
def test_limits_are_above_ground_or_as_wide_as_they_may_be(
    volume: dict[str, Any], wishes: dict[str, Any], limits: dict[str, Any], tmp_path: Path
) -> None:
    found, _ = zones_of(ed269(tmp_path / "z.json", volume, {"permanent": "YES"}), **wishes)
    assert said(found) == [limits]


def test_a_limit_above_the_sea_without_a_ground_is_told(tmp_path: Path) -> None:
    _, account = zones_of(ed269(tmp_path / "z.json", {"upperLimit": 300, "upperVerticalReference": "AMSL"}))
    assert any("--ground-amsl-m" in note for note in account.notes)


EVENING = {"permanent": "NO", "schedule": [{"day": ["ANY"], "startTime": "20:00:00.00Z", "endTime": "22:00:00.00Z"}]}
WEEKEND = {"permanent": "NO", "schedule": [{"day": ["SAT", "SUN"], "startTime": "08:00", "endTime": "18:00"}]}
NIGHT = {"permanent": "NO", "schedule": [{"day": ["ANY"], "startTime": "22:00", "endTime": "06:00"}]}
DATED = {"permanent": "NO", "startDateTime": "2026-07-01T00:00:00Z", "endDateTime": "2026-08-01T00:00:00Z"}
NOON = {"permanent": "NO", "schedule": [{"startTime": "noon", "endTime": "14:00"}]}
FRIDAY_NIGHT = {"schedule": [{"day": ["FRI"], "startTime": "22:00", "endTime": "02:00"}]}
FRIDAY = {**JUNE, "date": dt.date(2026, 6, 19)}
MONDAY_UTC = {"schedule": [{"day": ["MON"], "startTime": "20:00Z", "endTime": "23:00Z"}]}
CONCERT = {"permanent": "NO", "startDateTime": "2026-06-21T10:00:00Z", "endDateTime": "2026-06-21T15:30:00Z"}
HOLIDAY = {"schedule": [{"day": ["HOLIDAY"], "startTime": "08:00", "endTime": "09:00"}]}
OFFSET = {"schedule": [{"startTime": "08:00+02:00", "endTime": "10:00+02:00"}]}
SUN = {"schedule": [{"day": ["ANY"], "startEvent": "SS", "endEvent": "SR"}]}


@pytest.mark.parametrize(
    ("period", "wishes", "hours"),
    [
        (EVENING, JUNE, [("04:00", "06:00"), ("28:00", "30:00")]),
        (EVENING, {}, [None]),
        (WEEKEND, {**JUNE, "date": dt.date(2026, 6, 20)}, [("08:00", "18:00"), ("32:00", "42:00")]),
        (WEEKEND, JUNE, [("08:00", "18:00")]),
        (WEEKEND, {**JUNE, "date": dt.date(2026, 6, 22)}, []),
        (WEEKEND, {}, [("08:00", "18:00"), ("32:00", "42:00")]),
        (NIGHT, {}, [("00:00", "06:00"), ("22:00", "30:00"), ("46:00", "48:00")]),
        (DATED, JUNE, []),
        (DATED, {**JUNE, "date": dt.date(2026, 7, 15)}, [None]),
        (DATED, {}, [None]),
        (SUN, {}, [None]),
        (NOON, {}, [("00:00", "14:00"), ("24:00", "38:00")]),
        (FRIDAY_NIGHT, FRIDAY, [("22:00", "26:00")]),
        (FRIDAY_NIGHT, {**FRIDAY, "date": dt.date(2026, 6, 20)}, [("00:00", "02:00")]),
        (FRIDAY_NIGHT, JUNE, []),
        (MONDAY_UTC, {**JUNE, "date": dt.date(2026, 6, 22)}, [("28:00", "31:00")]),
        (MONDAY_UTC, {**JUNE, "date": dt.date(2026, 6, 23)}, [("04:00", "07:00")]),
        (CONCERT, JUNE, [("18:00", "23:30")]),
        (CONCERT, {"date": JUNE["date"]}, [None]),
        (CONCERT, {"date": dt.date(2026, 6, 24)}, []),
        (OFFSET, JUNE, [("14:00", "16:00"), ("38:00", "40:00")]),
        (HOLIDAY, JUNE, [("08:00", "09:00"), ("32:00", "33:00")]),
    ],
)
def test_hours_are_of_the_day_or_the_zone_holds_longer(
    period: dict[str, Any], wishes: dict[str, Any], hours: list[Any], tmp_path: Path
) -> None:
    found, _ = zones_of(ed269(tmp_path / "z.json", {"upperLimit": 120}, period), **wishes)
    assert [None if "from" not in each else (each["from"], each["to"]) for each in said(found)] == hours


def test_the_sun_rises_and_sets_as_astral_says(tmp_path: Path) -> None:
    """Shenzhen on the day of midsummer: up at 05:40:14, down at 19:10:52, and to the minute no shorter than that."""
    found, _ = zones_of(ed318(tmp_path / "z.json", {"upper": 120, "uom": "m"}, SUN), **JUNE)
    assert [(each["from"], each["to"]) for each in said(found)] == [
        *(("00:00", "05:41"), ("19:10", "29:41"), ("43:11", "48:00"))
    ]


def test_permission_and_no_restriction_close_nothing_and_are_counted(tmp_path: Path) -> None:
    free = ed269(tmp_path / "a.json", {"upperLimit": 9}, restriction="NO_RESTRICTION")
    assert zones_of(free)[0] == []
    asked = ed269(tmp_path / "b.json", {"upperLimit": 9}, restriction="REQ_AUTHORISATION")
    assert len(zones_of(asked)[0]) == 1
    left, account = zones_of(asked, cleared=frozenset({"REQ_AUTHORISATION"}))
    assert left == []
    assert sum(account.dropped.values()) == 1


def test_a_circle_holds_all_of_its_radius(tmp_path: Path) -> None:
    volume = {"horizontalProjection": {"type": "Circle", "center": [114.0, 22.5], "radius": 500.0}, "upperLimit": 9}
    (found,), _ = zones_of(ed269(tmp_path / "z.json", volume))
    local = shapely.transform(shapely.geometry.shape(found["geometry"]), LocalFrame(114.0, 22.5).to_local)
    assert local.contains(shapely.Point(0, 0).buffer(499.9))
    assert shapely.Point(0, 0).buffer(502).contains(local)


def features(path: Path, *properties: dict[str, Any]) -> Path:
    geometry = {"type": "Polygon", "coordinates": SQUARE}
    listed = [{"type": "Feature", "properties": each, "geometry": geometry} for each in properties]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": listed}, ensure_ascii=False))
    return path


def test_dji_and_faa_polygons_are_closed_above_their_height(tmp_path: Path) -> None:
    dji = features(tmp_path / "dji.geojson", {"name": "机场", "height": 0, "level": 2, "type": 10}, {"height": 60})
    assert said(zones_of(dji)[0]) == [{"floor_m": 0.0}, {"floor_m": 60.0}]
    faa = features(tmp_path / "faa.geojson", {"CEILING": 400, "UNIT": "Feet"}, {"CEILING": 0})
    assert said(zones_of(faa)[0]) == [{"floor_m": round(400 * FOOT_M, 2)}, {"floor_m": 0.0}]


def test_zones_of_one_name_keep_apart(tmp_path: Path) -> None:
    found, _ = zones_of(
        features(tmp_path / "z.geojson", *({"name": "港口\x07", "height": height} for height in (0, 60, 120)))
    )
    assert len({each["properties"]["id"] for each in found}) == 3
    assert all(each["properties"]["id"].isprintable() for each in found)


AIRSPACES = """\
* written by a pilot
AC R
AN Tower R1
AL GND
AH 500 ft AGL
DP 22:30:00 N 114:00:00 E
DP 22:30:00 N 114:01:00 E
DP 22:31:00 N 114:01:00 E

AC CTR
AN Harbour
AL SFC
AH FL 100
V X=22:30.5 N 114:00.5 E
DC 2

AC P
AN Arc
AL 100 m AGL
AH UNL
V D=-
V X=22:30:00 N 114:00:00 E
DB 22:31:00 N 114:00:00 E, 22:30:00 N 113:59:00 E
DA 1,270,180

AC G
AN Open
DP 22:30:00 N 114:00:00 E

AC D
AN Broken
DP somewhere
"""


def test_openair_has_points_circles_and_arcs(tmp_path: Path) -> None:
    (tmp_path / "air.txt").write_text(AIRSPACES)
    found, account = zones_of(tmp_path / "air.txt", ground_amsl_m=48.0)
    assert [each["properties"]["id"] for each in found] == ["Tower R1", "Harbour", "Arc"]
    flight_level_m = round(10_000 * FOOT_M - 48.0, 2)
    assert said(found) == [
        {"floor_m": 0.0, "ceiling_m": 152.4},
        {"floor_m": 0.0, "ceiling_m": flight_level_m},
        {"floor_m": 100.0},
    ]
    circle = shapely.transform(
        shapely.geometry.shape(found[1]["geometry"]), LocalFrame(114 + 0.5 / 60, 22 + 30.5 / 60).to_local
    )
    assert circle.area == pytest.approx(3.1416 * 3704**2, rel=5e-3)
    assert any("Broken is left out: line" in note for note in account.notes)
    assert account.dropped["airspaces of class G, which close nothing by themselves"] == 1


def test_openair_is_told_from_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.air").write_text(AIRSPACES)
    (layer,) = read_layers(tmp_path / "a.air", Account())
    assert layer.form == "OpenAir"


def test_a_limit_that_is_misspelt_is_named() -> None:
    assert unread({"foor_m": 30.0, "ceilng_m": 90.0, "owner": "school", "floor_m": 30.0}, ("floor_m", "ceiling_m")) == [
        "foor_m",
        "ceilng_m",
    ]


NIGHTS = {"permanent": "NO", "schedule": [{"day": ["ANY"], "startTime": "22:00:00", "endTime": "06:00:00"}]}


@pytest.mark.parametrize(
    ("date", "mornings"),
    [
        # put back in the first night: 06:00 is 07:00 for who opens at midnight, 06:00 for who opens after it
        ("2026-10-25", [(0, 7 * 60), (22 * 60, 31 * 60), (46 * 60, 48 * 60)]),
        ("2026-03-29", [(0, 6 * 60), (21 * 60, 30 * 60), (45 * 60, 48 * 60)]),
        # in the second: the morning after comes an hour later, or earlier
        # (or, for who opens after the change at 27:00 or later, not)
        ("2026-10-24", [(0, 6 * 60), (22 * 60, 31 * 60), (46 * 60, 48 * 60)]),
        ("2026-03-28", [(0, 6 * 60), (22 * 60, 30 * 60), (45 * 60, 48 * 60)]),
        ("2026-06-21", [(0, 6 * 60), (22 * 60, 30 * 60), (46 * 60, 48 * 60)]),
    ],
)
def test_hours_of_a_zone_over_a_change_are_those_of_the_days_clock(
    date: str, mornings: list[tuple[int, int]], tmp_path: Path
) -> None:
    wishes = {"date": dt.date.fromisoformat(date), "time_zone": "Europe/Berlin"}
    found, account = zones_of(ed269(tmp_path / "z.json", {}, NIGHTS), **wishes)
    hours = [(minutes_of(each["from"]), minutes_of(each["to"])) for each in said(found)]
    assert hours == mornings
    assert any("clocks change on the date" in note for note in account.notes) == (date[5:7] != "06")


def minutes_of(text: str) -> int:
    return 60 * int(text[:2]) + int(text[3:])

"""Zones of KML and of properties in words; positions of JSON zones with latitude first."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import shapely

from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.latitude_first import exchanged, is_latitude_first
from dronesim.exchange.maps.limits import Height
from dronesim.exchange.maps.sources import read_sources
from dronesim.exchange.maps.wishes import Wishes
from dronesim.exchange.maps.worded_limits import dates_of, lower_of, unread, upper_of
from dronesim.exchange.maps.zones import zone_features

BERLIN = [[52.51, 13.40], [52.51, 13.41], [52.52, 13.41], [52.51, 13.40]]
KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark><name>School</name><ExtendedData><Data name="upper"><value>{upper}</value></Data>
<Data name="from"><value>08:00</value></Data><Data name="to"><value>17:00</value></Data></ExtendedData>
{area}</Placemark>
<Placemark><name>March</name><TimeSpan><begin>2026-03-01</begin><end>2026-04-01</end></TimeSpan>{area}</Placemark>
<Placemark><name>Block</name>{block}</Placemark></Document></kml>"""
RING = "<outerBoundaryIs><LinearRing><coordinates>{}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
PLACES = ("114.0,22.5", "114.01,22.5", "114.01,22.51", "114.0,22.5")
AREA = f"<Polygon>{RING.format(' '.join(PLACES))}"
BLOCK = "<Polygon><extrude>1</extrude><altitudeMode>relativeToGround</altitudeMode>" + RING.format(
    " ".join(f"{place},45" for place in PLACES)
)


def zones_of(
    path: Path, near: tuple[float, float] | None = None, **wishes: Any
) -> tuple[list[dict[str, Any]], Account]:
    account, wished = Account(), Wishes(sources=(), zones=(path,), **wishes)
    if near is not None:
        account.near.append(near)
    found = read_sources(wished, None, account)
    return zone_features(found.zones, taken=Counter(), wishes=wished, account=account), account


def limits(features: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    shown = [{k: v for k, v in each["properties"].items() if k != "kind"} for each in features]
    return {each.pop("id"): each for each in shown}


def test_kml_has_limits_hours_dates_and_extruded_heights(tmp_path: Path) -> None:
    (tmp_path / "z.kml").write_text(KML.format(upper="200 ft AGL", area=AREA, block=BLOCK))
    found, account = zones_of(tmp_path / "z.kml", date=dt.date(2026, 3, 15))
    hours = {"floor_m": 0.0, "ceiling_m": 60.96, "from": "08:00", "to": "17:00"}
    assert limits(found) == {"School": hours, "March": {"floor_m": 0.0}, "Block": {"floor_m": 0.0, "ceiling_m": 45.0}}
    assert any("upper limits of zones are read from upper" in note for note in account.notes)
    later, _ = zones_of(tmp_path / "z.kml", date=dt.date(2026, 7, 1))
    assert set(limits(later)) == {"School", "Block"}


@pytest.mark.parametrize(
    ("stated", "height"),
    [
        ({"lower": "GND"}, None),
        ({"lower": "UNL"}, None),
        ({"lower_limit": 50}, Height(metres=50.0)),
        ({"Lower": "400 ft AMSL"}, Height(metres=121.92, is_above_sea=True)),
        ({"lower": "FL 10"}, Height(metres=304.8, is_above_sea=True)),
        ({"lower": "120", "uom": "FT", "lower_reference": "AMSL"}, Height(metres=36.576, is_above_sea=True)),
        ({"下限": "30米"}, Height(metres=30.0)),
    ],
)
def test_lower_limits_in_words(stated: dict[str, Any], height: Height | None) -> None:
    found = lower_of(stated, "Z", Account())
    assert found == (
        None if height is None else Height(metres=pytest.approx(height.metres), is_above_sea=height.is_above_sea)
    )


@pytest.mark.parametrize(
    "stated", [{"upper": "high"}, {"upper": 3, "uom": "yards"}, {"upper": 3, "upper_reference": "STD"}]
)
def test_what_can_not_be_read_holds_without_a_limit_and_is_told(stated: dict[str, Any]) -> None:
    account = Account()
    assert upper_of(stated, "Z", account) is None
    assert any("its upper limit can't be read" in note for note in account.notes)


def test_dates_that_can_not_be_read_count_as_open_and_are_told() -> None:
    account = Account()
    (period,) = dates_of({"begin": "soon", "end": dt.datetime(2026, 3, 1)}, "Z", account)
    assert (period.first, period.last) == (None, dt.datetime(2026, 3, 1))
    assert account.notes == ["zone Z: its date 'soon' can't be read; it counts as open"]


def test_limits_that_no_rule_reads_are_named() -> None:
    stated = {"name": "x", "ceiling_of_class": 3, "opening hours": "8-17", "upper": 3, "from": "8:00", "extrude": 1}
    assert unread(stated, ("from", "to")) == ["ceiling_of_class", "opening hours"]


def geozones(path: Path, projection: dict[str, Any]) -> Path:
    volume = {"uomDimensions": "M", "upperLimit": 60, "horizontalProjection": projection}
    path.write_text(json.dumps({"features": [{"identifier": "Z", "restriction": "PROHIBITED", "geometry": [volume]}]}))
    return path


@pytest.mark.parametrize(
    "projection",
    [{"type": "Polygon", "coordinates": [BERLIN]}, {"type": "Circle", "center": [52.51, 13.40], "radius": 300}],
)
def test_latitude_first_is_told_by_the_rest_of_the_map_and_put_right(
    projection: dict[str, Any], tmp_path: Path
) -> None:
    path = geozones(tmp_path / "z.json", projection)
    found, account = zones_of(path, near=(13.38, 52.50))
    middle = shapely.geometry.shape(found[0]["geometry"]).centroid
    assert (middle.x, middle.y) == pytest.approx((13.405, 52.513), abs=0.01)
    assert any("positions have latitude first" in note for note in account.notes)


def test_a_file_that_is_right_or_far_in_any_order_stays_as_it_is(tmp_path: Path) -> None:
    content = {"features": [{"geometry": [{"horizontalProjection": {"type": "Polygon", "coordinates": [BERLIN]}}]}]}
    assert is_latitude_first(content, (13.4, 52.5))
    assert not is_latitude_first(exchanged(content), (13.4, 52.5))
    assert not is_latitude_first(content, (114.0, 22.5))
    assert not is_latitude_first(content, None)
    assert is_latitude_first({"center": [31.3, 120.6]}, None)
    assert not is_latitude_first({"center": "here", "features": 3}, (13.4, 52.5))
    assert exchanged(exchanged(content)) == content

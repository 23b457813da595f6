"""Every format says what the tables say: to another program where there is one, else to checks of its form."""

from __future__ import annotations

import json
import re
import sqlite3
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from jsonschema import Draft202012Validator

from export_reading import DEGREE, MIDNIGHT, frame, positions, same_instants, shown

KML = "{http://www.opengis.net/kml/2.2}"
GX = "{http://www.google.com/kml/ext/2.2}"
MILESTONES = ("requested", "departed", "arrived", "landed")


def read_layer(place: Path, layer: str, form: str) -> geopandas.GeoDataFrame:
    """Read a layer as people do who work with maps in Python."""
    if form == "geoparquet":
        return geopandas.read_parquet(place / f"{layer}.parquet")
    with warnings.catch_warnings(action="ignore"):
        # pyogrio says that shapely has no measures
        where = place / f"{layer}.geojson" if form == "geojson" else place
        found: geopandas.GeoDataFrame = pyogrio.read_dataframe(where, layer=layer)
        return found


@pytest.mark.parametrize("form", ["geojson", "geoparquet", "gpkg"])
class TestOfMaps:
    def test_flights_have_the_times_and_ends_of_the_tables(
        self, outputs: dict[str, Path], hostile: Path, form: str
    ) -> None:
        found, legs, places = read_layer(outputs[form], "flights", form), frame(hostile, "legs"), positions(hostile)
        assert found["leg"].tolist() == legs["leg"].tolist()
        for name in MILESTONES:
            assert same_instants(found[name], legs[f"{name}_s"])
            np.testing.assert_array_equal(found[f"{name}_s"].to_numpy(), legs[f"{name}_s"].to_numpy())
        landed = (legs["outcome"] == "landed").to_numpy()
        for column, place in (("from", 0), ("to", -1)):
            begun = landed & (legs["kind"] != "divert").to_numpy() if column == "from" else landed
            ends = np.array([line.coords[place][:2] for line in found.geometry[begun]])
            wanted = np.array([places[shown(name)] for name in legs[column][begun]])
            assert np.abs(ends - wanted).max() <= DEGREE
        assert found.crs.to_string() in {"EPSG:4326", "EPSG:4979", "OGC:CRS84"}
        assert set(found["path"]) == {"flown"}

    def test_sites_and_orders_say_what_the_run_measured(
        self, outputs: dict[str, Path], hostile: Path, form: str
    ) -> None:
        sites, orders = read_layer(outputs[form], "sites", form), read_layer(outputs[form], "orders", form)
        table, places = frame(hostile, "orders"), positions(hostile)
        kpis = json.loads((hostile / "kpis.json").read_text(encoding="utf-8"))
        for kind in ("takeoff_point", "airport"):
            assert sites["on_time"][sites["kind"] == kind].sum() == kpis["service"]["on_time"]
        assert orders["on_time"].sum() == kpis["service"]["on_time"]
        assert orders["order_id"].tolist() == table["order_id"].tolist()
        assert same_instants(orders["delivered"], table["delivered_s"])
        for layer, column in ((sites, "id"), (orders, "community")):
            ends = np.array([(point.x, point.y) for point in layer.geometry])
            assert np.abs(ends - [places[name] for name in layer[column]]).max() <= DEGREE

    def test_zones_have_their_outline_heights_and_hours(
        self, outputs: dict[str, Path], hostile: Path, form: str
    ) -> None:
        zones = read_layer(outputs[form], "zones", form)
        content = json.loads((hostile / "inputs" / "map.geojson").read_text(encoding="utf-8"))
        stated = next(each for each in content["features"] if each["properties"]["kind"] == "no_fly")
        assert shapely.hausdorff_distance(zones.geometry[0], shapely.geometry.shape(stated["geometry"])) <= 2 * DEGREE
        assert zones[["floor_m", "ceiling_m"]].to_numpy().tolist() == [[0.0, 200.0]]
        assert same_instants(zones["begins"], pd.Series([36600.0]))
        assert same_instants(zones["ends"], pd.Series([37200.0]))


def test_geoparquet_names_its_version_and_has_a_time_a_point(outputs: dict[str, Path], hostile: Path) -> None:
    table = pq.read_table(outputs["geoparquet"] / "flights.parquet")
    about = json.loads(table.schema.metadata[b"geo"])
    assert (about["version"], about["primary_column"]) == ("1.1.0", "geometry")
    assert about["columns"]["geometry"]["geometry_types"] == ["LineString Z"]
    assert len(about["columns"]["geometry"]["bbox"]) == 6
    lines = shapely.from_wkb(table["geometry"].to_pylist())
    times = table["path_s"].to_pylist()
    assert [len(each) for each in times] == shapely.get_num_coordinates(lines).tolist()
    assert [each[0] for each in times] == frame(hostile, "legs")["departed_s"].tolist()
    assert str(table.schema.field("departed").type) == "timestamp[ms, tz=Asia/Shanghai]"


def test_points_of_a_geopackage_have_their_time_as_a_measure(outputs: dict[str, Path], hostile: Path) -> None:
    """Read by SQLite and by hand, since shapely has no measures: 8 bytes, the box of 4 or 6 numbers, then the shape."""
    with sqlite3.connect(outputs["gpkg"]) as connection:
        rows = connection.execute("select leg, geom from flights order by leg").fetchall()
    connection.close()
    legs = frame(hostile, "legs").set_index("leg")
    for leg, blob in rows:
        box = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[blob[3] >> 1 & 7]
        shape = blob[8 + box :]
        kind, count = np.frombuffer(shape[1:9], "<u4").tolist()
        points = np.frombuffer(shape[9:], "<f8").reshape(count, 4)
        assert kind == 3002
        assert points[0, 3] == legs["departed_s"][leg]
        assert (np.diff(points[:, 3]) > 0).all()


@pytest.mark.slow
def test_movingpandas_sees_flights_where_they_were_flown(outputs: dict[str, Path], hostile: Path) -> None:
    with warnings.catch_warnings(action="ignore"):
        import movingpandas

        found = movingpandas.read_mf_json(outputs["mf-json"], traj_id_property="trajectory_id")
    legs, flown = frame(hostile, "legs").set_index("leg"), frame(hostile, "flown")
    assert len(found) == len(legs)
    for flight in found:
        leg = int(str(flight.id).removeprefix("flight-"))
        stamps = (flight.df.index.tz_localize("UTC") - MIDNIGHT).total_seconds().to_numpy()
        assert stamps[0] == pytest.approx(legs["departed_s"][leg], abs=1e-6)
        pieces = flown[flown["leg"] == leg].sort_values("t0_s")
        at_s = np.append(pieces["t0_s"], pieces["t1_s"].iloc[-1])
        height_m = np.append(pieces["z0_m"], pieces["z1_m"].iloc[-1])
        fastest_mps = 25.0
        gaps = np.abs(np.interp(stamps, at_s, height_m) - flight.df["height_m"].to_numpy())
        assert gaps.max() <= 0.005 + fastest_mps * 0.0005
    longest = max(found, key=lambda each: each.get_length())
    assert longest.get_length() == pytest.approx(legs["distance_m"].max(), rel=0.02)


def test_packets_of_cesium_move_between_departure_and_landing(outputs: dict[str, Path], hostile: Path) -> None:
    packets = json.loads(outputs["czml"].read_text(encoding="utf-8"))
    assert packets[0]["id"] == "document"
    assert packets[0]["version"] == "1.0"
    assert len({packet["id"] for packet in packets}) == len(packets)
    legs, orders = frame(hostile, "legs"), frame(hostile, "orders")
    flights = [packet for packet in packets if packet["id"].startswith("flight-")]
    assert [flight["properties"]["leg"] for flight in flights] == legs["leg"].tolist()
    assert not any(None in packet.get("properties", {}).values() for packet in packets)
    starts = [flight["position"]["epoch"] for flight in flights]
    assert same_instants(starts, legs["departed_s"])
    for flight, end_s in zip(flights, legs["landed_s"], strict=True):
        samples = np.array(flight["position"]["cartographicDegrees"]).reshape(-1, 4)
        assert samples[0, 0] == 0.0
        assert (np.diff(samples[:, 0]) > 0).all()
        assert samples[0, 3] >= 12.5
        begins, ends = (pd.Timestamp(text) for text in flight["availability"].split("/"))
        assert (ends - begins).total_seconds() == pytest.approx(samples[-1, 0], abs=1e-6)
        if not np.isnan(end_s):
            assert same_instants([ends], pd.Series([end_s]))
    parcels = [packet for packet in packets if packet["id"].startswith("order-")]
    assert len(parcels) == orders["delivered_s"].notna().sum()
    (zone,) = [packet for packet in packets if packet["id"].startswith("zone-")]
    assert zone["availability"] == "2026-06-01T02:10:00.000Z/2026-06-01T02:20:00.000Z"
    assert zone["polygon"]["extrudedHeight"] == 212.5
    assert len(zone["polygon"]["positions"]["cartographicDegrees"]) % 3 == 0


def test_google_earth_gets_tracks_with_a_time_a_point(outputs: dict[str, Path], hostile: Path) -> None:
    tree = ElementTree.parse(outputs["kml"]).getroot()  # noqa: S314
    assert tree.tag == f"{KML}kml"
    folders = {folder.findtext(f"{KML}name"): folder for folder in tree.iter(f"{KML}Folder")}
    counts = {name: len(folder.findall(f"{KML}Placemark")) for name, folder in folders.items()}
    legs, orders = frame(hostile, "legs"), frame(hostile, "orders")
    assert counts == {"sites": 5, "zones": 1, "flights": len(legs), "orders": len(orders)}
    firsts = []
    for track in tree.iter(f"{GX}Track"):
        times = [pd.Timestamp(when.text) for when in track.findall(f"{KML}when")]
        assert len(times) == len(track.findall(f"{GX}coord"))
        assert times == sorted(times)
        assert track.findtext(f"{KML}altitudeMode") == "relativeToGround"
        firsts.append(times[0])
    assert same_instants(firsts, legs["departed_s"])
    names = {place.findtext(f"{KML}name") for place in folders["sites"]} - {None}
    assert names == set(positions(hostile)) & names
    assert len(names) == 5


ORDER = (
    *("name", "visibility", "open", "address", "description", "LookAt", "TimeStamp", "TimeSpan", "styleUrl", "Style"),
    *("Region", "ExtendedData", "Point", "LineString", "Polygon", "MultiGeometry", "Track", "Placemark", "Folder"),
)
"""The elements of a feature in the order in which the schema of KML 2.2 wants them."""
INSIDE = {
    "Track": ("altitudeMode", "when", "coord"),
    "Polygon": ("extrude", "tessellate", "altitudeMode", "outerBoundaryIs", "innerBoundaryIs"),
    "Point": ("extrude", "altitudeMode", "coordinates"),
    "LinearRing": ("coordinates",),
    "TimeSpan": ("begin", "end"),
    "LineStyle": ("color", "colorMode", "width"),
    "PolyStyle": ("color", "colorMode", "fill", "outline"),
    "Style": ("IconStyle", "LabelStyle", "LineStyle", "PolyStyle", "BalloonStyle"),
    "Document": ("name", "visibility", "open", "description", "Style", "Folder"),
    "Folder": ORDER,
    "Placemark": ORDER,
}


def test_elements_of_kml_stand_in_the_order_of_its_schema_and_styles_are_there(outputs: dict[str, Path]) -> None:
    root = ElementTree.parse(outputs["kml"]).getroot()  # noqa: S314
    styles = {f"#{style.get('id')}" for style in root.iter(f"{KML}Style")}
    assert {used.text for used in root.iter(f"{KML}styleUrl")} <= styles
    for element in root.iter():
        wanted = INSIDE.get(element.tag.partition("}")[2])
        if wanted is not None:
            places = [wanted.index(child.tag.partition("}")[2]) for child in element]
            assert places == sorted(places), [child.tag for child in element]
    colors = [found.text or "" for found in root.iter(f"{KML}color")]
    assert all(len(text) == 8 and int(text, 16) >= 0 for text in colors)


def test_intervals_of_czml_lie_within_the_clock_and_colours_are_of_bytes(outputs: dict[str, Path]) -> None:
    head, *packets = json.loads(outputs["czml"].read_text(encoding="utf-8"))
    begins, ends = (pd.Timestamp(text) for text in head["clock"]["interval"].split("/"))
    for packet in packets:
        found = [pd.Timestamp(text) for text in packet.get("availability", head["clock"]["interval"]).split("/")]
        assert begins <= found[0] <= found[1] <= ends
        assert packet.keys() & {"position", "polygon"}
    colours = re.findall(r'"rgba": ?\[([^\]]*)\]', outputs["czml"].read_text(encoding="utf-8"))
    assert colours
    assert all(0 <= int(value) <= 255 for colour in colours for value in colour.split(","))


def test_gdal_reads_the_layers_of_a_kml_file(outputs: dict[str, Path], hostile: Path) -> None:
    with warnings.catch_warnings(action="ignore"):
        found = {name: pyogrio.read_dataframe(outputs["kml"], layer=name) for name in ("sites", "zones", "orders")}
        knows_tracks = "LIBKML" in pyogrio.list_drivers()
        flights = pyogrio.read_dataframe(outputs["kml"], layer="flights" if knows_tracks else "sites")
    orders, flown = frame(hostile, "orders"), read_layer(outputs["gpkg"], "flights", "gpkg")
    assert [len(found[name]) for name in ("sites", "zones", "orders")] == [5, 1, len(orders)]
    assert not knows_tracks or same_instants(found["orders"]["begin"], orders["placed_s"])
    pairs = zip(flights.geometry, flown.geometry, strict=True) if knows_tracks else ()
    for one, other in pairs:
        np.testing.assert_allclose(np.array(one.coords), np.array(other.coords), atol=1e-9)


def test_trips_of_kepler_have_longitude_latitude_height_and_milliseconds(
    outputs: dict[str, Path], hostile: Path
) -> None:
    content = json.loads((outputs["kepler"] / "flights.geojson").read_text(encoding="utf-8"))
    lines = [np.array(feature["geometry"]["coordinates"]) for feature in content["features"]]
    assert all(line.shape[1] == 4 for line in lines)
    firsts = [pd.Timestamp(line[0, 3], unit="ms", tz="UTC") for line in lines]
    assert same_instants(firsts, frame(hostile, "legs")["departed_s"])
    sites = pd.read_csv(outputs["kepler"] / "sites.csv")
    assert {"longitude", "latitude", "share_on_time"} <= set(sites.columns)


def test_a_data_frame_has_the_numbers_of_the_tables(outputs: dict[str, Path], hostile: Path) -> None:
    for name, table in (("orders", "orders"), ("flights", "legs")):
        found, wanted = pd.read_csv(outputs["csv"] / f"{name}.csv"), frame(hostile, table)
        for column in wanted.columns[wanted.dtypes == "float64"]:
            # some versions of pandas read the last digit as its neighbour
            np.testing.assert_allclose(found[column].to_numpy(np.float64), wanted[column].to_numpy(), rtol=1e-14)
    flights = pd.read_csv(outputs["csv"] / "flights.csv")
    counts = [len(times.split()) for times in flights["path_s"]]
    assert counts == shapely.get_num_coordinates(shapely.from_wkt(flights["wkt"].tolist())).tolist()


ALTITUDE: dict[str, Any] = {
    "type": "object",
    "required": ["value", "reference", "units"],
    "properties": {"value": {"type": "number"}, "reference": {"const": "W84"}, "units": {"const": "M"}},
}
TIME: dict[str, Any] = {
    "type": "object",
    "required": ["value", "format"],
    "properties": {
        "value": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
        "format": {"const": "RFC3339"},
    },
}
VERTEX: dict[str, Any] = {
    "type": "object",
    "required": ["lat", "lng"],
    "properties": {name: {"type": "number", "minimum": -180, "maximum": 180} for name in ("lat", "lng")},
}
VOLUME: dict[str, Any] = {
    "type": "object",
    "required": ["volume", "time_start", "time_end"],
    "properties": {
        "volume": {
            "type": "object",
            "required": ["outline_polygon", "altitude_lower", "altitude_upper"],
            "properties": {
                "outline_polygon": {"properties": {"vertices": {"type": "array", "minItems": 3, "items": VERTEX}}},
                "altitude_lower": ALTITUDE,
                "altitude_upper": ALTITUDE,
            },
        },
        "time_start": TIME,
        "time_end": TIME,
    },
}
UUID: dict[str, Any] = {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"}
INTENT: dict[str, Any] = {
    "type": "object",
    "required": ["reference", "details"],
    "properties": {
        "reference": {
            "type": "object",
            "required": [
                *("id", "manager", "uss_availability", "version", "state", "ovn", "time_start", "time_end"),
                *("uss_base_url", "subscription_id"),
            ],
            "properties": {
                "id": UUID,
                "state": {"enum": ["Accepted", "Activated", "Nonconforming", "Contingent"]},
                "uss_availability": {"enum": ["Unknown", "Normal", "Down"]},
                "version": {"type": "integer"},
                "ovn": {"type": "string", "minLength": 16, "maxLength": 128},
                "time_start": TIME,
                "time_end": TIME,
                "subscription_id": UUID,
            },
        },
        "details": {
            "type": "object",
            "required": ["volumes", "off_nominal_volumes", "priority"],
            "properties": {
                "volumes": {"type": "array", "minItems": 1, "items": VOLUME},
                "off_nominal_volumes": {"type": "array", "items": VOLUME},
                "priority": {"type": "integer"},
            },
        },
    },
}


def test_operational_intents_have_the_form_of_the_interface(outputs: dict[str, Path], hostile: Path) -> None:
    content = json.loads(outputs["f3548"].read_text(encoding="utf-8"))
    intents, legs = content["operational_intents"], frame(hostile, "legs")
    assert "not certified" in content["label"]
    assert list(Draft202012Validator({"type": "array", "items": INTENT}).iter_errors(intents)) == []
    assert len({intent["reference"]["id"] for intent in intents}) == len(intents) == len(legs)
    assert same_instants([each["reference"]["time_start"]["value"] for each in intents], legs["departed_s"])
    states = {"landed": "Accepted", "open": "Activated"}
    for intent, outcome in zip(intents, legs["outcome"], strict=True):
        assert intent["reference"]["state"] == states.get(outcome, "Contingent")
        assert bool(intent["details"]["off_nominal_volumes"]) == (outcome not in states)


def test_drones_are_within_the_volumes_of_their_intents_all_the_time(outputs: dict[str, Path]) -> None:
    intents = json.loads(outputs["f3548"].read_text(encoding="utf-8"))["operational_intents"]
    flights = pq.read_table(outputs["geoparquet"] / "flights.parquet").to_pylist()
    for intent, flight in zip(intents, flights, strict=True):
        volumes = intent["details"]["volumes"]
        edges = [(each["time_start"]["value"], each["time_end"]["value"]) for each in volumes]
        assert [end for _, end in edges[:-1]] == [begin for begin, _ in edges[1:]]
        points = np.column_stack(
            [shapely.get_coordinates(shapely.from_wkb(flight["geometry"]), include_z=True), flight["path_s"]]
        )
        for volume, (begin, end) in zip(volumes, edges, strict=True):
            since_s = [(pd.Timestamp(text) - MIDNIGHT).total_seconds() for text in (begin, end)]
            inside = points[(points[:, 3] >= since_s[0] - 1e-6) & (points[:, 3] <= since_s[1] + 1e-6)]
            outline = shapely.Polygon(
                [(each["lng"], each["lat"]) for each in volume["volume"]["outline_polygon"]["vertices"]]
            )
            assert shapely.contains_xy(outline, inside[:, 0], inside[:, 1]).all()
            low_m, high_m = (volume["volume"][f"altitude_{end}"]["value"] - 12.5 for end in ("lower", "upper"))
            assert (inside[:, 2] >= low_m - 0.01).all()
            assert (inside[:, 2] <= high_m + 0.01).all()

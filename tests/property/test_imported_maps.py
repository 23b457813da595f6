"""What `import map` writes, `validate` accepts: always. Of odd files that are drawn, an import refuses or holds."""

from __future__ import annotations

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import call
from exploring import examples

pytestmark = pytest.mark.slow

CENTRES = st.sampled_from(
    [(114.05, 22.54)] * 6 + [(0.0, 0.0), (180.0, -17.5), (-179.999, 10.0), (20.0, 84.99), (20.0, 89.9), (5.0, -85.0)]
)
TEXTS = st.sampled_from(
    [
        "",
        " ",
        "A",
        "机场 1",
        "مطار",
        "🚁",
        "a" * 300,
        "\x1b[31m",
        "\ud800",
        "x\u202ey",
        "\n",
        "=1+1",
        "NaN",
        "7.5",
        "../..",
    ]
)
ODD = st.one_of(
    st.sampled_from(
        [None, True, 0, -1, 3, 2.0, 1e300, -1e9, 10**400, math.nan, math.inf, [], {}, ["a"], {"a": {"b": 1}}]
    ),
    TEXTS,
    st.sampled_from(["12 m", "12,5", "40'", "-3", "8", "high", "1e5", "GND", "FL65", "400 ft AMSL"]),
)
HOURS = st.sampled_from([None, "08:00", "22:00", "24:00", "47:59", "48:00", "49:00", "25:99", "8", 8, "x", "00:00"])
SIZES_M = st.sampled_from([0.0, 1e-4, 0.5, 20.0, 20.0, 20.0, 300.0, 5e4, 2e7])
DEGREE_M = 111_320.0


def square(lon: float, lat: float, size: float) -> list[list[float]]:
    return [[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]


def drawn_shape(draw: Any, lon: float, lat: float, size: float) -> Any:
    ring = square(lon, lat, size)
    return draw(
        st.sampled_from(
            [
                *[{"type": "Polygon", "coordinates": [ring]}] * 4,
                *[{"type": "Point", "coordinates": [lon, lat]}] * 4,
                {"type": "Polygon", "coordinates": [ring[::-1]]},
                {"type": "Polygon", "coordinates": [ring[:-1]]},
                {"type": "Polygon", "coordinates": [[ring[0], ring[2], ring[1], ring[3], ring[0]]]},
                {"type": "Polygon", "coordinates": [[[*place, 12.0] for place in ring]]},
                {"type": "Polygon", "coordinates": [ring, square(lon + size / 4, lat + size / 4, size / 2)]},
                {"type": "Polygon", "coordinates": []},
                {"type": "MultiPolygon", "coordinates": [[ring], [ring]]},
                {"type": "MultiPoint", "coordinates": ring[:2]},
                {"type": "LineString", "coordinates": ring},
                {"type": "MultiLineString", "coordinates": [ring[:2], ring[1:3]]},
                {"type": "Point", "coordinates": [lat, lon]},
                {"type": "Point", "coordinates": [0, 0]},
                {"type": "Point", "coordinates": [math.nan, lat]},
                {"type": "Point", "coordinates": []},
                {
                    "type": "GeometryCollection",
                    "geometries": [
                        {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "coordinates": [ring]}]}
                    ],
                },
                None,
            ]
        )
    )


@st.composite
def features(draw: Any, lon: float, lat: float) -> dict[str, Any]:
    """A feature of any kind around a place, with what such features say, and odd things among it."""
    x, y = (draw(st.floats(-800.0, 800.0)) / DEGREE_M for _ in range(2))
    size = draw(SIZES_M) / DEGREE_M
    kinds = ["building"] * 4 + ["no_fly"] * 2 + ["airport", "takeoff_point", "merchant", "community"]
    kind = draw(st.sampled_from([*kinds, "airway", "place", "people", "link_area", None, "helipad"]))
    names = ["id", "name", "height", "height_m", "floor_m", "ceiling_m", "pads", "boxes", "weight", "airport", "zone"]
    said = draw(
        st.dictionaries(st.sampled_from([*names, "lower", "upper", "padz", "levels_m", "tags"]), ODD, max_size=3)
    )
    hours = {name: draw(HOURS) for name in ("from", "to")} if kind == "no_fly" else {}
    needed = {"building": "yes", "height": draw(ODD)} if kind in ("building", None) else {}
    ours = {} if kind is None else {"kind": kind, "people_per_km2": 3} if kind == "people" else {"kind": kind}
    geometry = drawn_shape(draw, (lon + x + 180) % 360 - 180, lat + y, size)
    return {"type": "Feature", "properties": {**needed, **hours, **said, **ours}, "geometry": geometry}


@st.composite
def sources(draw: Any) -> dict[str, Any]:
    lon, lat = draw(CENTRES)
    listed = draw(st.lists(features(lon, lat), min_size=1, max_size=8))
    homes = [
        {"type": "Feature", "properties": {"building": "yes"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for ring in (square(lon - 0.002 * n, lat, 2e-4) for n in range(1, 4))
    ]
    return {"type": "FeatureCollection", "features": homes + listed if draw(st.booleans()) else listed}


@examples(60)
@given(source=sources())
def test_an_import_of_anything_is_refused_with_a_word_or_validates(source: dict[str, Any]) -> None:
    # its picture, which nobody looks at here, takes longer than all the rest
    picture = "dronesim.report.import_picture.write_import_picture"
    with TemporaryDirectory() as folder, mock.patch(picture):
        path, out = Path(folder) / "drawn.geojson", Path(folder) / "out"
        path.write_text(json.dumps(source), encoding="utf-8")
        said = call("import", "map", path, "--airports", 2, "--takeoff-points", 2, "--out", out)
        assert said.code in (0, 2), said.err
        assert "defect" not in said.err
        if said.code == 2:
            assert said.err.startswith("error: ")
            assert not out.exists()
            return
        assert said.out.isprintable() or all(line.isprintable() for line in said.out.splitlines())
        checked = call("validate", out / "scenario.toml")
        assert checked.code == 0, checked.err

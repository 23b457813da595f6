"""`validate` says and draws what it read of a map; `schema map` and `new map --template` show how one is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from command import TINY, call, tiny_map


def test_validate_says_how_much_it_read_and_where_on_earth_it_is() -> None:
    said = call("validate", TINY)
    (line,) = [line for line in said.out.splitlines() if line.startswith("map: ")]
    assert line.startswith("map: 2 take-off points, 3 airports, ")
    where = said.out.partition(line)[2].splitlines()[1]
    assert "22.72" in where
    assert "noon there is about 4.4 h UTC" in where
    content = json.loads(call("validate", TINY, "--json").out)["map"]
    kinds = [feature["properties"]["kind"] for feature in tiny_map()["features"]]
    assert content["buildings"] == kinds.count("building")
    assert content["zones"] == kinds.count("no_fly")
    west, south, east, north = content["extent"]
    assert west < 114.25 < east
    assert south < 22.72 < north


def test_validate_draws_the_map(tmp_path: Path) -> None:
    assert call("validate", TINY, "--picture", tmp_path / "map.png").code == 0
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    refused = call("validate", TINY, "--picture", tmp_path / "map.pdf")
    assert refused.code == 2
    assert "must name a file that ends in .png" in refused.err


def test_the_schema_of_maps_takes_what_the_program_takes_and_refuses_what_it_refuses(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(call("schema", "map").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema)
    assert call("new", "map", tmp_path / "mine.geojson", "--template").code == 0
    for content in (tiny_map(), json.loads((tmp_path / "mine.geojson").read_text(encoding="utf-8"))):
        valid.validate(content)
    content = tiny_map()
    content["features"][0]["properties"]["kind"] = "helipad"
    assert not valid.is_valid(content)


def test_the_template_of_a_map_is_one_that_validates(tmp_path: Path) -> None:
    assert call("new", "map", tmp_path / "mine.geojson", "--template").code == 0
    text = TINY.read_text(encoding="utf-8").replace("tiny.geojson", "mine.geojson")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    said = call("validate", tmp_path / "mine.toml")
    assert said.code == 0, said.err
    assert "map: 1 take-off point, 2 airports" in said.out


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"lowerLimit": 0, "upperLimit": 60, "uomDimensions": "M"}, ["lowerLimit, upperLimit, uomDimensions"]),
        ({"height": 0}, ["not used: height;"]),
        ({"floor_m": 0.0, "height": 3}, []),
        ({"name": "Port"}, []),
    ],
)
def test_limits_of_another_format_are_told(stated: dict[str, Any], said: list[str], tmp_path: Path) -> None:
    content = tiny_map()
    square = [[114.30, 22.76], [114.31, 22.76], [114.31, 22.77], [114.30, 22.77], [114.30, 22.76]]
    properties = {"id": "Z9", "kind": "no_fly", **stated}
    geometry = {"type": "Polygon", "coordinates": [square]}
    content["features"].append({"type": "Feature", "properties": properties, "geometry": geometry})
    (tmp_path / "tiny.geojson").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "tiny.toml").write_text(TINY.read_text(encoding="utf-8"), encoding="utf-8")
    found = [line for line in call("validate", tmp_path / "tiny.toml").err.splitlines() if "look like limits" in line]
    assert len(found) == len(said)
    assert all(words in line for words, line in zip(said, found, strict=True))

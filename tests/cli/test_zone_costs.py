"""`bottlenecks --zones` runs the same days without each no-fly zone, and says what each costs."""

from __future__ import annotations

import json
from pathlib import Path

from command import TINY, call, tiny_map


def write(folder: Path, *, zones: bool) -> Path:
    """The tiny network with one zone between its sites that closes all levels, and one that is out of the way."""
    content = tiny_map()
    content["features"] = [
        each for each in content["features"] if each["properties"]["kind"] not in ("building", "no_fly")
    ]
    for name, west, north in (("wall", 114.244, 22.7252), ("away", 114.30, 22.75)) if zones else ():
        ring = [[west, north - 0.001], [west + 0.03, north - 0.001], [west + 0.03, north], [west, north]]
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        content["features"].append(
            {"type": "Feature", "properties": {"id": name, "kind": "no_fly"}, "geometry": geometry}
        )
    (folder / "tiny.geojson").write_text(json.dumps(content), encoding="utf-8")
    (folder / "tiny.toml").write_text(TINY.read_text(encoding="utf-8"), encoding="utf-8")
    return folder / "tiny.toml"


def test_a_zone_in_the_way_costs_and_one_out_of_the_way_costs_nothing(tmp_path: Path) -> None:
    options = ("--zones", "--replications", 2, "--workers", 1, "--json", "--out", tmp_path / "out")
    said = call("bottlenecks", write(tmp_path, zones=True), *options)
    assert said.code == 0, said.err
    gains = {each["resource"]: each for each in json.loads(said.out)["gains"]}
    assert gains["without zone away"]["gain"]["mean"] == 0.0
    assert gains["without zone wall"]["gain"]["mean"] > 0.0
    assert gains["without zone wall"]["is_rule"] is True


def test_a_map_without_a_zone_is_told(tmp_path: Path) -> None:
    said = call("bottlenecks", write(tmp_path, zones=False), "--zones", "--replications", 2, "--out", tmp_path / "out")
    assert said.code == 2
    assert "the map has no no-fly zone" in said.err

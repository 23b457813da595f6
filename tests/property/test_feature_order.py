"""Random small maps whose features are shuffled: every table of a day is the same, cell by cell."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_map, load_scenario
from dronesim.simulation import simulate
from exploring import examples

CELL_DEG = 0.004
"""About 400 m: each cell holds one thing at most, so that every map is legal; a lattice has routes of equal length."""
CELLS = 7
LOW_M, TALL_M = 30.0, 90.0

Feature = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A random map and how its day is run."""

    features: tuple[Feature, ...]
    structure: str
    has_trace: bool


def feature(kind: str, shape: str, coordinates: Any, **properties: Any) -> Feature:
    return {
        "type": "Feature",
        "properties": {"kind": kind, **properties},
        "geometry": {"type": shape, "coordinates": coordinates},
    }


def square(middle: tuple[float, float], *, half_deg: float = 0.0006) -> list[list[list[float]]]:
    lon, lat = middle
    signs = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    return [[[round(lon + x * half_deg, 7), round(lat + y * half_deg, 7)] for x, y in signs]]


def points(cells: list[tuple[float, float]], kind: str, names: tuple[str, ...], **properties: Any) -> list[Feature]:
    return [feature(kind, "Point", list(cells.pop()), id=name, **properties) for name in names]


@st.composite
def places(draw: st.DrawFn) -> Place:
    """Sites, customers, and obstacles and airways of which some have no id, some stand there twice."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    structure = draw(st.sampled_from(["free", "airways"]))
    numbers = rng.permutation(CELLS**2)
    cells = [(round(114.0 + CELL_DEG * (n % CELLS), 7), round(22.6 + CELL_DEG * (n // CELLS), 7)) for n in numbers]
    found = points(cells, "takeoff_point", ("T2", "T10")) + points(cells, "airport", ("A", "c", "B"))
    sites = [place["geometry"]["coordinates"] for place in found]
    found += points(cells, "merchant", ("m10", "m9", "m1"), preparation_min=3.0) + points(cells, "merchant", ("m2",))
    found += points(cells, "community", ("k3", "k1", "k20", "k2"))
    height_m = TALL_M if structure == "free" else LOW_M
    for number in range(draw(st.integers(0, 8))):
        names = {"id": f"b{number}"} if number % 2 else {}
        found.append(feature("building", "Polygon", square(cells.pop()), height_m=height_m + number, **names))
    found += [feature("no_fly", "Polygon", square(cells.pop()), **{"from": "10:20", "ceiling_m": 30.0}) for _ in "ab"]
    for one, other in zip(sites, sites[1:] + sites[:2], strict=False):
        found.append(feature("airway", "LineString", [one, [round(one[0] + 0.002, 7), one[1]], other]))
        found.append(feature("airway", "LineString", [other, one], headway_s=float(rng.integers(1, 9))))
        found.append(feature("airway", "LineString", [other, one], headway_s=20.0))
    return Place(features=tuple(found), structure=structure, has_trace=draw(st.booleans()))


def day(place: Place, order: list[int], folder: Path) -> dict[str, Any]:
    """Simulate the day of a map whose features stand in some order."""
    features = [place.features[number] for number in order]
    (folder / "map.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    rows = [f"o{n},10:{n:02d}:00,m{(1, 2, 9, 10)[n % 4]},k{(1, 2, 3, 20)[n % 3]}" for n in range(25)]
    (folder / "trace.csv").write_text("\n".join(["order_id,placed,merchant,community", *rows]) + "\n")
    model = 'model = "trace"\nfile = "trace.csv"' if place.has_trace else 'orders = 30\nprofile = "flat"'
    (folder / "s.toml").write_text(
        f'name = "order"\nmap = "map.geojson"\n[horizon]\nend = "11:00"\n[demand]\n{model}\n[fleet]\ndrones = 4\n'
        f'[airspace]\nstructure = "{place.structure}"\nmode = "headway"\nlevels_m = [60.0, 90.0]\n'
    )
    outcome = simulate(prepare(set_up(load_scenario(folder / "s.toml"))))
    assert len(outcome.tables["legs"]["leg"]) > 0
    return {name: {column: table[column].tolist() for column in table} for name, table in outcome.tables.items()}


@examples(25)
@given(place=places(), data=st.data())
def test_the_order_of_features_changes_no_cell_of_any_table(place: Place, data: st.DataObject) -> None:
    numbers = list(range(len(place.features)))
    shuffled = data.draw(st.permutations(numbers))
    with tempfile.TemporaryDirectory() as folder:
        given_order = day(place, numbers, Path(folder))
        assert repr(day(place, shuffled, Path(folder))) == repr(given_order)
        assert repr(day(place, numbers[::-1], Path(folder))) == repr(given_order)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_problem_names_the_line_of_its_feature_wherever_it_stands(tmp_path: Path, *, is_reversed: bool) -> None:
    zone = feature("no_fly", "Polygon", square((114.0, 22.6)), id="z")
    features = [
        *points([(114.0, 22.6)], "takeoff_point", ("T1",)),
        *points([(114.01, 22.6), (114.0, 22.61)], "airport", ("A2", "A1")),
        zone,
    ]
    features = features[::-1] if is_reversed else features
    text = ",\n".join(json.dumps(one) for one in features)
    (tmp_path / "map.geojson").write_text(f'{{"type": "FeatureCollection", "features": [\n{text}\n]}}')
    with pytest.raises(InputError) as caught:
        load_map(tmp_path / "map.geojson", needs_customers=False)
    (problem,) = caught.value.problems
    assert (problem.key, problem.line) == ("T1", 5 if is_reversed else 2)

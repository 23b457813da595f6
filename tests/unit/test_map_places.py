"""Sites, merchants and demand come from tables as people keep them; what is turned or left out is said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from dronesim.errors import InputError
from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.demand import community_features, floor_area, population
from dronesim.exchange.maps.heights import raise_building
from dronesim.exchange.maps.sites import site_features
from dronesim.exchange.maps.tables import read_places
from dronesim.exchange.maps.wishes import Wishes
from dronesim.geometry import LocalFrame

NONE = Wishes(sources=())
NEAR = np.array([114.05, 22.54])


def places(path: Path, near: Any = NEAR, **wishes: Any) -> tuple[list[tuple[float, float]], Account]:
    account = Account()
    rows = read_places(path, Wishes(sources=(), **wishes), account, near=near)
    return [(row.lon, row.lat) for row in rows], account


@pytest.mark.parametrize(
    "text",
    [
        "name,lat,lon\na,22.54,114.05\n",
        "LONGITUDE,name,Latitude\n114.05,a,22.54\n",
        "\ufeffname;Breite;Länge\na;22,54;114,05\n",
        "name\ty\tx\na\t22.54\t114.05\n",
        "名称,经度,纬度\n店,114.05,22.54\n",
        "name,lat,lon\na,114.05,22.54\n",
        'name,coordinates\na,"22.54, 114.05"\n',
        "name,wkt\na,POINT (114.05 22.54)\n",
        "\n\nname|lat|lon\na|22.54|114.05\n||\n",
    ],
)
def test_a_table_is_read_in_the_ways_people_write_it(text: str, tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16", "gb18030") if "店" in text else ("utf-8",):
        (tmp_path / "t.csv").write_text(text, encoding=encoding)
        assert places(tmp_path / "t.csv")[0] == [(114.05, 22.54)]


def test_a_workbook_of_openpyxl_and_a_csv_of_pandas_read_alike(tmp_path: Path) -> None:
    openpyxl, pandas = pytest.importorskip("openpyxl"), pytest.importorskip("pandas")
    book = openpyxl.Workbook()
    sheet = book.create_sheet("sites")
    for row in (
        ["id", "kind", "lat", "lng", "boxes"],
        [7, "airport", 22.54, 114.05, 20],
        [8, "hub", 22.55, 114.06, None],
    ):
        sheet.append(row)
    book.save(tmp_path / "sites.xlsx")
    pandas.read_excel(tmp_path / "sites.xlsx", sheet_name="sites").to_csv(tmp_path / "sites.csv")
    found = []
    for name in ("sites.xlsx", "sites.csv"):
        rows = read_places(tmp_path / name, NONE, Account(), near=NEAR)
        found.append(site_features(tmp_path / name, rows, taken=Counter(), account=Account()))
    assert found[0] == found[1]
    assert [each["properties"] for each in found[0]] == [
        {"id": "7", "kind": "airport", "boxes": 20},
        {"id": "8", "kind": "takeoff_point"},
    ]


def test_exchanged_positions_are_put_right_and_said_where_both_are_legal_too(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("lat,lon\n4.9,52.37\n52.38,4.91\n")
    found, account = places(tmp_path / "t.csv", near=np.array([4.9, 52.37]))
    assert found == [(4.9, 52.37), (4.91, 52.38)]
    assert any("swapped in 1 of 2 rows" in note for note in account.notes)


def test_a_row_without_a_position_is_left_out_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("lat,lon\n22.54,114.05\n,\nx,y\n0,0\n22.55,114.06\n")
    found, account = places(tmp_path / "t.csv")
    assert len(found) == 2
    assert any("line 4, 5" in note for note in account.notes)


def test_a_table_in_gcj02_is_brought_back(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("lat,lon\n22.53726750,114.05510328\n")
    ((lon, lat),), _ = places(tmp_path / "t.csv", datum={"t.csv": "gcj02"})
    assert (lon, lat) == pytest.approx((114.05, 22.54), abs=1e-7)


HOSTILE = {
    "empty.csv": b"",
    "header.csv": b"lat,lon\n",
    "names.csv": b"a,b\n1,2\n",
    "twice.csv": b"lat,lat,lon\n1,2,3\n",
    "metres.csv": b"lat,lon\n2493000,500000\n",
    "nul.csv": b"lat,lon\n\x00\x00,1\n",
    "bytes.csv": b"\xff\xfe\x00",
    "latin.csv": b"na\xefve,b\n1,2\n",
    "return.csv": b"\xe9a\rb,lat\n1,2\n",
    "quote.csv": b'lat,lon\n"1,2\n',
    "nothing.csv": b"lat,lon\nx,y\n",
    "huge.csv": b"lat,lon\n1e999,1\n",
    "fake.xlsx": b"PK\x03\x04 nothing",
    "text.xlsx": b"lat,lon\n1,2\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_table_is_refused_with_its_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name])
    with pytest.raises(InputError, match=name.split(".")[0]) as told:
        places(tmp_path / name)
    assert len(str(told.value)) < 500


def test_sites_that_do_not_say_what_they_are_are_refused_unless_their_file_does(tmp_path: Path) -> None:
    for name, is_fine in (("places.csv", False), ("airports.csv", True), ("takeoff_points.csv", True)):
        (tmp_path / name).write_text("name,lat,lon\nA,22.54,114.05\nA,22.55,114.05\n")
        rows = read_places(tmp_path / name, NONE, Account(), near=None)
        if is_fine:
            found = site_features(tmp_path / name, rows, taken=Counter(), account=Account())
            assert len({each["properties"]["id"] for each in found}) == 2
        else:
            with pytest.raises(InputError, match="a column kind"):
                site_features(tmp_path / name, rows, taken=Counter(), account=Account())


# demand


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_raster_of_rasterio_and_points_of_pandas_give_the_people_where_they_are(tmp_path: Path) -> None:
    rasterio, pandas = pytest.importorskip("rasterio"), pytest.importorskip("pandas")
    transform = rasterio.transform.from_origin(114.0, 22.6, 0.01, 0.01)
    people = np.array([[0, 10, -9], [5, 0, 0]], dtype=np.float32)
    profile = {"driver": "GTiff", "width": 3, "height": 2, "count": 1, "dtype": "float32", "nodata": -9}
    with rasterio.open(tmp_path / "p.tif", "w", crs="EPSG:4326", transform=transform, **profile) as raster:
        raster.write(people, 1)
    lonlat, weight = population(tmp_path / "p.tif", NONE, Account(), near=None, clip=None)
    assert dict(zip(map(tuple, lonlat.round(6).tolist()), weight.tolist(), strict=True)) == {
        (114.015, 22.595): 10.0,
        (114.005, 22.585): 5.0,
    }
    table = pandas.DataFrame({"lng": lonlat[:, 0], "lat": lonlat[:, 1], "Population": weight})
    table.to_csv(tmp_path / "p.csv", index=False)
    again, people_again = population(tmp_path / "p.csv", NONE, Account(), near=None, clip=None)
    assert np.allclose(again, lonlat)
    assert people_again.tolist() == weight.tolist()
    clipped, _ = population(
        tmp_path / "p.tif", NONE, Account(), near=None, clip=shapely.box(114.011, 22.591, 114.019, 22.599)
    )
    assert len(clipped) == 1


def test_a_raster_without_a_system_and_one_that_is_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tif").write_bytes(b"II*\x00 no")
    with pytest.raises(InputError, match=r"x\.tif"):
        population(tmp_path / "x.tif", NONE, Account(), near=None, clip=None)
    with pytest.raises(InputError, match="is not there"):
        population(tmp_path / "y.tif", NONE, Account(), near=None, clip=None)


def test_demand_is_gathered_by_squares_and_none_is_lost() -> None:
    frame = LocalFrame(114.05, 22.54)
    rng = np.random.default_rng(1)
    lonlat = frame.to_lonlat(rng.uniform(-500, 500, (300, 2)))
    found = community_features(lonlat, np.ones(300), frame, taken=Counter())
    assert len(found) == 16
    assert sum(each["properties"]["weight"] for each in found) == pytest.approx(300)


def test_floor_area_counts_storeys_of_homes_only() -> None:
    frame = LocalFrame(114.05, 22.54)
    shape = shapely.transform(shapely.box(0, 0, 10, 20), frame.to_lonlat)
    tags: list[dict[str, Any]] = [{"building": "apartments"}, {"building": "office"}, {}]
    buildings = [(raise_building(shape, each, field=None, account=Account()), 30.0) for each in tags]
    _, area = floor_area(buildings, frame)
    assert area.tolist() == pytest.approx([2000.0, 2000.0], rel=0.01)

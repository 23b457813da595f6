"""Where demand comes from: population, floor area or past orders, gathered into communities by squares."""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.exchange.features import point
from dronesim.exchange.footprints import STOREY_M
from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.extra import needed
from dronesim.exchange.maps.globe import wrapped
from dronesim.exchange.maps.heights import Raised
from dronesim.exchange.maps.items import find_name
from dronesim.exchange.maps.lengths import number
from dronesim.exchange.maps.tables import Row, read_places
from dronesim.exchange.maps.wishes import CELL_M, Wishes
from dronesim.geometry.projection import LocalFrame

Floats = NDArray[np.float64]

PEOPLE: Final = (
    *(
        "population",
        "pop",
        "people",
        "residents",
        "inhabitants",
        "households",
        "einwohner",
        "habitants",
        "人口",
        "value",
    ),
    *("pop_total", "tot_pop", "persons", "z"),
)
RASTERS: Final = (".tif", ".tiff", ".asc", ".vrt")
MOST_PEOPLE: Final = 1e9
"""More people than this at one place are a slip of the pen."""
MOST_CELLS: Final = 100_000_000
HOMES: Final = frozenset(
    {
        *("yes", "residential", "apartments", "house", "detached", "semidetached_house", "terrace", "dormitory"),
        *("bungalow", "farm", "static_caravan"),
    }
)
"""Values of ``building`` that count as homes; ``yes`` says nothing and counts too (E, an assumption)."""


def population(path: Path, wishes: Wishes, account: Account, *, near: Any, clip: Any) -> tuple[Floats, Floats]:
    """Read people by place: degrees ``(n, 2)`` and their numbers ``(n,)``, of a raster or of a table or map."""
    if path.suffix.casefold() in RASTERS:
        return _of_raster(path, account, clip)
    rows = read_places(path, wishes, account, near=near)
    columns = dict.fromkeys(column for row in rows for column in row.properties)
    name = find_name(columns, PEOPLE)
    if name is None:
        rule = "has no column of people; call it population"
        raise refuse(path, rule, key="columns", value=list(columns)[:20])
    account.note(f"{path.name}: people are read from {name}")
    read = [number(row.properties.get(name)) for row in rows]
    people = [0.0 if each is None else min(max(0.0, each), MOST_PEOPLE) for each in read]
    changed = sum(each != found for each, found in zip(read, people, strict=True))
    account.repaired[
        f"places of {path.name} with no number of people from 0 to {MOST_PEOPLE:g}, taken as the nearest"
    ] += changed
    return np.array([(row.lon, row.lat) for row in rows]).reshape(-1, 2), np.array(people)


def orders(rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Count each past order once, where it went."""
    return np.array([(row.lon, row.lat) for row in rows]), np.ones(len(rows))


def floor_area(buildings: Sequence[tuple[Raised, float]], frame: LocalFrame) -> tuple[Floats, Floats]:
    """Give the floor area of homes, in square metres, at a point of each: footprint x height over that of a storey."""
    homes = [(each, height) for each, height in buildings if is_home(each)]
    if not homes:
        return np.empty((0, 2)), np.empty(0)
    metres = np.cos(np.radians(frame.lat)) * np.square(_DEGREE_M)
    places = [each.shape.representative_point() for each, _ in homes]
    area = [each.shape.area * metres * max(1.0, round(height / STOREY_M)) for each, height in homes]
    return np.array([(place.x, place.y) for place in places]), np.array(area)


_DEGREE_M: Final = 111_320.0
"""Metres of a degree, near enough for shares."""


def is_home(building: Raised) -> bool:
    """Tell whether somebody may live in a building, as far as its tags say."""
    return not building.is_part and str(building.properties.get("building", "yes")) in HOMES


def community_features(lonlat: Floats, weight: Floats, frame: LocalFrame, *, taken: Counter[str]) -> list[Any]:
    """Gather demand into one community a square of 250 m, at the mean of its demand."""
    xy = frame.to_local(lonlat)
    cells, cell = np.unique(np.floor(xy / CELL_M).astype(np.int64), axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    total = np.bincount(cell, weights=weight, minlength=len(cells))
    middle = np.stack([np.bincount(cell, weights=weight * xy[:, k], minlength=len(cells)) for k in (0, 1)], axis=1)
    held = np.flatnonzero(total > 0.0)
    places = wrapped(frame.to_lonlat(middle[held] / total[held, None]))
    names = (name for name in (f"C{n:03}" for n in itertools.count(1)) if name not in taken)
    return [
        point(place, id=name, kind="community", weight=round(float(share), 3))
        for place, share, name in zip(places, total[held], names, strict=False)
        if share >= _LEAST
    ]


_LEAST: Final = 0.001


def _of_raster(path: Path, account: Account, clip: Any) -> tuple[Floats, Floats]:
    """Read the cells of a raster of people, those within the clip, each at its middle."""
    rasterio, warp = needed("rasterio"), needed("rasterio.warp")
    if not path.is_file():
        raise refuse(path, "is not there")
    try:
        with warnings.catch_warnings(action="ignore"), rasterio.open(path) as raster:
            if raster.crs is None:
                raise refuse(path, "the raster names no coordinate system; write one into it")
            window = _window(raster, rasterio, warp, clip)
            if window.width * window.height > MOST_CELLS:
                raise refuse(path, f"has more than {MOST_CELLS:,} cells here; state --bbox or --around")
            cells = raster.read(1, window=window, masked=True)
            rows, columns = np.nonzero(~np.ma.getmaskarray(cells) & (cells.filled(0) > 0))
            values = cells.filled(0)[rows, columns].astype(np.float64)
            x, y = rasterio.transform.xy(raster.window_transform(window), rows, columns)
            lon, lat = warp.transform(raster.crs, "OGC:CRS84", list(x), list(y))
    except (rasterio.errors.RasterioError, rasterio.errors.WindowError, OSError, ValueError) as error:
        raise refuse(path, f"can't be read as a raster: {str(error).splitlines()[0]}") from error
    lonlat = np.column_stack([lon, lat]).astype(np.float64).reshape(-1, 2)
    account.sources.append(f"{path.name}: raster, {len(values):,} cells with people")
    is_fine = np.isfinite(lonlat).all(axis=1) & np.isfinite(values)
    return lonlat[is_fine], values[is_fine]


def _window(raster: Any, rasterio: Any, warp: Any, clip: Any) -> Any:
    whole = rasterio.windows.Window(0, 0, raster.width, raster.height)
    if clip is None:
        return whole
    bounds = warp.transform_bounds("OGC:CRS84", raster.crs, *clip.bounds)
    return raster.window(*bounds).round_offsets().round_lengths().intersection(whole)

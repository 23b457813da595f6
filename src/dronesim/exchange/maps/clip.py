"""The part of the Earth that an import keeps: a box, a circle or a polygon of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.circles import circle
from dronesim.exchange.maps.globe import cut_at_180
from dronesim.exchange.maps.items import Item
from dronesim.exchange.maps.lengths import number
from dronesim.exchange.maps.reading import read_layers
from dronesim.exchange.maps.systems import to_wgs84
from dronesim.exchange.maps.wishes import Wishes

MOST_KM: Final = 100.0


def clip_of(wishes: Wishes) -> Any:
    """Give the polygon in degrees within which things are kept; None for all.

    Raises
    ------
    InputError
        More than one is stated, or one that can't be read.
    """
    stated = [name for name, value in _stated(wishes).items() if value is not None]
    if len(stated) > 1:
        raise refuse("command line", f"{' and '.join(stated)} exclude each other; state one", key="clip")
    if wishes.bbox is not None:
        return _box(wishes.bbox)
    if wishes.around is not None:
        return _around(wishes.around)
    return None if wishes.within is None else _polygon(wishes.within, wishes)


def kept(items: list[Item], clip: Any, *, account: Account, what: str) -> list[Item]:
    """Keep what meets the clip, whole; what lies outside is counted."""
    if clip is None or not items:
        return items
    shapes = np.array([item.shape for item in items], dtype=object)
    shapely.prepare(clip)
    is_in = shapely.intersects(clip, shapes)
    account.dropped[f"{what} outside the clip"] += int((~is_in).sum())
    return [item for item, is_kept in zip(items, is_in.tolist(), strict=True) if is_kept]


def _stated(wishes: Wishes) -> dict[str, object]:
    return {"--bbox": wishes.bbox, "--around": wishes.around, "--within": wishes.within}


def _numbers(text: str, *, count: int, option: str, form: str) -> list[float]:
    found = [number(part) for part in text.replace(";", ",").split(",")]
    if len(found) != count or None in found:
        raise refuse("command line", f"must be {form}", key=option, value=text)
    return [value for value in found if value is not None]


def _box(text: str) -> Any:
    west, south, east, north = _numbers(text, count=4, option="--bbox", form="WEST,SOUTH,EAST,NORTH in degrees")
    is_fine = -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90 and west != east
    if not is_fine:
        rule = "must be WEST,SOUTH,EAST,NORTH in degrees, south below north"
        raise refuse("command line", rule, key="--bbox", value=text)
    if west > east:
        return shapely.MultiPolygon([shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)])
    return shapely.box(west, south, east, north)


def _around(text: str) -> Any:
    lat, lon, km = _numbers(text, count=3, option="--around", form="LAT,LON,KM")
    if abs(lat) > 85 or abs(lon) > 180 or not 0 < km <= MOST_KM:
        hint = "; latitude comes first here" if abs(lat) > 85 and abs(lon) <= 90 else ""
        rule = f"must be LAT,LON,KM: latitude within 85, longitude within 180, at most {MOST_KM:g} km{hint}"
        raise refuse("command line", rule, key="--around", value=text)
    return cut_at_180(np.array([circle(np.array([lon, lat]), radius_m=1000.0 * km)], dtype=object))[0]


def _polygon(path: Path, wishes: Wishes) -> Any:
    ignored = Account()
    layers = [
        to_wgs84(
            layer,
            stated=wishes.of_file(wishes.crs, path),
            datum=wishes.of_file(wishes.datum, path) or "wgs84",
            account=ignored,
        )
        for layer in read_layers(path, ignored)
    ]
    shapes = [shapely.make_valid(item.shape) for layer in layers for item in layer.items]
    areas = [shape for shape in shapes if shape.area > 0]
    if not areas:
        raise refuse(path, "holds no polygon to clip by", key="--within")
    return shapely.union_all(areas)

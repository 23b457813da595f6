"""From the coordinates of a source to WGS84 degrees: its own system by pyproj, never one that is only likely."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from dronesim.errors import DronesimError
from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.datums import DATUMS
from dronesim.exchange.maps.globe import cut_at_180
from dronesim.exchange.maps.items import Layer

if TYPE_CHECKING:
    from pyproj import CRS

WGS84 = "OGC:CRS84"
FARTHEST_LON, FARTHEST_LAT = 180.0, 90.0


def to_wgs84(layer: Layer, *, stated: str | None, datum: str, account: Account) -> Layer:
    """Bring a layer to longitude and latitude in WGS84.

    ``stated`` is the system that the planner gives for a file that names none (or for all); it goes before the
    file's own, with a note. ``datum``: wgs84, gcj02 or bd09, for degrees that are shifted.

    Raises
    ------
    InputError
        The file names no system and none is stated, the system is not known, or positions lie off the globe.
    """
    if not layer.items:
        return layer
    name = stated or layer.crs
    if name is None:
        raise refuse(layer.source, _unnamed(layer), key="coordinate system")
    if stated and layer.crs and not _is_same(stated, layer.crs, layer.source):
        account.note(f"{layer.source}: read in {stated} as stated, although the file says {_short(layer.crs)}")
    shapes = np.array([shapely.force_2d(item.shape) for item in layer.items], dtype=object)
    if not _is_same(name, WGS84, layer.source):
        shapes = _transformed(shapes, _system(name, layer.source))
        account.note(f"{layer.source}: brought from {_short(name)} to WGS84")
    whole, shapes = shapes, cut_at_180(shapes)
    if any(one is not other for one, other in zip(whole, shapes, strict=True)):
        account.note(f"{layer.source}: shapes reach over 180 degrees of longitude; they are cut there")
    _check_on_globe(shapes, layer, name)
    if datum != "wgs84":
        shapes = shapely.transform(shapes, DATUMS[datum])
        account.note(f"{layer.source}: brought from {datum.upper()} to WGS84, as stated")
    items = (replace(item, shape=shape) for item, shape in zip(layer.items, shapes, strict=True))
    return replace(layer, items=tuple(items), crs=WGS84)


def _unnamed(layer: Layer) -> str:
    low_x, low_y, high_x, high_y = shapely.total_bounds(np.array([item.shape for item in layer.items], dtype=object))
    is_like = max(abs(low_x), abs(high_x)) <= FARTHEST_LON and max(abs(low_y), abs(high_y)) <= FARTHEST_LAT
    hint = "EPSG:4326 if these are degrees of WGS84, as they look" if is_like else "as EPSG:4547; these are no degrees"
    span = f"x {low_x:g} to {high_x:g}, y {low_y:g} to {high_y:g}"
    return f"the file names no coordinate system ({span}); state it with --crs, {hint}"


def _system(name: str, source: str) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(name)
    except (CRSError, DronesimError) as error:
        rule = "is no coordinate system that pyproj knows; give a code as EPSG:4547"
        raise refuse(source, rule, key="coordinate system", value=_short(name)) from error


def _is_same(name: str, other: str, source: str) -> bool:
    """Tell whether two names mean the same degrees or metres; the order of axes is that of the files, x first."""
    if name == other:
        return True
    return bool(_system(name, source).equals(_system(other, source), ignore_axis_order=True))


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:37]}..."


def _transformed(shapes: Any, system: CRS) -> Any:
    from pyproj import Transformer

    transformer = Transformer.from_crs(system, WGS84, always_xy=True)

    def project(xy: Any) -> Any:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(shapes, project)


def _check_on_globe(shapes: Any, layer: Layer, name: str) -> None:
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    is_off = ~((np.abs(xy[:, 0]) <= FARTHEST_LON) & (np.abs(xy[:, 1]) <= FARTHEST_LAT))
    if not is_off.any():
        return
    first = int(np.flatnonzero(is_off)[0])
    rule = (
        f"positions are no degrees of longitude and latitude, though {_short(name)} says so; is it metres? give --crs"
    )
    if abs(xy[first, 0]) <= FARTHEST_LAT and abs(xy[first, 1]) <= FARTHEST_LON:
        rule = "latitude is beyond 90 degrees: longitude comes first"
    elif np.abs(xy[first]).max() <= 2 * FARTHEST_LON:
        rule = "latitude is beyond 90 degrees: there is no such place"
    raise refuse(layer.items[int(owner[first])].place, rule, key="coordinates", value=tuple(xy[first].tolist()))

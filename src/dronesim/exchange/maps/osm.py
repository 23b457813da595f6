"""OpenStreetMap extracts by osmium: areas of ways and multipolygon relations, and named points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import shapely

from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.extra import needed
from dronesim.exchange.maps.items import Item, Layer
from dronesim.exchange.maps.systems import WGS84

if TYPE_CHECKING:
    import osmium

WANTED: Final = ("building", "building:part", "amenity", "shop", "aeroway", "military", "landuse")
"""Tags of what a map of drones can use."""


def read_osm(path: Path, account: Account) -> list[Layer]:
    """Read buildings, parts of buildings, merchants and aerodromes of an extract."""
    return [osm_layer(path, str(path), account)]


def osm_layer(path: Path, file: Any, account: Account) -> Layer:
    """Read a file, or a buffer, that osmium opens; ``path`` names it."""
    osmium = needed("osmium")
    keys = osmium.filter.KeyFilter(*WANTED)
    items: list[Item] = []
    factory = osmium.geom.WKBFactory()
    try:
        processor = osmium.FileProcessor(file).with_areas(keys).with_filter(keys)
        for found in processor:
            item = _item(found, factory, account)
            if item is not None:
                items.append(item)
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
        raise refuse(path, f"can't be read as OpenStreetMap data: {str(error).splitlines()[0]}") from error
    return Layer(source=path.name, form="OpenStreetMap", items=tuple(items), crs=WGS84)


def _item(found: osmium.osm.OSMObject[Any], factory: Any, account: Account) -> Item | None:
    """Make a shape of an area or a node; ways and relations come again as areas."""
    kind = found.type_str()
    if kind not in "an":
        return None
    place = f"{_name(found)}"
    try:
        raw = factory.create_multipolygon(found) if kind == "a" else factory.create_point(found)
    except RuntimeError:
        account.dropped["OpenStreetMap areas whose outline is broken or not whole in the file"] += 1
        return None
    return Item(shape=shapely.from_wkb(bytes.fromhex(raw)), properties=dict(found.tags), place=place)


def _name(found: Any) -> str:
    if found.type_str() == "n":
        return f"node {found.id}"
    return f"{'way' if found.from_way() else 'relation'} {found.orig_id()}"

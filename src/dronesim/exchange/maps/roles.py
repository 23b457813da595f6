"""What each feature of a source is: a building, a zone, a merchant, or something of our own kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.heights import FEET, HEIGHTS, STOREYS
from dronesim.exchange.maps.items import Item, Layer, find_name, plain, stated_of
from dronesim.exchange.maps.sites import is_merchant
from dronesim.scenario.features import KINDS

AREAS: Final = ("Polygon", "MultiPolygon")
ZONE_WORDS: Final = ("zone", "nofly", "restrict", "airspace", "prohibit", "禁飞", "限飞", "facilitymap", "uasfm")
NO: Final = ("no", "none", "0", "false")


@dataclass(slots=True, kw_only=True)
class Sorted:
    """Items by what they are; ``parts`` are parts of buildings, ``own`` features of the other kinds of a map."""

    buildings: list[Item] = field(default_factory=list)
    parts: list[Item] = field(default_factory=list)
    zones: list[Item] = field(default_factory=list)
    merchants: list[Item] = field(default_factory=list)
    own: list[Item] = field(default_factory=list)


def sort_layer(layer: Layer, found: Sorted, account: Account) -> None:
    """Put the items of a layer where they belong; what is of no use is counted, and a guess is said."""
    is_zones = _is_layer_of_zones(layer)
    if is_zones:
        account.note(f"{layer.source}: its areas are taken as no-fly zones, by their names or properties")
    guessed = 0
    for item in layer.items:
        targets = list(_roles(item, found, is_zones=is_zones))
        if not targets and _is_area(item) and not is_zones and layer.form != "OpenStreetMap":
            targets, guessed = [found.buildings], guessed + 1
        for target in targets:
            target.append(item)
        if not targets:
            account.dropped[f"{layer.source}: features that are neither building, zone nor merchant"] += 1
    if guessed:
        account.note(f"{layer.source}: areas that do not say what they are, taken as buildings: {guessed:,}")


def _is_area(item: Item) -> bool:
    shape = item.shape
    is_closed = shape.geom_type == "LineString" and shape.is_closed and len(shape.coords) > 3
    return shape.geom_type in AREAS or shape.geom_type == "GeometryCollection" or is_closed


def _roles(item: Item, found: Sorted, *, is_zones: bool) -> Iterator[list[Item]]:
    properties = item.properties
    kind = properties.get("kind")
    if item.zone is not None or kind == "no_fly" or (is_zones and _is_area(item)):
        yield found.zones
    elif isinstance(kind, str) and kind in KINDS:
        yield found.buildings if kind == "building" else found.own
    else:
        is_part = _says(properties, "building:part")
        if (_says(properties, "building") or _has_height(properties) or is_part) and _is_area(item):
            yield found.parts if is_part and not _says(properties, "building") else found.buildings
        if is_merchant(properties):
            yield found.merchants


def _says(properties: Mapping[str, Any], tag: str) -> bool:
    return str(properties.get(tag, "no")).casefold() not in NO


def _has_height(properties: Mapping[str, Any]) -> bool:
    return find_name(stated_of(properties), (*HEIGHTS, *FEET, *STOREYS)) is not None


def _is_layer_of_zones(layer: Layer) -> bool:
    """Tell zones without a word of ours by FAA's and DJI's properties, or by the name of their file."""
    if any(word in plain(layer.source) for word in ZONE_WORDS):
        return True
    head = [item.properties for item in layer.items[:20]]
    return any("CEILING" in properties or {"height", "level", "type"} <= set(properties) for properties in head)

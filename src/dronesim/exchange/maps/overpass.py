"""Answers of Overpass as JSON (`out geom`, `out body`, `out center`), written as OpenStreetMap data for osmium."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.extra import needed
from dronesim.exchange.maps.items import Layer
from dronesim.exchange.maps.lengths import number
from dronesim.exchange.maps.osm import osm_layer
from dronesim.letters import harmless

FIRST_MADE: Final = 2**50
"""Number of the first node that is made; those of OpenStreetMap are far below."""
KINDS: Final = ("node", "way", "relation")


def read_overpass(path: Path, content: Mapping[str, Any], account: Account) -> list[Layer]:
    """Read the areas and points of an answer; what Overpass remarks of it, as that it ran out of time, is said."""
    elements = [each for each in content["elements"] if isinstance(each, Mapping) and each.get("type") in KINDS]
    account.dropped["elements of Overpass that are none"] += len(content["elements"]) - len(elements)
    if content.get("remark"):
        account.note(f"{path.name}: Overpass remarks: {content['remark']}")
    if not elements:
        raise refuse(path, "is an answer of Overpass that holds nothing: widen the query")
    file = needed("osmium").io.FileBuffer(_Writer().written(elements).encode(), "osm")
    return [osm_layer(path, file, account)]


class _Writer:
    """Elements as XML: places that come without the number of a node get one of their own."""

    def __init__(self) -> None:
        self._nodes: dict[int, tuple[float, float, str]] = {}
        self._made: dict[tuple[float, float], int] = {}
        self._ways: dict[int, tuple[list[int], str]] = {}

    def written(self, elements: Sequence[Mapping[str, Any]]) -> str:
        """Give a document with all nodes, then ways, then relations."""
        for element in elements:
            if element["type"] == "node":
                self._take_node(element)
        for element in elements:
            if element["type"] == "way":
                self._take_way(element)
        relations = "".join(self._relation(each) for each in elements if each["type"] == "relation")
        nodes = "".join(
            f'<node id="{key}" lat="{lat:.7f}" lon="{lon:.7f}">{tags}</node>\n'
            for key, (lat, lon, tags) in sorted(self._nodes.items())
        )
        ways = "".join(
            f'<way id="{key}">{_ordered(refs)}{tags}</way>\n' for key, (refs, tags) in sorted(self._ways.items())
        )
        return f'<osm version="0.6">\n{nodes}{ways}{relations}</osm>\n'

    def _take_node(self, element: Mapping[str, Any]) -> None:
        place, key = _place(element), _key(element.get("id"))
        if place is not None and key is not None:
            self._nodes[key] = (*place, _tags(element))

    def _take_way(self, element: Mapping[str, Any]) -> None:
        key, centre = _key(element.get("id")), _place(element.get("center"))
        if centre is not None and not element.get("geometry") and not element.get("nodes"):
            self._nodes[self._made_node(centre)] = (*centre, _tags(element))
        elif key is not None:
            self._ways[key] = (list(self._refs(element)), _tags(element))

    def _refs(self, element: Mapping[str, Any]) -> Iterator[int]:
        """Give the nodes of a way, by their numbers or made of its geometry."""
        stated = [_key(each) for each in _listed(element, "nodes")]
        places = [_place(each) for each in _listed(element, "geometry")]
        for row, key in enumerate(stated):
            if key is not None:
                place = places[row] if row < len(places) else None
                if place is not None:
                    self._nodes.setdefault(key, (*place, ""))
                yield key
        for place in places if not stated else ():
            if place is not None:
                yield self._made_node(place)

    def _made_node(self, place: tuple[float, float]) -> int:
        key = self._made.setdefault(place, FIRST_MADE + len(self._made))
        self._nodes.setdefault(key, (*place, ""))
        return key

    def _relation(self, element: Mapping[str, Any]) -> str:
        key, members = _key(element.get("id")), []
        for member in _listed(element, "members"):
            ref = _key(member.get("ref")) if isinstance(member, Mapping) else None
            if ref is None or member.get("type") not in KINDS:
                continue
            if member["type"] == "way" and ref not in self._ways and member.get("geometry"):
                self._ways[ref] = (list(self._refs(member)), "")
            role = quoteattr(harmless(str(member.get("role", ""))))
            members.append(f'<member type="{member["type"]}" ref="{ref}" role={role}/>')
        return "" if key is None else f'<relation id="{key}">{"".join(members)}{_tags(element)}</relation>\n'


def _ordered(refs: Sequence[int]) -> str:
    return "".join(f'<nd ref="{ref}"/>' for ref in refs)


def _listed(element: Mapping[str, Any], name: str) -> list[Any]:
    found = element.get(name)
    return found if isinstance(found, list) else []


def _place(stated: Any) -> tuple[float, float] | None:
    if not isinstance(stated, Mapping):
        return None
    lat, lon = number(stated.get("lat")), number(stated.get("lon"))
    is_on_globe = lat is not None and lon is not None and abs(lat) <= 90.0 and abs(lon) <= 180.0
    return (lat, lon) if is_on_globe and lat is not None and lon is not None else None


def _key(stated: Any) -> int | None:
    return stated if isinstance(stated, int) and not isinstance(stated, bool) and 0 < stated < FIRST_MADE else None


def _tags(element: Mapping[str, Any]) -> str:
    tags = element.get("tags")
    pairs = tags.items() if isinstance(tags, Mapping) else ()
    return "".join(
        f"<tag k={quoteattr(harmless(str(name)))} v={quoteattr(harmless(str(value)))}/>" for name, value in pairs
    )

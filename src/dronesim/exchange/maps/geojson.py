"""GeoJSON in all the forms that people have: collections, single features, one a line, Overpass answers, ED-269."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.geozones import is_geozones, read_geozones
from dronesim.exchange.maps.items import Item, Layer, read_shape
from dronesim.exchange.maps.overpass import read_overpass
from dronesim.exchange.maps.systems import WGS84
from dronesim.scenario.files import MAP_LIMIT_BYTES, MEGABYTE, read_text

SHAPES: Final = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
_RECORD: Final = "\x1e"


def read_geojson(path: Path, account: Account) -> list[Layer]:
    """Read any JSON that holds features; zones in the form of ED-269 or ED-318 too."""
    content = _content(path, account)
    if is_geozones(content):
        return read_geozones(path, content, account)
    if isinstance(content, dict) and isinstance(content.get("elements"), list) and "features" not in content:
        return read_overpass(path, content, account)
    crs = _crs(content)
    items = []
    for number, raw in enumerate(_features(path, content), start=1):
        item = _item(f"{path.name}: feature {number}", raw, account)
        items += [] if item is None else [item]
    return [Layer(source=path.name, form="GeoJSON", items=tuple(items), crs=crs)]


def _content(path: Path, account: Account) -> Any:
    text, keys = _text(path), _Keys(path)
    try:
        return json.loads(text, object_pairs_hook=keys.table)
    except RecursionError as error:
        raise refuse(path, "is nested too deeply") from error
    except ValueError as error:
        listed = _by_line(path, text, error, keys)
    account.note(f"{path.name}: read as newline-delimited GeoJSON")
    return {"type": "FeatureCollection", "features": listed}


def _text(path: Path) -> str:
    """Read a text, unpacked where it is packed."""
    if path.suffix.casefold() != ".gz":
        return read_text(path, label=str(path), limit_bytes=MAP_LIMIT_BYTES)
    try:
        with gzip.open(path) as file:
            raw = file.read(MAP_LIMIT_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise refuse(path, f"can't be unpacked: {error}") from error
    if len(raw) > MAP_LIMIT_BYTES:
        raise refuse(
            path, f"is too big: more than {MAP_LIMIT_BYTES / MEGABYTE:g} MB once unpacked; cut the district out first"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(path, "must be UTF-8 text once unpacked: save it again with the encoding UTF-8") from error


@dataclass(frozen=True, slots=True)
class _Keys:
    """Refuses tables that state a key twice: one of the two values would be dropped in silence."""

    path: Path

    def table(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        names = [name for name, _ in pairs]
        name = next(name for name in names if names.count(name) > 1)
        values = [value for key, value in pairs if key == name]
        raise refuse(self.path, "is stated twice in the same table; leave one", key=name, value=values)


def _by_line(path: Path, text: str, error: ValueError, keys: _Keys) -> list[Any]:
    """Read one object a line; the first error of the whole is told where the first line is none either."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip().lstrip(_RECORD).strip()
        if not bare:
            continue
        try:
            found.append(json.loads(bare, object_pairs_hook=keys.table))
        except (ValueError, RecursionError):
            if not found:
                line_number = getattr(error, "lineno", number)
                raise refuse(path, f"is not valid JSON: {error}", line=line_number) from error
            rule = "is not valid JSON, in a file of one feature a line"
            raise refuse(path, rule, line=number) from None
    return found


def _crs(content: Any) -> str | None:
    """Give the system of the older ``crs`` member, else that of the standard, WGS84."""
    stated = content.get("crs") if isinstance(content, dict) else None
    properties = stated.get("properties") if isinstance(stated, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) and name else WGS84


def _features(path: Path, content: Any) -> Iterator[Any]:
    if isinstance(content, list):
        yield from content
    elif not isinstance(content, dict):
        raise refuse(path, "must be a GeoJSON object", value=type(content).__name__)
    elif isinstance(content.get("features"), list):
        yield from content["features"]
    elif content.get("type") == "Feature":
        yield content
    elif content.get("type") in SHAPES:
        yield {"type": "Feature", "properties": {}, "geometry": content}
    else:
        kind = content.get("type", "an object without a type")
        raise refuse(path, "must be a GeoJSON FeatureCollection, a Feature or a geometry", value=kind)


def _item(place: str, raw: Any, account: Account) -> Item | None:
    geometry = raw.get("geometry") if isinstance(raw, dict) else None
    if not isinstance(geometry, Mapping):
        account.dropped["features without a geometry that can be read"] += 1
        return None
    shape = read_shape(_closed(geometry, account))
    if shape is None:
        account.dropped["features whose geometry is broken"] += 1
        return None
    properties = raw.get("properties")
    stated = dict(properties) if isinstance(properties, Mapping) else {}
    if "id" in raw and "id" not in stated:
        stated["id"] = raw["id"]
    tags = stated.pop("tags", None)
    return Item(shape=shape, properties={**stated, **tags} if isinstance(tags, Mapping) else stated, place=place)


def _closed(geometry: Mapping[str, Any], account: Account) -> Mapping[str, Any]:
    """Close the rings of polygons that end elsewhere than they begin."""
    kind, given = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon":
        return {**geometry, "coordinates": _rings(given, account)}
    if kind == "MultiPolygon" and isinstance(given, list):
        return {**geometry, "coordinates": [_rings(part, account) for part in given]}
    return geometry


def _rings(given: Any, account: Account) -> Any:
    return [_ring(ring, account) for ring in given] if isinstance(given, list) else given


def _ring(ring: Any, account: Account) -> Any:
    if isinstance(ring, list) and len(ring) > 2 and ring[0] != ring[-1]:
        account.repaired["rings closed"] += 1
        return [*ring, ring[0]]
    return ring

"""The features of a map: what each kind must hold, checked one by one."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from dronesim.letters import is_steering
from dronesim.scenario.complaints import meant_by, near_match, one_of, rule_of
from dronesim.scenario.fields import LONGEST_MIN, Some, Table, TimeOfDay, seconds_of_day
from dronesim.world import AirwayRules

Position: TypeAlias = tuple[float, float]
Ring: TypeAlias = list[Position]
LEAST_RING: Final = 4
FREE_AIRWAY: Final = AirwayRules()
"""What is allowed on an airway of which a map states nothing."""


class Properties(Table):
    """Properties of a feature; a GIS may add others, which are left alone unless they look like a slip of the pen.

    A foreign property that is nearly spelt like a known one of the same kind, as ``padz`` for ``pads``, is an
    error, except where the known one is stated too.
    """

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, allow_inf_nan=False)


class Building(Properties):
    """A building by its roof height above ground."""

    height_m: Annotated[float, Field(ge=0.0, le=2000.0)]


class NoFly(Properties):
    """A no-fly zone by heights and hours; without them it holds at all heights above its floor, always."""

    floor_m: float = 0.0
    ceiling_m: float | None = None
    starts: TimeOfDay | None = Field(default=None, alias="from")
    ends: TimeOfDay | None = Field(default=None, alias="to")

    @field_validator("ceiling_m")
    @classmethod
    def _above_floor(cls, ceiling: float | None, info: ValidationInfo) -> float | None:
        if ceiling is not None and ceiling <= info.data.get("floor_m", -math.inf):
            raise ValueError(f"must be above floor_m, {info.data['floor_m']:g}")
        return ceiling

    @field_validator("ends")
    @classmethod
    def _after_start(cls, ends: str | None, info: ValidationInfo) -> str | None:
        starts = info.data.get("starts")
        if ends and starts and seconds_of_day(ends) <= seconds_of_day(starts):
            raise ValueError(f"must be later than from, {starts}; after midnight hours count on, as 25:30")
        return ends


class TakeoffPoint(Properties):
    """A take-off point."""

    pads: Some | None = None


class Airport(Properties):
    """A community airport."""

    pads: Some | None = None
    boxes: Some | None = None


class Merchant(Properties):
    """A merchant by its share of demand; ``preparation_min`` is what its kitchen takes on average, where known."""

    weight: Annotated[float, Field(ge=0.0)] = 1.0
    takeoff_point: str | None = None
    preparation_min: Annotated[float, Field(ge=0.0, le=LONGEST_MIN)] | None = None


class Community(Properties):
    """A community by its share of demand."""

    weight: Annotated[float, Field(ge=0.0)] = 1.0
    airport: str | None = None


class LinkArea(Properties):
    """A part of the district in which the command link is lost as a whole."""


class Place(Properties):
    """A place at which noise counts, such as a school, with what it may hear; absent: no limit."""

    limit_dba: Annotated[float, Field(ge=0.0, le=140.0)] | None = None
    overflights_max: Annotated[int, Field(ge=0)] | None = None
    quiet_from: TimeOfDay | None = None
    quiet_to: TimeOfDay | None = None

    @field_validator("quiet_to")
    @classmethod
    def _whole_hours(cls, ends: str | None, info: ValidationInfo) -> str | None:
        begins = info.data.get("quiet_from")
        if (begins is None) != (ends is None):
            raise ValueError("goes with quiet_from: state both or neither")
        if begins and ends and seconds_of_day(ends) <= seconds_of_day(begins):
            raise ValueError(f"must be later than quiet_from, {begins}; after midnight hours count on, as 30:00")
        return ends


class People(Properties):
    """An area by how many people are there."""

    people_per_km2: Annotated[float, Field(ge=0.0, le=1e6)]


class Airway(Properties):
    """A permitted line of flight, by direction, number of drones at a time on a piece, headway and levels."""

    one_way: bool = FREE_AIRWAY.is_one_way
    capacity: Annotated[int, Field(ge=1)] | None = None
    headway_s: Annotated[float, Field(ge=0.0)] = FREE_AIRWAY.headway_s
    levels_m: Annotated[list[float], Field(min_length=1)] | None = None
    level_rule: Literal["any", "heading"] = FREE_AIRWAY.level_rule


KINDS: Final[Mapping[str, tuple[type[Properties], tuple[str, ...]]]] = {
    "building": (Building, ("Polygon", "MultiPolygon")),
    "no_fly": (NoFly, ("Polygon", "MultiPolygon")),
    "takeoff_point": (TakeoffPoint, ("Point",)),
    "airport": (Airport, ("Point",)),
    "merchant": (Merchant, ("Point",)),
    "community": (Community, ("Point",)),
    "airway": (Airway, ("LineString",)),
    "link_area": (LinkArea, ("Polygon", "MultiPolygon")),
    "place": (Place, ("Point",)),
    "people": (People, ("Polygon", "MultiPolygon")),
}
"""Each kind with its properties and the geometries it may have."""
ALIKE: Final = 0.75
"""So much alike are one wrong letter of four, or one too few."""
FOREIGN: Final = frozenset({"id", "kind", "name", "type", "height", "level", "address"})
"""Properties that maps from elsewhere often have; never taken for a slip of the pen."""
LONGEST_ID: Final = 200
"""Ids of sites stand in tables and pictures."""
_NEEDS_ID: Final = frozenset({"takeoff_point", "airport", "merchant", "community", "link_area", "place"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One sound feature; ``parts`` holds rings of degrees, a list of rings for each polygon of it.

    A point is one part of one ring of one position, a line one part of one ring. ``index`` counts in the file.
    ``id`` of a feature without one is where it lies.
    """

    index: int
    id: str
    kind: str
    properties: Properties
    parts: list[list[Ring]]

    @property
    def position(self) -> Position:
        """The first position, in degrees."""
        return self.parts[0][0][0]

    @property
    def rank(self) -> tuple[str, str]:
        """Where it comes among all features, wherever it stands in the file: by id, those without one by content."""
        return self.id, f"{self.parts} {self.properties!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What is wrong with one feature; the file and the line are added later."""

    index: int
    id: str
    rule: str
    value: object = None
    hint: str | None = None


def check_feature(index: int, raw: object) -> tuple[Feature | None, list[Flaw]]:
    """Check one element of ``features``; gives the feature where it is sound, else what is wrong."""
    if not isinstance(raw, dict) or raw.get("type") != "Feature":
        return None, [Flaw(index=index, id=f"feature {index + 1}", rule="must be a GeoJSON Feature")]
    stated = raw.get("properties") or {}
    if not isinstance(stated, dict):
        return None, [Flaw(index=index, id=f"feature {index + 1}", rule="properties must be an object")]
    name = _name(raw, stated)
    label = name or f"feature {index + 1}"
    kind = stated.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        return None, [_unknown_kind(index, label, kind)]
    properties, flaws = _check_properties(index, label, kind, stated)
    flaws += _misspelt(index, label, kind, stated)
    parts, rule, value = _check_geometry(raw.get("geometry"), KINDS[kind][1])
    if rule is not None:
        flaws.append(Flaw(index=index, id=label, rule=rule, value=value))
    flaws += _name_flaws(index, label, name, needs_one=kind in _NEEDS_ID)
    if flaws or properties is None:
        return None, flaws
    return Feature(index=index, id=name or _place(parts), kind=kind, properties=properties, parts=parts), []


def _place(parts: Sequence[Sequence[Ring]]) -> str:
    """Name a feature by its first corner, so that its name is the same wherever it stands in the file."""
    lon, lat = parts[0][0][0]
    return f"at {lon:.5f}, {lat:.5f}"


def _name(raw: Mapping[str, Any], stated: Mapping[str, Any]) -> str | None:
    name = stated.get("id", raw.get("id"))
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    return name if isinstance(name, str) and name.strip() else None


def _name_flaws(index: int, label: str, name: str | None, *, needs_one: bool) -> list[Flaw]:
    if name is None:
        return [Flaw(index=index, id=label, rule="needs an id, as text")] if needs_one else []
    if is_steering(name):
        return [Flaw(index=index, id=label, rule="id must not hold control characters", value=name)]
    if needs_one and len(name) > LONGEST_ID:
        return [Flaw(index=index, id=label, rule=f"id must have at most {LONGEST_ID} characters", value=len(name))]
    return []


def _unknown_kind(index: int, label: str, kind: object) -> Flaw:
    hint = near_match(kind, KINDS) if isinstance(kind, str) else None
    rule = "has no kind; give one of " + ", ".join(KINDS) if kind is None else f"kind {one_of(KINDS)}"
    return Flaw(index=index, id=label, rule=rule, value=kind, hint=hint)


def _check_properties(
    index: int, label: str, kind: str, stated: Mapping[str, Any]
) -> tuple[Properties | None, list[Flaw]]:
    try:
        return KINDS[kind][0].model_validate(stated), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    return None, [_property_flaw(index, label, detail, stated) for detail in details]


def _misspelt(index: int, label: str, kind: str, stated: Mapping[str, Any]) -> list[Flaw]:
    """Find foreign properties that are nearly spelt like one of the kind that is not stated."""
    known = {field.alias or name: field.is_required() for name, field in KINDS[kind][0].model_fields.items()}
    absent = [name for name, is_required in known.items() if name not in stated and not is_required]
    flaws = []
    for name in stated:
        if name in known or name in FOREIGN:
            continue
        near = difflib.get_close_matches(name.lower(), absent, n=1, cutoff=ALIKE)
        if near:
            rule = f"has an unknown property {name}"
            flaws.append(Flaw(index=index, id=label, rule=rule, value=stated[name], hint=near[0]))
    return flaws


def _property_flaw(index: int, label: str, detail: Any, stated: Mapping[str, Any]) -> Flaw:
    key, is_missing = str(detail["loc"][0]), detail["type"] == "missing"
    near = difflib.get_close_matches(key, [name for name in stated if name not in {"id", "kind"}], n=1)
    return Flaw(
        index=index,
        id=label,
        rule=f"{key} {rule_of(detail)}",
        value=near[0] if is_missing and near else None if is_missing else detail["input"],
        hint=key if is_missing and near else meant_by(detail),
    )


_Checked: TypeAlias = tuple[list[list[Ring]], str | None, object]


def _check_geometry(geometry: object, shapes: Sequence[str]) -> _Checked:
    shape = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or shape not in shapes:
        return [], f"geometry must be a {' or '.join(shapes)}", shape
    try:
        return list(_parts(str(shape), geometry.get("coordinates"))), None, None
    except _BadGeometryError as error:
        return [], error.rule, error.value


class _BadGeometryError(ValueError):
    """Coordinates that are none."""

    def __init__(self, rule: str, value: object = None) -> None:
        super().__init__(rule)
        self.rule, self.value = rule, value


def _parts(shape: str, coordinates: object) -> Iterator[list[Ring]]:
    if shape == "Point":
        yield [[_position(coordinates)]]
    elif shape == "LineString":
        line = [_position(item) for item in _list(coordinates, at_least=2)]
        if len(set(line)) < 2:
            raise _BadGeometryError("line must lead from one place to another", line[0])
        yield [line]
    elif shape == "Polygon":
        yield [_ring(item) for item in _list(coordinates)]
    else:
        for polygon in _list(coordinates):
            yield [_ring(item) for item in _list(polygon)]


def _list(value: object, *, at_least: int = 1) -> list[object]:
    if not isinstance(value, list) or len(value) < at_least:
        raise _BadGeometryError(f"coordinates must be a list of at least {at_least}", value)
    return value


def _ring(value: object) -> Ring:
    ring = [_position(item) for item in _list(value)]
    if ring[0] != ring[-1]:
        raise _BadGeometryError("ring is not closed: its last position must repeat the first", ring[-1])
    if len(ring) < LEAST_RING:
        raise _BadGeometryError("ring needs at least three corners and the first one again", len(ring))
    return ring


def _position(value: object) -> Position:
    is_pair = isinstance(value, list) and len(value) >= 2
    if not is_pair or not all(type(part) in (int, float) for part in value[:2]):  # type: ignore[index]
        raise _BadGeometryError("coordinates must be two numbers, longitude and latitude", value)
    lon, lat = value[:2]  # type: ignore[index]
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        rule = "coordinates must be finite: longitude within 180, latitude within 90 degrees"
        raise _BadGeometryError(rule + _other_coordinates(lon, lat), value)
    return float(lon), float(lat)


def _other_coordinates(lon: float, lat: float) -> str:
    """Guess what coordinates are that can't be degrees of longitude and latitude."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return ""
    if abs(lon) <= 90 and abs(lat) <= 180:
        return "; longitude comes first, and here latitude seems to"
    return "; these look like metres of a projected system: `dronesim import map` makes degrees of them"

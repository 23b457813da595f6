"""Reads the obstacles of a run's map into the local metres of its facts, with a projection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError

from dronesim.errors import InputError, Problem
from dronesim.record.plain import read_object
from dronesim.verify.intervals import Floats
from dronesim.verify.reading import Run
from dronesim.verify.stated import seconds

_A_M = 6378137.0
_F = 1 / 298.257223563
_E2 = _F * (2 - _F)
_MEAN_RADIUS_M = 6371008.8
_ROUNDS = 6
_SMALL = 0.02
_REACH = 1.2
_MAP = "inputs/map.geojson"
_DRAWING = ("community", "merchant")
"""Kinds of features that draw orders."""

Local = TypeVar("Local")


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacles:
    """Buildings and zones as polygons in local metres, shape ``(n,)``, with what they cover.

    ``base_m``, ``top_m``: heights; ``from_s``, ``to_s``: hours, infinite for what always stands.
    """

    names: tuple[str, ...]
    polygons: NDArray[Any]
    base_m: Floats
    top_m: Floats
    from_s: Floats
    to_s: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalMap:
    """Obstacles, and how far each site of the map lies from where the facts have it (metres)."""

    obstacles: Obstacles
    site_errors_m: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A home or a place of the map: where it is, and its limits, infinite for none."""

    x_m: float
    y_m: float
    limit_dba: float
    passes_max: float
    quiet_s: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """Homes and places by name, and areas of people (polygons in local metres) with how many a km² each has."""

    homes: dict[str, Listening]
    places: dict[str, Listening]
    areas: tuple[Any, ...]
    density: tuple[float, ...]


def read_map(run: Run) -> LocalMap:
    """Read ``inputs/map.geojson``; the origin of the local metres is the one that fits the sites best."""
    return _read(run, _local_map)


NOBODY = Neighbourhood(homes={}, places={}, areas=(), density=())


def has_map(run: Run) -> bool:
    """Say whether the run has kept its map."""
    return (run.folder / _MAP).is_file()


def read_neighbourhood(run: Run) -> Neighbourhood:
    """Read who lives and listens in ``inputs/map.geojson``."""
    return _read(run, _neighbourhood)


def read_belongings(run: Run) -> dict[str, dict[str, str]]:
    """Tell by kind, merchant or community, to which site each of the map belongs: the one it names, else the nearest.

    Where two sites are as near, to within a metre, none is told.
    """
    return _read(run, _belongings)


def read_spots(run: Run) -> dict[str, dict[str, tuple[float, float]]]:
    """Tell by kind, merchant or community, where each of the map is, in local metres, in the order of their ids."""
    return _read(run, _spots)


def read_weights(run: Run) -> dict[str, dict[str, float]]:
    """Tell by kind, merchant or community, with which weight the map has each draw orders."""
    return _read(run, lambda _, features: {kind: dict(_weights(features, kind)) for kind in _DRAWING})


def _weights(features: list[Mapping[str, Any]], kind: str) -> Iterator[tuple[str, float]]:
    for feature in (feature for feature in features if _kind(feature) == kind):
        weight = (feature.get("properties") or {}).get("weight")
        yield _id(feature), 1.0 if weight is None else float(weight)


def _spots(run: Run, features: list[Mapping[str, Any]]) -> dict[str, dict[str, tuple[float, float]]]:
    _, lonlat, xy_m = _known_sites(run, features)
    origin, found = fit_origin(lonlat, xy_m), dict[str, dict[str, tuple[float, float]]]()
    for kind in _DRAWING:
        ours = sorted((feature for feature in features if _kind(feature) == kind), key=_id)
        degrees = np.array([feature["geometry"]["coordinates"][:2] for feature in ours], np.float64).reshape(-1, 2)
        places = to_local(degrees, origin).tolist() if ours else []
        found[kind] = {_id(feature): (x_m, y_m) for feature, (x_m, y_m) in zip(ours, places, strict=True)}
    return found


def _belongings(run: Run, features: list[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    _, lonlat, xy_m = _known_sites(run, features)
    origin, found = fit_origin(lonlat, xy_m), dict[str, dict[str, str]]()
    for kind, key, sites in (
        ("merchant", "takeoff_point", run.facts.takeoff_points),
        ("community", "airport", run.facts.airports),
    ):
        names, site_m = list(sites), np.array(list(sites.values()), np.float64).reshape(-1, 2)
        found[kind] = {}
        for feature in (feature for feature in features if _kind(feature) == kind):
            named = (feature.get("properties") or {}).get(key)
            place = to_local(np.array([feature["geometry"]["coordinates"][:2]], np.float64), origin)
            far_m = np.hypot(*(site_m - place).T)
            is_clear = bool((np.sort(far_m)[1:2] - far_m.min() > 1.0).all())
            found[kind][_id(feature)] = str(named or (names[int(np.argmin(far_m))] if is_clear else ""))
    return found


def read_link_areas(run: Run) -> dict[str, Any]:
    """Read the areas of ``inputs/map.geojson`` in which the link may be lost, as polygons in local metres."""
    return _read(run, _link_areas)


def _link_areas(run: Run, features: list[Mapping[str, Any]]) -> dict[str, Any]:
    drawn = [feature for feature in features if _kind(feature) == "link_area"]
    if not drawn:
        return {}
    _, lonlat, xy_m = _known_sites(run, features)
    origin = fit_origin(lonlat, xy_m)
    shapes = (shapely.geometry.shape(feature["geometry"]) for feature in drawn)
    local = (local_area(shape, origin) for shape in shapes)
    return {_id(feature): shape for feature, shape in zip(drawn, local, strict=True)}


def _read(run: Run, read: Callable[[Run, list[Mapping[str, Any]]], Local]) -> Local:
    path = run.folder / _MAP
    features = read_object(path).get("features")
    try:
        if not isinstance(features, list):
            raise TypeError("features must be a list")
        return read(run, [feature for feature in features if isinstance(feature, Mapping)])
    except (KeyError, TypeError, ValueError, ShapelyError) as error:
        rule = f"is not a usable map: {type(error).__name__} {error}"
        raise InputError([Problem(file=str(path), key="features", rule=rule)]) from error


def to_local(lonlat: Floats, origin: Floats) -> Floats:
    """Project degrees, shape ``(n, 2)``, to east-north metres around an origin in degrees; same shape.

    The chord from the origin, turned to east and north, stretched by 1 + r²/6R² to the length of the arc.
    """
    lon, lat = np.radians(origin)
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    north = np.array([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)])
    chord = _earth_centred(lonlat) - _earth_centred(origin[None, :])
    flat = np.column_stack([chord @ east, chord @ north])
    return np.asarray(flat * (1 + (flat**2).sum(axis=1, keepdims=True) / (6 * _MEAN_RADIUS_M**2)))


def local_area(shape: Any, origin: Floats) -> Any:
    """Project an area whose edges are straight in degrees: as it is while it is small, else on a fine grid of corners.

    Of a large one only what lies within a box of some 130 km around the origin is looked at, counted in degrees from
    the origin, so that 180 degrees are no border.
    """
    west, south, east, north = shape.bounds
    if max(east - west, north - south) <= _SMALL:
        return shapely.transform(shape, lambda lonlat: to_local(lonlat, origin))
    wide = _REACH / max(np.cos(np.radians(origin[1])), _SMALL)
    pieces = []
    for polygon in shapely.get_parts(shape):
        rings = [_from_origin(ring, origin) for ring in (polygon.exterior, *polygon.interiors)]
        for turns in (-1, 0, 1):
            moved = [ring + np.array([360.0 * turns, 0.0]) for ring in rings]
            pieces.append(shapely.clip_by_rect(shapely.Polygon(moved[0], moved[1:]), -wide, -_REACH, wide, _REACH))
    near = shapely.union_all(pieces)
    return shapely.transform(shapely.segmentize(near, _SMALL), lambda offset: to_local(offset + origin, origin))


def _from_origin(ring: Any, origin: Floats) -> Floats:
    """Give corners as degrees from the origin; a step of more than half a turn, but a whole one, goes the short way."""
    lonlat = np.array(ring.coords, np.float64)[:, :2]
    steps = np.diff(lonlat[:, 0])
    steps = np.where((abs(steps) > 180.0) & (abs(steps) < 360.0), steps - 360.0 * np.sign(steps), steps)
    lon = lonlat[0, 0] + np.concatenate([[0.0], np.cumsum(steps)])
    return np.column_stack([lon, lonlat[:, 1]]) - origin


def _earth_centred(lonlat: Floats) -> Floats:
    lon, lat = np.radians(lonlat).T
    curve_m = _A_M / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    across_m = curve_m * np.cos(lat)
    return np.column_stack([across_m * np.cos(lon), across_m * np.sin(lon), curve_m * (1 - _E2) * np.sin(lat)])


def fit_origin(lonlat: Floats, xy_m: Floats) -> Floats:
    """Find the origin, in degrees, around which points in degrees lie at their places in metres."""
    origin = lonlat.mean(axis=0)
    for _ in range(_ROUNDS):
        shift_m = (to_local(lonlat, origin) - xy_m).mean(axis=0)
        step = to_local(origin + np.array([[1e-5, 0.0], [0.0, 1e-5]]), origin)
        origin = origin + shift_m / np.array([step[0, 0], step[1, 1]]) * 1e-5
    return np.asarray(origin)


def _local_map(run: Run, features: list[Mapping[str, Any]]) -> LocalMap:
    sites = run.facts.sites
    found, lonlat, xy_m = _known_sites(run, features)
    origin = fit_origin(lonlat, xy_m)
    off_m = np.hypot(*(to_local(lonlat, origin) - xy_m).T)
    errors_m = dict.fromkeys(sites, np.inf) | dict(zip(found, off_m.tolist(), strict=True))
    return LocalMap(obstacles=_obstacles(features, origin), site_errors_m=errors_m)


def _known_sites(run: Run, features: list[Mapping[str, Any]]) -> tuple[list[str], Floats, Floats]:
    """Name the sites that map and facts share, with their places in degrees and in metres."""
    sites = run.facts.sites
    known = {_id(feature): feature for feature in features if _kind(feature) in ("takeoff_point", "airport")}
    found = [name for name in sites if name in known]
    lonlat = np.array([known[name]["geometry"]["coordinates"][:2] for name in found], np.float64).reshape(-1, 2)
    xy_m = np.array([sites[name] for name in found], np.float64).reshape(-1, 2)
    if not found:
        raise ValueError("it has none of the sites in facts.json")
    return found, lonlat, xy_m


def _neighbourhood(run: Run, features: list[Mapping[str, Any]]) -> Neighbourhood:
    """Place the features of three kinds; a map that has none of them is not looked at further."""
    kinds = {kind: [it for it in features if _kind(it) == kind] for kind in ("community", "place", "people")}
    if not any(kinds.values()):
        return NOBODY
    _, lonlat, xy_m = _known_sites(run, features)
    origin = fit_origin(lonlat, xy_m)
    shapes = np.array([shapely.geometry.shape(it["geometry"]) for it in kinds["people"]], object)
    density = [float(it["properties"]["people_per_km2"]) for it in kinds["people"]]
    parts, owner = shapely.get_parts(shapes, return_index=True)
    return Neighbourhood(
        homes={_id(it): _listening(it, origin) for it in kinds["community"]},
        places={_id(it): _listening(it, origin) for it in kinds["place"]},
        areas=tuple(local_area(shape, origin) for shape in parts),
        density=tuple(density[row] for row in owner.tolist()),
    )


def _listening(feature: Mapping[str, Any], origin: Floats) -> Listening:
    stated = feature["properties"]
    x_m, y_m = to_local(np.array([feature["geometry"]["coordinates"][:2]], np.float64), origin)[0].tolist()
    limits = (stated.get(name) for name in ("limit_dba", "overflights_max"))
    limit_dba, passes_max = (np.inf if limit is None else float(limit) for limit in limits)
    quiet = [_time_s(stated.get(name), np.inf) for name in ("quiet_from", "quiet_to")]
    quiet_s = () if np.inf in quiet else tuple(quiet)
    return Listening(x_m=x_m, y_m=y_m, limit_dba=limit_dba, passes_max=passes_max, quiet_s=quiet_s)


def _obstacles(features: list[Mapping[str, Any]], origin: Floats) -> Obstacles:
    blocks = [feature for feature in features if _kind(feature) in ("building", "no_fly")]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in blocks]
    polygons = np.empty(len(shapes), object)
    spans = np.ptp(np.array([shape.bounds for shape in shapes], np.float64).reshape(-1, 2, 2), axis=1).max(
        axis=1, initial=0.0
    )
    is_small = spans <= _SMALL
    drawn = np.array(shapes, object)
    polygons[is_small] = shapely.transform(drawn[is_small], lambda lonlat: to_local(lonlat, origin))
    polygons[~is_small] = [local_area(shape, origin) for shape in drawn[~is_small]]
    limits = np.array([_limits(feature) for feature in blocks], np.float64).reshape(-1, 4)
    base_m, top_m, from_s, to_s = limits.T
    names = tuple(f"{_kind(feature)} {_id(feature)}" for feature in blocks)
    return Obstacles(names=names, polygons=polygons, base_m=base_m, top_m=top_m, from_s=from_s, to_s=to_s)


def _limits(feature: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """Give base, top, first and last second of an obstacle."""
    stated = feature["properties"]
    if stated["kind"] == "building":
        return -np.inf, float(stated.get("height_m") or 0.0), -np.inf, np.inf
    top_m = stated.get("ceiling_m")
    return (
        float(stated.get("floor_m") or 0.0),
        np.inf if top_m is None else float(top_m),
        _time_s(stated.get("from"), -np.inf),
        _time_s(stated.get("to"), np.inf),
    )


def _time_s(stated: Any, absent: float) -> float:
    """Read seconds since midnight or a clock time such as 14:30; hours after midnight count on."""
    if stated is None:
        return absent
    if isinstance(stated, int | float):
        return float(stated)
    return seconds(stated)


def _kind(feature: Mapping[str, Any]) -> str:
    return str((feature.get("properties") or {}).get("kind", ""))


def _id(feature: Mapping[str, Any]) -> str:
    return str((feature.get("properties") or {}).get("id", feature.get("id", "")))

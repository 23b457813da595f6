"""Where an imported map is: its middle, the centre of its local metres, and what lies too far from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
import shapely.affinity

from dronesim.exchange.maps.account import Account, refuse, what_was_left
from dronesim.exchange.maps.globe import HALF, TURN, Floats, middle_of, wrapped
from dronesim.exchange.maps.roles import Sorted
from dronesim.geometry.projection import LocalFrame
from dronesim.scenario.geojson import FARTHEST_M

Features = list[dict[str, Any]]
SITES: Final = {"takeoff_point": "take-off point", "airport": "airport"}
NEAREST_POLE: Final = 85.0
"""Maps lie within so many degrees of latitude; local metres are none at the poles."""
_ROUNDING_M: Final = 1.0


def middle_of_map(clip: Any, found: Sorted) -> Any:
    """Give a place of the map in degrees, ``(2,)``; None where nothing is known of it yet."""
    shapes = [item.shape for item in (*found.buildings, *found.own, *found.merchants)]
    shapes = list(shapely.get_parts(clip)) if clip is not None else shapes
    return middle_of([(shape.centroid.x, shape.centroid.y) for shape in shapes]) if shapes else None


def frame_of(points: Features, solid: Features, account: Account) -> LocalFrame:
    """Give the local metres of an import: around the middle of its points, else of its outlines.

    Raises
    ------
    InputError
        Nothing is left of the sources, said with what was left out, or it lies at a pole.
    """
    places = [first_place(each) for each in points or solid]
    if not places:
        raise refuse("dronesim import map", f"nothing of the sources can be used{what_was_left(account)}; see --help")
    lon, lat = middle_of(places).tolist()
    if abs(lat) > NEAREST_POLE:
        rule = f"lies at latitude {lat:.4f}; maps are made between {-NEAREST_POLE:g} and {NEAREST_POLE:g} degrees"
        raise refuse("dronesim import map", rule, key="middle of the sources")
    return LocalFrame(lon, lat)


def first_place(feature: dict[str, Any]) -> tuple[float, float]:
    """Give the first position of a feature, in degrees."""
    place = feature["geometry"]["coordinates"]
    while not isinstance(place[0], int | float):
        place = place[0]
    return float(place[0]), float(place[1])


def is_site(feature: dict[str, Any]) -> bool:
    """Tell take-off points and airports."""
    return feature["properties"]["kind"] in SITES


def near_sites(points: Features, account: Account) -> tuple[Features, tuple[float, float]]:
    """Leave out sites too far from the others; gives what is left of the points, and the origin of the map."""
    while True:
        sites = [each for each in points if is_site(each)]
        if not sites:
            raise refuse("dronesim import map", f"no site is left{what_was_left(account)}", key="sites")
        origin = _origin(sites)
        places = [first_place(each) for each in sites]
        away_m = _from_origin_m(places, LocalFrame(*origin))
        if away_m.max() <= FARTHEST_M - _ROUNDING_M:
            return points, origin
        farthest = sites[int(np.argmax(_from_origin_m(places, LocalFrame(*middle_of(places)))))]
        account.dropped["sites too far from the others, 50 km from their middle"] += 1
        points = [each for each in points if each is not farthest]


def _origin(sites: Features) -> tuple[float, float]:
    """Give the middle of the box around all sites, as a map without an origin has it."""
    lonlat = np.array([first_place(each) for each in sites])
    if np.ptp(lonlat[:, 0]) > HALF:
        lonlat[:, 0] %= TURN
    lon, lat = wrapped((lonlat.min(axis=0) + lonlat.max(axis=0))[None] / 2)[0]
    return round(float(lon), 7), round(float(np.clip(lat, -NEAREST_POLE, NEAREST_POLE)), 7)


def near_enough(features: Features, frame: LocalFrame, account: Account) -> Features:
    """Leave out what lies farther than 50 km from the origin; of zones, those that don't come nearer."""
    near = []
    for feature, away_m in zip(features, _away_m(features, frame), strict=True):
        if away_m <= FARTHEST_M - _ROUNDING_M:
            near.append(feature)
        else:
            what = str(feature["properties"]["kind"]).replace("_", "-")
            account.dropped[f"features of the kind {what} farther than 50 km from the middle of the sites"] += 1
    return near


def _away_m(features: Features, frame: LocalFrame) -> list[float]:
    """Give how far each feature is from the origin: its first position, of zones the nearest in degrees."""
    if not features:
        return []
    away_m = _from_origin_m([first_place(each) for each in features], frame)
    for row, feature in enumerate(features):
        if feature["properties"]["kind"] == "no_fly":
            away_m[row] = _from_origin_m(_nearest(feature, frame), frame).min()
    found: list[float] = away_m.tolist()
    return found


def _from_origin_m(places: Sequence[tuple[float, float]], frame: LocalFrame) -> Floats:
    """Give distances ``(n,)`` of places in degrees; those on the other side of the Earth are infinitely far."""
    lonlat = np.array(places)
    is_here = np.abs((lonlat[:, 0] - frame.lon + HALF) % TURN - HALF) <= HALF / 2
    away_m = np.full(len(lonlat), np.inf)
    away_m[is_here] = np.hypot(*frame.to_local(lonlat[is_here]).T)
    return away_m


def _nearest(feature: dict[str, Any], frame: LocalFrame) -> Sequence[tuple[float, float]]:
    """Find the place of an area nearest to the origin, on either side of 180 degrees."""
    shape = shapely.geometry.shape(feature["geometry"])
    found: list[tuple[float, float]] = []
    for turn in (-TURN, 0.0, TURN):
        line = shapely.shortest_line(shapely.Point(frame.lon + turn, frame.lat), shape)
        found.append((frame.lon, frame.lat) if line.is_empty else (line.coords[1][0], line.coords[1][1]))
    return found

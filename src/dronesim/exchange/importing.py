"""From a real day of orders to a runnable folder: sites, walking distances, map, trace and scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.exchange.features import point
from dronesim.exchange.import_report import RADIUS_M, SITE_RULE, ImportReport, Spread
from dronesim.exchange.imported_scenario import Load, scenario_toml
from dronesim.exchange.placement import Floats, Indices, nearest, place_sites
from dronesim.exchange.writing import check_folder_is_free, csv_text, geojson_text, write_folder
from dronesim.geometry.projection import LocalFrame
from dronesim.units import MINUTE, clock

TRACE_COLUMNS: Final = (
    "order_id",
    "placed",
    "merchant",
    "customer_lon",
    "customer_lat",
    "mass_kg",
    "preparation_min",
    "expected_min",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The orders of one day in local metres around ``origin_lonlat``.

    ``source`` says in words where they come from. ``merchant`` ``(n,)`` indexes ``merchant_ids`` and
    ``merchant_xy`` ``(m, 2)``; ``customer_xy`` ``(n, 2)``; ``placed_s``, ``preparation_s`` and ``expected_s``
    ``(n,)`` in seconds, the last what the source lets one expect of the kitchen when an order is placed, NaN where
    it tells nothing. ``read`` counts the rows of the source, ``dropped`` and ``adjusted`` the orders by the rule
    that was applied to them.
    """

    name: str
    source: str
    origin_lonlat: tuple[float, float]
    merchant_ids: tuple[str, ...]
    merchant_xy: Floats
    order_ids: tuple[str, ...]
    merchant: Indices
    customer_xy: Floats
    placed_s: Floats
    preparation_s: Floats
    expected_s: Floats
    read: int
    dropped: Mapping[str, int]
    adjusted: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A day with its sites: ``takeoff_point`` ``(m,)`` of each merchant, the rest ``(n,)`` by order."""

    day: Day
    takeoff_xy: Floats
    airport_xy: Floats
    takeoff_point: Indices
    airport: Indices
    courier_walk_m: Floats
    customer_walk_m: Floats


def plain_name(folder: Path) -> str:
    """Name of a source folder in letters, digits and hyphens, fit for a scenario's name."""
    return re.sub(r"[^0-9A-Za-z]+", "-", folder.resolve().name).strip("-") or "day"


def write_import(day: Day, *, takeoff_points: int, airports: int, out: str | Path, seed: int) -> ImportReport:
    """Place the sites and write ``map.geojson``, ``trace.csv`` and ``scenario.toml``, all or nothing."""
    folder = check_folder_is_free(out)
    placed = _place(day, takeoff_points=takeoff_points, airports=airports, seed=seed)
    texts = {
        "map.geojson": geojson_text(_map(placed, seed=seed)),
        "trace.csv": csv_text(TRACE_COLUMNS, _trace(day)),
        "scenario.toml": scenario_toml(_load(placed)),
    }
    write_folder(folder, texts)
    return _report(placed, folder)


def _place(day: Day, *, takeoff_points: int, airports: int, seed: int) -> _Placed:
    pick_ups = day.merchant_xy[day.merchant]
    takeoff_xy = _sites(pick_ups, count=takeoff_points, seed=seed, key="takeoff_points")
    airport_xy = _sites(day.customer_xy, count=airports, seed=seed + 1, key="airports")
    takeoff_point, walk_m = nearest(day.merchant_xy, takeoff_xy)
    airport, customer_walk_m = nearest(day.customer_xy, airport_xy)
    return _Placed(
        day=day,
        takeoff_xy=takeoff_xy,
        airport_xy=airport_xy,
        takeoff_point=takeoff_point,
        airport=airport,
        courier_walk_m=walk_m[day.merchant],
        customer_walk_m=customer_walk_m,
    )


def _sites(demand: Floats, *, count: int, seed: int, key: str) -> Floats:
    places = np.unique(demand, axis=0)
    return places[place_sites(demand, places, count=count, seed=seed, key=key)]


def _flights_m(placed: _Placed) -> Floats:
    start = placed.takeoff_xy[placed.takeoff_point[placed.day.merchant]]
    return np.asarray(np.linalg.norm(start - placed.airport_xy[placed.airport], axis=1))


def _report(placed: _Placed, folder: Path) -> ImportReport:
    day, flight_m = placed.day, _flights_m(placed)
    direct_m = np.linalg.norm(day.merchant_xy[day.merchant] - day.customer_xy, axis=1)
    return ImportReport(
        folder=folder,
        read=day.read,
        orders=len(day.order_ids),
        merchants=len(day.merchant_ids),
        takeoff_points=len(placed.takeoff_xy),
        airports=len(placed.airport_xy),
        courier_walk_m=Spread.of(placed.courier_walk_m),
        customer_walk_m=Spread.of(placed.customer_walk_m),
        flight_m=Spread.of(flight_m),
        preparation_min=Spread.of(day.preparation_s / MINUTE),
        in_range_share=float(np.mean(flight_m <= RADIUS_M)),
        direct_in_range_share=float(np.mean(direct_m <= RADIUS_M)),
        dropped=day.dropped,
        adjusted=day.adjusted,
    )


def _map(placed: _Placed, *, seed: int) -> dict[str, Any]:
    """Sites, one merchant a pick-up point, and one community an airport that weighs its orders."""
    day, frame = placed.day, LocalFrame(*placed.day.origin_lonlat)
    weight = np.bincount(day.merchant, minlength=len(day.merchant_ids))
    load = np.bincount(placed.airport, minlength=len(placed.airport_xy))
    tops, airports = frame.to_lonlat(placed.takeoff_xy), frame.to_lonlat(placed.airport_xy)
    features = [point(xy, id=f"T{i}", kind="takeoff_point") for i, xy in enumerate(tops, start=1)]
    features += [point(xy, id=f"A{i:02d}", kind="airport") for i, xy in enumerate(airports, start=1)]
    shops = zip(day.merchant_ids, frame.to_lonlat(day.merchant_xy), weight, placed.takeoff_point, strict=True)
    features += [
        point(xy, id=name, kind="merchant", weight=int(share), takeoff_point=f"T{top + 1}")
        for name, xy, share, top in shops
    ]
    features += [
        point(xy, id=f"C{i:02d}", kind="community", weight=int(share))
        for i, (xy, share) in enumerate(zip(airports, load, strict=True), start=1)
    ]
    head = {
        "type": "FeatureCollection",
        "name": day.name,
        "synthetic": False,
        "sites": SITE_RULE,
        "seed": seed,
    }
    return {**head, "origin": list(day.origin_lonlat), "features": features}


def _load(placed: _Placed) -> Load:
    return Load(
        name=placed.day.name,
        origin=placed.day.source,
        courier_walk=str(Spread.of(placed.courier_walk_m)),
        placed_s=placed.day.placed_s,
        preparation_s=placed.day.preparation_s,
        takeoff_point=placed.takeoff_point[placed.day.merchant],
        walk_m=placed.courier_walk_m,
        takeoff_points=len(placed.takeoff_xy),
    )


def _trace(day: Day) -> Iterator[tuple[str, ...]]:
    """Rows in order of placing; mass stays empty, so that the scenario draws it."""
    lonlat = LocalFrame(*day.origin_lonlat).to_lonlat(day.customer_xy)
    for row in np.argsort(day.placed_s, kind="stable"):
        lon, lat = (f"{degrees:.7f}" for degrees in lonlat[row])
        kitchen = (_minutes(seconds[row]) for seconds in (day.preparation_s, day.expected_s))
        placed = clock(float(day.placed_s[row]))
        yield day.order_ids[row], placed, day.merchant_ids[day.merchant[row]], lon, lat, "", *kitchen


def _minutes(seconds: float) -> str:
    return "" if np.isnan(seconds) else f"{seconds / MINUTE:.4f}"

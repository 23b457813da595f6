"""The layers of a day that stand still: sites with their key figures, zones and areas with their hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import shapely

from dronesim.export.day import ExportDay
from dronesim.export.layers import Layer, Shown, points, texts, with_instants
from dronesim.metrics.breakdown import breakdown
from dronesim.metrics.statistics import ratio

GROUPS: Final = {"takeoff_points": "takeoff_point", "airports": "airport"}
_HOURS: Final = {"from_s": "begins", "to_s": "ends"}


def sites_of(day: ExportDay) -> Layer:
    """Give the take-off points and airports with what happened there."""
    rows = [(kind, site) for group, kind in GROUPS.items() for site in day.facts["sites"][group]]
    names = [str(site["id"]) for _, site in rows]
    xy = np.array([[site["x_m"], site["y_m"]] for _, site in rows], dtype=np.float64).reshape(-1, 2)
    columns = {
        "id": texts(names),
        "kind": texts([kind for kind, _ in rows]),
        **_traffic(day, names),
        **_orders(day, [(kind, str(site["id"])) for kind, site in rows]),
        **{f"{what}_count": _numbers(counts, names) for what, counts in _at_sites(day.facts["capacity"], names)},
        **{f"{what}_utilization": _shares(shares, names) for what, shares in _at_sites(_use(day), names)},
        "box_peak": _shares(day.saved.kpis["cabinets"].get("peak_by_airport", {}), names),
    }
    return Layer(name="sites", columns=columns, shapes=points(day.lonlat(xy)), kind="Point")


def _use(day: ExportDay) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = day.saved.kpis["resources"]
    return found


def _at_sites(found: Mapping[str, Mapping[str, Any]], names: list[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """List what is counted by site; what the network has as a whole belongs to none."""
    known = set(names)
    return ((what, by_site) for what, by_site in found.items() if known & by_site.keys())


def _numbers(counts: Mapping[str, Any], names: list[str]) -> Any:
    return np.array([counts.get(name, -1) for name in names], dtype=np.int64)


def _shares(shares: Mapping[str, Any], names: list[str]) -> Any:
    found = (shares.get(name) for name in names)
    return np.array([np.nan if share is None else share for share in found], dtype=np.float64)


def _traffic(day: ExportDay, names: list[str]) -> dict[str, Any]:
    """Count the departures from each site and the landings there."""
    legs = day.legs_table
    begun = legs["from"][~np.isnan(legs["departed_s"]) & (legs["kind"] != "divert")].tolist()
    ended = legs["to"][~np.isnan(legs["landed_s"]) & (legs["outcome"] == "landed")].tolist()
    return {"departures": _count(begun, names), "landings": _count(ended, names)}


def _count(found: list[str], names: list[str]) -> Any:
    number = {name: place for place, name in enumerate(names)}
    return np.bincount(np.array([number[name] for name in found], dtype=np.int64), minlength=len(names))


def _orders(day: ExportDay, sites: list[tuple[str, str]]) -> dict[str, Any]:
    """Count the orders in range of each site and those on time, on the clock of the target."""
    counts = breakdown(day.orders_table, day.facts)
    pairs = [counts[kind].get(name, [0, 0]) for kind, name in sites]
    shares = [ratio(met, whole) for whole, met in pairs]
    return {
        "orders": np.array([whole for whole, _ in pairs], dtype=np.int64),
        "on_time": np.array([met for _, met in pairs], dtype=np.int64),
        "share_on_time": np.array([np.nan if share is None else share for share in shares], dtype=np.float64),
    }


def zones_of(day: ExportDay) -> Layer:
    """Give the no-fly zones with heights and hours, and the areas that had no link, or no position, with theirs."""
    zones = day.world.zones
    areas = [*_areas_out(day.facts, "link"), *_areas_out(day.facts, "position")]
    shapes = np.full(len(zones.ids) + len(areas), None, dtype=object)
    local = [*zones.polygons.tolist(), *(polygon for _, _, polygon, _, _ in areas)]
    shapes[:] = [day.in_degrees(_many(polygon)) for polygon in local]
    unknown = np.full(len(areas), np.nan)
    columns = {
        "id": texts([*zones.ids, *(name for name, *_ in areas)]),
        "kind": texts([*["no_fly"] * len(zones.ids), *(kind for _, kind, *_ in areas)]),
        "floor_m": np.concatenate([zones.floor_m, unknown]),
        "ceiling_m": np.concatenate([_finite(zones.ceiling_m), unknown]),
        "from_s": np.concatenate([_finite(zones.from_s), [begin_s for *_, begin_s, _ in areas]]),
        "to_s": np.concatenate([_finite(zones.to_s), [end_s for *_, end_s in areas]]),
    }
    return Layer(name="zones", columns=with_instants(columns, day.clock, _HOURS), shapes=shapes, kind="MultiPolygon")


def _finite(values: Any) -> Any:
    return np.where(np.isfinite(values), values, np.nan)


def _many(polygon: Any) -> Any:
    return shapely.MultiPolygon([polygon]) if polygon.geom_type == "Polygon" else polygon


def _areas_out(facts: Mapping[str, Any], key: str) -> list[tuple[str, str, Any, float, float]]:
    """List the outages of single areas: name, kind, polygon in local metres, begin and end in seconds."""
    found = facts.get(key)
    if found is None:
        return []
    shapes = {area["id"]: shapely.from_wkt(area["wkt"]) for area in found["areas"]}
    return [
        (out["area"], f"no_{key}", shapes[out["area"]], out["from_s"], out["to_s"])
        for out in found["outages"]
        if out["area"] in shapes
    ]


def layers_of(day: ExportDay) -> tuple[Layer, ...]:
    """Give all layers of a day."""
    return day.flights, sites_of(day), zones_of(day), day.orders


def rows_of(layer: Layer, *, show: Shown) -> Iterator[tuple[dict[str, Any], Any]]:
    """Give the rows of a layer as plain values by column, each with its shape."""
    names = list(layer.columns)
    for shape, *row in zip(layer.shapes.tolist(), *layer.values(show=show), strict=True):
        yield dict(zip(names, row, strict=True)), shape

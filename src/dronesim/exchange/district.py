"""A synthetic district from a seed: streets, land use, buildings, sites and no-fly zones."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.defaults import AIRPORTS, DISTRICT_BUILDINGS, DISTRICT_SIDE_M, DISTRICT_TAKEOFF_POINTS, DISTRICT_ZONES
from dronesim.errors import InputError, Problem
from dronesim.exchange.features import Plan, Stock, list_features
from dronesim.exchange.footprints import LAND_USES, draw_heights, place_on_plot
from dronesim.exchange.placement import nearest, place_sites, sample
from dronesim.exchange.streets import Floats, Indices, Plots, lay_streets
from dronesim.geometry.projection import LocalFrame

GENERATOR_VERSION: Final = 1
"""Counts up whenever the same seed would give another district."""

QUIET_RADIUS_M: Final = 270.0
"""Plots this near to a site hold low buildings only, so that a drone climbs and leaves in the clear."""
AIRPORT_GAP_M: Final = 350.0
"""No airport lies nearer to a take-off point: there the courier would walk to the door."""
ZONE_GAP_M: Final = 230.0
ZONE_SPACING_M: Final = 700.0

LIMITS: Final = {
    "size_m": (1500, 30_000),
    "takeoff_points": (1, 100),
    "airports": (1, 500),
    "buildings": (0, 200_000),
    "zones": (0, 500),
}
"""Least and most of each argument; a square of 30 km is a whole city, and takes about two minutes to make."""

LOW_USES: Final = ("village", "walk_up", "courtyard", "slabs", "civic")
USE_SHARES: Final = {
    "village": (0.22, 0.06),
    "walk_up": (0.22, 0.18),
    "slabs": (0.12, 0.16),
    "courtyard": (0.12, 0.12),
    "towers": (0.06, 0.36),
    "offices": (0.01, 0.16),
    "workshops": (0.18, 0.02),
    "civic": (0.05, 0.06),
}
"""Shares of plots by land use at the rim and in the densest part; between the two they mix (assumption)."""


def generate_district(
    *,
    seed: int,
    size_m: float = DISTRICT_SIDE_M,
    takeoff_points: int = DISTRICT_TAKEOFF_POINTS,
    airports: int = AIRPORTS,
    buildings: int = DISTRICT_BUILDINGS,
    zones: int = DISTRICT_ZONES,
    lonlat: tuple[float, float] = (114.25, 22.72),
    name: str = "synthetic-district",
) -> dict[str, Any]:
    """Generate a district as a GeoJSON feature collection; the same arguments give the same bytes.

    ``size_m`` is the side of the square in metres, ``lonlat`` its centre in degrees. Take-off points lie on
    the plazas of malls, airports in community squares, both near k-means centres of expected floor area. A
    community is the homes of one superblock and weighs as much as their floor area in square metres. Zones
    lie across the most straight lines between take-off points and airports.
    """
    counts = {"takeoff_points": takeoff_points, "airports": airports, "buildings": buildings, "zones": zones}
    _check_counts(size_m=size_m, **counts)
    arguments = {"seed": seed, "size_m": size_m, **counts, "lonlat": list(lonlat), "name": name}
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))
    plan = _plan(rng, size_m=size_m, sites=(takeoff_points, airports), zones=zones, seed=seed)
    stock = _thin(rng, _build(rng, plan), plan=plan, count=buildings)
    _check_homes(stock)
    features = list_features(rng, plan, stock=stock, frame=LocalFrame(*lonlat))
    return {**_head(arguments), "origin": list(lonlat), "features": features}


def _head(arguments: dict[str, Any]) -> dict[str, Any]:
    """Say on top of the map that it is made up, and how to make it again."""
    label = {
        "type": "FeatureCollection",
        "name": arguments["name"],
        "synthetic": True,
        "seed": arguments["seed"],
    }
    return {
        **label,
        "generator": "dronesim new map",
        "generator_version": GENERATOR_VERSION,
        "arguments": arguments,
    }


def _check_counts(**counts: float) -> None:
    wrong = [
        Problem(file="new map", key=key, rule=f"must lie between {least:,} and {most:,}", value=counts[key])
        for key, (least, most) in LIMITS.items()
        if not least <= counts[key] <= most
    ]
    if wrong:
        raise InputError(wrong)


def _check_homes(stock: Stock) -> None:
    """Refuse a district in which nobody lives: no order would come from it."""
    if not stock.home_m2.any():
        rule = "none of so many would be a home, and the map have no community; take more"
        raise InputError([Problem(file="new map", key="buildings", rule=rule, value=len(stock.height_m))])


def _plan(rng: np.random.Generator, *, size_m: float, sites: tuple[int, int], zones: int, seed: int) -> Plan:
    plots = lay_streets(rng, size_m=size_m)
    density = _density(rng, plots, size_m=size_m)
    malls, squares = _choose_sites(rng, plots, density, sites=sites, seed=seed)
    closed = _choose_zones(plots, malls, squares, count=zones)
    uses = _choose_uses(rng, plots, density, malls=malls, squares=squares, zones=closed)
    return Plan(plots=plots, density=density, malls=malls, squares=squares, zones=closed, uses=uses)


def _density(rng: np.random.Generator, plots: Plots, *, size_m: float) -> Floats:
    """How built-up each plot is: four seeded centres fading outwards, scaled to [0, 1]."""
    centres = rng.uniform(-0.33, 0.33, (4, 2)) * size_m
    gap = np.linalg.norm(plots.centre[:, None] - centres[None], axis=2) / (0.22 * size_m)
    field = np.exp(-0.5 * gap**2).sum(axis=1) + rng.uniform(0.0, 0.25, len(plots))
    scaled: Floats = field / field.max()
    return scaled


def _choose_sites(
    rng: np.random.Generator, plots: Plots, density: Floats, *, sites: tuple[int, int], seed: int
) -> tuple[Indices, Indices]:
    """Plots for malls and for community squares, none of them twice."""
    if sum(sites) > len(plots) // 2:
        rule = f"too many sites for {len(plots)} plots; take a larger size_m"
        raise InputError([Problem(file="new map", key="takeoff_points + airports", rule=rule, value=sum(sites))])
    demand = sample(rng, plots.centre, 0.3 + density, count=1500)
    malls = place_sites(demand, plots.centre, count=sites[0], seed=seed, key="takeoff_points")
    free = np.flatnonzero(nearest(plots.centre, plots.centre[malls])[1] > AIRPORT_GAP_M)
    return malls, free[place_sites(demand, plots.centre[free], count=sites[1], seed=seed + 1, key="airports")]


def _choose_zones(plots: Plots, malls: Indices, squares: Indices, *, count: int) -> Indices:
    """Plots across the most straight lines between sites, away from every site and from each other."""
    crossings = _lines_across(plots, malls, squares)
    crossings[_gap_to_sites(plots, plots.centre[np.r_[malls, squares]]) < ZONE_GAP_M] = -1
    chosen: list[int] = []
    for _ in range(count):
        best = int(np.argmax(crossings))
        if crossings[best] < 0:
            raise InputError([Problem(file="new map", key="zones", rule="no room left for so many", value=count)])
        chosen.append(best)
        crossings[np.linalg.norm(plots.centre - plots.centre[best], axis=1) < ZONE_SPACING_M] = -1
    return np.array(chosen, dtype=np.int64)


def _lines_across(plots: Plots, malls: Indices, squares: Indices) -> Indices:
    ends = [(plots.centre[mall], plots.centre[square]) for mall in malls for square in squares]
    lines = shapely.STRtree(np.asarray(shapely.linestrings(np.array(ends))))
    crossed, _ = lines.query(_outlines(plots), predicate="intersects")
    crossings: Indices = np.bincount(crossed, minlength=len(plots)).astype(np.int64)
    return crossings


def _gap_to_sites(plots: Plots, sites: Floats) -> Floats:
    points = np.asarray(shapely.points(sites))
    gap: Floats = shapely.distance(_outlines(plots)[:, None], points[None, :]).min(axis=1)
    return gap


def _outlines(plots: Plots) -> NDArray[np.object_]:
    return np.asarray(shapely.polygons(plots.corners))


def _choose_uses(
    rng: np.random.Generator,
    plots: Plots,
    density: Floats,
    *,
    malls: Indices,
    squares: Indices,
    zones: Indices,
) -> tuple[str, ...]:
    """Land use of every plot: drawn by density, low beside sites, fixed where a site or zone lies."""
    names = np.array(list(USE_SHARES))
    rim, core = np.array(list(USE_SHARES.values())).T
    shares = rim + density[:, None] * (core - rim)
    is_quiet = nearest(plots.centre, plots.centre[np.r_[malls, squares]])[1] < QUIET_RADIUS_M
    shares[np.ix_(is_quiet, ~np.isin(names, LOW_USES))] = 0.0
    edges = np.cumsum(shares, axis=1) / shares.sum(axis=1, keepdims=True)
    uses = names[(rng.random(len(plots))[:, None] > edges).sum(axis=1)]
    uses[malls], uses[squares], uses[zones] = "mall", "square", "civic"
    return tuple(str(use) for use in uses)


def _build(rng: np.random.Generator, plan: Plan) -> Stock:
    """Every building that the plan has room for."""
    parts = [_build_plot(rng, plan, plot) for plot in range(len(plan.plots))]
    return Stock(
        footprints=tuple(footprint for part in parts for footprint in part.footprints),
        height_m=np.concatenate([part.height_m for part in parts]),
        home_m2=np.concatenate([part.home_m2 for part in parts]),
        plot=np.concatenate([part.plot for part in parts]),
    )


def _build_plot(rng: np.random.Generator, plan: Plan, plot: int) -> Stock:
    use, plots = LAND_USES[plan.uses[plot]], plan.plots
    local = use.pattern(*(float(side) for side in plots.size[plot]))
    placed = place_on_plot(local, centre=plots.centre[plot], axis=plots.axis[plot])
    inside = shapely.covers(shapely.Polygon(plots.corners[plot]), [shapely.Polygon(xy) for xy in placed])
    footprints = tuple(xy for xy, is_inside in zip(placed, inside, strict=True) if is_inside)
    height = draw_heights(rng, use, count=len(footprints))
    area = np.array([shapely.Polygon(xy).area for xy in footprints])
    home = area * height / use.storey_m if use.is_residential else 0.0 * area
    return Stock(footprints=footprints, height_m=height, home_m2=home, plot=np.full(len(height), plot))


def _thin(rng: np.random.Generator, stock: Stock, *, plan: Plan, count: int) -> Stock:
    """Keep all malls and a random rest, ``count`` buildings in all; elsewhere the ground stays open."""
    if count > len(stock.footprints):
        rule = f"this street plan has room for {len(stock.footprints)}; take fewer or a larger size_m"
        raise InputError([Problem(file="new map", key="buildings", rule=rule, value=count)])
    lot = rng.random(len(stock.footprints)) - np.isin(stock.plot, plan.malls)
    return _keep(stock, np.sort(np.argsort(lot, kind="stable")[:count]))


def _keep(stock: Stock, kept: Indices) -> Stock:
    return Stock(
        footprints=tuple(stock.footprints[index] for index in kept),
        height_m=stock.height_m[kept],
        home_m2=stock.home_m2[kept],
        plot=stock.plot[kept],
    )

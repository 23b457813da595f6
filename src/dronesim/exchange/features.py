"""What a synthetic district's map holds, as GeoJSON: sites, customers, zones, buildings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dronesim.exchange.streets import Floats, Indices, Plots
from dronesim.geometry.projection import LocalFrame

Feature = dict[str, Any]

DECIMALS: Final = 7
"""Of degrees: about a centimetre."""
ZONE_CEILING_M: Final = 300.0
HELIPAD_RADIUS_M: Final = 130.0
MERCHANTS_A_MALL: Final = 12
MERCHANT_RING_M: Final = (30.0, 150.0)
MERCHANT_SPREAD: Final = 0.5
"""Standard deviation of the logarithm of a merchant's weight (assumption)."""
ZONE_NAMES: Final = ("school", "hospital-helipad", "government-compound")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What stands on every plot; ``density`` in [0, 1], sites and zones as plot indices."""

    plots: Plots
    density: Floats
    malls: Indices
    squares: Indices
    zones: Indices
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """All buildings: footprints in local metres, roof heights, floor area of homes, and their plot."""

    footprints: tuple[Floats, ...]
    height_m: Floats
    home_m2: Floats
    plot: Indices


def list_features(rng: np.random.Generator, plan: Plan, *, stock: Stock, frame: LocalFrame) -> list[Feature]:
    """All features, sites first and buildings last."""
    features = [*_takeoff_points(plan, frame), *_airports(plan, frame), *_merchants(rng, plan, frame)]
    return [*features, *_communities(plan, stock, frame), *_zones(plan, frame), *_buildings(stock, frame)]


def point(lonlat: Floats, **properties: object) -> Feature:
    """One point feature; ``lonlat`` in degrees, shape ``(2,)``."""
    return _feature("Point", np.round(lonlat, DECIMALS).tolist(), properties)


def ring(lonlat: Floats, **properties: object) -> Feature:
    """One polygon feature without holes; ``lonlat`` in degrees, shape ``(k, 2)``, not closed."""
    closed = np.round(np.vstack([lonlat, lonlat[:1]]), DECIMALS)
    return _feature("Polygon", [closed.tolist()], properties)


def _feature(shape: str, coordinates: object, properties: Feature) -> Feature:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": shape, "coordinates": coordinates},
    }


def _takeoff_points(plan: Plan, frame: LocalFrame) -> Iterator[Feature]:
    for number, lonlat in enumerate(frame.to_lonlat(plan.plots.centre[plan.malls]), start=1):
        yield point(lonlat, id=f"T{number}", kind="takeoff_point")


def _airports(plan: Plan, frame: LocalFrame) -> Iterator[Feature]:
    for number, lonlat in enumerate(frame.to_lonlat(plan.plots.centre[plan.squares]), start=1):
        yield point(lonlat, id=f"A{number:02d}", kind="airport")


def _merchants(rng: np.random.Generator, plan: Plan, frame: LocalFrame) -> Iterator[Feature]:
    """A dozen merchants in a ring around every mall's take-off point."""
    for number, mall in enumerate(plan.malls, start=1):
        away = rng.uniform(*MERCHANT_RING_M, MERCHANTS_A_MALL)
        angle = rng.uniform(0.0, 2 * np.pi, MERCHANTS_A_MALL)
        weight = rng.lognormal(0.0, MERCHANT_SPREAD, MERCHANTS_A_MALL)
        xy = plan.plots.centre[mall] + away[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        for shop, (lonlat, share) in enumerate(zip(frame.to_lonlat(xy), weight, strict=True), start=1):
            label = {"id": f"T{number}-M{shop:02d}", "kind": "merchant", "takeoff_point": f"T{number}"}
            yield point(lonlat, **label, weight=round(float(share), 3))


def _communities(plan: Plan, stock: Stock, frame: LocalFrame) -> Iterator[Feature]:
    """One community a superblock: floor area of homes in square metres, at its centre of gravity."""
    block = plan.plots.superblock[stock.plot]
    middle = np.array([footprint.mean(axis=0) for footprint in stock.footprints]).reshape(-1, 2)
    area = np.bincount(block, weights=stock.home_m2)
    moment = np.stack([np.bincount(block, weights=stock.home_m2 * middle[:, k]) for k in (0, 1)], axis=1)
    lived_in = np.flatnonzero(area > 0.0)
    lonlats = frame.to_lonlat(moment[lived_in] / area[lived_in, None])
    for number, (lonlat, weight) in enumerate(zip(lonlats, area[lived_in], strict=True), start=1):
        yield point(lonlat, id=f"C{number:02d}", kind="community", weight=round(float(weight)))


def _zones(plan: Plan, frame: LocalFrame) -> Iterator[Feature]:
    for number, plot in enumerate(plan.zones):
        name = ZONE_NAMES[number % len(ZONE_NAMES)]
        label = name if number < len(ZONE_NAMES) else f"{name}-{number // len(ZONE_NAMES) + 1}"
        outline = _circle(plan.plots.centre[plot]) if name == "hospital-helipad" else plan.plots.corners[plot]
        yield ring(frame.to_lonlat(outline), id=label, kind="no_fly", floor_m=0.0, ceiling_m=ZONE_CEILING_M)


def _circle(centre: Floats, *, corners: int = 24) -> Floats:
    angle = np.arange(corners) * (2 * np.pi / corners)
    circle: Floats = centre + HELIPAD_RADIUS_M * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return circle


def _buildings(stock: Stock, frame: LocalFrame) -> Iterator[Feature]:
    if not stock.footprints:
        return
    ends = np.cumsum([len(footprint) for footprint in stock.footprints])
    lonlats = np.split(frame.to_lonlat(np.vstack(stock.footprints)), ends[:-1])
    for number, (lonlat, height) in enumerate(zip(lonlats, stock.height_m, strict=True), start=1):
        yield ring(lonlat, id=f"B{number:04d}", kind="building", height_m=float(height))

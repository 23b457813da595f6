"""The world as arrays in local metres: sites, customers, obstacles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dronesim.record.exposure import ListenerFacts, PeopleArea

Floats = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """Named points in local east-north metres; ``xy`` has shape ``(n, 2)``."""

    ids: tuple[str, ...]
    xy: Floats

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """No-fly zones: shapely polygons, the heights they cover and the hours they hold (seconds since midnight).

    ``polygons`` has shape ``(n,)`` and dtype object; ``floor_m``, ``ceiling_m``, ``from_s``, ``to_s`` have
    shape ``(n,)``. A zone that always holds has ``from_s`` = -inf and ``to_s`` = inf.
    """

    ids: tuple[str, ...]
    polygons: NDArray[Any]
    floor_m: Floats
    ceiling_m: Floats
    from_s: Floats
    to_s: Floats

    def in_force(self, t_s: float) -> NDArray[np.bool_]:
        """Tell which zones hold at a time, shape ``(n,)``."""
        return np.asarray((self.from_s <= t_s) & (t_s < self.to_s), dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildings:
    """Building footprints (shapely polygons, dtype object) and roof heights in metres, shape ``(n,)``.

    ``ids`` are what the map calls them, for messages; it may be left empty.
    """

    polygons: NDArray[Any]
    height_m: Floats
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AirwayRules:
    """What is allowed on one airway.

    ``is_one_way``: in the direction drawn only; ``capacity``: drones at a time on each straight piece, 0 for any
    number; ``headway_s``: least time between two drones that enter a piece; ``levels_m``: the cruise levels at
    which it may be flown, None for those of ``level_rule``: "any", or "heading", half of them by direction.
    """

    is_one_way: bool = False
    capacity: int = 0
    headway_s: float = 0.0
    levels_m: tuple[float, ...] | None = None
    level_rule: Literal["any", "heading"] = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One district.

    ``merchant_takeoff_point`` and ``community_airport`` hold, for each merchant and community, the index of
    the take-off point and the airport that the stated rule (named in the map, else nearest by straight line)
    gives it. ``merchant_weight`` and ``community_weight`` are shares of demand, not normalised.
    ``merchant_preparation_s``, ``(n,)``: mean preparation at each merchant, NaN where the map states none; it may be
    left empty. ``airways`` are shapely lines, ``airway_rules`` what is allowed on each; none stated means all defaults.
    ``link_areas``: names and shapely polygons of the parts in which the command link is lost as a whole.
    ``pads``, ``boxes``: numbers that the map states for single sites, by site id. ``places`` are those at which noise
    counts, with their limits, ``people`` areas by how many are there. ``ground_amsl_m``: height of the ground above
    mean sea level, ``geoid_m``: of that above the ellipsoid of WGS84; None where the map states none. ``notes`` say
    what of the map is legal and odd.
    """

    name: str
    origin_lonlat: tuple[float, float]
    takeoff_points: Sites
    airports: Sites
    merchants: Sites
    merchant_weight: Floats
    merchant_takeoff_point: NDArray[Any]
    communities: Sites
    community_weight: Floats
    community_airport: NDArray[Any]
    buildings: Buildings
    zones: Zones
    airways: tuple[Any, ...]
    pads: dict[str, int]
    boxes: dict[str, int]
    airway_rules: tuple[AirwayRules, ...] = ()
    merchant_preparation_s: Floats = field(default_factory=lambda: np.empty(0))
    ground_amsl_m: float | None = None
    geoid_m: float | None = None
    link_areas: tuple[tuple[str, Any], ...] = ()
    places: tuple[ListenerFacts, ...] = ()
    people: tuple[PeopleArea, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sites(self) -> tuple[str, ...]:
        """Ids of every place a drone can stand: take-off points first, airports after them."""
        return self.takeoff_points.ids + self.airports.ids

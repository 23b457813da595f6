"""A saved run as it is exported: its tables, map and clock, and the layers that every format writes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.export.clock import DayClock, Instants, day_clock, missing_keys
from dronesim.export.layers import Layer, points, texts, with_instants
from dronesim.export.paths import SOURCES, Paths, end_times, paths_of
from dronesim.geometry import LocalFrame
from dronesim.metrics.service import is_on_time
from dronesim.record.saved import Saved, open_saved
from dronesim.record.tables import MILESTONES, Columns
from dronesim.units import MS
from dronesim.world import World

Floats = NDArray[np.float64]

_MAP: Final = "inputs/map.geojson"
_SCENARIO: Final = "scenario.toml"
_EXAMPLES: Final = {"horizon.date": "2026-06-01", "horizon.zone": "Asia/Shanghai"}
DEGREES: Final = 7
"""Decimals of longitudes and latitudes: about a centimetre."""
METRES: Final = 2
"""Decimals of heights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a run may leave open, and an export needs.

    ``date`` and ``zone`` of its day; ``ground_m``: height of the ground above the ellipsoid of WGS84 in metres, where
    its map does not state both ``ground_amsl_m`` and ``geoid_m``.
    """

    date: str | None = None
    zone: str | None = None
    ground_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Points of all flights as they are written: rounded degrees, heights and milliseconds since local midnight.

    Shapes ``(n,)``; those of flight i are from ``first[i]`` to ``first[i + 1]``.
    """

    first: NDArray[np.int64]
    time_ms: NDArray[np.int64]
    lon: Floats
    lat: Floats
    height_m: Floats


@dataclass(frozen=True, kw_only=True)
class ExportDay:
    """A day to be exported; ``clock`` is None where its date or time zone is not known, which ``missing`` names.

    ``ground_m``: height of the ground above the ellipsoid, None where nobody states it.
    """

    saved: Saved
    world: World
    clock: DayClock | None
    missing: tuple[str, ...]
    ground_m: float | None

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.saved.facts["name"])

    @property
    def facts(self) -> Mapping[str, Any]:
        """What tables can't say."""
        return self.saved.facts

    @property
    def frame(self) -> LocalFrame:
        """Where the local metres of the run lie."""
        return LocalFrame(*self.world.origin_lonlat)

    @cached_property
    def orders_table(self) -> Columns:
        """Give the orders as the run has them."""
        return self.saved.columns("orders")

    @cached_property
    def legs_table(self) -> Columns:
        """Give the flights as the run has them."""
        return self.saved.columns("legs")

    @cached_property
    def paths(self) -> Paths:
        """Find the path of every flight in local metres."""
        tracks = self.saved.columns("flown") if "flown" in self.saved.names else None
        ended_s = end_times(self.legs_table, self.saved.columns("incidents"))
        return paths_of(self.legs_table, self.facts, tracks=tracks, ended_s=ended_s)

    @cached_property
    def line(self) -> Line:
        """Give the paths as they are written."""
        lonlat = self.lonlat(self.paths.place_m[:, :2])
        height_m = np.round(self.paths.place_m[:, 2], METRES) + 0.0
        return Line(
            first=self.paths.first, time_ms=self.paths.time_ms, lon=lonlat[:, 0], lat=lonlat[:, 1], height_m=height_m
        )

    def instants(self, time_ms: Any) -> Instants:
        """Give the instants of milliseconds since local midnight, any shape.

        Raises
        ------
        InputError
            The date or the time zone of the day is not known; names the keys, with ways out.
        """
        return self.needed_clock().instants(np.asarray(time_ms, dtype=np.float64) / MS)

    def needed_clock(self) -> DayClock:
        """Give the clock, or name what is missing."""
        if self.clock is not None:
            return self.clock
        options = " ".join(f"--{key.removeprefix('horizon.')} {_EXAMPLES[key]}" for key in self.missing)
        rule = (
            "is not stated in the scenario of the run, and this format has no times without date and zone; state it "
            f"there, or here, as {options}, or choose geojson, csv, gpkg or geoparquet"
        )
        problems = [Problem(file=str(self.saved.folder), key=key, rule=rule) for key in self.missing]
        raise InputError(problems)

    def show_local(self, instants: Instants) -> list[str | None]:
        """Show instants on the clock of the zone."""
        return self.needed_clock().local_texts(instants)

    def lonlat(self, xy: Floats) -> Floats:
        """Give the rounded degrees of points in local metres, shape ``(n, 2)``."""
        return np.round(self.frame.to_lonlat(xy), DEGREES) if len(xy) else np.empty((0, 2))

    def in_degrees(self, shape: Any) -> Any:
        """Give a shape in local metres in degrees."""
        return shapely.transform(shape, self.lonlat)

    @cached_property
    def flights(self) -> Layer:
        """All flights with their times and paths."""
        legs, line = self.legs_table, self.line
        coordinates = np.column_stack([line.lon, line.lat, line.height_m])
        shapes = np.full(len(legs["leg"]), None, dtype=object)
        counts = np.diff(line.first)
        flies = np.flatnonzero(counts)
        if len(flies):
            shapes[flies] = shapely.linestrings(coordinates, indices=np.repeat(np.arange(len(flies)), counts[flies]))
        columns = {**legs, "path": texts([SOURCES[number] for number in self.paths.source.tolist()])}
        names = {f"{name}_s": name for name in ("requested", "departed", "arrived", "landed")}
        columns = with_instants(columns, self.clock, names)
        return Layer(name="flights", columns=columns, shapes=shapes, kind="LineString Z")

    @cached_property
    def orders(self) -> Layer:
        """All orders with their times, at the place of the customer, or at the airport where that is not known."""
        orders, service = self.orders_table, self.facts["service"]
        on_time = is_on_time(orders, clock=str(service["clock"]), limit_s=float(service["limit_s"]))
        names = {**{name: name.removesuffix("_s") for name in MILESTONES}, "ended_s": "ended"}
        columns = with_instants({**orders, "on_time": on_time}, self.clock, names)
        return Layer(name="orders", columns=columns, shapes=points(self._customers()), kind="Point")

    def _customers(self) -> Floats:
        """Longitudes and latitudes of the customers, NaN where not even an airport is known; shape ``(n, 2)``."""
        world = self.world
        places = {**dict(zip(world.airports.ids, world.airports.xy, strict=True))}
        homes = {**places, **dict(zip(world.communities.ids, world.communities.xy, strict=True))}
        columns = (self.orders_table[name].tolist() for name in ("community", "placed_airport"))
        nowhere = np.full(2, np.nan)
        xy = [homes.get(home, places.get(airport, nowhere)) for home, airport in zip(*columns, strict=True)]
        found = np.full((len(xy), 2), np.nan)
        known = ~np.isnan(np.array(xy, dtype=np.float64).reshape(-1, 2)[:, 0])
        found[known] = self.lonlat(np.array(xy, dtype=np.float64).reshape(-1, 2)[known])
        return found


def open_day(folder: Path, wishes: Wishes) -> ExportDay:
    """Open a saved run to be exported.

    Raises
    ------
    InputError
        It is no run, or not as it was written; or a wish is none, or not what the run states.
    """
    from dronesim.scenario.geojson import load_map

    saved = open_saved(folder)
    horizon = tomllib.loads(saved.text(_SCENARIO)).get("horizon", {})
    saved.text(_MAP)
    world = load_map(folder / _MAP, needs_customers=False)
    opens_s = float(saved.facts["horizon"]["start_s"])
    clock = day_clock(horizon, opens_s=opens_s, date=wishes.date, zone=wishes.zone, label=str(folder))
    missing = missing_keys(horizon, date=wishes.date, zone=wishes.zone)
    ground_m = _ground_m(world, wishes, label=str(folder))
    return ExportDay(saved=saved, world=world, clock=clock, missing=tuple(missing), ground_m=ground_m)


def _ground_m(world: World, wishes: Wishes, *, label: str) -> float | None:
    if world.ground_amsl_m is None or world.geoid_m is None:
        return wishes.ground_m
    stated_m = world.ground_amsl_m + world.geoid_m
    if wishes.ground_m is not None and wishes.ground_m != stated_m:
        rule = f"is {stated_m:g} m by ground_amsl_m and geoid_m of the map; leave --ground-m out"
        raise InputError([Problem(file=label, key="--ground-m", rule=rule, value=wishes.ground_m)])
    return stated_m

"""Routes by time of departure: zones that hold for part of the day, and a wind that changes."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dronesim.geometry.distance import read_only
from dronesim.routing.build import build_route_table
from dronesim.routing.table import RouteTable
from dronesim.world import World, Zones

Floats = NDArray[np.float64]
Winds = Sequence[tuple[float, ArrayLike]]
Build = Callable[..., RouteTable]
MOST_TABLES: Final = 32
"""So many tables are kept; a day has one for each of its winds, with the zones of their time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RouteSchedule:
    """Route tables by time of departure, each made when it is first asked for.

    ``change_s`` (k,): the times in seconds since midnight at which routes change, sorted. A zone holds from its
    ``from_s`` on and no longer at its ``to_s``. Each of ``wind_from_s`` (w,) begins a wind, a row of ``winds``
    (w, levels, 2); the first one holds before its time too. ``airspeed_mps`` is None where no wind is known;
    ``cruise_mps`` is the ground speed that drones hold where it lets them. Of the tables made, by zones and wind, those
    used last are kept, for this day and for those ``in_winds`` of their own.
    """

    world: World
    change_s: Floats
    wind_from_s: Floats
    winds: Floats
    levels: int
    airspeed_mps: float | None
    cruise_mps: float
    build: Callable[[World], RouteTable] = field(repr=False)
    _calm: dict[bytes, RouteTable] = field(default_factory=dict, repr=False)
    _tables: OrderedDict[tuple[bytes, bytes], RouteTable] = field(default_factory=OrderedDict, repr=False)

    def at(self, t_s: float) -> RouteTable:
        """Give the routes for departures at a time: the same table where zones and wind are the same."""
        is_closed, wind = self.closed_zones(t_s), self.wind(t_s)
        key = is_closed.tobytes(), b"" if wind is None else wind.tobytes()
        if key not in self._tables:
            table = self._calm_table(is_closed)
            if wind is not None and self.airspeed_mps is not None:
                table = table.under_wind(wind, airspeed_mps=self.airspeed_mps, cruise_mps=self.cruise_mps)
            self._tables[key] = table
        self._tables.move_to_end(key)
        while len(self._tables) > MOST_TABLES:
            self._tables.popitem(last=False)
        return self._tables[key]

    def in_winds(self, winds: Winds) -> RouteSchedule:
        """Give the schedule of a day with other winds, as of `build_route_schedule`; tables once made are shared."""
        from_s, by_level = _wind_rows(winds, levels=self.levels)
        return replace(
            self,
            change_s=_changes_s(self.world, from_s),
            wind_from_s=from_s,
            winds=by_level,
        )

    def in_calm(self, t_s: float) -> RouteTable:
        """Give the routes of a time as they would be without a wind: those that there are on the map."""
        return self._calm_table(self.closed_zones(t_s))

    def closed_zones(self, t_s: float) -> NDArray[np.bool_]:
        """Tell which of the world's zones hold at a time, ``(zones,)``."""
        return self.world.zones.in_force(t_s)

    def wind(self, t_s: float) -> Floats | None:
        """Wind at a time by level in m/s, ``(levels, 2)``; None where no wind is known."""
        if not len(self.wind_from_s):
            return None
        row = max(int(np.searchsorted(self.wind_from_s, t_s, side="right")) - 1, 0)
        wind: Floats = self.winds[row]
        return wind

    def next_change_s(self, t_s: float) -> float:
        """First time after ``t_s`` at which routes may change; inf if they never do."""
        later = self.change_s[self.change_s > t_s]
        return float(later[0]) if len(later) else np.inf

    def _calm_table(self, is_closed: NDArray[np.bool_]) -> RouteTable:
        key = is_closed.tobytes()
        if key not in self._calm:
            self._calm[key] = self.build(replace(self.world, zones=chosen_zones(self.world.zones, is_closed)))
        return self._calm[key]


def build_route_schedule(
    world: World,
    *,
    levels_m: Sequence[float],
    winds: Winds = (),
    airspeed_mps: float | None = None,
    cruise_mps: float = math.inf,
    build: Build = build_route_table,
    **rules: Any,
) -> RouteSchedule:
    """Set up the routes of a day whose zones open and close and whose wind turns.

    Parameters
    ----------
    world : World
        Its zones have hours; those without always hold.
    levels_m : sequence of float
        Cruise levels in metres.
    winds : sequence of (float, array_like)
        From when, in seconds since midnight, and the vector in m/s ``(2,)``, or one a level ``(levels, 2)``.
    airspeed_mps : float, optional
        Top speed of the drones through the air; needed with ``winds``.
    cruise_mps : float, optional
        Ground speed that they hold where their airspeed lets them; absent: they fly as fast as it lets them.
    build : callable
        What makes a table: ``build_route_table``, or ``cached_route_table`` to keep them on disk.
    **rules
        Everything else that ``build`` asks for, such as ``clearance_m``.

    Raises
    ------
    ValueError
        Winds without an airspeed, or not in the order of time.
    """
    if len(winds) and airspeed_mps is None:
        raise ValueError("winds need airspeed_mps, the speed of the drones through the air")
    from_s, by_level = _wind_rows(winds, levels=len(levels_m))
    return RouteSchedule(
        world=world,
        change_s=_changes_s(world, from_s),
        wind_from_s=from_s,
        winds=by_level,
        levels=len(levels_m),
        airspeed_mps=airspeed_mps,
        cruise_mps=cruise_mps,
        build=lambda part: build(part, levels_m=levels_m, **rules),
    )


def _wind_rows(winds: Winds, *, levels: int) -> tuple[Floats, Floats]:
    """Give when winds begin, ``(w,)``, and their vectors ``(w, levels, 2)``."""
    from_s = np.array([start_s for start_s, _ in winds], dtype=np.float64)
    if (np.diff(from_s) <= 0).any():
        raise ValueError(f"winds must be in the order of time, got {from_s.tolist()}")
    by_level = [np.broadcast_to(np.asarray(wind, dtype=np.float64), (levels, 2)) for _, wind in winds]
    return read_only(from_s), read_only(np.array(by_level).reshape(-1, levels, 2))


def _changes_s(world: World, from_s: Floats) -> Floats:
    """List when routes change, sorted: with zones, and with each wind after the first."""
    changes = np.concatenate([world.zones.from_s, world.zones.to_s, from_s[1:]]).astype(np.float64)
    return read_only(np.unique(changes[np.isfinite(changes)]))


def chosen_zones(zones: Zones, is_chosen: NDArray[np.bool_]) -> Zones:
    """Keep some of the zones ``(zones,)``, as zones that always hold: hours say when, and that is settled."""
    count = int(np.count_nonzero(is_chosen))
    return Zones(
        ids=tuple(name for name, chosen in zip(zones.ids, is_chosen, strict=True) if chosen),
        polygons=zones.polygons[is_chosen],
        floor_m=zones.floor_m[is_chosen],
        ceiling_m=zones.ceiling_m[is_chosen],
        from_s=np.full(count, -np.inf),
        to_s=np.full(count, np.inf),
    )

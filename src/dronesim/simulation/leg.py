"""A leg: one way between two sites at one level, how long each part takes, what energy it needs, where it leads."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import Cruise, Multirotor
from dronesim.aircraft.motion import Motion
from dronesim.airspace import Course, along, crossings_s, joined, upright
from dronesim.geometry import distances_along
from dronesim.units import MS, to_ms
from dronesim.weather import Wind, is_flyable


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One way between two sites at one level; times in milliseconds count from take-off.

    It has left the column over its pad at ``climb_ms``, flies off at ``cruise_ms``, has left the terminal area at
    ``exit_ms``, enters that of its destination at ``entry_ms``, is over it at ``arrive_ms``, sinks from ``sink_ms`` on
    and is down at ``land_ms``. ``corners`` (m, 2) are those of its route, ``motion`` how it passes along them,
    ``airspeed_mps`` the mean that its energy goes by in the ``wind`` that it was worked out for, with the aircraft in
    the ``air`` of then; ``empty_wh`` is its energy without a parcel. ``number`` is its place in ``Planner.flown``, -1
    for a leg that begins in the air and for what the library holds.
    """

    number: int
    origin: int
    destination: int
    level_index: int
    level_m: float
    distance_m: float
    corners: NDArray[Any]
    motion: Motion
    airspeed_mps: float
    wind: Wind
    air: Multirotor
    climb_ms: int
    cruise_ms: int
    exit_ms: int
    entry_ms: int
    arrive_ms: int
    sink_ms: int
    land_ms: int
    empty_wh: float

    @property
    def cruise_s(self) -> float:
        """Time from where it flies off to where it arrives, in seconds."""
        return self.motion.duration_s

    @property
    def is_from_the_air(self) -> bool:
        """Whether it begins at rest in the air, without a check and a climb."""
        return self.cruise_ms == 0

    def numbered(self, number: int, *, air: Multirotor, empty_wh: float) -> Leg:
        """Give it a number, in the air of now; ``dataclasses.replace`` would look at every field."""
        leg = object.__new__(Leg)
        for put, value in zip(_PUT_KEPT, _kept(self), strict=True):
            put(leg, value)
        for put, value in zip(_PUT_NEW, (number, air, empty_wh), strict=True):
            put(leg, value)
        return leg

    @property
    def down_ms(self) -> int:
        """Time from where it arrives until it is down."""
        return self.land_ms - self.arrive_ms

    def is_flown_as(self, other: Leg) -> bool:
        """Tell whether another leg leads the same way at the same times, whatever energy it takes."""
        is_same_way = self.level_m == other.level_m and np.array_equal(self.corners, other.corners)
        return is_same_way and self.motion == other.motion

    @property
    def corner_times_s(self) -> NDArray[np.float64]:
        """Times at which it passes its corners, shape ``(m,)``, from where it flies off."""
        at_s, place_m = self.motion.knots
        times_s = np.interp(distances_along(self.corners), place_m, at_s)
        times_s[0], times_s[-1] = 0.0, self.motion.duration_s
        return np.asarray(times_s)


_NEW = ("number", "air", "empty_wh")
_KEPT = tuple(field.name for field in fields(Leg) if field.name not in _NEW)
_kept = attrgetter(*_KEPT)
# what writes a field of a frozen leg that is not made yet
_PUT_KEPT, _PUT_NEW = ([vars(Leg)[name].__set__ for name in names] for names in (_KEPT, _NEW))


@dataclass(frozen=True, slots=True, kw_only=True)
class LegMaker:
    """Works legs out for one aircraft; terminal areas have a radius of ``radius_m``.

    With routes and a wind it is all that legs come from, and tells them apart by its value.
    """

    aircraft: Multirotor
    transition_ms: int
    approach_ms: int
    radius_m: float

    def is_flyable(self, wind: Wind) -> bool:
        """Tell whether drones may depart in a wind."""
        return is_flyable(wind, limit_mps=self.aircraft.drone_type.wind_limit_mps)

    def cruise(self, corners: NDArray[Any], wind: Wind) -> Cruise | None:
        """Fly along corners, ``(m, 2)``, in a wind; None where that forbids it."""
        return self.aircraft.cruise(corners, wind.vector()) if self.is_flyable(wind) else None

    def along(
        self,
        corners: NDArray[Any],
        cruise: Cruise,
        wind: Wind,
        *,
        level: tuple[int, float],
        ends: tuple[int, int],
        distance_m: float,
        begins_in_air: bool = False,
    ) -> Leg:
        """Work out a leg along corners, from take-off or from rest in the air; ``level``: its number and its height.

        ``cruise`` is how it is flown in the ``wind``.
        """
        return self.made(
            corners,
            cruise,
            wind,
            level=level,
            ends=ends,
            distance_m=distance_m,
            beyond_s=_beyond(corners, cruise.motion, radius_m=self.radius_m),
            upright_ms=self.upright_ms(level[1]),
            empty_wh=self.energy_wh(cruise, level_m=level[1], payload_kg=0.0),
            begins_in_air=begins_in_air,
        )

    def upright_ms(self, level_m: float) -> tuple[int, int]:
        """Tell how long climb and descent take at a level."""
        return to_ms(self.aircraft.climb(level_m).duration_s), to_ms(self.aircraft.descent(level_m).duration_s)

    def made(
        self,
        corners: NDArray[Any],
        cruise: Cruise,
        wind: Wind,
        *,
        level: tuple[int, float],
        ends: tuple[int, int],
        distance_m: float,
        beyond_s: tuple[float, float],
        upright_ms: tuple[int, int],
        empty_wh: float,
        begins_in_air: bool = False,
    ) -> Leg:
        """Put a leg together of which all parts are known.

        ``beyond_s``: when it leaves its terminal areas, from where it flies off; ``upright_ms``: how long it climbs and
        sinks.
        """
        (level_index, level_m), (motion, airspeed_mps), (exit_s, entry_s) = level, cruise, beyond_s
        climb_ms = 0 if begins_in_air else upright_ms[0]
        cruise_ms = climb_ms + (0 if begins_in_air else self.transition_ms)
        arrive_ms = cruise_ms + to_ms(motion.duration_s)
        sink_ms = arrive_ms + self.approach_ms
        return Leg(
            number=-1,
            origin=ends[0],
            destination=ends[1],
            level_index=level_index,
            level_m=level_m,
            distance_m=distance_m,
            corners=corners,
            motion=motion,
            airspeed_mps=airspeed_mps,
            wind=wind,
            air=self.aircraft,
            climb_ms=climb_ms,
            cruise_ms=cruise_ms,
            exit_ms=cruise_ms + to_ms(exit_s),
            entry_ms=cruise_ms + int(entry_s * MS),
            arrive_ms=arrive_ms,
            sink_ms=sink_ms,
            land_ms=sink_ms + upright_ms[1],
            empty_wh=empty_wh,
        )

    def energy_wh(self, cruise: Cruise, *, level_m: float, payload_kg: float) -> float:
        """Energy of a leg from pad to pad with a payload."""
        motion, airspeed_mps = cruise
        return self.aircraft.one_leg_wh(
            cruise_s=motion.duration_s, level_m=level_m, payload_kg=payload_kg, airspeed_mps=airspeed_mps
        )

    def spent_wh(self, leg: Leg, after_ms: int, payload_kg: float, *, way_m: float = math.inf) -> float:
        """Energy of what is flown of a leg up to a time after its beginning: of its phases, one after the other.

        ``way_m`` is how far it is flown, where it was braked.
        """
        cruises_s, level_m = min(max(after_ms - leg.cruise_ms, 0) / MS, leg.cruise_s), leg.level_m
        hovers_ms = min(max(after_ms - leg.climb_ms, 0), leg.cruise_ms - leg.climb_ms)
        hovers_ms += min(max(after_ms - leg.arrive_ms, 0), leg.sink_ms - leg.arrive_ms)
        spent_wh = self.hover_wh(hovers_ms, payload_kg, leg) + self._cruise_wh(leg, cruises_s, payload_kg, way_m)
        if not leg.is_from_the_air:
            spent_wh += leg.air.climb_wh(after_ms / MS, level_m=level_m, payload_kg=payload_kg)
        sinks_s = (after_ms - leg.sink_ms) / MS
        return spent_wh + leg.air.descent_wh(sinks_s, level_m=level_m, payload_kg=payload_kg)

    def _cruise_wh(self, leg: Leg, after_s: float, payload_kg: float, way_m: float) -> float:
        """Energy of a cruise up to a time: at the mean airspeed of the way until then."""
        airspeed_mps = leg.airspeed_mps
        if 0 < after_s < leg.cruise_s:
            at_s, place_m = leg.motion.knots
            way = _first_part(leg.corners, min(float(np.interp(after_s, at_s, place_m)), way_m))
            airspeed_mps = leg.air.airspeed_mps(way, leg.wind.vector())
        return leg.air.cruise_wh(after_s, payload_kg=payload_kg, airspeed_mps=airspeed_mps)

    def hover_wh(self, hold_ms: int, payload_kg: float, leg: Leg | None = None) -> float:
        """Energy of a hold with a payload, in the air that a leg was worked out for."""
        aircraft = self.aircraft if leg is None else leg.air
        return float(aircraft.hover_wh(hold_ms / MS, payload_kg))

    def in_air_of(self, leg: Leg) -> LegMaker:
        """Give what makes legs in the air that a leg was worked out for."""
        return self if leg.air == self.aircraft else replace(self, aircraft=leg.air)

    def course(self, leg: Leg) -> Course:
        """Put a leg into space and time, from take-off or its turn to landing, on its own clock."""
        aircraft, level_m = self.aircraft, leg.level_m
        parts = [along(leg.corners, leg.motion, level_m=level_m, begins_s=leg.cruise_ms / MS)]
        if leg.climb_ms:
            parts.insert(0, upright(leg.corners[0], aircraft.climb(level_m)))
        parts.append(upright(leg.corners[-1], aircraft.descent(level_m), begins_s=leg.sink_ms / MS, from_m=level_m))
        ground_m = np.array([[*leg.corners[-1], 0.0]])
        return joined([*parts, Course(at_s=np.array([leg.land_ms / MS]), points_m=ground_m)])


def _first_part(corners: NDArray[Any], length_m: float) -> NDArray[Any]:
    """Give the corners of a way, ``(m, 2)``, up to a length along it."""
    reached_m = distances_along(corners)
    end = [np.interp(length_m, reached_m, corners[:, axis]) for axis in (0, 1)]
    return np.vstack([corners[reached_m < length_m], end])


def _beyond(corners: NDArray[Any], motion: Motion, *, radius_m: float) -> tuple[float, float]:
    """When a drone is for the first time so far from where it flies off, and for the last time from where it arrives.

    In seconds from where it flies off; its end where it never is so far, and its beginning.
    """
    reached_m = distances_along(corners)
    if reached_m[1] >= radius_m and reached_m[-1] - reached_m[-2] >= radius_m:
        # straight off and straight in: the way is the distance
        at_s, place_m = motion.knots
        exit_s, entry_s = np.interp([radius_m, reached_m[-1] - radius_m], place_m, at_s).tolist()
        return exit_s, entry_s
    course = along(corners, motion, level_m=0.0)
    away_s = [crossings_s(course, corners[end], radius_m=radius_m) for end in (0, -1)]
    exit_s = float(away_s[0].min(initial=motion.duration_s))
    return exit_s, float(away_s[1].max(initial=0.0))

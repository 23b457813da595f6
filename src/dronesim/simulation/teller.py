"""Tells a policy what it asks for beyond its orders and drones: in plain numbers, of what is known by now."""

from __future__ import annotations

import hashlib
import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, TypeAlias

import numpy as np

from dronesim.dispatch.asking import Question
from dronesim.dispatch.columns import Floats, seconds
from dronesim.dispatch.outlook import (
    DemandView,
    ShiftView,
    TroubleView,
    WeatherForecastView,
    WeatherView,
    columns,
    empty_legs_s,
    empty_legs_wh,
)
from dronesim.record.incidents import LINK_LOSS
from dronesim.simulation.book import END_STATE, NEVER
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.ledger import Incident
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble import Remedies
from dronesim.simulation.whereabouts import Whereabouts
from dronesim.units import HOUR, MS, to_ms
from dronesim.weather import WeatherRow

Told = dict[str, Any]
Loads: TypeAlias = tuple[Any, Any, Any]

LEARNT_FROM_MS: Final = to_ms(HOUR)
"""The wait for a clearance is learnt from bookings that were made so shortly before now."""
_SPOILT: Final = ("cancelled", "refused", "ground", "lost")


class Teller:
    """Answers the questions of views; asking changes nothing of the day."""

    def __init__(self, inputs: SimulationInputs, scene: Scene, *, fleet: Fleet, remedies: Remedies) -> None:
        self._inputs = inputs
        self._scene = scene
        self._fleet = fleet
        self._points = inputs.places.takeoff_points
        self._number_of = {name: number for number, name in enumerate(inputs.places.ids)}
        self._made: dict[str, tuple[Any, Any]] = {}
        self._bookings: list[tuple[int, int, int]] = []
        self._read, self._legs_read, self._first_trip = 0, 0, 0
        self._heard_ms, self._heard = array("q", [NEVER]), array("q", [0])
        """When it was told what was delivered, and how many of those written first had been delivered by then."""
        self._listed, self._past, self._coming = -1, tuple[Incident, ...](), list[Incident]()
        self._loads_of: tuple[int, Loads] = (-1, (None, None, None))
        self._out_at: tuple[int, list[Sortie]] = (-1, [])
        self._first, self._units = 0, scene.network.timetable.all_units()
        network, sites = scene.network, range(len(inputs.places.ids))
        self._lanes_of = {
            name: np.array([next(iter(of_site(site)), NEVER) for site in sites])
            for name, of_site in (("arrivals", network.arrival_lanes), ("departures", network.departure_lanes))
        }
        self._pads, self._loaders, self._unloaders = (
            np.array(calendars) for calendars in (network.pads, network.loaders, network.unloaders)
        )
        self._tells: dict[str, Callable[[Question], Any]] = {
            "packed_orders": self._packed_orders,
            "packed_drones": self._packed_drones,
            "takeoff_points": self._takeoff_points,
            "airports": self._airports,
            "empty_leg_s": lambda _: self._kept("empty_leg_s", self._empty_legs(), empty_legs_s),
            "empty_leg_wh": lambda _: self._kept("empty_leg_wh", self._empty_legs(), empty_legs_wh),
            "ways_home_s": lambda _: self._kept("ways_home_s", self._scene.planner.air_known, self._ways_home_s),
            "weather": lambda _: self._kept("weather", self._scene.planner.air_known, self._weather),
            "weather_forecast": lambda _: self._kept("weather_forecast", None, self._weather_forecast),
            "trouble": lambda _: self._kept("trouble", self._incidents(), self._trouble),
            "shifts": lambda _: self._kept("shifts", None, self._shifts),
            "demand": lambda _: self._kept("demand", None, self._demand),
            "is_shared": lambda _: inputs.rules.fleet.is_shared,
            "rng": self._rng,
            "outcomes": self._outcomes,
            "positions": Whereabouts(inputs, scene, fleet=fleet, remedies=remedies).of_pool,
        }

    def answer(self, question: Question) -> Any:
        """Answer what is asked of a view."""
        return self._tells[question.what](question)

    def _kept(self, what: str, known: Any, make: Callable[[Any], Any]) -> Any:
        """Give columns made of what is known, the same again while that is the same."""
        before = self._made.get(what)
        if before is None or before[0] is not known:
            before = self._made[what] = known, make(known)
        return before[1]

    # orders and drones

    def _packed_orders(self, question: Question) -> bytes:
        boards = self._scene.boards
        return boards.packed_orders(boards.pools[question.pool])

    def _packed_drones(self, question: Question) -> bytes:
        boards = self._scene.boards
        return boards.drones.pack(boards.pools[question.pool].drones)

    @property
    def _now_ms(self) -> int:
        return self._scene.clock.now_ms

    # sites

    def _takeoff_points(self, question: Question) -> Told:
        points = self._points
        loads = self._loads(question.number)
        return {
            "waiting": self._scene.boards.waiting_at,
            **_of("pads", self._pads[:points], loads),
            **_of("loaders", self._loaders, loads),
            **self._lanes(slice(points), loads),
            **self._couriers(),
            "clearance_s": self._clearance_s(question.number),
        }

    def _airports(self, question: Question) -> Told:
        boards, now_ms = self._scene.boards, self._now_ms
        airports = range(self._inputs.places.airports)
        loads = self._loads(question.number)
        return {
            "is_open": [boards.is_open(airport) for airport in airports],
            "is_closed": [boards.shut_until_ms(airport) > now_ms for airport in airports],
            "boxes": self._inputs.rules.airports.boxes,
            "free_boxes": [len(free) for free in boards.free_boxes],
            **_of("pads", self._pads[self._points :], loads),
            **_of("unloaders", self._unloaders, loads),
            **self._lanes(slice(self._points, None), loads),
        }

    def _loads(self, number: int) -> Loads:
        """Count, by calendar, its units, those that drones have now, and the seconds that drones have booked."""
        if self._loads_of[0] != number:
            self._loads_of = number, self._loads_now()
        return self._loads_of[1]

    def _loads_now(self) -> Loads:
        timetable, now_ms = self._scene.network.timetable, self._now_ms
        self._first, calendar, start_ms, end_ms = timetable.ahead(now_ms, self._first)
        count = len(timetable.resources)
        if count > len(self._units):
            self._units = timetable.all_units()
        left_s = (end_ms - np.maximum(start_ms, now_ms)) / MS
        in_use = np.bincount(calendar[start_ms <= now_ms], minlength=count)
        return self._units, in_use, np.bincount(calendar, weights=left_s, minlength=count)

    def _lanes(self, sites: slice, loads: Loads) -> Told:
        return {
            f"{name}_booked_s": np.where(lanes[sites] < 0, 0.0, loads[2][lanes[sites]])
            for name, lanes in self._lanes_of.items()
        }

    def _couriers(self) -> Told:
        """Count the couriers who are planned to be there, and those on the way now."""
        rules, ids, now_ms = self._inputs.rules, self._inputs.places.ids, self._now_ms
        trips = self._scene.ledger.couriers.table(self._first_trip)
        is_ahead = trips["to_ms"] > now_ms
        # where trips are given out anew, one that is over may be another's
        if not rules.dispatch.may_refuse:
            self._first_trip += _first(is_ahead)
        is_out = (trips["from_ms"] <= now_ms) & is_ahead
        out = np.bincount(trips["site"][is_out], minlength=self._points)
        shifts = rules.shifts.get("courier", {})
        planned = [
            count if (steps := shifts.get(site)) is None else _at(steps, now_ms / MS)
            for site, count in zip(ids, rules.couriers.count, strict=False)
        ]
        return {"couriers": planned, "couriers_out": out[: self._points]}

    def _sorties(self, number: int) -> list[Sortie]:
        """List what drones of the whole fleet are about, in their order."""
        if self._out_at[0] != number:
            self._out_at = number, [sortie for drone in self._fleet.drones if (sortie := drone.sortie) is not None]
        return self._out_at[1]

    def _clearance_s(self, number: int) -> list[float]:
        """Give the mean wait from booking to the start of loading, by take-off point, of those booked lately."""
        since_ms = self._now_ms - LEARNT_FROM_MS
        self._read_bookings()
        self._bookings = [booking for booking in self._bookings if booking[1] >= since_ms]
        flying = (
            (sortie.origin, sortie.flights[0].requested_ms, sortie.loading_ms)
            for sortie in self._sorties(number)
            if sortie.stop is not None and sortie.flights[0].row == NEVER
        )
        waits: list[list[int]] = [[] for _ in range(self._points)]
        for point, booked_ms, loading_ms in (*self._bookings, *flying):
            if booked_ms >= since_ms and point < self._points:
                waits[point].append(loading_ms - booked_ms)
        return [sum(each) / len(each) / MS if each else 0.0 for each in waits]

    def _read_bookings(self) -> None:
        """Read what was booked for sorties that are over since it was read before."""
        deliveries, ledger = self._scene.ledger.deliveries.table(self._read), self._scene.ledger
        self._read += len(deliveries)
        if not len(deliveries):
            return
        legs = ledger.legs.table(self._legs_read)
        self._legs_read += len(legs)
        booked = {
            int(order): (int(point), int(requested_ms))
            for order, point, requested_ms in zip(
                *(legs[name] for name in ("order", "origin", "requested_ms")), strict=True
            )
            if order >= 0
        }
        for order, loading_ms in zip(deliveries["order"].tolist(), deliveries["loading"].tolist(), strict=True):
            if order in booked:
                point, requested_ms = booked[order]
                self._bookings.append((point, requested_ms, loading_ms))

    # ways

    def _empty_legs(self) -> Any:
        planner, points = self._scene.planner, range(self._points)
        if planner.stays:
            planner.look_up_from(range(len(planner.empty_legs)), points)
        else:
            for point in points:
                planner.look_up(point)
        return planner.empty_legs

    def _ways_home_s(self, _air: Any) -> Floats:
        """Tell how long ways from airports to take-off points take, in the wind of now."""
        planner, points = self._scene.planner, range(self._points)
        airports = range(self._points, len(self._inputs.places.ids))
        legs = [[planner.empty_leg(site, point) for point in points] for site in airports]
        return seconds([[math.inf if leg is None else leg.land_ms for leg in row] for row in legs])

    # weather, trouble, plans

    def _weather(self, _air: Any) -> WeatherView:
        planner, rows = self._scene.planner, self._inputs.weather
        begun = [row for row in rows if row.from_s <= self._now_ms / MS] or list(rows[:1])
        winds = [planner.wind(level) for level in range(planner.levels)]
        return columns(
            WeatherView,
            {
                "is_go": planner.may_fly,
                "level_m": planner.routes.levels_m,
                "wind_mps": [wind.speed_mps for wind in winds],
                "wind_from_deg": [wind.from_deg for wind in winds],
                **_seen(begun[-1] if begun else None),
                "pack_share": planner.air.pack_share,
            },
        )

    def _weather_forecast(self, _known: None) -> WeatherForecastView:
        rows = self._inputs.forecast
        seen = [_seen(row) for row in rows]
        return columns(
            WeatherForecastView,
            {
                "from_s": [row.from_s for row in rows],
                "wind_mps": [row.wind.speed_mps for row in rows],
                "wind_from_deg": [row.wind.from_deg for row in rows],
                **{name: [each[name] for each in seen] for name in _seen(None)},
            },
        )

    def _incidents(self) -> tuple[Incident, ...]:
        """List what has gone wrong by now, the same tuple as long as there is no more of it."""
        incidents = self._scene.ledger.incidents
        if len(incidents) != self._listed or any(each.at_ms <= self._now_ms for each in self._coming):
            self._listed = len(incidents)
            known = [each for each in incidents if each.kind != LINK_LOSS.name or each.drone == NEVER]
            self._coming = [each for each in known if each.at_ms > self._now_ms]
            self._past = tuple(each for each in known if each.at_ms <= self._now_ms)
        return self._past

    def _trouble(self, told: tuple[Incident, ...]) -> TroubleView:
        sites = [NEVER if each.site is None else self._number_of.get(each.site, NEVER) for each in told]
        return columns(
            TroubleView,
            {
                "at_s": [each.at_ms / MS for each in told],
                "kind": tuple(each.kind for each in told),
                "takeoff_point": [site if site < self._points else -1 for site in sites],
                "airport": [site - self._points if site >= self._points else -1 for site in sites],
                "drone": [each.drone for each in told],
            },
        )

    def _shifts(self, _known: None) -> ShiftView:
        rows = [
            (what, self._number_of.get(site, -1), from_s, count)
            for what, sites in self._inputs.rules.shifts.items()
            for site, steps in sites.items()
            for from_s, count in steps
        ]
        what, point, from_s, count = zip(*rows, strict=True) if rows else ((), (), (), ())
        return columns(ShiftView, {"what": what, "takeoff_point": point, "from_s": from_s, "count": count})

    def _demand(self, _known: None) -> DemandView:
        expected = self._inputs.expected
        if expected is None:
            return columns(DemandView, {"from_s": [], "orders": np.empty((self._points, 0))})
        return columns(DemandView, {"from_s": expected.from_s, "orders": expected.orders})

    def _rng(self, question: Question) -> int:
        """Give the key of a generator, from which nobody finds the seed of the day."""
        text = f"policy {self._inputs.seed} {self._inputs.replication} {question.number}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")

    # outcomes

    def _outcomes(self, question: Question) -> Told:
        """Tell what has become of a pool's orders since its epoch before."""
        now_ms, book, boards, before_ms = self._now_ms, self._scene.book, self._scene.boards, question.before_ms
        is_own = [boards.is_shared or point == question.pool for point in range(self._points)]
        delivered = {
            order: at_ms
            for order, at_ms in self._delivered(before_ms, question.number)
            if before_ms < at_ms <= now_ms and is_own[book.takeoff_point[order]]
        }
        ended_ms = np.frombuffer(book.ended_ms, dtype=np.int32)
        ended = np.flatnonzero((ended_ms > before_ms) & (ended_ms <= now_ms) & (ended_ms != NEVER)).tolist()
        mine = [order for order in ended if is_own[book.takeoff_point[order]]]
        return {
            "since_s": -math.inf if before_ms < 0 else before_ms / MS,
            "delivered": list(delivered),
            "is_on_time": [at_ms <= boards.orders.due_ms[order] for order, at_ms in delivered.items()],
            **{state: [order for order in mine if book.end_state[order] == END_STATE[state]] for state in _SPOILT},
        }

    def _delivered(self, after_ms: int, number: int) -> Iterator[tuple[int, int]]:
        first = self._heard[max(bisect_right(self._heard_ms, after_ms) - 1, 0)]
        rows = self._scene.ledger.deliveries.table(first)
        if self._heard_ms[-1] < self._now_ms:
            self._heard_ms.append(self._now_ms)
            self._heard.append(first + _first(rows["delivered"] > self._now_ms))
        rows = rows[rows["delivered"] > after_ms]
        yield from zip(rows["order"].tolist(), rows["delivered"].tolist(), strict=True)
        for sortie in self._sorties(number):
            if sortie.stop is not None and sortie.is_delivered:
                yield sortie.order, sortie.unloaded_ms


def _of(name: str, calendars: Any, loads: Loads) -> Told:
    """Give the load of calendars by site."""
    units, in_use, booked_s = (load[calendars] for load in loads)
    return {name: units, f"{name}_in_use": in_use, f"{name}_booked_s": booked_s}


def _first(flags: Any) -> int:
    """Give the place of the first that is set, or how many there are where none is."""
    return int(flags.argmax()) if flags.any() else len(flags)


def _at(steps: Sequence[tuple[float, int]], t_s: float) -> int:
    """Give how many are planned to be there at a time; nobody before the first step."""
    return next((count for (from_s, count), (to_s, _) in pairwise((*steps, (math.inf, 0))) if from_s <= t_s < to_s), 0)


def _seen(row: WeatherRow | None) -> dict[str, float]:
    names = ("gust_mps", "rain_mmh", "temperature_c", "visibility_m")
    values = [None if row is None else getattr(row, name) for name in names]
    return {name: math.nan if value is None else value for name, value in zip(names, values, strict=True)}

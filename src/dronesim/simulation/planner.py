"""Plans legs and sorties in the routes and the wind as they are, and keeps what it has planned."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from itertools import starmap
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import Cruise
from dronesim.airspace import (
    Alternatives,
    Course,
    Path4D,
    SortieChoices,
    SortieRequest,
    alternatives,
    sortie_choices,
)
from dronesim.dispatch import FOR_GOOD_MS, Air, EmptyLeg, SortieTimes, Stay
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.leg import Leg, LegMaker
from dronesim.simulation.leg_columns import courses_of_legs, paths_of, plan_legs
from dronesim.simulation.library import LegKey, LegShelf
from dronesim.simulation.network import Network
from dronesim.simulation.plans import SortiePlan, SortieWays
from dronesim.simulation.times import Times
from dronesim.simulation.uses import Uses
from dronesim.units import MS
from dronesim.weather import Wind

Made = TypeVar("Made")
EmptyLegs: TypeAlias = tuple[tuple[EmptyLeg | None, ...], ...]


class Planner:
    """Makes plans when they are first asked for; ``flown`` are all legs planned so far, by number.

    One at a level that nobody has asked for has its number and stands there as days know it.

    ``empty_legs`` is a table of what is known of the ways between take-off points, by origin and destination, as far
    as they were looked up; ``has_looked`` where all were. Ways from airports are there too where drones ``stays``.
    """

    def __init__(self, inputs: SimulationInputs, network: Network, times: Times) -> None:
        self._inputs = inputs
        self._network = network
        self._times = times
        self.stays = inputs.rules.fleet.stays
        self._sky = inputs.sky()
        self.legs_of = LegMaker(
            aircraft=inputs.aircraft,
            transition_ms=times.transition_ms,
            approach_ms=times.approach_ms,
            radius_m=network.radius_m,
        )
        self.uses = Uses(network, times)
        self.acceleration_mps2 = inputs.aircraft.drone_type.acceleration_mps2
        timetable, compares = network.timetable, network.airspace.compares_ways
        self._holds = (*timetable.resources, *timetable.sites, times, compares)
        """What ways of a sortie are goes by these beside its legs: calendars as they are numbered, and durations."""
        self.flown: list[Leg] = []
        self._shelves: list[LegShelf] = []
        """Where each of them is kept for other days, by number."""
        self.change(inputs.rules.horizon.start_s)

    def change(self, t_s: float) -> None:
        """Plan for departures at a time from here on, in the routes and the wind of then; old plans stay valid."""
        inputs, network = self._inputs, self._network
        self.routes, self._winds, self.air = inputs.routes.at(t_s), inputs.wind(t_s), self._sky.at(t_s)
        own_air = replace(self.legs_of, aircraft=inputs.aircraft)
        self.legs_of = replace(self.legs_of, aircraft=self.air.aircraft)
        payload_kg = inputs.aircraft.drone_type.payload_kg
        self._hold_wh = self.legs_of.hover_wh(self._times.hold_allowance_ms, payload_kg)
        self.air_known = self._air_known()
        self._stands = len(inputs.places.ids) if self.stays else network.takeoff_points
        self._ends: dict[int, list[EmptyLeg | None]] = {}
        self._looked_up, self._looked_from = set[int](), set[tuple[int, int]]()
        self.has_looked = False
        # at first all places share one row
        self.empty_legs: EmptyLegs = ((None,) * network.takeoff_points,) * self._stands
        # the legs that other days in the same routes and wind have worked out, in whatever air
        self._shelf: LegShelf = inputs.library.shelf(self.routes.brief, self._winds, own_air, network.radii_m)
        self._empty_wh = self._shelf.empty_wh.setdefault(self.air.aircraft.air_density, {})
        self._shelf_ways = self._shelf.ways.setdefault(self._holds, {})
        network.airspace.look_up_in(self._shelf.pairs if network.has_pairs else None)
        self._open: list[int] = np.flatnonzero(self.air.is_open).tolist()
        self._numbers: dict[tuple[int, int], list[tuple[int, Leg]]] = {}
        self._quickest: dict[tuple[int, int], Leg | None] = {}
        self._legs: dict[tuple[int, int], tuple[Leg, ...]] = {}
        self._sorties: dict[tuple[int, int], SortiePlan | None] = {}
        self._elsewhere: dict[tuple[int, int, int], SortiePlan | None] = {}
        self._ways: dict[tuple[int, int, int], SortieWays] = {}

    def _air_known(self) -> Air:
        """Tell what the weather lets drones do from here on; by the forecast a sortie must be home by a time."""
        rules, until_s = self._inputs.rules.weather, self.air.may_fly_until_s
        has_no_end = rules is None or until_s == math.inf
        home_by_ms = FOR_GOOD_MS if has_no_end or rules is None else int((until_s - rules.look_ahead_s) * MS)
        return Air(self.air.pack_share, home_by_ms, until_s)

    # legs

    def legs(self, origin: int, destination: int) -> tuple[Leg, ...]:
        """Plan the leg at every level at which it can be flown, the quickest first."""
        key = (origin, destination)
        if key not in self._legs:
            quickest, numbered = self.leg(*key), self._numbered(*key)
            self._legs[key] = () if quickest is None else (quickest, *starmap(self._plan, numbered[1:]))
        return self._legs[key]

    def leg(self, origin: int, destination: int) -> Leg | None:
        """Plan the quickest leg over all levels; None where no path exists or the wind forbids it."""
        key = (origin, destination)
        if key not in self._quickest:
            numbered = self._numbered(*key)
            self._quickest[key] = self._plan(*numbered[0]) if numbered else None
        return self._quickest[key]

    def _numbered(self, origin: int, destination: int) -> list[tuple[int, Leg]]:
        """Give the legs that days know at all levels at which one can be flown, each with its number of this day.

        The quickest comes first. Their numbers are theirs from now on; each is planned when it is asked for.
        """
        key = (origin, destination)
        if key not in self._numbers:
            self._learn_between([key])
            options = (self._known_at(index, *key) for index in self._open)
            known = [leg for leg in options if leg is not None]
            self._numbers[key] = sorted(enumerate(known, len(self.flown)), key=lambda each: each[1].land_ms)
            self.flown += known
            self._shelves += [self._shelf] * len(known)
        return self._numbers[key]

    def _plan(self, number: int, known: Leg) -> Leg:
        """Plan a leg that days know in the air of now."""
        empty_wh = self._without_parcel_wh(known)
        self.flown[number] = leg = known.numbered(number, air=self.air.aircraft, empty_wh=empty_wh)
        return leg

    def known_leg(self, origin: int, destination: int) -> Leg:
        """Plan a leg that must exist, because a drone has flown it or was checked to be able to."""
        leg = self.leg(origin, destination)
        if leg is None:
            raise AssertionError(f"no way from site {origin} to site {destination}")
        return leg

    @property
    def levels(self) -> int:
        """Number of cruise levels."""
        return len(self.routes.levels_m)

    def wind(self, level_index: int) -> Wind:
        """Give the wind as it is at a level."""
        return self._winds[level_index]

    @property
    def may_fly(self) -> bool:
        """Whether drones may fly in the weather of now at any level."""
        levels = zip(self._winds, self.air.is_open, strict=True)
        return any(is_open and self.legs_of.is_flyable(wind) for wind, is_open in levels)

    @property
    def has_wind(self) -> bool:
        """Whether there is any wind now."""
        return any(wind.speed_mps > 0 for wind in self._winds)

    def has_routes(self, takeoff_point: int, airport: int) -> bool:
        """Tell whether routes lead from a take-off point to an airport and back now, whatever the wind."""
        site = self._network.airport_site(airport)
        return self.has_way(takeoff_point, site) and self.has_way(site, takeoff_point)

    def has_way(self, origin: int, destination: int) -> bool:
        """Tell whether routes lead from one site to another now, at any level, whatever the wind."""
        return any(np.isfinite(self.routes.length_m(level, origin, destination)) for level in range(self.levels))

    def learn(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Work out the legs between take-off points and airports, as for ``sortie``, in one pass for who asks later."""
        sites = [(home, self._network.airport_site(airport)) for home, airport in pairs]
        self._learn_between(way for home, away in sites for way in ((home, away), (away, home)))

    def _learn_between(self, ends: Iterable[tuple[int, int]]) -> None:
        keys = [(index, *way) for way in ends if way[0] != way[1] for index in self._open]
        self._learn(keys)
        self._weigh(keys)

    def _weigh(self, keys: Sequence[LegKey]) -> None:
        """Find what known legs need without a parcel in the air of now, all in one pass."""
        known, weighed = self._shelf.legs, self._empty_wh
        new = {key: leg for key in keys if key not in weighed and (leg := known[key]) is not None}
        if not new:
            return
        found_wh = self.legs_of.aircraft.energy_wh(
            cruise_s=[leg.motion.duration_s for leg in new.values()],
            level_m=[leg.level_m for leg in new.values()],
            payload_kg=0.0,
            airspeed_mps=[leg.airspeed_mps for leg in new.values()],
        )
        weighed.update(zip(new, found_wh.tolist(), strict=True))

    def _learn(self, keys: Iterable[LegKey]) -> None:
        new = [key for key in keys if key not in self._shelf.legs]
        found = plan_legs(self.legs_of, self.routes, self._winds, new) if new else {}
        self._shelf.legs.update(found)
        self._empty_wh.update((key, leg.empty_wh) for key, leg in found.items() if leg is not None)

    def _known_at(self, level_index: int, origin: int, destination: int) -> Leg | None:
        """Give a leg as days in these routes and this wind know it, in whatever air, without a number of this day."""
        key = (level_index, origin, destination)
        if key not in self._shelf.legs:
            self._learn([key])
        return self._shelf.legs[key]

    def _without_parcel_wh(self, leg: Leg) -> float:
        """Energy of a leg without a parcel in the air of now."""
        key = (leg.level_index, leg.origin, leg.destination)
        if key not in self._empty_wh:
            cruise = Cruise(leg.motion, leg.airspeed_mps)
            self._empty_wh[key] = self.legs_of.energy_wh(cruise, level_m=leg.level_m, payload_kg=0.0)
        return self._empty_wh[key]

    # sorties

    def sortie(self, takeoff_point: int, airport: int) -> SortiePlan | None:
        """Plan a sortie from a take-off point to an airport (numbered from 0 among airports) and back."""
        key = (takeoff_point, airport)
        if key not in self._sorties:
            site = self._network.airport_site(airport)
            out, back = self.leg(takeoff_point, site), self.leg(site, takeoff_point)
            self._sorties[key] = None if out is None or back is None else self._pair(out, back, self._times.load_ms)
        return self._sorties[key]

    def landing_at(self, plan: SortiePlan, takeoff_point: int) -> SortiePlan | None:
        """Plan a sortie that comes home to another take-off point than it leaves; None where no way leads there."""
        key = (plan.out.origin, plan.out.destination, takeoff_point)
        if key not in self._elsewhere:
            back = self.leg(plan.out.destination, takeoff_point)
            self._elsewhere[key] = None if back is None else self._pair(plan.out, back, plan.load_ms)
        return self._elsewhere[key]

    def _pair(self, out: Leg, back: Leg, load_ms: int) -> SortiePlan:
        times = self._times
        depart_ms = load_ms + times.check_ms
        deliver_ms = depart_ms + out.land_ms + times.unload_ms
        return SortiePlan(
            out=out,
            home=back,
            load_ms=load_ms,
            depart_ms=depart_ms,
            deliver_ms=deliver_ms,
            fixed_wh=back.empty_wh + self._hold_wh,
            times=self._times_of(out, back, depart_ms=depart_ms, deliver_ms=deliver_ms),
        )

    def request(self, plan: SortiePlan) -> SortieRequest:
        """Tell what a sortie holds."""
        return self.uses.sortie(plan.out, plan.home, self.routes, load_ms=plan.load_ms)

    def _times_of(self, out: Leg, back: Leg, *, depart_ms: int, deliver_ms: int) -> SortieTimes:
        """Tell when a sortie is home, and when it is at which site on the ground, from the start of loading."""
        leaves_ms = deliver_ms + self._times.check_ms
        home_ms = leaves_ms + back.land_ms
        stays = (
            Stay(out.origin, 0, depart_ms + out.climb_ms),
            Stay(out.destination, depart_ms + out.sink_ms, leaves_ms + back.climb_ms),
            Stay(back.destination, leaves_ms + back.sink_ms, home_ms + self._times.clear_ms),
        )
        return SortieTimes(deliver_ms, home_ms, stays)

    def look_up(self, takeoff_point: int) -> None:
        """Put the empty legs to a take-off point into the table ``empty_legs``, whether or not anybody flies them."""
        if takeoff_point in self._looked_up:
            return
        self._looked_up.add(takeoff_point)
        self.has_looked = len(self._looked_up) == self._stands
        self._learn_between((place, takeoff_point) for place in range(self._stands))
        for place in range(self._stands):
            self._ways_from(place)[takeoff_point] = self.empty_leg(place, takeoff_point)
        self.empty_legs = tuple(map(tuple, self._ends.values()))

    def look_up_from(self, places: Iterable[int], takeoff_points: Iterable[int]) -> None:
        """Put the empty legs from some places to take-off points into the table, where drones stay at airports."""
        takeoff_points = tuple(takeoff_points)
        new = {(place, point) for place in places for point in takeoff_points} - self._looked_from
        if not new:
            return
        self._looked_from |= new
        self._learn_between(new)
        for place, point in new:
            self._ways_from(place)[point] = self.empty_leg(place, point)
        rows = list(self.empty_legs)
        for place in {place for place, _ in new}:
            rows[place] = tuple(self._ends[place])
        self.empty_legs = tuple(rows)

    def _ways_from(self, place: int) -> list[EmptyLeg | None]:
        """Give the row of a place, which is laid out when it is first asked for."""
        return self._ends.setdefault(place, [None] * self._network.takeoff_points)

    def empty_leg(self, origin: int, destination: int) -> EmptyLeg | None:
        """Tell of the quickest empty way from one site to another; None where there is none."""
        self._learn_between([(origin, destination)])
        levels = self._open if origin != destination else ()
        known = [self._known_at(index, origin, destination) for index in levels]
        legs = [EmptyLeg(leg.land_ms, self._without_parcel_wh(leg)) for leg in known if leg is not None]
        return min(legs, key=lambda leg: leg.land_ms, default=None)

    def ways(self, plan: SortiePlan, *, load_ms: int | None = None) -> SortieWays:
        """Plan a sortie in every way that clearance chooses from: at every pair of levels, or at the quickest.

        ``load_ms``: how long it takes to load, where that is another time than is stated.
        """
        key = (plan.out.origin, plan.out.destination, plan.home.destination)
        if key not in self._ways:
            self._ways[key] = ways = self._every_way(*key)
            out, home = ways.legs(0)
            if plan.load_ms == ways.load_ms and plan.out is out and plan.home is home:
                ways.plans[0] = plan
        return self._ways[key] if load_ms is None else self._loaded_for(self._ways[key], load_ms)

    def _loaded_for(self, ways: SortieWays, load_ms: int) -> SortieWays:
        """Give ways of a sortie whose loading takes another time than is stated."""
        choices = self.uses.loaded_for_longer(ways.choices, load_ms - ways.load_ms)
        return replace(ways, load_ms=load_ms, choices=choices, plans={})

    def plan_of(self, ways: SortieWays, number: int) -> SortiePlan:
        """Plan a sortie in one of its ways."""
        if number not in ways.plans:
            ways.plans[number] = self._pair(*ways.legs(number), ways.load_ms)
        return ways.plans[number]

    def _every_way(self, home: int, away: int, back_to: int) -> SortieWays:
        if self._network.airspace.compares_ways:
            outs, backs = self.legs(home, away), self.legs(away, back_to)
        else:
            outs, backs = (self.known_leg(home, away),), (self.known_leg(away, back_to),)
        fixed_wh = [back.empty_wh + self._hold_wh for back in backs] * len(outs)
        return SortieWays(
            outs=outs,
            backs=backs,
            load_ms=self._times.load_ms,
            fixed_wh=np.array(fixed_wh),
            most_fixed_wh=max(fixed_wh),
            levels=np.array([out.level_index for out in outs]).repeat(len(backs)),
            choices=self._known_ways(outs, backs),
            is_every=np.ones(len(fixed_wh), dtype=np.bool_),
        )

    def _known_ways(self, outs: Sequence[Leg], backs: Sequence[Leg]) -> SortieChoices:
        """Give what the ways of a sortie hold; kept for other days where calendars are numbered alike on all of them.

        Those of routes and of airways are numbered as they come.
        """
        if self._network.airspace.numbers_routes or self.routes.airways:
            return self._make_ways(outs, backs)
        levels_out, levels_home = (tuple(leg.level_index for leg in legs) for legs in (outs, backs))
        key = (outs[0].origin, outs[0].destination, backs[0].destination, levels_out, levels_home)
        if key not in self._shelf_ways:
            self._shelf_ways[key] = self._make_ways(outs, backs)
        return self._shelf_ways[key]

    def _make_ways(self, outs: Sequence[Leg], backs: Sequence[Leg]) -> SortieChoices:
        load_ms = self._times.load_ms
        # calendars of airways are numbered as they come: those of the quickest way out, then those home
        ways_out = [self.uses.way_out(outs[0], self.routes, load_ms=load_ms)]
        ways_home = [self.uses.way_home(back, self.routes) for back in backs]
        ways_out += [self.uses.way_out(out, self.routes, load_ms=load_ms) for out in outs[1:]]
        paths = self._paths([*outs, *backs]) if self._network.airspace.compares_ways else alternatives(())
        return sortie_choices(paths, ways_out, ways_home)

    # paths

    def _paths(self, legs: Sequence[Leg]) -> Alternatives:
        """Give the paths of numbered legs together; those that are not known yet are made in one pass."""
        kept = [(self._shelves[leg.number].paths, _key(leg)) for leg in legs]
        new = [leg for leg, (shelf, key) in zip(legs, kept, strict=True) if key not in shelf]
        made = paths_of(self.legs_of, new, self._network.terminal) if new else alternatives(())
        paths = iter(made.paths)
        for shelf, key in kept:
            if key not in shelf:
                shelf[key] = next(paths)
        return made if len(new) == len(legs) else alternatives([shelf[key] for shelf, key in kept])

    def path(self, leg: Leg) -> Path4D:
        """Give the path of a numbered leg in space and time, cut at the terminal areas of its ends."""
        return self._paths([leg]).paths[0]

    def course(self, leg: Leg) -> Course:
        """Give the course of a numbered leg from take-off to landing, on its own clock.

        All that are known of its level are put into space and time in one pass.
        """
        shelf, key = self._shelves[leg.number], _key(leg)
        if key not in shelf.courses:
            level = {its: it for its, it in shelf.legs.items() if it is not None and its[0] == leg.level_index}
            new = [its for its in level if its not in shelf.courses]
            made = courses_of_legs(self.legs_of, [level[its] for its in new], self._network.terminal)
            shelf.courses.update(zip(new, made, strict=True))
        return shelf.courses[key]

    def kept(self, leg: Leg, kind: Hashable, make: Callable[[Course], Made]) -> Made:
        """Give what is made of the course of a numbered leg: by a ``kind`` that tells all else that it is made of."""
        return self.all_kept([leg], kind, lambda courses: [make(course) for course in courses])[0]

    def all_kept(
        self, legs: Iterable[Leg], kind: Hashable, make: Callable[[Sequence[Course]], Iterable[Made]]
    ) -> list[Made]:
        """Give what is made of the courses of numbered legs, as ``kept``; what is new is made in one pass."""
        places = [(self._shelves[leg.number].made.setdefault(kind, {}), _key(leg), leg) for leg in legs]
        new = {(id(shelf), key): (shelf, key, leg) for shelf, key, leg in places if key not in shelf}
        if new:
            made = make([self.course(leg) for _, _, leg in new.values()])
            for (shelf, key, _), its in zip(new.values(), made, strict=True):
                shelf[key] = its
        found: list[Made] = [shelf[key] for shelf, key, _ in places]
        return found

    # at the end of a day

    def flown_routes(self, flown: Iterable[int]) -> list[tuple[int, int, float, NDArray[Any]]]:
        """List origin, destination, level and corners of the quickest leg of each pair and of what was flown."""
        quickest = {leg.number for leg in self._quickest.values() if leg is not None}
        chosen = (self.flown[number] for number in quickest | set(flown))
        legs = sorted(chosen, key=lambda leg: (leg.origin, leg.destination, leg.level_m, leg.number))
        return [(leg.origin, leg.destination, leg.level_m, leg.corners) for leg in legs]

    def clear(self) -> None:
        """Give all plans up."""
        self._numbers.clear()
        self._quickest.clear()
        self._legs.clear()
        self._sorties.clear()
        self._elsewhere.clear()
        self._ways.clear()
        self.flown.clear()
        self._shelves.clear()


def _key(leg: Leg) -> LegKey:
    return leg.level_index, leg.origin, leg.destination

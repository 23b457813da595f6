"""The resources of the network: one calendar for each kind and site, named as in the tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dronesim.airspace import (
    MOST_LEGS,
    ROUTE,
    Course,
    HeadwayClearance,
    Minima,
    Path4D,
    StrategicClearance,
    Terminal,
    Timetable,
    Traffic,
    Use,
    pack,
    path_of,
    shared_areas,
)
from dronesim.record.resources import NETWORK
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.presence import NOBODY, BookedOut, Presence, Spell
from dronesim.simulation.routes import AirwayPieces
from dronesim.simulation.rules import AirspaceRules
from dronesim.simulation.times import Times
from dronesim.simulation.waits import AIRPORT_PAD, CLEARANCE, LOADER, PAD, PILOT, UNLOADER
from dronesim.simulation.zones import SiteClosure
from dronesim.units import to_ms


class Network:
    """Calendars of pads, loaders, unloaders and pilots, by number, and the airspace that adds lanes to them.

    ``pads`` are indexed by site (take-off points first), ``loaders`` by take-off point, ``unloaders`` by
    airport. ``radius_m`` is that of terminal areas; within the first of ``radii_m`` even a drone that strays is in one,
    and beyond the second none is.
    ``spells_in_zones`` tell when sites lie in zones with hours, ``departs_from_ms`` from when on anybody may be loaded
    at each take-off point, and depart from it.
    """

    def __init__(self, inputs: SimulationInputs, times: Times) -> None:
        rules, places = inputs.rules, inputs.places
        homes = places.ids[: places.takeoff_points]
        airports = places.ids[places.takeoff_points :]
        self.takeoff_points = places.takeoff_points
        self.timetable = timetable = Timetable()
        self.pads = _calendars(timetable, "pad", places.ids, (*rules.takeoff_points.pads, *rules.airports.pads))
        self.loaders = _calendars(timetable, "loader", homes, rules.takeoff_points.loaders)
        self.unloaders = _calendars(timetable, "unloader", airports, rules.airports.unloaders)
        pilots = rules.pilots.count * rules.pilots.drones_per_pilot
        (self.pilots,) = _calendars(timetable, "pilot", ("network",), (pilots,))
        self.shares_off = _book_out_those_off(self, inputs, times)
        self._reasons = {self.pilots: PILOT}
        for calendars, reason in (
            (self.pads[: self.takeoff_points], PAD),
            (self.pads[self.takeoff_points :], AIRPORT_PAD),
            (self.loaders, LOADER),
            (self.unloaders, UNLOADER),
        ):
            self._reasons |= dict.fromkeys(calendars, reason)
        self._airways: dict[tuple[str, int, int], int] = {}
        self._xy = places.xy.tolist()
        self.radius_m = rules.airspace.terminal_radius_m
        self._areas = shared_areas(places.xy, radius_m=self.radius_m).tolist()
        off_m = off_path_m(rules.airspace)
        self.radii_m = (inner_m, self.radius_m + off_m) if (inner_m := max(self.radius_m - off_m, 0.0)) else (0.0, 0.0)
        self.airspace = _clearance(timetable, inputs, times)
        levels = len(rules.airspace.levels_m)
        self.has_pairs = 2 * self.takeoff_points * len(airports) * levels <= MOST_LEGS
        """Whether the legs of sorties are few enough for a table of their pairs."""
        self.spells_in_zones: dict[int, list[Spell]] = {}
        self.departs_from_ms = [0] * self.takeoff_points
        self._booked_out: dict[int, list[tuple[Spell, range]]] = {}
        for closure in inputs.closures:
            self._close_pads(closure, timetable)

    def _close_pads(self, closure: SiteClosure, timetable: Timetable) -> None:
        """Book all pads of a site out while it lies in a zone, for nobody."""
        pad, spell = self.pads[closure.site], (to_ms(closure.from_s), to_ms(closure.to_s))
        self.spells_in_zones.setdefault(closure.site, []).append(spell)
        uses = pack([(pad, 0, spell[1] - spell[0])] * timetable.units(pad))
        bookings = timetable.book(uses, spell[0], holder=NOBODY)
        self._booked_out.setdefault(closure.site, []).append((spell, bookings))

    def lose_unit(self, calendar: int, at_ms: int, for_ms: int) -> tuple[int, int]:
        """Do without a unit, from when one is free for so long; what is booked holds."""
        begin_ms = self.first_free_ms(calendar, at_ms, for_ms)
        self.timetable.book(pack([(calendar, 0, for_ms)]), begin_ms, holder=NOBODY)
        return begin_ms, begin_ms + for_ms

    def first_free_ms(self, calendar: int, at_ms: int, for_ms: int) -> int:
        """Tell from when on, at or after a time, a unit is free for so long."""
        return self.timetable.first_common_start(pack([(calendar, 0, for_ms)]), at_ms)

    def leave_pad(self, site: int, *, now_ms: int, until_ms: int) -> None:
        """Leave one of the pads that zones have booked out by a time to a drone that has to stay there until then."""
        spells = self._booked_out.get(site, [])
        for i, (spell, pads) in enumerate(spells):
            if spell[0] < until_ms and now_ms < spell[1] and pads:
                self.timetable.revoke(pads[-1:], now_ms)
                spells[i] = (spell, pads[:-1])

    def reason(self, refused_by: int) -> int:
        """Say why a clearance begins no sooner, from what refused it: a crew, a pad, or else the airspace."""
        return CLEARANCE if refused_by < 0 else self._reasons.get(refused_by, CLEARANCE)

    def airway_uses(
        self, airways: AirwayPieces, piece: int, level_index: int, *, enter_ms: int, leave_ms: int
    ) -> tuple[Use, ...]:
        """Give what a flight holds on a piece of an airway at a level: its entry, and room for one drone."""
        if not self.airspace.is_strict:
            return ()
        headway_ms, capacity = to_ms(float(airways.headway_s[piece])), int(airways.capacity[piece])
        uses: list[Use] = []
        if headway_ms:
            uses.append((self._airway("entry", piece, level_index, capacity=1), enter_ms, headway_ms))
        if capacity and leave_ms > enter_ms:
            uses.append((self._airway("room", piece, level_index, capacity=capacity), enter_ms, leave_ms - enter_ms))
        return tuple(uses)

    def _airway(self, kind: str, piece: int, level_index: int, *, capacity: int) -> int:
        key = (kind, piece, level_index)
        if key not in self._airways:
            self._airways[key] = self.timetable.add(capacity, resource=ROUTE)
        return self._airways[key]

    def path(self, course: Course, origin: int, destination: int) -> Path4D:
        """Cut a course at the terminal areas of its two sites; an ``origin`` of -1 is none.

        What counts as terminal areas is smaller than they are by how far a drone may be off its segments, so that a
        drone that strays is still within them.
        """
        ends = [self.terminal(site) if site >= 0 else None for site in (origin, destination)]
        return path_of(course, origin=ends[0], destination=ends[1])

    def terminal(self, site: int) -> Terminal:
        """Give the terminal area of a site, as in ``path``."""
        inner_m, outer_m = self.radii_m
        return Terminal(site=self._areas[site], centre_m=self.centre_m(site), radius_m=inner_m, outer_m=outer_m)

    def centre_m(self, site: int) -> tuple[float, float]:
        """Where a site is, in metres to the east and to the north."""
        east_m, north_m = self._xy[site]
        return east_m, north_m

    def is_in_area(self, place_m: Sequence[float]) -> bool:
        """Tell whether a place, ``(2,)`` in metres, lies in a terminal area."""
        return any(math.dist(place_m, centre_m) < self.radius_m for centre_m in self._xy)

    def departure_lanes(self, site: int) -> list[int]:
        """Name the calendars of a site's lanes for departures: one, or none where there are no lanes."""
        return [lane for lane, _, _ in self.airspace.departure(site, offset_ms=0, for_ms=0)]

    def arrival_lanes(self, site: int) -> list[int]:
        """Name the calendars of a site's lanes for arrivals, in the same way."""
        return [lane for lane, _, _ in self.airspace.arrival(site, offset_ms=0, for_ms=0)]

    def airport_site(self, airport: int) -> int:
        """Give an airport's number among all sites."""
        return self.takeoff_points + airport

    def is_takeoff_point(self, site: int) -> bool:
        """Tell whether a site is a take-off point, where sorties begin and end."""
        return site < self.takeoff_points

    def unloader(self, site: int) -> int:
        """Give the calendar of the unloaders at an airport, by its number among all sites."""
        return self.unloaders[site - self.takeoff_points]


def off_path_m(rules: AirspaceRules) -> float:
    """How far a drone may be off its cleared segments in the plane: it strays, cuts corners, and they are straight."""
    return rules.track_bound_m + rules.corner_cut_m + rules.path_error_m


def _clearance(timetable: Timetable, inputs: SimulationInputs, times: Times) -> HeadwayClearance:
    """Keep flights apart as the mode says: in space, by headways, or not at all."""
    rules, sites = inputs.rules.airspace, inputs.places.ids
    if rules.mode == "strategic":
        traffic = Traffic(_minima(rules))
        return StrategicClearance(timetable, sites, lane_headway_ms=times.lane_headway_ms, traffic=traffic)
    return HeadwayClearance(
        timetable,
        sites,
        lane_headway_ms=times.lane_headway_ms,
        route_headway_ms=times.route_headway_ms,
        is_strict=rules.mode != "none",
    )


def _minima(rules: AirspaceRules) -> Minima:
    """Keep flights apart by the minima and by how far both may be off the segments that they are cleared for."""
    return Minima(
        separation_m=rules.separation_m + 2 * off_path_m(rules),
        vertical_m=rules.vertical_m + 2 * rules.path_error_m,
        buffer_s=rules.buffer_s,
    )


def _book_out_those_off(network: Network, inputs: SimulationInputs, times: Times) -> BookedOut:
    """Book loaders and pilots' shares out whose shifts are not now; gives the shares.

    Who loads at the end of a shift finishes: a load is a piece of work of always the same length, so the loader is away
    from when one that began then would end. A pilot's share is away from the end of the shift.
    """
    rules, finishing_ms = inputs.rules, max(times.load_ms - 1, 0)
    for calendar, site in zip(network.loaders, inputs.places.ids, strict=False):
        if site in rules.shifts.get("loader", {}):
            presence = Presence(rules.shifts["loader"][site], over_ms=inputs.over_ms)
            loaders = BookedOut(network.timetable, calendar)
            for unit in range(network.timetable.units(calendar)):
                late = ((from_ms and from_ms + finishing_ms, to_ms) for from_ms, to_ms in presence.absences(unit))
                loaders.add([(from_ms, to_ms) for from_ms, to_ms in late if from_ms < to_ms])
    shares = BookedOut(network.timetable, network.pilots)
    if "pilot" in rules.shifts:
        presence = Presence(rules.shifts["pilot"][NETWORK], over_ms=inputs.over_ms)
        for unit in range(network.timetable.units(network.pilots)):
            shares.add(list(presence.absences(unit // rules.pilots.drones_per_pilot)))
    return shares


def _calendars(timetable: Timetable, resource: str, sites: tuple[str, ...], capacities: tuple[int, ...]) -> list[int]:
    return [
        timetable.add(capacity, resource=resource, site=site) for site, capacity in zip(sites, capacities, strict=True)
    ]

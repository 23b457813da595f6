"""The resources of the network: one calendar for each kind and site, named as in the tables."""

from __future__ import annotations

from collections.abc import Iterator

from dronesim.airspace import Calendar, HeadwayClearance
from dronesim.simulation.inputs import SimulationInputs
from dronesim.units import to_ms


class Network:
    """Calendars of pads, loaders, unloaders and pilots, and the lanes that the airspace keeps.

    ``pads`` are indexed by site (take-off points first), ``loaders`` by take-off point, ``unloaders`` by
    airport.
    """

    def __init__(self, inputs: SimulationInputs) -> None:
        rules, places = inputs.rules, inputs.places
        homes = places.ids[: places.takeoff_points]
        airports = places.ids[places.takeoff_points :]
        self.takeoff_points = places.takeoff_points
        self.is_strict = rules.airspace.mode != "none"
        self.headway_ms = to_ms(rules.airspace.lane_headway_s)
        self.pads = _calendars("pad", places.ids, (*rules.takeoff_points.pads, *rules.airports.pads))
        self.loaders = _calendars("loader", homes, rules.takeoff_points.loaders)
        self.unloaders = _calendars("unloader", airports, rules.airports.unloaders)
        self.pilots = Calendar(rules.pilots.count * rules.pilots.drones_per_pilot, resource="pilot", site="network")
        self.airspace = HeadwayClearance(
            places.ids,
            lane_headway_ms=self.headway_ms,
            route_headway_ms=to_ms(rules.airspace.route_headway_s),
            is_strict=self.is_strict,
        )
        self._own = [*self.pads, *self.loaders, *self.unloaders, self.pilots]
        self._turn = 0

    def tidy(self, now_ms: int) -> None:
        """Let the next calendars in turn forget what is past; called once a sortie, it reaches them all."""
        self._turn += 1
        for group in (self._own, self.airspace.calendars):
            group[self._turn % len(group)].forget(now_ms)

    def airport_site(self, airport: int) -> int:
        """Give an airport's number among all sites."""
        return self.takeoff_points + airport

    def airport_number(self, site: int) -> int:
        """Give a site's number among airports."""
        return site - self.takeoff_points

    def calendars(self) -> Iterator[Calendar]:
        """List every calendar that the occupancy table shows."""
        yield from self.pads
        yield from self.loaders
        yield from self.unloaders
        yield self.pilots
        if self.is_strict:
            yield from self.airspace.departure_lanes
            yield from self.airspace.arrival_lanes


def _calendars(resource: str, sites: tuple[str, ...], capacities: tuple[int, ...]) -> list[Calendar]:
    return [Calendar(capacity, resource=resource, site=site) for site, capacity in zip(sites, capacities, strict=True)]

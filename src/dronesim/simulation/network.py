"""The resources of the network: one calendar for each kind and site, named as in the tables."""

from __future__ import annotations

from dronesim.airspace import HeadwayClearance, Timetable
from dronesim.simulation.inputs import SimulationInputs
from dronesim.units import to_ms


class Network:
    """Calendars of pads, loaders, unloaders and pilots, by number, and the airspace that adds lanes to them.

    ``pads`` are indexed by site (take-off points first), ``loaders`` by take-off point, ``unloaders`` by
    airport.
    """

    def __init__(self, inputs: SimulationInputs) -> None:
        rules, places = inputs.rules, inputs.places
        homes = places.ids[: places.takeoff_points]
        airports = places.ids[places.takeoff_points :]
        self.takeoff_points = places.takeoff_points
        self.headway_ms = to_ms(rules.airspace.lane_headway_s)
        self.timetable = timetable = Timetable()
        self.pads = _calendars(timetable, "pad", places.ids, (*rules.takeoff_points.pads, *rules.airports.pads))
        self.loaders = _calendars(timetable, "loader", homes, rules.takeoff_points.loaders)
        self.unloaders = _calendars(timetable, "unloader", airports, rules.airports.unloaders)
        pilots = rules.pilots.count * rules.pilots.drones_per_pilot
        (self.pilots,) = _calendars(timetable, "pilot", ("network",), (pilots,))
        self.airspace = HeadwayClearance(
            timetable,
            places.ids,
            lane_headway_ms=self.headway_ms,
            route_headway_ms=to_ms(rules.airspace.route_headway_s),
            is_strict=rules.airspace.mode != "none",
        )

    def airport_site(self, airport: int) -> int:
        """Give an airport's number among all sites."""
        return self.takeoff_points + airport

    def airport_number(self, site: int) -> int:
        """Give a site's number among airports."""
        return site - self.takeoff_points


def _calendars(timetable: Timetable, resource: str, sites: tuple[str, ...], capacities: tuple[int, ...]) -> list[int]:
    return [
        timetable.add(capacity, resource=resource, site=site) for site, capacity in zip(sites, capacities, strict=True)
    ]

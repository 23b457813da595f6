"""Which drones in the air hear the dispatcher: one is silent while it flies in an area whose link is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dronesim.airspace import Course
from dronesim.comms import EVERYWHERE, OutageCalendar, silent_spells, united
from dronesim.simulation.flight import Flight
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.outages import link_outages
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.units import MS, to_ms

_MARGIN_S: Final = 0.01
"""So much nearer than it is an outage is taken to be, and so much longer, where times were rounded."""


class Silence:
    """Tells when drones are silent; the dispatcher hears nothing of this before it comes."""

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._clock = scene.clock
        self._planner = scene.planner
        self._areas = inputs.link.areas
        self.outages = link_outages(inputs)
        self._calendar = OutageCalendar(self.outages)

    def name(self, area: int) -> str:
        """Name an area in words."""
        return "the district" if area == EVERYWHERE else self._areas[area].name

    def of_course(self, from_s: float, to_s: float, course: Callable[[], Course]) -> list[tuple[int, int]]:
        """Give the silent spells of a course, in ms, that leads from one time of day to another.

        It is asked for only where there is an outage meanwhile, and not everywhere.
        """
        if self._calendar.is_everywhere:
            spells = self._calendar.spells_between(from_s, to_s)
        elif not (met := self._calendar.between(from_s, to_s)):
            return []
        elif all(outage.area == EVERYWHERE for outage in met):
            spells = united((max(from_s, outage.from_s), min(to_s, outage.to_s)) for outage in met)
        else:
            flown = course()
            spells = silent_spells(flown.at_s, flown.points_m[:, :2], outages=self._calendar, areas=self._areas)
        return [(to_ms(from_s), to_ms(to_s)) for from_s, to_s in spells if to_ms(to_s) > to_ms(from_s)]

    def spells(self, sortie: Sortie) -> list[tuple[int, int]]:
        """Give the silent spells of a sortie as it is to be flown, in ms; one goes on where it turns in the air."""
        if not self.outages:
            return []
        found = list[tuple[int, int]]()
        for flight in sortie.flights:
            for from_ms, to_ms_ in self.of_flight(flight):
                if found and flight.kind == "divert" and from_ms <= max(found[-1][1], flight.departed_ms):
                    is_joined = found[-1][1] >= flight.departed_ms - 1
                    found[-1:] = [(found[-1][0], to_ms_)] if is_joined else [found[-1], (from_ms, to_ms_)]
                else:
                    found.append((from_ms, to_ms_))
        return found

    def is_long(self, sortie: Sortie, for_ms: int) -> bool:
        """Tell whether a sortie may be silent for longer than a time: the link is lost for so long while it flies."""
        if not self.outages:
            return False
        from_s, to_s = sortie.flights[0].departed_ms / MS, sortie.flights[-1].ended_ms / MS
        return self._calendar.longest_between(from_s, to_s) > for_ms / MS - _MARGIN_S

    def of_flight(self, flight: Flight) -> list[tuple[int, int]]:
        """Give the silent spells of a flight as it is to be flown, in ms."""
        return self.of_course(flight.departed_ms / MS, flight.ended_ms / MS, lambda: flight.whole_course(self._planner))

    def spell_at(self, sortie: Sortie, at_ms: int) -> tuple[int, int] | None:
        """Give the silent spell in which a sortie is at a time."""
        at_s = at_ms / MS
        if not self._calendar.longest_between(at_s - _MARGIN_S, at_s + _MARGIN_S):
            return None
        return next((spell for spell in self.spells(sortie) if spell[0] <= at_ms < spell[1]), None)

    def hears(self, sortie: Sortie) -> bool:
        """Tell whether a drone would hear an order now; on the ground it does, and who sinks needs none."""
        return self.heard_ms(sortie) == self._clock.now_ms

    def heard_ms(self, sortie: Sortie) -> int:
        """Tell when a drone hears again, as it is to fly now, or sinks; now where it hears, or is on the ground."""
        now_ms = self._clock.now_ms
        flight = sortie.aloft(now_ms) if self.outages else None
        if flight is None or flight.is_committed(now_ms):
            return now_ms
        spell = self.spell_at(sortie, now_ms)
        return now_ms if spell is None else min(spell[1], flight.sinks_ms)

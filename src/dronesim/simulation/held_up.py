"""Why a sortie that is booked begins no sooner: who is away then, and what refused the other starts."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from dronesim.airspace import Clearance
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.plans import SortiePlan
from dronesim.simulation.presence import FOR_GOOD_MS, Presence, Spell
from dronesim.simulation.scene import Scene
from dronesim.simulation.waits import AIRPORT_PAD, LOADER, PAD, PILOT, TAKEOFF_POINT_CLOSED, ZONE, Cause

PILOTS: Final = "network"


class HeldUp:
    """Notes what each order waits for between the booking of its sortie and its loading.

    While something is closed or nobody is at work for a sortie that would begin then, it is that, whatever others hold:
    a take-off point, a zone on it, pilots, loaders, in this order. Else it is what refused the last start before the
    one that was given.
    """

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._clock = scene.clock
        self._network = scene.network
        self._waits = scene.boards.waits
        shifts, over_ms = inputs.rules.shifts, inputs.over_ms
        self._over_ms = over_ms
        self._pilots = Presence(shifts["pilot"][PILOTS], over_ms=over_ms) if "pilot" in shifts else None
        self._loaders = {
            site: Presence(shifts["loader"][name], over_ms=over_ms)
            for site, name in enumerate(inputs.places.ids[: inputs.places.takeoff_points])
            if name in shifts.get("loader", {})
        }

    def note(self, order: int, plan: SortiePlan, clearance: Clearance, *, opened_ms: int) -> None:
        """Note it for a sortie out and home that might begin from ``opened_ms`` on, when zones are over."""
        if clearance.start_ms > self._clock.now_ms:
            home_ms = clearance.leave_ms + plan.home.land_ms
            away = self._away(plan, opened_ms=opened_ms, lasts_ms=home_ms - clearance.start_ms)
            self._put(order, away, clearance, last=self._why_later(plan, clearance))

    def note_one_way(self, order: int, plan: SortiePlan, clearance: Clearance) -> None:
        """Note it for a sortie that ends at its airport."""
        now_ms = self._clock.now_ms
        if clearance.start_ms > now_ms:
            away = self._away(plan, opened_ms=now_ms, lasts_ms=plan.depart_ms + plan.out.land_ms)
            self._put(order, away, clearance, last=self._network.reason(clearance.refused_by))

    def _put(self, order: int, away: list[Cause], clearance: Clearance, *, last: int) -> None:
        now_ms, start_ms = self._clock.now_ms, clearance.start_ms
        within = [(max(from_ms, now_ms), min(to_ms, start_ms), reason) for from_ms, to_ms, reason in away]
        self._waits.hold_up(order, in_turn([cause for cause in within if cause[0] < cause[1]]), last=last)

    def _away(self, plan: SortiePlan, *, opened_ms: int, lasts_ms: int) -> list[Cause]:
        """List when a sortie could not begin, as something is closed or somebody away, what is told first before."""
        out, load_ms, now_ms = plan.out, plan.load_ms, self._clock.now_ms
        found = [
            (now_ms, self._network.departs_from_ms[out.origin], TAKEOFF_POINT_CLOSED),
            (now_ms, opened_ms, ZONE),
        ]
        if self._pilots is not None:
            # whoever comes last leaves first: nobody is there for longer than number 0
            found += [
                (from_ms + 1 - lasts_ms, until_ms - load_ms, PILOT) for from_ms, until_ms in self._gone(self._pilots)
            ]
        if out.origin in self._loaders:
            found += [(from_ms, until_ms, LOADER) for from_ms, until_ms in self._gone(self._loaders[out.origin])]
        return found

    def _gone(self, presence: Presence) -> list[Spell]:
        """List when nobody is there; who is away until all is over does not come."""
        return [
            (from_ms, until_ms if until_ms < self._over_ms else FOR_GOOD_MS)
            for from_ms, until_ms in presence.absences(0)
        ]

    def _why_later(self, plan: SortiePlan, clearance: Clearance) -> int:
        """Say what refused a sortie, which may be a zone that lies on a site until then."""
        start_ms, leave_ms, spells = clearance.start_ms, clearance.leave_ms, self._network.spells_in_zones
        reason, out, home = self._network.reason(clearance.refused_by), plan.out, plan.home
        taken = (
            (out.origin, start_ms),
            (out.destination, start_ms + plan.depart_ms + out.sink_ms),
            (home.destination, leave_ms + home.sink_ms),
        )
        is_over = any(at_ms == to_ms for site, at_ms in taken for _, to_ms in spells.get(site, ()))
        return ZONE if is_over and reason in (PAD, AIRPORT_PAD) else reason


def in_turn(causes: list[Cause]) -> list[Cause]:
    """Cut causes, of which the first goes before the others, into parts that are apart, in order of time."""
    edges = sorted({at_ms for from_ms, to_ms, _ in causes for at_ms in (from_ms, to_ms)})
    found = list[Cause]()
    for from_ms, to_ms in pairwise(edges):
        reason = next((cause[2] for cause in causes if cause[0] <= from_ms and to_ms <= cause[1]), None)
        if reason is None:
            continue
        goes_on = bool(found) and found[-1][1:] == (from_ms, reason)
        begun_ms = found.pop()[0] if goes_on else from_ms
        found.append((begun_ms, to_ms, reason))
    return found

"""The command link is lost for a while: silent drones fly on as booked, and hold, return or land when time is out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from simpy.events import Event

from dronesim.airspace import Clearance
from dronesim.record.incidents import GOES_ON, LINK_LOSS, NO_LINK
from dronesim.simulation.drone import Drone
from dronesim.simulation.flight import Flight
from dronesim.simulation.rules import LinkRules, ScriptedEvent
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.kinds import MINUTES, Key, Trouble
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import to_ms

KIND: Final = LINK_LOSS.name


def link_is_lost(remedies: Remedies, event: ScriptedEvent) -> None:
    """Write down that the link is lost; who is silent by it is known by the outages of the day."""
    tell_outage(remedies, int(event.value("area")))


def tell_outage(remedies: Remedies, area: int) -> None:
    """Write down that the link is lost in an area."""
    remedies.scene.ledger.incident(remedies.now_ms, KIND, NO_LINK.format(name=remedies.silence.name(area)))


AREA: Final = Key(
    name="area",
    holds="area",
    text='id of a link_area of the map, or a half of the district, as "west half"; absent: the whole district',
    source="a choice",
)
LINK_FAILS: Final = Trouble(
    incident=LINK_LOSS,
    meaning="the command link is lost for a while, in an area or everywhere",
    keys=(replace(MINUTES, default=10.0), AREA),
    strike=link_is_lost,
)


@dataclass(slots=True, kw_only=True)
class Act:
    """What a drone does in silence in a flight, from when on; until when, or until another is over (``lands``)."""

    drone: int
    flight: Flight
    from_ms: int
    until_ms: int
    lands: Flight | None = None

    @property
    def over_ms(self) -> int:
        """When it is over."""
        if self.lands is None:
            return min(self.until_ms, self.flight.ended_ms)
        return max(self.until_ms, self.lands.ended_ms)


class LinkLoss:
    """Watches over drones that are to fly in silence: what they do when their time is out."""

    def __init__(self, remedies: Remedies, rules: LinkRules) -> None:
        self._remedies = remedies
        self._clock = remedies.scene.clock
        self._silence = remedies.silence
        self._after = rules.after
        self._hold_after_ms = to_ms(rules.hold_after_s)
        self._act_after_ms = to_ms(rules.act_after_s)
        self._latency_ms = to_ms(rules.latency_s)
        self._done: dict[int, int] = {}
        """By drone, when its time was out last."""
        self.acts: list[Act] = []

    def watch(self, drone: Drone) -> None:
        """Let a drone's time be out in each silence of its sortie, as that is to be flown now, that is long enough."""
        if drone.sortie is None or not self._silence.is_long(drone.sortie, self._hold_after_ms):
            return
        for from_ms, to_ms_ in self._silence.spells(drone.sortie):
            out_ms = from_ms + self._hold_after_ms
            if self._clock.now_ms <= out_ms < to_ms_:
                self._clock.call_at(out_ms, self._time_out, (drone, drone.sortie))

    def _time_out(self, event: Event) -> None:
        drone, sortie = event.value  # type: ignore[misc]
        flight, now_ms = self._silent_flight(drone, sortie), self._clock.now_ms
        spell = None if flight is None else self._silence.spell_at(sortie, now_ms)
        if flight is None or spell is None or now_ms - spell[0] < self._hold_after_ms:
            return
        if self._done.get(drone.number, -1) > spell[0]:
            return
        if self._after == "continue":
            self._end(drone, sortie, GOES_ON)
            return
        away_ms = self._remedies.away_ms(flight)
        if now_ms < away_ms < spell[1]:
            self._clock.call_at(away_ms, self._time_out, (drone, sortie))
            return
        self._hold(drone, sortie, flight, spell[0])

    def _silent_flight(self, drone: Drone, sortie: Sortie) -> Flight | None:
        """Give the flight in which a drone is that is silent and not about to land, if its sortie is still that."""
        if drone.sortie is not sortie or self._silence.hears(sortie):
            return None
        return sortie.aloft(self._clock.now_ms)

    def _end(self, drone: Drone, sortie: Sortie, action: str) -> None:
        self._done[drone.number] = self._clock.now_ms
        self._remedies.note(drone, sortie, KIND, action)

    def _hold(self, drone: Drone, sortie: Sortie, flight: Flight, since_ms: int) -> None:
        """Let a drone hold where it is, until the link is back, or it is to do more."""
        now_ms = self._clock.now_ms
        clearance = self._remedies.hold_here(drone, sortie, flight, cause=KIND)
        if clearance is None:
            if drone.sortie is sortie:
                self._end(drone, sortie, GOES_ON)
            return
        self._done[drone.number] = now_ms
        spell = self._silence.spell_at(sortie, now_ms)
        until_ms = self._holds_until_ms(clearance, since_ms, clearance.start_ms if spell is None else spell[1])
        self._end_hold(drone.number)
        act = Act(drone=drone.number, flight=flight, from_ms=now_ms, until_ms=until_ms)
        self.acts.append(act)
        self._clock.call_at(until_ms, self._decide, (drone, sortie, clearance, act))

    def _holds_until_ms(self, clearance: Clearance, since_ms: int, back_ms: int) -> int:
        """Tell until when a drone holds, silent since one time until another: as long as it may, or until it acts."""
        acts_ms = clearance.start_ms if self._after == "hold" else since_ms + self._act_after_ms
        return max(min(back_ms + self._latency_ms, acts_ms, clearance.start_ms), self._clock.now_ms)

    def _end_hold(self, drone: int) -> None:
        """Let a hold be over of a drone that hears, was ordered to go on, and is silent anew before it obeys."""
        last = next((act for act in reversed(self.acts) if act.drone == drone), None)
        if last is not None and last.lands is None:
            last.until_ms = min(last.until_ms, self._clock.now_ms)

    def _decide(self, event: Event) -> None:
        """Lead a drone on whose link is back; else it does on its own what it is to do."""
        drone, sortie, clearance, act = event.value  # type: ignore[misc]
        if drone.sortie is not sortie or sortie.clearance is not clearance:
            return
        flight = self._silent_flight(drone, sortie)
        if flight is not None and self._holds_on(sortie, act, clearance):
            self._clock.call_at(act.until_ms, self._decide, event.value)
        elif flight is None:
            self._remedies.go_on_anew(drone, sortie, cause=KIND)
        elif self._after == "return" and flight.order != -1:
            self._return(drone, sortie, act)
        elif self._after == "return":
            self._remedies.go_on_anew(drone, sortie, cause=KIND)
            act.lands = flight
        else:
            self._remedies.land_safely(drone, cause=KIND)

    def _holds_on(self, sortie: Sortie, act: Act, clearance: Clearance) -> bool:
        """Let a hold last on that is not over for a drone that is silent anew before it obeyed the order to go on."""
        spell = self._silence.spell_at(sortie, self._clock.now_ms)
        if spell is None or spell[0] <= act.from_ms:
            return False
        act.until_ms = self._holds_until_ms(clearance, *spell)
        return act.until_ms > self._clock.now_ms

    def _return(self, drone: Drone, sortie: Sortie, act: Act) -> None:
        self._remedies.return_home(drone, sortie, cause=KIND)
        if drone.sortie is sortie:
            act.lands = sortie.out

"""A sortie: the stops at which parcels are unloaded, and the flights between them, from a stand to the next stand."""

from __future__ import annotations

from dronesim.airspace import Clearance
from dronesim.simulation.book import NEVER
from dronesim.simulation.flight import Flight
from dronesim.simulation.leg import Leg, LegMaker


class Stop:
    """Where a drone stands to be unloaded, and until when; ``orders`` are those whose parcels are on board for it.

    ``unloads_ms``: from when on an unloader is there for it, ``NEVER``: when it lands.
    """

    __slots__ = ("orders", "site", "unloaded_ms", "unloads_ms")

    def __init__(self, site: int, orders: tuple[int, ...], *, unloaded_ms: int) -> None:
        self.site = site
        self.orders = orders
        self.unloaded_ms = unloaded_ms
        self.unloads_ms = NEVER


class Sortie:
    """One booked sortie, all of whose times are known when it is booked; an empty one has no stop.

    ``order`` is the order that it brings, -1 for none; ``origin`` the site where it begins, and ``lands_at`` the
    take-off point to which it comes home, which is that unless a policy has named another. The flights are in the
    order in which they are flown: out, home, and what diversions put in between.
    """

    __slots__ = (
        "clearance",
        "flights",
        "full_wh",
        "hangs",
        "is_adrift",
        "is_barred",
        "is_diverted",
        "is_rescued",
        "lands_at",
        "loaded_ms",
        "loading_ms",
        "order",
        "origin",
        "pack_share",
        "stays",
        "stop",
    )

    def __init__(
        self,
        flights: list[Flight],
        clearance: Clearance,
        *,
        order: int = -1,
        stop: Stop | None = None,
        loaded_ms: int = NEVER,
    ) -> None:
        self.order = order
        self.origin = flights[0].leg.origin
        self.lands_at = flights[-1].leg.destination if flights[-1].kind == "return" else self.origin
        self.stop = stop
        self.flights = flights
        self.clearance = clearance
        self.loading_ms = clearance.start_ms
        self.loaded_ms = loaded_ms
        self.is_adrift = False
        """It holds in silence, and has no landing booked."""
        self.hangs = False
        """It held so, and has no way on yet that is its own."""
        self.is_barred = False
        """No way home was open when that was booked last."""
        self.is_diverted = False
        """Its parcel goes on by road from where it is unloaded."""
        self.is_rescued = False
        """It is on the road already."""
        self.stays = False
        """It ends at its stop, where its drone stays."""
        self.pack_share = 1.0
        """How much of its usable energy its pack gives, in the temperature that it takes off in."""

    @property
    def departed_ms(self) -> int:
        """When it takes off."""
        return self.flights[0].departed_ms

    @property
    def landed_ms(self) -> int:
        """When it is down at the last of its sites."""
        return self.flights[-1].landed_ms

    @property
    def over_ms(self) -> int:
        """When its drone is on a stand again: at the last of its sites, with nothing more to unload."""
        return self.stop.unloaded_ms if self.stays and self.stop is not None else self.landed_ms

    @property
    def out(self) -> Flight:
        """The flight to its stop, or the only one."""
        return self.flights[-1] if self.home is None else self.flights[-2]

    @property
    def home(self) -> Flight | None:
        """The flight home from its stop, if there is one."""
        last = self.flights[-1]
        return last if last.kind == "return" else None

    @property
    def site(self) -> int:
        """Where its parcel is unloaded, or where the only flight leads."""
        return self.flights[-1].leg.destination if self.stop is None else self.stop.site

    @property
    def unloaded_ms(self) -> int:
        """When its parcel is unloaded, ``NEVER`` without one."""
        return NEVER if self.stop is None else self.stop.unloaded_ms

    @property
    def unloads_ms(self) -> int:
        """From when on its parcel is unloaded, at an airport: from its landing, unless it waits for an unloader."""
        return self.out.landed_ms if self.stop is None else max(self.out.landed_ms, self.stop.unloads_ms)

    @property
    def is_delivered(self) -> bool:
        """Whether its parcel is unloaded into its box, as far as is known now."""
        return not self.is_diverted and self.out.landed_ms != NEVER

    @property
    def begins_ms(self) -> int:
        """From when on a drone is out with it: being loaded, or empty in the air."""
        return self.departed_ms if self.order == -1 else self.loading_ms

    def aloft(self, now_ms: int) -> Flight | None:
        """Give the flight that is in the air now, or that a drone in the air is going to turn onto."""
        if not self.departed_ms <= now_ms < self.landed_ms:
            return None
        out, home = self.out, self.home
        if now_ms < out.landed_ms:
            return out
        return home if home is not None and home.departed_ms <= now_ms else None

    def flown(self, now_ms: int) -> Flight | None:
        """Give the flight that is in the air now, also where it is to turn off it."""
        for flight in self.flights:
            if flight.is_flown(now_ms):
                return flight
        return None

    def is_carrying(self, now_ms: int) -> bool:
        """Tell whether its parcel is in the air now."""
        return self.stop is not None and self.departed_ms <= now_ms < self.out.landed_ms

    def is_bound(self, now_ms: int) -> bool:
        """Tell whether its parcel is in the air now, and may still be brought elsewhere: it does not sink yet."""
        return self.is_carrying(now_ms) and not self.out.is_committed(now_ms)

    def waits_for_a_way(self, now_ms: int) -> bool:
        """Tell whether its drone waits, or is to wait, at its stop for a way home that is not there."""
        home = self.home
        return self.is_barred and home is not None and now_ms < home.departed_ms

    def is_at_stop(self, now_ms: int) -> bool:
        """Tell whether its drone stands at an airport now, or sinks there."""
        home = self.home
        return home is not None and self.out.is_committed(now_ms) and now_ms < home.departed_ms

    def charge(self, charge: float, full_wh: float) -> None:
        """Let each flight begin with the charge that the one before left, of a pack that holds so much when full."""
        self.full_wh = full_wh
        for flight in self.flights:
            flight.charge_start = charge
            charge -= flight.energy_wh / full_wh
            flight.charge_end = charge

    def charge_anew(self) -> None:
        """Let the flights have the charges that follow from their energy as it is now."""
        self.charge(self.flights[0].charge_start, self.full_wh)

    # edits

    def stop_at(self, closed_ms: int, legs: LegMaker) -> None:
        """Count energy up to the close, where the day ends before the sortie does."""
        for flight in self.flights:
            if flight.ended_ms > closed_ms:
                flight.energy_wh = flight.spent_wh(legs, closed_ms)
        self.charge_anew()

    def land_elsewhere(self, onward: Flight, site: int) -> None:
        """Let another flight follow on the one with the parcel, to another stop; the way home is yet to be planned."""
        home = self.home
        self.flights = [*(self.flights if home is None else self.flights[:-1]), onward]
        self.stop = Stop(site, (self.order,), unloaded_ms=onward.landed_ms)

    def fly_home(self, leg: Leg, *, departed_ms: int, energy_wh: float) -> None:
        """Plan the way home from its stop."""
        home = self.home
        if home is not None:
            home.plan(leg, departed_ms=departed_ms, energy_wh=energy_wh)
            home.requested_ms = self.unloaded_ms
            return
        times = {"requested_ms": self.unloaded_ms, "departed_ms": departed_ms}
        self.flights.append(Flight("return", leg, energy_wh=energy_wh, **times))

    def break_off(self, flight: Flight) -> None:
        """Let nothing follow on a flight that was cut short; what was still on board is not unloaded."""
        self.flights = self.flights[: self.flights.index(flight) + 1]
        if self.stop is not None and flight.order != -1:
            self.stop.unloaded_ms = NEVER

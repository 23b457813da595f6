"""What flights hold of the network: the uses of pads, lanes, crews and pilots, as offsets from a start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from dronesim.airspace import (
    SortieChoices,
    SortieRequest,
    Use,
    WayHome,
    WayOut,
    pack,
    request_of,
    sortie_request,
)
from dronesim.airspace.calendar_kernels import BEGIN, DEPART, END
from dronesim.simulation.leg import Leg
from dronesim.simulation.network import Network
from dronesim.simulation.routes import Routes
from dronesim.simulation.times import Times
from dronesim.units import MS


class Uses:
    """Lists the uses of legs and sorties."""

    def __init__(self, network: Network, times: Times) -> None:
        self._network = network
        self._times = times

    def sortie(self, out: Leg, back: Leg, routes: Routes, *, load_ms: int) -> SortieRequest:
        """List what a sortie holds, from the start of its loading, which takes ``load_ms``."""
        return request_of(self.way_out(out, routes, load_ms=load_ms), self.way_home(back, routes))

    def way_out(self, out: Leg, routes: Routes, *, load_ms: int) -> WayOut:
        """List what a sortie's way out holds, from the start of its loading, which takes ``load_ms``."""
        network, times = self._network, self._times
        depart_ms = load_ms + times.check_ms
        deliver_ms = depart_ms + out.land_ms + times.unload_ms
        leave_ms = deliver_ms + times.check_ms
        sunk_ms = depart_ms + out.sink_ms
        stays = (
            (network.pads[out.destination], sunk_ms, leave_ms - sunk_ms),
            (network.pilots, load_ms, leave_ms - load_ms),
        )
        return WayOut(
            uses=pack(self._outbound(out, routes, load_ms=load_ms)),
            stays=pack(stays),
            depart_ms=depart_ms,
            deliver_ms=deliver_ms,
            leave_ms=leave_ms,
        )

    def way_home(self, back: Leg, routes: Routes) -> WayHome:
        """List what a sortie's way home holds: airport's pad until it has left the column, a pilot until it is down."""
        stays_ms = np.array([back.climb_ms, back.land_ms])
        return WayHome(uses=pack(self.homeward(back, routes)), stays_ms=stays_ms, home_ms=back.land_ms)

    def one_way(self, out: Leg, routes: Routes, *, load_ms: int) -> SortieRequest:
        """List what a sortie holds that ends where its parcel is unloaded, from the start of its loading."""
        times, depart_ms = self._times, load_ms + self._times.check_ms
        on_pad_ms = out.land_ms - out.sink_ms + times.unload_ms + times.clear_ms
        stay = (
            (self._network.pads[out.destination], depart_ms + out.sink_ms, on_pad_ms),
            (self._network.pilots, depart_ms - times.check_ms, times.check_ms + out.land_ms),
        )
        unloaded_ms = depart_ms + out.land_ms + times.unload_ms
        outbound = self._outbound(out, routes, load_ms=load_ms)
        return sortie_request(outbound=(*outbound, *stay), stay=(), homeward=(), leave_ms=unloaded_ms)

    def loaded_for_longer(self, known: SortieChoices, more_ms: int) -> SortieChoices:
        """Give ways to fly a sortie whose loading takes longer: pad and loader are held so much longer, all else later.

        They are the first two that a sortie holds. ``more_ms`` is below 0 where it takes less time.
        """
        uses, outs = known.packed.uses.copy(), known.packed.outs.copy()
        # ways out lie one behind the other
        loading = np.concatenate([outs[:, BEGIN], outs[:, BEGIN] + 1])
        uses[: outs[-1, END], 1] += more_ms
        uses[loading, 1] -= more_ms
        uses[loading, 2] += more_ms
        outs[:, DEPART:] += more_ms
        return replace(known, packed=known.packed._replace(uses=uses, outs=outs))

    def _outbound(self, out: Leg, routes: Routes, *, load_ms: int) -> tuple[Use, ...]:
        network, times = self._network, self._times
        depart_ms = load_ms + times.check_ms
        return (
            (network.pads[out.origin], 0, depart_ms + out.climb_ms),
            (network.loaders[out.origin], 0, load_ms),
            *_later(self._departing(out, routes), depart_ms),
            *_later(self._arriving(out), depart_ms),
            (network.unloader(out.destination), depart_ms + out.land_ms, times.unload_ms),
        )

    def homeward(self, back: Leg, routes: Routes) -> tuple[Use, ...]:
        """List what a way to a take-off point holds, from leaving a site to being off the pad there."""
        on_pad_ms = back.land_ms - back.sink_ms + self._times.clear_ms
        pad = (self._network.pads[back.destination], back.sink_ms, on_pad_ms)
        return (*self._departing(back, routes), *self._arriving(back), pad)

    def deadhead(self, leg: Leg, routes: Routes) -> tuple[Use, ...]:
        """List what an empty leg to a take-off point holds, from its check on the pad."""
        network, check_ms = self._network, self._times.check_ms
        return (
            (network.pads[leg.origin], 0, check_ms + leg.climb_ms),
            (network.pilots, 0, check_ms + leg.land_ms),
            *_later(self.homeward(leg, routes), check_ms),
        )

    def last_landing(self, leg: Leg, *, from_ms: int, is_entering: bool = False) -> SortieRequest:
        """List what a landing holds that ends a sortie; offsets count from a time of the leg, later by a hold.

        Who ``is_entering`` the terminal area then holds its lane for a headway, too.
        """
        sink_ms, land_ms = leg.sink_ms - from_ms, leg.land_ms - from_ms
        pad = (self._network.pads[leg.destination], sink_ms, land_ms - sink_ms + self._times.clear_ms)
        uses = (*self._lane(leg, sink_ms, is_entering=is_entering), pad, (self._network.pilots, 0, land_ms))
        return sortie_request(outbound=uses, stay=(), homeward=(), leave_ms=land_ms)

    def landing(
        self, leg: Leg, home: Leg, routes: Routes, *, from_ms: int, stays_ms: int = 0, is_entering: bool = False
    ) -> SortieRequest:
        """List what a landing to unload holds, and the way home, ``stays_ms`` after the first offset at the earliest.

        The rest is as for ``last_landing``.
        """
        network, times = self._network, self._times
        sink_ms, land_ms = leg.sink_ms - from_ms, leg.land_ms - from_ms
        leave_ms = max(land_ms + times.unload_ms, stays_ms) + times.check_ms
        unloader = (network.unloader(leg.destination), land_ms, times.unload_ms)
        return sortie_request(
            outbound=(*self._lane(leg, sink_ms, is_entering=is_entering), unloader),
            stay=(
                (network.pads[leg.destination], sink_ms, leave_ms - sink_ms + home.climb_ms),
                (network.pilots, 0, leave_ms + home.land_ms),
            ),
            homeward=self.homeward(home, routes),
            leave_ms=leave_ms,
        )

    def stay(
        self, site: int, home: Leg, routes: Routes, *, unloads_ms: tuple[int, int], stays_ms: int
    ) -> SortieRequest:
        """List what a drone holds that is on an airport's pad, or sinks to it, stays for a time and flies home.

        ``unloads_ms``: from when until when it is unloaded.
        """
        network, (from_ms, unloaded_ms) = self._network, unloads_ms
        leave_ms = max(unloaded_ms, stays_ms) + self._times.check_ms
        return sortie_request(
            outbound=((network.unloader(site), from_ms, unloaded_ms - from_ms),) if unloaded_ms > from_ms else (),
            stay=(
                (network.pads[site], 0, leave_ms + home.climb_ms),
                (network.pilots, 0, leave_ms + home.land_ms),
            ),
            homeward=self.homeward(home, routes),
            leave_ms=leave_ms,
        )

    def _lane(self, leg: Leg, for_ms: int, *, is_entering: bool) -> tuple[Use, ...]:
        """List the arrival lane until a drone sinks out of it, and who enters it has it for a headway."""
        if is_entering:
            return self._network.airspace.arrival(leg.destination, offset_ms=0, for_ms=for_ms)
        return tuple((lane, 0, for_ms) for lane in self._network.arrival_lanes(leg.destination))

    def _departing(self, leg: Leg, routes: Routes) -> tuple[Use, ...]:
        """List what a leg holds in the departure lane, on its route and on its airways, from take-off."""
        airspace = self._network.airspace
        lane = airspace.departure(leg.origin, offset_ms=leg.climb_ms, for_ms=leg.exit_ms - leg.climb_ms)
        return (*lane, *airspace.route(leg.origin, leg.destination), *self._airways(leg, routes))

    def _arriving(self, leg: Leg) -> tuple[Use, ...]:
        """List what a leg holds in the arrival lane, from take-off."""
        stays_ms = leg.sink_ms - leg.entry_ms
        return self._network.airspace.arrival(leg.destination, offset_ms=leg.entry_ms, for_ms=stays_ms)

    def _airways(self, leg: Leg, routes: Routes) -> tuple[Use, ...]:
        """List what a leg holds on the airways that it follows, from take-off."""
        airways, level_index = routes.airways, leg.level_index
        if airways is None:
            return ()
        pieces = airways.along(leg.corners)
        at_ms = leg.cruise_ms + MS * leg.corner_times_s
        parts = zip(pieces.tolist(), at_ms[:-1].tolist(), at_ms[1:].tolist(), strict=True)
        return tuple(
            use
            for piece, enter_ms, leave_ms in parts
            if piece >= 0
            for use in self._network.airway_uses(
                airways, piece, level_index, enter_ms=round(enter_ms), leave_ms=round(leave_ms)
            )
        )


def _later(uses: Iterable[Use], by_ms: int) -> tuple[Use, ...]:
    return tuple((calendar, offset_ms + by_ms, hold_ms) for calendar, offset_ms, hold_ms in uses)

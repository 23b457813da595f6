"""What the dispatcher expects: when a drone would deliver an order, from nothing but plans and what has happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dronesim.dispatch import (
    DispatchView,
    DroneRow,
    Known,
    OrderRow,
    Pool,
    RidersNow,
    Spells,
    available_wh,
    can_go,
    going_to,
    landing_at,
    lies_in_zone,
    predicted_ms,
)
from dronesim.dispatch.asking import Epoch
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.network import Network
from dronesim.simulation.scene import Scene


class Forecast:
    """Predictions from the boards and the plans, and what of these a policy may see."""

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._clock = scene.clock
        self._planner = scene.planner
        self._boards = scene.boards
        self._reserve = inputs.rules.batteries.reserve
        self._spells = _spells(scene.network, len(inputs.places.ids))

    def known(self, riders: RidersNow | None = None) -> Known:
        """Write down what is known now beside orders and drones."""
        boards, planner = self._boards, self._planner
        return Known(
            self._clock.now_ms,
            boards.shut_now(),
            boards.put_off_now(),
            planner.empty_legs,
            self._reserve,
            planner.air_known,
            self._spells,
            riders,
        )

    def view(
        self, pool: Pool, riders: RidersNow | None, epoch: Epoch | None = None, refusable: tuple[int, ...] = ()
    ) -> DispatchView:
        """Write down what a policy may know of a pool now."""
        boards = self._boards
        if self._planner.stays:
            rows = boards.drones.rows
            self._planner.look_up_from({rows[drone].place for drone in pool.drones}, boards.wanted_at())
        elif boards.is_shared and not self._planner.has_looked:
            for takeoff_point in boards.wanted_at():
                self._planner.look_up(takeoff_point)
        return DispatchView(
            self.known(riders),
            orders=tuple(map(boards.rows.__getitem__, pool.waiting)),
            ready=tuple(pool.ready),
            drones=tuple(map(boards.drones.rows.__getitem__, pool.drones)),
            numbers=tuple(pool.drones),
            free=tuple(pool.free),
            epoch=epoch,
            recallable=boards.recallable(pool),
            refusable=refusable,
            due_drones=boards.due_now(pool),
        )

    def hear(self, view: DispatchView) -> None:
        """Note what a policy has asked about: full cabinets, so that it is woken when they have room, and legs."""
        for order, airport in view.met_shut:
            self._want_room(order, airport)
        for place, takeoff_point in view.met_legs:
            self._planner.leg(place, takeoff_point)

    def want_room(self, orders: Iterable[int]) -> None:
        """Let the pools of those of some orders whose cabinets are full be woken when they have room."""
        for order in orders:
            self._want_room(order, self._boards.orders.airport[order])

    def _want_room(self, order: int, airport: int) -> None:
        if not self._boards.has_room(airport):
            self._boards.want_room(airport, self._boards.orders.takeoff_point[order])

    def available_wh(self, drone: int, known: Known) -> float:
        """Energy of a drone's pack above the reserve, by what is known now."""
        return available_wh(self._boards.drones.rows[drone], known)

    def delivery_ms(
        self,
        order: int,
        drone: int,
        *,
        home: int | None = None,
        airport: int | None = None,
        known: Known | None = None,
        holds_wh: float | None = None,
    ) -> int | None:
        """Predict when a drone would deliver an order if nobody were in its way; None where it can't.

        ``home`` is where it lands after that, None: where the order begins; ``airport`` where the parcel is to lie,
        None: where it is bound for. ``known`` is what is known now, where that
        is written down already; ``holds_wh`` what its pack holds above the reserve, if it had another one than it has.
        A full cabinet is remembered, so that the order's pool is woken when it has room.
        """
        row, kind = self._boards.rows[order], self._boards.drones.rows[drone]
        known = known or self.known()
        if home is None and airport is None:
            return self._predicted_ms(order, kind, known, holds_wh)
        elsewhere = row if airport is None else going_to(row, airport)
        elsewhere = elsewhere if elsewhere is None or home is None else landing_at(elsewhere, home)
        return None if elsewhere is None else self._predicted_ms(order, kind, known, holds_wh, elsewhere)

    def _predicted_ms(
        self,
        order: int,
        drone: DroneRow,
        known: Known,
        holds_wh: float | None = None,
        row: OrderRow | None = None,
    ) -> int | None:
        row = row or self._boards.rows[order]
        if not self._can_go(row, known):
            return None
        return predicted_ms(row, drone, self._with_leg(known, drone.place, row.takeoff_point), holds_wh=holds_wh)

    def _can_go(self, row: OrderRow, known: Known) -> bool:
        if row.airport in known.shut:
            self._want_room(row.order, row.airport)
        return can_go(row, known)

    def _with_leg(self, known: Known, place: int, takeoff_point: int) -> Known:
        """Give what is known with the empty leg from a place, which is planned."""
        if place == takeoff_point:
            return known
        self._look_up(place, takeoff_point)
        self._planner.leg(place, takeoff_point)
        legs = self._planner.empty_legs
        return known if known.legs is legs else known._replace(legs=legs)

    def _look_up(self, place: int, takeoff_point: int) -> None:
        if self._planner.stays:
            self._planner.look_up_from((place,), (takeoff_point,))
        else:
            self._planner.look_up(takeoff_point)

    def can_any(self, order: int, drones: Sequence[int], known: Known) -> bool:
        """Tell whether any of some drones could bring an order, by what is known now."""
        row, rows, last = self._boards.rows[order], self._boards.drones.rows, None
        if not self._can_go(row, known):
            return False
        for drone in drones:
            kind = rows[drone]
            if kind is not last:
                known = self._with_leg(known, kind.place, row.takeoff_point)
                if predicted_ms(row, kind, known) is not None:
                    return True
            last = kind
        return False

    def there_by(self, order: int, drones: Sequence[int], known: Known, *, by_ms: int) -> tuple[int | None, bool]:
        """Find one of some drones that would bring an order by a time, the first; and tell whether any can at all."""
        row, rows, can_any = self._boards.rows[order], self._boards.drones.rows, False
        if not drones or not self._can_go(row, known):
            return None, False
        for drone in drones:
            kind = rows[drone]
            at_ms = predicted_ms(row, kind, self._with_leg(known, kind.place, row.takeoff_point))
            if at_ms is not None and at_ms <= by_ms:
                return drone, True
            can_any = can_any or at_ms is not None
        return None, can_any

    def needed_wh(self, order: int, place: int) -> float:
        """Tell what an order needs of a pack above the reserve, with the way to the order from a place."""
        takeoff_point = self._boards.orders.takeoff_point[order]
        leg = None if place == takeoff_point else self._planner.leg(place, takeoff_point)
        return self._boards.orders.need_wh[order] + (0.0 if leg is None else leg.empty_wh)

    def _row(self, order: int, airport: int | None) -> OrderRow:
        """Give an order's row, as it is if it is served at another airport."""
        row = self._boards.rows[order]
        return row if airport is None else going_to(row, airport) or row

    def stops_too_soon(self, order: int, airport: int | None = None) -> bool:
        """Tell whether flying is forecast to stop before a sortie with an order, begun now, would be over."""
        row = self._row(order, airport)
        at_ms = max(self._clock.now_ms, row.expected_ready_ms)
        return row.sortie is not None and at_ms + row.sortie.home_ms > self._planner.air_known.home_by_ms

    def lands_too_late(self, place: int, takeoff_point: int) -> bool:
        """Tell whether flying is forecast to stop before an empty leg, cleared at once, would be over."""
        leg = self._planner.known_leg(place, takeoff_point)
        return self._clock.now_ms + leg.land_ms > self._planner.air_known.home_by_ms

    def closes_too_soon(self, order: int, airport: int | None = None) -> bool:
        """Tell whether a zone would close a site before a sortie with an order, begun now, has left it."""
        row = self._row(order, airport)
        at_ms = max(self._clock.now_ms, row.expected_ready_ms)
        return row.sortie is not None and bool(self._spells) and lies_in_zone(row.sortie, at_ms, self._spells)

    def why_infeasible(self, order: int, *, home: int | None = None, at: int | None = None) -> str:
        """Say why an order can't be assigned now, served at an airport, with a landing at a take-off point after it."""
        airport = self._boards.orders.airport[order] if at is None else at
        if self._boards.closed_until_ms[airport] > self._clock.now_ms:
            return "the airport is closed"
        if not self._boards.has_room(airport):
            return "the airport's cabinet is full or jammed"
        if self.stops_too_soon(order, at) or self._boards.put_off_until_ms.get(order, 0) > self._clock.now_ms:
            return "flying is forecast to stop before its sortie would be over"
        if self.closes_too_soon(order, at):
            return "a no-fly zone comes into force over a site before the drone has left it"
        if home not in (None, self._boards.orders.takeoff_point[order]):
            return "the drone's charge is too low for this sortie with that home, or no way leads there in time"
        return "the drone's charge is too low for this sortie"


def _spells(network: Network, sites: int) -> tuple[Spells, ...]:
    """Give for each site when it lies in zones; nothing where none ever does."""
    spells = network.spells_in_zones
    return tuple(tuple(spells.get(site, ())) for site in range(sites)) if spells else ()

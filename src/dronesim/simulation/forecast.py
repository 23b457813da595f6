"""What the dispatcher expects: when a drone would deliver an order, from nothing but plans and what has happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dronesim.dispatch import (
    DispatchView,
    DroneRow,
    Known,
    Line,
    OrderRow,
    Pool,
    RidersNow,
    Spells,
    available_wh,
    can_go,
    ends_too_late,
    first_in_line_ms,
    going_to,
    landing_at,
    lies_in_zone,
    line_up,
    predicted_ms,
)
from dronesim.dispatch.asking import Epoch
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.network import Network
from dronesim.simulation.scene import Scene


class Asked:
    """Drones of a pool that are asked about orders in one instant, by what is known then.

    They stand in line from the first question on; not where they may be in several places, or a zone may bar some.
    """

    __slots__ = ("_board", "_is_in_line", "_line", "drones", "known")

    def __init__(self, board: Sequence[DroneRow], drones: Sequence[int], known: Known, *, is_in_line: bool) -> None:
        self._board = board
        self._is_in_line = is_in_line
        self._line: Line | None = None
        self.drones = drones
        self.known = known

    def rows(self) -> Iterator[DroneRow]:
        """Give what is known of each."""
        return map(self._board.__getitem__, self.drones)

    def stand_at(self, takeoff_point: int) -> bool:
        """Tell whether they stand in line at a take-off point."""
        if self._is_in_line and self._line is None:
            self._line = line_up(self.rows(), self.known)
            self._is_in_line = self._line is not None
        return self._line is not None and self._line.place == takeoff_point

    def first_ms(self, order: OrderRow) -> int | None:
        """Predict when the first of them would deliver an order that can go from where they stand; None for none."""
        if self._line is None:
            raise AssertionError("they stand in no line")
        return first_in_line_ms(order, self._line, self.known)


class Forecast:
    """Predictions from the boards and the plans, and what of these a policy may see."""

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._clock = scene.clock
        self._planner = scene.planner
        self._boards = scene.boards
        self._reserve = inputs.rules.batteries.reserve
        self._spells = _spells(scene.network, len(inputs.places.ids))
        self._may_be_elsewhere = scene.boards.is_shared or scene.planner.stays

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

    def may_go(self, order: int, known: Known) -> bool:
        """Tell whether some drone may bring an order by what is known now; a full cabinet is remembered.

        Where drones may be elsewhere it takes more to tell that none is in time: legs are looked up.
        """
        row = self._boards.rows[order]
        return self._can_go(row, known) and (self._may_be_elsewhere or not ends_too_late(row, known))

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

    def asked(self, drones: Sequence[int], known: Known) -> Asked:
        """Give drones of a pool to be asked about many orders in one instant."""
        return Asked(self._boards.drones.rows, drones, known, is_in_line=not (self._spells or self._may_be_elsewhere))

    def can_any(self, order: int, asked: Asked) -> bool:
        """Tell whether any of some drones could bring an order, by what is known now."""
        row = self._boards.rows[order]
        if not self._can_go(row, asked.known):
            return False
        if asked.stand_at(row.takeoff_point):
            return asked.first_ms(row) is not None
        return any(at_ms is not None for at_ms in self._each_ms(row, asked))

    def there_by(self, order: int, asked: Asked, *, by_ms: int) -> tuple[bool, bool]:
        """Tell whether one of some drones would bring an order by a time, and whether any can at all."""
        row, can_any = self._boards.rows[order], False
        if not asked.drones or not self._can_go(row, asked.known):
            return False, False
        if asked.stand_at(row.takeoff_point):
            first_ms = asked.first_ms(row)
            return first_ms is not None and first_ms <= by_ms, first_ms is not None
        for at_ms in self._each_ms(row, asked):
            if at_ms is not None and at_ms <= by_ms:
                return True, True
            can_any = can_any or at_ms is not None
        return False, can_any

    def _each_ms(self, row: OrderRow, asked: Asked) -> Iterator[int | None]:
        """Predict when drones would deliver an order that can go, one by one; those of a kind that was asked last once.

        The empty leg of each who is asked is planned.
        """
        last = None
        for kind in asked.rows():
            if kind is not last:
                yield predicted_ms(row, kind, self._with_leg(asked.known, kind.place, row.takeoff_point))
            last = kind

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

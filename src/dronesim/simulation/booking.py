"""Books sorties and empty legs: at the planned level, or at the best one where flights are kept apart in space."""

from __future__ import annotations

import numpy as np

from dronesim.airspace import Clearance, LegChoice, StrategicClearance, pack
from dronesim.simulation.drone import Sortie
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.network import Network
from dronesim.simulation.order_plans import OrderPlans
from dronesim.simulation.plans import LegPlan, Planner, SortiePlan


class Booking:
    """Asks route management for clearances."""

    def __init__(
        self,
        inputs: SimulationInputs,
        *,
        network: Network,
        planner: Planner,
        plans: OrderPlans,
    ) -> None:
        self._aircraft = inputs.aircraft
        self._network = network
        self._planner = planner
        self._sorties = plans.sorties
        self._out_wh = plans.out_wh
        self._need_wh = plans.need_wh
        self._orders = inputs.orders
        self._levels_m = planner.routes.levels_m
        # energy of each order's outbound leg by level, (levels, orders), and the most over all levels
        self._level_wh = np.empty((0, 0))
        self._most_wh = list[float]()

    def forget(self) -> None:
        """Find energies anew, since routes or the wind have changed."""
        self._most_wh.clear()

    def is_possible(self, order: int, *, available_wh: float) -> bool:
        """Tell whether a sortie can be flown with what is available, by the routes and the wind as they are."""
        return self._sorties[order] is not None and self._need_wh[order] <= available_wh

    def book(self, order: int, *, available_wh: float, now_ms: int, holder: int) -> Sortie:
        """Book an order's sortie whole; the energy of the way chosen stays within what is available."""
        plan, strategic = self._sorties[order], self._network.strategic
        if plan is None:
            raise AssertionError(f"order {order} was assigned, but no drone can reach its airport")
        if strategic is None:
            clearance = self._network.airspace.clear_sortie(plan.request, at_ms=now_ms, holder=holder)
            return Sortie(order, plan, clearance, requested_ms=now_ms, out_wh=self._out_wh[order])
        plan, clearance, out_wh = self._best(strategic, order, plan, available_wh, now_ms, holder)
        return Sortie(order, plan, clearance, requested_ms=now_ms, out_wh=out_wh)

    def _best(
        self,
        strategic: StrategicClearance,
        order: int,
        planned: SortiePlan,
        available_wh: float,
        now_ms: int,
        holder: int,
    ) -> tuple[SortiePlan, Clearance, float]:
        """Book the way that delivers first; the planned one, number 0, is always among those to choose from."""
        if not self._most_wh:
            self._find_energies()
        ways = self._planner.all_sorties(planned)
        allowed = ways.is_every
        if self._most_wh[order] + ways.most_fixed_wh > available_wh:
            allowed = self._level_wh[ways.levels, order] + ways.fixed_wh <= available_wh
            allowed[0] = True
        number, clearance = strategic.clear_choice(ways.choices, allowed, at_ms=now_ms, holder=holder)
        plan = ways.plans[number]
        is_quickest = plan.out.level_index == planned.out.level_index
        out_wh = self._out_wh[order] if is_quickest else float(self._level_wh[plan.out.level_index, order])
        return plan, clearance, out_wh

    def _find_energies(self) -> None:
        """Find the energy of each order's outbound leg with its parcel at each level; inf for no leg."""
        home, airport = self._orders.takeoff_point, self._orders.airport
        pairs, pair_of = np.unique(np.column_stack([home, airport]), axis=0, return_inverse=True)
        levels_m = np.array(self._levels_m)
        cruise_s = np.full((len(levels_m), len(pairs)), np.inf)
        airspeed_mps = np.zeros_like(cruise_s)
        for number, (takeoff_point, destination) in enumerate(pairs.tolist()):
            for leg in self._planner.legs(takeoff_point, self._network.airport_site(destination)):
                cruise_s[leg.level_index, number] = leg.cruise_s
                airspeed_mps[leg.level_index, number] = leg.airspeed_mps
        self._level_wh = self._aircraft.energy_wh(
            cruise_s=cruise_s[:, pair_of.reshape(-1)],
            level_m=levels_m[:, None],
            payload_kg=np.minimum(self._orders.mass_kg, self._aircraft.drone_type.payload_kg),
            airspeed_mps=airspeed_mps[:, pair_of.reshape(-1)],
        )
        self._most_wh = self._level_wh.max(axis=0).tolist()

    def book_deadhead(
        self, origin: int, destination: int, *, available_wh: float, now_ms: int, holder: int
    ) -> tuple[LegPlan, Clearance]:
        """Book an empty leg between two take-off points."""
        planned, strategic = self._planner.known_leg(origin, destination), self._network.strategic
        if strategic is None:
            uses = pack(self._planner.deadhead(planned))
            return planned, self._network.airspace.clear_leg(uses, at_ms=now_ms, holder=holder)
        legs = self._planner.legs(origin, destination)
        legs = tuple(leg for leg in legs if leg is planned or leg.empty_wh <= available_wh)
        ways = [
            LegChoice(
                uses=pack(self._planner.deadhead(leg)), path=self._planner.path(leg), depart_ms=self._planner.check_ms
            )
            for leg in legs
        ]
        number, clearance = strategic.clear_leg_choice(ways, at_ms=now_ms, holder=holder)
        return legs[number], clearance

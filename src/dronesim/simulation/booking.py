"""Books sorties and empty legs: at the planned level, or at the best one where flights are kept apart in space."""

from __future__ import annotations

from collections.abc import Sequence

from dronesim.airspace import Clearance, LegChoice, StrategicClearance, pack
from dronesim.simulation.drone import Sortie
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.network import Network
from dronesim.simulation.plans import LegPlan, Planner, SortiePlan


class Booking:
    """Asks route management for clearances; ``out_wh`` is the energy of each order's outbound leg as planned."""

    def __init__(
        self,
        inputs: SimulationInputs,
        *,
        network: Network,
        planner: Planner,
        sorties: list[SortiePlan | None],
        out_wh: Sequence[float],
    ) -> None:
        self._aircraft = inputs.aircraft
        self._network = network
        self._planner = planner
        self._sorties = sorties
        self._out_wh = out_wh
        self._mass_kg = inputs.orders.mass_kg

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
        ways = self._planner.all_sorties(planned)
        loaded_wh = self._loaded_wh(order, ways.outs)
        pairs = zip(ways.plans, ways.choices.choices, strict=True)
        need_wh = [loaded_wh[choice.out] + plan.fixed_wh for plan, choice in pairs]
        allowed = [number for number, wh in enumerate(need_wh) if number == 0 or wh <= available_wh]
        number, clearance = strategic.clear_choice(ways.choices, allowed, at_ms=now_ms, holder=holder)
        out = ways.choices.choices[number].out
        return ways.plans[number], clearance, self._out_wh[order] if out == 0 else loaded_wh[out]

    def _loaded_wh(self, order: int, legs: tuple[LegPlan, ...]) -> list[float]:
        """Energy of the outbound leg with the parcel at each level."""
        energy_wh = self._aircraft.energy_wh(
            cruise_s=[leg.cruise_s for leg in legs],
            level_m=[leg.level_m for leg in legs],
            payload_kg=self._mass_kg[order],
        )
        return [float(wh) for wh in energy_wh]

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
        ways = [LegChoice(uses=pack(self._planner.deadhead(leg)), path=self._planner.path(leg)) for leg in legs]
        number, clearance = strategic.clear_leg_choice(ways, at_ms=now_ms, holder=holder)
        return legs[number], clearance

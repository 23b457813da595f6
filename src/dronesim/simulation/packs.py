"""What each pack holds this day, and the best of each take-off point in the morning."""

from __future__ import annotations

from dronesim.record.resources import in_all, named
from dronesim.simulation.inputs import SimulationInputs


def healths(inputs: SimulationInputs) -> list[float] | None:
    """Give the health of each pack by number, which it keeps for the day; None where packs don't age."""
    law, packs = inputs.rules.batteries.ageing, inputs.packs
    if law is None or packs is None:
        return None
    found: list[float] = law.health(packs.full_cycles, packs.days).tolist()
    return found


def full_wh(inputs: SimulationInputs) -> list[float]:
    """Give the usable energy of each pack by number when it is full: drones' first, then packs beside them, spares'."""
    usable_wh, known = inputs.aircraft.drone_type.usable_wh, healths(inputs)
    if known is None:
        return [usable_wh] * in_all(named("pack"), inputs.rules)
    return [health * usable_wh for health in known]


def best_wh(inputs: SimulationInputs) -> list[float]:
    """Give the usable energy of the best pack that each take-off point begins with, of a new one where none is there.

    Where drones are shared that is the best of the network.
    """
    new_wh, held_wh = inputs.aircraft.drone_type.usable_wh, full_wh(inputs)
    fleet, beside = inputs.rules.fleet.drones, inputs.rules.batteries.packs
    best, aboard, stock = list[float](), 0, sum(fleet)
    for drones, packs in zip(fleet, beside, strict=True):
        here = held_wh[aboard : aboard + drones] + held_wh[stock : stock + packs]
        best.append(max(here, default=0.0))
        aboard, stock = aboard + drones, stock + packs
    if inputs.rules.fleet.is_shared:
        best = [max(best)] * len(best)
    return [held or new_wh for held in best]

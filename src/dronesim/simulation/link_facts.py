"""Facts of the command link and the position service: their outages, who was silent, what drones did then."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import shapely

from dronesim.comms import EVERYWHERE, LinkArea, Outage
from dronesim.record.trouble_facts import ActFacts, LinkAreaFacts, LinkFacts, LinkOutageFacts, PositionFacts
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.position import Position
from dronesim.simulation.tracks import FlownLeg, Silent
from dronesim.simulation.trouble import Act, Silence
from dronesim.units import MS, to_ms


def link_facts(
    inputs: SimulationInputs, silence: Silence, acts: list[Act], legs: list[FlownLeg], *, flights: int, closed_ms: int
) -> LinkFacts | None:
    """Put together what facts tell of the link; None where it is never lost, and orders reach drones at once.

    ``legs`` are those that were flown, none where nobody was silent and nobody looked; ``flights`` counts them anyway.
    """
    rules = inputs.rules.link
    if rules.outages is None and not silence.outages and not rules.latency_s:
        return None
    spells = [silence.of_course(*leg.aloft_s, partial(getattr, leg, "cleared")) for leg in legs]
    longest_ms = [max((to - since for since, to in found), default=0) for found in spells]
    return LinkFacts(
        after=rules.after,
        hold_after_s=rules.hold_after_s,
        act_after_s=max(rules.act_after_s, rules.hold_after_s),
        latency_s=rules.latency_s,
        areas=area_facts(inputs.link.areas, silence.outages),
        outages=outage_facts(inputs.link.areas, silence.outages, closed_ms=closed_ms),
        acts=tuple(
            ActFacts(drone=act.drone, from_s=act.from_s, to_s=act.to_s)
            for act in silent_acts(acts, closed_ms=closed_ms)
        ),
        flights=flights,
        flights_silent=sum(ms > 0 for ms in longest_ms),
        flights_timed_out=sum(ms > to_ms(rules.hold_after_s) for ms in longest_ms),
        silent_s=sum(to - since for found in spells for since, to in found) / MS,
    )


def position_facts(inputs: SimulationInputs, position: Position, *, closed_ms: int) -> PositionFacts | None:
    """Put together what facts tell of the position service; None where it is never out."""
    rules = inputs.rules.navigation.position
    if rules.outages is None and not position.outages:
        return None
    return PositionFacts(
        drift_mps=rules.drift_mps,
        stray_max_m=rules.stray_max_m,
        miss_share=rules.miss_share,
        areas=area_facts(position.areas, position.outages),
        outages=outage_facts(position.areas, position.outages, closed_ms=closed_ms),
    )


def area_facts(areas: Sequence[LinkArea], outages: Sequence[Outage]) -> tuple[LinkAreaFacts, ...]:
    """Tell the areas that the map draws, and whatever else has an outage."""
    hit = {outage.area for outage in outages}
    return tuple(
        LinkAreaFacts(id=area.name, wkt=shapely.to_wkt(area.polygon, 3))
        for number, area in enumerate(areas)
        if area.is_drawn or number in hit
    )


def outage_facts(
    areas: Sequence[LinkArea], outages: Sequence[Outage], *, closed_ms: int
) -> tuple[LinkOutageFacts, ...]:
    """Tell the outages that have begun when the day closes, as far as it has come."""
    return tuple(
        LinkOutageFacts(
            area=None if outage.area == EVERYWHERE else areas[outage.area].name,
            from_s=outage.from_s,
            to_s=min(outage.to_s, closed_ms / MS),
        )
        for outage in outages
        if outage.from_s <= closed_ms / MS
    )


def silent_acts(acts: list[Act], *, closed_ms: int) -> list[Silent]:
    """List from when until when drones did something on their own, as far as the day has come."""
    found = [(act.drone, act.from_ms, min(act.over_ms, closed_ms)) for act in acts]
    return [Silent(drone=drone, from_s=a_ms / MS, to_s=b_ms / MS) for drone, a_ms, b_ms in found if b_ms > a_ms]

"""How long each resource was held by the milestones of orders and legs alone, without the occupancy table.

A stay is one holding. It lasted for at least ``least_s`` and lay between ``from_s`` and ``to_s``; where milestones
tell both ends, the two say the same. What trouble or the close of the day cut short or moved is not sure: it may
have been held then, or not at all. Nor is what took no time, which leaves no row in occupancy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from dronesim.verify import doubtful_stays, leg_stays, order_stays, riders
from dronesim.verify.holdings import LANES, Stays
from dronesim.verify.reading import Run

_ACCOUNTS: tuple[Callable[[Run], Iterator[Stays]], ...] = (
    order_stays.couriers,
    riders.stays,
    order_stays.loaders,
    order_stays.pilots,
    order_stays.unloaders,
    order_stays.boxes,
    leg_stays.pilots,
    leg_stays.packs,
    leg_stays.chargers,
    leg_stays.takeoff_pads,
    leg_stays.landing_pads,
    leg_stays.lanes,
    doubtful_stays.of_unsettled_legs,
    doubtful_stays.of_unsettled_orders,
    doubtful_stays.of_revoked_empty_legs,
    doubtful_stays.of_empty_legs_at_the_close,
    doubtful_stays.of_troubled_drones,
    doubtful_stays.of_exchanged_packs,
    doubtful_stays.of_empty_handed_drones,
)


def stays(run: Run) -> tuple[Stays, ...]:
    """Give all holdings that follow from orders and legs."""
    has_lanes = run.facts.airspace_mode != "none"
    every = (part for account in _ACCOUNTS for part in account(run))
    return tuple(_until_the_close(run, part) for part in every if has_lanes or part.resource not in LANES)


def _until_the_close(run: Run, stay: Stays) -> Stays:
    """Cut off what lies after the close, which may all have been sure; what would only begin then is left out."""
    kept = stay.from_s < run.facts.closed_s
    to_s = np.minimum(stay.to_s, run.facts.closed_s)[kept]
    span_s = np.maximum(to_s - stay.from_s[kept], 0.0)
    cut_s = stay.to_s[kept] - to_s
    return Stays(
        resource=stay.resource,
        site=stay.site[kept],
        from_s=stay.from_s[kept],
        to_s=to_s,
        least_s=np.clip(stay.least_s[kept] - cut_s, 0.0, span_s),
        is_sure=(stay.is_sure & (stay.to_s > stay.from_s))[kept],
    )

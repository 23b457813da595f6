"""The policy ``first-job-first``: first come, first served, by the free drone that arrives first."""

from __future__ import annotations

from dronesim.dispatch.decisions import NOTHING, Decisions
from dronesim.dispatch.pairing import only_pairs
from dronesim.dispatch.view import DispatchView


@only_pairs
def first_job_first(view: DispatchView) -> Decisions:
    """Give each ready order, oldest first, to the free drone that would deliver it first."""
    ready = view.ready
    free = list(view.free_drones) if ready else None
    if not free:
        return NOTHING
    decisions = Decisions()
    for order in ready:
        drone = view.first_drone(order, free)
        if drone is not None:
            decisions.assign(order, drone)
            free.remove(drone)
            if not free:
                break
    return decisions

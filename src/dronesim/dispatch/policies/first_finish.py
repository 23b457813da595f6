"""The policy ``first-finish``: first come, first served, by the drone that delivers first, and be it busy still."""

from __future__ import annotations

import numpy as np

from dronesim.dispatch.decisions import NOTHING, Decisions
from dronesim.dispatch.pairing import only_pairs
from dronesim.dispatch.view import DispatchView


@only_pairs
def first_finish(view: DispatchView) -> Decisions:
    """Let each ready order, oldest first, wait for the drone that would deliver it first; assign those that are free.

    A drone is promised to one order only, so the next one looks among the others. Where ``nearest`` sends the free
    drone across the district, this one waits for a drone that comes home here, if that is sooner.
    """
    if not view.ready or not view.free_drones:
        return NOTHING
    decisions, unclaimed = Decisions(), set(view.free_drones)
    drones = np.array(view.drones.drone)
    for order in view.ready:
        delivery_s = view.delivery_matrix([order], drones.tolist())[0]
        best = int(delivery_s.argmin())
        if not np.isfinite(delivery_s[best]):
            continue
        drone = int(drones[best])
        drones = np.delete(drones, best)
        if drone in unclaimed:
            decisions.assign(order, drone)
            unclaimed.remove(drone)
            if not unclaimed:
                break
    return decisions

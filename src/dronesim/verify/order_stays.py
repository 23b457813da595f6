"""What orders held, by their milestones: couriers, loaders, pilots before take-off, unloaders and boxes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.verify.handling import boxing_s
from dronesim.verify.holdings import NETWORK, Stays, is_at, stay_at
from dronesim.verify.lookup import is_set, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.refusals import is_by_policy
from dronesim.verify.unloading import unload_s, waited


def couriers(run: Run) -> Iterator[Stays]:
    """Give a courier an order: busy until it is ready, for the handling at least, and not before it is placed.

    Of one that the policy refuses, it is back as soon as it may be if it left at once.
    """
    orders, facts = run.orders, run.facts
    rows = np.flatnonzero(is_by_policy(run))
    from_s, over_s = orders["placed_s"][rows], orders["ended_s"][rows]
    back_s = np.fmin(2 * over_s - from_s, facts.closed_s)
    yield stay_at("courier", orders["takeoff_point"][rows], from_s, back_s, least_s=0.0, is_sure=False)
    rows = np.flatnonzero(orders["end_state"] != "refused")
    ready_s = orders["ready_s"][rows]
    is_ready, least_s = is_set(ready_s), boxing_s(run)[rows] + facts.courier_handling_s
    yield stay_at(
        "courier",
        orders["takeoff_point"][rows],
        orders["placed_s"][rows],
        np.where(is_ready, ready_s, facts.closed_s),
        least_s=np.where(is_ready, least_s, 0.0),
        is_sure=is_ready & (least_s > 0),
    )


def loaders(run: Run) -> Iterator[Stays]:
    """Give the loader of each order while it is loaded."""
    orders = run.orders
    rows = np.flatnonzero(is_set(orders["loaded_s"]))
    yield stay_at("loader", orders["takeoff_point"][rows], orders["loading_s"][rows], orders["loaded_s"][rows])


def pilots(run: Run) -> Iterator[Stays]:
    """Give the pilot of each order whose drone is loaded and checked at the close; legs begin at take-off."""
    orders, facts = run.orders, run.facts
    rows = np.flatnonzero(is_set(orders["loaded_s"]) & ~is_set(orders["departed_s"]) & ~is_set(orders["ended_s"]))
    from_s = orders["loaded_s"][rows]
    yield stay_at("pilot", NETWORK, from_s, np.full(len(rows), facts.closed_s))


def unloaders(run: Run) -> Iterator[Stays]:
    """Give the unloader of each delivery, and of each parcel that came down at another airport than its own."""
    orders, legs, facts = run.orders, run.legs, run.facts
    rows = np.flatnonzero(is_set(orders["delivered_s"]))
    from_s, to_s = orders["landed_s"][rows], orders["delivered_s"][rows]
    least_s = np.where(waited(run)[rows], unload_s(run)[rows], to_s - from_s)
    yield stay_at("unloader", orders["airport"][rows], from_s, to_s, least_s=least_s)
    landed = np.flatnonzero((legs["outcome"] == "landed") & (legs["order"] >= 0) & is_at(legs["to"], facts.airports))
    order = rows_of(orders["order"], legs["order"][landed])
    away = landed[(order >= 0) & ~is_set(orders["delivered_s"][order])]
    since_s, order = legs["landed_s"][away], rows_of(orders["order"], legs["order"][away])
    to_s = np.minimum(since_s + unload_s(run)[order], facts.closed_s)
    least_s = np.where(waited(run)[order], 0.0, to_s - since_s)
    yield stay_at("unloader", legs["to"][away], since_s, to_s, least_s=least_s)


def boxes(run: Run) -> Iterator[Stays]:
    """Give the box of each order from its assignment to its end; a parcel that goes on by road has none then."""
    orders, facts = run.orders, run.facts
    rows = np.flatnonzero(is_set(orders["assigned_s"]) & ~np.isin(orders["end_state"], ("refused", "cancelled")))
    from_s = orders["assigned_s"][rows]
    to_s = np.where(is_set(orders["ended_s"]), orders["ended_s"], facts.closed_s)[rows]
    is_calm = is_set(orders["delivered_s"][rows])
    is_calm &= ~np.isin(orders["order"][rows], run.tables["incidents"]["order"])
    certain_s = np.where(is_set(orders["delivered_s"][rows]), to_s - orders["delivered_s"][rows], 0.0)
    least_s = np.where(is_calm, to_s - from_s, certain_s)
    yield stay_at("box", orders["airport"][rows], from_s, to_s, least_s=least_s)

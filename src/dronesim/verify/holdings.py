"""A holding of a resource as orders and legs tell it, and what all such accounts ask of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.lookup import is_disturbed, is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.sorties import by_drone, is_last

NETWORK = "network"
LANES = ("departure_lane", "arrival_lane")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Holdings of one resource, a row each; arrays of shape ``(n,)``."""

    resource: str
    site: NDArray[Any]
    from_s: Floats
    to_s: Floats
    least_s: Floats
    is_sure: Mask


def stay_at(resource: str, site: Any, from_s: Floats, to_s: Floats, **known: Any) -> Stays:
    """Put together stays; ``least_s`` is all of the time unless said, and every stay is sure."""
    places = site if isinstance(site, np.ndarray) else np.full(len(from_s), site, object)
    least_s = np.asarray(known.get("least_s", to_s - from_s)) + np.zeros(len(from_s))
    is_sure = np.ones(len(from_s), np.bool_) & known.get("is_sure", True)
    return Stays(resource=resource, site=places, from_s=from_s, to_s=to_s, least_s=least_s, is_sure=is_sure)


def first_s(run: Run) -> float:
    """Give when the day began: when it opened, or with the first order if that came before."""
    return min(run.facts.start_s, float(np.fmin.reduce(run.orders["placed_s"], initial=run.facts.start_s)))


def is_unsettled(run: Run) -> Mask:
    """Say for each leg whether something went wrong in its sortie, or it was still under way at the close."""
    return np.asarray(is_disturbed(run) | (run.legs["outcome"] == "open"))


def over_s(run: Run) -> Floats:
    """Give for each leg when its sortie was over: down where drones end, else when the drone departs on another.

    At the close at the latest: who is still at an airport then has pad and pilot until then.
    """
    legs, order = run.legs, by_drone(run)
    over_s = np.full(len(legs["leg"]), run.facts.closed_s)
    drone, sortie = legs["drone"][order], legs["sortie"][order]
    ends = np.flatnonzero(np.append((drone[1:] != drone[:-1]) | (sortie[1:] != sortie[:-1]), True)[: len(order)])
    next_s = np.append(legs["departed_s"][order[1:]], np.nan)[: len(order)]
    next_s = np.where(is_last(drone), run.facts.closed_s, next_s)[ends]
    last = order[ends]
    is_home = is_at(legs["to"][last], run.facts.takeoff_points) | stays_there(run)[last]
    is_home &= is_set(legs["landed_s"][last])
    over_s[order] = np.where(is_home, legs["landed_s"][last], next_s)[np.searchsorted(ends, np.arange(len(order)))]
    return over_s


def stays_there(run: Run) -> Mask:
    """Say for each leg whether its drone stays where it landed: at the airport that it brought a parcel to."""
    legs = run.legs
    is_there = (legs["kind"] == "outbound") & (legs["outcome"] == "landed") & is_at(legs["to"], run.facts.airports)
    return np.asarray(is_there & run.facts.stays)


def clear_there_s(run: Run) -> Floats:
    """Give for each leg when a drone that stays is off its pad: unloaded, and moved to a stand beside it."""
    legs, orders, facts = run.legs, run.orders, run.facts
    delivered_s = taken(orders["delivered_s"], rows_of(orders["order"], legs["order"]))
    return np.where(is_set(delivered_s), np.minimum(delivered_s + facts.clear_s, facts.closed_s), facts.closed_s)


def is_at(sites: NDArray[Any], places: Mapping[str, Any]) -> Mask:
    """Say which sites are among places."""
    return np.isin(sites, list(places))

"""Draws again how many landings of each order are missed, by chance or for want of a position."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.verify.drawn_again import generator
from dronesim.verify.intervals import Ints
from dronesim.verify.lookup import Mask
from dronesim.verify.reading import Run
from dronesim.verify.stated import stated, value_at

_BY_CHANCE: Final = "go_around"
_BLIND: Final = "position_outage"
_WITHOUT: Final = ("go_around", "position_outage", "excursion")
"""Incidents that leave a drone its landings."""
_NO_MISS: Final = ("strays ", "no position in ")
"""So begin the words of what is no missed landing."""


def missed_otherwise(run: Run) -> Iterator[str]:
    """Find orders of which more landings are missed than drawn, or fewer where they landed and met nothing else."""
    share, blind = miss_shares(stated(run).get("navigation") or {})
    orders = len(run.orders["order"])
    told = _told(run, _BY_CHANCE)
    drawn = _drawn(run, "missed landings", share, orders)
    for order in np.flatnonzero(told > drawn).tolist():
        yield f"order {order}: {told[order]} landings are missed, {drawn[order]} are drawn"
    for order in np.flatnonzero((told < drawn) & _lands_in_peace(run)).tolist():
        yield f"order {order} lands, of which {drawn[order]} landings are drawn to be missed; {told[order]} are"
    if 0 < blind < 1:
        for order in np.flatnonzero(blind_left(run) < 0).tolist():
            yield f"order {order}: {-blind_left(run)[order]} more landings are missed without position than are drawn"


def blind_left(run: Run) -> Ints:
    """Tell how many landings of each order are drawn to be missed without position, and are not told to be."""
    _, blind = miss_shares(stated(run).get("navigation") or {})
    drawn = _drawn(run, "missed landings without position", blind, len(run.orders["order"]))
    return np.asarray(drawn - _told(run, _BLIND))


def miss_shares(navigation: Mapping[str, Any]) -> tuple[float, float]:
    """Give the shares of landings that are missed: by chance, and without position."""
    misses, share = navigation.get("misses") or {}, 0.0
    if misses.get("kind") == "share":
        share = float(misses["share"])
    elif misses.get("kind") == "precision":
        share = math.exp(-(float(misses["pad_radius_m"]) ** 2) / (2 * float(misses["landing_error_m"]) ** 2))
    return share, float(value_at(navigation, "position.miss_share") or 0.0)


def _drawn(run: Run, stream: str, share: float, orders: int) -> Ints:
    if share == 0:
        return np.zeros(orders, np.int64)
    return generator(run, stream).geometric(1 - share, size=orders).astype(np.int64) - 1


def _told(run: Run, kind: str) -> Ints:
    """Count the landings of each order that are told to be missed."""
    table = run.tables["incidents"]
    rows = np.flatnonzero((table["kind"] == kind) & (table["order"] >= 0))
    is_miss = [not str(action).startswith(_NO_MISS) for action in table["action"][rows]]
    return np.bincount(table["order"][rows][is_miss], minlength=len(run.orders["order"])).astype(np.int64)


def _lands_in_peace(run: Run) -> Mask:
    """Tell of which orders the drone landed at an airport, and met nothing else before."""
    legs, table = run.legs, run.tables["incidents"]
    found = np.zeros(len(run.orders["order"]), np.bool_)
    lands = (legs["outcome"] == "landed") & (legs["order"] >= 0) & np.isin(legs["to"], list(run.facts.airports))
    found[legs["order"][lands]] = True
    met = table["order"][(table["order"] >= 0) & ~np.isin(table["kind"], _WITHOUT)]
    found[met] = False
    return found

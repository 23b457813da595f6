"""Checks that orders are of merchants and communities of the map, and served from and at the sites of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.verify.maps import has_map, read_belongings
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, settle, skipped, where
from dronesim.verify.stated import stated, value_at

_NAME: Final = "merchants and communities"
_COLUMNS: Final = (("merchant", "takeoff_point"), ("community", "placed_airport"))


def belongings(run: Run) -> Check:
    """Each order is loaded at the take-off point of its merchant, and meant for the airport of its community.

    Only where demand is drawn on the map: a file of orders may name its sites by itself.
    """
    if not has_map(run) or value_at(stated(run), "demand.model") != "poisson":
        return skipped(_NAME, "the day's orders are not drawn on a map")
    return settle(_NAME, len(run.orders["order"]), _elsewhere(run))


def _elsewhere(run: Run) -> Iterator[Faults]:
    orders, known = run.orders, read_belongings(run)
    for kind, column in _COLUMNS:
        site = np.array([known[kind].get(name) for name in orders[kind].tolist()], object)
        yield _unknown(run, kind, np.array([one is None for one in site], np.bool_))
        yield _others(run, kind, column, site)


def _unknown(run: Run, kind: str, is_unknown: np.ndarray) -> Faults:
    orders = run.orders
    return where(is_unknown, lambda row: f"order {orders['order'][row]}: {orders[kind][row]!r} is no {kind} of the map")


def _others(run: Run, kind: str, column: str, site: np.ndarray) -> Faults:
    orders = run.orders
    is_known = np.array([bool(one) for one in site], np.bool_)
    return where(
        is_known & (orders[column] != site),
        lambda row: (
            f"order {orders['order'][row]}: its {kind} {orders[kind][row]} belongs to {site[row]}, its "
            f"{column.replace('_', ' ')} is {orders[column][row]}"
        ),
    )

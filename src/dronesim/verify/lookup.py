"""Finds rows of one table from numbers in another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.verify.intervals import Ints, last_before
from dronesim.verify.reading import Run

Mask = NDArray[np.bool_]

HOLDERS: Mapping[str, str] = {
    "courier": "order",
    "rider": "order",
    "loader": "drone",
    "pad": "drone",
    "departure_lane": "drone",
    "arrival_lane": "drone",
    "unloader": "drone",
    "box": "order",
    "charger": "pack",
    "pack": "drone",
    "pilot": "drone",
}
"""Each resource of the occupancy table with what its ``holder`` column counts: a list apart from the model's own."""


def rows_of(numbers: NDArray[Any], asked: NDArray[Any]) -> Ints:
    """Find the row where ``numbers`` has each asked value; -1 where nowhere."""
    if len(numbers) == 0:
        return np.full(len(asked), -1, np.int64)
    order = np.argsort(numbers, kind="stable")
    place = np.minimum(np.searchsorted(numbers[order], asked), len(numbers) - 1)
    found = order[place]
    return np.where(numbers[found] == asked, found, -1)


def taken(values: NDArray[Any], rows: Ints) -> NDArray[np.float64]:
    """Take values from rows; NaN where the row is -1."""
    found = np.full(len(rows), np.nan)
    found[rows >= 0] = values[rows[rows >= 0]]
    return found


def places_m(run: Run, sites: NDArray[Any]) -> NDArray[np.float64]:
    """Look up where named sites are, shape ``(n, 2)``; NaN for unknown ones."""
    nowhere = (np.nan, np.nan)
    return np.array([run.facts.sites.get(site, nowhere) for site in sites], np.float64).reshape(-1, 2)


def is_set(values: NDArray[Any]) -> Mask:
    """Say which times are there (not NaN)."""
    return np.asarray(~np.isnan(values))


def is_disturbed(run: Run) -> Mask:
    """Say for each leg whether something went wrong in its sortie: an incident, a hold, a divert, a loss."""
    legs, incidents = run.legs, run.tables["incidents"]
    wrong = (legs["kind"] == "divert") | (legs["hold_s"] > 0) | np.isin(legs["outcome"], ("diverted", "lost", "down"))
    wrong |= np.isin(legs["leg"], incidents["leg"][incidents["leg"] >= 0])
    wrong[_legs_at_incidents(run)] = True
    in_sortie = (legs["sortie"] >= 0) & np.isin(legs["sortie"], legs["sortie"][wrong])
    return np.asarray(wrong | in_sortie)


def _legs_at_incidents(run: Run) -> Ints:
    """Find the legs during which an incident befell their drone, or after which, away from home, it waited for it."""
    legs, incidents = run.legs, run.tables["incidents"]
    named = incidents["drone"] >= 0
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    found = last_before(
        legs["drone"][flown],
        legs["departed_s"][flown],
        ask_keys=incidents["drone"][named],
        ask=incidents["time_s"][named],
    )
    rows, time_s = flown[found[found >= 0]], incidents["time_s"][named][found >= 0]
    is_away = np.isin(legs["to"][rows], list(run.facts.airports))
    return rows[is_away | ~(time_s > legs["landed_s"][rows])]

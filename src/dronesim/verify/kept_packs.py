"""What tables tell of packs that were due, and that a policy let drones keep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.verify.intervals import Ints, Mask, last_before
from dronesim.verify.lookup import is_set, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Faults, at, where

_KEPT: Final = "pack_kept"
_CHARGE: Final = 1e-6
_ROUNDING_S: Final = 5e-4


def _told(run: Run) -> tuple[Ints, Ints]:
    """Give the incidents of packs that were kept, and the leg with which each drone had come, -1 for none."""
    table, legs = run.tables["incidents"], run.legs
    rows = np.flatnonzero(table["kind"] == _KEPT)
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    found = last_before(
        legs["drone"][flown],
        legs["departed_s"][flown],
        ask_keys=table["drone"][rows],
        ask=table["time_s"][rows] - _ROUNDING_S,
    )
    return rows, np.append(flown, -1)[found]


def is_kept(run: Run, legs: Ints) -> Mask:
    """Tell of legs after which the drone kept a pack that was due, as is told."""
    return np.asarray(np.isin(legs, _told(run)[1]))


def kept(run: Run) -> Iterator[Faults]:
    """Find packs that are told to be kept where none may be, that were not due, or that are in the air."""
    table, legs, facts = run.tables["incidents"], run.legs, run.facts
    rows, last = _told(run)
    drone, time_s = table["drone"][rows], table["time_s"][rows]
    told = [f"drone {who} keeps its pack {at(when)}" for who, when in zip(drone, time_s, strict=True)]
    yield where(np.full(len(rows), not facts.may_keep_packs), lambda i: f"{told[i]}, and no policy may say so")
    left, due = taken(legs["charge_end"], last), min(facts.turnaround_below, facts.charge_to)
    yield where(
        ~(left < due - _CHARGE),
        lambda i: f"{told[i]}, which has a charge of {left[i]:.6f}, {due:g} or more, or no leg before it",
    )
    landed_s = taken(legs["landed_s"], last)
    yield where(
        (legs["outcome"][last] == "open") | (landed_s > time_s + _ROUNDING_S),
        lambda i: f"{told[i]}, while it is in the air",
    )

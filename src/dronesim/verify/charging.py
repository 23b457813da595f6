"""Checks that chargers hold packs for as long as it takes to charge them."""

from __future__ import annotations

from typing import Final

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.intervals import Floats, last_before
from dronesim.verify.lookup import is_set
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, settle, skipped, where
from dronesim.verify.stated import has_scenario, stated, value_at

_NAME: Final = "charging"
_SLACK_S: Final = 5e-3
_HOUR_S: Final = 3600.0


def charging(run: Run) -> Check:
    """A pack is on a charger from when it has what its last flight left until it has what it is charged to.

    At a constant current up to a share of it, and from there on at one that decays with what is missing; of a pack
    that is still charged when the day closes no more is known than that it takes no less.
    """
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    knee = value_at(stated(run), "batteries.cv_charge")
    if knee is None:
        return skipped(_NAME, "the scenario does not state how packs charge")
    legs, table = run.legs, run.occupancy
    rows = np.flatnonzero(table["resource"] == "charger")
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    found = last_before(
        legs["pack"][flown],
        legs["departed_s"][flown],
        ask_keys=table["holder"][rows],
        ask=table["from_s"][rows],
    )
    rows, last = rows[found >= 0], flown[found[found >= 0]]
    left = legs["charge_end"][last]
    from_s, to_s = table["from_s"][rows], ends(run)[rows]
    due_s = _lasts_s(left, run.facts.charge_to, rate_c=run.facts.charge_c, knee=float(knee))
    is_over = is_set(table["to_s"][rows]) & (to_s < run.facts.closed_s - _SLACK_S)
    lasts_s = to_s - from_s
    broken = (lasts_s > due_s + _SLACK_S) | (is_over & (lasts_s < due_s - _SLACK_S))
    faults = where(
        is_set(left) & broken,
        lambda i: (
            f"pack {table['holder'][rows[i]]} is on a charger from {at(from_s[i])} for {lasts_s[i]:.3f} s; from "
            f"{left[i]:.4f} of it to {run.facts.charge_to:g} it takes {due_s[i]:.3f} s"
        ),
    )
    return settle(_NAME, len(rows), [faults])


def _lasts_s(start: Floats, end: float, *, rate_c: float, knee: float) -> Floats:
    """Give how long charging takes from shares of a pack, ``(n,)``: straight to the knee, then ever slower."""
    straight = np.clip(min(end, knee) - start, 0.0, None) / rate_c
    first, last = np.maximum(start, knee), max(end, knee)
    bent = (1 - knee) / rate_c * (np.log1p(-np.minimum(first, last)) - np.log1p(-last))
    return np.asarray(_HOUR_S * (straight + bent))

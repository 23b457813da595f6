"""Checks landings that were missed: each costs its leg another pass, and drones land elsewhere only where told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from dronesim.units import HOUR
from dronesim.verify.landings_drawn import missed_otherwise
from dronesim.verify.lookup import rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, skipped, where
from dronesim.verify.stated import has_scenario
from dronesim.verify.upkeep import flown_s

_NAME: Final = "missed landings"
_ROUNDING_S: Final = 2e-3


def missed_landings(run: Run) -> Check:
    """Every missed landing is on the way to an airport, before it arrives, costs a pass, and was drawn."""
    if run.facts.navigation is None:
        return skipped(_NAME, "no landing is missed by chance")
    rows = _passes(run)
    faults = [*_lengths(run), *_places(run)]
    return settle(_NAME, len(rows), [*faults, listed(missed_otherwise(run) if has_scenario(run) else ())])


def _is_miss(run: Run) -> Any:
    return run.tables["incidents"]["kind"] == "go_around"


def _passes(run: Run) -> Any:
    """Give the incidents that tell of another pass, for whatever reason."""
    return np.flatnonzero(run.tables["incidents"]["action"] == "makes another pass")


def _lengths(run: Run) -> Iterator[Faults]:
    """Find legs that waited over their site for less than the passes that are told of them."""
    table, legs, pass_s = run.tables["incidents"], run.legs, float((run.facts.navigation or {})["go_around_s"])
    rows = _passes(run)
    leg = rows_of(legs["leg"], table["leg"][rows])
    count = np.bincount(leg[leg >= 0], minlength=len(legs["leg"]))
    is_whole = legs["outcome"] == "landed"
    yield where(
        is_whole & (count > 0) & ~(legs["hold_s"] >= count * pass_s - _ROUNDING_S),
        lambda row: (
            f"leg {legs['leg'][row]} of drone {legs['drone'][row]} made {count[row]} passes more of {pass_s:g} s each, "
            f"and held for {legs['hold_s'][row]:.3f} s"
        ),
    )
    late_s = legs["arrived_s"][np.maximum(leg, 0)] - table["time_s"][rows]
    yield where(
        (leg >= 0) & is_whole[np.maximum(leg, 0)] & ~(late_s >= pass_s - _ROUNDING_S),
        lambda i: (
            f"incident {rows[i]}: leg {table['leg'][rows[i]]} makes another pass {at(table['time_s'][rows[i]])}, and "
            f"is there {late_s[i]:.3f} s later; a pass takes {pass_s:g} s"
        ),
    )


def _places(run: Run) -> Iterator[Faults]:
    """Find landings that were missed elsewhere than at an airport, or without a parcel."""
    table, legs = run.tables["incidents"], run.legs
    rows = np.union1d(np.flatnonzero(_is_miss(run)), _passes(run))
    leg = rows_of(legs["leg"], table["leg"][rows])
    is_lawful = (leg >= 0) & (legs["order"][np.maximum(leg, 0)] >= 0)
    yield where(~is_lawful, lambda i: f"incident {rows[i]}: a landing is missed of no leg with a parcel")


def landing_figures(run: Run) -> dict[str, Any]:
    """Give what incidents and legs tell of missed landings."""
    if run.facts.navigation is None:
        return {}
    legs, misses = run.legs, int(_is_miss(run).sum())
    to_airport = np.isin(legs["to"], list(run.facts.airports)) & (legs["order"] >= 0)
    landings = int((to_airport & (legs["outcome"] == "landed")).sum())
    strays = int((run.tables["incidents"]["kind"] == "excursion").sum())
    hours = flown_s(run) / HOUR
    return {
        "navigation.excursions": strays,
        "navigation.excursions_per_h": strays / hours if hours else None,
        "navigation.landings": landings,
        "navigation.misses": misses,
        "navigation.go_arounds": int(_is_miss(run)[_passes(run)].sum()),
        "navigation.miss_share": misses / (landings + misses) if landings + misses else None,
    }

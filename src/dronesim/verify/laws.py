"""Checks the laws that hold on any day, between tables that were written apart: Little's law and utilization.

A day begins and ends empty, so L = λ W holds exactly, not in the long run only: the time that a resource was
held, from ``occupancy``, is the number of arrivals times the mean time held, both from ``orders`` and ``legs``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dronesim.verify.capacity import ends, out_s
from dronesim.verify.figures import flatten
from dronesim.verify.holdings import Stays, first_s, is_unsettled
from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, listed, settle, where
from dronesim.verify.shifts import in_service_s, there_s
from dronesim.verify.stays import stays

_TOLERANCE_S = 1e-3
"""Times are whole milliseconds; only the rounding of sums is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What was held of each resource at each site by both accounts; arrays of shape ``(pools,)``.

    ``held_s`` and ``rows`` are the time and the number of rows of ``occupancy``; by orders and legs the time lies
    between ``least_s`` and ``most_s``, the number of holdings between ``sure`` and ``possible``.
    """

    resource: tuple[str, ...]
    site: tuple[str, ...]
    units: Ints
    held_s: Floats
    rows: Ints
    least_s: Floats
    most_s: Floats
    sure: Ints
    possible: Ints

    def name(self, pool: int) -> str:
        """Name a resource at its site."""
        return f"{self.resource[pool]} at {self.site[pool]}"

    @property
    def is_exact(self) -> np.ndarray:
        """Say for which pools the milestones tell the time without a margin."""
        return np.asarray(self.most_s - self.least_s <= _TOLERANCE_S)


def accounts(run: Run, *, from_s: float, to_s: float) -> Accounts:
    """Add up both accounts over the part of the day from ``from_s`` to ``to_s``."""
    table, told = run.occupancy, stays(run)
    pools = [(resource, site, units) for resource, sites in run.facts.capacity.items() for site, units in sites.items()]
    held = _rows_of_pools(pools, table["resource"], table["site"])
    asked = np.concatenate([_rows_of_pools(pools, _names(part), part.site) for part in told])
    most_s = np.concatenate([_inside_s(part.from_s, part.to_s, from_s, to_s) for part in told])
    outside_s = np.concatenate([part.to_s - part.from_s for part in told]) - most_s
    least_s = np.maximum(np.concatenate([part.least_s for part in told]) - outside_s, 0.0)
    is_sure = np.concatenate([part.is_sure for part in told])
    size = len(pools)
    return Accounts(
        resource=tuple(resource for resource, _, _ in pools),
        site=tuple(site for _, site, _ in pools),
        units=np.array([units for _, _, units in pools], np.int64),
        held_s=_totals(held, _inside_s(table["from_s"], ends(run), from_s, to_s), size),
        rows=_totals(held, np.ones(len(held)), size).astype(np.int64),
        least_s=_totals(asked, least_s, size),
        most_s=_totals(asked, most_s, size),
        sure=_totals(asked, is_sure.astype(np.float64), size).astype(np.int64),
        possible=_totals(asked, np.ones(len(asked)), size).astype(np.int64),
    )


def _names(part: Stays) -> np.ndarray:
    return np.full(len(part.site), part.resource, object)


def _inside_s(begin_s: Floats, end_s: Floats, from_s: float, to_s: float) -> Floats:
    """Give how much of each interval lies in a part of the day."""
    return np.asarray(np.maximum(np.minimum(end_s, to_s) - np.maximum(begin_s, from_s), 0.0))


def _totals(pool: Ints, values: Floats, size: int) -> Floats:
    """Add up values by pool; what no pool is, numbered ``size``, is left out."""
    return np.asarray(np.bincount(pool, values, minlength=size + 1)[:size], np.float64)


def _rows_of_pools(pools: list[tuple[str, str, int]], resource: np.ndarray, site: np.ndarray) -> Ints:
    """Find the number of each pool; one past the last for what no pool is."""
    number = {(name, place): row for row, (name, place, _) in enumerate(pools)}
    asked = zip(resource.tolist(), site.tolist(), strict=True)
    return np.fromiter((number.get(pair, len(pools)) for pair in asked), np.int64, len(site))


def little(run: Run) -> Check:
    """L = λ W at every resource and site: L from occupancy, λ and W from the milestones of orders and legs."""
    facts = run.facts
    found = accounts(run, from_s=-np.inf, to_s=np.inf)
    day_s = max(facts.closed_s - first_s(run), _TOLERANCE_S)
    low = found.least_s - _TOLERANCE_S
    high = found.most_s + _TOLERANCE_S
    broken = (found.held_s < low) | (found.held_s > high)
    return settle(
        "Little's law",
        len(found.units),
        [where(broken, lambda pool: _little_words(found, pool, day_s))],
        note=_little_note(run, found, day_s),
    )


def _little_words(found: Accounts, pool: int, day_s: float) -> str:
    count, held_s = int(found.sure[pool]), found.held_s[pool]
    rate = f"λ = {count} in {day_s:.0f} s"
    if found.is_exact[pool]:
        wait_s = found.most_s[pool] / max(count, 1)
        told = f"{rate} x W = {wait_s:.3f} s is {found.most_s[pool] / day_s:.6f}"
    else:
        told = f"{rate}, so λ W lies between {found.least_s[pool] / day_s:.6f} and {found.most_s[pool] / day_s:.6f}"
    return f"{found.name(pool)}: L is {held_s / day_s:.6f} by occupancy; by orders and legs {told}"


def _little_note(run: Run, found: Accounts, day_s: float) -> str:
    exact = found.is_exact
    off_s = np.abs(found.held_s - found.most_s)[exact].max(initial=0.0)
    loose = sorted({found.resource[pool] for pool in np.flatnonzero(~exact)})
    parts = [f"L = λ W at {int(exact.sum())} resources and sites, off by at most {off_s / day_s:.1e}"]
    if loose:
        parts.append(f"between bounds at {int((~exact).sum())}: {', '.join(loose)}")
    unsettled = int(is_unsettled(run).sum())
    if unsettled:
        parts.append(f"{unsettled} legs met trouble or the close and may have held more")
    return "; ".join(parts)


def utilizations(run: Run) -> Check:
    """Utilizations in the key figures are λ W by orders and legs over capacity; the fleet's is that of its pilots."""
    facts = run.facts
    found = accounts(run, from_s=facts.start_s, to_s=facts.end_s)
    stated = flatten(run.kpis)
    return settle(
        "utilization",
        len(found.units) + 1,
        [listed(_resource_words(run, found, stated)), listed(_fleet_words(run, found, stated))],
        note=f"within {_TOLERANCE_S:g} s of holding, in opening hours",
    )


def _resource_words(run: Run, found: Accounts, stated: dict[str, object]) -> Iterator[str]:
    facts = run.facts
    for pool, (resource, site) in enumerate(zip(found.resource, found.site, strict=True)):
        name = f"resources.{resource}.{site}"
        share, whole_s = stated.get(name), there_s(facts, resource, site, from_s=facts.start_s, to_s=facts.end_s)
        whole_s -= out_s(run, resource, site)
        if not isinstance(share, int | float) or whole_s <= 0:
            continue
        held_s = share * whole_s
        if not found.least_s[pool] - _TOLERANCE_S <= held_s <= found.most_s[pool] + _TOLERANCE_S:
            low, high = found.least_s[pool] / whole_s, found.most_s[pool] / whole_s
            by_tables = f"{high:.6f}" if found.is_exact[pool] else f"between {low:.6f} and {high:.6f}"
            yield f"{name} is {share:.6f}; λ W over capacity, by orders and legs, is {by_tables}"


def _fleet_words(run: Run, found: Accounts, stated: dict[str, object]) -> Iterator[str]:
    """Compare the fleet's time on sorties, which legs tell, with the time that pilots were held."""
    share = stated.get("fleet.utilization")
    whole_s = in_service_s(run.facts)
    pilots = [pool for pool, resource in enumerate(found.resource) if resource == "pilot"]
    if not isinstance(share, int | float) or not pilots:
        return
    held_s = float(found.held_s[pilots].sum()) - _checks_s(run)
    loose_s = float((found.most_s - found.least_s)[pilots].sum())
    if abs(share * whole_s - held_s) > loose_s + _TOLERANCE_S:
        yield (
            f"fleet.utilization is {share:.6f}; pilots were held, but for checks before take-off, for "
            f"{held_s / whole_s:.6f} of the fleet's hours"
        )


def _checks_s(run: Run) -> float:
    """Give the time that pilots were held, in opening hours, for the checks before sorties."""
    facts = run.facts
    begun = [part.from_s[part.is_sure] for part in stays(run) if part.resource == "pilot"]
    return sum(
        float(_inside_s(from_s, from_s + facts.takeoff_check_s, facts.start_s, facts.end_s).sum()) for from_s in begun
    )

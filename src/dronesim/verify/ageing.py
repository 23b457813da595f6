"""Checks the health of packs that age, tells what each holds, and works their key figures out a second time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dronesim.verify.intervals import Floats, Ints, last_before
from dronesim.verify.lookup import is_set
from dronesim.verify.morning_drawn import packs_otherwise
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, where
from dronesim.verify.stated import has_scenario

_SAME = 1e-9
"""Tolerance in shares of a new pack."""
_ROUNDING_S = 5e-4
_LOST_BY_USE: Final = 0.2
_YEAR_DAYS: Final = 365.0
_HALVINGS: Final = 200
"""So often an interval is halved until its middle is its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """How packs age, and what each has been through in the morning."""

    cycles_to_80: float
    exponent: float
    calendar_per_day: float
    retire_at: float
    full_cycles: Floats
    days: Floats
    told: Floats

    def health(self, full_cycles: Floats, days: Floats) -> Floats:
        """What packs hold, as a share of what new ones do."""
        by_use = _LOST_BY_USE * np.power(full_cycles / self.cycles_to_80, self.exponent)
        return np.asarray(1.0 - by_use - self.calendar_per_day * days)

    def life_days(self, cycles_per_day: float) -> float:
        """Halve until the day is found on which a pack that is used so retires."""
        if cycles_per_day <= 0 and self.calendar_per_day <= 0:
            return math.inf
        young, old = 0.0, 1.0
        while self._is_young(cycles_per_day, old):
            young, old = old, 2 * old
        for _ in range(_HALVINGS):
            middle = (young + old) / 2
            young, old = (middle, old) if self._is_young(cycles_per_day, middle) else (young, middle)
        return (young + old) / 2

    def _is_young(self, cycles_per_day: float, days: float) -> bool:
        return bool(self.health(np.array([cycles_per_day * days]), np.array([days]))[0] > self.retire_at)


def ageing_of(run: Run) -> Ageing | None:
    """Give how packs age; None where they don't."""
    told = run.facts.ageing
    if told is None:
        return None
    return Ageing(
        cycles_to_80=told["cycles_to_80"],
        exponent=told["exponent"],
        calendar_per_day=told["calendar_per_day"],
        retire_at=told["retire_at"],
        full_cycles=np.array(told["full_cycles"], np.float64),
        days=np.array(told["days"], np.float64),
        told=np.array(told["health"], np.float64),
    )


def health_of(run: Run, packs: Ints) -> Floats:
    """Give the health of each of some packs, by what they have been through and not by what is told of it."""
    found = ageing_of(run)
    if found is None:
        return np.ones(len(packs))
    known = np.append(found.health(found.full_cycles, found.days), np.nan)
    is_known = (packs >= 0) & (packs < len(known) - 1)
    return np.asarray(known[np.where(is_known, packs, -1)])


def exchanged_packs(run: Run) -> Ints:
    """List the rows of packs that came off their drone before it flew with them, for one that holds more."""
    if run.facts.ageing is None:
        return np.empty(0, np.int64)
    table, legs = run.occupancy, run.legs
    rows = np.flatnonzero((table["resource"] == "pack") & (table["to_s"] < run.facts.closed_s))
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    last = last_before(
        legs["drone"][flown], legs["departed_s"][flown], ask_keys=table["holder"][rows], ask=table["to_s"][rows]
    )
    departed_s = np.append(legs["departed_s"][flown], -np.inf)[last]
    return rows[~(departed_s >= table["from_s"][rows])]


def ageing(run: Run) -> Check:
    """Packs are as worn as use and age make them, none is older than its life, and all have their row."""
    found = ageing_of(run)
    faults = [] if found is None else [*_health(run, found), _needless(run), listed(_as_drawn(run, found))]
    return settle("health of packs", 0 if found is None else len(found.told), faults)


def _as_drawn(run: Run, found: Ageing) -> Iterator[str]:
    """Hold the ages of packs against the seed, where the run has kept its scenario, of which they are drawn."""
    if has_scenario(run):
        a_day = float((run.facts.ageing or {})["cycles_per_day"])
        life_d = found.life_days(a_day)
        yield from packs_otherwise(run, found.full_cycles, found.days, cycles_per_day=a_day, life_d=life_d)


def _health(run: Run, found: Ageing) -> Iterator[Faults]:
    health = found.health(found.full_cycles, found.days)
    yield where(
        ~(np.abs(found.told - health) <= _SAME),
        lambda pack: f"pack {pack}: its health is told as {found.told[pack]:.9f}, its wear makes it {health[pack]:.9f}",
    )
    yield where(
        ~((found.full_cycles >= 0) & (found.days >= 0)),
        lambda pack: f"pack {pack}: {found.full_cycles[pack]} full cycles in {found.days[pack]} days",
    )
    yield where(
        health <= found.retire_at - _SAME,
        lambda pack: f"pack {pack} begins the day with health {health[pack]:.6f}, it retires at {found.retire_at:g}",
    )
    strangers = np.unique(run.legs["pack"][(run.legs["pack"] < 0) | (run.legs["pack"] >= len(health))])
    yield where(np.ones(len(strangers), np.bool_), lambda i: f"pack {strangers[i]} flew, and nobody knows its health")
    missing = np.arange(len(health), run.facts.packs)
    yield where(np.ones(len(missing), np.bool_), lambda i: f"pack {missing[i]}: nobody knows its health")


def _needless(run: Run) -> Faults:
    """Find packs that came off a drone that had not flown with them while no order waited."""
    rows, table, orders = exchanged_packs(run), run.occupancy, run.orders
    gone_s = np.fmin(orders["assigned_s"], orders["ended_s"])
    gone_s = np.where(is_set(gone_s), gone_s, np.inf)
    at_s = table["to_s"][rows][:, None]
    waits = (orders["placed_s"] <= at_s + _ROUNDING_S) & (gone_s >= at_s - _ROUNDING_S)
    is_asked = np.asarray(waits.any(axis=1), np.bool_)
    return where(
        ~is_asked,
        lambda i: (
            f"pack {table['unit'][rows[i]]} comes off drone {table['holder'][rows[i]]} {at(table['to_s'][rows[i]])} "
            "before it has flown, and no order waits"
        ),
    )


def pack_figures(run: Run) -> dict[str, Any]:
    """Work out the key figures of packs that age."""
    found = ageing_of(run)
    if found is None:
        return {}
    legs, count = run.legs, len(found.told)
    used = np.zeros(count)
    flown = (legs["pack"] >= 0) & (legs["pack"] < count)
    np.add.at(used, legs["pack"][flown], np.nan_to_num(legs["energy_wh"][flown]) / run.facts.pack_wh)
    a_day = float(used.mean())
    life_d = found.life_days(a_day)
    is_over = found.health(found.full_cycles + used, found.days + 1) <= found.retire_at
    figures = {
        "cycles_per_day": a_day,
        "mean_health": float(np.mean(found.told)),
        "least_health": float(np.min(found.told)),
        "life_days": life_d if math.isfinite(life_d) else None,
        "retiring": int(np.count_nonzero(is_over)),
        "bought_per_year": _YEAR_DAYS / life_d * count,
        **_priced(run.facts.prices, a_day=a_day, life_d=life_d, a_year=_YEAR_DAYS / life_d * count),
    }
    return {f"packs.{name}": value for name, value in figures.items()}


def _priced(prices: Mapping[str, Any], *, a_day: float, life_d: float, a_year: float) -> dict[str, float | None]:
    price = prices.get("pack_price")
    if price is None:
        return {"price_per_year": None, "price_per_cycle": None}
    is_used_up = math.isfinite(life_d) and a_day > 0
    return {"price_per_year": price * a_year, "price_per_cycle": price / (life_d * a_day) if is_used_up else None}

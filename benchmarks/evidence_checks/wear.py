"""The state that a day finds packs and drones in, against lives that are followed step by step from new.

The followed ones know no law of ages and none of shares: packs fade a little each day until they retire, drones fly a
sortie after the other, are inspected, and some are repaired. Both are looked at in random instants.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.evidence import Kind
from dronesim.experiment.stationary import draw_care, draw_packs
from dronesim.simulation import CareColumns
from dronesim.streams import Streams
from dronesim.wear import AgeingLaw, CareLaw
from evidence_checks.check import STANDARD_ERRORS, Check, Found
from lab import lab_rules

Values = NDArray[np.float64]

DAYS: Final = 80
"""Mornings that are drawn, each with its own streams."""
FLEET: Final = 250
EXPONENTS: Final = (0.5, 1.0, 2.0)
CYCLES_A_DAY: Final = 3.0
FADES: Final = AgeingLaw(
    cycles_to_80=250.0, exponent=1.0, calendar_per_day=1.8e-4, retire_at=0.75, cycles_per_day=CYCLES_A_DAY
)
CARE: Final = CareLaw(
    after_sorties=40.0,
    after_flight_s=math.inf,
    inspection_s=3600.0,
    repair_share=0.3,
    repair_median_days=1.0,
    repair_p95_days=7.0,
    sorties_per_day=20.0,
    flight_s_per_day=10_000.0,
)
P95: Final = 1.644854
"""95th percentile of the standard normal law, from a table."""
LOOKS: Final = 20_000
"""Instants in which the followed drones are looked at."""
PRECISION: Final = 0.02
"""A standard error of a share that is larger than this proves nothing."""


def pack_ages() -> Found:
    """Quarters of their life that drawn packs are in, for three forms of fade; and the life itself, in days."""
    parts = [_one_fade(exponent) for exponent in EXPONENTS]
    return Found(passed=all(passed for passed, _ in parts), figure="; ".join(words for _, words in parts))


def _one_fade(exponent: float) -> tuple[bool, str]:
    law = replace(FADES, exponent=exponent)
    rules = lab_rules(1, 2, batteries={"packs": (FLEET,)})
    rules = replace(rules, batteries=replace(rules.batteries, ageing=law))
    drawn = [draw_packs(rules, Streams(seed=11, replication=day)) for day in range(DAYS)]
    held = np.concatenate([_held_wh(law, packs.full_cycles, packs.days) for packs in drawn if packs is not None])
    days, followed = _faded_packs(law)
    quarters = np.linspace(law.retire_at, 1.0, 5)
    gaps = [
        _apart(np.mean((low < held) & (held <= high)), len(held), np.mean((low < followed) & (followed <= high)))
        for low, high in pairwise(quarters)
    ]
    oldest = max(float(packs.days.max()) for packs in drawn if packs is not None)
    passed = max(gaps) < STANDARD_ERRORS and days - 1 - days / 100 < oldest < days
    words = f"exponent {exponent:g}: a life of {days} days, oldest {oldest:.0f}, quarters off by {max(gaps):.1f} errors"
    return passed, words


def _held_wh(law: AgeingLaw, cycles: Values, days: Values) -> Values:
    """What packs hold, as shares of new ones, with the terms of the fade written out."""
    return np.asarray(1.0 - 0.2 * np.power(cycles / law.cycles_to_80, law.exponent) - law.calendar_per_day * days)


def _faded_packs(law: AgeingLaw, steps_a_day: int = 50) -> tuple[int, Values]:
    """Use one pack from new until it retires; gives the days it lasts, and what it holds after each step."""
    holds, step, held = 1.0, 0, list[float]()
    while holds > law.retire_at:
        held.append(holds)
        step += 1
        days = step / steps_a_day
        holds = 1.0 - 0.2 * (CYCLES_A_DAY * days / law.cycles_to_80) ** law.exponent - law.calendar_per_day * days
    return math.ceil(step / steps_a_day), np.array(held)


def _apart(share: float, count: int, expected: float) -> float:
    """Tell by how many standard errors a share of independent draws is off."""
    return float(abs(share - expected) / math.sqrt(expected * (1.0 - expected) / count))


def drone_states() -> Found:
    """Shares of drawn drones that are in repair, for how long, and how far from their inspection the others are."""
    rules = lab_rules(1, 2, fleet={"drones": (FLEET,)})
    rules = replace(rules, care=CARE)
    drawn = [draw_care(rules, Streams(seed=12, replication=day)) for day in range(DAYS)]
    ours = _told([care for care in drawn if care is not None])
    theirs = _followed_drones((rules.horizon.end_s - rules.horizon.start_s) / 86_400.0, np.random.default_rng(13))
    names = ("in repair", "over 1 day", "over 3 days", "in the first quarter", "in the last quarter")
    passed, words = True, list[str]()
    for name, one, other in zip(names, ours, theirs, strict=True):
        error = math.hypot(one.std() / math.sqrt(len(one)), other.std() / math.sqrt(len(other)))
        passed &= error < PRECISION and abs(float(one.mean() - other.mean())) < STANDARD_ERRORS * error
        words.append(f"{name} {100 * one.mean():.1f} and {100 * other.mean():.1f} %")
    return Found(passed=passed, figure=", ".join(words))


def _told(drawn: list[CareColumns]) -> tuple[Values, ...]:
    left = np.concatenate([care.in_repair_days for care in drawn])
    sorties = np.concatenate([care.sorties for care in drawn])
    return _shares(left, sorties[left == 0])


def _shares(left: Values, sorties: Values) -> tuple[Values, ...]:
    met = left[left > 0]
    since = sorties / CARE.after_sorties
    return tuple(
        np.asarray(told, dtype=np.float64) for told in (left > 0, met > 1, met > 3, since < 0.25, since >= 0.75)
    )


def _followed_drones(open_d: float, rng: np.random.Generator) -> tuple[Values, ...]:
    """Follow drones through sorties, inspections and repairs, each from new, until a random day of its second year.

    Time is counted in days of opening hours. Who is met in an inspection is not in repair, and as no day begins there,
    nothing is said of its sorties.
    """
    left, sorties = list[float](), list[float]()
    sigma = math.log(CARE.repair_p95_days / CARE.repair_median_days) / P95
    inspection_d = CARE.inspection_s / 86_400.0 / open_d
    for seen, seen_d in enumerate(rng.uniform(300.0, 600.0, LOOKS).tolist(), 1):
        now_d, flown = rng.random() / CARE.sorties_per_day, 0
        while now_d < seen_d:
            until_d = now_d + (CARE.after_sorties - flown) / CARE.sorties_per_day
            if until_d > seen_d:
                flown, now_d = flown + int((seen_d - now_d) * CARE.sorties_per_day), math.inf
                break
            now_d, flown = until_d + inspection_d, 0
            if now_d < seen_d and rng.random() < CARE.repair_share:
                now_d += CARE.repair_median_days * math.exp(sigma * rng.standard_normal())
                if now_d > seen_d:
                    left.append(now_d - seen_d)
        if math.isinf(now_d):
            sorties.append(float(flown))
        if len(left) < seen:
            left.append(0.0)
    return _shares(np.array(left), np.array(sorties))


CHECKS: Final = (
    Check(
        name="pack-ages",
        kind=Kind.THEORY,
        title="what drawn packs still hold, and the oldest of 20,000, for three forms of fade",
        source="one pack used from new until it retires, in fiftieths of a day; packs at random instants of such lives",
        mark=f"each quarter of the fade within {STANDARD_ERRORS:g} standard errors, the oldest in its last days",
        run=pack_ages,
    ),
    Check(
        name="drone-states",
        kind=Kind.THEORY,
        title="shares of drawn drones in repair, for how long, and since their inspection",
        source="drones followed from new through sorties, inspections and repairs, looked at in a random instant",
        mark=f"each share within {STANDARD_ERRORS:g} standard errors, which are below {100 * PRECISION:g} points",
        run=drone_states,
    ),
)

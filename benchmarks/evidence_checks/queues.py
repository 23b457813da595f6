"""The engine against queues with known answers, everything else switched off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

import gates
from dronesim.evidence import Kind
from evidence_checks.check import Check, Found, mean_near, near
from theory import laws
from theory import test_queues as queues

DRONE_LOADS: Final = ((0.3, 1500, 0.05), (0.6, 3000, 0.05))
BOXES, OFFERED = 10, 8.0


def pollaczek_khinchine() -> Found:
    """Mean wait for one drone with constant sorties and Poisson orders."""
    return _together([_one_drone(*row) for row in DRONE_LOADS])


def _one_drone(load: float, count: int, precision: float) -> tuple[bool, str]:
    runs = [queues.waits_for_the_drone(load, rng, count) for rng in queues.generators(1)]
    means = [float(queues.settled(wait_ms).mean()) / laws.SORTIE_MS for _, wait_ms in runs]
    gaps_s = [np.diff(queues.settled(outcome.tables["orders"]["placed_s"])).mean() for outcome, _ in runs]
    missed = [(float(gap_s) * 1000 * load / laws.SORTIE_MS - 1,) for gap_s in gaps_s]
    mean, error = laws.adjusted(means, missed)
    passed, words = mean_near(mean, error, laws.md1_wait(load), precision=precision)
    return passed, f"load {load:g}: {words} sorties"


def lindley() -> Found:
    """Every single wait for one drone, order by order."""
    outcome, wait_ms = queues.waits_for_the_drone(0.7, np.random.default_rng(5), 1000)
    expected_ms = laws.lindley_ms(gates.ms(outcome.tables["orders"]["placed_s"]), laws.SORTIE_MS)
    differ = int(np.sum(wait_ms != expected_ms))
    return Found(passed=differ == 0, figure=f"{differ} of {len(wait_ms):,} waits differ")


def erlang_c() -> Found:
    """Share and mean of the waits for couriers whose trips are exponential."""
    return _together([part for row in queues.ERLANG_C_ROWS[:3] for part in _couriers(*row)])


def _couriers(servers: int, offered: float, share: float, wait: float) -> list[tuple[bool, str]]:
    replications, count = queues.ORDERS[servers]
    runs = [queues.waits_for_a_courier(servers, offered, rng, count) for rng in queues.generators(3, replications)]
    controls = [missed for _, missed in runs]
    columns: tuple[tuple[str, list[float], float, float], ...] = (
        ("wait", [float((waits > 0).mean()) for waits, _ in runs], share, 0.04),
        ("mean wait", [float(waits.mean()) for waits, _ in runs], wait, 0.08),
    )
    found = []
    for name, values, expected, precision in columns:
        mean, error = laws.adjusted(values, controls)
        passed, words = mean_near(mean, error, expected, precision=precision)
        found.append((passed, f"{servers} couriers, {name}: {words}"))
    return found


def erlang_b() -> Found:
    """Share of orders that find no free box, for three laws of the dwell with one mean."""
    expected = laws.erlang_b(BOXES, OFFERED)
    found = []
    for law, draw in queues.DWELL_LAWS.items():
        shares = [queues.blocked_share(BOXES, OFFERED, draw(rng, 2500), rng) for rng in queues.generators(4)]
        passed, words = near(shares, expected, precision=0.06)
        found.append((passed, f"{law} dwell: {words}"))
    return _together(found)


def _together(found: Sequence[tuple[bool, str]]) -> Found:
    return Found(passed=all(passed for passed, _ in found), figure="; ".join(words for _, words in found))


_MARK: Final[Any] = "within 4 standard errors of 12 replications, the errors at most 4 to 8 % of the value"

CHECKS: Final = (
    Check(
        name="pollaczek-khinchine",
        kind=Kind.THEORY,
        title="mean wait for one drone with a constant sortie",
        source="M/D/1: load / 2 (1 - load) sorties",
        mark=_MARK,
        run=pollaczek_khinchine,
        is_dear=True,
    ),
    Check(
        name="lindley",
        kind=Kind.THEORY,
        title="every wait for one drone",
        source="Lindley's recursion, W' = max(0, W + s - A)",
        mark="equal to the millisecond",
        run=lindley,
    ),
    Check(
        name="erlang-c",
        kind=Kind.THEORY,
        title="waits for 1, 5 and 10 couriers",
        source="M/M/c: Erlang C",
        mark=_MARK,
        run=erlang_c,
        is_dear=True,
    ),
    Check(
        name="erlang-b",
        kind=Kind.THEORY,
        title="orders that find none of ten boxes free, whatever the law of the dwell",
        source="M/G/c/c: Erlang B",
        mark=_MARK,
        run=erlang_b,
        is_dear=True,
    ),
)

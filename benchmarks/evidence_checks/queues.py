"""The engine against queues with known answers, everything else switched off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

import gates
from dronesim.evidence import Kind
from dronesim.letters import counted
from evidence_checks.check import Check, Found, mean_near
from theory import laws
from theory import test_queues as queues

DRONE_LOADS: Final = ((0.3, 800, 0.05), (0.6, 1200, 0.05))
BOXES, OFFERED = 10, 8.0


def pollaczek_khinchine() -> Found:
    """Mean wait for one drone with constant sorties and Poisson orders."""
    return _together([_one_drone(*row) for row in DRONE_LOADS])


def _one_drone(load: float, count: int, precision: float) -> tuple[bool, str]:
    mean, error = queues.mean_wait_for_the_drone(load, count)
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
    found_share, found_wait = queues.waits_for_couriers(servers, offered)
    found = []
    for name, (mean, error), expected, precision in (
        ("wait", found_share, share, 0.04),
        ("mean wait", found_wait, wait, 0.08),
    ):
        passed, words = mean_near(mean, error, expected, precision=precision)
        found.append((passed, f"{counted(servers, 'courier')}, {name}: {words}"))
    return found


def erlang_b() -> Found:
    """Share of orders that find no free box, for three laws of the dwell with one mean."""
    expected = laws.erlang_b(BOXES, OFFERED)
    found = []
    for law in queues.DWELL_LAWS:
        mean, error = queues.mean_blocked_share(law, BOXES, OFFERED)
        passed, words = mean_near(mean, error, expected, precision=0.06)
        found.append((passed, f"{law} dwell: {words}"))
    return _together(found)


def _together(found: Sequence[tuple[bool, str]]) -> Found:
    return Found(passed=all(passed for passed, _ in found), figure="; ".join(words for _, words in found))


_MARK: Final = (
    "within 4 standard errors of 12 replications or more, freed of what their draws are known to have missed; "
    "the errors at most 4 to 8 % of the value"
)

CHECKS: Final = (
    Check(
        name="pollaczek-khinchine",
        kind=Kind.THEORY,
        title="mean wait for one drone with a constant sortie",
        source="M/D/1: load / 2 (1 - load) sorties",
        mark=_MARK,
        run=pollaczek_khinchine,
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
    ),
    Check(
        name="erlang-b",
        kind=Kind.THEORY,
        title="orders that find none of ten boxes free, whatever the law of the dwell",
        source="M/G/c/c: Erlang B",
        mark=_MARK,
        run=erlang_b,
    ),
)

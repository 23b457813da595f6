"""Scans of clumsy customers on random days: the verdict that each is due, and faults that the checker must see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gates
from dronesim.codes import EXPIRED, REUSED, check_code
from dronesim.simulation import Outcome, SimulationInputs, cabinets, simulate
from dronesim.verify.codes import scans
from exploring import examples
from lab import OPEN_S, lab_inputs
from test_planted_laws import as_read
from worlds import days


def clumsy(inputs: SimulationInputs, seed: int) -> SimulationInputs:
    """The same day, and two of three customers first hold up something else than their code."""
    bad_scan = np.random.default_rng(seed).choice([0, 1, 2, 2, 2, 3], len(inputs.orders))
    return replace(inputs, orders=replace(inputs.orders, bad_scan=bad_scan))


def long_day() -> SimulationInputs:
    """Used codes are held up long after their hold limit has passed."""
    placed_s = OPEN_S + 900.0 * np.arange(30)
    return clumsy(lab_inputs(placed_s, rules={"airports": {"hold_limit_s": 600.0}, "horizon": {"drain_s": 1e5}}), 1)


def misjudged(outcome: Outcome) -> tuple[str, ...]:
    return scans(as_read(outcome)).violations


@examples(80)
@given(days(), st.integers(0, 2**32 - 1))
def test_every_scan_gets_the_verdict_that_it_is_due(inputs: SimulationInputs, seed: int) -> None:
    inputs = clumsy(inputs, seed)
    outcome = simulate(inputs)
    gates.codes_open_boxes_once(inputs, outcome)
    gates.scans_are_judged_by_whose_code_it_was(inputs, outcome)
    assert misjudged(outcome) == ()


def test_a_used_code_that_is_called_expired_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    day = long_day()
    found = gates.rows(simulate(day).tables["scans"])
    assert {row["verdict"] for row in found} >= {"accepted", "wrong", "reused", "foreign"}
    assert misjudged(simulate(day)) == ()

    def by_time_first(*asked: object, **how: object) -> tuple[str, int]:
        verdict, box = check_code(*asked, **how)  # type: ignore[arg-type]
        return (EXPIRED if verdict == REUSED else verdict, box)

    monkeypatch.setattr(cabinets, "check_code", by_time_first)
    assert "called expired" in "\n".join(misjudged(simulate(day)))


def test_a_scan_that_is_told_of_the_wrong_owner_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the code were always the scanning customer's own: the table of before."""
    honest = cabinets.Cabinets._scan

    def as_own(self: cabinets.Cabinets, order: int, airport: int, code: str, at_ms: int) -> None:
        monkeypatch.setattr(cabinets, "order_of", lambda _token: order)
        honest(self, order, airport, code, at_ms)

    monkeypatch.setattr(cabinets.Cabinets, "_scan", as_own)
    assert "called reused" in "\n".join(misjudged(simulate(long_day())))

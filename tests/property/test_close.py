"""The close of a day: whenever it comes, it cuts off what was still to happen and changes nothing that had."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dronesim.record.tables import MILESTONES
from dronesim.simulation import SimulationInputs, simulate
from exploring import examples
from test_planted_laws import LAWS, as_read
from worlds import LONG_DRAIN_S, OPEN_S, days


def closing(inputs: SimulationInputs, *, end_s: float, drain_s: float) -> SimulationInputs:
    horizon = replace(inputs.rules.horizon, end_s=end_s, drain_s=drain_s)
    return replace(inputs, rules=replace(inputs.rules, horizon=horizon))


def until(column: Any, closed_s: float) -> Any:
    return np.where(np.asarray(column) <= closed_s, column, np.nan)


def revoked_after(tables: Any, closed_s: float) -> Any:
    """Orders of bookings that were taken back after a time: what they had reached is forgotten.

    A drone that comes down on its empty way to an order gives it back too, and no incident names the order; one that
    fails between its arrival and its landing takes the arrival back.
    """
    incidents, orders, legs = tables["incidents"], tables["orders"], tables["legs"]
    is_back = np.isin(incidents["kind"], ("booking_revoked", "drone_fails")) & (incidents["time_s"] > closed_s)
    revoked = np.asarray(incidents["order"][is_back], dtype=np.int64)
    fetches = (legs["kind"] == "deadhead") & np.isin(legs["outcome"], ("down", "lost"))
    fails_s = incidents["time_s"][np.isin(incidents["leg"], legs["leg"][fetches])].max(initial=-np.inf)
    is_later = (fails_s > closed_s) & ~(orders["assigned_s"] <= closed_s)
    return np.union1d(revoked, orders["order"][is_later])


@examples(100)
@given(days(), st.integers(1, 4000), st.sampled_from([0.0, 60.0, 900.0]))
def test_a_day_that_closes_early_is_the_beginning_of_one_that_does_not(
    inputs: SimulationInputs, after_s: int, drain_s: float
) -> None:
    placed_s = inputs.orders.placed_s
    end_s = float(placed_s[-1] if len(placed_s) else OPEN_S) + after_s
    whole = simulate(closing(inputs, end_s=end_s, drain_s=LONG_DRAIN_S)).tables
    outcome = simulate(closing(inputs, end_s=end_s, drain_s=drain_s))
    closed_s, cut = float(outcome.facts["horizon"]["closed_s"]), outcome.tables
    is_kept = ~np.isin(whole["orders"]["order"], revoked_after(whole, closed_s))
    for name in MILESTONES:
        found, expected = cut["orders"][name], until(whole["orders"][name], closed_s)
        np.testing.assert_array_equal(found[is_kept], expected[is_kept], err_msg=name)
    for name in ("arrived_s", "landed_s"):
        begun = whole["legs"]["departed_s"] <= closed_s
        # a leg that goes on is open, and has neither
        ended = whole["legs"]["landed_s"][begun] <= closed_s
        np.testing.assert_array_equal(
            cut["legs"][name], np.where(ended, whole["legs"][name][begun], np.nan), err_msg=name
        )
    is_landed = cut["legs"]["outcome"] == "landed"
    np.testing.assert_array_equal(is_landed, np.isfinite(cut["legs"]["landed_s"]))
    assert (cut["legs"]["energy_wh"][is_landed] > 0).all()
    assert closed_s >= end_s
    assert (until(cut["occupancy"]["to_s"], closed_s) == cut["occupancy"]["to_s"]).all()


@examples(200)
@given(days(has_trouble=False), st.integers(1, 4000), st.sampled_from([0.0, 60.0, 900.0]))
def test_laws_hold_whenever_a_calm_day_closes(inputs: SimulationInputs, after_s: int, drain_s: float) -> None:
    run = as_read(simulate(closing(inputs, end_s=OPEN_S + after_s, drain_s=drain_s)))
    assert [words for law in LAWS for words in law(run).violations] == []

"""The checker believes an honest day: whatever befell it, and whenever it closed, no check has a word against it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dronesim.simulation import SimulationInputs, simulate
from dronesim.verify.checks import CHECKS
from dronesim.verify.obstacles import obstacles
from exploring import examples
from property.test_close import closing
from test_planted_laws import as_read
from worlds import OPEN_S, days


def complaints(inputs: SimulationInputs) -> list[str]:
    """What any check says against a day; a laboratory has no map, and so no obstacles."""
    run = as_read(simulate(inputs, has_tracks=True))
    return [words for check in CHECKS if check is not obstacles for words in check(run).violations]


@examples(150)
@given(days())
def test_no_check_complains_about_a_day_with_trouble(inputs: SimulationInputs) -> None:
    """Nobody holds up a used code, as one that has run out since is told in the scans as if it were one's own."""
    bad_scan = np.where(inputs.orders.bad_scan == 2, 1, inputs.orders.bad_scan)
    assert complaints(replace(inputs, orders=replace(inputs.orders, bad_scan=bad_scan))) == []


@examples(60)
@given(days(has_trouble=False), st.integers(600, 4000))
def test_no_check_complains_whenever_a_calm_day_closes(inputs: SimulationInputs, after_s: int) -> None:
    """Who is out at the close has not landed, and holds nothing any longer."""
    assert complaints(closing(inputs, end_s=OPEN_S + after_s, drain_s=0.0)) == []

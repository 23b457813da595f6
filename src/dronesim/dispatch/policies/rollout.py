"""The policy ``rollout``: of what a few rules would do, what turns out best on average over sampled futures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from dronesim.dispatch.decisions import Assign, Decision, Decisions, Reposition
from dronesim.dispatch.futures import Futures
from dronesim.dispatch.policies.index import index
from dronesim.dispatch.policies.matching import Matching
from dronesim.dispatch.policies.reposition import reposition
from dronesim.dispatch.view import DispatchView

SAMPLES: Final = 4
HORIZON_S: Final = 2400.0
DOUBT: Final = 3.0
"""Assumptions, chosen on tuning days of the benchmark: with ``doubt`` = 1 a rush loses a point."""
SHORT_S: Final = 120.0
LONG_S: Final = 600.0
"""What other rules look ahead: ``index`` with another ``soon_s``, seconds; assumptions."""


def rollout(
    view: DispatchView, *, samples: int = SAMPLES, horizon_s: float = HORIZON_S, doubt: float = DOUBT
) -> Decisions:
    """Decide as ``reposition`` does, unless another rule's decisions bring clearly more orders on time.

    The others are ``matching``, and ``index`` that looks less or further ahead. Where they differ, each is tried in
    ``samples`` futures (`Futures`), the same for all, over ``horizon_s``: known orders, and others drawn from the
    demand that is declared. More is clearly more if the mean difference exceeds ``doubt`` standard errors. The budget
    is this count, and no clock: the same view gets the same decisions on every machine.
    """
    first = reposition(view)
    if not view.ready or not view.free_drones or samples < 2:
        return first
    others = (index(view, soon_s=SHORT_S), index(view, soon_s=LONG_S), Matching()(view))
    choices = list(dict.fromkeys([tuple(first), *(tuple(each) for each in others)]))
    if len(choices) == 1:
        return first
    futures = Futures(view, horizon_s=horizon_s, samples=samples)
    return _decided(choices[_clearly_best([futures.worth(each) for each in choices], doubt)])


def _clearly_best(worth: Sequence[Sequence[float]], doubt: float) -> int:
    """Find the choice that exceeds the first one by most beyond its error; the first if none does."""
    more = np.array(worth) - np.array(worth[0])
    error = more.std(axis=1, ddof=1) / np.sqrt(more.shape[1])
    return int((more.mean(axis=1) - doubt * error).argmax())


def _decided(choice: Sequence[Decision]) -> Decisions:
    decisions = Decisions()
    for each in choice:
        if isinstance(each, Assign):
            decisions.assign(each.order, each.drone)
        elif isinstance(each, Reposition):
            decisions.reposition(each.drone, takeoff_point=each.takeoff_point)
    return decisions

"""How a pack charges."""

from __future__ import annotations

import math

from dronesim.units import HOUR


def charge_time_s(start: float, end: float, *, rate_c: float, cv_charge: float) -> float:
    """Time in s to charge from ``start`` to ``end`` (shares of the pack), ``rate_c`` in 1/h.

    Constant current up to ``cv_charge``, then a current that decays with the charge still missing:
    t = (s_cv − s0)/c + ((1 − s_cv)/c)·ln((1 − max(s0, s_cv))/(1 − s1)). 0 if nothing is to be charged;
    inf for ``end`` = 1, which is approached and never reached.
    """
    if end <= start:
        return 0.0
    if end >= 1.0:
        return math.inf
    current_h = (min(end, cv_charge) - min(start, cv_charge)) / rate_c
    missing = (1 - max(start, cv_charge)) / (1 - max(end, cv_charge))
    return HOUR * (current_h + (1 - cv_charge) / rate_c * math.log(missing))

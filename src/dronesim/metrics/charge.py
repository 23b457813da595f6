"""How empty packs come home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dronesim.metrics.statistics import mean, present, quantile
from dronesim.record.columns import is_text
from dronesim.record.tables import Columns


def charge_left(legs: Columns) -> Mapping[str, Any]:
    """Measure the charge, 0 to 1, at the end of the legs that landed: mean, 5th percentile and least.

    ``at_home`` is of returns, ``anywhere`` of all legs; None where none landed.
    """
    landed = ~np.isnan(legs["landed_s"])
    found = {}
    for name, rows in (("at_home", landed & is_text(legs, "kind", "return")), ("anywhere", landed)):
        charge = present(legs["charge_end"][rows])
        least = float(charge.min()) if charge.size else None
        found[name] = {"legs": len(charge), "mean": mean(charge), "p05": quantile(charge, 0.05), "least": least}
    return found

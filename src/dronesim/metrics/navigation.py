"""How well drones landed: passes that were made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dronesim.metrics.statistics import ratio
from dronesim.record.incidents import GO_AROUND, LANDS_ANEW
from dronesim.record.kpis import NavigationKpis
from dronesim.record.tables import Columns


def navigation(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> NavigationKpis | None:
    """Measure missed landings; None where none can be.

    - ``landings``: legs with a parcel that landed at an airport;
    - ``misses``: landings there that were missed; ``go_arounds``: of these, that were made again by another pass;
    - ``miss_share`` = misses / (landings + misses), None without any.
    """
    if facts.get("navigation") is None:
        return None
    legs, incidents = tables["legs"], tables["incidents"]
    airports = [site["id"] for site in facts["sites"]["airports"]]
    is_landing = (legs["outcome"] == "landed") & np.isin(legs["to"], airports) & (legs["order"] >= 0)
    is_miss = incidents["kind"] == GO_AROUND.name
    landings, misses = int(is_landing.sum()), int(is_miss.sum())
    return NavigationKpis(
        landings=landings,
        misses=misses,
        go_arounds=int((is_miss & (incidents["action"] == LANDS_ANEW)).sum()),
        miss_share=ratio(misses, landings + misses),
    )

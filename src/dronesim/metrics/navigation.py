"""How well drones kept to where they were to be: landings made again, and excursions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dronesim.metrics.aloft import aloft_s
from dronesim.metrics.statistics import ratio
from dronesim.record.columns import is_text
from dronesim.record.incidents import EXCURSION, GO_AROUND, LANDS_ANEW
from dronesim.record.kpis import NavigationKpis
from dronesim.record.tables import Columns
from dronesim.units import HOUR


def navigation(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> NavigationKpis | None:
    """Measure missed landings; None where nothing of it goes wrong by chance.

    - ``landings``: legs with a parcel that landed at an airport;
    - ``misses``: landings there that were missed; ``go_arounds``: of these, that were made again by another pass;
    - ``miss_share`` = misses / (landings + misses), None without any;
    - ``excursions``: how often drones strayed beyond their track bound; ``excursions_per_h``: in an hour aloft, of all
      legs however they ended; ``losses_in_excursions``: pairs of flights that lost separation only while one did, None
      if not counted.
    """
    if facts.get("navigation") is None:
        return None
    legs, incidents = tables["legs"], tables["incidents"]
    airports = [site["id"] for site in facts["sites"]["airports"]]
    is_landing = is_text(legs, "outcome", "landed") & is_text(legs, "to", *airports) & (legs["order"] >= 0)
    is_miss = incidents["kind"] == GO_AROUND.name
    landings, misses = int(is_landing.sum()), int(is_miss.sum())
    return NavigationKpis(
        landings=landings,
        misses=misses,
        go_arounds=int((is_miss & (incidents["action"] == LANDS_ANEW)).sum()),
        miss_share=ratio(misses, landings + misses),
        excursions=(excursions := int((incidents["kind"] == EXCURSION.name).sum())),
        excursions_per_h=ratio(excursions * HOUR, float(aloft_s(tables, facts).sum())),
        losses_in_excursions=facts["separation"].get("losses_in_excursions"),
    )

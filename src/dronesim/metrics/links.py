"""How the command link was: its outages, the flights that were silent, and what their drones did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dronesim.metrics.statistics import ratio
from dronesim.record.incidents import FETCHED, HOLDS, LINK_LOSS, RETURNS
from dronesim.record.kpis import LinkKpis
from dronesim.record.tables import Columns


def link(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> LinkKpis | None:
    """Measure the command link; None where nothing could befall it.

    - ``outages``, ``outage_s``: how many there were, and how long they lasted in all, each area counted;
    - ``flights_silent``: flights that have ended in which a drone was silent at some time; ``flights_timed_out``: in
      which it was for as long as its time-out at a stretch; ``timed_out_share``: their share of all flights;
    - ``silent_s``: how long those flights were silent in all;
    - ``held``, ``returned``, ``landed``: what drones did by the rule for silence, as incidents tell;
    - ``losses_in_silence``: pairs of flights that lost separation only while one of them did so, None if not counted.
    """
    told = facts.get("link")
    if told is None:
        return None
    incidents = tables["incidents"]
    is_link = (incidents["kind"] == LINK_LOSS.name) & (incidents["drone"] >= 0)

    def count(action: str) -> int:
        return int(np.sum(is_link & (incidents["action"] == action)))

    return LinkKpis(
        outages=len(told["outages"]),
        outage_s=sum(outage["to_s"] - outage["from_s"] for outage in told["outages"]),
        flights_silent=told["flights_silent"],
        flights_timed_out=told["flights_timed_out"],
        timed_out_share=ratio(told["flights_timed_out"], told["flights"]),
        silent_s=told["silent_s"],
        held=count(HOLDS),
        returned=count(RETURNS),
        landed=count(FETCHED),
        losses_in_silence=facts["separation"].get("losses_in_silence"),
    )

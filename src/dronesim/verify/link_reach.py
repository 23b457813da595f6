"""Tells by when a drone obeys an order at the latest: at once, or after the latency and whatever silence follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dronesim.verify.reading import Run
from dronesim.verify.silence import latency_s, whole_ms


def obeyed_by(run: Run, ordered_s: float) -> float:
    """Give by when an order of a time is obeyed at the latest, by whichever drone it is given to."""
    link: Mapping[str, Any] = run.facts.link or {}
    by_s = ordered_s + latency_s(run)
    for outage in sorted(link.get("outages", ()), key=lambda outage: float(outage["from_s"])):
        if outage["from_s"] <= by_s and outage["to_s"] >= ordered_s:
            by_s = max(by_s, whole_ms(float(outage["to_s"])) + latency_s(run))
    return by_s

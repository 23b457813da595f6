"""Draws again when command link or position service are out by chance, area by area."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.verify.drawn_again import NORMAL_P95, generator
from dronesim.verify.reading import Run
from dronesim.verify.stated import MINUTE_S, seconds

DISTRICT: Final = "the district"
_DAY_S: Final = 86_400.0
_NAMES: Final[Mapping[str, str]] = {"link": "link outages", "position": "position outages"}
"""Streams of what is out everywhere; those of areas name them."""


def drawn_in_areas(
    run: Run, scenario: Mapping[str, Any], part: str, table: Mapping[str, Any], *, on_map: list[str] | None
) -> dict[str, list[tuple[float, float]]] | None:
    """Draw from when until when the link, or the position service, is out in each area; ``table`` has its keys.

    ``on_map``: the areas that the map draws. None where these are not known, and needed.
    """
    law = table.get("outages", {})
    if law.get("kind", "none") == "none":
        return {}
    areas: list[str] | None = list(table.get("areas", ()))
    if part == "link":
        areas = (areas or on_map) if table.get("by") == "area" else []
    if areas is None:
        return None
    horizon, name = scenario["horizon"], _NAMES[part]
    from_s, to_s = seconds(horizon["start"]), seconds(horizon["end"]) + MINUTE_S * float(horizon["drain_max_min"])
    streams = {area: f"{name} of {area}" for area in areas} or {DISTRICT: name}
    return {
        area: list(_spells(generator(run, stream), law, from_s=from_s, to_s=to_s)) for area, stream in streams.items()
    }


def _spells(
    rng: np.random.Generator, law: Mapping[str, Any], *, from_s: float, to_s: float
) -> Iterator[tuple[float, float]]:
    """Draw spells without service by turns with those with it, which are exponential; one may be under way at first.

    What is left of a lognormal one that is met at some time: long ones are met more often, each anywhere in its length.
    """
    if law["kind"] == "exponential":
        up_s, down_s = float(law["up_s"]), float(law["down_s"])
        log_s, spread = math.nan, math.nan
    else:
        median_s, p95_s = MINUTE_S * float(law["median_min"]), MINUTE_S * float(law["p95_min"])
        log_s, spread = math.log(median_s), math.log(p95_s / median_s) / NORMAL_P95
        down_s = median_s * math.exp(spread**2 / 2)
        up_s = _DAY_S * float(law["every_days"]) - down_s

    def down() -> float:
        return float(rng.exponential(down_s) if math.isnan(spread) else rng.lognormal(log_s, spread))

    time_s = from_s
    if rng.random() * (up_s + down_s) < down_s:
        is_memoryless = math.isnan(spread)
        time_s += down() if is_memoryless else float(rng.lognormal(log_s + spread**2, spread) * rng.random())
        yield from_s, min(time_s, to_s)
    while (time_s := time_s + float(rng.exponential(up_s))) < to_s:
        lasts_s = down()
        yield time_s, min(time_s + lasts_s, to_s)
        time_s += lasts_s

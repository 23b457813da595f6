"""Risk to people and noise in words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dronesim.report import words

Row = tuple[str, ...]
LISTED: Final = 20
CRASH_WORDS: Final = {"fall": "falls", "forced_landing": "forced landings"}


def risk_told(risk: Mapping[str, Any] | None) -> str:
    """Tell the risk in a sentence; nothing where it is not counted."""
    if risk is None:
        return ""
    crashes, hit, deaths = (_rate(risk[f"{name}_per_year"]) for name in ("crashes", "people_hit", "deaths"))
    below = words.number(risk["people_per_km2"], 0)
    return (
        f"{crashes} crashes, {hit} people hit and {deaths} deaths expected a year, over {below} people a km² (assumed)"
    )


def noise_told(noise: Mapping[str, Any] | None) -> str:
    """Tell the noise in a sentence; nothing where it is not counted."""
    if noise is None:
        return ""
    loudest = words.number(noise["loudest_hour_dba"], 1, "dB(A)")
    most = words.counted(noise["most_overflights"], "overflight")
    return f"loudest hour {loudest}, at most {most} an hour; limits exceeded: {words.exceeded(noise)}"


def _rate(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:,.0f}"


def risk_rows(risk: Mapping[str, Any] | None) -> list[Row]:
    """List by kind of crash how often, over what area, and whom it meets in a year; none where it is not counted."""
    if risk is None:
        return []
    return [
        (
            words.sentence(CRASH_WORDS.get(kind, kind)),
            _rate(row["per_year"]),
            words.number(row["area_m2"], 1, "m²"),
            _rate(row["people_hit_per_year"]),
            _rate(row["deaths_per_year"]),
        )
        for kind, row in risk["crashes"].items()
    ]


def noise_rows(noise: Mapping[str, Any] | None, facts: Mapping[str, Any]) -> list[Row]:
    """List the loudest homes and places first: what was heard there, and the limits; none where it is not counted."""
    if noise is None:
        return []
    limits = {it["id"]: it for it in facts["noise"]["listeners"]}
    places = noise["by_place"]
    ranked = sorted(places, key=lambda name: (-(places[name]["loudest_hour_dba"] or 0.0), name))
    return [
        (
            name,
            words.number(places[name]["loudest_hour_dba"], 1, "dB(A)"),
            words.number(limits[name]["limit_dba"], 0, "dB(A)") if limits[name]["limit_dba"] is not None else "",
            words.number(places[name]["loudest_flight_dba"], 1, "dB(A)"),
            f"{places[name]['most_overflights']:,}",
            f"{limits[name]['overflights_max']:,}" if limits[name]["overflights_max"] is not None else "",
            f"{places[name]['quiet_overflights']:,}",
        )
        for name in ranked[:LISTED]
    ]

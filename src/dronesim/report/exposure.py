"""Risk to people and noise in words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dronesim.letters import counted
from dronesim.report import words
from dronesim.report.shown import Numbers

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
    most = counted(noise["most_overflights"], "overflight")
    return f"loudest hour {loudest}, at most {most} an hour; limits exceeded: {words.exceeded(noise)}"


def _rate(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:,.0f}"


def risk_rows(risk: Mapping[str, Any] | None) -> list[Row]:
    """List by kind of crash how often, over what area, and whom it meets in a year; none where it is not counted."""
    if risk is None:
        return []
    found = Numbers(risk, "kpis.json#/risk").part("crashes")
    return [
        (
            words.sentence(CRASH_WORDS.get(kind, kind)),
            found.told(_rate(row["per_year"]), kind, "per_year"),
            found.number(kind, "area_m2", decimals=1, unit="m²"),
            found.told(_rate(row["people_hit_per_year"]), kind, "people_hit_per_year"),
            found.told(_rate(row["deaths_per_year"]), kind, "deaths_per_year"),
        )
        for kind, row in found.content.items()
    ]


def noise_rows(noise: Mapping[str, Any] | None, facts: Mapping[str, Any]) -> list[Row]:
    """List the loudest homes and places first: what was heard there, and the limits; none where it is not counted."""
    if noise is None:
        return []
    listeners = facts["noise"]["listeners"]
    limits = Numbers(listeners, "facts.json#/noise/listeners")
    number_of = {it["id"]: number for number, it in enumerate(listeners)}
    found = Numbers(noise["by_place"], "kpis.json#/noise/by_place")
    ranked = sorted(found.content, key=lambda name: (-(found.at(name, "loudest_hour_dba") or 0.0), name))
    return [
        (
            name,
            found.number(name, "loudest_hour_dba", decimals=1, unit="dB(A)"),
            _limit(limits.part(number_of[name]), "limit_dba", unit="dB(A)"),
            found.number(name, "loudest_flight_dba", decimals=1, unit="dB(A)"),
            found.count(name, "most_overflights"),
            _limit(limits.part(number_of[name]), "overflights_max"),
            found.count(name, "quiet_overflights"),
        )
        for name in ranked[:LISTED]
    ]


def _limit(limits: Numbers, name: str, unit: str = "") -> str:
    """Show a limit; nothing where there is none."""
    return "" if limits.at(name) is None else limits.number(name, unit=unit)

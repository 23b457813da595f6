"""What kept drones on the ground, and what was out for a while, from the facts of a day."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from dronesim.letters import counted
from dronesim.units import clock

MOST_TOLD: Final = 4
"""So many closures are told one by one."""


class Spell(NamedTuple):
    """A part of the day, seconds since midnight, and what it is called."""

    name: str
    from_s: float
    to_s: float


def closures(facts: Mapping[str, Any]) -> list[Spell]:
    """List when airports took no drone, in order of time; closures of one that overlap are one."""
    shut: dict[str, list[tuple[float, float]]] = {}
    for found in facts["closures"]:
        shut.setdefault(found["airport"], []).append((found["from_s"], found["to_s"]))
    spells = (Spell(airport, *span) for airport, spans in shut.items() for span in united(spans))
    return sorted(spells, key=lambda spell: (spell.from_s, spell.name))


def united(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join spans of time that overlap or touch, in order."""
    found = list[tuple[float, float]]()
    for from_s, to_s in sorted(spans):
        if found and from_s <= found[-1][1]:
            found[-1] = found[-1][0], max(to_s, found[-1][1])
        else:
            found.append((from_s, to_s))
    return found


def storms(facts: Mapping[str, Any]) -> list[Spell]:
    """List when the wind was above the limit of the drone type at every level."""
    limit_mps, horizon = facts["aircraft"]["wind_limit_mps"], facts["horizon"]
    edges_s = [horizon["start_s"], *(wind["from_s"] for wind in facts["wind"][1:]), horizon["closed_s"]]
    found = list[Spell]()
    for wind, from_s, to_s in zip(facts["wind"], edges_s, edges_s[1:], strict=False):
        least_mps = min(math.hypot(east, north) for _, east, north in wind["levels"])
        if least_mps > limit_mps and to_s > from_s:
            begins_s = found.pop().from_s if found and found[-1].to_s == from_s else from_s
            found.append(Spell(f"wind above {limit_mps:g} m/s", begins_s, to_s))
    return found


def weather_stops(facts: Mapping[str, Any]) -> list[Spell]:
    """List when the weather let no drone fly, by all limits of the drone type."""
    horizon, told = facts["horizon"], facts.get("weather")
    found = list[Spell]()
    for stop in [] if told is None else told["stops"]:
        from_s = horizon["start_s"] if stop["from_s"] is None else max(stop["from_s"], horizon["start_s"])
        to_s = horizon["closed_s"] if stop["to_s"] is None else min(stop["to_s"], horizon["closed_s"])
        if to_s > from_s:
            found.append(Spell(f"weather ({stop['why']})", from_s, to_s))
    return found


def no_flying(facts: Mapping[str, Any]) -> list[Spell]:
    """List when no drone might fly: by all limits where these count, else by the mean wind."""
    return storms(facts) if what_stops(facts) == "wind" else weather_stops(facts)


def services_out(facts: Mapping[str, Any]) -> dict[str, list[Spell]]:
    """List when there was no link, no position, or no dispatcher, in an area or everywhere; by which of them it was."""
    found = {
        key: [Spell(row["area"] or "everywhere", row["from_s"], row["to_s"]) for row in facts[key]["outages"]]
        for key in ("link", "position")
        if facts.get(key) is not None
    }
    found["dispatcher"] = [
        Spell(row["site"], row["from_s"], row["to_s"])
        for row in facts.get("outages") or ()
        if row["what"] == "dispatcher"
    ]
    return {key: spells for key, spells in found.items() if spells}


def areas_out(facts: Mapping[str, Any], key: str) -> list[str]:
    """List the areas that had an outage of ``key``, link or position, as text; none for one everywhere."""
    told = facts.get(key) or {"areas": (), "outages": ()}
    hit = {row["area"] for row in told["outages"]}
    return [area["wkt"] for area in told["areas"] if area["id"] in hit]


def what_stops(facts: Mapping[str, Any]) -> str:
    """Say whether the wind alone, or all of the weather, keeps drones down."""
    told = facts.get("weather")
    return "weather" if told is not None and told["counts_all"] else "wind"


def told(facts: Mapping[str, Any]) -> str:
    """Tell of closed airports and storms in one line, nothing for a day without any."""
    shut, blown = closures(facts), no_flying(facts)
    parts = [f"airport {spell.name} closed {_hours(spell, facts)}" for spell in shut[:MOST_TOLD]]
    if len(shut) > MOST_TOLD:
        parts.append(f"{counted(len(shut) - MOST_TOLD, 'more closure')} of airports")
    parts += [f"no drone may fly {_hours(spell, facts)}: {spell.name}{_where(spell)}" for spell in blown[:MOST_TOLD]]
    if len(blown) > MOST_TOLD:
        parts.append(counted(len(blown) - MOST_TOLD, "more storm"))
    return "; ".join(parts)


def unmet_told(facts: Mapping[str, Any]) -> str:
    """Tell of stated events that met nobody, whose hours may be a slip; nothing where each met somebody."""
    rows = facts.get("unmet") or ()
    parts = [unmet_words(row) for row in rows[:MOST_TOLD]]
    if len(rows) > MOST_TOLD:
        parts.append(f"{len(rows) - MOST_TOLD:,} more")
    return f"{counted(len(rows), 'stated event')} met nobody: {'; '.join(parts)}" if parts else ""


def unmet_words(row: Mapping[str, Any]) -> str:
    """Say which event it is, and why it met nobody."""
    return f"{row['kind'].replace('_', ' ')} at {clock(row['at_s'])[:5]} ({row['why']})"


def _where(spell: Spell) -> str:
    return " at every level" if spell.name.startswith("wind") else ""


def _hours(spell: Spell, facts: Mapping[str, Any]) -> str:
    """Tell from when until when; what outlasts the day has no end of its own."""
    horizon, begins = facts["horizon"], f"from {clock(spell.from_s)[:5]}"
    if spell.to_s < horizon["closed_s"]:
        return f"{begins} to {clock(spell.to_s)[:5]}"
    return "all day" if spell.from_s <= horizon["start_s"] else f"{begins} until the day was over"

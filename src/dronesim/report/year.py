"""A year of days in words: a line a month."""

from __future__ import annotations

import math

from dronesim.experiment.year import Spell, Year
from dronesim.letters import counted
from dronesim.report.amounts import interval
from dronesim.report.comparing import points
from dronesim.report.words import percent


def year_lines(found: Year) -> list[str]:
    """Tell month by month what was flyable, the service level in the weather and in calm, and the days lost."""
    head = f"{'':6}{'days':>5}{'lost':>6}{'flyable':>10}  {'on time, mean (interval)':<26}{'in calm':<10}"
    lines = [f"{head}less that in calm, points (interval)"]
    lines += [_line(spell) for spell in (*found.months, found.all)]
    under = f"under {100 * found.lost_below:g} %"
    return [
        *lines,
        "",
        f"Day d is replication d, from {found.first_day} on; the days in calm have the same orders.",
        f"Months are told apart after Holm's correction. A day is lost with {under} of the opening hours flyable.",
        *weather_comes_again(found),
        *(
            []
            if found.has_weather
            else ["Every day is as it is in calm: the scenario states no weather that acts ([weather])."]
        ),
    ]


def weather_comes_again(found: Year) -> list[str]:
    """Say where days have the same weather, and what intervals then don't tell."""
    if found.weather_days is None or found.weather_days >= found.all.days:
        return []
    days = counted(found.weather_days, "day")
    again = f"The weather is that of {days} of a file, which comes again"
    return [f"{again}: intervals tell nothing of other days' weather."]


def _line(spell: Spell) -> str:
    level, calm = interval(spell.level), "-" if math.isnan(spell.calm.mean) else f"{100 * spell.calm.mean:.1f} %"
    counts = f"{spell.name:<6}{spell.days:>5}{spell.lost:>6}{percent(spell.flyable):>10}"
    verdict = "" if math.isnan(spell.p) else "told apart" if spell.is_clear else "not told apart"
    return f"{counts}  {level:<26}{calm:<10}{points(spell.difference):<28}{verdict}".rstrip()

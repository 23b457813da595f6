"""What a scenario's weather is made from, and what the weather of one day is, in words and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dronesim.experiment.compose import Setting
from dronesim.letters import counted
from dronesim.simulation import SimulationInputs
from dronesim.weather.source import WeatherSource, days_in


def weather_content(setting: Setting, inputs: SimulationInputs) -> dict[str, Any] | None:
    """Tell where the weather of a day comes from; None where winds are stated."""
    source = setting.resolved.weather.source
    if source is None:
        return None
    speeds_mps = [row.wind.speed_mps for row in inputs.weather]
    record = source.record
    return {
        "file": None if record is None else record.label,
        "days": days_in(source),
        "day": _day(source, inputs.replication),
        "has": [] if record is None else list(record.quantities()),
        "drawn": list(source.drawn()),
        "not_counted": list(source.not_counted()),
        "notes": [] if record is None else list(record.notes),
        "wind_mps": {"least": min(speeds_mps), "most": max(speeds_mps)},
    }


def _day(source: WeatherSource, replication: int) -> str:
    """Name the day of a replication by its number, and by its date where it has one."""
    number = source.day_of(replication)
    if source.record is None or source.record.kind == "day":
        return str(number) if source.date is None else source.date.isoformat()
    date = source.record.date_of(number)
    return f"{number} ({date:%Y-%m-%d})" if source.record.kind == "dates" else f"{number} ({date.day} {date:%B})"


def weather_lines(told: Mapping[str, Any] | None) -> Sequence[str]:
    """Show it as text; nothing where winds are stated."""
    if told is None:
        return []
    kinds = {"from the file": told["has"], "drawn where it tells nothing": told["drawn"]}
    if told["file"] is None:
        kinds = {"drawn": told["drawn"]}
    parts = [f"{', '.join(names)} {how}" for how, names in kinds.items() if names]
    missing = [f"not known, and not counted: {', '.join(told['not_counted'])}"] if told["not_counted"] else []
    wind = told["wind_mps"]
    place = "" if told["file"] is None else f" of {counted(told['days'], 'whole day')} in {told['file']}"
    return [
        f"weather: day {told['day']}{place}; wind {wind['least']:.1f} to {wind['most']:.1f} m/s where it is measured",
        f"  {'; '.join([*parts, *missing])}",
        *(f"  {note}" for note in told["notes"]),
    ]

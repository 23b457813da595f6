"""Checks that winds and weather of the facts are those that the scenario states."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from dronesim.verify.facts import WeatherRow
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle, skipped
from dronesim.verify.stated import has_scenario, seconds, stated

_NAME: Final = "weather as stated"
_NEAR: Final = 1e-6
BESIDE_THE_WIND: Final = ("gust_mps", "rain_mmh", "temperature_c", "visibility_m")


def stated_weather(run: Run) -> Check:
    """Winds at every level, rows of the weather and how it grows with height are as the scenario states them."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    table: Mapping[str, Any] = stated(run).get("weather", {})
    texts = [*_heights(run, table)]
    if not _is_brought(table):
        rows = _rows(table)
        texts += [*_winds(run, table, rows), *_weather(run, table, rows)]
    else:
        texts += _own_winds(run, table)
    return settle(_NAME, len(run.facts.winds), [listed(texts)])


def _is_brought(table: Mapping[str, Any]) -> bool:
    """Tell whether a file or a process brings the weather of the day."""
    return any(table.get(key) is not None for key in ("file", "process"))


def _rows(table: Mapping[str, Any]) -> list[tuple[float, Mapping[str, Any]]]:
    """Give what is stated, by the time from which it holds."""
    return [(0.0, table), *((seconds(change["at"]), change) for change in table.get("changes", ()))]


def _lift(table: Mapping[str, Any], level_m: float) -> float:
    """Give how many times the wind at the anemometer blows at a level, by the power law."""
    return float((level_m / table["anemometer_m"]) ** table["height_exponent"])


def vector_at(table: Mapping[str, Any], speed_mps: float, from_deg: float, level_m: float) -> tuple[float, float]:
    """Give the velocity of the air to the east and north at a level, of a wind that is put in its class."""
    step_mps, step_deg = float(table.get("speed_step_mps", 0.0)), float(table.get("direction_step_deg", 0.0))
    speed_mps = round(speed_mps / step_mps) * step_mps if step_mps else speed_mps
    from_deg = round(from_deg % 360.0 / step_deg) * step_deg if step_deg else from_deg
    angle, speed_mps = math.radians(from_deg), speed_mps * _lift(table, level_m)
    return -speed_mps * math.sin(angle), -speed_mps * math.cos(angle)


def is_near(some: Sequence[float], others: Sequence[float]) -> bool:
    """Tell whether numbers are the same but for the last digits."""
    return all(abs(one - other) <= _NEAR * (1 + abs(other)) for one, other in zip(some, others, strict=True))


def _winds(run: Run, table: Mapping[str, Any], rows: list[tuple[float, Mapping[str, Any]]]) -> Iterator[str]:
    """Compare the winds by level; what is one wind for drones may stand there once."""
    levels = run.facts.levels_m
    meant = [
        (from_s, tuple(vector_at(table, float(row["wind_mps"]), float(row["wind_from_deg"]), it) for it in levels))
        for from_s, row in rows
    ]
    told = [
        (wind.from_s, tuple(wind.levels.get(it, (math.nan, math.nan)) for it in levels)) for wind in run.facts.winds
    ]
    yield from _compared(_once(told), _once(meant), what="wind")


def _once(winds: list[tuple[float, tuple[tuple[float, float], ...]]]) -> list[tuple[float, tuple[float, ...]]]:
    """Leave out winds that are as the one before; numbers of all levels in a row."""
    flat = [(from_s, tuple(value for vector in vectors for value in vector)) for from_s, vectors in winds]
    return [next(alike) for _, alike in groupby(flat, key=lambda wind: tuple(round(value, 6) for value in wind[1]))]


def _compared(
    told: list[tuple[float, tuple[float, ...]]], meant: list[tuple[float, tuple[float, ...]]], *, what: str
) -> Iterator[str]:
    if len(told) != len(meant):
        yield f"the scenario states {len(meant)} rows of {what}, the facts have {len(told)}"
        return
    for (told_s, have), (meant_s, state) in zip(told, meant, strict=True):
        if abs(told_s - meant_s) > _NEAR or not is_near(have, state):
            numbers = (", ".join(f"{value:g}" for value in values) for values in (have, state))
            yield f"{what} from {at(told_s)}: facts have {next(numbers)}; stated from {at(meant_s)}: {next(numbers)}"


def _weather(run: Run, table: Mapping[str, Any], rows: list[tuple[float, Mapping[str, Any]]]) -> Iterator[str]:
    """Compare the rows of the weather, where more than the wind is stated, and which rule counts."""
    told = run.facts.weather
    is_known = any(row.get(key) is not None for _, row in rows for key in BESIDE_THE_WIND)
    counts_all = table.get("go_rule", "all" if is_known else "wind") == "all"
    if told is None:
        if is_known or counts_all:
            yield "the scenario states weather, and facts tell nothing but winds"
        return
    if not (is_known or counts_all):
        yield "facts tell weather, and the scenario states nothing but winds"
        return
    if told.counts_all != counts_all:
        yield f"facts: counts_all is {told.counts_all}, the scenario makes it {counts_all}"
    meant = [(from_s, tuple(map(_number, (row["wind_mps"], *map(row.get, BESIDE_THE_WIND))))) for from_s, row in rows]
    yield from _compared([_told_row(row) for row in told.rows], meant, what="weather")


def _told_row(row: WeatherRow) -> tuple[float, tuple[float, ...]]:
    return row.from_s, tuple(map(_number, (row.wind_mps, *(getattr(row, key) for key in BESIDE_THE_WIND))))


def _number(value: float | None) -> float:
    """Give a value, a number that none has where it is not known."""
    return -1e9 if value is None else float(value)


def _heights(run: Run, table: Mapping[str, Any]) -> Iterator[str]:
    """Compare how the wind grows with height."""
    told = run.facts.weather
    for level_m, lift in () if told is None else told.lifts.items():
        meant = _lift(table, level_m)
        if not is_near((lift,), (meant,)):
            yield f"facts: at {level_m:g} m the wind is {lift:g} times as strong, by the scenario {meant:g} times"


def _own_winds(run: Run, table: Mapping[str, Any]) -> Iterator[str]:
    """Compare the speeds of the winds with the rows of the weather of the same facts, where it was read or drawn."""
    told = run.facts.weather
    if told is None:
        return
    rows_s, winds_s = ([each.from_s for each in told.rows], [wind.from_s for wind in run.facts.winds])
    for from_s in sorted({*rows_s, *winds_s}):
        row, wind = (told.rows[_last(rows_s, from_s)], run.facts.winds[_last(winds_s, from_s)])
        for level_m, vector in wind.levels.items():
            blows_mps, meant = math.hypot(*vector), math.hypot(*vector_at(table, row.wind_mps, 0.0, level_m))
            if not is_near((blows_mps,), (meant,)):
                yield f"facts: the wind {at(from_s)} has {blows_mps:g} m/s at {level_m:g} m, its row makes it {meant:g}"


def _last(begins_s: Sequence[float], time_s: float) -> int:
    """Find what holds at a time, of what follows on each other; the first holds before its own time too."""
    return max(sum(from_s <= time_s + _NEAR for from_s in begins_s) - 1, 0)

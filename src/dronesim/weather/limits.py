"""Go and no-go: which weather a drone type flies in, and when flying stops and resumes in a day's weather."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dronesim.weather.series import WeatherDay, WeatherRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a drone type stays down above: mean wind and gust at flight height in m/s, rain in mm/h; and below:

    visibility in m; and outside of which temperatures, in °C.
    """

    wind_mps: float
    gust_mps: float
    rain_mmh: float
    visibility_m: float
    low_c: float
    high_c: float

    def broken(self, row: WeatherRow, *, lift: float, share: float = 1.0) -> str | None:
        """Name what of a row lies beyond a share of the limits, None for nothing; what is not known is not counted.

        ``lift`` is how many times the wind at the anemometer blows at flight height. Temperatures have one limit,
        whatever the share.
        """
        beyond = {
            "wind": row.wind.speed_mps * lift > share * self.wind_mps,
            "gust": row.gust_mps is not None and row.gust_mps * lift > share * self.gust_mps,
            "rain": row.rain_mmh is not None and row.rain_mmh > share * self.rain_mmh,
            "visibility": row.visibility_m is not None and row.visibility_m * share < self.visibility_m,
            "cold": row.temperature_c is not None and row.temperature_c < self.low_c,
            "heat": row.temperature_c is not None and row.temperature_c > self.high_c,
        }
        return next((name for name, is_beyond in beyond.items() if is_beyond), None)


class NoGo(NamedTuple):
    """A time in which no drone may take off, in seconds since midnight, and what stopped flying."""

    from_s: float
    to_s: float
    why: str


def no_go(day: WeatherDay, limits: Limits, *, lift: float, again_share: float, again_s: float) -> tuple[NoGo, ...]:
    """List when no drone may take off: from a row beyond the limits on, until all has been below a share of them.

    It must have been so for ``again_s``, row after row.
    """
    found, stop, below_since_s = list[NoGo](), None, math.inf
    for row, from_s, until_s in spans(day):
        why = limits.broken(row, lift=lift)
        if why is not None:
            stop, below_since_s = stop or (from_s, why), math.inf
        elif stop is not None and limits.broken(row, lift=lift, share=again_share) is None:
            below_since_s = min(below_since_s, from_s)
            if below_since_s + again_s < until_s:
                found.append(NoGo(stop[0], below_since_s + again_s, stop[1]))
                stop, below_since_s = None, math.inf
        else:
            below_since_s = math.inf
    return tuple(found if stop is None else [*found, NoGo(stop[0], math.inf, stop[1])])


def spans(day: WeatherDay) -> Iterator[tuple[WeatherRow, float, float]]:
    """Give each row of a day with the time from which on it holds, and until when."""
    starts_s = [-math.inf, *(row.from_s for row in day[1:])][: len(day)]
    return zip(day, starts_s, [*starts_s[1:], math.inf][: len(day)], strict=True)


def is_known(day: WeatherDay) -> bool:
    """Tell whether a day says anything beside the wind."""
    return any(
        value is not None for row in day for value in (row.gust_mps, row.rain_mmh, row.temperature_c, row.visibility_m)
    )

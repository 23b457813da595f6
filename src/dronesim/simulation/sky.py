"""The sky: what the weather of a day lets drones do at a time, and what the forecast says of the times to come."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from dronesim.aircraft import DroneType, Multirotor
from dronesim.weather import (
    ALL,
    Limits,
    NoGo,
    WeatherDay,
    WeatherRow,
    WeatherRules,
    air_density,
    is_known,
    no_go,
    pack_share,
    payload_limit_kg,
    spans,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """What drones take off in: the ``aircraft`` in its density, how much of its usable energy a pack gives, 0
    to 1, and the heaviest parcel.

    ``stop`` is the no-go time of now, None where drones may fly; ``is_open`` tells it by level. By the forecast they
    may fly until ``may_fly_until_s``. It holds until ``until_s``.
    """

    aircraft: Multirotor
    pack_share: float
    payload_kg: float
    stop: NoGo | None
    is_open: tuple[bool, ...]
    may_fly_until_s: float
    until_s: float


def limits_of(kind: DroneType) -> Limits:
    """Give the limits of a drone type."""
    return Limits(
        wind_mps=kind.wind_limit_mps,
        gust_mps=kind.gust_factor * kind.wind_limit_mps,
        rain_mmh=kind.rain_limit_mmh,
        visibility_m=kind.visibility_limit_m,
        low_c=kind.low_limit_c,
        high_c=kind.high_limit_c,
    )


class Sky:
    """The weather of a day for one aircraft; without rows nothing ever changes.

    ``no_go`` is when no drone may take off, empty where only the mean wind decides.
    """

    def __init__(
        self,
        rows: WeatherDay,
        forecast: WeatherDay,
        *,
        rules: WeatherRules | None,
        aircraft: Multirotor,
        levels_m: tuple[float, ...],
    ) -> None:
        self._rows = rows if rules is not None else ()
        self._forecast = forecast
        self._rules = rules
        self._aircraft = aircraft
        self._levels_m = levels_m
        self.limits = limits_of(aircraft.drone_type)
        self.no_go: tuple[NoGo, ...] = ()
        self._breaks_s: tuple[float, ...] = ()
        if rules is not None and rows and (rules.go_rule or (ALL if is_known(rows) else "")) == ALL:
            lift = min(rules.lift(level_m) for level_m in levels_m)
            self.no_go = no_go(rows, self.limits, lift=lift, again_share=rules.again_share, again_s=rules.again_s)
            self._breaks_s = tuple(
                from_s for row, from_s, _ in spans(forecast) if self.limits.broken(row, lift=lift) is not None
            )
            self.counts_all = True
        else:
            self.counts_all = False

    def changes_s(self) -> list[float]:
        """List when rows begin, known or forecast, and when flying resumes."""
        if not self._rows:
            return []
        begins = [row.from_s for day in (self._rows, self._forecast) for row in day[1:]]
        return [*begins, *(stop.to_s for stop in self.no_go if stop.to_s < math.inf)]

    def at(self, t_s: float) -> Air:
        """Give what drones take off in at a time."""
        stop = next((stop for stop in self.no_go if stop.from_s <= t_s < stop.to_s), None)
        row = self._row(t_s)
        breaks_s = min((from_s for from_s in self._breaks_s if from_s > t_s), default=math.inf)
        aircraft, share, payload_kg = self._effects(row)
        return Air(
            aircraft=aircraft,
            pack_share=share,
            payload_kg=payload_kg,
            stop=stop,
            is_open=tuple(stop is None and self._is_open(row, level_m) for level_m in self._levels_m),
            may_fly_until_s=breaks_s if stop is None else t_s,
            until_s=min((at_s for at_s in self.changes_s() if at_s > t_s), default=math.inf),
        )

    def _row(self, t_s: float) -> WeatherRow | None:
        begun = [row for row, from_s, _ in spans(self._rows) if from_s <= t_s]
        return begun[-1] if begun else None

    def _is_open(self, row: WeatherRow | None, level_m: float) -> bool:
        """Tell whether the gusts at a level are within the limit; mean winds are looked at where legs are made."""
        if row is None or row.gust_mps is None or self._rules is None or not self.counts_all:
            return True
        return row.gust_mps * self._rules.lift(level_m) <= self.limits.gust_mps

    def _effects(self, row: WeatherRow | None) -> tuple[Multirotor, float, float]:
        """Give the aircraft in the air of a row, the share of its energy that a pack gives, the heaviest parcel."""
        kind, rules, aircraft = self._aircraft.drone_type, self._rules, self._aircraft
        share, payload_kg = 1.0, kind.payload_kg
        if row is None or row.temperature_c is None or rules is None:
            return aircraft, share, payload_kg
        if rules.acts_on_packs:
            share = pack_share(
                row.temperature_c, share_0c=rules.pack_share_0c, share_minus_20c=rules.pack_share_minus_20c
            )
        if rules.acts_on_air:
            density = air_density(row.temperature_c, pressure_pa=rules.pressure_pa)
            aircraft = replace(aircraft, air_density=density)
            payload_kg = payload_limit_kg(
                payload_kg=payload_kg, bare_kg=kind.bare_kg, density=density, rated_density=rules.rated_density_kgm3
            )
        return aircraft, share, payload_kg

"""Risk to people below and noise around, from what the facts say was flown and heard."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from dronesim.metrics.crash import crash_area_m2, death_share
from dronesim.metrics.statistics import ratio
from dronesim.record.exposure import CrashKpis, ListenerKpis, NoiseKpis, RiskKpis
from dronesim.units import HOUR

_M2_PER_KM2: Final = 1e6


def risk(facts: Mapping[str, Any] | None) -> RiskKpis | None:
    """Measure the crashes, people hit and deaths expected in a year of days such as this one; None where not counted.

    By kind of crash: ``per_year`` = rate x hours of flight x days; people hit = that x area x the people below a flight
    (see `dronesim.metrics.crash`), wherever it happens; deaths = those x the share of them who die.
    """
    if facts is None:
        return None
    flown = facts["flown"]
    crashes = {crash["kind"]: _crash(facts, crash) for crash in facts["crashes"]}
    return RiskKpis(
        flight_h=flown["flight_h"],
        people_per_km2=ratio(flown["people_h_per_km2"], flown["flight_h"]),
        crashes=crashes,
        crashes_per_year=math.fsum(crash.per_year for crash in crashes.values()),
        people_hit_per_year=math.fsum(crash.people_hit_per_year for crash in crashes.values()),
        deaths_per_year=math.fsum(crash.deaths_per_year for crash in crashes.values()),
    )


def _crash(facts: Mapping[str, Any], crash: Mapping[str, Any]) -> CrashKpis:
    flown, mass_kg, impact_mps = facts["flown"], facts["mass_kg"], crash["impact_mps"]
    area_m2 = crash_area_m2(
        width_m=facts["width_m"], mass_kg=mass_kg, impact_mps=impact_mps, impact_deg=crash["impact_deg"]
    )
    share = death_share(mass_kg=mass_kg, impact_mps=impact_mps, shelter=facts["shelter"])
    rate = crash["per_flight_hour"] * facts["days_per_year"]
    hit = rate * area_m2 * flown["people_h_per_km2"] / _M2_PER_KM2
    return CrashKpis(
        per_year=rate * flown["flight_h"],
        area_m2=area_m2,
        death_share=share,
        people_hit_per_year=hit,
        deaths_per_year=hit * share,
    )


def noise(facts: Mapping[str, Any] | None) -> NoiseKpis | None:
    """Measure noise and overflights by hour at each home and place, and count what exceeds a limit; None without any.

    Mean level of an hour = sound exposure level - 10 lg 3600; at the limit is within it.
    """
    if facts is None:
        return None
    found = {it["id"]: _listener(facts["heard"][it["id"]]) for it in facts["listeners"]}
    too_loud = sum(_above(found[it["id"]].hourly_dba, it["limit_dba"]) for it in facts["listeners"])
    too_often = sum(_above(found[it["id"]].overflights, it["overflights_max"]) for it in facts["listeners"])
    quiet = sum(it.quiet_overflights for it in found.values())
    return NoiseKpis(
        loudest_hour_dba=_most(it.loudest_hour_dba for it in found.values()),
        most_overflights=max((it.most_overflights for it in found.values()), default=0),
        exceeded=too_loud + too_often + quiet,
        hours_too_loud=too_loud,
        hours_too_often=too_often,
        quiet_overflights=quiet,
        by_place=found,
    )


def _listener(heard: Mapping[str, Any]) -> ListenerKpis:
    hour_db = 10 * math.log10(HOUR)
    hourly = {hour: None if dba is None else dba - hour_db for hour, dba in heard["exposure_dba"].items()}
    return ListenerKpis(
        hourly_dba=hourly,
        overflights=heard["overflights"],
        loudest_hour_dba=_most(hourly.values()),
        most_overflights=max(heard["overflights"].values(), default=0),
        loudest_flight_dba=heard["loudest_dba"],
        quiet_overflights=heard["quiet_overflights"],
    )


def _above(by_hour: Mapping[str, float | int | None], limit: float | None) -> int:
    return sum(value is not None and limit is not None and value > limit for value in by_hour.values())


def _most(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)

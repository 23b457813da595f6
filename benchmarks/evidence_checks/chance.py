"""What comes by chance, weather, faults and lost links, against the laws that are stated; weather files by hand."""

from __future__ import annotations

import datetime
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from dronesim.comms import ExponentialOutages, LognormalOutages, draw_outages
from dronesim.evidence import Kind
from dronesim.experiment.study import Study
from dronesim.experiment.year_days import days_of_year
from dronesim.faults import hazards, spells
from dronesim.scenario.weather_tables import ProcessTable
from dronesim.streams import Streams
from dronesim.units import HOUR, MINUTE
from dronesim.weather.process import WeatherProcess, draw_hours
from evidence_checks.check import STANDARD_ERRORS, Check, Found
from evidence_checks.day import QUICKSTART

SIGNIFICANT: Final = 6e-5
"""A sound law is refused once in 16,000 times, as by four standard errors."""
DAYS: Final = 1500
LIMIT_MPS: Final = 10.8
YEAR: Final = 365
Floats = NDArray[np.float64]


def _within(by_day: Floats, expected: float) -> bool:
    """Hold the mean of independent days against what it must be."""
    error = float(by_day.std(ddof=1)) / math.sqrt(len(by_day))
    return abs(float(by_day.mean()) - expected) < STANDARD_ERRORS * error


def _hours(law: WeatherProcess, days: int) -> dict[str, Floats]:
    """Draw June days, shape ``(days, hours)`` by column."""
    june = datetime.date(2026, 6, 10)
    drawn = [draw_hours(law, june, Streams(seed=3, replication=day)) for day in range(days)]
    return {name: np.array([day[name] for day in drawn]) for name in drawn[0]}


def _law() -> WeatherProcess:
    values = ProcessTable().model_dump()
    values.pop("draws")
    values["wet_after_wet"] = values.pop("wet_after_wet_share")
    return WeatherProcess(**values)


def weather_laws() -> Found:
    """Mean, distribution and correlation of winds, rain and temperature of the month, over 1,500 drawn days."""
    law = _law()
    hours = _hours(law, DAYS)
    scaled = hours["wind_mps"] / law.wind_scale_mps
    mean = math.gamma(1 + 1 / law.wind_shape)
    variance = math.gamma(1 + 2 / law.wind_shape) - mean**2
    correlated = ((scaled[:, 1:] - mean) * (scaled[:, :-1] - mean)).mean(axis=1) / variance
    june_mm_an_hour = law.rain_mm[5] / (30 * 24)
    passed = (
        _within(scaled.mean(axis=1), mean)
        and all(_within((scaled < x).mean(axis=1), 1 - math.exp(-(x**law.wind_shape))) for x in (0.4, 1.0, 2.0))
        and _within(correlated, law.wind_correlation_1h)
        and _within(hours["rain_mmh"].mean(axis=1), june_mm_an_hour)
        and _within(hours["temperature_c"][:, :24].mean(axis=1), law.temperature_c[5])
    )
    speed_mps, rain = float(hours["wind_mps"].mean()), float(hours["rain_mmh"].mean())
    told = f"{speed_mps:.2f} m/s (expected {mean * law.wind_scale_mps:.2f})"
    told += f", correlation {correlated.mean():.2f} (expected {law.wind_correlation_1h:g})"
    return Found(passed=passed, figure=f"{told}, rain {rain:.2f} mm/h (expected {june_mm_an_hour:.2f})")


def flyable_by_hand() -> Found:
    """Flyable share of each day of a year that is read from a file, against a count of its hours."""
    law, levels_m = _law(), (60.0, 120.0)
    speeds = np.round(2.0 * _hours(law, YEAR)["wind_mps"][:, :24], 1)
    gaps, shares = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "year.csv"
        rows = [f"{hour},{speed:.1f}" for hour, speed in enumerate(speeds.ravel().tolist())]
        path.write_text("hour,wind_mps\n" + "\n".join(rows), encoding="utf-8")
        for level_m in levels_m:
            settings = (f"airspace.levels_m=[{level_m}]", f"weather.file={path}")
            of_year = days_of_year(Study(path=QUICKSTART, settings=settings), days=YEAR, settings_of_day=None)
            found = np.array([of_year.flyable_in_winds(day) for day in range(YEAR)])
            known = (speeds[:, 10:20] * (level_m / 10) ** 0.25 <= LIMIT_MPS).mean(axis=1)
            gaps.append(float(np.abs(found - known).max()))
            shares.append(float(1 - found.mean()))
    told = " and ".join(f"{100 * share:.1f} %" for share in shares)
    return Found(passed=max(gaps) < 1e-9, figure=f"not flyable {told}; every day as counted")


def link_share() -> Found:
    """Share of the time in which the link is lost, over 4,000 hours of days of their own."""
    laws = (ExponentialOutages(up_s=300.0, down_s=2.0), LognormalOutages(every_s=7200.0, median_s=600.0, p95_s=3600.0))
    passed, parts = True, []
    for law in laws:
        lost_s = np.array([_lost_s(law, day) for day in range(4000)])
        share = law.down_s / (law.up_s + law.down_s)
        passed = passed and _within(lost_s / HOUR, share)
        parts.append(f"{100 * float(lost_s.mean()) / HOUR:.2f} % (expected {100 * share:.2f})")
    return Found(passed=passed, figure=", ".join(parts))


def _lost_s(law: ExponentialOutages | LognormalOutages, day: int) -> float:
    rng = Streams(seed=7, replication=day).generator("link outages")
    return sum(over_s - from_s for from_s, over_s in draw_outages(law, from_s=0.0, to_s=HOUR, rng=rng))


def fault_rates() -> Found:
    """Hazards a flight-hour of 2,000 drones; times between and lengths of outages on the ground."""
    rates, hours, drones = {"return": 0.3, "divert": 0.05}, 20.0, 2000
    streams = Streams(seed=11)
    met = hazards(rates, drones, until_h=hours, rng_for=lambda kind, drone: streams.generator(f"{kind} {drone}"))
    counts = {kind: sum(name == kind for found in met for _, name in found) for kind in rates}
    expected = {kind: rate * hours * drones for kind, rate in rates.items()}
    are_as_often = all(abs(counts[kind] - expected[kind]) < STANDARD_ERRORS * expected[kind] ** 0.5 for kind in rates)
    p = _spells_p(every_s=2 * HOUR, median_s=30 * MINUTE, p95_s=90 * MINUTE)
    told = ", ".join(f"{counts[kind]:,} {kind}s (expected {expected[kind]:,.0f})" for kind in rates)
    return Found(
        passed=are_as_often and min(p) > SIGNIFICANT, figure=f"{told}; gaps p {p[0]:.2f}, lengths p {p[1]:.2f}"
    )


def _spells_p(*, every_s: float, median_s: float, p95_s: float) -> Sequence[float]:
    """Give p of gaps against the exponential law, and of lengths against the lognormal one."""
    rng = Streams(seed=13).generator("outage")
    found = np.array(
        list(spells(every_s=every_s, median_s=median_s, p95_s=p95_s, from_s=0.0, to_s=5e7, rng=rng)), dtype=np.float64
    )
    ends_s = np.concatenate([[0.0], found.sum(axis=1)[:-1]])
    sigma = math.log(p95_s / median_s) / stats.norm.ppf(0.95)
    return (
        float(stats.kstest(found[:, 0] - ends_s, "expon", args=(0, every_s)).pvalue),
        float(stats.kstest(found[:, 1], "lognorm", args=(sigma, 0, median_s)).pvalue),
    )


CHECKS: Final = (
    Check(
        name="weather-laws",
        kind=Kind.THEORY,
        title="winds, rain and temperature of 1,500 drawn June days",
        source="Weibull law (mean and three quantiles), correlation of an hour, means of the month",
        mark="each within 4 standard errors",
        run=weather_laws,
    ),
    Check(
        name="flyable-by-hand",
        kind=Kind.PROGRAM,
        title="flyable share of each day of a year of hourly winds from a file, at 60 and at 120 m",
        source="a count of the hours that are above 10.8 m/s after lifting",
        mark="every day, to a part in a thousand million",
        run=flyable_by_hand,
    ),
    Check(
        name="link-share",
        kind=Kind.THEORY,
        title="share of the time in which the command link is lost, 4,000 hours of either law",
        source="alternating renewal process: mean outage over mean cycle",
        mark="within 4 standard errors",
        run=link_share,
    ),
    Check(
        name="fault-rates",
        kind=Kind.THEORY,
        title="what meets 2,000 drones in 20 flight-hours each, and outages of a thing on the ground",
        source="Poisson counts; exponential gaps and lognormal lengths, by Kolmogorov and Smirnov",
        mark=f"counts within 4 standard errors, p above {SIGNIFICANT:g}",
        run=fault_rates,
    ),
)

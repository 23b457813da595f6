"""The scenario tables of where the weather comes from: a file, and the laws of what is drawn."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, Strict, ValidationInfo, field_validator

from dronesim.scenario.fields import NonNegative, Positive, Table, about
from dronesim.scenario.ground import at_least

HERE: Final = "M, typical year of Shenzhen"
RAIN_MM: Final = (26.0, 48.0, 70.0, 154.0, 237.0, 347.0, 320.0, 351.0, 254.0, 63.0, 35.0, 27.0)
TEMPERATURE_C: Final = (15.3, 15.0, 19.8, 21.9, 26.7, 27.9, 28.4, 27.9, 27.7, 24.1, 21.6, 18.0)
"""Means of the months in Shenzhen, January first."""
_LEAST_HOURS: Final = 672
"""Of the shortest month."""

Drawn = Literal["wind", "gust", "rain", "temperature"]
Format = Literal["csv", "epw", "metar", "isd-lite", "isd-csv"]
Correlation = Annotated[float, Field(ge=0.0, le=0.99)]
Degrees = Annotated[float, Field(ge=0.0, le=360.0)]
Months = Annotated[tuple[NonNegative, ...], Strict(False), Field(min_length=12, max_length=12)]
Celsius = Annotated[float, Field(ge=-90.0, le=60.0)]


class ProcessTable(Table):
    """Laws of weather that is drawn: each replication has its own, from streams of its own."""

    draws: Annotated[tuple[Drawn, ...], Strict(False)] = about(
        ("wind", "gust", "rain", "temperature"),
        "what is drawn where the file, if there is one, tells nothing",
        "a choice",
    )
    wind_shape: Annotated[float, Field(ge=0.5, le=10.0)] = about(
        1.54, "Weibull shape of the mean wind of an hour", HERE
    )
    wind_scale_mps: Annotated[float, Field(gt=0.0, le=30.0)] = about(
        2.9, "Weibull scale of the mean wind of an hour, metres per second", HERE
    )
    wind_correlation_1h: Correlation = about(0.85, "correlation of winds an hour apart", HERE)
    from_deg: Degrees = about(67.0, "where the wind mostly comes from, degrees clockwise from north", HERE)
    from_sd_deg: NonNegative = about(
        73.0, "standard deviation of where it comes from, before it is wrapped around the circle, degrees", HERE
    )
    from_correlation_1h: Correlation = about(0.88, "correlation of directions an hour apart, as of from_sd_deg", HERE)
    gust_factor_median: Annotated[float, Field(ge=1.0, le=5.0)] = about(
        1.45, "median of gust over mean wind, a factor", "M, New York 2013"
    )
    gust_factor_p95: Annotated[float, Field(ge=1.0, le=10.0)] = about(
        2.0, "gust over mean wind that 5 % of hours exceed, a factor", "M, New York 2013"
    )
    rain_mm: Months = about(RAIN_MM, "rain of each month, January first, millimetres", "B, Shenzhen")
    wet_hour_mm: Positive = about(3.0, "mean rain of a wet hour, millimetres")
    wet_after_wet_share: Annotated[float, Field(ge=0.0, le=0.99)] = about(
        0.7, "share of wet hours after which the next is wet too, 0 to 1", "E, assumption; M: .69 to .72 in New York"
    )
    temperature_c: Annotated[tuple[Celsius, ...], Strict(False), Field(min_length=12, max_length=12)] = about(
        TEMPERATURE_C, "mean temperature of each month, January first, degrees Celsius", HERE
    )
    temperature_swing_c: Annotated[float, Field(ge=0.0, le=40.0)] = about(
        2.4, "how far the warmest hour is above the mean of a day, degrees Celsius", HERE
    )
    warmest_hour: Annotated[float, Field(ge=0.0, lt=24.0)] = about(14.0, "hour of the day that is the warmest", HERE)
    temperature_sd_c: Annotated[float, Field(ge=0.0, le=40.0)] = about(
        2.4, "standard deviation of a whole day around the mean of its month, degrees Celsius", HERE
    )

    @field_validator("gust_factor_p95")
    @classmethod
    def _above_median(cls, p95: float, info: ValidationInfo) -> float:
        return at_least(p95, info, "gust_factor_median")

    @field_validator("wet_after_wet_share")
    @classmethod
    def _spells_fit(cls, share: float, info: ValidationInfo) -> float:
        wettest = max(info.data.get("rain_mm", (0.0,))) / (info.data.get("wet_hour_mm", 1.0) * _LEAST_HOURS)
        if wettest > 1 / (2 - share):
            raise ValueError(
                f"makes spells that can't bring the rain of the wettest month, in which {wettest:.0%} of the hours "
                "would be wet; raise wet_hour_mm"
            )
        return share

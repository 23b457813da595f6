"""The scenario tables of what goes wrong on the ground by chance: how often, and for how long."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from dronesim.scenario.fields import Minutes, NonNegative, Positive, Table, about

EVERY: Final = "mean time from the end of one to the next, hours of the day; 0: never"
P95: Final = "95th percentile of its lognormal length, minutes; not above median_min: all are as long as that"
MEDIAN: Final = "median length, minutes"


class AirportClosedRate(Table):
    """Airports that close."""

    every_h: NonNegative = about(0.0, f"for each airport: {EVERY}", "E, assumption: 0; about 1 in 60 days")
    median_min: Positive = about(45.0, MEDIAN, "E, assumption")
    p95_min: Minutes = about(0.0, P95, "E, assumption")


class TakeoffPointClosedRate(Table):
    """Take-off points from which nobody departs."""

    every_h: NonNegative = about(0.0, f"for each take-off point: {EVERY}", "E, assumption: 0; about 1 in 120 days")
    median_min: Positive = about(30.0, MEDIAN, "E, assumption")
    p95_min: Minutes = about(0.0, P95, "E, assumption")


class CabinetJammedRate(Table):
    """Cabinets that jam."""

    every_h: NonNegative = about(0.0, f"for each cabinet: {EVERY}", "E, assumption: 0; about 1 in 2,000 deliveries")
    median_min: Positive = about(15.0, MEDIAN, "E, assumption")
    p95_min: Minutes = about(0.0, P95, "E, assumption")


class UnloaderFailsRate(Table):
    """Unloaders that fail."""

    every_h: NonNegative = about(0.0, f"for each unloader: {EVERY}", "E, assumption: 0; about 1 in 3,000 deliveries")
    median_min: Positive = about(20.0, MEDIAN, "E, assumption")
    p95_min: Minutes = about(0.0, P95, "E, assumption")


class ChargerFailsRate(Table):
    """Chargers that fail."""

    every_h: NonNegative = about(0.0, f"for each charger: {EVERY}", "E, assumption: 0; about 5,000 h")
    median_min: Positive = about(240.0, MEDIAN, "E, assumption")
    p95_min: Minutes = about(0.0, P95, "E, assumption")


class DispatcherOutageRate(Table):
    """Outages of the cloud dispatcher."""

    every_h: NonNegative = about(0.0, EVERY, "E, assumption: 0; about 1 in 90 days")
    median_min: Positive = about(5.0, MEDIAN, "E, assumption")
    p95_min: Minutes = about(0.0, P95, "E, assumption")


class KitchenSurgeRate(Table):
    """Kitchens that are overrun."""

    every_h: NonNegative = about(0.0, f"for each merchant: {EVERY}", "E, assumption: 0")
    median_min: Positive = about(60.0, MEDIAN, "E, assumption")
    p95_min: Minutes = about(0.0, P95, "E, assumption")
    factor: Annotated[float, Field(ge=1.0, le=20.0)] = about(
        2.0, "preparation times are so many times what they would be", "E, assumption"
    )

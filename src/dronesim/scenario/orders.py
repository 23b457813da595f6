"""The scenario tables of what is ordered: how many orders, when, how heavy, or read from a file."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Strict, Tag, ValidationInfo, field_validator

from dronesim.scenario.fields import Table, Values, about
from dronesim.scenario.ground import at_least, kind_of

Kilograms = Annotated[float, Field(gt=0.0, le=1000.0)]
TailShare = Annotated[float, Field(gt=0.0, lt=0.5)]
HourShares = Annotated[tuple[Annotated[float, Field(ge=0.0)], ...], Strict(False), Field(min_length=24, max_length=24)]


MOST_ORDERS: Final = 5_000_000.0
"""A day with more orders would not fit into the memory of a large machine."""


class LognormalMass(Table):
    """A lognormal mass by its median and its upper tail."""

    kind: Literal["lognormal"] = about("lognormal", "law of the parcel mass", "a choice")
    median_kg: Kilograms = about(0.9, "median, kilograms")
    heavy_kg: Kilograms = about(2.3, "mass that few parcels exceed, kilograms", "B: the working payload")
    heavy_share: TailShare = about(0.01, "share of parcels above heavy_kg, 0 to 0.5")

    @field_validator("heavy_kg")
    @classmethod
    def _above_median(cls, heavy: float, info: ValidationInfo) -> float:
        if heavy <= info.data.get("median_kg", 0.0):
            raise ValueError(f"must be above median_kg, {info.data['median_kg']:g}")
        return heavy


class ConstantMass(Table):
    """The same mass for every parcel."""

    kind: Literal["constant"]
    mass_kg: Kilograms = about(1.0, "mass of every parcel, kilograms")


class UniformMass(Table):
    """A mass uniform between two limits."""

    kind: Literal["uniform"]
    low_kg: Kilograms = about(1.0, "lightest, kilograms", "A, contest 2024")
    high_kg: Kilograms = about(4.0, "heaviest, kilograms", "A, contest 2024")

    @field_validator("high_kg")
    @classmethod
    def _above_low(cls, high: float, info: ValidationInfo) -> float:
        return at_least(high, info, "low_kg")


class EmpiricalMass(Table):
    """Masses resampled from observed ones."""

    kind: Literal["empirical"]
    kilograms: Values = Field(description="observed masses, kilograms, each as likely as the others")


Mass = Annotated[
    Annotated[LognormalMass, Tag("lognormal")]
    | Annotated[ConstantMass, Tag("constant")]
    | Annotated[UniformMass, Tag("uniform")]
    | Annotated[EmpiricalMass, Tag("empirical")],
    Discriminator(kind_of),
]


RAPPI_SHARES: Final = {
    10: 0.018,
    11: 0.081,
    12: 0.139,
    13: 0.100,
    14: 0.071,
    15: 0.059,
    16: 0.057,
    17: 0.067,
    18: 0.116,
    19: 0.132,
    20: 0.074,
    21: 0.030,
}
"""Hour shares of 196,481 real orders in Colombia (A, computed); hours that are not listed are left at 0."""

NAMED_PROFILES: Final = {
    "flat": (1.0,) * 24,
    "rappi": tuple(RAPPI_SHARES.get(hour, 0.0) for hour in range(24)),
}


def _named_or_shares(value: object) -> str:
    return "named" if isinstance(value, str) else "shares"


Profile = Annotated[
    Annotated[Literal["flat", "rappi"], Tag("named")] | Annotated[HourShares, Tag("shares")],
    Discriminator(_named_or_shares),
]


class DemandTable(Table):
    """The orders of a day."""

    model: Literal["poisson", "trace"] = about("poisson", "random orders, or orders read from a file", "a choice")
    orders: Annotated[float, Field(gt=0.0, le=MOST_ORDERS)] | None = about(
        None, "mean number of orders in the opening hours of a day; needed by the poisson model", "stated"
    )
    profile: Profile = about(
        "rappi", "flat, rappi, or 24 weights of the hours from midnight; cut to the opening hours", "A, computed"
    )
    mass: Mass = Field(default_factory=LognormalMass, description="mass of a parcel")
    file: str | None = about(
        None, "CSV or Parquet file of orders; needed by the trace model, not used by the other", "stated"
    )

    @field_validator("orders")
    @classmethod
    def _needs_orders(cls, orders: float | None, info: ValidationInfo) -> float | None:
        if orders is None and info.data.get("model") == "poisson":
            raise ValueError('is required with model = "poisson"')
        return orders

    @field_validator("profile")
    @classmethod
    def _has_hours(cls, profile: object) -> object:
        if isinstance(profile, tuple) and not sum(profile) > 0.0:
            raise ValueError("must have at least one hour above 0")
        return profile

    @field_validator("file")
    @classmethod
    def _needs_file(cls, file: str | None, info: ValidationInfo) -> str | None:
        if file is None and info.data.get("model") == "trace":
            raise ValueError('is required with model = "trace"')
        return file

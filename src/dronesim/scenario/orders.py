"""The scenario tables of what is ordered: how many orders, when, how heavy, or read from a file."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Strict, Tag, ValidationInfo, field_validator

from dronesim.scenario.fields import Minutes, Table, Values, about
from dronesim.scenario.ground import at_least, kind_or
from dronesim.scenario.moves import Moves

Kilograms = Annotated[float, Field(gt=0.0, le=1000.0)]
TailShare = Annotated[float, Field(gt=0.0, lt=0.5)]
HourShares = Annotated[tuple[Annotated[float, Field(ge=0.0)], ...], Strict(False), Field(min_length=24, max_length=24)]


MOST_FACTOR: Final = 1000.0
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
    Discriminator(kind_or("lognormal")),
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

SHENZHEN_SHARES: Final = {
    8: 0.0028,
    9: 0.0122,
    10: 0.0458,
    11: 0.1315,
    12: 0.1575,
    13: 0.1391,
    14: 0.1242,
    15: 0.1134,
    16: 0.1193,
    17: 0.0790,
    18: 0.0345,
    19: 0.0360,
    20: 0.0047,
}
"""Hour shares of the telemetry rows of two operators in Shenzhen (A, computed): drones in the air by hour, with food
and other parcels, and not orders placed; they have no dinner peak. Hours that are not listed are left at 0."""

NAMED_PROFILES: Final = {
    "flat": (1.0,) * 24,
    "rappi": tuple(RAPPI_SHARES.get(hour, 0.0) for hour in range(24)),
    "shenzhen": tuple(SHENZHEN_SHARES.get(hour, 0.0) for hour in range(24)),
}


class ChoiceByDistance(Table):
    """Customers prefer merchants that are near and have weight."""

    kind: Literal["distance"] = about("distance", "law by which customers choose a merchant", "a choice")
    decay_m: Annotated[float, Field(ge=1.0, le=1e6)] = about(
        2500.0,
        "a merchant counts by its weight times exp(-straight line to the community / decay_m), metres",
        "E, assumption: the round value whose flights have lengths most like those measured in Shenzhen",
    )


class ChoiceByWeight(Table):
    """Customers take merchants by weight alone, however far."""

    kind: Literal["weight"]


Choice = Annotated[
    Annotated[ChoiceByDistance, Tag("distance")] | Annotated[ChoiceByWeight, Tag("weight")],
    Discriminator(kind_or("distance")),
]

PEAKS: Final = "E, assumption: in Shenzhen the busiest of five days had 2.2 to 3.2 times the flights of the others"
DAY_SD: Final = 0.7
DaySpread = Annotated[float, Field(gt=0.0, le=3.0)]
Factor = Annotated[float, Field(ge=0.0, le=100.0)]


class ConstantDays(Table):
    """Every day has the same expected demand."""

    kind: Literal["constant"] = about("constant", "law of a day's factor on the number of orders", "a choice")


class GammaDays(Table):
    """A gamma factor of mean 1."""

    kind: Literal["gamma"]
    sd: DaySpread = about(DAY_SD, "standard deviation of the factor, whose mean is 1", PEAKS)


class LognormalDays(Table):
    """A lognormal factor of mean 1."""

    kind: Literal["lognormal"]
    sd: DaySpread = about(DAY_SD, "standard deviation of the factor, whose mean is 1", PEAKS)


class EmpiricalDays(Table):
    """Factors resampled from observed days, as they are."""

    kind: Literal["empirical"]
    factors: Annotated[tuple[Factor, ...], Strict(False), Field(min_length=1)] = Field(
        description="observed days over the mean day, each as likely as the others; taken as given, whatever their mean"
    )

    @field_validator("factors")
    @classmethod
    def _has_orders(cls, factors: tuple[float, ...]) -> tuple[float, ...]:
        if not sum(factors) > 0.0:
            raise ValueError("must have at least one factor above 0")
        return factors


Days = Annotated[
    Annotated[ConstantDays, Tag("constant")]
    | Annotated[GammaDays, Tag("gamma")]
    | Annotated[LognormalDays, Tag("lognormal")]
    | Annotated[EmpiricalDays, Tag("empirical")],
    Discriminator(kind_or("constant")),
]


def _named_or_shares(value: object) -> str:
    return "named" if isinstance(value, str) else "shares"


Profile = Annotated[
    Annotated[Literal["flat", "rappi", "shenzhen"], Tag("named")] | Annotated[HourShares, Tag("shares")],
    Discriminator(_named_or_shares),
]


class DemandTable(Table):
    """The orders of a day."""

    model: Literal["poisson", "trace"] = about("poisson", "random orders, or orders read from a file", "a choice")
    orders: Annotated[float, Field(gt=0.0, le=MOST_ORDERS)] | None = about(
        None, "mean number of orders in the opening hours of a day; needed by the poisson model", "stated"
    )
    profile: Profile = about(
        "rappi",
        "flat, rappi (orders), shenzhen (drones in the air), or 24 weights of the hours from midnight; cut to the "
        "opening hours",
        "A, computed",
    )
    choice: Choice = Field(
        default_factory=ChoiceByDistance, description="how customers choose among merchants; a trace needs none"
    )
    days: Days = Field(
        default_factory=ConstantDays, description="how whole days differ: a factor on orders; not with a trace"
    )
    mass: Mass = Field(default_factory=LognormalMass, description="mass of a parcel")
    moves: Moves = about(
        (), "demand that moves between places over the day: who weighs more, or less, from when to when", "stated"
    )
    file: str | None = about(
        None,
        "CSV or Parquet file of orders, of a day or of several (column day), one a replication; needed by the trace "
        "model, not used by the other",
        "stated",
    )
    trace_factor: Annotated[float, Field(gt=0.0, le=MOST_FACTOR)] = about(
        1.0,
        "each order of a trace comes so many times: 0.5 keeps about half of them, 1.5 copies about half; not used "
        "without a trace",
        "a choice: the day as it was",
    )
    trace_shift_min: Minutes = about(
        15.0,
        "a copy is placed up to so many minutes before or after its order, evenly, and within the opening hours",
        "E, assumption: far enough to be another order, near enough to be of the same hour",
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

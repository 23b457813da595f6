"""The scenario tables of what happens on the ground: hours, promise, kitchens, couriers, sites, customers, costs."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Discriminator, Field, Tag, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from dronesim.scenario.fields import (
    Date,
    Minutes,
    Name,
    NonNegative,
    Positive,
    Seconds,
    Share,
    SomeBySite,
    Speed,
    Table,
    TimeOfDay,
    Values,
    Zone,
    about,
    seconds_of_day,
)
from dronesim.wall import instants_of, never_comes

HAND: Final = "E, assumption; 30 to 60 s is plausible"
PREPARATION_MIN: Final = 4.0
COURIERS: Final = 4
LOADERS: Final = 2
UNLOADERS: Final = 1
TAKEOFF_PADS: Final = 4
AIRPORT_PADS: Final = 2
BOXES: Final = 28
"""What kitchens take and sites have where nobody says otherwise. Boxes: B, one figure, 2021; else E, assumptions."""


class HorizonTable(Table):
    """Opening hours, and how long the day may drain after them."""

    start: TimeOfDay = about("10:00", "first moment at which orders are taken, local time", "B, typical")
    end: TimeOfDay = about(
        "20:00",
        "last moment at which orders are taken, local time; after midnight hours count on, as 25:30",
        "B, typical",
    )
    drain_max_min: Minutes = about(120.0, "longest time after the end until the day is closed, minutes")
    date: Date | None = about(None, "date of the day; absent: any day", "stated")
    zone: Zone | None = about(
        None,
        "time zone of its clock, as the IANA names it, such as Asia/Shanghai; its offset at start holds all day",
        "stated",
    )

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: str, info: ValidationInfo) -> str:
        if "start" in info.data and seconds_of_day(end) <= seconds_of_day(info.data["start"]):
            raise ValueError(f"must be later than start, {info.data['start']}; after midnight hours count on, as 25:30")
        return end

    @model_validator(mode="after")
    def _start_comes(self) -> HorizonTable:
        if self.zone is not None and self.date is not None:
            opening = datetime.datetime.fromisoformat(self.date) + datetime.timedelta(
                seconds=seconds_of_day(self.start)
            )
            if not instants_of(opening, ZoneInfo(self.zone)):
                rule = f"{opening:%Y-%m-%d %H:%M:%S} {never_comes(ZoneInfo(self.zone))}"
                raise _refused("start", rule, value=self.start)
        return self


def _refused(key: str, rule: str, *, value: object) -> ValidationError:
    """Make an error of one key, for a rule that needs several."""
    flaw = PydanticCustomError("value_error", "{error}", {"error": rule})
    return ValidationError.from_exception_data(key, [InitErrorDetails(type=flaw, loc=(key,), input=value)])


class ServiceTable(Table):
    """The promise that is measured: the standard service is 3 kilometres, 15 minutes."""

    radius_m: Positive = about(
        3000.0, "straight line from take-off point to airport that is in range, metres", "B, company, 2021-07"
    )
    limit_min: Positive = about(15.0, "time within which an order must lie in its box, minutes", "B, 2021-07")
    clock: Literal["placed", "ready"] = about(
        "placed", "where the clock starts: order placed, or parcel ready", "a choice"
    )
    target: Share = about(0.95, "share of in-range orders that must be on time, 0 to 1")


class LognormalMinutes(Table):
    """A lognormal preparation time by its mean and standard deviation."""

    kind: Literal["lognormal"] = about("lognormal", "law of the preparation time", "a choice")
    mean_min: Annotated[float, Field(gt=0.0, le=1440.0)] = about(
        PREPARATION_MIN, "mean, minutes", "E, assumption chosen so that the published 12 min are possible"
    )
    sd_min: Minutes = about(1.5, "standard deviation, minutes")


class ConstantMinutes(Table):
    """The same preparation time for every order."""

    kind: Literal["constant"]
    mean_min: Minutes = about(PREPARATION_MIN, "preparation time, minutes")


class UniformMinutes(Table):
    """A preparation time uniform between two limits."""

    kind: Literal["uniform"]
    low_min: Minutes = about(2.0, "shortest, minutes")
    high_min: Minutes = about(6.0, "longest, minutes")

    @field_validator("high_min")
    @classmethod
    def _above_low(cls, high: float, info: ValidationInfo) -> float:
        return at_least(high, info, "low_min")


class EmpiricalMinutes(Table):
    """Preparation times resampled from observed ones."""

    kind: Literal["empirical"]
    minutes: Values = Field(description="observed preparation times, minutes, each as likely as the others")


def at_least(value: float, info: ValidationInfo, lower: str) -> float:
    """Check that a field is not below another of the same table."""
    if lower in info.data and value < info.data[lower]:
        raise ValueError(f"must not be below {lower}, {info.data[lower]:g}")
    return value


def kind_or(default: str) -> Callable[[Any], str]:
    """Make a reader of the kind of a table, which is ``default`` where it says nothing."""

    def kind(value: Any) -> str:
        found = value.get("kind", default) if isinstance(value, dict) else getattr(value, "kind", default)
        return found if isinstance(found, str) else repr(found)

    return kind


Preparation = Annotated[
    Annotated[LognormalMinutes, Tag("lognormal")]
    | Annotated[ConstantMinutes, Tag("constant")]
    | Annotated[UniformMinutes, Tag("uniform")]
    | Annotated[EmpiricalMinutes, Tag("empirical")],
    Discriminator(kind_or("lognormal")),
]


class KitchensTable(Table):
    """Merchants' kitchens."""

    preparation: Preparation = Field(
        default_factory=LognormalMinutes, description="time from placing until the kitchen is done"
    )


class CouriersTable(Table):
    """Couriers who carry from merchants to take-off points, and rescued parcels by road."""

    per_takeoff_point: SomeBySite = about(COURIERS, "couriers at each take-off point, or a table by take-off point")
    walk_mps: Speed = about(1.3, "walking speed, metres per second", "C")
    handling_s: Seconds = about(45.0, "at the merchant, seconds", "C, E, assumption")
    boxing_s: Seconds = about(45.0, "to weigh, box and seal at the take-off point, seconds", HAND)
    detour: Annotated[float, Field(ge=1.0, le=10.0)] = about(
        1.2, "way on foot over the straight line, a factor of at least 1"
    )
    road_mps: Speed = about(5.0, "speed of a courier on the road with a rescued parcel, metres per second")
    road_detour: Annotated[float, Field(ge=1.0, le=10.0)] = about(
        1.4, "way on the road over the straight line, a factor of at least 1"
    )


class TakeoffPointsTable(Table):
    """What every take-off point has."""

    pads: SomeBySite | None = about(
        None, f"pads at each, or a table by site; absent: what the map states for a site, else {TAKEOFF_PADS}"
    )
    loaders: SomeBySite = about(LOADERS, "people who load drones at each, or a table by site")
    load_s: Seconds = about(30.0, "to load one parcel and check the pack, seconds", "E, assumption; A: contest 10 s")
    clear_s: Seconds = about(20.0, "from touch-down until a drone that came home is off the pad, seconds")


class AirportsTable(Table):
    """What every community airport has."""

    pads: SomeBySite | None = about(
        None, f"pads at each, or a table by site; absent: what the map states for a site, else {AIRPORT_PADS}"
    )
    unloaders: SomeBySite = about(UNLOADERS, "unloading mechanisms at each, or a table by site")
    unload_s: Seconds = about(40.0, "to unload a parcel and store it in its box, seconds", HAND)
    boxes: SomeBySite | None = about(
        None, f"boxes at each, or a table by site; absent: what the map states, else {BOXES}", "B, one figure, 2021"
    )
    hold_limit_min: Annotated[float, Field(gt=0.0, le=1440.0)] = about(
        120.0, "longest time a parcel may lie in its box, minutes"
    )
    when_closed: Literal["wait", "next", "road", "refuse"] = about(
        "wait",
        "what becomes of parcels that are ready while their airport is closed: they wait, go to the next open airport, "
        'go by road, or wait while new orders are refused; "wait" and what finds no next one goes by road in the end',
    )
    closed_wait_max_min: Minutes = about(
        15.0, "longest time a ready parcel waits for its closed airport before it goes by road, minutes"
    )
    walk_max_m: NonNegative = about(
        500.0, 'with when_closed = "next": farthest airport beside the customer\'s own, straight line, metres'
    )


class CollectionTable(Table):
    """How long customers take to collect: lognormal."""

    median_min: Annotated[float, Field(gt=0.0, le=1440.0)] = about(4.0, "median of the delay, minutes")
    p95_min: Annotated[float, Field(gt=0.0, le=10_000.0)] = about(20.0, "95th percentile of the delay, minutes")

    @field_validator("p95_min")
    @classmethod
    def _above_median(cls, p95: float, info: ValidationInfo) -> float:
        return at_least(p95, info, "median_min")


class CustomersTable(Table):
    """Customers: when they collect, and what they do wrong."""

    collection: CollectionTable = Field(
        default_factory=CollectionTable, description="delay from the code until the parcel is collected"
    )
    patience_min: Annotated[float, Field(gt=0.0)] | None = about(
        None, "mean of the exponential time after which a customer cancels, minutes; absent: never"
    )
    no_show_share: Share = about(0.01, "share of customers who never come, 0 to 1")
    bad_scan_share: Share = about(0.02, "share of first scans that are refused, 0 to 1")
    rescan_s: Seconds = about(60.0, "from a refused scan to the next one, seconds")


class CostsTable(Table):
    """Prices in one currency: a day costs the sum of what the network holds, and of what its flights use up.

    An hour is an hour of opening, a day a day of the network, each counted once: ``site_per_day`` is the bare place.
    Levels, separation, headways and kitchens are rules and habits, no things to buy: they have no price.
    """

    currency: Name = about("CNY", "name of the currency", min_length=1, max_length=8)
    drone_per_day: NonNegative = about(
        60.0,
        "airframe and upkeep of a drone or spare drone without its pack, a day",
        "E, assumption: 20,000 to 60,000 CNY over about 1,000 days",
    )
    pack_per_day: NonNegative = about(
        2.0,
        "keeping a pack, on a drone or beside it, a day: safe storage, checks, money tied up; wear is pack_cycle",
        "E, assumption",
    )
    pack_cycle: NonNegative = about(
        7.5,
        "wear of a pack, an equivalent full cycle: its nameplate energy drawn, in however many sorties",
        "E, assumption: 3,000 CNY over 300 to 500 cycles",
    )
    pack_price: NonNegative | None = about(
        None,
        "a new pack, where packs age, for what is bought a year and what a cycle comes to; it is in no day's bill, "
        "which pays wear by pack_cycle; absent: not told; 3,000 is plausible",
    )
    charger_per_day: NonNegative = about(
        2.0, "a charger without its electricity, a day", "E, assumption: 2,000 CNY over about 1,000 days"
    )
    energy_per_kwh: NonNegative = about(0.8, "electricity, a kilowatt-hour")
    courier_per_hour: NonNegative = about(30.0, "a courier, an hour of opening")
    loader_per_hour: NonNegative = about(
        30.0, "a person who loads drones, an hour of opening", "E, assumption: as a courier"
    )
    unloader_per_hour: NonNegative = about(
        3.0,
        "an unloading mechanism, an hour of opening; a person costs about ten times that",
        "E, assumption: 30,000 CNY over about 1,000 days of 10 hours",
    )
    pilot_per_hour: NonNegative = about(60.0, "a remote pilot, an hour of opening")
    rider_per_order: NonNegative = about(6.56, "a rider's trip with a parcel", "B")
    takeoff_pad_per_day: NonNegative = about(
        10.0, "a pad of a take-off point, a day", "E, assumption: 10,000 CNY over about 1,000 days"
    )
    airport_pad_per_day: NonNegative = about(
        15.0,
        "a pad of an airport without the unloading mechanism, a day",
        "E, assumption: 15,000 CNY over about 1,000 days",
    )
    box_per_day: NonNegative = about(
        1.0,
        "a box of a pickup cabinet, a day",
        "E, assumption: a cabinet of 28, 28,000 CNY over about 1,000 days",
    )
    site_per_day: NonNegative = about(
        60.0,
        "rent, power connection and upkeep of a bare site, without pads, boxes, chargers, machines and people, a day",
        "E, assumption: with 2 pads, 28 boxes and an unloader an airport costs about 150",
    )

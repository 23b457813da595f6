"""The resources of a network, a row each: capacities, costs, experiments and words are loops over them.

`verify` has a list of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

TAKEOFF_POINT: Final = "takeoff_point"
AIRPORT: Final = "airport"
EVERY_SITE: Final = "every_site"
NETWORK: Final = "network"
"""Where a resource is: at each site of a kind, at every site, or once in the network; the last is a site's name too."""

_HOURLY: Final = "_per_hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource.

    ``key`` of a scenario says how many there are, as ``said`` tells people; ``counts`` is where the settled rules have
    the numbers, ``in_facts`` where the facts have them if not in the capacity of its ``calendar``. A resource with
    neither key nor counts is there once at each of its sites.

    ``price`` is a key of ``costs``, and ``item`` the heading under which a day's bill has it: None where another
    resource's number includes it. With one comes one of what it ``brings``.

    ``calendar`` is its name in the occupancy table, whose ``holder`` column counts orders, drones or packs.
    ``stage`` is where waiting for it shows. What is ``is_aboard`` rides on drones: the network has one calendar for
    all of it, and how long it is held says nothing. What ``grows`` has its number from the fleet where a scenario is
    silent. What ``has_shifts`` may be there for a part of the day only. One more of what ``is_tried`` is tried in
    `bottlenecks`, if batteries are charged in the ``mode`` for it.
    """

    name: str
    plural: str
    site: str
    key: str | None = None
    said: str | None = None
    counts: str | None = None
    in_facts: str | None = None
    price: str | None = None
    item: str | None = None
    brings: str | None = None
    calendar: str | None = None
    holder: str | None = None
    stage: str | None = None
    mode: str | None = None
    is_aboard: bool = False
    is_tried: bool = True
    grows: bool = False
    has_shifts: bool = False

    @property
    def is_hourly(self) -> bool:
        """Whether its price is for an hour of opening, else for a day."""
        return self.price is not None and self.price.endswith(_HOURLY)


RESOURCES: Final = (
    Resource(
        name="drone",
        plural="drones",
        site=TAKEOFF_POINT,
        key="fleet.drones",
        counts="fleet.drones",
        in_facts="fleet.owned",
        price="drone_per_day",
        item="drones",
        brings="pack",
        stage="dispatch",
        grows=True,
        has_shifts=True,
    ),
    Resource(
        name="spare drone",
        plural="spare drones",
        site=TAKEOFF_POINT,
        key="fleet.spares",
        counts="fleet.spares",
        price="drone_per_day",
        brings="pack",
        is_tried=False,
    ),
    Resource(
        name="pack",
        plural="packs",
        site=TAKEOFF_POINT,
        key="batteries.packs",
        counts="batteries.packs",
        in_facts="batteries.packs",
        price="pack_per_day",
        item="packs",
        calendar="pack",
        holder="drone",
        mode="swap",
        is_aboard=True,
        grows=True,
        stage="pack_wait",
    ),
    Resource(
        name="charger",
        plural="chargers",
        site=TAKEOFF_POINT,
        key="batteries.chargers",
        counts="batteries.chargers",
        price="charger_per_day",
        item="chargers",
        calendar="charger",
        holder="pack",
        grows=True,
        stage="pack_wait",
    ),
    Resource(
        name="pilot",
        plural="pilots",
        site=NETWORK,
        key="pilots.count",
        counts="pilots.count",
        in_facts="pilots.count",
        price="pilot_per_hour",
        item="pilots",
        calendar="pilot",
        holder="drone",
        grows=True,
        stage="pilot_wait",
        has_shifts=True,
    ),
    Resource(
        name="courier",
        plural="couriers",
        site=TAKEOFF_POINT,
        key="couriers.per_takeoff_point",
        said="couriers per take-off point",
        counts="couriers.count",
        in_facts="couriers.count",
        price="courier_per_hour",
        item="couriers",
        calendar="courier",
        holder="order",
        stage="courier_wait",
        has_shifts=True,
    ),
    Resource(
        name="rider",
        plural="riders",
        site=TAKEOFF_POINT,
        key="riders.per_takeoff_point",
        said="riders per take-off point",
        counts="riders.count",
        calendar="rider",
        holder="order",
        has_shifts=True,
    ),
    Resource(
        name="loader",
        plural="loaders",
        site=TAKEOFF_POINT,
        key="takeoff_points.loaders",
        said="loaders per take-off point",
        counts="takeoff_points.loaders",
        price="loader_per_hour",
        item="loaders",
        calendar="loader",
        holder="drone",
        stage="loader_wait",
        has_shifts=True,
    ),
    Resource(
        name="take-off pad",
        plural="take-off pads",
        site=TAKEOFF_POINT,
        key="takeoff_points.pads",
        said="pads per take-off point",
        counts="takeoff_points.pads",
        price="takeoff_pad_per_day",
        item="pads",
        calendar="pad",
        holder="drone",
        stage="pad_wait",
    ),
    Resource(
        name="airport pad",
        plural="airport pads",
        site=AIRPORT,
        key="airports.pads",
        said="pads per airport",
        counts="airports.pads",
        price="airport_pad_per_day",
        item="pads",
        calendar="pad",
        holder="drone",
        stage="airport_pad_wait",
    ),
    Resource(
        name="unloader",
        plural="unloaders",
        site=AIRPORT,
        key="airports.unloaders",
        said="unloaders per airport",
        counts="airports.unloaders",
        price="unloader_per_hour",
        item="unloaders",
        calendar="unloader",
        holder="drone",
        stage="unloader_wait",
    ),
    Resource(
        name="box",
        plural="boxes",
        site=AIRPORT,
        key="airports.boxes",
        said="boxes per airport",
        counts="airports.boxes",
        price="box_per_day",
        item="boxes",
        calendar="box",
        holder="order",
        stage="cabinet_wait",
    ),
    Resource(
        name="departure lane", plural="departure lanes", site=EVERY_SITE, calendar="departure_lane", holder="drone"
    ),
    Resource(name="arrival lane", plural="arrival lanes", site=EVERY_SITE, calendar="arrival_lane", holder="drone"),
)

_CALENDARS_BEFORE: Final = (
    *("pad", "loader", "unloader", "box", "courier", "charger", "departure_lane", "arrival_lane", "pilot", "pack"),
)
_ITEMS_BEFORE: Final = (
    *("drones", "sites", "pads", "boxes", "chargers", "couriers", "loaders", "unloaders", "pilots", "packs", "energy"),
)
"""The order in which files have them; sites, energy and rides are no resources, and what is new comes last."""

HOLDERS: Final[Mapping[str, str]] = {
    name: next(row.holder or "" for row in RESOURCES if row.calendar == name)
    for name in dict.fromkeys((*_CALENDARS_BEFORE, *(row.calendar for row in RESOURCES if row.calendar is not None)))
}
"""Each resource of the occupancy table with what its ``holder`` column counts, in the order of the files."""

ITEMS: Final = tuple(
    dict.fromkeys((*_ITEMS_BEFORE, *(row.item for row in RESOURCES if row.item is not None), "riders"))
)
"""Headings of a day's costs, in the order of the files."""

ABOARD: Final = frozenset(row.calendar for row in RESOURCES if row.is_aboard)
"""Calendars of what rides on drones."""


def by_site() -> Iterator[Resource]:
    """Give what a scenario can have more or less of: by take-off point first, then by airport, then of the network."""
    for site in (TAKEOFF_POINT, AIRPORT, NETWORK):
        yield from (row for row in RESOURCES if row.site == site and row.key is not None)


def counted(resource: Resource, rules: Any) -> tuple[int, ...]:
    """Give how many the settled rules have at each of its sites, or in the network, without what others bring."""
    if resource.counts is None:
        raise ValueError(f"{resource.name} is there once at each site")
    found = attrgetter(resource.counts)(rules)
    return (found,) if isinstance(found, int) else tuple(found)


def in_all(resource: Resource, rules: Any) -> int:
    """Count all of it in the network, with what others bring."""
    bringing = (row for row in RESOURCES if row.brings == resource.name)
    return sum(sum(counted(row, rules)) for row in (resource, *bringing))


def named(name: str) -> Resource:
    """Give the resource of a name."""
    return next(row for row in RESOURCES if row.name == name)


def price_per_day(resource: Resource, prices: Any, *, open_h: float) -> float | None:
    """Give what one costs a day that is ``open_h`` hours open, with what it brings; None for what has no price."""
    if resource.price is None:
        return None
    price: float = getattr(prices, resource.price) * (open_h if resource.is_hourly else 1.0)
    brought = None if resource.brings is None else price_per_day(named(resource.brings), prices, open_h=open_h)
    return price + (brought or 0.0)

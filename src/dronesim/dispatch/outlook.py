"""What a policy may know beyond its orders and drones: sites, weather, trouble, outcomes, expected demand, places.

All of it is made when it is first asked for, while the view's epoch lasts, and stays as it was then.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from math import inf
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import numpy as np

from dronesim.dispatch.asking import NO_ANSWER, Epoch, ask
from dronesim.dispatch.columns import Bools, Floats, Ints, bools, floats, ints, seconds
from dronesim.dispatch.known import EmptyLeg
from dronesim.errors import PolicyError
from dronesim.units import MS, clock

Columns = TypeVar("Columns")
EmptyLegs: TypeAlias = tuple[tuple[EmptyLeg | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoffPointView:
    """All take-off points, by index; every array has shape ``(takeoff_points,)`` and is read-only.

    ``waiting`` are the orders of all pools that wait there. Of pads and loaders: how many there are, how many a drone
    has now, and for how many seconds all together they are booked by drones from now on. ``arrivals_booked_s`` and
    ``departures_booked_s`` are of the lanes. ``couriers`` are those that shifts plan to be there now, ``couriers_out``
    those on the way. ``clearance_s`` is the mean wait from a booking to the start of loading, over the bookings of the
    last hour: what to expect of the next, 0 where there was none.
    """

    waiting: Ints
    pads: Ints
    pads_in_use: Ints
    pads_booked_s: Floats
    loaders: Ints
    loaders_in_use: Ints
    loaders_booked_s: Floats
    arrivals_booked_s: Floats
    departures_booked_s: Floats
    couriers: Ints
    couriers_out: Ints
    clearance_s: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class AirportView:
    """All airports, by index; every array has shape ``(airports,)`` and is read-only.

    ``is_open``: it takes parcels now, it is not closed (``is_closed``) and its cabinet works and has a box that nobody
    has booked (``free_boxes``). Of pads and unloaders, and of lanes, as of take-off points.
    """

    is_open: Bools
    is_closed: Bools
    boxes: Ints
    free_boxes: Ints
    pads: Ints
    pads_in_use: Ints
    pads_booked_s: Floats
    unloaders: Ints
    unloaders_in_use: Ints
    unloaders_booked_s: Floats
    arrivals_booked_s: Floats
    departures_booked_s: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherView:
    """The weather now; what is not known is NaN.

    ``is_go``: drones may take off. The wind at each cruise level: arrays of shape ``(levels,)``, read-only; it blows
    from ``wind_from_deg``, clockwise from north. ``pack_share`` is how much of its usable energy a pack gives.
    """

    is_go: bool
    level_m: Floats
    wind_mps: Floats
    wind_from_deg: Floats
    gust_mps: float
    rain_mmh: float
    temperature_c: float
    visibility_m: float
    pack_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherForecastView:
    """What is forecast of the day's weather, from each time on; shape ``(rows,)``, read-only, NaN for not known.

    No rows: nobody forecasts anything. Winds and gusts are those at the height of the anemometer.
    """

    from_s: Floats
    wind_mps: Floats
    wind_from_deg: Floats
    gust_mps: Floats
    rain_mmh: Floats
    temperature_c: Floats
    visibility_m: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleView:
    """What has gone wrong so far, as it is told in incidents, in order; shape ``(incidents,)``, read-only.

    ``kind`` is a tuple of the names of incidents. Where none is concerned, ``takeoff_point``, ``airport`` and
    ``drone`` are -1. What a drone does that does not hear is not told.
    """

    at_s: Floats
    kind: tuple[str, ...]
    takeoff_point: Ints
    airport: Ints
    drone: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftView:
    """Who is planned to be at work: from when how many, until the next row of the same ``what`` and site.

    Shape ``(rows,)``, read-only. ``what`` is a tuple of names, as ``courier``; ``takeoff_point`` is -1 for the whole
    network. Who has no rows is there all day.
    """

    what: tuple[str, ...]
    takeoff_point: Ints
    from_s: Floats
    count: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """What has become of orders of this pool since its epoch before, by order number; read-only.

    ``is_on_time`` tells it of each that was ``delivered``; ``cancelled``, ``refused``, ``lost`` and ``ground`` (brought
    by road) are the others. ``since_s`` is the time of the epoch before, -inf in the first one.
    """

    since_s: float
    delivered: Ints
    is_on_time: Bools
    cancelled: Ints
    refused: Ints
    ground: Ints
    lost: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandView:
    """How many orders are expected, by take-off point and hour: ``orders``, shape ``(takeoff_points, hours)``.

    Hour ``i`` begins at ``from_s[i]``. It is what was declared before the day: of days that are drawn their mean, of a
    trace its counts, each with an error (``dispatch.demand_error``). No hours: nobody declares anything.
    """

    from_s: Floats
    orders: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """Where the drones of the pool have reported to be, by number as in ``drones``; shape ``(drones,)``, read-only.

    Metres east and north of the map's middle and above ground, at ``at_s``: now, and for a drone that does not hear
    (``is_heard``) the last time that it did. ``is_flying``: it was in the air.
    """

    drone: Ints
    x_m: Floats
    y_m: Floats
    z_m: Floats
    at_s: Floats
    is_flying: Bools
    is_heard: Bools


_MAKERS: Mapping[str, Any] = MappingProxyType({"Ints": ints, "Floats": floats, "Bools": bools})


def columns(kind: type[Columns], told: Any) -> Columns:
    """Make read-only columns of what was told, each by the kind that its class states; what is made already stays."""
    if isinstance(told, kind):
        return told
    return kind(**{name: make(told[name]) for name, make in _makers_of(kind)})  # type: ignore[arg-type]


@cache
def _makers_of(kind: Hashable) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple((name, _MAKERS.get(stated, _same)) for name, stated in kind.__annotations__.items())


def _same(value: Any) -> Any:
    return value


def empty_legs_s(legs: EmptyLegs) -> Floats:
    """Give how long empty legs take."""
    return seconds([[0 if i == j else _land_ms(leg) for j, leg in enumerate(row)] for i, row in enumerate(legs)])


def empty_legs_wh(legs: EmptyLegs) -> Floats:
    """Give the energy of empty legs."""
    return floats([[0.0 if i == j else _empty_wh(leg) for j, leg in enumerate(row)] for i, row in enumerate(legs)])


def _land_ms(leg: EmptyLeg | None) -> float:
    return inf if leg is None else leg.land_ms


def _empty_wh(leg: EmptyLeg | None) -> float:
    return inf if leg is None else leg.empty_wh


class Outlook:
    """The part of a view that is asked for; ``told`` is what was told already, or all that there is."""

    def __init__(self, now_ms: int, epoch: Epoch | None, told: Mapping[str, Any]) -> None:
        self.now_ms = now_ms
        self._epoch = epoch
        self._told = told

    def _ask(self, what: str) -> Any:
        if what in self._told:
            return self._told[what]
        found = NO_ANSWER if self._epoch is None else ask(self._epoch, what)
        if found is NO_ANSWER:
            rule = "can only be asked for in its own epoch; ask there, and what was told stays"
            raise PolicyError(f"at {clock(self.now_ms / MS)}: {what} of a view {rule}")
        return found

    @cached_property
    def takeoff_points(self) -> TakeoffPointView:
        """Loads of take-off points, their couriers, and the wait for a clearance that the day has taught."""
        return columns(TakeoffPointView, self._ask("takeoff_points"))

    @cached_property
    def airports(self) -> AirportView:
        """Which airports are open, and their loads and boxes."""
        return columns(AirportView, self._ask("airports"))

    @cached_property
    def weather(self) -> WeatherView:
        """The weather now."""
        return columns(WeatherView, self._ask("weather"))

    @cached_property
    def weather_forecast(self) -> WeatherForecastView:
        """What is forecast of the weather."""
        return columns(WeatherForecastView, self._ask("weather_forecast"))

    @cached_property
    def trouble(self) -> TroubleView:
        """What has gone wrong so far."""
        return columns(TroubleView, self._ask("trouble"))

    @cached_property
    def shifts(self) -> ShiftView:
        """Who is planned to be at work."""
        return columns(ShiftView, self._ask("shifts"))

    @cached_property
    def outcomes(self) -> OutcomeView:
        """What has become of orders since the epoch before."""
        return columns(OutcomeView, self._ask("outcomes"))

    @cached_property
    def demand(self) -> DemandView:
        """How many orders are expected."""
        return columns(DemandView, self._ask("demand"))

    @cached_property
    def positions(self) -> PositionView:
        """Where drones have reported to be."""
        return columns(PositionView, self._ask("positions"))

    @cached_property
    def rng(self) -> np.random.Generator:
        """A generator of the policy's own: the same in this epoch of the same day, wherever and however it is run.

        Each view has one, from a stream of its own, so that no draw shifts those of other epochs or of the day.
        """
        return np.random.Generator(np.random.Philox(key=self._ask("rng")))

    @cached_property
    def is_shared(self) -> bool:
        """Whether drones may change take-off point, and one pool has them all."""
        return bool(self._ask("is_shared"))

    @cached_property
    def empty_leg_s(self) -> Floats:
        """How long empty legs take, ``(places, takeoff_points)``: inf where there is none, 0 at the place itself."""
        found: Floats = self._ask("empty_leg_s")
        return found

    @cached_property
    def empty_leg_wh(self) -> Floats:
        """Energy of empty legs, as ``empty_leg_s``."""
        found: Floats = self._ask("empty_leg_wh")
        return found

    @cached_property
    def ways_home_s(self) -> Floats:
        """How long the empty way from each airport to each take-off point takes, ``(airports, takeoff_points)``."""
        found: Floats = self._ask("ways_home_s")
        return found

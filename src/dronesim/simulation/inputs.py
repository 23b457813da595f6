"""Everything one replication is made from, with all random columns drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import Multirotor
from dronesim.comms import LinkDay
from dronesim.demand import DemandFacts, ExpectedDemand, OrderColumns
from dronesim.dispatch import DispatchPolicy
from dronesim.faults import Hazards
from dronesim.record.exposure import NoiseFacts, RiskFacts
from dronesim.simulation.library import LegLibrary
from dronesim.simulation.routes import RouteSchedule
from dronesim.simulation.rules import Rules, ScriptedEvent
from dronesim.simulation.sky import Sky
from dronesim.simulation.zones import SiteClosure, TimedZone
from dronesim.units import to_ms
from dronesim.weather import WeatherDay, Wind


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Ids and positions (metres) of all sites, take-off points first, and how many of them are those."""

    ids: tuple[str, ...]
    xy: NDArray[Any]
    takeoff_points: int

    @property
    def airports(self) -> int:
        """Number of airports."""
        return len(self.ids) - self.takeoff_points


@dataclass(frozen=True, slots=True, kw_only=True)
class DroneColumns:
    """Random values by drone: flight-hours until it fails (inf: never), and whether that loses it.

    ``hazards``: what else meets each drone, and after how many flight-hours, ascending; empty where nothing does.
    """

    budget_h: NDArray[Any]
    is_loss: NDArray[Any]
    hazards: tuple[Hazards, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackColumns:
    """What packs have been through when the day begins, by number: equivalent full cycles, and days."""

    full_cycles: NDArray[Any]
    days: NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CareColumns:
    """What drones have been through when the day begins, by number, and what becomes of their inspections.

    ``sorties`` and ``flown_s``: since the last inspection; ``in_repair_days``: what is left of a repair, 0 for one in
    service; ``clean``: inspections until the one that ends in a repair, of ``repair_days``. Days of opening hours.
    """

    sorties: NDArray[Any]
    flown_s: NDArray[Any]
    in_repair_days: NDArray[Any]
    clean: NDArray[Any]
    repair_days: NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingColumns:
    """How long each order is boxed, loaded and unloaded, in seconds; None for what takes always the same."""

    boxing_s: NDArray[Any] | None = None
    load_s: NDArray[Any] | None = None
    unload_s: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationInputs:
    """One day of one network, complete; ``key`` signs the pickup codes.

    ``winds`` are those of the day from their times on (seconds since midnight, ascending), each by cruise level; the
    first one blows before its time too. ``zones`` are those that come into force during the day, ``closures`` tell when
    sites lie in one, known from the morning; ``weather`` is what stops flying and acts on packs and air, nothing
    where it is empty, and ``forecast`` what is expected of it, that of now where it is empty;
    ``link`` has the outages of the command link; ``misses`` tells how many landings of each order are missed, and
    is empty where none can be; ``position`` has the outages of the position service, ``blind_misses`` tells how many
    landings of each order would be missed in one; ``demand`` tells what the orders were drawn from; ``risk`` and
    ``noise`` what these are counted from, where they are; ``packs`` how old packs are, None where they don't age;
    ``care`` what drones have been through, None where nobody inspects them. ``handling`` tells how long orders are in
    hand, where that scatters. ``expected`` is the demand that is declared before the day, None where nobody does.
    ``drawn`` is what goes wrong on the ground by chance. Days that share a ``library`` work
    each leg out once.
    """

    name: str
    places: Places
    routes: RouteSchedule
    rules: Rules
    orders: OrderColumns
    drones: DroneColumns
    aircraft: Multirotor
    winds: tuple[tuple[float, tuple[Wind, ...]], ...]
    policy: DispatchPolicy
    policy_name: str
    key: bytes
    seed: int
    replication: int
    zones: tuple[TimedZone, ...] = ()
    closures: tuple[SiteClosure, ...] = ()
    link: LinkDay = field(default_factory=LinkDay)
    misses: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    position: LinkDay = field(default_factory=LinkDay)
    blind_misses: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    risk: RiskFacts | None = None
    noise: NoiseFacts | None = None
    weather: WeatherDay = ()
    forecast: WeatherDay = ()
    demand: DemandFacts = field(default_factory=DemandFacts)
    packs: PackColumns | None = None
    care: CareColumns | None = None
    handling: HandlingColumns = field(default_factory=HandlingColumns)
    drawn: tuple[ScriptedEvent, ...] = ()
    expected: ExpectedDemand | None = None
    library: LegLibrary = field(default_factory=LegLibrary, repr=False, compare=False)

    @property
    def events(self) -> tuple[ScriptedEvent, ...]:
        """List what goes wrong on the ground and by script: what is stated first, then what was drawn."""
        return (*self.rules.events, *self.drawn)

    @property
    def over_ms(self) -> int:
        """A time of which nobody sees the end any more: the drain is over, and the last order is placed."""
        horizon, placed_s = self.rules.horizon, self.orders.placed_s
        last_s = float(placed_s[-1]) if len(placed_s) else 0.0
        return to_ms(max(horizon.end_s + horizon.drain_s, last_s)) + 1

    def wind(self, t_s: float) -> tuple[Wind, ...]:
        """Give the wind at a time, by cruise level."""
        begun = [wind for from_s, wind in self.winds if from_s <= t_s]
        return begun[-1] if begun else self.winds[0][1]

    def sky(self) -> Sky:
        """Give what the weather lets drones do."""
        return Sky(
            self.weather,
            self.forecast,
            rules=self.rules.weather,
            aircraft=self.aircraft,
            levels_m=self.rules.airspace.levels_m,
        )

    def changes_s(self) -> list[float]:
        """List the times of the day at which routes, the wind or the weather change, ascending."""
        horizon = self.rules.horizon
        changes = {from_s for from_s, _ in self.winds[1:]} | set(self.sky().changes_s())
        at_s = self.routes.next_change_s(-math.inf)
        while at_s < math.inf:
            changes.add(at_s)
            at_s = self.routes.next_change_s(at_s)
        return sorted(at_s for at_s in changes if horizon.start_s < at_s <= horizon.end_s + horizon.drain_s)

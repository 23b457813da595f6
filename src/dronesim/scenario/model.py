"""A scenario as planners write it: one model a table, every key with its unit, its default and its source."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PrivateAttr, Strict

from dronesim.scenario.air import (
    AirspaceTable,
    BatteriesTable,
    DispatchTable,
    DroneTable,
    FaultsTable,
    FleetTable,
    PilotsTable,
    WeatherTable,
)
from dronesim.scenario.events import Event
from dronesim.scenario.exposure import NoiseTable, RiskTable
from dronesim.scenario.fields import Name, Table, about, table
from dronesim.scenario.ground import (
    AirportsTable,
    CostsTable,
    CouriersTable,
    CustomersTable,
    HorizonTable,
    KitchensTable,
    ServiceTable,
    TakeoffPointsTable,
)
from dronesim.scenario.handling import HandlingTable
from dronesim.scenario.links import LinkTable
from dronesim.scenario.navigating import NavigationTable
from dronesim.scenario.orders import DemandTable
from dronesim.scenario.origins import Origins
from dronesim.scenario.riders import RidersTable
from dronesim.scenario.shifts import Shifts
from dronesim.scenario.upkeep import MaintenanceTable


class Scenario(Table):
    """A checked scenario; ``origins`` tells where each key was stated and does not count in comparisons."""

    name: Name = Field(description="name of the scenario", min_length=1, max_length=80)
    description: str = about("", "what it is for, in words", "stated")
    extends: str | None = about(None, "scenario file that this one builds on", "stated")
    map: str = Field(description="GeoJSON map, relative to the file that names it", min_length=1)
    seed: Annotated[int, Field(ge=0, lt=2**63)] = about(
        1, "seed of all random streams; another seed is another day", "a choice"
    )
    horizon: HorizonTable = table(HorizonTable, "opening hours")
    service: ServiceTable = table(ServiceTable, "the promise that is measured")
    demand: DemandTable = Field(description="the orders of a day")
    kitchens: KitchensTable = table(KitchensTable, "merchants' kitchens")
    couriers: CouriersTable = table(CouriersTable, "couriers from merchants to take-off points")
    riders: RidersTable = table(RidersTable, "riders who bring by road what drones can't, or would bring late")
    fleet: FleetTable = table(FleetTable, "drones and spares")
    drone: DroneTable = table(DroneTable, "overrides of the drone type's numbers")
    batteries: BatteriesTable = table(BatteriesTable, "packs and chargers")
    takeoff_points: TakeoffPointsTable = table(TakeoffPointsTable, "what every take-off point has")
    airports: AirportsTable = table(AirportsTable, "what every community airport has")
    pilots: PilotsTable = table(PilotsTable, "remote pilots")
    customers: CustomersTable = table(CustomersTable, "customers")
    dispatch: DispatchTable = table(DispatchTable, "dispatch policy")
    airspace: AirspaceTable = table(AirspaceTable, "levels, separation, headways")
    weather: WeatherTable = table(WeatherTable, "wind")
    maintenance: MaintenanceTable = table(MaintenanceTable, "inspections and repairs of drones")
    faults: FaultsTable = table(FaultsTable, "drones that fail by chance")
    link: LinkTable = table(LinkTable, "the command link between dispatcher and drones")
    navigation: NavigationTable = table(NavigationTable, "landings that are missed")
    handling: HandlingTable = table(HandlingTable, "handling times that scatter")
    events: Annotated[tuple[Event, ...], Strict(False)] = about((), "things that go wrong at stated times", "stated")
    shifts: Shifts = about((), "who is at work when; who has no shift here is there all day", "stated")
    costs: CostsTable = table(CostsTable, "prices")
    risk: RiskTable = table(RiskTable, "people below the flights, and crashes")
    noise: NoiseTable = table(NoiseTable, "flights heard at homes and places")

    _origins: Origins = PrivateAttr(default_factory=Origins)

    @property
    def origins(self) -> Origins:
        """Where each key was stated."""
        return self._origins

    def located(self, origins: Origins) -> Scenario:
        """Give the same scenario with the places of its keys."""
        copy = self.model_copy()
        copy._origins = origins
        return copy

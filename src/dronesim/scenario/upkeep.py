"""The scenario table of what drones need between flights: inspections, and repairs that these end in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from dronesim.scenario.fields import Minutes, Positive, Share, Some, Table, about
from dronesim.scenario.ground import at_least

Days = Annotated[float, Field(gt=0.0, le=1000.0)]


class MaintenanceTable(Table):
    """Inspections of drones, and repairs; a day of repair is one of opening hours, in which the workshop is at work."""

    inspect_after_sorties: Some | None = about(
        None, "sorties after which a drone is inspected; absent: not by sorties; 100 is plausible", "B, 100 flights"
    )
    inspect_after_flight_h: Positive | None = about(
        None, "hours aloft after which a drone is inspected; absent: not by hours; 20 is plausible", "B, 20 hours"
    )
    inspection_min: Minutes = about(30.0, "an inspection, on the stand and after the turnaround, minutes")
    repair_share: Share = about(0.05, "share of inspections that end in a repair, 0 to 1")
    repair_median_days: Days = about(1.0, "median of a repair, days of opening hours; lognormal")
    repair_p95_days: Days = about(7.0, "95th percentile of a repair, days of opening hours")
    sorties_per_day: Positive = about(
        26.0,
        "sorties of a drone in service a day until now, by which a day finds drones between inspections and in repair; "
        "compare upkeep.sorties_per_day of a run",
        "M, quickstart",
    )
    flight_h_per_day: Positive = about(
        4.1, "hours aloft of a drone in service a day until now; compare upkeep.flight_h_per_day", "M, quickstart"
    )

    @field_validator("repair_p95_days")
    @classmethod
    def _above_median(cls, p95: float, info: ValidationInfo) -> float:
        return at_least(p95, info, "repair_median_days")

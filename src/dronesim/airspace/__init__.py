"""Route management in time: who may use which pad, lane and route when."""

from dronesim.airspace.calendar import Booking, Calendar, Use, first_common_start
from dronesim.airspace.clearance import (
    Clearance,
    ClearanceService,
    HeadwayClearance,
    SortieRequest,
)

__all__ = [
    "Booking",
    "Calendar",
    "Clearance",
    "ClearanceService",
    "HeadwayClearance",
    "SortieRequest",
    "Use",
    "first_common_start",
]

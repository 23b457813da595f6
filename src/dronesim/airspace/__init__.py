"""Route management in time: who may use which pad, lane and route when."""

from dronesim.airspace.clearance import ROUTE, Clearance, ClearanceService, HeadwayClearance
from dronesim.airspace.timetable import SortieRequest, Timetable, Use, pack, sortie_request

__all__ = [
    "ROUTE",
    "Clearance",
    "ClearanceService",
    "HeadwayClearance",
    "SortieRequest",
    "Timetable",
    "Use",
    "pack",
    "sortie_request",
]

"""Route management in time: who may use which pad, lane, route and piece of air when."""

from dronesim.airspace.choices import LegChoice, SortieChoices, WayHome, WayOut, request_of, sortie_choices
from dronesim.airspace.clearance import ROUTE, Clearance, HeadwayClearance
from dronesim.airspace.cruises import plan_cruises
from dronesim.airspace.detection import (
    Meetings,
    Tracks,
    detect_conflicts,
    least_separation_m,
    losses_of_separation,
    meetings_in_terminals,
)
from dronesim.airspace.leg_paths import FlownLeg, courses_of, cut_paths
from dronesim.airspace.pairs import MOST_LEGS, LegPairs, Minima
from dronesim.airspace.paths import (
    EN_ROUTE,
    Alternatives,
    Course,
    Path4D,
    Terminal,
    along,
    alternatives,
    chained,
    crossings_s,
    joined,
    path_of,
    shared_areas,
    upright,
)
from dronesim.airspace.reservations import Reservations, first_gap_ms
from dronesim.airspace.strategic import StrategicClearance
from dronesim.airspace.timetable import (
    NOTHING_KEPT,
    Kept,
    SortieRequest,
    Timetable,
    Use,
    pack,
    sortie_request,
)
from dronesim.airspace.traffic import PairTables, Traffic

__all__ = [
    "EN_ROUTE",
    "MOST_LEGS",
    "NOTHING_KEPT",
    "ROUTE",
    "Alternatives",
    "Clearance",
    "Course",
    "FlownLeg",
    "HeadwayClearance",
    "Kept",
    "LegChoice",
    "LegPairs",
    "Meetings",
    "Minima",
    "PairTables",
    "Path4D",
    "Reservations",
    "SortieChoices",
    "SortieRequest",
    "StrategicClearance",
    "Terminal",
    "Timetable",
    "Tracks",
    "Traffic",
    "Use",
    "WayHome",
    "WayOut",
    "along",
    "alternatives",
    "chained",
    "courses_of",
    "crossings_s",
    "cut_paths",
    "detect_conflicts",
    "first_gap_ms",
    "joined",
    "least_separation_m",
    "losses_of_separation",
    "meetings_in_terminals",
    "pack",
    "path_of",
    "plan_cruises",
    "request_of",
    "shared_areas",
    "sortie_choices",
    "sortie_request",
    "upright",
]

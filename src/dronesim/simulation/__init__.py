"""The engine: one day of one network as a discrete-event simulation."""

from dronesim.simulation.dispatcher import Answer, Steps
from dronesim.simulation.engine import Day, Outcome, simulate, unhindered_s
from dronesim.simulation.inputs import CareColumns, DroneColumns, PackColumns, Places, SimulationInputs
from dronesim.simulation.library import LegLibrary
from dronesim.simulation.outline import OutlineDay, OutlineNetwork, outline_day, outline_network, saves_orders
from dronesim.simulation.routes import Routes, RouteSchedule, SteadyRoutes
from dronesim.simulation.rules import AirspaceRules, Rules, ScriptedEvent
from dronesim.simulation.shadow import (
    ShadowDays,
    ShadowRules,
    SortieTimes,
    join_days,
    shadow_counts,
    shadow_day,
    shadow_rules,
    sortie_times,
)
from dronesim.simulation.zones import SiteClosure, TimedZone

__all__ = [
    "AirspaceRules",
    "Answer",
    "CareColumns",
    "Day",
    "DroneColumns",
    "LegLibrary",
    "Outcome",
    "OutlineDay",
    "OutlineNetwork",
    "PackColumns",
    "Places",
    "RouteSchedule",
    "Routes",
    "Rules",
    "ScriptedEvent",
    "ShadowDays",
    "ShadowRules",
    "SimulationInputs",
    "SiteClosure",
    "SortieTimes",
    "SteadyRoutes",
    "Steps",
    "TimedZone",
    "join_days",
    "outline_day",
    "outline_network",
    "saves_orders",
    "shadow_counts",
    "shadow_day",
    "shadow_rules",
    "simulate",
    "sortie_times",
    "unhindered_s",
]

"""The engine: one day of one network as a discrete-event simulation."""

from dronesim.simulation.engine import Outcome, simulate, unhindered_s
from dronesim.simulation.inputs import DroneColumns, Places, Routes, SimulationInputs
from dronesim.simulation.rules import Rules, ScriptedEvent

__all__ = [
    "DroneColumns",
    "Outcome",
    "Places",
    "Routes",
    "Rules",
    "ScriptedEvent",
    "SimulationInputs",
    "simulate",
    "unhindered_s",
]

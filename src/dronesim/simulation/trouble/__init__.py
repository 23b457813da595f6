"""Trouble: whatever changes a booking; a file for each, and the remedies that all of them choose from."""

from dronesim.simulation.trouble.airport_closed import airport_closes
from dronesim.simulation.trouble.catalogue import TROUBLES, register
from dronesim.simulation.trouble.divert import drone_diverts
from dronesim.simulation.trouble.drone_fails import FlightHours, drone_fails
from dronesim.simulation.trouble.go_around import GoArounds
from dronesim.simulation.trouble.handling_overrun import SlowLoading
from dronesim.simulation.trouble.hazards import LOSS, Hazards
from dronesim.simulation.trouble.kinds import AIRPORT, DRONE, MINUTES, Holds, Key, Trouble
from dronesim.simulation.trouble.link_loss import Act, LinkLoss, tell_outage
from dronesim.simulation.trouble.position_outage import tell_no_position
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.simulation.trouble.silence import Silence
from dronesim.simulation.trouble.unloading_overrun import SlowUnloading
from dronesim.simulation.trouble.weather_stops import flying_stops
from dronesim.simulation.trouble.wind_changes import wind_changes
from dronesim.simulation.trouble.zone_closed import ways_open, zone_closes

__all__ = [
    "AIRPORT",
    "DRONE",
    "LOSS",
    "MINUTES",
    "TROUBLES",
    "Act",
    "FlightHours",
    "GoArounds",
    "Hazards",
    "Holds",
    "Key",
    "LinkLoss",
    "Remedies",
    "Silence",
    "SlowLoading",
    "SlowUnloading",
    "Trouble",
    "airport_closes",
    "drone_diverts",
    "drone_fails",
    "flying_stops",
    "register",
    "tell_no_position",
    "tell_outage",
    "ways_open",
    "wind_changes",
    "zone_closes",
]

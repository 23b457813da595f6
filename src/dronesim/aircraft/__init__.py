"""The aircraft: drone types, motion, power, battery and navigation."""

from dronesim.aircraft.model import Cruise, Handling, Multirotor, may_carry
from dronesim.aircraft.types import DRONE_TYPES, DroneType, drone_type, drone_type_text, make_drone_type

__all__ = [
    "DRONE_TYPES",
    "Cruise",
    "DroneType",
    "Handling",
    "Multirotor",
    "drone_type",
    "drone_type_text",
    "make_drone_type",
    "may_carry",
]

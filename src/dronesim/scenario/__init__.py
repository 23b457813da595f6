"""Scenario files and maps: read, checked, and resolved into a world and its rules."""

from dronesim.scenario.areas import known_areas
from dronesim.scenario.checks import check_reach
from dronesim.scenario.drones import settled_drone_type
from dronesim.scenario.dump import dump_scenario
from dronesim.scenario.geojson import load_map
from dronesim.scenario.load import changed_scenario, load_scenario
from dronesim.scenario.model import Scenario
from dronesim.scenario.names import is_own_type
from dronesim.scenario.resolve import Resolved, resolve
from dronesim.scenario.schema import drone_schema, scenario_schema
from dronesim.scenario.site_hours import parts_of_day
from dronesim.scenario.template import drone_template, scenario_template
from dronesim.scenario.trace import load_trace
from dronesim.scenario.weather_day import weather_day
from dronesim.scenario.weather_source import Winds, read_record

__all__ = [
    "Resolved",
    "Scenario",
    "Winds",
    "changed_scenario",
    "check_reach",
    "drone_schema",
    "drone_template",
    "dump_scenario",
    "is_own_type",
    "known_areas",
    "load_map",
    "load_scenario",
    "load_trace",
    "parts_of_day",
    "read_record",
    "resolve",
    "scenario_schema",
    "scenario_template",
    "settled_drone_type",
    "weather_day",
]

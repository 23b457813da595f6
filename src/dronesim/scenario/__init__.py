"""Scenario files and maps: read, checked, and resolved into a world and its rules."""

from dronesim.scenario.checks import check_reach
from dronesim.scenario.dump import dump_scenario
from dronesim.scenario.geojson import load_map
from dronesim.scenario.load import load_scenario
from dronesim.scenario.model import Scenario
from dronesim.scenario.resolve import Resolved, resolve
from dronesim.scenario.schema import scenario_schema
from dronesim.scenario.template import scenario_template
from dronesim.scenario.trace import load_trace

__all__ = [
    "Resolved",
    "Scenario",
    "check_reach",
    "dump_scenario",
    "load_map",
    "load_scenario",
    "load_trace",
    "resolve",
    "scenario_schema",
    "scenario_template",
]

"""Experiments: a scenario becomes a run, and a run a folder that can be checked, measured and run again."""

from dronesim.experiment.compose import Setting, prepare, set_up
from dronesim.experiment.describe import Description, describe
from dronesim.experiment.measure import measure
from dronesim.experiment.run import RunRequest, run_scenario

__all__ = ["Description", "RunRequest", "Setting", "describe", "measure", "prepare", "run_scenario", "set_up"]

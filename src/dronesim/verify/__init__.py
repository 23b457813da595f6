"""The independent checker of run folders; it reads tables, facts and the map and shares no model code."""

from dronesim.verify.again import rerun, verify_again
from dronesim.verify.checks import verify_run
from dronesim.verify.report import Check, Report

__all__ = ["Check", "Report", "rerun", "verify_again", "verify_run"]

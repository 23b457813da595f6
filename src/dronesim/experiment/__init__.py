"""Experiments: a scenario becomes a run, a run a folder, and many runs an answer with an interval.

The answers for planners (sizing, sweeps, comparisons, bottlenecks) are functions of a `Study` and a runner:

    if __name__ == "__main__":  # for the worker processes, which import the script
        with open_runner(folder=Path("runs/mine")) as runner:
            answer = size(SizeRequest(study=Study(path=Path("scenarios/quickstart.toml"))), runner)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from dronesim.experiment.compose import Setting, prepare, set_up
from dronesim.experiment.describe import Description, describe
from dronesim.experiment.measure import measure
from dronesim.experiment.run import Day, RunRequest, run_day, run_into, write_day

if TYPE_CHECKING:
    from dronesim.experiment.bottlenecks import find_bottlenecks
    from dronesim.experiment.comparing import compare
    from dronesim.experiment.factors import parse_factor
    from dronesim.experiment.repeating import repeat
    from dronesim.experiment.runner import Runner, open_runner
    from dronesim.experiment.size_answer import SizeRequest
    from dronesim.experiment.sizing import size
    from dronesim.experiment.study import Study
    from dronesim.experiment.sweeping import sweep

__all__ = [
    "Day",
    "Description",
    "RunRequest",
    "Runner",
    "Setting",
    "SizeRequest",
    "Study",
    "compare",
    "describe",
    "find_bottlenecks",
    "measure",
    "open_runner",
    "parse_factor",
    "prepare",
    "repeat",
    "run_day",
    "run_into",
    "set_up",
    "size",
    "sweep",
    "write_day",
]

_HOMES: Final = {
    "Runner": "runner",
    "SizeRequest": "size_answer",
    "Study": "study",
    "compare": "comparing",
    "find_bottlenecks": "bottlenecks",
    "open_runner": "runner",
    "parse_factor": "factors",
    "repeat": "repeating",
    "size": "sizing",
    "sweep": "sweeping",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dronesim.experiment' has no attribute {name!r}")
    return getattr(importlib.import_module(f"dronesim.experiment.{_HOMES[name]}"), name)

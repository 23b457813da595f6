"""dronesim: how many drones does a district need, and which dispatch policy gets there with the fewest?

The names below are the whole public interface for Python; each is imported when it is first used, so that
``import dronesim`` is fast.
"""

# nothing is imported here: python -m dronesim looks in the current folder first until __main__ has seen to that
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dronesim.api.benchmarks import bench
    from dronesim.api.bounds import bound
    from dronesim.api.contract import check_policy
    from dronesim.api.drills import drill
    from dronesim.api.experiments import bottlenecks, compare, repeat, sweep
    from dronesim.api.running import open_run, run
    from dronesim.api.runs import Run
    from dronesim.api.sizing import size
    from dronesim.api.years import year
    from dronesim.dispatch import Decisions, DispatchPolicy, DispatchView
    from dronesim.errors import DronesimError, InputError, OutputError, PolicyError
    from dronesim.experiment.measure import measure
    from dronesim.scenario import Scenario, load_scenario
    from dronesim.verify import verify_run

__version__ = "0.1.0"

__all__ = [
    "Decisions",
    "DispatchPolicy",
    "DispatchView",
    "DronesimError",
    "InputError",
    "OutputError",
    "PolicyError",
    "Run",
    "Scenario",
    "bench",
    "bottlenecks",
    "bound",
    "check_policy",
    "compare",
    "drill",
    "load_scenario",
    "measure",
    "open_run",
    "repeat",
    "run",
    "size",
    "sweep",
    "verify_run",
    "year",
]

_PLACES = {
    "dronesim.api.benchmarks": ("bench",),
    "dronesim.api.bounds": ("bound",),
    "dronesim.api.contract": ("check_policy",),
    "dronesim.api.drills": ("drill",),
    "dronesim.api.experiments": ("bottlenecks", "compare", "repeat", "sweep"),
    "dronesim.api.running": ("open_run", "run"),
    "dronesim.api.runs": ("Run",),
    "dronesim.api.sizing": ("size",),
    "dronesim.api.years": ("year",),
    "dronesim.dispatch": ("Decisions", "DispatchPolicy", "DispatchView"),
    "dronesim.errors": ("DronesimError", "InputError", "OutputError", "PolicyError"),
    "dronesim.experiment.measure": ("measure",),
    "dronesim.scenario": ("Scenario", "load_scenario"),
    "dronesim.verify": ("verify_run",),
}
_HOMES = {name: place for place, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> object:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'dronesim' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})

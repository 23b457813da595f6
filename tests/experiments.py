"""A small one of each experiment, by the name of its page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import dronesim

FEW: Final[dict[str, Any]] = {"demand.orders": 40, "fleet.drones": 3}
EXPERIMENTS: Final[dict[str, Callable[..., Any]]] = {
    "size": functools.partial(dronesim.size, target=0.5, between=(3, 4), indifference=0.2, most_replications=10),
    "sweep": functools.partial(dronesim.sweep, vary={"fleet.drones": [2, 4]}, replications=2),
    "compare": functools.partial(dronesim.compare, policies=["nearest", "greedy"], replications=3),
    "bottlenecks": functools.partial(dronesim.bottlenecks, replications=2),
    "drill": lambda scenario, **given: dronesim.drill(
        "courier-shortage", on=scenario, replications=2, verify=False, **given
    ),
    "year": functools.partial(dronesim.year, days=2),
    "bound": functools.partial(dronesim.bound, days=2),
    "intervals": functools.partial(dronesim.repeat, replications=2),
}


def experiment(name: str, scenario: Path, out: Path) -> Any:
    """Make the experiment whose page has this name; gives its answer."""
    return EXPERIMENTS[name](scenario, set=FEW, out=out)

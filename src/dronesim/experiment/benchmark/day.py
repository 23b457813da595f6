"""One day of the benchmark: a policy on a scenario and a seed, what came of it, and the hashes that tell it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.demand import OrderColumns
from dronesim.errors import PolicyError
from dronesim.experiment.benchmark.limits import Limits, Timed
from dronesim.experiment.compose import Setting, prepare, set_up
from dronesim.metrics import kpis
from dronesim.metrics.service import door_s
from dronesim.scenario import load_scenario
from dronesim.simulation import SimulationInputs, simulate
from dronesim.units import MINUTE

LATEST_S: Final = 60 * MINUTE
"""An order that comes later, or never, is as late as one that comes then."""
_HASHED: Final = ("orders", "legs")
_DIGITS: Final = 9
"""Numbers count in a hash with so many digits: the last ones differ between versions of packages, and processors."""


def settled(path: Path, policy: str, folder: Path | None) -> Setting:
    """Set a scenario of the suite up with a policy, which is looked for in ``folder``.

    Raises
    ------
    InputError
        There is no such policy, or the scenario is not usable.
    """
    return set_up(load_scenario(path, [f"dispatch.policy={policy}"]), folder=folder)


def run_day(setting: Setting, *, seed: int, limits: Limits) -> dict[str, Any]:
    """Run one day; one that the policy spoils is void, which is told in words."""
    inputs = prepare(setting, seed=seed)
    policy = Timed(inputs.policy, limits)
    try:
        outcome = simulate(replace(inputs, policy=policy))
        policy.check()
    except (PolicyError, MemoryError) as error:
        return {**void_day(str(error) or "the memory is used up"), "day": hash_of_day(inputs)}
    measured, orders = kpis(outcome.tables, outcome.facts), outcome.tables["orders"]
    return {
        "day": hash_of_day(inputs),
        "outcome": hash_of_tables(outcome.tables),
        "void": None,
        **measures(measured, orders, clock=inputs.rules.service.clock, limit_s=inputs.rules.service.limit_s),
        "decisions": policy.spent(),
    }


def void_day(reason: str) -> dict[str, Any]:
    """Give what is told of a void day: nothing on time, all else unknown."""
    unknown = dict.fromkeys(("day", "outcome", "late_min", "p95_min", "unserved", "empty_legs"))
    return {**unknown, "void": reason, "share": 0.0, "decisions": None}


def measures(measured: Mapping[str, Any], orders: Mapping[str, Any], *, clock: str, limit_s: float) -> dict[str, Any]:
    """Take from a day what the benchmark tells: all of in-range orders, but for the share of empty legs.

    ``late_min``: mean excess lateness, max(0, min(door, 60 min) - limit), where what no drone brings is at the door
    after 60 minutes; ``p95_min``: of the time to the door of what was brought; ``unserved``: share that no drone
    brought; ``empty_legs``: share of the distance that was flown empty between take-off points.
    """
    doors_s = door_s(orders, clock)[orders["in_range"]]
    late_s = np.maximum(np.minimum(np.where(np.isnan(doors_s), np.inf, doors_s), LATEST_S) - limit_s, 0.0)
    is_brought = ~np.isnan(doors_s)
    return {
        "share": measured["service"]["share"],
        "late_min": _rounded(late_s.mean() / MINUTE) if len(late_s) else None,
        "p95_min": _rounded(np.percentile(doors_s[is_brought], 95) / MINUTE) if is_brought.any() else None,
        "unserved": _rounded(1 - is_brought.mean()) if len(doors_s) else None,
        "empty_legs": measured["fleet"]["deadhead_share"],
    }


def _rounded(number: Any) -> float:
    return round(float(number), 6)


def hash_of_day(inputs: SimulationInputs) -> str:
    """Hash what a day is, whoever decides: its orders with all that is drawn of them, and its seed."""
    orders = inputs.orders
    columns = {field.name: getattr(orders, field.name) for field in fields(OrderColumns)}
    return _hash({"seed": inputs.seed, "name": inputs.name, **columns}.items())


def hash_of_tables(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Hash what became of all orders, and every leg that was flown."""
    return _hash((f"{name}.{column}", values) for name in _HASHED for column, values in tables[name].items())


def _hash(columns: Iterable[tuple[str, Any]]) -> str:
    digest = hashlib.sha256()
    for name, values in columns:
        plain = _plain(values) if isinstance(values, np.ndarray) else values
        digest.update(f"{name} {json.dumps(plain, ensure_ascii=False, default=list)}\n".encode())
    return digest.hexdigest()


def _plain(values: NDArray[Any]) -> list[Any]:
    if values.dtype.kind != "f":
        return list(values.tolist())
    return [f"{value:.{_DIGITS}g}" for value in values.tolist()]

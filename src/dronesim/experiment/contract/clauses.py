"""What is asked of every dispatch policy, a clause each: a check that raises ``Broken`` with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from dronesim.dispatch import Assign, DispatchPolicy, DispatchView, Hold, Keep, Refuse, Wake
from dronesim.errors import DronesimError
from dronesim.experiment.contract.days import Days, differs
from dronesim.experiment.contract.views import view_of

MANY: Final = (1000, 200)
"""So many orders and drones must be no trouble."""
_SEEDS: Final = range(12)
Fresh: TypeAlias = Callable[[], DispatchPolicy]
"""Makes the policy anew, as a day does."""


class BrokenError(DronesimError):
    """A clause is broken; says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One thing that is asked of a policy; ``check`` is told how to make it, and the days to run it on."""

    name: str
    check: Callable[[Fresh, Days], None]


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise BrokenError(reason)


def decided(policy: DispatchPolicy, view: DispatchView) -> list[Any]:
    """Ask a policy, and see that what it decides is legal as far as the view tells."""
    found, orders, drones = list(policy(view)), set[int](), set[int]()
    for each in found:
        if isinstance(each, Hold):
            _require(each.order in view.waiting, f"{each}: the order does not wait in this pool")
            _require(each.until_s > view.now_s, f"{each}: until_s must lie ahead of {view.now_s:g}")
        elif isinstance(each, Wake):
            _require(view.now_s < each.at_s < np.inf, f"{each}: at_s must lie ahead of {view.now_s:g}")
        elif isinstance(each, Keep):
            _require(each.drone in dict(view.due_drones), f"{each}: no pack of this drone is due")
        elif isinstance(each, Refuse):
            _require(each.order in view.refusable, f"{each}: the order may not be refused")
            _require(each.order not in orders, f"{each}: order {each.order} is decided on twice")
            orders.add(each.order)
        elif isinstance(each, Assign):
            _require(each.order in view.waiting, f"{each}: the order does not wait in this pool")
            _require(each.drone in view.free_drones, f"{each}: the drone is not free in this pool")
            _require(each.order not in orders, f"{each}: order {each.order} is assigned twice")
            _require(each.drone not in drones, f"{each}: drone {each.drone} is assigned twice")
            at = {"home": each.home, "airport": each.airport}
            can_go = bool(np.isfinite(view.delivery_by(each.order, each.drone, **at)))
            _require(can_go, f"{each}: this drone can't bring this order (its delivery time is inf)")
            orders.add(each.order)
            drones.add(each.drone)
    return found


def _random_view(seed: int, shape: tuple[int, int] | None = None, *, infeasible: float = 0.3) -> DispatchView:
    rng = np.random.default_rng(seed)
    orders, drones = rng.integers(1, 9, 2) if shape is None else shape
    matrix = rng.integers(2000, 2_000_000, (orders, drones))
    matrix[rng.random((orders, drones)) < infeasible] = -1
    return view_of(matrix, due_ms=rng.integers(0, 2_000_000, orders).tolist(), key=seed + 1)


def _empty(fresh: Fresh, _days: Days) -> None:
    for shape in ((0, 0), (0, 3), (3, 0)):
        found = [each for each in decided(fresh(), view_of(np.zeros(shape))) if isinstance(each, Assign)]
        _require(not found, f"with {shape[0]} orders and {shape[1]} free drones it decided {found}")


def _infeasible(fresh: Fresh, _days: Days) -> None:
    decided(fresh(), view_of([[-1, -1], [-1, -1]]))
    for seed in _SEEDS:
        decided(fresh(), _random_view(seed, infeasible=0.7))


def _twice(fresh: Fresh, _days: Days) -> None:
    for seed in _SEEDS:
        decided(fresh(), _random_view(seed, infeasible=0.0))


def _same(fresh: Fresh, _days: Days) -> None:
    for seed in _SEEDS:
        one, other = (decided(fresh(), _random_view(seed)) for _ in range(2))
        reason = f"on one view it decided {one} first and {other} then; draw from view.rng, and depend on no clock"
        _require(one == other, reason)


def _many(fresh: Fresh, _days: Days) -> None:
    decided(fresh(), _random_view(1, MANY))


def _copy(fresh: Fresh, days: Days) -> None:
    one, other = (days.run(fresh(), CROWDED) for _ in range(2))
    table = differs(one, other)
    reason = f"two runs of one day differ in the table {table}: does it depend on anything but views and view.rng?"
    _require(table is None, reason)


def _on(*settings: str) -> Callable[[Fresh, Days], None]:
    """Run a day; the engine checks every decision, and the day must end."""

    def check(fresh: Fresh, days: Days) -> None:
        days.run(fresh(), settings)

    return check


CROWDED: Final = ("fleet.drones=4", "fleet.is_shared=true", "dispatch.interval_s=300")
"""A day on which many orders and drones are decided on at once."""
CLOSED: Final = ("events=[{ kind = 'airport_closed', at = '10:10', airport = 'A1', minutes = 20 }]",)
FULL: Final = ("airports.boxes={ A1 = 1, A2 = 1, A3 = 1 }", "customers.no_show_share=0.5", "airports.hold_limit_min=15")
CANCELLED: Final = ("fleet.drones=2", "customers.patience_min=15")
REVOKED: Final = (
    "fleet.drones=6",
    "takeoff_points={ pads = 1, load_s = 200 }",
    "events=[{ kind = 'takeoff_point_closed', at = '10:25', takeoff_point = 'T1', minutes = 20 }]",
)
FAILS: Final = ("fleet.drones=4", "events=[{ kind = 'drone_fails', at = '10:20', drone = 0 }]")
CLAUSES: Final[tuple[Clause, ...]] = (
    Clause(name="an empty view", check=_empty),
    Clause(name="no infeasible pair", check=_infeasible),
    Clause(name="nobody twice", check=_twice),
    Clause(name="the same view, the same decisions", check=_same),
    Clause(name="a copy of a day, the same day", check=_copy),
    Clause(name="tied drones", check=_on("fleet.drones=3")),
    Clause(name="shared drones", check=_on("fleet.drones=3", "fleet.is_shared=true")),
    Clause(name="in batches", check=_on(*CROWDED)),
    Clause(name="assigned ahead", check=_on("fleet.drones=3", "dispatch.assign_ahead_s=300")),
    Clause(name="a closed airport", check=_on(*CLOSED)),
    Clause(name="a full cabinet", check=_on(*FULL)),
    Clause(name="cancelled orders", check=_on(*CANCELLED)),
    Clause(name="revoked orders", check=_on(*REVOKED)),
    Clause(name="where it may refuse", check=_on("fleet.drones=3", "dispatch.may_refuse=true")),
    Clause(name="where it may keep packs", check=_on("fleet.drones=3", "dispatch.may_keep_packs=true")),
    Clause(name="where airports near by may do", check=_on("fleet.drones=3", "dispatch.extra_walk_m=3000")),
    Clause(name="a drone that fails", check=_on(*FAILS)),
    Clause(name=f"{MANY[0]:,} orders and {MANY[1]} drones", check=_many),
)

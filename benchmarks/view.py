"""What a decision epoch costs: 150 shared drones and 40 waiting orders, from the boards to all predictions.

``python benchmarks/view.py [--drones 2000]`` runs a day of a made-up network in which 40 orders wait for each other,
and tells the CPU time of a snapshot, of its columns, and of the whole table of predictions; medians, in milliseconds.
The aim is 0.3 ms for all of it.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.simulation.engine import Day

DRONES: Final = 150
ORDERS: Final = 40
ROUNDS: Final = 200
QUICKSTART: Final = Path(__file__).parents[1] / "scenarios" / "quickstart.toml"


class _FoundError(Exception):
    """An epoch of the size that is wanted was reached."""


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--drones", type=int, default=DRONES, help="in the shared fleet")
    day = _day_with_a_queue(parser.parse_args(arguments).drones)
    pool = day.scene.boards.pools[0]

    def columns(view: DispatchView) -> Any:
        return view.orders, view.drones

    def everything(view: DispatchView) -> Any:
        order = view.waiting[0]
        legs = view.empty_leg_s, view.ways_home_s, view.sorties_left(order), view.home_by(order, view.drones.drone[0])
        plans = view.weather, view.weather_forecast, view.shifts, view.demand, view.rng
        return (
            columns(view),
            view.delivery_s,
            legs,
            plans,
            view.takeoff_points,
            view.airports,
            view.trouble,
            view.outcomes,
        )

    steps: dict[str, Callable[[DispatchView], Any]] = {
        "snapshot": lambda view: view,
        "and columns": columns,
        "and predictions": lambda view: (columns(view), view.delivery_s),
        "and all else": everything,
        "and positions": lambda view: (everything(view), view.positions),
        **{
            name: lambda view, name=name: getattr(view, name)  # type: ignore[misc]
            for name in (
                "takeoff_points",
                "airports",
                "weather",
                "weather_forecast",
                "trouble",
                "shifts",
                "outcomes",
                "demand",
                "positions",
                "rng",
                "empty_leg_s",
                "ways_home_s",
            )
        },
    }
    print(f"{len(pool.waiting)} orders, {len(pool.drones)} drones, {len(day.scene.boards.waiting_at)} take-off points")
    for name, step in steps.items():
        took_ms = [_cpu_ms(lambda step=step: step(view_of(day))) for _ in range(ROUNDS)]  # type: ignore[misc]
        print(f"{name:<18}{statistics.median(took_ms):8.3f} ms")


def view_of(day: Day) -> DispatchView:
    """Write a view of the only pool, as the dispatcher does."""
    dispatcher = day.dispatcher
    return dispatcher._forecast.view(day.scene.boards.pools[0], None, dispatcher.channel.open(0))


def _cpu_ms(work: Callable[[], Any]) -> float:
    begun_ns = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - begun_ns) / 1e6


def _day_with_a_queue(drones: int) -> Day:
    """Run the quickstart with a shared fleet, of which half has something to do, until enough orders wait."""

    def watching(view: DispatchView) -> Decisions:
        if len(view.waiting) < ORDERS:
            served = len(view.free_drones) > drones // 2
            return POLICIES["nearest"](view) if served else Decisions()
        raise _FoundError

    settings = [f"fleet.drones={drones}", "fleet.is_shared=true"]
    inputs = prepare(set_up(load_scenario(QUICKSTART, settings)))
    day = Day(replace(inputs, policy=watching))
    try:
        day.run()
    except _FoundError:
        return day
    raise AssertionError(f"there were never {ORDERS} orders")


if __name__ == "__main__":
    main()

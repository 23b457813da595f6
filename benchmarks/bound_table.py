"""What each tightening of the bound brings on a few scenarios, as the table of docs/bounds.md has it.

Run: python benchmarks/bound_table.py [--days 2] [--scenario scenarios/quickstart.toml]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from dronesim.bounds.jobs import jobs_of
from dronesim.bounds.prices import on_time_at_most
from dronesim.bounds.search import all_prices, find_prices
from dronesim.dispatch import POLICIES
from dronesim.experiment import prepare, set_up
from dronesim.metrics.service import is_on_time
from dronesim.scenario import load_scenario
from dronesim.simulation import SimulationInputs, simulate

SCENARIO: Final = Path(__file__).parents[1] / "scenarios" / "quickstart.toml"
SHORT: Final = {
    "as it is": (),
    "45 drones": ("fleet.drones=45",),
    "40 shared drones": ("fleet.drones=40", "fleet.is_shared=true"),
    "2 pads at take-off points": ("takeoff_points.pads=2",),
    "6 boxes at airports": ("airports.boxes=6",),
    "1 unloader, 60 s, 2 pads at airports": ("airports.unloaders=1", "airports.unload_s=60", "airports.pads=2"),
}


def row_of(inputs: SimulationInputs) -> list[float]:
    """Shares of a day in per cent: without waiting, bounded by drones alone, by all calendars, by the best policy."""
    jobs = jobs_of(inputs)
    bounds = []
    for has_all in (False, True):
        found = find_prices(jobs, has_all=has_all)
        bounds.append(on_time_at_most(found.grid, all_prices(found)))
    limit_s, clock = inputs.rules.service.limit_s, inputs.rules.service.clock
    tables = [simulate(replace(inputs, policy=policy)).tables["orders"] for policy in POLICIES.values()]
    best = max(int(is_on_time(orders, clock=clock, limit_s=limit_s).sum()) for orders in tables)
    return [100 * count / jobs.in_range for count in (len(jobs.first_ms), *bounds, best)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--scenario", type=Path, default=SCENARIO)
    asked = parser.parse_args()
    print(f"| {asked.scenario.stem} with | without waiting | drones | with all calendars | best shipped policy |")
    print("|---|---|---|---|---|")
    for name, settings in SHORT.items():
        setting = set_up(load_scenario(asked.scenario, settings), folder=asked.scenario.parent)
        rows = [row_of(prepare(setting, replication=number)) for number in range(asked.days)]
        print(f"| {name} | " + " | ".join(f"{share:.1f}" for share in np.mean(rows, axis=0)) + " |", flush=True)


if __name__ == "__main__":
    main()

"""What would have to change for the promise of 3 kilometres in 15 minutes: paired days, one thing changed at a time.

    python benchmarks/promise.py [--days 10] [--drones 130] [--scenario scenarios/quickstart.toml]

Every row is the network of the scenario with so many drones that they are not what is short, on the same days. Gains
are paired differences of the share on time, with 95 % intervals (t, each for itself); the ceiling is the share with
unlimited resources and no queue.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.experiment.compose import prepare, set_up
from dronesim.experiment.estimates import paired
from dronesim.metrics import kpis
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate

SCENARIO: Final = Path(__file__).resolve().parents[1] / "scenarios" / "quickstart.toml"

HANDS: Final = ("couriers.boxing_s=30.0", "airports.unload_s=30.0")
KITCHENS: Final = ("kitchens.preparation.mean_min=3.0",)
GROUND: Final = ("drone.ground_s=40.0",)
CHANGES: Final[dict[str, tuple[str, ...]]] = {
    "as it is": (),
    "kitchens 1 min sooner (mean 3 min)": KITCHENS,
    "boxing and unloading 30 s each": HANDS,
    "telemetry covers 40 s on the ground": GROUND,
    "cruise 12 m/s": ("drone.cruise_mps=12.0",),
    "ideal flights (15 m/s)": ("fleet.drone_type=ideal",),
    "nobody kept apart": ("airspace.mode=none",),
    "customers order nearer (1,000 m)": ("demand.choice.decay_m=1000.0",),
    "kitchens and hands": (*KITCHENS, *HANDS),
    "kitchens, hands and 40 s on the ground": (*KITCHENS, *HANDS, *GROUND),
    "the same, nobody kept apart": (*KITCHENS, *HANDS, *GROUND, "airspace.mode=none"),
}


def shares(path: Path, overrides: Sequence[str], *, days: int, drones: int) -> NDArray[np.float64]:
    """Share on time, ceiling and mean minutes to the door of each day, ``(days, 3)``."""
    pilots = -(-drones // 10)
    scenario = load_scenario(path, [f"fleet.drones={drones}", f"pilots.count={pilots}", *overrides])
    setting = set_up(scenario, folder=path.parent)
    rows = []
    for replication in range(days):
        outcome = simulate(prepare(setting, replication=replication))
        measured = kpis(outcome.tables, outcome.facts)
        service = measured["service"]
        rows.append((service["share"], service["ceiling"], measured["click_to_door_s"]["mean"] / 60))
    return np.array(rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=10, help="two or more, for an interval")
    parser.add_argument("--drones", type=int, default=130)
    parser.add_argument("--scenario", type=Path, default=SCENARIO)
    parser.add_argument("--set", action="append", default=[], help="a key of the scenario, for all rows")
    asked = parser.parse_args()
    if asked.days < 2:
        parser.error(f"--days {asked.days}: an interval needs two days or more")
    size = {"days": asked.days, "drones": asked.drones}
    base = shares(asked.scenario, asked.set, **size)
    print("| change | on time, % | gain, points | ceiling, % | to the door, min |")
    print("|---|---|---|---|---|")
    for name, overrides in CHANGES.items():
        found = shares(asked.scenario, [*asked.set, *overrides], **size)
        gain = paired(100 * found[:, 0], 100 * base[:, 0])
        within = f"{gain.mean:+.1f} ({gain.low:+.1f} to {gain.high:+.1f})" if overrides else ""
        share, ceiling, minutes = found.mean(axis=0)
        print(f"| {name} | {100 * share:.1f} | {within} | {100 * ceiling:.1f} | {minutes:.1f} |", flush=True)


if __name__ == "__main__":
    main()

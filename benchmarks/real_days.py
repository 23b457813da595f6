"""What real days cost: all models of weather, link, navigation, people and faults on, all of them off, and a year.

    python benchmarks/real_days.py
    python benchmarks/real_days.py --before ../dronesim-before
    python benchmarks/real_days.py --year WEATHER --days 365

The first form runs the same days of the quickstart plain and with every model on, in turns in one process, in mode
``strategic`` and in mode ``headway``, and prints the median, the least and the largest ratio of the processor's time.
What ``REAL`` lays over the scenario is all of it; winds are in classes of 2 m/s and 30 degrees, so that routes and legs
of one day serve others. Days before the first that is measured warm both up: the real ones meet most winds there.

With ``--before``, a checkout of an older version that does not know these models, the plain days of both are run in
turns, each in a process of its own that is warmed up: what the models cost where they are off.

With ``--year``, ``dronesim year`` runs so many days of a file of weather, each with its calm twin, on all cores, and
the processor's time of all its processes is added up; 365 days with their twins are 730 days.

Aims: real days at most 1.6 times the plain ones in either mode; off at most 1.02; 730 days under 15 minutes.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from against import environment_of
from experiments import QUICKSTART, command

REAL: Final = (
    "horizon.date=2023-07-14",
    'horizon.zone="Asia/Shanghai"',
    "weather.process={}",
    "weather.speed_step_mps=2",
    "weather.direction_step_deg=30",
    'weather.forecast="series"',
    'link.outages={kind="exponential"}',
    'link.after="return"',
    "link.latency_s=1",
    'navigation.misses={kind="share"}',
    "navigation.excursions_per_h=0.5",
    "riders.per_takeoff_point=2",
    "batteries.cycles_to_80=400",
    "maintenance.inspect_after_sorties=200",
    "faults.failures_per_flight_hour=0.01",
    "faults.returns_per_flight_hour=0.01",
    "faults.diverts_per_flight_hour=0.01",
    "faults.losses_per_flight_hour=0.001",
    "faults.courier_no_show_share=0.05",
    "faults.airport_closed.every_h=500",
    "faults.takeoff_point_closed.every_h=500",
    "faults.cabinet_jammed.every_h=200",
    "faults.unloader_fails.every_h=500",
    "faults.charger_fails.every_h=5000",
    "faults.kitchen_surge.every_h=100",
    "faults.dispatcher_outage.every_h=500",
    "risk.people_per_km2=5000",
    "noise.at_homes=true",
    'handling={boxing={kind="lognormal"}, load={kind="lognormal"}, swap={kind="lognormal"}}',
    'navigation.position.outages={kind="lognormal"}',
    (
        'shifts=[{what="couriers", from="10:00", to="15:00", count=12}, '
        '{what="couriers", from="15:00", to="20:00", count=10}]'
    ),
)
MODES: Final = ("strategic", "headway")
AIMS: Final = {"on": 1.6, "off": 1.02, "730 days, min": 15.0}
_PLAIN_DAYS = """
import sys, time
from pathlib import Path
from dronesim.experiment.bench import run_task
from dronesim.experiment.points import Task
from dronesim.experiment.study import Study
point = Study(path=Path(sys.argv[1]), settings=(sys.argv[2],)).point()
warm, days = int(sys.argv[3]), int(sys.argv[4])
for day in range(warm + days):
    if day == warm:
        began_s = time.process_time()
    run_task(Task(point=point, replication=day))
print(time.process_time() - began_s)
"""


def on_over_plain(mode: str, scenario: Path, *, warm_up: int, days: int) -> list[float]:
    """Run the same days plain and with every model on, in turns; returns the ratios of their processor's times."""
    from dronesim.experiment.bench import run_task
    from dronesim.experiment.points import Task
    from dronesim.experiment.study import Study

    settings = f"airspace.mode={mode}"
    plain = Study(path=scenario, settings=(settings,)).point()
    real = Study(path=scenario, settings=(settings, *REAL)).point()
    ratios = []
    for day in range(warm_up + days):
        took_s = []
        for point in (plain, real):
            gc.collect()
            began_s = time.process_time()
            run_task(Task(point=point, replication=day))
            took_s.append(time.process_time() - began_s)
        if day >= warm_up:
            ratios.append(took_s[1] / took_s[0])
            _note(f"{mode}, day {day}: plain {took_s[0]:.2f} s, real {took_s[1]:.2f} s")
    return ratios


def off_over_before(before: Path, mode: str, *, turns: int, days: int) -> list[float]:
    """Run plain days of this checkout and of an older one in turns; returns the ratios of their processor's times."""
    here = Path(__file__).parents[1]
    ratios = []
    for turn in range(turns):
        order = (here, before) if turn % 2 == 0 else (before, here)
        took_s = {folder: _plain_days_s(folder, mode, days=days) for folder in order}
        ratios.append(took_s[here] / took_s[before])
        _note(f"{mode}, turn {turn}: {took_s[here]:.2f} s here, {took_s[before]:.2f} s before")
    return ratios


def _plain_days_s(folder: Path, mode: str, *, days: int) -> float:
    scenario = folder / "scenarios" / QUICKSTART.name
    words = [sys.executable, "-c", _PLAIN_DAYS, str(scenario), f"airspace.mode={mode}", "2", str(days)]
    ended = subprocess.run(words, check=True, capture_output=True, text=True, env=environment_of(folder / "src"))
    return float(ended.stdout)


def year_s(weather: Path, *, days: int, workers: int) -> tuple[float, float]:
    """Run a year of weather over the quickstart; returns wall and processor's seconds."""
    settings = [f"weather.file={weather.resolve()}", "weather.speed_step_mps=2", "weather.direction_step_deg=30"]
    options = [word for setting in settings for word in ("--set", setting)]
    timed = command("year", str(QUICKSTART), *options, "--days", str(days), "--workers", str(workers))
    return timed.wall_s, timed.cpu_s


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _spread(ratios: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(ratios), "least": min(ratios), "largest": max(ratios)}


def main() -> None:
    """Measure what is asked for, and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--year", type=Path)
    parser.add_argument("--days", type=int, default=12)
    parser.add_argument("--warm-up", type=int, default=8)
    parser.add_argument("--scenario", type=Path, default=QUICKSTART, help="of the first form")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    found: dict[str, object] = {"aims": AIMS}
    if options.year is not None:
        wall_s, cpu_s = year_s(options.year, days=options.days, workers=options.workers)
        found["year"] = {
            "days with their twins": 2 * options.days,
            "wall_s": wall_s,
            "cpu_s": cpu_s,
            "730 days, min": cpu_s / (2 * options.days) * 730 / 60,
        }
    elif options.before is not None:
        found["off"] = {
            mode: _spread(off_over_before(options.before, mode, turns=options.turns, days=options.days))
            for mode in MODES
        }
    else:
        asked = {"warm_up": options.warm_up, "days": options.days}
        found["on"] = {mode: _spread(on_over_plain(mode, options.scenario, **asked)) for mode in MODES}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()

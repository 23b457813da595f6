"""How long `size` takes to an answer, beside an earlier commit: processor time of all that it runs, and the clock's.

    python benchmarks/size.py --before ../dronesim-before
    python benchmarks/size.py --cases ideal --workers 2 --repeat 3

Two questions about the quickstart: how many drones meet its own target, and how many of drones with ideal flights bring
95 % on time. Neither search ends at a ceiling. Each is asked in a folder that is new, so that every day is run, in a
process of its own; sides take turns, after a small search that compiles kernels and finds routes. One worker does all
the work in that process, so its processor time is that of all; with more ``--workers`` the clock alone tells
something. ``--before`` names a working tree of an earlier commit (``git worktree add ../dronesim-before COMMIT``);
its own quickstart is asked. Answers are compared before a figure is printed: their ranges must touch.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from against import environment_of
from lifecycle import machine

ROOT: Final = Path(__file__).resolve().parent.parent
SCENARIO: Final = Path("scenarios") / "quickstart.toml"
CASES: Final[Mapping[str, Sequence[str]]] = {
    "own target": (),
    "ideal": ("--set", "fleet.drone_type=ideal", "--target", "0.95"),
}
WARM: Final = ("--set", "demand.orders=200", "--target", "0.5", "--indifference", "10")
NO_ANSWER: Final = 3
AIM_CPU_S, AIM_WALL_S, AIM_TIMES = 40.0, 20.0, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one search took and found: seconds of the processor and of the clock, and the content of its JSON."""

    cpu_s: float
    wall_s: float
    content: Mapping[str, Any]

    @property
    def answer(self) -> tuple[int, int]:
        """The range that was found; empty where there is none."""
        found = self.content["answer"] or (self.content["near_ceiling"] or {}).get("answer") or {"low": 1, "high": 0}
        return int(found["low"]), int(found["high"])


def ask(tree: Path, scenario: Path, options: Sequence[str], *, workers: int) -> Asked:
    """Ask a working tree in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "dronesim", "size", str(scenario), *options]
        command += ["--workers", str(workers), "--out", folder, "--quiet", "--json"]
        environment = environment_of(tree / "src")
        before, begun_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, cwd=tree, env=environment, stdout=subprocess.PIPE, text=True, check=False)
        wall_s, after = time.perf_counter() - begun_s, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, NO_ANSWER):
        raise SystemExit(f"{' '.join(command)} in {tree} ended with {done.returncode}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Asked(cpu_s=cpu_s, wall_s=wall_s, content=json.loads(done.stdout))


def compare(sides: Mapping[str, list[Asked]]) -> None:
    """See that a side finds the same each time, and that the answers of both touch."""
    for name, found in sides.items():
        if any(each.content != found[0].content for each in found):
            raise SystemExit(f"{name} does not find the same each time")
    low, high = (pick(found[0].answer[end] for found in sides.values()) for end, pick in ((0, max), (1, min)))
    if low > high and len(sides) > 1:
        raise SystemExit(f"answers differ: {[found[0].answer for found in sides.values()]}")


def told(sides: Mapping[str, list[Asked]], *, workers: int) -> Iterator[str]:
    """Say what each side takes, and the ratio of each pair of turns."""
    for name, found in sides.items():
        cpu_s, wall_s = (statistics.median(getattr(each, kind) for each in found) for kind in ("cpu_s", "wall_s"))
        (low, high), days = found[0].answer, found[0].content["replications"]
        answer = "no answer" if low > high else f"{low}" if low == high else f"{low} to {high}"
        cpu = f"{cpu_s:.1f} s of the processor, " if workers == 1 else ""
        yield f"  {name:<8} {answer}, {days} days: {cpu}{wall_s:.1f} s on the clock"
    if len(sides) == 2:
        kind = "cpu_s" if workers == 1 else "wall_s"
        pairs = zip(sides["before"], sides["now"], strict=True)
        ratios = sorted(getattr(before, kind) / getattr(now, kind) for before, now in pairs)
        of = "processor" if workers == 1 else "clock"
        span = f" ({ratios[0]:.1f} to {ratios[-1]:.1f})" if len(ratios) > 1 else ""
        yield f"  {statistics.median(ratios):.1f} times as fast{span}, by the {of}; aim {AIM_TIMES:g}"


def main() -> None:
    """Ask both sides in turns, and print what they take."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="a working tree of an earlier commit")
    parser.add_argument("--scenario", type=Path, help="the quickstart of each side if not given")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--set", action="append", default=[], help="a key of the scenario, for all")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    asked = parser.parse_args()
    trees = {"now": ROOT} if asked.before is None else {"before": asked.before.resolve(), "now": ROOT}
    scenario = SCENARIO if asked.scenario is None else asked.scenario.resolve()
    more = [word for text in asked.set for word in ("--set", text)]
    print(machine())
    for tree in trees.values():
        ask(tree, scenario, [*WARM, *more], workers=1)
    for case in asked.cases:
        sides: dict[str, list[Asked]] = {name: [] for name in trees}
        for _ in range(asked.repeat):
            for name, tree in trees.items():
                sides[name].append(ask(tree, scenario, [*more, *CASES[case]], workers=asked.workers))
        compare(sides)
        print(
            f"{case}, {asked.workers} worker{'s' * (asked.workers > 1)}:", *told(sides, workers=asked.workers), sep="\n"
        )
    print(f"aims on two idle cores: {AIM_CPU_S:g} s of the processor, {AIM_WALL_S:g} s on the clock")


if __name__ == "__main__":
    main()

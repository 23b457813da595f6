"""Do the tests see small faults? Plants a random sample of changes, one at a time, and asks the related tests.

    python benchmarks/mutants.py --size 200 --seed 1
    python benchmarks/mutants.py --size 20 --packages airspace metrics
    python benchmarks/mutants.py --list --size 20 --seed 1

Places in the source are drawn, each as likely as any other, and at each place one of the changes that can be made there
(``mutation/changes.py``: operators of cosmic-ray). Each change is planted in a copy of the project, a copy a worker;
the working tree is not touched. The related test files run (``mutation/related.py``), first those that speak of the
module, then the rest, the fast ones before the slow ones, until one test fails; tests marked slow are left out. Kernels
of a changed module are compiled anew. First of all, every related file runs on the true source: it has to pass, and
what its tests take gives the limit after which a change is said to have timed out.

The score is the share of changes that were killed or timed out, with its exact (Clopper-Pearson) 95 % interval. Changes
on the list ``tests/data/equivalent_mutants.txt`` are not run and don't count: a person has found that they make no
difference. Those that survive are printed as they have to be written there, if they belong there.

Nothing begins after ``--minutes``; what was not tried by then is left out at the end of the draw, so that the rest
is still a random sample. Ends with status 0 whatever the score.
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np

from dronesim.experiment.proportions import estimate_share_once
from mutation.changes import Change, changed, draw_changes
from mutation.equivalents import Edit, edit_of, read_equivalents
from mutation.related import WORDS, in_groups, related_files
from mutation.workshop import PACKAGE, Outcome, TestRun, Verdict, Workshop

ROOT: Final = Path(__file__).resolve().parents[1]
EQUIVALENTS: Final = ROOT / "tests" / "data" / "equivalent_mutants.txt"
TIMES_SLOWEST: Final = 5.0
"""A test may take so many times as long as the slowest one on the true source, and not less than the least limit."""


def sources_of(packages: Iterable[str]) -> dict[str, str]:
    """Read the modules of some packages."""
    folder = ROOT / PACKAGE
    paths = [path for package in packages for path in sorted((folder / package).rglob("*.py"))]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


class Trial:
    """A sample on trial: the workshops, the related tests, and the time until which changes are planted."""

    def __init__(self, sources: Mapping[str, str], *, packages: Sequence[str], ends: float, limit_s: float) -> None:
        self._sources, self._ends = sources, ends
        self._files = {package: related_files(ROOT / "tests", package) for package in packages}
        self._workshops: queue.Queue[Workshop] = queue.Queue()
        self._file_s: dict[str, float] = {}
        self._limit_s = limit_s

    def prepare(self, folder: Path, *, workers: int) -> None:
        """Make the workshops and run all related tests on the true source in each."""
        workshops = [Workshop(ROOT, folder / f"{number}") for number in range(workers)]
        files = sorted(set().union(*self._files.values()))
        with ThreadPoolExecutor(workers) as pool:
            runs = list(pool.map(lambda shop: shop.test_unchanged(files, limit_s=600.0), workshops))
        for ran, workshop in zip(runs, workshops, strict=True):
            _check_passed(ran)
            self._workshops.put(workshop)
        self._file_s = runs[0].file_s
        self._limit_s = max(self._limit_s, TIMES_SLOWEST * max(ran.slowest_s for ran in runs))
        for package, names in self._files.items():
            print(f"{package}: {len(names)} test files, {sum(self._file_s.get(name, 0.0) for name in names):.0f} s")

    def judge(self, changes: Sequence[Change], *, workers: int) -> list[Verdict]:
        """Try the changes in their order; those that time did not allow are missing at the end."""
        with ThreadPoolExecutor(workers) as pool:
            return [verdict for verdict in pool.map(self._judge, changes) if verdict is not None]

    def _judge(self, change: Change) -> Verdict | None:
        if time.monotonic() > self._ends:
            return None
        files = self._files[change.module.split("/")[0]]
        groups = in_groups(change.module, files, tests=ROOT / "tests", file_s=self._file_s)
        workshop = self._workshops.get()
        try:
            verdict = workshop.test(change, groups, limit_s=self._limit_s)
        finally:
            self._workshops.put(workshop)
        print(described(verdict), flush=True)
        return verdict


def _check_passed(ran: TestRun) -> None:
    if ran.status:
        raise SystemExit(f"the related tests do not pass on the true source:\n{ran.output[-5000:]}")


def described(verdict: Verdict) -> str:
    """Tell in a line what became of a change."""
    change = verdict.change
    where = f"{change.module}:{change.line}:{change.column + 1}"
    return f"{verdict.outcome:<9} {verdict.wall_s:6.1f} s  {where} {change.operator}  {verdict.by}".rstrip()


def score_line(name: str, outcomes: Counter[Outcome]) -> str:
    """Tell how many were killed, timed out and survived, and the share of the first two with its interval."""
    counts = "".join(f"{outcomes[outcome]:>11}" for outcome in Outcome)
    tried = outcomes.total()
    if not tried:
        return f"{name:<12}{counts}   none tried"
    share = estimate_share_once(np.repeat([1.0, 0.0], [tried - outcomes[Outcome.SURVIVED], outcomes[Outcome.SURVIVED]]))
    return f"{name:<12}{counts}   {share.mean:.1%} ({share.low:.1%} to {share.high:.1%})"


def print_verdicts(verdicts: Sequence[Verdict], sources: Mapping[str, str]) -> None:
    """Print those that survived, then the counts and the score."""
    for verdict in verdicts:
        if verdict.outcome == Outcome.SURVIVED:
            change, source = verdict.change, sources[verdict.change.module]
            print(f"\nsurvived: {PACKAGE}/{change.module}:{change.line}, {change.operator}")
            print(edit_of(change.module, source, changed(source, change)))
    print(f"\n{'':<12}" + "".join(f"{outcome:>11}" for outcome in Outcome) + "   score (95 % interval)")
    for package in WORDS:
        of_package = [found.outcome for found in verdicts if found.change.module.startswith(f"{package}/")]
        print(score_line(package, Counter(of_package)))
    print(score_line("all", Counter(found.outcome for found in verdicts)))


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=200, help="changes to draw")
    parser.add_argument("--seed", type=int, default=1, help="seed of the draw")
    parser.add_argument("--minutes", type=float, default=55.0, help="no change is planted after so long")
    parser.add_argument(
        "--limit", type=float, default=120.0, help="least seconds a test may take; more on a busy machine"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="changes tried at a time")
    parser.add_argument("--packages", nargs="+", choices=tuple(WORDS), default=tuple(WORDS))
    parser.add_argument("--list", action="store_true", help="print the sample and try nothing")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Draw, plant, ask, print."""
    chosen = parse(arguments)
    ends = time.monotonic() + 60.0 * chosen.minutes
    sources = sources_of(chosen.packages)
    drawn = draw_changes(sources, size=chosen.size, seed=chosen.seed)
    edits = {change: _edit(change, sources) for change in drawn}
    known = read_equivalents(EQUIVALENTS)
    changes = [change for change in drawn if edits[change] not in known]
    print(f"{len(drawn)} changes drawn with seed {chosen.seed}, {len(drawn) - len(changes)} known as equivalent")
    if chosen.list:
        for change in changes:
            print(f"{change.line}:{change.column + 1} {change.operator}: {edits[change]}")
        return
    trial = Trial(sources, packages=chosen.packages, ends=ends, limit_s=chosen.limit)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        trial.prepare(Path(folder), workers=chosen.workers)
        verdicts = trial.judge(changes, workers=chosen.workers)
    if len(verdicts) < len(changes):
        print(f"time is up: {len(changes) - len(verdicts)} changes were not tried", file=sys.stderr)
    print_verdicts(verdicts, sources)


def _edit(change: Change, sources: Mapping[str, str]) -> Edit:
    source = sources[change.module]
    return edit_of(change.module, source, changed(source, change))


if __name__ == "__main__":
    main()

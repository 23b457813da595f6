"""The dispatch benchmark from Python: policies scored, results verified, bounds of the scenarios."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from dronesim.api.asking import place_of
from dronesim.cores import workers_for
from dronesim.defaults import BENCHMARK_DAYS, BENCHMARK_SAMPLE, BENCHMARK_SETS, BENCHMARK_SUITE
from dronesim.dispatch import POLICIES
from dronesim.errors import InputError, Problem
from dronesim.experiment.benchmark import seeds as days
from dronesim.experiment.benchmark.limits import Limits
from dronesim.experiment.benchmark.results import UNSEEN, Rerun, Result, read_result, rerun_sample
from dronesim.experiment.benchmark.running import ZERO, Entry, Stage, seeds_for
from dronesim.experiment.benchmark.suite import SETS, Suite, open_suite
from dronesim.experiment.points import program_hash
from dronesim.experiment.policy_source import name_aloud, policy_source

if TYPE_CHECKING:
    from dronesim.experiment.benchmark.suite import Contest

REPORTING: Final = "reporting"
TUNING: Final = "tuning"


def bench(
    policies: Sequence[str],
    *,
    suite: str | Path | None = None,
    seeds: str = REPORTING,
    number: int | None = None,
    sets: Sequence[str] = BENCHMARK_SETS,
    scenarios: Sequence[str] = (),
    nonce: str | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
    limits: Limits | None = None,
) -> Result:
    """Run dispatch policies on the scenarios of the benchmark and score each between the yardstick and the bound.

    Parameters
    ----------
    policies
        Built-in names, ``module:function`` of the current folder, or ``path/to/file.py:function``.
    suite
        Folder of the scenarios; ``benchmarks/dispatch`` if None.
    seeds
        ``"reporting"``, those of tables, or ``"tuning"``.
    number
        So many of the seeds, the first ones; all of the protocol if None.
    sets
        Of ``main``, ``shifted``, ``latency``.
    scenarios
        Names of some scenarios; all of the sets if none.
    nonce
        Days beside those of the seeds, which follow from it and from the policy's code.
    workers
        Processes at a time, one a core if None.
    out
        File for the result; None keeps nothing.
    progress
        Is told how far it is.
    limits
        What a policy may use; those of the protocol if None.

    Returns
    -------
    Result
        Its ``scores()`` are policies from best to worst, ``differences()`` compare every two.

    Raises
    ------
    InputError
        A policy or a scenario is not there, or the suite is not the frozen one.
    """
    stage = _stage(suite, workers, progress, limits)
    contests, entries = _chosen(stage.suite, sets, scenarios), _entries(policies)
    with stage:
        hashes = stage.hashes(entries)
        by_policy = {
            entry.policy: _seeds(seeds, number, nonce=nonce, sha256=sha256)
            for entry, sha256 in zip(entries, hashes, strict=True)
        }
        numbers = [_played_seeds(contests, by_policy, entry.policy) for entry in entries]
        played, bounds = stage.play(entries, numbers), stage.bounds(numbers[0])
    found = Result(
        version=stage.suite.version,
        hashes={contest.name: contest.sha256 for contest in contests},
        sets={contest.name: contest.set for contest in contests},
        seeds=by_policy,
        nonce=nonce,
        limits=stage.limits.content(),
        bounds=bounds,
        policies=[each.content() for each in played],
        made_with=_made_with(),
    )
    if out is not None:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        Path(out).write_text(json.dumps(found.content(), ensure_ascii=False) + "\n", encoding="utf-8")
    return found


def bench_bounds(
    *,
    suite: str | Path | None = None,
    seeds: str = REPORTING,
    number: int | None = None,
    sets: Sequence[str] = BENCHMARK_SETS,
    scenarios: Sequence[str] = (),
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Mapping[str, Mapping[str, float | None]]:
    """Give the bound of each day of the benchmark, by scenario and seed: what no policy exceeds.

    ``suite``, ``seeds``, ``number``, ``sets``, ``scenarios``, ``workers`` and ``progress`` are those of `bench`.

    Raises
    ------
    InputError
        A scenario is not there, or the suite is not the frozen one.
    """
    stage = _stage(suite, workers, progress, None)
    with stage:
        return stage.bounds(seeds_for(_chosen(stage.suite, sets, scenarios), _seeds(seeds, number)))


def verify_bench(
    result: str | Path,
    *,
    suite: str | Path | None = None,
    folder: str | Path = ".",
    sample: int = BENCHMARK_SAMPLE,
    seed: int | None = None,
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Rerun]:
    """Check somebody's result: its scores follow from its days, and a sample of these comes out the same here.

    ``folder``: where policies that are not built in are looked for; ``sample``: so many days, drawn by ``seed``, or
    anew each time.

    Raises
    ------
    InputError
        The file is no result, or the suite, a seed or a policy is not what it says.
    """
    found = read_result(Path(result))
    _check_seeds(found, Path(result))
    home = Path(folder)
    for played in found.policies:
        _name(Entry(policy=played["policy"], folder=home))
    limits = Limits(**found.limits)
    stage = _stage(suite, workers, progress, limits)
    with stage:
        rng = np.random.default_rng(seed)
        return list(rerun_sample(found, stage, folder=home.resolve(), count=sample, rng=rng))


def _stage(
    suite: str | Path | None,
    workers: int | None,
    progress: Callable[[str], None] | None,
    limits: Limits | None,
) -> Stage:
    found = Stage(suite=open_suite(_place(suite)), limits=limits or Limits(), workers=workers_for(workers))
    if progress is not None:
        found.tell = progress
    return found


def _place(suite: str | Path | None) -> Path:
    """Find the suite: the folder that is named, that of the current folder, or of a checkout of the program."""
    if suite is not None:
        return Path(suite)
    here, checkout = Path(BENCHMARK_SUITE), Path(__file__).resolve().parents[3] / BENCHMARK_SUITE
    return checkout if not here.is_dir() and checkout.is_dir() else here


def _chosen(suite: Suite, sets: Sequence[str], names: Sequence[str]) -> tuple[Contest, ...]:
    known = {contest.name: contest for contest in suite.contests}
    unknown = [name for name in names if name not in known]
    if unknown:
        rule = f"is not a scenario of the suite, which has {', '.join(known)}"
        raise InputError([Problem(file="command line", key="--scenario", rule=rule, value=name) for name in unknown])
    return tuple(known[name] for name in names) if names else suite.of(*sets)


def _entries(policies: Sequence[str]) -> list[Entry]:
    """Name the policies with their folders, the yardstick first; what is not built in is told, for it will be run."""
    entries = [Entry(policy=ZERO), *(_entry(name) for name in policies if name != ZERO)]
    twice = {entry.policy for entry in entries if [each.policy for each in entries].count(entry.policy) > 1}
    if twice:
        rule = "is named twice; results go by name"
        raise InputError([Problem(file="command line", key=name, rule=rule) for name in sorted(twice)])
    for entry in entries:
        _name(entry)
    return entries


def _entry(name: str) -> Entry:
    policy, folder = place_of(name)
    return Entry(policy=policy, folder=folder)


def _name(entry: Entry) -> None:
    source = None if entry.policy in POLICIES else policy_source(entry.policy, folder=entry.folder)
    if source is not None:
        name_aloud(source)


def _seeds(seeds: str, number: int | None, *, nonce: str | None = None, sha256: str = "") -> dict[str, Sequence[int]]:
    """Give the seeds of each set, and the unseen ones of a nonce."""
    if seeds == TUNING:
        protocol = dict.fromkeys(SETS, days.TUNING)
    else:
        protocol = {"main": days.REPORTING, "shifted": days.SHIFTED, "latency": days.LATENCY}
    found: dict[str, Sequence[int]] = {kind: tuple(protocol[kind][:number]) for kind in SETS}
    if nonce is not None:
        found[UNSEEN] = days.seeds_of_nonce(nonce, sha256, number or BENCHMARK_DAYS)
    return found


def _played_seeds(
    contests: Sequence[Contest], by_policy: Mapping[str, Mapping[str, Sequence[int]]], policy: str
) -> dict[str, tuple[int, ...]]:
    """Give the seeds that a policy plays by scenario; the yardstick plays the unseen ones of all."""
    unseen = [seed for name, own in by_policy.items() if policy in (ZERO, name) for seed in own.get(UNSEEN, ())]
    found = seeds_for(contests, by_policy[policy])
    main = {contest.name for contest in contests if contest.set == SETS[0]}
    return {name: (*numbers, *unseen) if name in main else numbers for name, numbers in found.items()}


def _check_seeds(found: Result, path: Path) -> None:
    """See that the seeds are those of the protocol, and that those of a nonce follow from it and the policy.

    Raises
    ------
    InputError
        They are not.
    """
    problems = []
    for played in found.policies:
        own = found.seeds[played["policy"]]
        public = [seed for kind in SETS for seed in own.get(kind, ())]
        unseen = list(own.get(UNSEEN, ()))
        expected = days.seeds_of_nonce(found.nonce or "", played["sha256"], len(unseen))
        if not all(seed in days.TUNING or seed in days.REPORTING for seed in public) or unseen != list(expected):
            rule = "has seeds that are not of the protocol"
            problems.append(Problem(file=str(path), key=played["policy"], rule=rule))
    if problems:
        raise InputError(problems)


def _made_with() -> dict[str, str]:
    return {"dronesim": importlib.metadata.version("dronesim"), "program": program_hash()}

"""A result of the benchmark: every day of every policy, from which all scores follow; as a file, and checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.errors import InputError, Problem
from dronesim.experiment.benchmark.running import ZERO, Entry, Stage
from dronesim.experiment.benchmark.scores import Difference, Score, differences, score_of
from dronesim.experiment.benchmark.suite import SETS, Suite

UNSEEN: Final = "unseen"
"""The days of a nonce, told apart from those of the protocol."""
_COMPARED: Final = ("day", "outcome", "share", "late_min", "p95_min", "unserved", "empty_legs")
_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of policies on a suite.

    Attributes
    ----------
    version
        Of the suite; ``hashes`` are those of its scenarios, by name, and ``sets`` says to which each belongs.
    seeds
        By policy: those of each set, and of ``unseen`` where a nonce was given.
    nonce
        The nonce, or None.
    limits
        What each policy could use.
    bounds
        The bound of each day's share on time, by scenario and seed.
    policies
        Each policy with its hash, the limits that its process got, and its days by scenario and seed; the yardstick
        first.
    made_with
        Version and hash of the program.
    """

    version: str
    hashes: Mapping[str, str]
    sets: Mapping[str, str]
    seeds: Mapping[str, Mapping[str, Sequence[int]]]
    nonce: str | None
    limits: Mapping[str, float]
    bounds: Mapping[str, Mapping[str, float | None]] = field(repr=False)
    policies: Sequence[Mapping[str, Any]] = field(repr=False)
    made_with: Mapping[str, str]

    def scores(self, kind: str = "main") -> list[Score]:
        """Score all policies on one set, or on unseen days, from best to worst."""
        found = [self._score(played, kind) for played in self.policies]
        return sorted((score for score in found if score.scenarios), key=lambda each: -_key(each))

    def differences(self) -> list[Difference]:
        """Compare every two policies on the main set."""
        return differences(self.scores())

    def of(self, policy: str) -> Mapping[str, Any]:
        """Give what came of a policy."""
        return next(played for played in self.policies if played["policy"] == policy)

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "schema_version": 1,
            "benchmark": self.version,
            "made_with": dict(self.made_with),
            "scenarios": {name: {"set": self.sets[name], "sha256": found} for name, found in self.hashes.items()},
            "seeds": {policy: {kind: list(each) for kind, each in sets.items()} for policy, sets in self.seeds.items()},
            "nonce": self.nonce,
            "limits": dict(self.limits),
            "scores": {kind: [score.content() for score in self.scores(kind)] for kind in (*SETS[:2], UNSEEN)},
            "differences": [difference.content() for difference in self.differences()],
            "bounds": self.bounds,
            "policies": list(self.policies),
        }

    def _score(self, played: Mapping[str, Any], kind: str) -> Score:
        name = played["policy"]
        seeds = [str(seed) for seed in self.seeds[name].get(kind, ())]
        belongs = SETS[0] if kind == UNSEEN else kind
        days = {
            scenario: {seed: found[seed] for seed in seeds}
            for scenario, found in played["days"].items()
            if seeds and self.sets[scenario] == belongs
        }
        return score_of(name, days, self.of(ZERO)["days"], self.bounds)


def _key(score: Score) -> float:
    return score.estimate.mean if score.estimate.mean == score.estimate.mean else -float("inf")


def read_result(path: Path) -> Result:
    """Read a result's file.

    Raises
    ------
    InputError
        It is none, or its scores are not those of its days.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        found = Result(
            version=raw["benchmark"],
            hashes={name: row["sha256"] for name, row in raw["scenarios"].items()},
            sets={name: row["set"] for name, row in raw["scenarios"].items()},
            seeds=raw["seeds"],
            nonce=raw["nonce"],
            limits=raw["limits"],
            bounds=raw["bounds"],
            policies=raw["policies"],
            made_with=raw["made_with"],
        )
        stated, worked_out = raw["scores"], json.loads(json.dumps(found.content()["scores"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        rule = f"is not a result of the benchmark: {type(error).__name__} {error}"
        raise InputError([Problem(file=str(path), key="result", rule=rule)]) from error
    if not _alike(stated, worked_out):
        raise InputError([Problem(file=str(path), key="scores", rule="are not those of its days")])
    return found


def _alike(one: Any, two: Any) -> bool:
    """Tell whether two parsed JSON values are the same, but for rounding."""
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_alike(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(_alike(a, b) for a, b in zip(one, two, strict=True))
    if isinstance(one, float) and isinstance(two, float):
        return abs(one - two) <= _TOLERANCE * max(1.0, abs(one))
    return bool(one == two)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """One day of a result that was run again: what is other than it says, in words; nothing where it is the same."""

    policy: str
    scenario: str
    seed: int
    other: tuple[str, ...]


def rerun_sample(
    result: Result, stage: Stage, *, folder: Path | None, count: int, rng: np.random.Generator
) -> Iterator[Rerun]:
    """Run a sample of a result's days again, each policy in its own process, with their bounds.

    Raises
    ------
    InputError
        The suite, or a policy, is not the one of the result.
    """
    chosen = _sample(result, count, rng)
    names = list(dict.fromkeys(policy for policy, _, _ in chosen))
    entries = [Entry(policy=name, folder=folder if ":" in name else None) for name in names]
    _check_same(result, stage, entries)
    seeds = [_seeds_of(chosen, name) for name in names]
    again = dict(zip(names, stage.play(entries, seeds), strict=True))
    everyone: dict[str, list[int]] = {}
    for _, scenario, seed in chosen:
        everyone.setdefault(scenario, []).append(seed)
    bounds = stage.bounds({name: tuple(dict.fromkeys(numbers)) for name, numbers in everyone.items()})
    for policy, scenario, seed in chosen:
        said, found = result.of(policy)["days"][scenario][str(seed)], again[policy].days[scenario][str(seed)]
        pairs = {key: (said[key], found[key]) for key in _COMPARED}
        pairs["void"] = (_void(said), _void(found))
        pairs["bound"] = (result.bounds[scenario][str(seed)], bounds[scenario][str(seed)])
        other = tuple(f"{key}: {one!r}, and {two!r} here" for key, (one, two) in pairs.items() if not _alike(one, two))
        yield Rerun(policy=policy, scenario=scenario, seed=seed, other=other)


def _void(day: Mapping[str, Any]) -> bool:
    """Tell whether a day is void; the reason names places of one machine."""
    return day["void"] is not None


def _sample(result: Result, count: int, rng: np.random.Generator) -> list[tuple[str, str, int]]:
    days = [
        (str(played["policy"]), scenario, int(seed))
        for played in result.policies
        for scenario, found in played["days"].items()
        for seed in found
    ]
    chosen = rng.choice(len(days), size=min(count, len(days)), replace=False)
    return [days[number] for number in sorted(chosen.tolist())]


def _seeds_of(chosen: Sequence[tuple[str, str, int]], policy: str) -> dict[str, tuple[int, ...]]:
    seeds: dict[str, tuple[int, ...]] = {}
    for name, scenario, seed in chosen:
        if name == policy:
            seeds[scenario] = (*seeds.get(scenario, ()), seed)
    return seeds


def _check_same(result: Result, stage: Stage, entries: Sequence[Entry]) -> None:
    suite: Suite = stage.suite
    frozen = {contest.name: contest.sha256 for contest in suite.contests}
    problems = [
        Problem(file=str(suite.folder), key=name, rule=f"has another hash in the result: {found}")
        for name, found in result.hashes.items()
        if frozen.get(name) != found
    ]
    problems += [
        Problem(
            file="command line", key=entry.policy, rule=f"has another hash in the result, {said}; here it is {here}"
        )
        for entry, here in zip(entries, stage.hashes(entries), strict=True)
        if (said := result.of(entry.policy)["sha256"]) != here
    ]
    if problems:
        raise InputError(problems)

"""Trains the policy ``linear`` by the cross-entropy method, in less than two minutes of processor time.

    python examples/train_linear_policy.py
    python examples/train_linear_policy.py --out src/dronesim/dispatch/policies/linear.toml

A candidate is a list of weights. All candidates of a generation meet the same days, one of each scenario of the
dispatch benchmark, and are judged by their mean share on time; the next generation is drawn around the best ones. It
begins with a guess: orders as ``greedy`` takes them, and some patience for drones that come home soon. In the end the
guess and what was found meet days that neither has seen, with ``greedy`` beside them, and the better one is written.
All days are of the benchmark's tuning seeds. The same call gives the same weights.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from dronesim.dispatch import POLICIES, DispatchPolicy
from dronesim.dispatch.policies.linear import FEATURES, Linear
from dronesim.experiment import prepare, set_up
from dronesim.experiment.benchmark.day import hash_of_day
from dronesim.experiment.benchmark.seeds import TUNING
from dronesim.experiment.benchmark.suite import open_suite
from dronesim.metrics import kpis
from dronesim.scenario import load_scenario
from dronesim.simulation import SimulationInputs, simulate

SUITE: Final = Path(__file__).resolve().parents[1] / "benchmarks" / "dispatch"
GUESS: Final = (3.0, -1.5, -1.0, -1.0, 0.0, 0.0, -0.3, -8.0, -2.0, 0.0)
SPREAD: Final = (0.5, 1.0, 0.7, 0.7, 0.7, 0.7, 0.7, 3.0, 1.0, 1.0)
BEST: Final = 3
DIGITS: Final = 3

Weights = tuple[float, ...]
Draw = Callable[[int], list[SimulationInputs]]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a training found: weights, the shares on time on the days of the choice, the days' seeds and their hash."""

    weights: Weights
    shares: dict[str, float]
    seeds: tuple[int, ...]
    days_sha256: str

    def toml(self) -> str:
        """Write it as the file that ships."""
        lines = [f"{name} = {weight}" for name, weight in zip(FEATURES, self.weights, strict=True)]
        shares = ", ".join(f"{name} {share:.1%}" for name, share in self.shares.items())
        head = f"# Written by examples/train_linear_policy.py. On time on the days of the choice: {shares}."
        data = f'[training]\nseeds = {list(self.seeds)}\ndays_sha256 = "{self.days_sha256}"'
        return "\n".join((head, "[weights]", *lines, "", data, ""))


def train(scenarios: Sequence[str], *, generations: int, population: int, choice: int, seed: int) -> Trained:
    """Find weights; ``choice`` is the number of days of each scenario on which the result is chosen."""
    rng = np.random.default_rng(seed)
    seeds = [int(each) for each in rng.permutation(TUNING)[: generations + choice]]
    digest = hashlib.sha256()
    draw = days_of(scenarios, digest.update)
    mean, spread = np.array(GUESS), np.array(SPREAD)
    for day in seeds[:generations]:
        days = draw(day)
        found = [rounded(mean), *(rounded(rng.normal(mean, spread)) for _ in range(population - 1))]
        shares = np.array([on_time(Linear(weights=each), days) for each in found])
        best = np.array(found)[np.argsort(-shares, kind="stable")[:BEST]]
        mean, spread = best.mean(axis=0), (spread + best.std(axis=0)) / 2
        print(f"days of seed {day}: best {shares.max():.1%}, middle {np.median(shares):.1%}", flush=True)
    days = [inputs for day in seeds[generations:] for inputs in draw(day)]
    judged: dict[str, DispatchPolicy] = {
        "greedy": POLICIES["greedy"],
        "guess": Linear(weights=GUESS),
        "trained": Linear(weights=rounded(mean)),
    }
    told = {name: on_time(policy, days) for name, policy in judged.items()}
    weights = rounded(mean) if told["trained"] >= told["guess"] else GUESS
    return Trained(weights=weights, shares=told, seeds=tuple(seeds), days_sha256=digest.hexdigest())


def days_of(scenarios: Sequence[str], hear: Callable[[bytes], None]) -> Draw:
    """Set scenarios up; gives what draws the day of a seed on each, and tells their hashes."""
    suite = open_suite(SUITE)
    settings = [set_up(load_scenario(suite.named(name).path)) for name in scenarios]

    def draw(seed: int) -> list[SimulationInputs]:
        found = [prepare(setting, seed=seed) for setting in settings]
        for inputs in found:
            hear(hash_of_day(inputs).encode())
        return found

    return draw


def on_time(policy: DispatchPolicy, days: Sequence[SimulationInputs]) -> float:
    """Give the mean share on time."""
    outcomes = (simulate(replace(inputs, policy=policy)) for inputs in days)
    return float(np.mean([kpis(each.tables, each.facts)["service"]["share"] for each in outcomes]))


def rounded(weights: Sequence[float] | np.ndarray) -> Weights:
    """Cut weights to the digits that are written."""
    return tuple(round(float(each), DIGITS) for each in weights)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description="Train the policy linear.")
    parser.add_argument("--generations", type=int, default=4)
    parser.add_argument("--population", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1, help="of the training's own draws")
    parser.add_argument("--out", type=Path, help="the file to write")
    asked = parser.parse_args()
    begun_s = time.process_time()
    names = [contest.name for contest in open_suite(SUITE).of("main")]
    found = train(names, generations=asked.generations, population=asked.population, choice=2, seed=asked.seed)
    text = found.toml()
    print(f"{text}\n{time.process_time() - begun_s:.0f} s of processor time")
    if asked.out is not None:
        asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Policies of the benchmark that play without a process of their own, which takes seconds to begin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dronesim.experiment.benchmark.contestant import Contestant
from dronesim.experiment.benchmark.limits import Limits

AMPLE = Limits(p99_s=600.0, each_s=600.0, day_s=600.0)


class InThisProcess:
    """A policy that plays here, with ample limits."""

    def __init__(self, policy: str, *, folder: Path | None, limits: Limits, slot: int) -> None:
        self._contestant = Contestant(policy, folder=folder, limits=AMPLE)
        self.confined: dict[str, str] = {}

    def _answer(self, scenario: Path, **asked: Any) -> dict[str, Any]:
        return self._contestant.answer({"scenario": str(scenario), **asked})

    def hash(self, scenario: Path) -> str:
        return str(self._answer(scenario)["hash"])

    def day(self, scenario: Path, seed: int) -> dict[str, Any]:
        return json.loads(json.dumps(self._answer(scenario, seed=seed)))  # type: ignore[no-any-return]

    def bound(self, scenario: Path, seed: int) -> float | None:
        return self._answer(scenario, seed=seed, bound=True)["bound"]  # type: ignore[no-any-return]

    def end(self) -> None:
        pass

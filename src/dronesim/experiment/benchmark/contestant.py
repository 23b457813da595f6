"""A policy in its own process: its hash, and its days on scenarios that are set up once each."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from dronesim.dispatch import POLICIES, policies
from dronesim.experiment.benchmark.bounding import bound_of_day
from dronesim.experiment.benchmark.day import run_day, settled
from dronesim.experiment.benchmark.limits import Limits
from dronesim.experiment.compose import Setting, prepare
from dronesim.experiment.manifest import policy_file
from dronesim.experiment.points import hash_of_policy
from dronesim.experiment.policy_files import files_of_policy
from dronesim.scenario import Scenario

KEPT: Final = 2
"""So many scenarios stay set up."""


class Contestant:
    """Answers for one policy."""

    def __init__(self, policy: str, *, folder: Path | None, limits: Limits) -> None:
        self._policy = policy
        self._folder = folder
        self._limits = limits
        self._settings: OrderedDict[Path, Setting] = OrderedDict()

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Tell the policy's hash, or what came of a day.

        Raises
        ------
        InputError
            There is no such policy, or the scenario is not usable.
        """
        setting = self._setting(Path(asked["scenario"]))
        if "seed" not in asked:
            return {"hash": hash_of_contestant(setting, self._folder)}
        if asked.get("bound"):
            return {"bound": bound_of_day(prepare(setting, seed=asked["seed"]))}
        return run_day(setting, seed=asked["seed"], limits=self._limits)

    def _setting(self, path: Path) -> Setting:
        if path not in self._settings:
            self._settings[path] = settled(path, self._policy, self._folder)
        self._settings.move_to_end(path)
        while len(self._settings) > KEPT:
            self._settings.popitem(last=False)
        return self._settings[path]


def hash_of_contestant(setting: Setting, folder: Path | None) -> str:
    """Hash the code of a policy: its file, its weights, and the policies beside it that it builds on."""
    scenario: Scenario = setting.scenario
    own = hash_of_policy(scenario, folder)
    if own is not None:
        return own
    file = policy_file(POLICIES[scenario.dispatch.policy])
    files = [] if file is None else files_of_policy(file, file.parent, package=policies.__name__)
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

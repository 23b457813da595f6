"""The small days on which a policy is tried: a shipped district, other rules each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from dronesim.dispatch import DispatchPolicy
from dronesim.experiment.compose import Setting, prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.simulation import Outcome, simulate

DAY: Final = Path(__file__).with_name("day.toml")


class Days:
    """Sets each day up once, and runs policies on it."""

    def __init__(self) -> None:
        self._settings: dict[tuple[str, ...], Setting] = {}

    def run(self, policy: DispatchPolicy, settings: Sequence[str] = ()) -> Outcome:
        """Run the day of some settings.

        Raises
        ------
        PolicyError
            The policy decided something illegal, or raised.
        """
        key = tuple(settings)
        if key not in self._settings:
            ready = list(self._settings.values())[:1]
            self._settings[key] = set_up(load_scenario(DAY, settings), folder=DAY.parent, ready=ready)
        return simulate(replace(prepare(self._settings[key]), policy=policy, policy_name="checked"))


def differs(one: Outcome, other: Outcome) -> str | None:
    """Name the first table in which two days differ; None where they are the same."""
    for name, table in one.tables.items():
        for column, values in table.items():
            if repr(values.tolist()) != repr(other.tables[name][column].tolist()):
                return name
    return None

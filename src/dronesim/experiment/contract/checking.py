"""Holds a policy to the contract, clause by clause, and tells what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dronesim.dispatch import DispatchPolicy
from dronesim.errors import InputError, PolicyError, Problem
from dronesim.experiment.contract.clauses import CLAUSES, BrokenError, Clause, Fresh
from dronesim.experiment.contract.days import DAY, Days
from dronesim.experiment.own_policy import find_policy, guarded, parametrised
from dronesim.experiment.policy_copies import copied
from dronesim.experiment.voids import heeding
from dronesim.scenario import load_scenario

CLAUSE_S: Final = 20.0
"""So much CPU time a policy may decide in one clause; of wall time ten times as much."""
_PARAMETERS: Final = "dispatch.parameters."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of one clause; ``reason`` says how it is broken, None where it holds."""

    clause: str
    reason: str | None

    @property
    def holds(self) -> bool:
        """Whether it holds."""
        return self.reason is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of all clauses for one policy."""

    policy: str
    verdicts: tuple[Verdict, ...]

    @property
    def is_sound(self) -> bool:
        """Whether all hold."""
        return all(verdict.holds for verdict in self.verdicts)

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        rows = [{"clause": each.clause, "holds": each.holds, "reason": each.reason} for each in self.verdicts]
        return {"policy": self.policy, "is_sound": self.is_sound, "clauses": rows}

    def lines(self) -> list[str]:
        """Tell it: a line a clause, with the reason below where it is broken."""
        told = []
        for verdict in self.verdicts:
            told.append(f"{'ok' if verdict.holds else 'BROKEN':8}{verdict.clause}")
            told += [] if verdict.reason is None else [f"{'':8}{verdict.reason}"]
        broken = sum(not verdict.holds for verdict in self.verdicts)
        end = "sound" if self.is_sound else "not sound"
        return [*told, f"{self.policy}: {end}, {broken} of {len(self.verdicts)} clauses broken"]


def check_named(name: str, *, folder: Path | None, settings: Sequence[str] = ()) -> Checked:
    """Hold a policy to the contract by its name, as scenarios have it, looked for in a folder.

    ``settings`` state its parameters. Its file is run anew for each clause.

    Raises
    ------
    InputError
        There is no such policy, or a setting is not of its parameters.
    """
    scenario = load_scenario(DAY, [f"dispatch.policy={name}", *_of_parameters(settings)])
    find_policy(scenario, folder=folder)
    return _checked(name, lambda: guarded(find_policy(scenario, folder=folder), name))


def check_given(name: str, policy: DispatchPolicy, *, settings: Sequence[str] = ()) -> Checked:
    """Hold a policy that is there to the contract; each clause gets a copy of its own."""
    fitted = parametrised(policy, load_scenario(DAY, _of_parameters(settings)))
    return _checked(name, lambda: guarded(copied(fitted), name))


def _of_parameters(settings: Sequence[str]) -> Sequence[str]:
    """See that settings state parameters of a policy, for all else is as each clause needs it."""
    rule = f"is not one of {_PARAMETERS}*; all else is as each clause needs it"
    others = [each for each in settings if not each.strip().startswith(_PARAMETERS)]
    if others:
        raise InputError([Problem(file="command line", key="--set", rule=rule, value=each) for each in others])
    return settings


def _checked(name: str, fresh: Fresh) -> Checked:
    days = Days()
    return Checked(policy=name, verdicts=tuple(verdict_on(clause, fresh, days) for clause in CLAUSES))


def verdict_on(clause: Clause, fresh: Fresh, days: Days) -> Verdict:
    """Hold a policy to one clause; one that finds no end to its decisions breaks it."""
    try:
        with heeding(CLAUSE_S, "in this clause"):
            clause.check(fresh, days)
    except (BrokenError, PolicyError) as error:
        return Verdict(clause=clause.name, reason=str(error))
    return Verdict(clause=clause.name, reason=None)
